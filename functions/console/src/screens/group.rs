//! One reward group: what it is, how much stock is left, and how long it lasts at the rate of the last day.

use askama::Template;
use domain::time_zone::TimeZone;
use edge::http::Response;
use serde_json::Value;

use crate::amounts;
use crate::figures::Figure;
use crate::page::{self, Frame, app_address};
use crate::refusal::Refusal;
use crate::reward_wording;
use crate::texts::Texts;
use crate::times;
use crate::visit::{Visit, part_of_path};

#[derive(Template)]
#[template(path = "group.html")]
struct GroupPage {
    frame: Frame,
    t: &'static Texts,
    address: String,
    id: String,
    name: String,
    facts: Vec<(String, String)>,
    fallback: Option<(String, String)>,
    /// Empty where there is no stock: one URL serves everybody.
    figures: Vec<Figure>,
    is_low: bool,
    forecast: String,
    has_saved: bool,
    may_edit: bool,
}

/// Returns the address of a reward group's page.
pub(crate) fn address(app: &str, group: &str) -> String {
    format!("{}/reward-groups/{}", app_address(app), part_of_path(group))
}

/// Returns the path of a reward group in the API.
pub(crate) fn path(app: &str, group: &str) -> String {
    format!("/v1/apps/{}/reward-groups/{}", part_of_path(app), part_of_path(group))
}

/// Names the marketplaces of a group.
pub(crate) fn marketplaces(t: &Texts, group: &Value) -> String {
    let names: Vec<&str> = group["marketplaces"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    if names.is_empty() { t.get("group-everywhere") } else { names.join(", ") }
}

/// `GET /console/apps/{app}/reward-groups/{group}`.
pub(crate) async fn show(visit: &Visit<'_>, app: &str, group: &str) -> Result<Response, Refusal> {
    let (path, t) = (path(app, group), visit.texts);
    let stock = format!("{path}/stock");
    let (frame, group, stock) = tokio::try_join!(Frame::of(visit), visit.get(&path), visit.get(&stock))?;
    let (group, stock) = (&group.body, &stock.body);
    let text = |name: &str| group[name].as_str().unwrap_or_default().to_owned();
    let fallback = group["fallback_group_id"].as_str();
    let has_stock = stock["available"].is_u64();
    let page = GroupPage {
        may_edit: frame.may(&["editor"]),
        frame,
        t,
        address: address(app, &text("reward_group_id")),
        id: text("reward_group_id"),
        name: text("name"),
        facts: facts(t, group),
        fallback: fallback.map(|other| (address(app, other), other.to_owned())),
        figures: if has_stock { figures(t, stock) } else { Vec::new() },
        is_low: stock["low_stock"] == true,
        forecast: match (has_stock, group["supplier"].is_object()) {
            (true, _) => forecast(t, stock),
            (false, true) => t.get("stock-supplied"),
            (false, false) => t.get("stock-shared"),
        },
        has_saved: visit.query.has("saved"),
    };
    Ok(page::html(200, &page))
}

fn facts(t: &Texts, group: &Value) -> Vec<(String, String)> {
    let number = |value: &Value| value.as_u64().map(|number| amounts::whole(t.language, number)).unwrap_or_default();
    let facts = [
        (t.get("field-kind"), reward_wording::kind(t, group["kind"].as_str().unwrap_or_default())),
        (t.get("group-cpa"), amounts::money(t.language, &group["cpa"])),
        (t.get("group-marketplaces"), marketplaces(t, group)),
        (t.get("group-expires"), number(&group["expires_after_days"])),
        (t.get("group-supplier"), supplier(&group["supplier"])),
        (t.get("group-threshold"), number(&group["low_stock_threshold"])),
        (t.get("group-category"), group["category"].as_str().unwrap_or_default().to_owned()),
        (t.get("group-credit"), amounts::money(t.language, &group["credit"])),
        (t.get("group-weight"), number(&group["shipping"]["weight_grams"])),
    ];
    facts.into_iter().filter(|(_, value)| !value.is_empty()).collect()
}

/// The supplier's id, and what is ordered from it.
fn supplier(supply: &Value) -> String {
    let text = |name: &str| supply[name].as_str().filter(|text| !text.is_empty());
    text("id").into_iter().chain(text("product")).collect::<Vec<_>>().join(": ")
}

fn figures(t: &Texts, stock: &Value) -> Vec<Figure> {
    let figure = |id: &str, name: &str| Figure {
        name: t.get(id),
        value: amounts::whole(t.language, stock[name].as_u64().unwrap_or(0)),
    };
    vec![
        figure("stock-available", "available"),
        figure("stock-claimed", "claimed"),
        figure("stock-retired", "retired"),
        figure("figure-waiting", "waiting"),
    ]
}

/// Says how long the stock lasts.
fn forecast(t: &Texts, stock: &Value) -> String {
    let end = times::instant(t.language, TimeZone::UTC, &stock["runs_out_at"]);
    if end.is_empty() {
        return t.get("stock-still");
    }
    let per_day = stock["burn_rate_per_hour"].as_f64().unwrap_or(0.0) * 24.0;
    // Whole rewards a day are exact enough for a forecast.
    let per_day = format!("{per_day:.0}").parse::<u64>().unwrap_or(0);
    if per_day == 0 {
        return t.with("stock-slow", &[("end", &end)]);
    }
    t.counted("stock-forecast", per_day, &[("end", &end)])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::language::Language;
    use crate::texts;
    use serde_json::json;

    #[test]
    fn a_forecast_needs_a_rate_and_says_few_as_few() {
        let t = texts::of(Language::English);
        let of = |rate: f64, end: Value| forecast(t, &json!({"burn_rate_per_hour": rate, "runs_out_at": end}));
        assert_eq!(of(0.0, Value::Null), t.get("stock-still"));
        assert!(of(2.5, json!("2026-12-31T17:00:00Z")).contains("60 a day"));
        assert!(of(2.5, json!("2026-12-31T17:00:00Z")).contains("31\u{a0}Dec\u{a0}2026\u{a0}17:00 UTC"));
        assert!(of(0.01, json!("2026-12-31T17:00:00Z")).contains("fewer than one a day"));
    }
}
