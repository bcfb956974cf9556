//! The `moments` binary: parses the command line and runs the command. `moments` alone is `moments local`.

mod announce;
mod api;
mod apps;
mod bootstrap;
mod brackets;
mod campaign_files;
mod campaigns;
mod competitions;
mod data_folder;
mod dlq;
mod files;
mod groups;
mod import;
mod keys;
mod leaderboard;
mod listen;
mod orders;
mod output;
mod partners;
mod people;
mod profiles;
mod report;
mod rewards;
mod run_local;
mod stock;
mod submit;
mod suppliers;
mod token_keys;
mod users;
mod webhooks;

use std::process::ExitCode;

use clap::{CommandFactory as _, Parser, Subcommand};

use api::{Failure, OnApi, OnApp};

/// Moments: rewards for the users of apps.
#[derive(Parser)]
#[command(
    name = "moments",
    version,
    about,
    args_conflicts_with_subcommands = true,
    max_term_width = 80,
    after_help = api::EXIT_CODES
)]
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
    /// Profiles of APIs, apps and keys: save, use, list, delete.
    Profile(OnApp<profiles::Command>),
    /// Apps: put, get, list, audit.
    Apps(OnApi<apps::Command>),
    /// API keys: mint, list, rotate, revoke, and the first one of a deployed system.
    Keys(OnApp<keys::Command>),
    /// Keys with which an app's backend signs tokens for its users: put, list, delete, sign.
    TokenKeys(OnApp<token_keys::Command>),
    /// Campaigns: put, get, list, overview, summary, forecast, activity, edit, copy, diff, preview, submit, approve,
    /// reject, suspend, resume, history.
    Campaigns(OnApp<campaigns::Command>),
    /// Competitions: settle, show, approve, disqualify, hide, clear.
    Competitions(OnApp<competitions::Command>),
    /// Brackets of competitions: show, put, start, result, finish.
    Brackets(OnApp<brackets::Command>),
    Announce(announce::Announce),
    Leaderboard(leaderboard::Leaderboard),
    Report(report::Report),
    /// Reward groups: put, get, list. Their stock is under `moments stock`.
    Groups(OnApp<groups::Command>),
    /// Suppliers, who make rewards at the moment of need: put, get, list, test, delete.
    Suppliers(OnApp<suppliers::Command>),
    /// Webhooks: put, list, rotate, deliveries, replay, test, delete.
    Webhooks(OnApp<webhooks::Command>),
    Listen(listen::Listen),
    Trigger(listen::Trigger),
    /// People who administer: put with roles, list, get, delete, mint, keys, revoke, me.
    People(OnApi<people::Command>),
    /// Partners, who confirm redemptions: put, list, rotate, delete.
    Partners(OnApp<partners::Command>),
    /// Stock of a reward group: import, show, retire, lookup.
    Stock(OnApp<stock::Command>),
    /// Orders of physical rewards: list, show, claim, ship, deliver, return, lose, export, import.
    Orders(OnApp<orders::Command>),
    Submit(submit::Submit),
    /// Rewards: look one up, list those of a campaign or what is held for review, release it, take one back, replace
    /// one.
    Rewards(OnApp<rewards::Command>),
    /// Users of an app: get, rewards, eligibility, timeline, export, erase. Needs a key of scope app.
    Users(OnApi<users::Command>),
    Dlq(dlq::DeadLetters),
    /// Print completions for a shell.
    #[command(after_help = "Examples:
  moments completions bash > ~/.local/share/bash-completion/completions/moments
  moments completions zsh > ~/.zfunc/_moments
  moments completions fish > ~/.config/fish/completions/moments.fish")]
    Completions {
        /// The shell.
        shell: clap_complete::Shell,
    },
}

/// The stack of each thread. The laptop runs every function, and unoptimised code needs more than the default of 2 MiB.
const STACK: usize = 8 << 20;

