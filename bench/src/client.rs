//! The sizes of the client's files, and the time from the laptop's start to the first gift in a browser, which
//! `clients/typescript/measure.mjs` measures in Chromium.

use std::process::Command;

use clap::Args;

use crate::{Failure, report};

/// The measurement's options.
#[derive(Args)]
pub(crate) struct Arguments {
    /// Starts of the laptop.
    #[arg(long, default_value_t = 10)]
    runs: u32,
    /// Print the tables, and leave docs/benchmarks.md as it is.
    #[arg(long)]
    print: bool,
}

/// Measures and writes the report.
pub(crate) fn run(arguments: &Arguments) -> Result<(), Failure> {
    let client = report::root().join("clients/typescript");
    let mut measure = Command::new("node");
    measure.arg("measure.mjs").arg(arguments.runs.to_string()).current_dir(client);
    let output = measure.output().map_err(|error| format!("node: {error}"))?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        return Err(format!("measure.mjs failed: {said}\nIt needs `npm ci && npm run build`, and `cargo build`").into());
    }
    report::write("client", &String::from_utf8(output.stdout)?, arguments.print)
}
