//! The keys of an app: listed by their public names, minted and revoked. A new key stands on the page that answers its
//! minting, once, and nowhere else.

use askama::Template;
use domain::time_zone::TimeZone;
use edge::http::Response;
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::form::{Field, Form, Kind, Section};
use crate::page::{self, Frame, app_address};
use crate::refusal::Refusal;
use crate::screens::form_page::FormPage;
use crate::screens::new_secret::NewSecretPage;
use crate::screens::support::paged;
use crate::session::lead_to;
use crate::texts::Texts;
use crate::times;
use crate::visit::{Visit, part_of_path};

struct Row {
    id: String,
    scope: String,
    mode: String,
    made: String,
    /// What its end means, in a sentence; empty for a key without one.
    end: String,
    works: bool,
}

#[derive(Template)]
#[template(path = "app_keys.html")]
struct KeysPage {
    frame: Frame,
    t: &'static Texts,
    address: String,
    rows: Vec<Row>,
    next: Option<String>,
    has_saved: bool,
}

fn address(app: &str) -> String {
    format!("{}/keys", app_address(app))
}

fn path(app: &str) -> String {
    format!("/v1/apps/{}/keys", part_of_path(app))
}

/// `GET /console/apps/{app}/keys?cursor=`.
pub(crate) async fn show(visit: &Visit<'_>, app: &str) -> Result<Response, Refusal> {
    let path = paged(&path(app), &[("limit", "50"), ("cursor", visit.query.get("cursor"))]);
    let (frame, answer) = tokio::try_join!(Frame::of(visit), visit.get(&path))?;
    let t = visit.texts;
    let page = KeysPage {
        frame,
        t,
        address: address(app),
        rows: answer.body["data"].as_array().into_iter().flatten().map(|key| row(t, visit.now, key)).collect(),
        next: answer.body["cursor"].as_str().map(|cursor| paged(&address(app), &[("cursor", cursor)])),
        has_saved: visit.query.has("saved"),
    };
    Ok(page::html(200, &page))
}

fn row(t: &Texts, now: Timestamp, key: &Value) -> Row {
    let text = |name: &str| key[name].as_str().unwrap_or_default();
    let at = |name: &str| times::instant(t.language, TimeZone::UTC, &key[name]);
    let works = key["expires_at"].as_str().and_then(|at| at.parse().ok()).is_none_or(|end: Timestamp| now < end);
    let end = at("expires_at");
    let scope = match (text("scope"), text("partner")) {
        (scope, "") => scope_name(t, scope),
        (scope, partner) => format!("{} {partner}", scope_name(t, scope)),
    };
    Row {
        id: text("key_id").to_owned(),
        scope,
        mode: t.get(if text("mode") == "test" { "mode-test" } else { "mode-live" }),
        made: at("created_at"),
        end: match (end.is_empty(), works) {
            (true, _) => String::new(),
            (false, true) => t.with("app-keys-ends", &[("at", &end)]),
            (false, false) => t.with("app-keys-ended", &[("at", &end)]),
        },
        works,
    }
}

fn scope_name(t: &Texts, scope: &str) -> String {
    match scope {
        "app" => t.get("scope-app"),
        "admin" => t.get("scope-admin"),
        "partner" => t.get("scope-partner"),
        other => other.to_owned(),
    }
}

/// `GET|POST /console/apps/{app}/new-key`.
pub(crate) async fn mint(visit: &Visit<'_>, app: &str) -> Result<Response, Refusal> {
    let (frame, t) = (Frame::of(visit).await?, visit.texts);
    frame.require("owner")?;
    let mut form = Form {
        action: format!("{}/new-key", app_address(app)),
        sections: vec![Section::new(t.get("reward-facts"), fields(t))],
        submit: t.get("keys-mint"),
        cancel: address(app),
        ..Form::default()
    };
    let mut status = 200;
    if visit.is_post {
        form.fill(&visit.form);
        if !visit.is_held() {
            let mut body = json!({"scope": visit.form.get("scope"), "mode": visit.form.get("mode")});
            if !visit.form.get("partner").is_empty() {
                body["partner"] = visit.form.get("partner").into();
            }
            let answer = visit.call("POST", &path(app), None, Some(&body)).await?;
            if let (true, Some(key)) = (answer.status < 300, answer.body["key"].as_str()) {
                let page = NewSecretPage {
                    frame,
                    t,
                    title: t.get("keys-new"),
                    crumb: (address(app), t.get("nav-keys")),
                    once: t.get("keys-once"),
                    heading: answer.body["key_id"].as_str().unwrap_or_default().to_owned(),
                    secret: key.to_owned(),
                };
                return Ok(page::html(200, &page));
            }
            form.place(t, &answer.body);
            status = answer.status;
        }
    }
    let (title, crumb, is_held) = (t.get("keys-new"), (address(app), t.get("nav-keys")), visit.is_held());
    Ok(page::html(status, &FormPage { frame, t, title, crumb, notes: Vec::new(), form, conflict: None, is_held }))
}

fn fields(t: &Texts) -> Vec<Field> {
    let scopes = ["app", "admin", "partner"].map(|scope| (scope.to_owned(), scope_name(t, scope)));
    let modes =
        [("live", t.get("mode-live")), ("test", t.get("mode-test"))].map(|(mode, name)| (mode.to_owned(), name));
    vec![
        Field::line("scope", t.get("app-keys-scope"), "app").kind(Kind::Choice(scopes.into())).at("/scope"),
        Field::line("mode", t.get("app-keys-mode"), "live").kind(Kind::Choice(modes.into())).at("/mode"),
        Field::line("partner", t.get("order-partner"), "").hint(t.get("app-keys-partner-hint")).at("/partner"),
    ]
}

/// `GET|POST /console/apps/{app}/keys/{key}/revoke`.
pub(crate) async fn revoke(visit: &Visit<'_>, app: &str, key: &str) -> Result<Response, Refusal> {
    let (frame, t) = (Frame::of(visit).await?, visit.texts);
    frame.require("owner")?;
    let mut form = Form {
        action: format!("{}/{}/revoke", address(app), part_of_path(key)),
        submit: t.get("keys-revoke"),
        cancel: address(app),
        ..Form::default()
    };
    let mut status = 200;
    if visit.is_post && !visit.is_held() {
        let answer = visit.call("DELETE", &format!("{}/{}", path(app), part_of_path(key)), None, None).await?;
        if answer.status < 300 {
            return Ok(lead_to(&format!("{}?saved", address(app))));
        }
        form.place(t, &answer.body);
        status = answer.status;
    }
    let notes = vec![t.with("app-keys-revoke-effect", &[("key", key)])];
    let (title, crumb, is_held) = (t.get("keys-revoke"), (address(app), t.get("nav-keys")), visit.is_held());
    Ok(page::html(status, &FormPage { frame, t, title, crumb, notes, form, conflict: None, is_held }))
}
