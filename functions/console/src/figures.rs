//! The figures of a campaign: what it has spent and given, from its summary.

use serde_json::Value;

use crate::amounts;
use crate::refusal::Refusal;
use crate::screens::Place;
use crate::texts::Texts;
use crate::visit::Visit;

/// What a campaign has spent of its budget.
pub(crate) struct Spending {
    pub(crate) limit: String,
    pub(crate) spent: String,
    pub(crate) left: String,
    /// The share that is spent, of 1,000.
    pub(crate) share: u64,
    /// The share as people write it.
    pub(crate) percent: String,
}

/// A number with its name.
pub(crate) struct Figure {
    pub(crate) name: String,
    pub(crate) value: String,
}

/// Returns the summary of a campaign, from which all its figures come.
pub(crate) async fn summary(visit: &Visit<'_>, place: Place<'_>) -> Result<Value, Refusal> {
    Ok(visit.get(&format!("{}/summary", place.path())).await?.body)
}

/// Returns what the campaign has spent, exact at one instant.
pub(crate) fn spending(t: &Texts, summary: &Value) -> Option<Spending> {
    let minor = |name: &str| summary["budget"][name]["amount_minor"].as_i64();
    let currency = summary["budget"]["limit"]["currency"].as_str()?;
    Some(of_amounts(t, currency, minor("limit")?, minor("spent")?))
}

/// Returns what a campaign of a list has spent; `None` where its figures are not known.
pub(crate) fn of_listed(t: &Texts, campaign: &Value) -> Option<Spending> {
    let currency = campaign["budget"]["currency"].as_str()?;
    let spent = campaign["figures"]["spend"]["amount_minor"].as_i64()?;
    Some(of_amounts(t, currency, campaign["budget"]["amount_minor"].as_i64()?, spent))
}

fn of_amounts(t: &Texts, currency: &str, limit: i64, spent: i64) -> Spending {
    let write = |minor: i64| format!("{}\u{a0}{currency}", amounts::amount(t.language, currency, minor));
    // In tenths of a percent; rounded down, so that only a whole budget is all of it.
    let share = i128::from(spent).saturating_mul(1_000).checked_div(i128::from(limit)).unwrap_or(0);
    let share = u64::try_from(share.clamp(0, 1_000)).unwrap_or(0);
    let left = limit.saturating_sub(spent);
    Spending { limit: write(limit), spent: write(spent), left: write(left), share, percent: percent(t, share) }
}

/// Writes tenths of a percent.
pub(crate) fn percent(t: &Texts, tenths: u64) -> String {
    format!("{}\u{a0}%", points(t, i64::try_from(tenths).unwrap_or(i64::MAX)))
}

/// Writes tenths of a percent, or of percentage points, without a sign behind them.
pub(crate) fn points(t: &Texts, tenths: i64) -> String {
    // Two decimals, of which the last is always 0.
    let written = amounts::amount(t.language, "EUR", tenths.saturating_mul(10));
    written.strip_suffix('0').unwrap_or(&written).to_owned()
}

/// Returns what became of the rewards, and who waits for which reason.
pub(crate) fn figures(t: &Texts, summary: &Value) -> Vec<Figure> {
    let figures = &summary["figures"];
    let figure =
        |name: String, number: &Value| Figure { name, value: amounts::whole(t.language, number.as_u64().unwrap_or(0)) };
    let mut all = vec![
        figure(t.get("figure-awards"), &figures["awards"]),
        figure(t.get("figure-redemptions"), &figures["redemptions"]),
        figure(t.get("figure-expiries"), &figures["expiries"]),
        figure(t.get("figure-voids"), &figures["voids"]),
        figure(t.get("figure-in-review"), &figures["in_review"]),
        figure(t.get("figure-waiting"), &figures["waiting"]),
    ];
    let reasons = figures["waiting_for"].as_object().into_iter().flatten();
    all.extend(reasons.map(|(reason, number)| figure(waiting_for(t, reason), number)));
    all
}

/// Names why somebody waits.
pub(crate) fn waiting_for(t: &Texts, reason: &str) -> String {
    match reason {
        "no_stock" => t.get("waiting-no-stock"),
        "no_budget" => t.get("waiting-no-budget"),
        "day_spent" => t.get("waiting-day-spent"),
        "suspended" => t.get("waiting-suspended"),
        other => other.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::language::Language;
    use crate::texts;
    use serde_json::json;

    #[test]
    fn spending_is_exact_and_only_a_whole_budget_is_all_of_it() {
        let of = |spent: i64| {
            let money = |minor: i64| json!({"currency": "EUR", "amount_minor": minor});
            let summary = json!({"budget": {"limit": money(1_000_000), "spent": money(spent)}});
            spending(texts::of(Language::German), &summary).unwrap()
        };
        let all_but_a_cent = of(999_999);
        assert_eq!(all_but_a_cent.spent, "9.999,99\u{a0}EUR");
        assert_eq!(all_but_a_cent.left, "0,01\u{a0}EUR");
        assert_eq!((all_but_a_cent.share, all_but_a_cent.percent.as_str()), (999, "99,9\u{a0}%"));
        assert_eq!(of(1_000_000).percent, "100,0\u{a0}%");
    }
}
