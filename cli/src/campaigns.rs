//! `moments campaigns`: writes campaigns and takes them from state to state.

use std::collections::BTreeSet;

use clap::{Args, Subcommand};
use serde_json::{Value, json};

use crate::api::{Api, Call, Failure, OnApp, in_path};
use crate::campaign_files;
use crate::files::PutFile;
use crate::output;

#[derive(Subcommand)]
pub(crate) enum Command {
    /// Write a draft, or raise the budget or move the end of an approved campaign.
    #[command(after_help = "Examples:
  moments campaigns put spring spring.json --app shop
  moments campaigns get spring --app shop --json \\
      | jq '.budget.amount_minor += 50000' \\
      | moments campaigns put spring - --app shop")]
    Put(PutFile),
    /// Show a campaign.
    #[command(after_help = "Example:\n  moments campaigns get spring --app shop --json | jq .state")]
    Get {
        /// The campaign's id.
        campaign: String,
    },
    /// List the app's campaigns.
    #[command(after_help = "Examples:
  moments campaigns list --app shop
  moments campaigns list --app shop --state draft,live --name spring \\
      --order -starts_at")]
    List(Filter),
    /// Show campaigns with their rewards and money.
    #[command(after_help = "Example:\n  moments campaigns overview --app shop --state live --order ends_at")]
    Overview(Filter),
    /// Show a campaign at a glance: its window, its money, its rewards.
    #[command(after_help = "Example:\n  moments campaigns summary spring --app shop")]
    Summary {
        /// The campaign's id.
        campaign: String,
    },
    /// Compare the rewards that are expected with budget, stock and caps.
    #[command(after_help = "Example:\n  moments campaigns forecast spring --app shop")]
    Forecast {
        /// The campaign's id.
        campaign: String,
    },
    /// Show awards and spending by hour, in UTC. Without times, of the last 24 hours.
    #[command(after_help = "Example:
  moments campaigns activity spring --app shop \\
      --from 2026-12-01T00:00:00Z --to 2026-12-07T00:00:00Z")]
    Activity {
        /// The campaign's id.
        campaign: String,
        /// A time in the first hour, at most 31 days before the last.
        #[arg(long, value_name = "TIME")]
        from: Option<String>,
        /// A time in the last hour.
        #[arg(long, value_name = "TIME")]
        to: Option<String>,
    },
    /// Change a campaign in your editor (VISUAL, EDITOR). Shows the change, and asks before it writes.
    #[command(after_help = "Examples:
  moments campaigns edit spring --app shop
  EDITOR='code --wait' moments campaigns edit spring --app shop")]
    Edit(campaign_files::Edit),
    /// Copy a campaign to a new draft.
    #[command(after_help = "Example:
  moments campaigns copy spring summer --app shop --name Summer \\
      --starts-at 2027-06-01T00:00:00Z --ends-at 2027-07-01T00:00:00Z")]
    Copy(campaign_files::Copy),
    /// Show how a campaign differs from a file, from another campaign, or from an earlier version. Exits with 1 if it does.
    #[command(after_help = "Examples:
  moments campaigns diff spring --from 3 --app shop
  moments campaigns diff spring --from 3 --to 5 --app shop
  moments campaigns diff spring spring.json --app shop
  moments campaigns diff spring --with summer --app shop")]
    Diff(campaign_files::Diff),
    /// Show a message as a user would get it. Sends nothing.
    #[command(after_help = "Example:
  moments campaigns preview spring deposits achievement --app shop \\
      --locale de --first-name Ada")]
    Preview(Preview),
    /// Submit a draft for approval. A refusal names every obstacle.
    #[command(after_help = "Example:\n  moments campaigns submit spring --app shop")]
    Submit(Transition),
    /// Approve a submitted campaign. It is in test mode until it starts, then live.
    #[command(after_help = "Example:\n  moments campaigns approve spring --app shop --if-match 2")]
    Approve(Transition),
    /// Reject a submitted campaign, with a reason.
    #[command(after_help = "Example:\n  moments campaigns reject spring --app shop --reason 'The headline is wrong.'")]
    Reject(Transition),
    /// Suspend an approved campaign at once. It counts and awards nothing until you resume it.
    #[command(after_help = "Example:\n  moments campaigns suspend spring --app shop --reason 'Partner is down.'")]
    Suspend(Transition),
    /// Resume a suspended campaign. Waiting users are served.
    #[command(after_help = "Example:\n  moments campaigns resume spring --app shop")]
    Resume(Transition),
    /// Show who changed what, when and why, newest first.
    #[command(after_help = "Example:\n  moments campaigns history spring --app shop")]
    History {
        /// The campaign's id.
        campaign: String,
    },
}

