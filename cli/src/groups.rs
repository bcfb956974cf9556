//! `moments groups`: reward groups.

use clap::Subcommand;

use crate::api::{Call, Failure, OnApp, in_path};
use crate::files::PutFile;

#[derive(Subcommand)]
pub(crate) enum Command {
    /// Create a reward group, or change it.
    #[command(after_help = "Example:
  echo '{\"name\": \"Gift card\", \"kind\": \"unique_url\",
      \"cpa\": {\"currency\": \"EUR\", \"amount_minor\": 500},
      \"test_url\": \"https://gift.example/test\"}' \\
      | moments groups put gift - --app shop")]
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

pub(crate) fn run(OnApp { connection, command }: OnApp<Command>) -> Result<(), Failure> {
    let (api, app) = connection.open()?;
    let path = format!("{app}/reward-groups");
    match command {
        Command::Put(file) => api.show(&file.call(&api, &path)?),
        Command::Get { group } => api.show(&Call::get(format!("{path}/{}", in_path(&group)))),
        Command::List => api.show_list(
            &path,
            "GROUP reward_group_id, NAME name, KIND kind, CPA cpa, MARKETPLACES marketplaces, \
             LOW BELOW low_stock_threshold, FALLBACK fallback_group_id, VERSION version",
        ),
    }
}
