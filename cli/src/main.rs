//! The `moments` binary: reads the command line and runs the command. `moments` alone is `moments local`.

mod bootstrap;
mod run_local;

use std::io::Write as _;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Moments: rewards for the users of apps.
#[derive(Parser)]
#[command(name = "moments", version, about, args_conflicts_with_subcommands = true)]
struct CommandLine {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    local: run_local::Arguments,
}

#[derive(Subcommand)]
enum Command {
    /// Run the whole system on this machine, without an account.
    Local(run_local::Arguments),
    /// Mint the first key of a deployed system.
    #[command(subcommand)]
    Keys(bootstrap::Keys),
}

#[tokio::main]
async fn main() -> ExitCode {
    let command_line = CommandLine::parse();
    let result = match command_line.command.unwrap_or(Command::Local(command_line.local)) {
        Command::Local(arguments) => run_local::run(arguments).await.map_err(|error| error.to_string()),
        Command::Keys(command) => bootstrap::run(command).await,
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("moments: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Prints one text to stdout.
fn print(text: &str) -> Result<(), String> {
    let mut out = std::io::stdout();
    writeln!(out, "{text}").and_then(|()| out.flush()).map_err(|error| format!("cannot print: {error}"))
}
