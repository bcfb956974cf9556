//! Reports figures: spreads of measured values, and sections of `docs/benchmarks.md`, each with its command and
//! machine.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::Failure;

/// Measured values.
#[derive(Debug, Default)]
pub(crate) struct Spread(Vec<f64>);

impl Spread {
    pub(crate) fn add(&mut self, value: f64) {
        self.0.push(value);
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    /// Returns a quantile by nearest rank, or 0 without values.
    pub(crate) fn at(&self, share: f64) -> f64 {
        let mut values = self.0.clone();
        let last = values.len().saturating_sub(1);
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a share of a small count")]
        let rank = ((share * last as f64).round() as usize).min(last);
        if values.is_empty() { 0.0 } else { *values.select_nth_unstable_by(rank, f64::total_cmp).1 }
    }

    pub(crate) fn median(&self) -> f64 {
        self.at(0.5)
    }

    pub(crate) fn least(&self) -> f64 {
        self.at(0.0)
    }
}

const HEAD: &str = "# Benchmarks

Made by `bench`, never edited by hand. Ratios within one run are the claims; absolute times are context.
";

/// Returns the root of the repository.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// Prints a section, and replaces the section of the same name in `docs/benchmarks.md`.
pub(crate) fn write(section: &str, text: &str, print_only: bool) -> Result<(), Failure> {
    // The actual command line, so that a reader can repeat the measurement.
    let command: Vec<String> = std::env::args().skip(1).collect();
    let (title, command) = (capital(section), command.join(" "));
    let body = format!("\n## {title}\n\n`cargo run --release -p bench -- {command}` on {}.\n\n{text}", machine());
    eprintln!("{body}");
    if print_only {
        return Ok(());
    }
    let file = root().join("docs/benchmarks.md");
    let old = std::fs::read_to_string(&file).unwrap_or_else(|_| HEAD.to_owned());
    let heading = format!("\n## {}\n", capital(section));
    let new = match old.split_once(&heading) {
        None => format!("{}\n{body}", old.trim_end_matches('\n')),
        Some((before, after)) => {
            let rest = after.find("\n## ").map_or("", |next| &after[next..]);
            format!("{}\n{body}{rest}", before.trim_end_matches('\n'))
        }
    };
    Ok(std::fs::write(&file, new).map_err(|error| format!("{}: {error}", file.display()))?)
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// Names the processor, the cores, the kernel, the compiler and the measured commit.
fn machine() -> String {
    let processor = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let processor =
        processor.lines().find_map(|line| line.strip_prefix("model name")).unwrap_or("an unknown processor");
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let kernel = std::fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    let rustc = Command::new("rustc").arg("--version").output().map(|output| output.stdout).unwrap_or_default();
    // Tells figures of older code apart.
    let commit = Command::new("git").args(["describe", "--always", "--dirty"]).output();
    let commit = commit.ok().filter(|output| output.status.success()).map(|output| output.stdout).unwrap_or_default();
    let commit = String::from_utf8_lossy(&commit).trim().to_owned();
    let commit = if commit.is_empty() { commit } else { format!(", commit {commit}") };
    format!(
        "{} × {}, Linux {}, {}{commit}",
        cores,
        processor.trim_start_matches([' ', '\t', ':']),
        kernel.trim(),
        String::from_utf8_lossy(&rustc).trim()
    )
}