fn main() -> ExitCode {
    match tokio::runtime::Builder::new_multi_thread().enable_all().thread_stack_size(STACK).build() {
        Ok(runtime) => runtime.block_on(start()),
        Err(error) => {
            eprintln!("moments: cannot start its threads: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn start() -> ExitCode {
    let command_line = CommandLine::parse();
    match run(command_line.command.unwrap_or(Command::Local(command_line.local))).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(Failure { code: 0, .. }) => ExitCode::SUCCESS,
        Err(Failure { code, text, problem }) => {
            if let Some(problem) = problem {
                // The failure is what counts, also if nobody reads this.
                let _ = output::print(&problem.to_string());
            }
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
        Command::Profile(command) => profiles::run(command),
        Command::Apps(command) => apps::run(command),
        Command::Keys(command) => keys::run(command).await,
        Command::TokenKeys(command) => token_keys::run(command),
        Command::Campaigns(command) => campaigns::run(command),
        Command::Competitions(command) => competitions::run(command),
        Command::Brackets(command) => brackets::run(command),
        Command::Announce(command) => announce::run(command),
        Command::Leaderboard(command) => leaderboard::run(command),
        Command::Report(command) => report::run(command),
        Command::Groups(command) => groups::run(command),
        Command::Suppliers(command) => suppliers::run(command),
        Command::Webhooks(command) => webhooks::run(command),
        Command::Listen(command) => listen::listen(&command),
        Command::Trigger(command) => listen::trigger(&command),
        Command::People(command) => people::run(command),
        Command::Partners(command) => partners::run(command),
        Command::Orders(command) => orders::run(command),
        Command::Stock(command) => stock::run(command).await,
        Command::Submit(command) => submit::run(command),
        Command::Rewards(command) => rewards::run(command),
        Command::Users(command) => users::run(command),
        Command::Dlq(command) => dlq::run(command).await,
        Command::Completions { shell } => {
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut CommandLine::command(), "moments", &mut script);
            output::print(String::from_utf8_lossy(&script).trim_end())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns every command with its path; `moments` comes first.
    fn commands(command: &clap::Command, path: &str) -> Vec<(String, clap::Command)> {
        let path = format!("{path} {}", command.get_name()).trim().to_owned();
        let below = command.get_subcommands().flat_map(|below| commands(below, &path)).collect();
        [vec![(path, command.clone())], below].concat()
    }

    /// Returns the words of an example's last command, without comments and redirections.
    fn words(line: &str) -> Option<Vec<String>> {
        let at = line.rfind("moments ").filter(|at| line[..*at].is_empty() || line[..*at].ends_with("| "))?;
        let ends = ["   ", " | ", " > ", " >> ", " < ", " && ", ";"].iter().filter_map(|end| line[at..].find(end));
        let command = &line[at..][..ends.min().unwrap_or(line.len() - at)];
        let parts = command.split('\'').enumerate();
        let quoted = |(at, part): (usize, &str)| if at % 2 == 1 { vec![part.to_owned()] } else { split(part) };
        Some(parts.flat_map(quoted).collect())
    }

    fn split(part: &str) -> Vec<String> {
        part.split_whitespace().map(|word| word.trim_matches('"').to_owned()).collect()
    }

    /// Source: `moments users --help` named a command that does not exist.
    #[test]
    fn help_names_only_what_there_is() {
        let (mut examples, mut faults) = (0, Vec::new());
        for (path, command) in commands(&CommandLine::command(), "") {
            let help = command.get_after_help().map(ToString::to_string).unwrap_or_default();
            // A backslash goes on in the next line.
            let help = help.split("\\\n").map(str::trim_start).collect::<String>();
            for line in help.lines().map(str::trim).filter_map(words) {
                if let Err(error) = CommandLine::try_parse_from(&line) {
                    faults.push(format!("{path}: {line:?}: {error}"));
                }
                examples += 1;
            }
            // "Users of an app: get, rewards, timeline, export, erase." A command without subcommands has prose here.
            let about = command.get_about().map(ToString::to_string).unwrap_or_default();
            let named = about.split_once(": ").map(|(_, named)| named).unwrap_or_default();
            let named = named.split(". ").next().unwrap_or_default().trim_end_matches('.').split(", ");
            let is_group = command.has_subcommands() && command.get_positionals().next().is_none();
            for word in named.filter(|word| !word.is_empty() && !word.contains(' ') && is_group) {
                if command.find_subcommand(word).is_none() {
                    faults.push(format!("{path} has no {word}: {about}"));
                }
            }
        }
        assert!(faults.is_empty(), "{}", faults.join("\n"));
        assert!(examples >= 40, "{examples}");
    }

    #[test]
    fn help_fits_into_80_columns() {
        let (mut whole, mut long) = (CommandLine::command(), Vec::new());
        whole.build();
        for (path, mut command) in commands(&whole, "") {
            let help = command.render_long_help().to_string();
            let examples = command.get_after_help().map(ToString::to_string).unwrap_or_default();
            // Clap does not break the line of the usage.
            for line in help.lines().filter(|line| !line.starts_with("Usage:")).chain(examples.lines()) {
                if line.chars().count() > 80 {
                    long.push(format!("{path}: {line}"));
                }
            }
        }
        assert!(long.is_empty(), "{}", long.join("\n"));
    }
}
