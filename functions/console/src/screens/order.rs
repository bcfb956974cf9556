//! One order: its state, its shipment, and its address once a partner ships it. Only this page reads an address, and the
//! API logs who does.

use askama::Template;
use domain::time_zone::TimeZone;
use edge::http::Response;
use serde_json::Value;

use crate::page::{self, Frame, app_address};
use crate::refusal::Refusal;
use crate::reward_wording;
use crate::texts::Texts;
use crate::times;
use crate::visit::{Visit, part_of_path};

/// The parts of an address, in the order in which it is read.
const PARTS: [&str; 10] =
    ["name", "organization", "line1", "line2", "district", "postal_code", "city", "region", "country", "phone"];

#[derive(Template)]
#[template(path = "order.html")]
struct OrderPage {
    frame: Frame,
    t: &'static Texts,
    address: String,
    id: String,
    reward: String,
    state: String,
    /// Name and value of what is known.
    facts: Vec<(String, String)>,
    tracking_url: Option<String>,
    lines: Vec<String>,
    /// Why there is no address, or how long it is kept.
    address_note: String,
    /// The steps that the state allows: the last part of the address and the name.
    steps: Vec<(&'static str, String)>,
    has_saved: bool,
}

/// Returns the address of an order's page.
pub(crate) fn address(app: &str, reward: &str) -> String {
    format!("{}/orders/{}", app_address(app), part_of_path(reward))
}

/// Returns the path of an order in the API.
pub(crate) fn path(app: &str, reward: &str) -> String {
    format!("/v1/apps/{}/orders/{}", part_of_path(app), part_of_path(reward))
}

/// Returns the address of a reward's order, if its state has one.
pub(crate) fn of_reward(app: &str, reward: &Value) -> Option<String> {
    let state = reward["state"].as_str().unwrap_or_default();
    let is_ordered = matches!(state, "ordered" | "shipped" | "delivered" | "returned" | "lost");
    is_ordered.then(|| address(app, reward["reward_id"].as_str().unwrap_or_default()))
}

/// `GET /console/apps/{app}/orders/{reward}`.
pub(crate) async fn show(visit: &Visit<'_>, app: &str, reward: &str) -> Result<Response, Refusal> {
    let path = path(app, reward);
    let (frame, answer) = tokio::try_join!(Frame::of(visit), visit.get(&path))?;
    let (t, order) = (visit.texts, &answer.body);
    let state = order["state"].as_str().unwrap_or_default();
    let page = OrderPage {
        frame,
        t,
        address: address(app, reward),
        id: reward.to_owned(),
        reward: super::reward::address(app, reward),
        state: reward_wording::state(t, state),
        facts: facts(t, order),
        tracking_url: order["shipment"]["tracking_url"].as_str().and_then(safe),
        lines: PARTS.iter().filter_map(|part| order["address"][part].as_str()).map(str::to_owned).collect(),
        address_note: address_note(t, order),
        steps: steps(t, state, order["partner"].is_string()),
        has_saved: visit.query.has("saved"),
    };
    Ok(page::html(200, &page))
}

/// Returns a URL that a link may have: never one that a browser would run.
fn safe(url: &str) -> Option<String> {
    domain::web_address::https(url).ok()
}

fn facts(t: &Texts, order: &Value) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let at = |name: &str| times::instant(t.language, TimeZone::UTC, &order[name]);
    let facts = [
        (t.get("reward-group"), text(&order["reward_group_id"])),
        (t.get("order-partner"), text(&order["partner"])),
        (t.get("order-carrier"), text(&order["shipment"]["carrier"])),
        (t.get("order-tracking"), text(&order["shipment"]["tracking"])),
        (t.get("orders-ordered-at"), at("ordered_at")),
        (t.get("order-claimed-at"), at("claimed_at")),
        (t.get("orders-changed-at"), at("changed_at")),
    ];
    facts.into_iter().filter(|(_, value)| !value.is_empty()).collect()
}

fn address_note(t: &Texts, order: &Value) -> String {
    let until = times::instant(t.language, TimeZone::UTC, &order["address_removed_at"]);
    match (order["address"].is_object(), until.is_empty()) {
        (true, _) => t.with("order-address-until", &[("at", &until)]),
        (false, false) => t.get("order-address-later"),
        (false, true) => t.get("order-address-gone"),
    }
}

/// The steps that the state allows. Only a hint: the API decides.
fn steps(t: &Texts, state: &str, is_claimed: bool) -> Vec<(&'static str, String)> {
    match (state, is_claimed) {
        ("ordered", false) => vec![("claim", t.get("order-claim"))],
        ("ordered", true) => vec![("ship", t.get("order-ship"))],
        ("shipped", _) => {
            vec![("deliver", t.get("order-deliver")), ("return", t.get("order-return")), ("lose", t.get("order-lose"))]
        }
        _ => Vec::new(),
    }
}
