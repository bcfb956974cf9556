//! The figures of a campaign: what it has spent and given, and awards over time, each from one call of the API.

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

/// Returns the report of a campaign, from which all its figures come.
pub(crate) async fn report(visit: &Visit<'_>, place: Place<'_>) -> Result<Value, Refusal> {
    Ok(visit.get(&format!("{}/report", place.path())).await?.body)
}

/// Returns what the campaign has spent.
pub(crate) fn spending(t: &Texts, report: &Value) -> Option<Spending> {
    let limit = report["budget"]["amount_minor"].as_i64()?;
    let left = report["unspent"]["amount_minor"].as_i64()?;
    let currency = report["budget"]["currency"].as_str()?;
    Some(of_amounts(t, currency, limit, limit.saturating_sub(left)))
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
fn percent(t: &Texts, share: u64) -> String {
    let tenths = i64::try_from(share).unwrap_or(0).saturating_mul(10);
    let written = amounts::amount(t.language, "EUR", tenths);
    // Two decimals, of which the last is always 0.
    format!("{}\u{a0}%", written.strip_suffix('0').unwrap_or(&written))
}

/// Returns how many users came how far, and how many rewards.
pub(crate) fn funnel(t: &Texts, report: &Value) -> Vec<Figure> {
    let figure = |name: String, field: &str| {
        let number = report["totals"][field].as_u64().unwrap_or(0);
        Figure { name, value: amounts::whole(t.language, number) }
    };
    vec![
        figure(t.get("figure-participants"), "participants"),
        figure(t.get("figure-completions"), "completions"),
        figure(t.get("figure-awards"), "awards"),
        figure(t.get("figure-redemptions"), "redemptions"),
        figure(t.get("figure-waiting"), "waiting"),
        figure(t.get("figure-in-review"), "in_review"),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::language::Language;
    use crate::texts;
    use serde_json::json;

    #[test]
    fn spending_is_exact_and_only_a_whole_budget_is_all_of_it() {
        let of = |left: i64| {
            let money = |minor: i64| json!({"currency": "EUR", "amount_minor": minor});
            let report = json!({"budget": money(1_000_000), "unspent": money(left)});
            spending(texts::of(Language::German), &report).unwrap()
        };
        let all_but_a_cent = of(1);
        assert_eq!(all_but_a_cent.spent, "9.999,99\u{a0}EUR");
        assert_eq!(all_but_a_cent.left, "0,01\u{a0}EUR");
        assert_eq!((all_but_a_cent.share, all_but_a_cent.percent.as_str()), (999, "99,9\u{a0}%"));
        assert_eq!(of(0).percent, "100,0\u{a0}%");
    }
}
