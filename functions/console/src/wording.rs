//! A campaign in sentences: states, kinds, moments, rewards and windows in the words of the person's language.

use domain::time_zone::TimeZone;
use serde_json::Value;

use crate::amounts;
use crate::texts::{Texts, isolated};
use crate::times;

/// The states of a campaign, in the order of its life.
pub(crate) const STATES: [&str; 7] =
    ["draft", "pending_approval", "approved", "live", "suspended", "finished", "rejected"];

/// Returns the name of a state.
pub(crate) fn state(t: &Texts, state: &str) -> String {
    match state {
        "draft" => t.get("state-draft"),
        "pending_approval" => t.get("state-pending"),
        "approved" => t.get("state-approved"),
        "live" => t.get("state-live"),
        "suspended" => t.get("state-suspended"),
        "finished" => t.get("state-finished"),
        "rejected" => t.get("state-rejected"),
        other => other.to_owned(),
    }
}

/// Returns the name of a kind.
pub(crate) fn kind(t: &Texts, kind: &str) -> String {
    match kind {
        "challenge" => t.get("kind-challenge"),
        "surprise" => t.get("kind-surprise"),
        "competition" => t.get("kind-competition"),
        other => other.to_owned(),
    }
}

/// Returns how events make a count.
pub(crate) fn count(t: &Texts, count: &str) -> String {
    match count {
        "events" => t.get("count-events"),
        "quantity" => t.get("count-quantity"),
        "highest" => t.get("count-highest"),
        "streak" => t.get("count-streak"),
        other => other.to_owned(),
    }
}

/// Returns a step of a campaign's history.
pub(crate) fn action(t: &Texts, action: &str) -> String {
    match action {
        "created" => t.get("action-created"),
        "edited" => t.get("action-edited"),
        "submitted" => t.get("action-submitted"),
        "approved" => t.get("action-approved"),
        "rejected" => t.get("action-rejected"),
        "suspended" => t.get("action-suspended"),
        "resumed" => t.get("action-resumed"),
        "amended" => t.get("action-amended"),
        "raise_proposed" => t.get("action-raise-proposed"),
        "raise_approved" => t.get("action-raise-approved"),
        "raise_rejected" => t.get("action-raise-rejected"),
        other => other.to_owned(),
    }
}

/// Says what a user has to do for a moment.
pub(crate) fn task(t: &Texts, moment: &Value) -> String {
    let text = |name: &str| moment[name].as_str().unwrap_or_default();
    let (action, target) = (isolated(text("action")), moment["target"].as_u64().unwrap_or(0));
    let action = [("action", action.as_str())];
    match text("count") {
        "events" => t.counted("task-events", target, &action),
        "quantity" => t.counted("task-quantity", target, &action),
        "highest" => t.counted("task-highest", target, &action),
        "streak" => t.counted("task-streak", target, &action),
        _ => t.with("task-scored", &action),
    }
}

/// Says what a moment gives.
pub(crate) fn rewards(t: &Texts, moment: &Value) -> String {
    let rewards = moment["rewards"].as_array().map(Vec::as_slice).unwrap_or_default();
    let group = |reward: &Value| isolated(reward["reward_group_id"].as_str().unwrap_or_default());
    match rewards {
        [] => t.get("rewards-prizes"),
        [only] => t.with("rewards-one", &[("group", &group(only))]),
        several => {
            let share = |reward: &Value| {
                let weight = amounts::whole(t.language, reward["weight"].as_u64().unwrap_or(1));
                t.with("rewards-share", &[("group", &group(reward)), ("weight", &weight)])
            };
            let shares: Vec<String> = several.iter().map(share).collect();
            t.with("rewards-several", &[("groups", &shares.join(", "))])
        }
    }
}

/// Says how often a user can earn a moment.
pub(crate) fn most(t: &Texts, moment: &Value) -> String {
    t.count("rewards-most", moment["max_rewards_per_user"].as_u64().unwrap_or(1))
}

/// Says when a campaign runs, with the zone.
pub(crate) fn window(t: &Texts, campaign: &Value) -> String {
    let zone = times::zone_of(campaign);
    let at = |name: &str| times::instant(t.language, zone, &campaign[name]);
    t.with("window", &[("start", &at("starts_at")), ("end", &at("ends_at"))])
}

/// Writes a value of a change as the field is read by people.
pub(crate) fn value(t: &Texts, zone: TimeZone, currency: &str, pointer: &str, value: &Value) -> String {
    let last = pointer.rsplit('/').next().unwrap_or_default();
    match (last, value) {
        (_, Value::Null) => t.get("value-nothing"),
        ("amount_minor", Value::Number(minor)) => {
            let amount = amounts::amount(t.language, currency, minor.as_i64().unwrap_or(0));
            format!("{amount}\u{a0}{currency}")
        }
        ("starts_at" | "ends_at", Value::String(_)) => times::instant(t.language, zone, value),
        ("state", Value::String(text)) => state(t, text),
        ("kind", Value::String(text)) => kind(t, text),
        ("count", Value::String(text)) => count(t, text),
        ("holdout_percent", Value::Number(percent)) => format!("{percent}\u{a0}%"),
        (_, Value::Number(number)) => {
            number.as_u64().map_or_else(|| number.to_string(), |n| amounts::whole(t.language, n))
        }
        (_, Value::String(text)) => isolated(&shortened(text)),
        (_, Value::Bool(is_so)) => t.get(if *is_so { "value-yes" } else { "value-no" }),
        (_, other) => isolated(&shortened(&other.to_string())),
    }
}

fn shortened(text: &str) -> String {
    domain::error::short(text.to_owned(), 300)
}
