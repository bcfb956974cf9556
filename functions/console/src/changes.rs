//! What has changed, in sentences: a field before and after, named as the forms name it.

use domain::time_zone::TimeZone;
use serde_json::Value;

use crate::amounts;
use crate::refusal::Refusal;
use crate::texts::{Texts, isolated};
use crate::times;
use crate::visit::Visit;
use crate::wording;

/// The most entries of a history that are read for a comparison.
const MOST_ENTRIES: u64 = 100;

/// Returns the newest changes of a campaign.
pub(crate) async fn history(visit: &Visit<'_>, campaign_path: &str) -> Result<Vec<Value>, Refusal> {
    let answer = visit.get(&format!("{campaign_path}/history?limit={MOST_ENTRIES}")).await?;
    Ok(answer.body["data"].as_array().cloned().unwrap_or_default())
}

/// Returns the version that was approved last, if one was: as a whole, or by a higher budget.
pub(crate) fn last_approved(history: &[Value]) -> Option<u64> {
    let approves = |change: &&Value| matches!(change["action"].as_str(), Some("approved" | "raise_approved"));
    history.iter().find(approves)?["version"].as_u64()
}

/// Returns a sentence for each field that differs between a version and the campaign as it is. `None` if the API does
/// not know that version any more.
pub(crate) async fn since(
    visit: &Visit<'_>,
    path: &str,
    campaign: &Value,
    seen: u64,
) -> Result<Option<Vec<String>>, Refusal> {
    let answer = match visit.call("GET", &format!("{path}/diff?from={seen}"), None, None).await {
        Ok(answer) if answer.status == 200 => answer,
        Ok(_) | Err(Refusal::NotFound) => return Ok(None),
        Err(other) => return Err(other),
    };
    let changes = answer.body["changes"].as_array().map(Vec::as_slice).unwrap_or_default();
    // The state stands beside them.
    let changes: Vec<Value> = changes.iter().filter(|change| change["pointer"] != "/state").cloned().collect();
    Ok(Some(sentences(visit.texts, campaign, &changes)))
}

/// Returns a sentence for each change of a campaign.
pub(crate) fn sentences(t: &Texts, campaign: &Value, changes: &[Value]) -> Vec<String> {
    let zone = times::zone_of(campaign);
    let currency = campaign["budget"]["currency"].as_str().unwrap_or("EUR");
    changes.iter().map(|change| sentence(t, zone, currency, change)).collect()
}

fn sentence(t: &Texts, zone: TimeZone, currency: &str, change: &Value) -> String {
    let pointer = change["pointer"].as_str().unwrap_or_default();
    let write = |value: &Value| wording::value(t, zone, currency, pointer, value);
    let (field, before, after) = (field(t, pointer), write(&change["before"]), write(&change["after"]));
    let arguments = [("field", field.as_str()), ("before", before.as_str()), ("after", after.as_str())];
    match (change["before"].is_null(), change["after"].is_null()) {
        (true, _) => t.with("change-added", &arguments),
        (false, true) => t.with("change-removed", &arguments),
        (false, false) => t.with("change-changed", &arguments),
    }
}

/// Names the field of a pointer. What no form has keeps its pointer.
pub(crate) fn field(t: &Texts, pointer: &str) -> String {
    let parts: Vec<&str> = pointer.split('/').skip(1).collect();
    match parts.as_slice() {
        ["moments", place, rest @ ..] => match place.parse::<u64>() {
            Ok(index) => {
                let number = amounts::whole(t.language, index.saturating_add(1));
                t.with("field-of-moment", &[("number", &number), ("field", &of_moment(t, rest))])
            }
            Err(_) => isolated(pointer),
        },
        ["messages", rest @ ..] => message(t, rest),
        [only] => of_campaign(t, only),
        ["budget", "amount_minor"] => t.get("field-budget"),
        ["budget", "currency"] => t.get("field-currency"),
        ["caps", ..] => t.with("field-caps", &[("place", &isolated(pointer))]),
        ["segments", name] => t.with("field-segment", &[("name", &isolated(name))]),
        ["guards", ..] => t.get("field-guards"),
        ["quiet_hours", ..] => t.get("field-quiet-hours"),
        ["competition", ..] => t.with("field-competition", &[("place", &isolated(pointer))]),
        _ => isolated(pointer),
    }
}

fn of_campaign(t: &Texts, name: &str) -> String {
    match name {
        "name" => t.get("field-name"),
        "kind" => t.get("field-kind"),
        "state" => t.get("field-state"),
        "starts_at" => t.get("field-starts"),
        "ends_at" => t.get("field-ends"),
        "budget" => t.get("field-budget"),
        "time_zone" => t.get("field-zone"),
        "holdout_percent" => t.get("field-holdout"),
        "expected_rewards" => t.get("field-expected"),
        "moments" => t.get("field-moments"),
        "segments" => t.get("field-segments"),
        "guards" => t.get("field-guards"),
        "quiet_hours" => t.get("field-quiet-hours"),
        other => isolated(&format!("/{other}")),
    }
}

fn of_moment(t: &Texts, rest: &[&str]) -> String {
    match rest {
        ["moment_id"] => t.get("field-moment-id"),
        ["action"] => t.get("field-action"),
        ["count"] => t.get("field-count"),
        ["target"] => t.get("field-target"),
        ["max_rewards_per_user"] => t.get("field-most"),
        ["when"] => t.get("field-when"),
        ["rewards", ..] => t.get("field-rewards"),
        ["messages", rest @ ..] => message(t, rest),
        other => isolated(&format!("/{}", other.join("/"))),
    }
}

fn message(t: &Texts, rest: &[&str]) -> String {
    let kind = match rest.first() {
        Some(&"announcement") => t.get("field-announcement"),
        Some(&"achievement") => t.get("field-achievement"),
        _ => t.get("field-messages"),
    };
    let more = rest.get(1..).unwrap_or_default().join(" ");
    if more.is_empty() { kind } else { format!("{kind} ({})", isolated(&more)) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::language::Language;
    use crate::texts;
    use serde_json::json;

    #[test]
    fn a_change_is_a_sentence_with_exact_money_and_times() {
        let campaign = json!({"time_zone": "Europe/Berlin", "budget": {"currency": "EUR", "amount_minor": 0}});
        let changes = [
            json!({"pointer": "/budget/amount_minor", "before": 500_000, "after": 600_050}),
            json!({"pointer": "/ends_at", "before": "2026-12-31T17:00:00Z", "after": "2027-01-01T17:00:00Z"}),
        ];
        let said = sentences(texts::of(Language::English), &campaign, &changes);
        assert_eq!(said[0], "Budget: 5,000.00\u{a0}EUR → 6,000.50\u{a0}EUR");
        assert_eq!(
            said[1],
            "End: 31\u{a0}Dec\u{a0}2026\u{a0}18:00 Europe/Berlin → 1\u{a0}Jan\u{a0}2027\u{a0}18:00 Europe/Berlin"
        );
    }
}
