//! What the API refuses, in the person's language: a sentence for each code, with the values that the API gives beside
//! it. Where the API's own words say more than the sentence, they follow it in English; a code without a sentence has
//! only them.

use serde_json::{Value, json};

use crate::amounts;
use crate::form::Mistake;
use crate::language::Language;
use crate::texts::{Texts, isolated};

/// Says a mistake of the API, or a whole problem.
pub(crate) fn of_api(t: &Texts, error: &Value) -> Mistake {
    let detail = error["detail"].as_str().unwrap_or_default().to_owned();
    if let Some(text) = whole(t, error) {
        return Mistake::new(text);
    }
    match sentence(t, error["code"].as_str().unwrap_or_default()) {
        // An English page needs no second sentence.
        Some(text) if t.language != Language::English => Mistake { more: detail, ..Mistake::new(text) },
        _ => Mistake { text: detail, is_english: true, more: String::new() },
    }
}

/// Sentences that say all that there is to say.
fn whole(t: &Texts, error: &Value) -> Option<String> {
    let value = |name: &str| error["values"][name].as_str();
    let number = |name: &str| value(name)?.parse().ok().map(|number| amounts::whole(t.language, number));
    match error["code"].as_str()? {
        "required" => Some(t.get("mistake-missing")),
        "out_of_range" => Some(t.with("api-range", &[("least", &number("least")?), ("most", &number("most")?)])),
        "invalid_text" => Some(t.with("api-text", &[("most", &number("most")?)])),
        "invalid_currency" => Some(t.get("api-currency")),
        "invalid_time_zone" => Some(t.get("mistake-zone")),
        "invalid_locale" => Some(t.get("api-locale")),
        "invalid_hs_code" => Some(t.get("api-hs-code")),
        "obstacle" => obstacle(t, value("reason")?, &error["values"]),
        _ => None,
    }
}

/// Sentences that the API's own words complete.
fn sentence(t: &Texts, code: &str) -> Option<String> {
    let id = match code {
        "out_of_range" => "api-out-of-range",
        "wrong_type" | "invalid_text" | "invalid_utf8" => "api-wrong-type",
        "wrong_length" => "api-wrong-length",
        "repeated" | "repeated_field" | "duplicate" => "api-repeated",
        "invalid_id" => "api-id",
        "invalid_url" => "api-url",
        "invalid_address" => "api-address",
        "invalid_marketplace" | "invalid_country" => "api-marketplace",
        "invalid_money" => "api-money",
        "invalid_time" => "api-time",
        "invalid_rule" => "api-rule",
        "invalid_segment" | "unknown_segment" => "api-segment",
        "unknown_id" | "unknown_supplier" => "api-unknown-id",
        "invalid_prize" => "api-prize",
        "invalid_placeholder" => "api-placeholder",
        "invalid_guard" => "api-guard",
        "invalid_fallback" => "api-fallback",
        "invalid_count" | "invalid_kind" | "invalid_period" | "invalid_priority" | "invalid_role" | "invalid_score"
        | "invalid_window" | "invalid_ties" | "invalid_settle" | "invalid_event" => "api-choice",
        "too_large" | "not_storable" => "api-too-large",
        "unknown_field" | "malformed_json" | "invalid_parameter" => "api-request",
        "obstacle" => "api-obstacle",
        "state_conflict" => "api-state",
        "group_conflict" => "api-group-conflict",
        "budget_spent" => "api-budget-spent",
        "forbidden" => "api-forbidden",
        "not_allowed" => "api-not-allowed",
        "too_many_webhooks" => "api-too-many",
        "managed_by_identity_provider" | "no_identity_provider" | "identity_taken" => "api-identity-provider",
        _ => return None,
    };
    Some(t.get(id))
}

/// Says what stands in the way of a campaign.
fn obstacle(t: &Texts, reason: &str, values: &Value) -> Option<String> {
    let text = |name: &str| values[name].as_str().unwrap_or_default();
    let number = |name: &str| text(name).parse().map(|number| amounts::whole(t.language, number)).unwrap_or_default();
    let money = json!({"currency": text("currency"), "amount_minor": text("cost_minor").parse::<i64>().ok()});
    let (cost, group) = (amounts::money(t.language, &money), isolated(text("group")));
    Some(match reason {
        "ends_in_the_past" => t.get("obstacle-past"),
        "prizes_over_budget" => t.with("obstacle-prizes", &[("cost", &cost)]),
        "no_competition" => t.get("obstacle-no-competition"),
        "no_announcement" => t.get("obstacle-announcement"),
        "unknown_group" => t.with("obstacle-unknown-group", &[("group", &group)]),
        "no_stock" => t.with("obstacle-no-stock", &[("group", &group)]),
        "other_currency" => {
            let arguments = [("group", group.as_str()), ("currency", text("currency")), ("budget", text("budget"))];
            t.with("obstacle-currency", &arguments)
        }
        "budget_too_low" => t.with("obstacle-budget", &[("group", &group), ("cost", &cost)]),
        "cap_too_low" => t.with("obstacle-cap", &[("cost", &cost)]),
        "no_reward_there" => t.with("obstacle-marketplace", &[("marketplace", &isolated(text("marketplace")))]),
        "short_of_stock" => {
            let (available, needed) = (number("available"), number("needed"));
            t.with("obstacle-short", &[("group", &group), ("available", &available), ("needed", &needed)])
        }
        "crowded" => {
            let (action, moments, most) = (isolated(text("action")), number("number"), number("most"));
            t.with("obstacle-crowded", &[("action", &action), ("number", &moments), ("most", &most)])
        }
        _ => return None,
    })
}

#[cfg(test)]
#[path = "mistakes_tests.rs"]
mod tests;
