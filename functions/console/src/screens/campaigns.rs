//! The campaigns of an app: filtered by state and name, in an order, page by page. All of it stands in the address, so
//! that Back and a copied link show the same.

use askama::Template;
use edge::http::Response;
use serde_json::Value;

use crate::amounts;
use crate::page::{self, Frame, campaign_address};
use crate::refusal::Refusal;
use crate::texts::Texts;
use crate::times;
use crate::visit::{Fields, Visit};
use crate::wording::{self, STATES};

/// The campaigns of a page.
const PER_PAGE: &str = "50";

/// The orders of the list, as the API names them.
const ORDERS: [&str; 5] = ["id", "name", "-starts_at", "starts_at", "ends_at"];

struct Row {
    address: String,
    id: String,
    name: String,
    state: String,
    state_name: String,
    kind: String,
    start: String,
    end: String,
    budget: String,
    spent: String,
    awards: String,
}

/// A choice of the filter.
struct Choice {
    value: &'static str,
    label: String,
    is_chosen: bool,
}

#[derive(Template)]
#[template(path = "campaigns.html")]
struct CampaignsPage<'a> {
    frame: Frame,
    t: &'static Texts,
    rows: Vec<Row>,
    name: &'a str,
    states: Vec<Choice>,
    orders: Vec<Choice>,
    is_filtered: bool,
    /// The first page, from a later one.
    first: Option<String>,
    next: Option<String>,
    may_edit: bool,
}

/// `GET /console/apps/{app}/campaigns?state=&name=&order=&cursor=`.
pub(crate) async fn show(visit: &Visit<'_>, app: &str) -> Result<Response, Refusal> {
    let (name, order, cursor) = (visit.query.get("name"), visit.query.get("order"), visit.query.get("cursor"));
    let asked = visit.query.0.iter().filter(|(name, _)| name == "state").map(|(_, state)| state.as_str());
    let chosen: Vec<&str> = STATES.into_iter().filter(|state| asked.clone().any(|asked| asked == *state)).collect();
    let order = ORDERS.into_iter().find(|known| *known == order).unwrap_or(ORDERS[0]);
    let path = format!("/v1/apps/{}/campaign-summaries?{}", page_of_app(app), question(&chosen, name, order, cursor));
    let (frame, answer) = tokio::try_join!(Frame::of(visit), visit.get(&path))?;
    let t = visit.texts;
    let rows = answer.body["data"].as_array().into_iter().flatten().map(|campaign| row(t, app, campaign)).collect();
    let here = |cursor: Option<&str>| {
        let mut query: Vec<(String, String)> = visit.query.0.clone();
        query.retain(|(name, _)| name != "cursor");
        query.extend(cursor.map(|cursor| ("cursor".to_owned(), cursor.to_owned())));
        format!("{}/campaigns?{}", page::app_address(app), Fields(query).encoded())
    };
    let state = |value| Choice { value, label: wording::state(t, value), is_chosen: chosen.contains(&value) };
    let page = CampaignsPage {
        may_edit: frame.may(&["editor"]),
        frame,
        t,
        rows,
        name,
        states: STATES.map(state).into(),
        orders: ORDERS.map(|value| Choice { value, label: order_name(t, value), is_chosen: value == order }).into(),
        is_filtered: !chosen.is_empty() || !name.is_empty(),
        first: (!cursor.is_empty()).then(|| here(None)),
        next: answer.body["cursor"].as_str().map(|cursor| here(Some(cursor))),
    };
    Ok(page::html(200, &page))
}

fn page_of_app(app: &str) -> String {
    crate::visit::part_of_path(app)
}

fn question(states: &[&str], name: &str, order: &str, cursor: &str) -> String {
    let mut asked = vec![("limit".to_owned(), PER_PAGE.to_owned())];
    let states = states.join(",");
    // What is left out is the API's default.
    let order = if order == ORDERS[0] { "" } else { order };
    for (field, value) in [("state", states.as_str()), ("name", name), ("order", order), ("cursor", cursor)] {
        asked.extend((!value.is_empty()).then(|| (field.to_owned(), value.to_owned())));
    }
    Fields(asked).encoded()
}

fn order_name(t: &Texts, order: &str) -> String {
    match order {
        "name" => t.get("order-name"),
        "-starts_at" => t.get("order-newest"),
        "starts_at" => t.get("order-oldest"),
        "ends_at" => t.get("order-end"),
        _ => t.get("order-id"),
    }
}

fn row(t: &Texts, app: &str, campaign: &Value) -> Row {
    let text = |name: &str| campaign[name].as_str().unwrap_or_default();
    let zone = times::zone_of(campaign);
    Row {
        address: campaign_address(app, text("campaign_id")),
        id: text("campaign_id").to_owned(),
        name: text("name").to_owned(),
        state: text("state").to_owned(),
        state_name: wording::state(t, text("state")),
        kind: wording::kind(t, text("kind")),
        start: times::instant(t.language, zone, &campaign["starts_at"]),
        end: times::instant(t.language, zone, &campaign["ends_at"]),
        budget: amounts::money(t.language, &campaign["budget"]),
        spent: amounts::money(t.language, &campaign["figures"]["spend"]),
        awards: campaign["figures"]["awards"]
            .as_u64()
            .map(|awards| amounts::whole(t.language, awards))
            .unwrap_or_default(),
    }
}
