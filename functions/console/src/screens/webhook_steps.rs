//! What is done with a webhook: tests and redeliveries at once, pausing, resuming, a new secret and deleting after a
//! confirmation. A new secret stands on the page that answers, once.

use edge::http::Response;
use outbound_api::Answer;
use serde_json::{Value, json};

use crate::form::Form;
use crate::page::{self, Frame, app_address};
use crate::refusal::Refusal;
use crate::screens::form_page::FormPage;
use crate::screens::new_secret::NewSecretPage;
use crate::screens::webhook::{address, path, show_after};
use crate::session::lead_to;
use crate::texts::Texts;
use crate::visit::{Visit, part_of_path};

/// `POST /console/apps/{app}/webhooks/{webhook}/test`.
pub(crate) async fn test(visit: &Visit<'_>, app: &str, webhook: &str) -> Result<Response, Refusal> {
    send(visit, app, webhook, &format!("{}/test", path(app, webhook))).await
}

/// `POST /console/apps/{app}/webhooks/{webhook}/replay`, with the delivery in the form.
pub(crate) async fn replay(visit: &Visit<'_>, app: &str, webhook: &str) -> Result<Response, Refusal> {
    let delivery = part_of_path(visit.form.get("delivery"));
    send(visit, app, webhook, &format!("{}/deliveries/{delivery}/replay", path(app, webhook))).await
}

/// Makes a call of the endpoint. One that outlasts our patience goes on, and its result is in the list later.
async fn send(visit: &Visit<'_>, app: &str, webhook: &str, path: &str) -> Result<Response, Refusal> {
    let here = address(app, webhook);
    // After signing in again nobody knows whether the button is still meant.
    if visit.is_held() {
        return Ok(lead_to(&here));
    }
    match visit.call("POST", path, None, None).await {
        Ok(answer) if answer.status < 300 => Ok(lead_to(&format!("{here}?sent"))),
        Ok(answer) => show_after(visit, app, webhook, Some(&answer)).await,
        Err(Refusal::Busy(_)) => Ok(lead_to(&format!("{here}?slow"))),
        Err(other) => Err(other),
    }
}

#[derive(Clone, Copy, PartialEq)]
enum Step {
    Pause,
    Resume,
    Rotate,
    Delete,
}

impl Step {
    fn of(name: &str) -> Option<Self> {
        match name {
            "pause" => Some(Self::Pause),
            "resume" => Some(Self::Resume),
            "rotate" => Some(Self::Rotate),
            "delete" => Some(Self::Delete),
            _ => None,
        }
    }

    fn name(self, t: &Texts) -> String {
        match self {
            Self::Pause => t.get("webhook-pause"),
            Self::Resume => t.get("webhook-resume"),
            Self::Rotate => t.get("webhook-rotate"),
            Self::Delete => t.get("webhook-delete"),
        }
    }

    fn effect(self, t: &Texts) -> String {
        match self {
            Self::Pause => t.get("webhook-pause-effect"),
            Self::Resume => t.get("webhook-resume-effect"),
            Self::Rotate => t.get("webhook-rotate-effect"),
            Self::Delete => t.get("webhook-delete-effect"),
        }
    }

    async fn take(self, visit: &Visit<'_>, path: &str, found: &Value) -> Result<Answer, Refusal> {
        let version = Some(visit.form.seen());
        let enabled = |enabled: bool| json!({"url": found["url"], "events": found["events"], "enabled": enabled});
        match self {
            Self::Pause => visit.call("PUT", path, version, Some(&enabled(false))).await,
            Self::Resume => visit.call("PUT", path, version, Some(&enabled(true))).await,
            Self::Rotate => visit.call("POST", &format!("{path}/rotate"), version, None).await,
            Self::Delete => visit.call("DELETE", path, None, None).await,
        }
    }
}

/// `GET|POST /console/apps/{app}/webhooks/{webhook}/{step}`.
pub(crate) async fn handle(visit: &Visit<'_>, app: &str, webhook: &str, name: &str) -> Result<Response, Refusal> {
    let step = Step::of(name).ok_or(Refusal::NotFound)?;
    let (path, t) = (path(app, webhook), visit.texts);
    let (frame, found) = tokio::try_join!(Frame::of(visit), visit.get(&path))?;
    let here = address(app, webhook);
    let mut form = Form {
        action: format!("{here}/{name}"),
        version: found.version,
        submit: step.name(t),
        cancel: here.clone(),
        ..Form::default()
    };
    let mut status = 200;
    if visit.is_post && !visit.is_held() {
        let answer = step.take(visit, &path, &found.body).await?;
        if answer.status < 300 {
            return Ok(match (step, answer.body["secret"].as_str()) {
                (Step::Rotate, Some(secret)) => shown(frame, t, app, webhook, secret),
                (Step::Delete, _) => lead_to(&format!("{}/webhooks?deleted", app_address(app))),
                _ => lead_to(&format!("{here}?saved")),
            });
        }
        form.place(t, &answer.body);
        status = answer.status;
    }
    let (notes, title) = (vec![step.effect(t)], step.name(t));
    let (crumb, is_held) = ((here, webhook.to_owned()), visit.is_held());
    Ok(page::html(status, &FormPage { frame, t, title, crumb, notes, form, conflict: None, is_held }))
}

/// Shows a webhook's secret, once.
pub(crate) fn shown(frame: Frame, t: &'static Texts, app: &str, webhook: &str, secret: &str) -> Response {
    let page = NewSecretPage {
        frame,
        t,
        title: t.get("webhook-rotate"),
        crumb: (address(app, webhook), webhook.to_owned()),
        once: t.get("webhook-once"),
        heading: t.with("webhook-secret", &[("webhook", webhook)]),
        secret: secret.to_owned(),
    };
    page::html(200, &page)
}
