//! Making and editing a webhook: its endpoint and the types of events. A new one's secret stands on the page that answers,
//! once.

use domain::event::TYPES;
use edge::http::Response;
use serde_json::{Value, json};

use crate::form::{Field, Form, Kind, Mistake, Section};
use crate::page::{self, Frame, app_address};
use crate::refusal::Refusal;
use crate::screens::form_page::{FormPage, differences};
use crate::screens::webhook::{address, path};
use crate::screens::webhook_steps;
use crate::session::lead_to;
use crate::texts::Texts;
use crate::visit::{Fields, NOT_THERE, Visit};

/// `GET|POST /console/apps/{app}/new-webhook`.
pub(crate) async fn make(visit: &Visit<'_>, app: &str) -> Result<Response, Refusal> {
    let (frame, t) = (Frame::of(visit).await?, visit.texts);
    frame.require("owner")?;
    let cancel = format!("{}/webhooks", app_address(app));
    let mut form = Form {
        action: format!("{}/new-webhook", app_address(app)),
        sections: vec![Section::new(t.get("reward-facts"), fields(t, &Value::Null))],
        submit: t.get("webhook-create"),
        cancel: cancel.clone(),
        ..Form::default()
    };
    if visit.is_post {
        form.fill(&visit.form);
        refuse_missing(t, &mut form, &visit.form, &["id", "url", "events"]);
        if form.is_good() && !visit.is_held() {
            let id = visit.form.get("id");
            let answer = visit.call("PUT", &path(app, id), NOT_THERE, Some(&body(&visit.form, true))).await?;
            if let Some(secret) = answer.body["secret"].as_str() {
                return Ok(webhook_steps::shown(frame, t, app, id, secret));
            }
            // One that is there already shows no secret.
            if answer.status < 300 || answer.body["code"] == "version_conflict" {
                form.refuse("id", Mistake::new(t.get("webhook-taken")));
            } else {
                form.place(t, &answer.body);
            }
        }
    }
    let status = if form.is_good() { 200 } else { 400 };
    let (title, is_held) = (t.get("webhooks-new"), visit.is_held());
    let crumb = (cancel, t.get("nav-webhooks"));
    Ok(page::html(status, &FormPage { frame, t, title, crumb, notes: notes(t), form, conflict: None, is_held }))
}

/// `GET|POST /console/apps/{app}/webhooks/{webhook}/edit`.
pub(crate) async fn edit(visit: &Visit<'_>, app: &str, webhook: &str) -> Result<Response, Refusal> {
    let (path, t, here) = (path(app, webhook), visit.texts, address(app, webhook));
    let (frame, answer) = tokio::try_join!(Frame::of(visit), visit.get(&path))?;
    let mut form = Form {
        action: format!("{here}/edit"),
        version: if visit.is_post { visit.form.version() } else { answer.version },
        sections: vec![Section::new(t.get("reward-facts"), fields(t, &answer.body))],
        submit: t.get("save"),
        cancel: here.clone(),
        ..Form::default()
    };
    let (stored, mut conflict) = (form.clone(), None);
    if visit.is_post {
        form.fill(&visit.form);
        refuse_missing(t, &mut form, &visit.form, &["url", "events"]);
        if form.is_good() && !visit.is_held() {
            let body = body(&visit.form, answer.body["enabled"] == true);
            let saved = visit.call("PUT", &path, Some(visit.form.seen()), Some(&body)).await?;
            if saved.status < 300 {
                return Ok(lead_to(&format!("{here}?saved")));
            }
            if saved.body["code"] == "version_conflict" {
                form.version = answer.version;
                conflict = Some(differences(t, &stored, &form));
            } else {
                form.place(t, &saved.body);
            }
        }
    }
    let status = match (&conflict, form.is_good()) {
        (Some(_), _) => 409,
        (None, true) => 200,
        (None, false) => 400,
    };
    let (title, crumb, is_held) = (t.get("group-edit"), (here, webhook.to_owned()), visit.is_held());
    Ok(page::html(status, &FormPage { frame, t, title, crumb, notes: notes(t), form, conflict, is_held }))
}

fn fields(t: &Texts, webhook: &Value) -> Vec<Field> {
    let events: Vec<&str> = webhook["events"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    let events = if webhook.is_null() { "*".to_owned() } else { events.join("\n") };
    let id = Field::line("id", t.get("field-id"), "").required().hint(t.get("hint-id")).at("/webhook");
    let url = Field::line("url", t.get("webhook-url"), webhook["url"].as_str().unwrap_or_default());
    let url = url.required().hint(t.get("webhook-url-hint")).at("/url");
    let events = Field::line("events", t.get("webhooks-events"), events).kind(Kind::Code);
    let events = events.required().hint(t.get("webhook-events-hint")).at("/events");
    let id = webhook.is_null().then_some(id);
    id.into_iter().chain([url, events]).collect()
}

/// Names every type of event.
fn notes(t: &Texts) -> Vec<String> {
    vec![t.with("webhook-types", &[("types", &TYPES.join(", "))])]
}

fn body(typed: &Fields, is_enabled: bool) -> Value {
    let events: Vec<&str> =
        typed.get("events").split(['\n', ',', ' ']).map(str::trim).filter(|event| !event.is_empty()).collect();
    json!({"url": typed.get("url"), "events": events, "enabled": is_enabled})
}

fn refuse_missing(t: &Texts, form: &mut Form, typed: &Fields, names: &[&str]) {
    for name in names.iter().filter(|name| typed.get(name).is_empty()) {
        form.refuse(name, Mistake::new(t.get("mistake-missing")));
    }
}
