//! The `moments` binary: reads the command line and runs the command. `moments` alone is `moments local`.

mod run_local;

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
}

#[tokio::main]
async fn main() -> ExitCode {
    let command_line = CommandLine::parse();
    let Command::Local(arguments) = command_line.command.unwrap_or(Command::Local(command_line.local));
    match run_local::run(arguments).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("moments: {error}");
            ExitCode::FAILURE
        }
    }
}
