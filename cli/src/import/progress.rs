//! Shows an import's progress: a bar on a terminal, a line every few seconds elsewhere.

use std::time::{Duration, Instant};

use indicatif::ProgressBar;

use super::journal::Counts;
use crate::output;

/// The pause between two lines.
const EVERY: Duration = Duration::from_secs(10);

pub(super) struct Progress {
    bar: Option<ProgressBar>,
    size: u64,
    shown: Instant,
}

impl Progress {
    pub(super) fn new(size: u64, from: u64) -> Self {
        let bar = output::progress_bar(size, "{wide_bar} {percent} %  {msg}  {eta} left");
        if let Some(bar) = &bar {
            bar.set_position(from);
            bar.reset_eta();
        }
        Self { bar, size, shown: Instant::now() }
    }

    /// Shows how many bytes of the file and how many rows are loaded.
    pub(super) fn show(&mut self, bytes: u64, counts: Counts) {
        let rows = counts.rows();
        if let Some(bar) = &self.bar {
            bar.set_message(format!("{rows} rows, {} refused", counts.invalid));
            bar.set_position(bytes);
        } else if self.shown.elapsed() >= EVERY {
            self.shown = Instant::now();
            eprintln!("moments: {rows} rows, {} refused, {} %", counts.invalid, bytes * 100 / self.size.max(1));
        }
    }

    pub(super) fn finish(&self) {
        self.bar.iter().for_each(ProgressBar::finish_and_clear);
    }
}