/// The campaigns of a list.
#[derive(Args)]
pub(crate) struct Filter {
    /// Only campaigns in one of these states: draft, pending_approval, approved, rejected, live, suspended, finished.
    #[arg(long, value_name = "STATES")]
    state: Option<String>,
    /// Only campaigns with this text in their name or id.
    #[arg(long)]
    name: Option<String>,
    /// Sort by id, name, starts_at or ends_at; - before it turns the order around.
    #[arg(long, allow_hyphen_values = true)]
    order: Option<String>,
}

impl Filter {
    /// Returns the query of the list.
    fn query(&self) -> String {
        query([("state", &self.state), ("name", &self.name), ("order", &self.order)])
    }
}

/// Returns a query with the parameters that have a value, or nothing.
pub(crate) fn query<const COUNT: usize>(parameters: [(&str, &Option<String>); COUNT]) -> String {
    let given = parameters.into_iter().filter_map(|(name, value)| Some(format!("{name}={}", in_path(value.as_ref()?))));
    let given: Vec<String> = given.collect();
    if given.is_empty() { String::new() } else { format!("?{}", given.join("&")) }
}

/// The message to preview.
#[derive(Args)]
pub(crate) struct Preview {
    /// The campaign's id.
    campaign: String,
    /// The moment.
    moment: String,
    /// The kind of message: achievement, announcement, waiting, reminder, address_reminder or result.
    kind: String,
    /// The user's language.
    #[arg(long)]
    locale: Option<String>,
    /// The user's first name.
    #[arg(long)]
    first_name: Option<String>,
}

/// A change of a campaign's state.
#[derive(Args)]
pub(crate) struct Transition {
    /// The campaign's id.
    campaign: String,
    /// The reason, for the history and for the campaign's author.
    #[arg(long)]
    reason: Option<String>,
    /// Only if the campaign is at this version.
    #[arg(long, value_name = "VERSION")]
    if_match: Option<u64>,
}

pub(crate) fn run(OnApp { connection, command }: OnApp<Command>) -> Result<(), Failure> {
    let (api, app) = connection.open()?;
    let path = format!("{app}/campaigns");
    let one = |campaign: &str| format!("{path}/{}", in_path(campaign));
    let change = |verb: &str, Transition { campaign, reason, if_match }: Transition| {
        let body = reason.map_or_else(|| json!({}), |reason| json!({ "reason": reason }));
        show_state(&api, &api.call(&Call::post(format!("{}/{verb}", one(&campaign)), body).if_match(if_match))?)
    };
    match command {
        Command::Put(file) => {
            let written = api.call(&file.call(&api, &path)?)?;
            show_state(&api, &written)?;
            warn(&api, &app, &written)
        }
        Command::Edit(edit) => campaign_files::edit(&api, &path, &edit),
        Command::Copy(copy) => campaign_files::copy(&api, &path, copy),
        Command::Diff(diff) => campaign_files::diff(&api, &path, &diff),
        Command::Preview(preview) => show_preview(&api, &one(&preview.campaign), &preview),
        Command::Overview(filter) => overview(&api, &format!("{app}/campaign-summaries{}", filter.query())),
        Command::Summary { campaign } => summary(&api, &one(&campaign)),
        Command::Forecast { campaign } => forecast(&api, &one(&campaign)),
        Command::Activity { campaign, from, to } => {
            let query = query([("from", &from), ("to", &to)]);
            activity(&api, &format!("{}/activity{query}", one(&campaign)))
        }
        Command::Get { campaign } => api.show(&Call::get(one(&campaign))),
        Command::List(filter) => api.show_list(
            &format!("{path}{}", filter.query()),
            "CAMPAIGN campaign_id, NAME name, KIND kind, STATE state, STARTS starts_at, ENDS ends_at, BUDGET budget, \
             VERSION version",
        ),
        Command::Submit(transition) => change("submit", transition),
        Command::Approve(transition) => change("approve", transition),
        Command::Reject(transition) => change("reject", transition),
        Command::Suspend(transition) => change("suspend", transition),
        Command::Resume(transition) => change("resume", transition),
        Command::History { campaign } => {
            let mut changes = api.list(&format!("{}/history", one(&campaign)))?;
            if !api.json {
                changes.iter_mut().for_each(summarise_changes);
                changes.iter_mut().for_each(name_author);
            }
            let columns = "VERSION version, WHEN at, WHO who, WHAT action, WHY reason, FIELDS changes";
            output::entries(api.json, &changes, columns)
        }
    }
}

