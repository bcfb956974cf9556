//! What has changed, in sentences: a field before and after, named as the forms name it.

use std::collections::BTreeMap;

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

/// Returns the version that was approved last, if one was.
pub(crate) fn last_approved(history: &[Value]) -> Option<u64> {
    let approved = history.iter().find(|change| change["action"] == "approved")?;
    approved["version"].as_u64()
}

/// Returns the fields that differ between a version and the newest one, each as it was and as it is.
pub(crate) fn since(history: &[Value], version: u64) -> Vec<Value> {
    let mut fields: BTreeMap<&str, (&Value, &Value)> = BTreeMap::new();
    // From the oldest to the newest.
    for change in history.iter().rev().filter(|change| change["version"].as_u64().is_some_and(|at| at > version)) {
        for field in change["changes"].as_array().into_iter().flatten() {
            let pointer = field["pointer"].as_str().unwrap_or_default();
            fields.entry(pointer).or_insert((&field["before"], &field["after"])).1 = &field["after"];
        }
    }
    let differing = fields.into_iter().filter(|(pointer, (before, after))| before != after && *pointer != "/state");
    let entry = |(pointer, (before, after)): (&str, (&Value, &Value))| {
        serde_json::json!({"pointer": pointer, "before": before, "after": after})
    };
    differing.map(entry).collect()
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
    fn a_field_that_changed_back_is_no_change() {
        let change = |version: u64, before: u64, after: u64| {
            json!({"version": version, "action": "edited", "changes": [
                {"pointer": "/budget/amount_minor", "before": before, "after": after},
                {"pointer": "/name", "before": format!("v{}", version - 1), "after": format!("v{version}")}]})
        };
        let history = [change(4, 600, 500), change(3, 500, 600), change(2, 400, 500)];
        assert_eq!(since(&history, 2), [json!({"pointer": "/name", "before": "v2", "after": "v4"})]);
        assert_eq!(since(&history, 1).len(), 2);
        assert!(since(&history, 4).is_empty());
    }

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
