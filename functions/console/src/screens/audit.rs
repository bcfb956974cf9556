//! The audit of an app: who changed what, the newest first. What differs in a campaign stands on the campaign's page.

use askama::Template;
use domain::time_zone::TimeZone;
use edge::http::Response;
use serde_json::Value;

use crate::page::{self, Frame, app_address, campaign_address};
use crate::refusal::Refusal;
use crate::screens::support::paged;
use crate::screens::{group, person, webhook};
use crate::texts::Texts;
use crate::times;
use crate::visit::{Visit, part_of_path};

struct Row {
    at: String,
    by: String,
    subject: String,
    id: String,
    /// The page of what was changed; empty if it has none.
    address: String,
    action: String,
    is_unknown: bool,
    version: Option<String>,
}

#[derive(Template)]
#[template(path = "audit.html")]
struct AuditPage {
    frame: Frame,
    t: &'static Texts,
    rows: Vec<Row>,
    next: Option<String>,
}

/// `GET /console/apps/{app}/audit?cursor=`.
pub(crate) async fn show(visit: &Visit<'_>, app: &str) -> Result<Response, Refusal> {
    let asked = [("limit", "50"), ("cursor", visit.query.get("cursor"))];
    let path = paged(&format!("/v1/apps/{}/audit", part_of_path(app)), &asked);
    let (frame, answer) = tokio::try_join!(Frame::of(visit), visit.get(&path))?;
    let t = visit.texts;
    let next = answer.body["cursor"].as_str();
    let next = next.map(|cursor| paged(&format!("{}/audit", app_address(app)), &[("cursor", cursor)]));
    let entries = answer.body["data"].as_array().into_iter().flatten();
    let rows = entries.map(|entry| row(t, app, entry)).collect();
    Ok(page::html(200, &AuditPage { frame, t, rows, next }))
}

fn row(t: &Texts, app: &str, entry: &Value) -> Row {
    let text = |name: &str| entry[name].as_str().unwrap_or_default();
    let id = text("id");
    let address = match text("subject") {
        "campaign" => campaign_address(app, id),
        "reward_group" | "stock" => group::address(app, id),
        "webhook" => webhook::address(app, id),
        "person" | "person_key" => person::address(id),
        _ => String::new(),
    };
    Row {
        at: times::instant(t.language, TimeZone::UTC, &entry["at"]),
        by: entry["person_id"].as_str().unwrap_or(text("key_id")).to_owned(),
        subject: subject(t, text("subject")),
        id: id.to_owned(),
        address,
        action: action(t, text("action")),
        is_unknown: text("outcome") != "done",
        version: entry["version"]
            .as_u64()
            .map(|version| t.with("history-version", &[("version", &version.to_string())])),
    }
}

fn subject(t: &Texts, subject: &str) -> String {
    match subject {
        "app" => t.get("audit-app"),
        "key" => t.get("audit-key"),
        "token_key" => t.get("audit-token-key"),
        "webhook" => t.get("audit-webhook"),
        "partner" => t.get("order-partner"),
        "campaign" => t.get("support-campaign"),
        "reward_group" => t.get("reward-group"),
        "stock" => t.get("stock-title"),
        "person" => t.get("audit-person"),
        "person_key" => t.get("audit-person-key"),
        "identity_provider" => t.get("audit-identity-provider"),
        other => other.to_owned(),
    }
}

fn action(t: &Texts, action: &str) -> String {
    match action {
        "written" => t.get("audit-written"),
        "deleted" => t.get("audit-deleted"),
        "minted" => t.get("audit-minted"),
        "rotated" => t.get("audit-rotated"),
        "revoked" => t.get("audit-revoked"),
        "loaded" => t.get("audit-loaded"),
        "signed_in" => t.get("audit-signed-in"),
        "retired" => t.get("stock-retired"),
        step => crate::wording::action(t, step),
    }
}
