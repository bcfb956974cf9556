//! The orders of shipped rewards in one state, the longest in it first. No address and no user is in the list.

use askama::Template;
use domain::reward::order::ORDER_STATES;
use domain::time_zone::TimeZone;
use edge::http::Response;
use serde_json::Value;

use crate::page::{self, Frame, app_address};
use crate::refusal::Refusal;
use crate::reward_wording;
use crate::screens::order::address;
use crate::screens::support::paged;
use crate::texts::Texts;
use crate::times;
use crate::visit::{Visit, part_of_path};

struct State {
    value: &'static str,
    label: String,
    is_chosen: bool,
}

struct Row {
    address: String,
    id: String,
    group: String,
    partner: String,
    carrier: String,
    ordered: String,
    changed: String,
}

#[derive(Template)]
#[template(path = "orders.html")]
struct OrdersPage {
    frame: Frame,
    t: &'static Texts,
    states: Vec<State>,
    rows: Vec<Row>,
    next: Option<String>,
}

/// `GET /console/apps/{app}/orders?state=&cursor=`. A state that no order has is answered like the first one.
pub(crate) async fn show(visit: &Visit<'_>, app: &str) -> Result<Response, Refusal> {
    let known = ORDER_STATES.map(domain::reward::RewardState::as_str);
    let asked = visit.query.get("state");
    let state = known.into_iter().find(|state| *state == asked).unwrap_or(known[0]);
    let asked = [("state", state), ("limit", "50"), ("cursor", visit.query.get("cursor"))];
    let path = paged(&format!("/v1/apps/{}/orders", part_of_path(app)), &asked);
    let (frame, answer) = tokio::try_join!(Frame::of(visit), visit.get(&path))?;
    let t = visit.texts;
    let here = format!("{}/orders", app_address(app));
    let next = answer.body["cursor"].as_str().map(|cursor| paged(&here, &[("state", state), ("cursor", cursor)]));
    let label = |value| State { value, label: reward_wording::state(t, value), is_chosen: value == state };
    let orders = answer.body["data"].as_array().into_iter().flatten();
    let rows = orders.map(|order| row(t, app, order)).collect();
    Ok(page::html(200, &OrdersPage { frame, t, states: known.map(label).into(), rows, next }))
}

fn row(t: &Texts, app: &str, order: &Value) -> Row {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let at = |name: &str| times::instant(t.language, TimeZone::UTC, &order[name]);
    let id = text(&order["reward_id"]);
    Row {
        address: address(app, &id),
        id,
        group: text(&order["reward_group_id"]),
        partner: text(&order["partner"]),
        carrier: text(&order["shipment"]["carrier"]),
        ordered: at("ordered_at"),
        changed: at("changed_at"),
    }
}