/// Names the person who made a change, or else the key.
pub(crate) fn name_author(change: &mut Value) {
    let of = if change["person_id"].is_null() { "key_id" } else { "person_id" };
    change["who"] = change[of].clone();
}

/// Writes each changed field in one line: with its values if they are short.
fn summarise_changes(change: &mut Value) {
    let short = |value: &Value| {
        let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        if text.chars().count() > 30 { "…".to_owned() } else { text }
    };
    let created = change["action"] == "created";
    let fields = change["changes"].as_array().into_iter().flatten().map(|field| {
        let pointer = output::text(field, "pointer");
        if created {
            return Value::from(pointer);
        }
        Value::String(format!("{pointer}: {} → {}", short(&field["before"]), short(&field["after"])))
    });
    change["changes"] = fields.collect();
}

/// Warns of what a draft may have, and what stands in its way later: an end that has passed, and reward groups that are
/// missing or cost money of another currency.
fn warn(api: &Api, app: &str, campaign: &Value) -> Result<(), Failure> {
    let ends_at = output::text(campaign, "ends_at");
    if ends_at.parse::<jiff::Timestamp>().is_ok_and(|end| end <= local::clock::Clock::system().now()) {
        eprintln!("moments: warning: /ends_at {ends_at} has passed: it cannot be submitted");
    }
    let mut groups = BTreeSet::new();
    collect_groups(campaign, &mut groups);
    let budget = output::text(&campaign["budget"], "currency");
    for group in groups {
        match api.call(&Call::get(format!("{app}/reward-groups/{}", in_path(&group)))) {
            Ok(found) => {
                let currency = output::text(&found["cpa"], "currency");
                if currency != budget {
                    eprintln!(
                        "moments: warning: the budget is in {budget}, but reward group {group} costs {currency}: it \
                         cannot be submitted"
                    );
                }
            }
            Err(Failure { code: 5, .. }) => {
                eprintln!("moments: warning: there is no reward group {group} yet: moments groups put {group} FILE");
            }
            Err(failure) => return Err(failure),
        }
    }
    Ok(())
}

/// Collects the reward groups that a campaign names anywhere.
fn collect_groups(value: &Value, groups: &mut BTreeSet<String>) {
    match value {
        Value::Object(fields) => {
            groups.extend(fields.get("reward_group_id").and_then(Value::as_str).map(str::to_owned));
            fields.values().for_each(|field| collect_groups(field, groups));
        }
        Value::Array(values) => values.iter().for_each(|value| collect_groups(value, groups)),
        _ => {}
    }
}

/// Prints each campaign with its rewards and money.
fn overview(api: &Api, path: &str) -> Result<(), Failure> {
    let columns = "CAMPAIGN campaign_id, NAME name, STATE state, ENDS ends_at, AWARDED figures/awards, \
                   WAITING figures/waiting, SPENT figures/spend, BUDGET budget";
    api.show_list(path, columns)
}

