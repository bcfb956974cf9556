//! `moments submit`: reports an event of a user, as an app's servers do: as a rehearsal with a test key, as a dry run,
//! or for real.

use clap::Args;
use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};
use serde_json::{Value, json};

use crate::api::{Api, Call, Connection, Failure, Needs};
use crate::output::{self, list, text};

const EXAMPLES: &str = "Examples:
  # rehearses, in any state of the campaign: consumes nothing
  MOMENTS_KEY=mk_test_… moments submit ada deposit
  # shows the outcome with a live key: writes nothing
  moments submit ada deposit --dry-run
  # the same, also for drafts
  moments submit ada deposit --rehearse draft
  # for real; counts once, even if submitted again
  moments submit ada deposit --event-id deposit-17
  moments submit ada level_completed --quantity 5

`moments keys mint` mints the key that this needs, and with --mode test one that
rehearses.";

/// Report an event of a user: as a rehearsal, as a dry run, or for real. Needs a key of scope app.
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Submit {
    #[command(flatten)]
    connection: Connection,
    /// The app's own id of the user.
    user: String,
    /// The action, as the moments of campaigns name it.
    action: String,
    /// The app's own id of the event, which counts once. The default is random.
    #[arg(long, value_name = "ID")]
    event_id: Option<String>,
    /// The event's quantity. The default is 1.
    #[arg(long, value_name = "N")]
    quantity: Option<u64>,
    /// Show the outcome and write nothing.
    #[arg(long)]
    dry_run: bool,
    /// A dry run that includes drafts.
    #[arg(long, value_name = "STATE", value_parser = ["draft"])]
    rehearse: Option<String>,
}

pub(crate) fn run(submit: Submit) -> Result<(), Failure> {
    let Submit { connection, user, action, event_id, quantity, dry_run, rehearse } = submit;
    let api = Api::new(&connection, Needs::App)?;
    // Chosen once, so a repeated call submits the same event.
    let event_id = event_id.unwrap_or_else(|| format!("{:032x}", StdRng::from_os_rng().random::<u128>()));
    let path = match (&rehearse, dry_run) {
        (Some(_), _) => "/v1/moments?rehearse=draft",
        (None, true) => "/v1/moments?dry_run=true",
        (None, false) => "/v1/moments",
    };
    let body = json!({ "user_id": user, "action": action, "event_id": event_id, "quantity": quantity });
    let submitted = api.call(&Call::post(path, body))?;
    if api.json {
        return output::fields(true, &submitted);
    }
    output::print(&summary(&submitted, dry_run || rehearse.is_some()))
}

/// Formats an event's outcome for each moment, with its reward and reasons on their own lines.
fn summary(submitted: &Value, dry_run: bool) -> String {
    let mut summary = format!("event {}", text(submitted, "event_id"));
    if submitted["duplicate"] == true {
        summary += ", which was counted before";
    }
    if dry_run {
        summary += ", as a dry run";
    }
    let outcomes = list(submitted, "outcomes");
    if outcomes.is_empty() {
        summary += "\nno campaign asks for this action";
    }
    for outcome in outcomes {
        let (campaign, moment) = (text(outcome, "campaign_id"), text(outcome, "moment_id"));
        let (result, progress) = (text(outcome, "outcome"), &outcome["progress"]);
        summary += &format!("\n{campaign} / {moment}: {result}, {} of {}", progress["count"], progress["target"]);
        let reward = &outcome["reward"];
        if let Some(url) = reward["url"].as_str() {
            summary += &format!("\n  {url}{}", if reward["test"] == true { " (a rehearsal)" } else { "" });
        }
        for reason in list(outcome, "reasons") {
            summary += &format!("\n  {}", reason.as_str().unwrap_or_default());
        }
    }
    for warning in list(submitted, "warnings") {
        summary += &format!("\nwarning: {} {}", text(warning, "pointer"), text(warning, "detail"));
    }
    summary
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
        assert_eq!(summary(&submitted, true), expected);
        let mut nothing = json!({"event_id": "e1", "duplicate": true, "outcomes": []});
        let expected = "event e1, which was counted before\nno campaign asks for this action";
        assert_eq!(summary(&nothing, false), expected);
        nothing["warnings"] = json!([{"pointer": "/event_id", "code": "event_differs", "detail": "was another event"}]);
        assert_eq!(summary(&nothing, false), format!("{expected}\nwarning: /event_id was another event"));
    }
}
