//! A competition in words: how it ranks, and who wins what.

use serde_json::Value;

use crate::amounts;
use crate::texts::{Texts, isolated};

/// The ways in which events make a score, as the API names them.
pub(crate) const SCORES: [&str; 6] = ["highest", "lowest", "latest", "sum", "count", "best_of"];

/// The stretches of time of a board.
pub(crate) const WINDOWS: [&str; 3] = ["campaign", "week", "day"];

/// The rules for equal scores.
pub(crate) const TIES: [&str; 2] = ["earliest", "shared"];

/// Those who let a board give its prizes.
pub(crate) const SETTLES: [&str; 2] = ["automatic", "by_hand"];

/// Returns the name of a value of a field.
pub(crate) fn choice(t: &Texts, field: &str, word: &str) -> String {
    match (field, word) {
        ("score", "highest") => t.get("score-highest"),
        ("score", "lowest") => t.get("score-lowest"),
        ("score", "latest") => t.get("score-latest"),
        ("score", "sum") => t.get("score-sum"),
        ("score", "count") => t.get("score-count"),
        ("score", "best_of") => t.get("score-best-of"),
        ("window", "campaign") => t.get("window-campaign"),
        ("window", "week") => t.get("window-week"),
        ("window", "day") => t.get("window-day"),
        ("ties", "earliest") => t.get("ties-earliest"),
        ("ties", "shared") => t.get("ties-shared"),
        ("settle", "automatic") => t.get("settle-automatic"),
        ("settle", "by_hand") => t.get("settle-by-hand"),
        (_, other) => other.to_owned(),
    }
}

/// Returns the facts of a competition, each with its name; none for what is no competition.
pub(crate) fn facts(t: &Texts, competition: &Value) -> Vec<(String, String)> {
    if !competition.is_object() {
        return Vec::new();
    }
    let fields = [
        ("score", "field-score"),
        ("window", "field-board-window"),
        ("ties", "field-ties"),
        ("settle", "field-settle"),
    ];
    let mut facts: Vec<_> = fields
        .map(|(field, label)| (t.get(label), choice(t, field, competition[field].as_str().unwrap_or_default())))
        .into();
    if let Some(best) = competition["best_of"].as_u64() {
        facts.insert(1, (t.get("field-best-of"), amounts::whole(t.language, best)));
    }
    facts.extend(competition["prizes"].as_array().into_iter().flatten().map(|prize| fact_of_prize(t, prize)));
    facts
}

fn fact_of_prize(t: &Texts, prize: &Value) -> (String, String) {
    let number = |value: &Value| amounts::whole(t.language, value.as_u64().unwrap_or(0));
    let (from, to) = (number(&prize["ranks"][0]), number(&prize["ranks"][1]));
    let places = if prize["percent"].is_u64() {
        t.with("prize-best", &[("percent", &number(&prize["percent"]))])
    } else if from == to {
        t.with("prize-place", &[("place", &from)])
    } else {
        t.with("prize-places", &[("from", &from), ("to", &to)])
    };
    let group = isolated(prize["reward_group_id"].as_str().unwrap_or_default());
    let wins = match prize["at_most"].as_u64() {
        Some(most) => t.counted("prize-at-most", most, &[("group", &group)]),
        None => group,
    };
    (places, wins)
}
