//! Measures Moments and writes `docs/benchmarks.md`. Ratios within one run are the claims; absolute times are context.

mod cold_start;
mod report;
mod runtime_api;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

const EXAMPLES: &str = "Examples:
  cargo run --release -p bench -- cold-start               every function, 40 starts each
  cargo run --release -p bench -- cold-start --runs 10     a quick look
  cargo run --release -p bench -- cold-start --print       do not touch docs/benchmarks.md";

/// Measures Moments and writes docs/benchmarks.md.
#[derive(Parser)]
#[command(name = "bench", after_help = EXAMPLES)]
struct CommandLine {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Start-up time, first invocation and peak memory of every release binary, next to an empty function.
    ColdStart(cold_start::Arguments),
}

#[tokio::main]
async fn main() -> ExitCode {
    let Command::ColdStart(arguments) = CommandLine::parse().command;
    match cold_start::run(arguments).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("bench: {error}");
            ExitCode::FAILURE
        }
    }
}
