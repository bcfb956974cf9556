//! `moments groups`: reward groups.

use clap::{Args, Subcommand};

use crate::api::{AppConnection, Call, Failure, in_path};
use crate::files::PutFile;

/// Reward groups: put, get, list. Their stock is under `moments stock`.
#[derive(Args)]
pub(crate) struct Groups {
    #[command(flatten)]
    connection: AppConnection,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Create a reward group, or change it.
    #[command(after_help = "Example:
  echo '{\"name\": \"Gift card\", \"kind\": \"unique_url\", \"cpa\": {\"currency\": \"EUR\", \"amount_minor\": 500},
         \"test_url\": \"https://gift.example/test\"}' | moments groups put gift - --app shop")]
    Put(PutFile),
    /// Show a reward group.
    #[command(after_help = "Example:\n  moments groups get gift --app shop")]
    Get {
        /// The group's id.
        group: String,
    },
    /// List the app's reward groups.
    #[command(after_help = "Example:\n  moments groups list --app shop")]
    List,
}

pub(crate) fn run(Groups { connection, command }: Groups) -> Result<(), Failure> {
    let (api, app) = connection.open()?;
    let path = format!("{app}/reward-groups");
    match command {
        Command::Put(file) => api.show(&file.call(&path)?),
        Command::Get { group } => api.show(&Call::get(format!("{path}/{}", in_path(&group)))),
        Command::List => api.show_list(
            &path,
            "GROUP reward_group_id, NAME name, KIND kind, CPA cpa, MARKETPLACES marketplaces, \
             LOW BELOW low_stock_threshold, FALLBACK fallback_group_id, VERSION version",
        ),
    }
}
