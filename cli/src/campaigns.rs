//! `moments campaigns`: writing campaigns and taking them from state to state.

use clap::{Args, Subcommand};
use serde_json::{Value, json};

use crate::api::{Api, Call, Connection, Failure, in_path};
use crate::output;

/// Campaigns: put, get, list, submit, approve, reject, suspend, resume, history.
#[derive(Args)]
pub(crate) struct Campaigns {
    #[command(flatten)]
    connection: Connection,
    /// The app whose campaigns these are.
    #[arg(long, env = "MOMENTS_APP", global = true)]
    app: Option<String>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Write a draft, or raise the budget or move the end of an approved campaign.
    #[command(after_help = "Examples:
  moments campaigns put spring spring.json --app shop
  jq '.budget.amount_minor += 50000' spring.json | moments campaigns put spring - --app shop")]
    Put {
        /// The campaign's id.
        campaign: String,
        /// A file with the campaign as JSON; - reads standard input.
        file: String,
        /// Only if the campaign is at this version.
        #[arg(long, value_name = "VERSION")]
        if_match: Option<u64>,
    },
    /// Show a campaign.
    #[command(after_help = "Example:\n  moments campaigns get spring --app shop --json | jq .state")]
    Get {
        /// The campaign's id.
        campaign: String,
    },
    /// List the app's campaigns.
    #[command(after_help = "Example:\n  moments campaigns list --app shop")]
    List,
    /// Hand a draft in for approval: every obstacle is named at once.
    #[command(after_help = "Example:\n  moments campaigns submit spring --app shop")]
    Submit(Step),
    /// Approve a submitted campaign: in test mode until it starts, live from then on.
    #[command(after_help = "Example:\n  moments campaigns approve spring --app shop --if-match 2")]
    Approve(Step),
    /// Turn a submitted campaign down, and say why.
    #[command(after_help = "Example:\n  moments campaigns reject spring --app shop --reason 'The headline is wrong.'")]
    Reject(Step),
    /// Stop an approved campaign at once: nothing is counted or awarded until it is resumed.
    #[command(after_help = "Example:\n  moments campaigns suspend spring --app shop --reason 'Partner is down.'")]
    Suspend(Step),
    /// Let a suspended campaign go on; who waits is served.
    #[command(after_help = "Example:\n  moments campaigns resume spring --app shop")]
    Resume(Step),
    /// Who changed what, when and why: the newest first.
    #[command(after_help = "Example:\n  moments campaigns history spring --app shop")]
    History {
        /// The campaign's id.
        campaign: String,
    },
}

/// A step from state to state.
#[derive(Args)]
struct Step {
    /// The campaign's id.
    campaign: String,
    /// Why, for the history and for whoever wrote the campaign.
    #[arg(long)]
    reason: Option<String>,
    /// Only if the campaign is at this version.
    #[arg(long, value_name = "VERSION")]
    if_match: Option<u64>,
}

pub(crate) fn run(Campaigns { connection, app, command }: Campaigns) -> Result<(), Failure> {
    let api = Api::new(&connection)?;
    let path = format!("/v1/apps/{}/campaigns", in_path(&crate::needed_app(app)?));
    let one = |campaign: &str| format!("{path}/{}", in_path(campaign));
    let take = |verb: &str, Step { campaign, reason, if_match }: Step| {
        let body = reason.map_or_else(|| json!({}), |reason| json!({ "reason": reason }));
        let step = Call::new("POST", format!("{}/{verb}", one(&campaign))).body(body).if_match(if_match);
        summary(connection.json, &api.call(&step)?)
    };
    match command {
        Command::Put { campaign, file, if_match } => {
            let put = Call::new("PUT", one(&campaign)).body(crate::read_json(&file)?).if_match(if_match);
            summary(connection.json, &api.call(&put)?)
        }
        Command::Get { campaign } => output::fields(connection.json, &api.call(&Call::new("GET", one(&campaign)))?),
        Command::List => {
            let columns = [
                ("CAMPAIGN", "/campaign_id"),
                ("NAME", "/name"),
                ("KIND", "/kind"),
                ("STATE", "/state"),
                ("STARTS", "/starts_at"),
                ("ENDS", "/ends_at"),
                ("BUDGET", "/budget"),
                ("VERSION", "/version"),
            ];
            output::entries(connection.json, &api.list(&path)?, &columns)
        }
        Command::Submit(step) => take("submit", step),
        Command::Approve(step) => take("approve", step),
        Command::Reject(step) => take("reject", step),
        Command::Suspend(step) => take("suspend", step),
        Command::Resume(step) => take("resume", step),
        Command::History { campaign } => {
            let mut changes = api.list(&format!("{}/history", one(&campaign)))?;
            if !connection.json {
                changes.iter_mut().for_each(name_fields);
            }
            let columns = [
                ("VERSION", "/version"),
                ("WHEN", "/at"),
                ("WHO", "/key_id"),
                ("WHAT", "/action"),
                ("WHY", "/reason"),
                ("FIELDS", "/changes"),
            ];
            output::entries(connection.json, &changes, &columns)
        }
    }
}

/// What a change did to each field, in a line: the values of a small field, the name of a large one.
fn name_fields(change: &mut Value) {
    let short = |value: &Value| {
        let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        if text.chars().count() > 30 { "…".to_owned() } else { text }
    };
    let created = change["action"] == "created";
    let fields = change["changes"].as_array().into_iter().flatten().map(|field| {
        let pointer = field["pointer"].as_str().unwrap_or_default();
        if created {
            return Value::String(pointer.to_owned());
        }
        Value::String(format!("{pointer}: {} → {}", short(&field["before"]), short(&field["after"])))
    });
    change["changes"] = fields.collect();
}

/// Where a campaign stands after it was changed.
fn summary(as_json: bool, campaign: &Value) -> Result<(), Failure> {
    if as_json {
        return output::fields(true, campaign);
    }
    let part = |name: &str| campaign[name].as_str().unwrap_or_default().to_owned();
    let version = &campaign["version"];
    output::print(&format!("{} is {} (version {version}).", part("campaign_id"), part("state")))
}