/// Prints a campaign's summary, each figure on a line.
fn summary(api: &Api, at: &str) -> Result<(), Failure> {
    let mut found = api.call(&Call::get(format!("{at}/summary")))?;
    if !api.json {
        for group in ["budget", "figures"] {
            let Some(Value::Object(inner)) = found.as_object_mut().and_then(|found| found.remove(group)) else {
                continue;
            };
            for (name, value) in inner {
                // A list of reasons reads like the rest.
                let value = match value {
                    Value::Object(reasons) if name == "waiting_for" => {
                        reasons.iter().map(|(reason, count)| Value::from(format!("{reason}: {count}"))).collect()
                    }
                    value => value,
                };
                found[format!("{group}.{name}")] = value;
            }
        }
    }
    output::fields(api.json, &found)
}

/// Prints a forecast: what each limit suffices for.
fn forecast(api: &Api, at: &str) -> Result<(), Failure> {
    let found = api.call(&Call::get(format!("{at}/forecast")))?;
    if api.json {
        return output::fields(true, &found);
    }
    let unbounded = |value: &Value| if value.is_null() { Value::from("no limit") } else { value.clone() };
    let row = |name: &&str| {
        let of = &found[*name];
        json!({"of": name, "least": unbounded(&of["least"]), "most": unbounded(&of["most"]), "enough": of["enough"]})
    };
    let rows: Vec<Value> = ["budget", "stock", "caps"].iter().map(row).collect();
    match found["expected_rewards"].as_u64() {
        Some(expected) => {
            let cost = |name: &str| output::cell(&found["cost"][name]);
            let (least, most) = (cost("least"), cost("most"));
            let cost = if least == most { least } else { format!("between {least} and {most}") };
            output::print(&format!("{expected} rewards are expected. They cost {cost}."))?;
        }
        None => output::print("The campaign does not say how many rewards are expected: set expected_rewards.")?,
    }
    output::entries(false, &rows, "LIMIT of, FOR AT LEAST least, FOR AT MOST most, ENOUGH enough")
}

/// Prints awards and spending by hour, without the hours that have neither.
fn activity(api: &Api, path: &str) -> Result<(), Failure> {
    let found = api.call(&Call::get(path))?;
    if api.json {
        return output::fields(true, &found);
    }
    if found["hours"].is_null() {
        return output::print("The hours of this campaign were not counted from its start: see moments report.");
    }
    let busy = |hour: &&Value| hour["awards"] != 0 || hour["spend"]["amount_minor"] != 0;
    let hours: Vec<Value> = output::list(&found, "hours").iter().filter(busy).cloned().collect();
    output::entries(false, &hours, "HOUR hour, AWARDS awards, SPENT spend")
}

/// Prints a message as a user would get it, with its size in each channel.
fn show_preview(api: &Api, at: &str, preview: &Preview) -> Result<(), Failure> {
    let Preview { moment, kind, locale, first_name, .. } = preview;
    let body = json!({ "moment_id": moment, "kind": kind, "locale": locale, "first_name": first_name });
    let shown = api.call(&Call::post(format!("{at}/messages/preview"), body))?;
    if api.json {
        return output::fields(true, &shown);
    }
    let (title, text) = (output::text(&shown, "title"), output::text(&shown, "body"));
    output::print(&format!("{title}\n{text}\n"))?;
    output::entries(false, output::list(&shown, "channels"), "CHANNEL channel, SIZE size, OF limit")
}

/// Prints a campaign's new state.
pub(crate) fn show_state(api: &Api, campaign: &Value) -> Result<(), Failure> {
    if api.json {
        return output::fields(true, campaign);
    }
    let (id, state) = (output::text(campaign, "campaign_id"), output::text(campaign, "state"));
    output::print(&format!("{id} is {state} (version {}).", campaign["version"]))
}
