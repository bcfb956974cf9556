//! The webhooks of an app: where its domain events are sent. A list shows the host of an endpoint and no more of its
//! URL, which may hold a secret.

use askama::Template;
use edge::http::Response;
use serde_json::Value;

use crate::page::{self, Frame};
use crate::refusal::Refusal;
use crate::screens::webhook::{address, host, state};
use crate::texts::Texts;
use crate::visit::{Visit, part_of_path};

/// The types of events that a row names before it only counts.
const MOST_NAMED: usize = 4;

struct Row {
    address: String,
    id: String,
    host: String,
    events: String,
    state: (&'static str, String),
}

#[derive(Template)]
#[template(path = "webhooks.html")]
struct WebhooksPage {
    frame: Frame,
    t: &'static Texts,
    rows: Vec<Row>,
    has_deleted: bool,
}

/// `GET /console/apps/{app}/webhooks`. An app has few, so they are on one page.
pub(crate) async fn show(visit: &Visit<'_>, app: &str) -> Result<Response, Refusal> {
    let path = format!("/v1/apps/{}/webhooks", part_of_path(app));
    let (frame, answer) = tokio::try_join!(Frame::of(visit), visit.get(&path))?;
    let t = visit.texts;
    let webhooks = answer.body["data"].as_array().into_iter().flatten();
    let rows = webhooks.map(|webhook| row(t, app, webhook)).collect();
    Ok(page::html(200, &WebhooksPage { frame, t, rows, has_deleted: visit.query.has("deleted") }))
}

fn row(t: &Texts, app: &str, webhook: &Value) -> Row {
    let id = webhook["webhook_id"].as_str().unwrap_or_default();
    Row {
        address: address(app, id),
        id: id.to_owned(),
        host: host(webhook),
        events: events(t, webhook),
        state: state(t, webhook),
    }
}

/// Names the types of events, or how many they are.
pub(crate) fn events(t: &Texts, webhook: &Value) -> String {
    let named: Vec<&str> = webhook["events"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    if named.contains(&"*") {
        return t.get("webhooks-every");
    }
    if named.len() <= MOST_NAMED { named.join(", ") } else { t.count("webhooks-types", named.len() as u64) }
}
