//! `moments apps`: the tenants.

use clap::{Args, Subcommand};
use serde_json::{Value, json};

use crate::api::{Api, Call, Connection, Failure, in_path};
use crate::output;

/// Apps: put, get, list.
#[derive(Args)]
pub(crate) struct Apps {
    #[command(flatten)]
    connection: Connection,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Create an app, or change it: what is not said stays as it is.
    #[command(after_help = "Examples:
  moments apps put shop --name 'My shop'
  moments apps put shop --requests-per-second 200 --burst 400
  moments apps put shop --marketplace DE=DE,AT,CH --marketplace LATAM=MX,AR,CL")]
    Put {
        /// The app's id: 1 to 64 of A-Z a-z 0-9 _ -
        app: String,
        /// For people. A new app needs one.
        #[arg(long)]
        name: Option<String>,
        /// Requests a second that each of its keys may make, per execution environment: 50 for a new app.
        #[arg(long)]
        requests_per_second: Option<u32>,
        /// Requests that each key may make at once after a pause: 100 for a new app.
        #[arg(long)]
        burst: Option<u32>,
        /// A marketplace of several countries, by their ISO 3166 codes: takes the place of all that there were.
        #[arg(long = "marketplace", value_name = "NAME=COUNTRY,…")]
        marketplaces: Vec<String>,
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
        Command::Put { app, name, requests_per_second, burst, marketplaces, if_match } => {
            let before = match api.call(&Call::new("GET", path(&app))) {
                Ok(before) => before,
                Err(failure) if failure.code == 5 => Value::Null,
                Err(failure) => return Err(failure),
            };
            let kept = || before["name"].as_str().map(str::to_owned);
            let Some(name) = name.or_else(kept) else {
                return Err(Failure::new(2, format!("there is no app {app} yet; a new one needs --name")));
            };
            let limit = |said: Option<u32>, field: &str, usual: u32| {
                said.map_or_else(|| before["rate_limit"][field].as_u64().unwrap_or(usual.into()), u64::from)
            };
            let limit = json!({
                "requests_per_second": limit(requests_per_second, "requests_per_second", 50),
                "burst": limit(burst, "burst", 100),
            });
            let marketplaces =
                if marketplaces.is_empty() { before["marketplaces"].clone() } else { declared(&marketplaces)? };
            let body = json!({ "name": name, "rate_limit": limit, "marketplaces": marketplaces });
            let put = Call::new("PUT", path(&app)).body(body);
            // What is kept is as it was read: if somebody else changes it now, this is refused.
            output::fields(connection.json, &api.call(&put.if_match(if_match.or(before["version"].as_u64())))?)
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

/// `DE=DE,AT,CH` as the API takes it.
fn declared(marketplaces: &[String]) -> Result<Value, Failure> {
    let mut declared = serde_json::Map::new();
    for text in marketplaces {
        let Some((name, countries)) = text.split_once('=') else {
            return Err(Failure::new(
                2,
                format!("--marketplace {text} must be a name and its countries, like DE=DE,AT,CH"),
            ));
        };
        let countries: Vec<&str> = countries.split(',').map(str::trim).collect();
        declared.insert(name.to_owned(), json!(countries));
    }
    Ok(Value::Object(declared))
}
