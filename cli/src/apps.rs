//! `moments apps`: the tenants.

use clap::{Args, Subcommand};
use serde_json::json;

use crate::api::{Api, Call, Connection, Failure, in_path};
use crate::output;

/// Apps: create, change, show.
#[derive(Args)]
pub(crate) struct Apps {
    #[command(flatten)]
    connection: Connection,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Create an app, or change it.
    #[command(after_help = "Examples:
  moments apps put shop --name 'My shop'
  moments apps put shop --name 'My shop' --requests-per-second 200 --burst 400")]
    Put {
        /// The app's id: 1 to 64 of A-Z a-z 0-9 _ -
        app: String,
        /// For people.
        #[arg(long)]
        name: String,
        /// Requests a second that each of its keys may make, per execution environment.
        #[arg(long, default_value_t = 50)]
        requests_per_second: u32,
        /// Requests that each key may make at once after a pause.
        #[arg(long, default_value_t = 100)]
        burst: u32,
        /// Only if the app is at this version.
        #[arg(long, value_name = "VERSION")]
        if_match: Option<u64>,
    },
    /// Show an app.
    #[command(after_help = "Example:\n  moments apps get shop")]
    Get {
        /// The app's id.
        app: String,
    },
    /// List the apps that the key administers.
    #[command(after_help = "Example:\n  moments apps list --json")]
    List,
}

pub(crate) fn run(Apps { connection, command }: Apps) -> Result<(), Failure> {
    let api = Api::new(&connection)?;
    let path = |app: &str| format!("/v1/apps/{}", in_path(app));
    match command {
        Command::Put { app, name, requests_per_second, burst, if_match } => {
            let limit = json!({ "requests_per_second": requests_per_second, "burst": burst });
            let put = Call::new("PUT", path(&app)).body(json!({ "name": name, "rate_limit": limit }));
            output::fields(connection.json, &api.call(&put.if_match(if_match))?)
        }
        Command::Get { app } => output::fields(connection.json, &api.call(&Call::new("GET", path(&app)))?),
        Command::List => {
            let columns = [
                ("APP", "/app_id"),
                ("NAME", "/name"),
                ("PER SECOND", "/rate_limit/requests_per_second"),
                ("BURST", "/rate_limit/burst"),
                ("VERSION", "/version"),
            ];
            output::entries(connection.json, &api.list("/v1/apps")?, &columns)
        }
    }
}
