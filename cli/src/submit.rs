//! `moments submit`: reports what a user did, as an app's servers do: to rehearse a campaign with a test key, to try it with a
//! dry run, or for real.

use clap::Args;
use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};
use serde_json::{Value, json};

use crate::api::{Api, Call, Connection, Failure};
use crate::output;

const EXAMPLES: &str = "Examples:
  MOMENTS_KEY=mk_test_… moments submit ada deposit    rehearses, in whatever state the campaign is: nothing is consumed
  moments submit ada deposit --dry-run                what it would come to with a live key: nothing is written
  moments submit ada deposit --rehearse draft         the same, also for campaigns that are still being written
  moments submit ada deposit --event-id deposit-17    for real; once, however often it is submitted
  moments submit ada level_completed --quantity 5

`moments keys mint` mints the key that this needs, and with --mode test one that rehearses.";

/// Report what a user did: as a rehearsal, as a dry run, or for real. Needs a key of scope app.
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Submit {
    #[command(flatten)]
    connection: Connection,
    /// The app's own id of the user.
    user: String,
    /// What the user did, as the moments of campaigns name it.
    action: String,
    /// The app's own id of the event, which counts once; a random one if none is said.
    #[arg(long, value_name = "ID")]
    event_id: Option<String>,
    /// How much the event counts where quantities do; 1 if nothing is said.
    #[arg(long, value_name = "N")]
    quantity: Option<u64>,
    /// Only say what it would come to: nothing is written.
    #[arg(long)]
    dry_run: bool,
    /// A dry run that plays through campaigns that are still being written, too.
    #[arg(long, value_name = "STATE", value_parser = ["draft"])]
    rehearse: Option<String>,
}

pub(crate) fn run(submit: Submit) -> Result<(), Failure> {
    let Submit { connection, user, action, event_id, quantity, dry_run, rehearse } = submit;
    let api = Api::new(&connection)?;
    // Chosen once: where an answer is lost and the call is made again, it is the same event.
    let event_id = event_id.unwrap_or_else(|| format!("{:032x}", StdRng::from_os_rng().random::<u128>()));
    let path = match (&rehearse, dry_run) {
        (Some(_), _) => "/v1/moments?rehearse=draft",
        (None, true) => "/v1/moments?dry_run=true",
        (None, false) => "/v1/moments",
    };
    let body = json!({ "user_id": user, "action": action, "event_id": event_id, "quantity": quantity });
    let submitted = api.call(&Call::new("POST", path).body(body))?;
    if connection.json {
        return output::fields(true, &submitted);
    }
    output::print(&told(&submitted, dry_run || rehearse.is_some()))
}

/// What an event came to, moment by moment, each with its reward and its reasons on lines of their own.
fn told(submitted: &Value, dry_run: bool) -> String {
    let mut text = format!("event {}", part(submitted, "event_id"));
    if submitted["duplicate"] == true {
        text += ", which was counted before";
    }
    if dry_run {
        text += ", as a dry run";
    }
    let outcomes = submitted["outcomes"].as_array().map(Vec::as_slice).unwrap_or_default();
    if outcomes.is_empty() {
        text += "\nno campaign asks for this action";
    }
    for outcome in outcomes {
        let (campaign, moment, came_to) =
            (part(outcome, "campaign_id"), part(outcome, "moment_id"), part(outcome, "outcome"));
        let (count, target) = (&outcome["progress"]["count"], &outcome["progress"]["target"]);
        text += &format!("\n{campaign} / {moment}: {came_to}, {count} of {target}");
        let reward = &outcome["reward"];
        if let Some(url) = reward["url"].as_str() {
            text += &format!("\n  {url}{}", if reward["test"] == true { " (a rehearsal)" } else { "" });
        }
        for reason in outcome["reasons"].as_array().into_iter().flatten() {
            text += &format!("\n  {}", reason.as_str().unwrap_or_default());
        }
    }
    for warning in submitted["warnings"].as_array().into_iter().flatten() {
        text += &format!("\nwarning: {} {}", part(warning, "pointer"), part(warning, "detail"));
    }
    text
}

fn part<'a>(thing: &'a Value, name: &str) -> &'a str {
    thing[name].as_str().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_moment_is_told_with_its_reward_or_its_reasons() {
        let submitted = json!({"event_id": "e1", "duplicate": false, "outcomes": [
            {"campaign_id": "spring", "moment_id": "first", "outcome": "rewarded", "progress": {"count": 1, "target": 1},
             "reward": {"url": "https://gift.example/test", "test": true}},
            {"campaign_id": "summer", "moment_id": "fifth", "outcome": "not_eligible", "progress": {"count": 0, "target": 5},
             "reasons": ["marketplace US; the moment is offered in [DE]"]},
        ]});
        let expected = "event e1, as a dry run\nspring / first: rewarded, 1 of 1\n  https://gift.example/test (a rehearsal)\n\
             summer / fifth: not_eligible, 0 of 5\n  marketplace US; the moment is offered in [DE]";
        assert_eq!(told(&submitted, true), expected);
        let mut nothing = json!({"event_id": "e1", "duplicate": true, "outcomes": []});
        let expected = "event e1, which was counted before\nno campaign asks for this action";
        assert_eq!(told(&nothing, false), expected);
        nothing["warnings"] = json!([{"pointer": "/event_id", "code": "event_differs", "detail": "was another event"}]);
        assert_eq!(told(&nothing, false), format!("{expected}\nwarning: /event_id was another event"));
    }
}
