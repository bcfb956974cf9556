//! `moments groups`: reward groups.

use clap::{Args, Subcommand};

use crate::api::{Api, Call, Connection, Failure, in_path};
use crate::output;

/// Reward groups: put, get, list. Their stock is under `moments stock`.
#[derive(Args)]
pub(crate) struct Groups {
    #[command(flatten)]
    connection: Connection,
    /// The app whose reward groups these are.
    #[arg(long, env = "MOMENTS_APP", global = true)]
    app: Option<String>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Create a reward group, or change it.
    #[command(after_help = "Example:
  echo '{\"name\": \"Gift card\", \"kind\": \"unique_url\", \"cpa\": {\"currency\": \"EUR\", \"amount_minor\": 500},
         \"test_url\": \"https://gift.example/test\"}' | moments groups put gift - --app shop")]
    Put {
        /// The group's id.
        group: String,
        /// A file with the group as JSON; - reads standard input.
        file: String,
        /// Only if the group is at this version.
        #[arg(long, value_name = "VERSION")]
        if_match: Option<u64>,
    },
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

pub(crate) fn run(Groups { connection, app, command }: Groups) -> Result<(), Failure> {
    let api = Api::new(&connection)?;
    let path = format!("/v1/apps/{}/reward-groups", in_path(&crate::needed_app(app)?));
    let one = |group: &str| format!("{path}/{}", in_path(group));
    match command {
        Command::Put { group, file, if_match } => {
            let put = Call::new("PUT", one(&group)).body(crate::read_json(&file)?).if_match(if_match);
            output::fields(connection.json, &api.call(&put)?)
        }
        Command::Get { group } => output::fields(connection.json, &api.call(&Call::new("GET", one(&group)))?),
        Command::List => {
            let columns = [
                ("GROUP", "/reward_group_id"),
                ("NAME", "/name"),
                ("KIND", "/kind"),
                ("CPA", "/cpa"),
                ("MARKETPLACES", "/marketplaces"),
                ("LOW BELOW", "/low_stock_threshold"),
                ("FALLBACK", "/fallback_group_id"),
                ("VERSION", "/version"),
            ];
            output::entries(connection.json, &api.list(&path)?, &columns)
        }
    }
}
