//! One webhook: its state, and its deliveries with what their endpoint answered. Payloads are not shown: a reward's id
//! in one opens the reward.

use askama::Template;
use domain::time_zone::TimeZone;
use edge::http::Response;
use outbound_api::Answer;
use serde_json::Value;

use crate::amounts;
use crate::page::{self, Frame, app_address};
use crate::refusal::Refusal;
use crate::screens::support::paged;
use crate::screens::webhooks::events;
use crate::texts::Texts;
use crate::times;
use crate::visit::{Visit, part_of_path};

struct Delivery {
    id: String,
    event: String,
    made: String,
    state: (&'static str, String),
    attempts: String,
    last: String,
    next: String,
}

#[derive(Template)]
#[template(path = "webhook.html")]
struct WebhookPage {
    frame: Frame,
    t: &'static Texts,
    address: String,
    id: String,
    state: (&'static str, String),
    is_enabled: bool,
    host: String,
    events: String,
    made: String,
    previous: Option<String>,
    deliveries: Vec<Delivery>,
    next: Option<String>,
    has_saved: bool,
    has_sent: bool,
    is_slow: bool,
    /// What the API refused, in its words.
    refusal: Option<String>,
}

/// Returns the address of a webhook's page.
pub(crate) fn address(app: &str, webhook: &str) -> String {
    format!("{}/webhooks/{}", app_address(app), part_of_path(webhook))
}

/// Returns the path of a webhook in the API.
pub(crate) fn path(app: &str, webhook: &str) -> String {
    format!("/v1/apps/{}/webhooks/{}", part_of_path(app), part_of_path(webhook))
}

/// Returns the host of the endpoint. The rest of its URL may be a secret.
pub(crate) fn host(webhook: &Value) -> String {
    let url = webhook["url"].as_str().unwrap_or_default();
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    authority.rsplit('@').next().unwrap_or_default().to_owned()
}

/// Returns the state as a class and as a name.
pub(crate) fn state(t: &Texts, webhook: &Value) -> (&'static str, String) {
    match webhook["disabled_reason"].as_str() {
        None => ("live", t.get("webhook-enabled")),
        Some("gone") => ("suspended", t.get("webhook-gone")),
        Some(_) => ("suspended", t.get("webhook-paused")),
    }
}

/// `GET /console/apps/{app}/webhooks/{webhook}?cursor=`.
pub(crate) async fn show(visit: &Visit<'_>, app: &str, webhook: &str) -> Result<Response, Refusal> {
    show_after(visit, app, webhook, None).await
}

/// Shows the webhook after a step that the API refused, with its answer.
pub(crate) async fn show_after(
    visit: &Visit<'_>,
    app: &str,
    webhook: &str,
    refused: Option<&Answer>,
) -> Result<Response, Refusal> {
    let path = path(app, webhook);
    let asked = [("limit", "20"), ("cursor", visit.query.get("cursor"))];
    let deliveries = paged(&format!("{path}/deliveries"), &asked);
    let (frame, found, deliveries) = tokio::try_join!(Frame::of(visit), visit.get(&path), visit.get(&deliveries))?;
    let (t, found, deliveries) = (visit.texts, &found.body, &deliveries.body);
    let until = times::instant(t.language, TimeZone::UTC, &found["previous_secret_until"]);
    let next = deliveries["cursor"].as_str();
    let page = WebhookPage {
        frame,
        t,
        address: address(app, webhook),
        id: webhook.to_owned(),
        state: state(t, found),
        is_enabled: found["enabled"] == true,
        host: host(found),
        events: events(t, found),
        made: times::instant(t.language, TimeZone::UTC, &found["created_at"]),
        previous: (!until.is_empty()).then(|| t.with("webhook-previous", &[("until", &until)])),
        deliveries: deliveries["data"].as_array().into_iter().flatten().map(|one| delivery(t, one)).collect(),
        next: next.map(|cursor| paged(&address(app, webhook), &[("cursor", cursor)])),
        has_saved: visit.query.has("saved"),
        has_sent: visit.query.has("sent"),
        is_slow: visit.query.has("slow"),
        refusal: refused.map(|answer| answer.body["detail"].as_str().unwrap_or_default().to_owned()),
    };
    Ok(page::html(refused.map_or(200, |answer| answer.status), &page))
}

fn delivery(t: &Texts, delivery: &Value) -> Delivery {
    let text = |name: &str| delivery[name].as_str().unwrap_or_default().to_owned();
    let at = |name: &str| times::instant(t.language, TimeZone::UTC, &delivery[name]);
    let state = match delivery["state"].as_str() {
        Some("delivered") => ("live", t.get("delivery-delivered")),
        Some("failed") => ("suspended", t.get("delivery-failed")),
        _ => ("pending_approval", t.get("delivery-pending")),
    };
    let last = delivery["log"].as_array().and_then(|log| log.last());
    Delivery {
        id: text("delivery_id"),
        event: text("type"),
        made: at("created_at"),
        state,
        attempts: amounts::whole(t.language, delivery["attempts"].as_u64().unwrap_or(0)),
        last: last.map(|attempt| answered(t, attempt)).unwrap_or_default(),
        next: at("next_attempt_at"),
    }
}

/// Says what an attempt came to: the status or the error, and how long it took.
fn answered(t: &Texts, attempt: &Value) -> String {
    let status = attempt["status"].as_u64().map(|status| status.to_string());
    let error = attempt["error"].as_str().map(str::to_owned);
    let came_to: Vec<String> = status.into_iter().chain(error).collect();
    let took = amounts::whole(t.language, attempt["took_ms"].as_u64().unwrap_or(0));
    format!("{}, {took}\u{a0}ms", came_to.join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn only_the_host_of_an_endpoint_is_shown() {
        for url in ["https://user:secret@hooks.example/secret?key=secret#secret", "https://hooks.example?secret"] {
            assert_eq!(host(&json!({"url": url})), "hooks.example", "{url}");
        }
        assert_eq!(host(&json!({"url": "http://localhost:9/x"})), "localhost:9");
    }
}
