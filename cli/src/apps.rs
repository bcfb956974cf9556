//! `moments apps`: the tenants of a system.

use clap::{Args, Subcommand};
use serde_json::{Value, json};

use crate::api::{Api, Call, Failure, Needs, OnApi, in_path};
use crate::campaigns::name_author;
use crate::output;

#[derive(Subcommand)]
pub(crate) enum Command {
    /// Create an app, or change it. Options that you leave out keep their values.
    #[command(after_help = "Examples:
  moments apps put shop --name 'My shop'
  moments apps put shop --requests-per-second 200 --burst 400
  moments apps put shop --marketplace DE=DE,AT,CH --marketplace LATAM=MX,AR,CL
  moments apps put shop --cors-origin https://shop.example \\
      --client-action visit --users-may export
  # nobody approves an own campaign
  moments apps put shop --approval another_person")]
    Put(Put),
    /// Show an app.
    #[command(after_help = "Example:\n  moments apps get shop")]
    Get {
        /// The app's id.
        app: String,
    },
    /// Show who changed what in an app, the newest first: settings, keys, webhooks, partners, people, groups,
    /// stock, campaigns.
    #[command(after_help = "Example:\n  moments apps audit shop")]
    Audit {
        /// The app's id.
        app: String,
    },
    /// List the apps that the key administers.
    #[command(after_help = "Example:\n  moments apps list --json")]
    List,
}

#[derive(Args)]
pub(crate) struct Put {
    /// The app's id: 1 to 64 of A-Z a-z 0-9 _ -
    app: String,
    /// A name for people. A new app needs one.
    #[arg(long)]
    name: Option<String>,
    /// Requests a second for each key, per execution environment. A new app has 50.
    #[arg(long)]
    requests_per_second: Option<u32>,
    /// Requests at once for each key after a pause. A new app has 100.
    #[arg(long)]
    burst: Option<u32>,
    /// A marketplace of several countries, by ISO 3166 codes. The marketplaces given replace all earlier ones.
    #[arg(long = "marketplace", value_name = "NAME=COUNTRY,…")]
    marketplaces: Vec<String>,
    /// An origin of web pages that may call with a user token. Those given replace all earlier ones; '' is none.
    #[arg(long = "cors-origin", value_name = "ORIGIN")]
    cors_origins: Vec<String>,
    /// An action that user tokens may report. A client can lie. Those given replace all earlier
    /// ones; '' is none.
    #[arg(long = "client-action", value_name = "ACTION")]
    client_actions: Vec<String>,
    /// What users may do with their own tokens besides: export, erase, see_players. Those given
    /// replace all earlier ones; '' is none.
    #[arg(long = "users-may", value_name = "RIGHT")]
    users_may: Vec<String>,
    /// Who may approve a campaign: anybody with the role, or only a person who did not write it.
    #[arg(long, value_parser = ["anybody", "another_person"])]
    approval: Option<String>,
    /// Only if the app is at this version.
    #[arg(long, value_name = "VERSION")]
    if_match: Option<u64>,
}

pub(crate) fn run(OnApi { connection, command }: OnApi<Command>) -> Result<(), Failure> {
    let api = Api::new(&connection, Needs::Admin)?;
    let path = |app: &str| format!("/v1/apps/{}", in_path(app));
    match command {
        Command::Put(asked) => put(&api, &path(&asked.app), asked),
        Command::Get { app } => api.show(&Call::get(path(&app))),
        Command::Audit { app } => {
            let mut entries = api.list(&format!("{}/audit", path(&app)))?;
            if !api.json {
                entries.iter_mut().for_each(name_author);
            }
            let columns = "WHEN at, WHO who, WHAT subject, WHICH id, DID action, OUTCOME outcome, VERSION version";
            output::entries(api.json, &entries, columns)
        }
        Command::List => api.show_list(
            "/v1/apps",
            "APP app_id, NAME name, PER SECOND rate_limit/requests_per_second, BURST rate_limit/burst, VERSION version",
        ),
    }
}

fn put(api: &Api, path: &str, asked: Put) -> Result<(), Failure> {
    let before = match api.call(&Call::get(path)) {
        Ok(before) => before,
        Err(failure) if failure.code == 5 => Value::Null,
        Err(failure) => return Err(failure),
    };
    let kept = || before["name"].as_str().map(str::to_owned);
    let Some(name) = asked.name.or_else(kept) else {
        return Err(Failure::new(2, format!("there is no app {} yet; a new one needs --name", asked.app)));
    };
    let limit = |given: Option<u32>, field: &str, default: u32| {
        given.map_or_else(|| before["rate_limit"][field].as_u64().unwrap_or(default.into()), u64::from)
    };
    let limit = json!({
        "requests_per_second": limit(asked.requests_per_second, "requests_per_second", 50),
        "burst": limit(asked.burst, "burst", 100),
    });
    let marketplaces = if asked.marketplaces.is_empty() {
        before["marketplaces"].clone()
    } else {
        parse_marketplaces(&asked.marketplaces)?
    };
    let list = |given: Vec<String>, field: &str| {
        let named: Vec<&String> = given.iter().filter(|text| !text.is_empty()).collect();
        if given.is_empty() { before[field].clone() } else { json!(named) }
    };
    let body = json!({
        "name": name, "rate_limit": limit, "marketplaces": marketplaces,
        "cors_origins": list(asked.cors_origins, "cors_origins"),
        "client_actions": list(asked.client_actions, "client_actions"),
        "users_may": list(asked.users_may, "users_may"),
        "approval": asked.approval.map_or_else(|| before["approval"].clone(), Value::from),
    });
    // Fails if somebody else changes the app now, since the call writes the values that it just read.
    api.show(&Call::put(path, body).if_match(asked.if_match.or(before["version"].as_u64())))
}

/// Parses `DE=DE,AT,CH` to the API's form.
fn parse_marketplaces(marketplaces: &[String]) -> Result<Value, Failure> {
    let mut parsed = serde_json::Map::new();
    for text in marketplaces {
        let Some((name, countries)) = text.split_once('=') else {
            let message = format!("--marketplace {text} must be a name and its countries, like DE=DE,AT,CH");
            return Err(Failure::new(2, message));
        };
        let countries: Vec<&str> = countries.split(',').map(str::trim).collect();
        parsed.insert(name.to_owned(), json!(countries));
    }
    Ok(Value::Object(parsed))
}
