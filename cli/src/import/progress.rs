//! How an import goes on: a bar on a terminal, a line every few seconds elsewhere.

use std::io::IsTerminal as _;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};

use super::journal::Counts;

/// How often a line is written where there is no terminal.
const EVERY: Duration = Duration::from_secs(10);

pub(super) struct Progress {
    bar: Option<ProgressBar>,
    size: u64,
    told: Instant,
}

impl Progress {
    pub(super) fn new(size: u64, from: u64) -> Self {
        let bar = std::io::stderr().is_terminal().then(|| {
            let bar = ProgressBar::new(size);
            let style = ProgressStyle::with_template("{wide_bar} {percent} %  {msg}  {eta} left");
            if let Ok(style) = style {
                bar.set_style(style);
            }
            bar.set_position(from);
            bar.reset_eta();
            bar
        });
        Self { bar, size, told: Instant::now() }
    }

    /// So many bytes of the file are loaded, and so many rows.
    pub(super) fn show(&mut self, bytes: u64, counts: Counts) {
        let rows = counts.rows();
        if let Some(bar) = &self.bar {
            bar.set_message(format!("{rows} rows, {} refused", counts.invalid));
            bar.set_position(bytes);
        } else if self.told.elapsed() >= EVERY {
            self.told = Instant::now();
            eprintln!("moments: {rows} rows, {} refused, {} %", counts.invalid, bytes * 100 / self.size.max(1));
        }
    }

    pub(super) fn finish(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}
