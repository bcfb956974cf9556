//! The `moments` binary: reads the command line and runs the command. `moments` alone is `moments local`.

mod announce;
mod api;
mod apps;
mod bootstrap;
mod campaigns;
mod dlq;
mod groups;
mod import;
mod keys;
mod orders;
mod output;
mod partners;
mod report;
mod run_local;
mod stock;
mod submit;
mod users;
mod webhooks;

use std::io::{Read as _, Write as _};
use std::process::ExitCode;

use clap::{CommandFactory as _, Parser, Subcommand};
use serde_json::Value;

use api::Failure;

/// Moments: rewards for the users of apps.
#[derive(Parser)]
#[command(name = "moments", version, about, args_conflicts_with_subcommands = true, after_help = api::EXIT_CODES)]
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
    Apps(apps::Apps),
    Keys(keys::Keys),
    Campaigns(campaigns::Campaigns),
    Announce(announce::Announce),
    Report(report::Report),
    Groups(groups::Groups),
    Webhooks(webhooks::Webhooks),
    Partners(partners::Partners),
    Stock(stock::Stock),
    Orders(orders::Orders),
    Submit(submit::Submit),
    Rewards(users::Rewards),
    Users(users::Users),
    Dlq(dlq::DeadLetters),
    /// Print completions for a shell.
    #[command(after_help = "Examples:
  moments completions bash > ~/.local/share/bash-completion/completions/moments
  moments completions zsh > ~/.zfunc/_moments
  moments completions fish > ~/.config/fish/completions/moments.fish")]
    Completions {
        /// Which shell.
        shell: clap_complete::Shell,
    },
}

#[tokio::main]
async fn main() -> ExitCode {
    let command_line = CommandLine::parse();
    match run(command_line.command.unwrap_or(Command::Local(command_line.local))).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(Failure { code, text }) => {
            eprintln!("moments: {text}");
            ExitCode::from(code)
        }
    }
}

async fn run(command: Command) -> Result<(), Failure> {
    match command {
        Command::Local(arguments) => {
            run_local::run(arguments).await.map_err(|error| Failure::unexpected(error.to_string()))
        }
        Command::Apps(command) => apps::run(command),
        Command::Keys(command) => keys::run(command).await,
        Command::Campaigns(command) => campaigns::run(command),
        Command::Announce(command) => announce::run(command),
        Command::Report(command) => report::run(command),
        Command::Groups(command) => groups::run(command),
        Command::Webhooks(command) => webhooks::run(command),
        Command::Partners(command) => partners::run(command),
        Command::Orders(command) => orders::run(command),
        Command::Stock(command) => stock::run(command).await,
        Command::Submit(command) => submit::run(command),
        Command::Rewards(command) => users::run_rewards(command),
        Command::Users(command) => users::run(command),
        Command::Dlq(command) => dlq::run(command).await,
        Command::Completions { shell } => {
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut CommandLine::command(), "moments", &mut script);
            output::print(String::from_utf8_lossy(&script).trim_end())
        }
    }
}

/// The app that a command is about.
fn needed_app(app: Option<String>) -> Result<String, Failure> {
    app.filter(|app| !app.is_empty()).ok_or_else(|| Failure::new(2, "which app? set MOMENTS_APP, or give --app"))
}

/// A file, or standard input for `-`.
fn read_text(file: &str) -> Result<String, Failure> {
    let mut text = String::new();
    let read = if file == "-" {
        std::io::stdin().read_to_string(&mut text).map(|_| text)
    } else {
        std::fs::read_to_string(file)
    };
    read.map_err(|error| Failure::new(2, format!("{file} cannot be read: {error}")))
}

/// A file of JSON, or standard input for `-`.
fn read_json(file: &str) -> Result<Value, Failure> {
    let text = read_text(file)?;
    serde_json::from_str(&text).map_err(|error| Failure::new(3, format!("{file} is not valid JSON: {error}")))
}

/// Says that something is done whose answer has no body.
fn done(as_json: bool, text: &str) -> Result<(), Failure> {
    output::print(if as_json { "{}" } else { text })
}

/// Prints one text to stdout.
fn print(text: &str) -> Result<(), String> {
    let mut out = std::io::stdout();
    writeln!(out, "{text}").and_then(|()| out.flush()).map_err(|error| format!("cannot print: {error}"))
}
