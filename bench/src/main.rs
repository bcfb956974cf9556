//! Measures Moments and writes `docs/benchmarks.md`. Ratios within one run are the claims; absolute times are context.

#![expect(clippy::arithmetic_side_effects, reason = "nothing here is deployed")]

mod announce;
mod binaries;
mod campaign_report;
mod client;
mod cold_start;
mod competition;
mod contention;
mod http;
mod import;
mod report;
mod scene;
mod simulate;
mod sizes;
mod stampede;
mod warm;

use std::process::ExitCode;
use std::sync::{Mutex, MutexGuard, PoisonError};

use clap::{Parser, Subcommand};

/// Why a measurement failed.
type Failure = Box<dyn std::error::Error + Send + Sync>;

const EXAMPLES: &str = "Examples:
  cargo run --release -p bench -- cold-start               every function, 40 starts each
  cargo run --release -p bench -- cold-start --runs 10     a quick look
  cargo run --release -p bench -- cold-start --print       leave docs/benchmarks.md as it is
  cargo run --release -p bench -- warm                     submit, duplicate, award, eligibility
  cargo run --release -p bench -- contention               slots against a shared counter and a scan
  cargo run --release -p bench -- competition              a thousand scores a second, a board of a million
  cargo run --release -p bench -- stampede                 a million requests for a sold-out reward
  cargo run --release -p bench -- import                   a million URLs into stock
  cargo run --release -p bench -- announce                 a challenge to a million users
  cargo run --release -p bench -- announce --kill 0        without killing any process
  cargo run --release -p bench -- report                   the report of a million rewards
  cargo run --release -p bench -- client                   the client's files, and the first gift in a browser
  cargo run --release -p bench -- sizes                    the output of sam build
  cargo run --release -p bench -- simulate --seeds 10000   seasons with every fault
  cargo run --release -p bench -- simulate --seed 4711     replay one";

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
    /// Warm requests: latency, processor time and allocations.
    Warm(warm::Arguments),
    /// Awards per second, conflicts and capacity in the contention model, next to two baselines.
    Contention(contention::Arguments),
    /// A thousand scores a second on one board, and the recount and settlement of a million.
    Competition(competition::Arguments),
    /// A million requests for a sold-out reward.
    Stampede(stampede::Arguments),
    /// A million reward URLs into stock.
    Import(import::Arguments),
    /// An announcement to a million users, while processes are killed.
    Announce(announce::Arguments),
    /// The report of a campaign with a million rewards.
    Report(campaign_report::Arguments),
    /// The sizes of the client's files, and the time to the first gift in a browser.
    Client(client::Arguments),
    /// The size of each function after `sam build`.
    Sizes(sizes::Arguments),
    /// Seeded seasons with faults; every promise is checked.
    Simulate(simulate::Arguments),
}

fn main() -> ExitCode {
    let done = match CommandLine::parse().command {
        Command::ColdStart(arguments) => real_time(cold_start::run(arguments)),
        Command::Warm(arguments) => warm::run(&arguments),
        Command::Contention(arguments) => contention::run(&arguments),
        Command::Competition(arguments) => competition::run(&arguments),
        Command::Stampede(arguments) => stampede::run(&arguments),
        Command::Import(arguments) => real_time(import::run(arguments)),
        Command::Announce(arguments) => real_time(announce::run(arguments)),
        Command::Report(arguments) => real_time(campaign_report::run(arguments)),
        Command::Client(arguments) => client::run(&arguments),
        Command::Sizes(arguments) => sizes::run(&arguments),
        Command::Simulate(arguments) => simulate::run(&arguments),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("bench: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Locks a mutex, also one that a panic left locked.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Runs a measurement of real processes, on the machine's own clock.
fn real_time(measurement: impl Future<Output = Result<(), Failure>>) -> Result<(), Failure> {
    tokio::runtime::Runtime::new()?.block_on(measurement)
}
