//! Webhooks: the endpoints that receive an app's domain events, and the secrets by which the app recognises them. A
//! secret is shown once, when it is made. `deliveries` shows the results of the calls.

use domain::event::TYPES;
use domain::id::WebhookId;
use domain::instant::Sum as _;
use domain::secret::{WebhookSecret, WebhookUrl};
use domain::webhook::{ALL, DisabledReason, Webhook};
use domain::{Error, web_address};
use edge::fields::Fields;
use edge::http::{self, Response};
use jiff::Timestamp;
use serde::Serialize;
use store::webhooks;

use crate::{RequestContext, apps, page_of, secrets};

/// The most webhooks of an app. Two admins who each add the last one at the same time may add one more.
const AT_MOST: usize = 10;

#[derive(Serialize)]
struct WebhookView {
    webhook_id: WebhookId,
    url: WebhookUrl,
    events: Vec<String>,
    enabled: bool,
    disabled_reason: Option<DisabledReason>,
    created_at: Timestamp,
    /// The time until which calls are signed with an earlier secret, too.
    previous_secret_until: Option<Timestamp>,
    version: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    secret: Option<WebhookSecret>,
}

impl WebhookView {
    fn new(webhook: Webhook, now: Timestamp) -> Self {
        let until = webhook.previous.iter().map(|previous| previous.until).max();
        Self {
            webhook_id: webhook.webhook_id,
            url: webhook.url,
            events: webhook.events,
            enabled: webhook.disabled.is_none(),
            disabled_reason: webhook.disabled,
            created_at: webhook.created_at,
            previous_secret_until: until.filter(|until| now < *until),
            version: webhook.version,
            secret: None,
        }
    }

    /// Returns the view with its secret, for the one answer that shows it.
    fn with_secret(webhook: Webhook, now: Timestamp) -> Self {
        let secret = webhook.secret.clone();
        Self { secret: Some(secret), ..Self::new(webhook, now) }
    }
}

struct Body {
    url: WebhookUrl,
    /// If absent, the stored types stay; a new webhook gets all types.
    events: Option<Vec<String>>,
    enabled: bool,
}

fn body(context: RequestContext<'_>, fields: &mut Fields<'_>) -> Option<Body> {
    let url = fields.required::<String>("url");
    if let Some(Err(detail)) = url.as_ref().map(|url| context.webhooks.webhooks.check(url)) {
        fields.refuse("url", "invalid_url", detail);
    }
    let events = fields.value("events").map(|_| events(fields));
    let enabled = fields.optional::<bool>("enabled").unwrap_or(true);
    // A scheme in capitals is the same one (RFC 3986, section 3.1); calls look for it in small letters.
    let url = url.map(|url| web_address::https(&url).unwrap_or(url));
    Some(Body { url: WebhookUrl::new(url?), events: events.map_or(Some(None), |events| events.map(Some))?, enabled })
}

fn events(fields: &mut Fields<'_>) -> Option<Vec<String>> {
    let asked = fields.array("events", 1..=TYPES.len())?;
    let mut events = Vec::with_capacity(asked.len());
    for (index, event) in asked.iter().enumerate() {
        match event.as_str().filter(|event| *event == ALL || TYPES.contains(event)) {
            Some(event) if events.iter().any(|known| known == event) => {
                fields.refuse_at(&format!("events/{index}"), "duplicate", "is there twice");
            }
            Some(event) => events.push(event.to_owned()),
            None => {
                let detail = format!("must be * or one of {}", TYPES.join(", "));
                fields.refuse_at(&format!("events/{index}"), "invalid_event", detail);
            }
        }
    }
    Some(events)
}

/// Makes a webhook and shows its secret this once, or changes it, which enables one again that was disabled. A lost
/// answer leaves a webhook whose secret nobody knows: an admin then rotates it.
pub(crate) async fn put(context: RequestContext<'_>) -> Result<Response, Error> {
    let webhook_id: WebhookId = context.request.new_path_id("webhook")?;
    let body = context.request.json(|fields| body(context, fields))?;
    apps::existing(context).await?;
    let (store, now) = (&context.environment.store, context.invocation.now);
    let all = webhooks::list(store, context.app).await?;
    let before = all.iter().find(|webhook| webhook.webhook_id == webhook_id).cloned();
    if before.is_none() && all.len() >= AT_MOST {
        let detail = format!("the app has {AT_MOST} webhooks already; delete one first");
        return Err(Error::Conflict { code: "too_many_webhooks", detail });
    }
    let disabled = (!body.enabled).then_some(DisabledReason::Admin);
    let after = match before.clone() {
        Some(before) => {
            let events = body.events.unwrap_or(before.events);
            Webhook { url: body.url, events, disabled, version: before.version + 1, ..before }
        }
        None => Webhook {
            app_id: context.app.clone(),
            webhook_id,
            url: body.url,
            events: body.events.unwrap_or_else(|| vec![ALL.to_owned()]),
            disabled,
            secret: WebhookSecret::mint(&mut *store.random()),
            previous: Vec::new(),
            created_at: now,
            version: 1,
        },
    };
    if let Some(before) =
        before.as_ref().filter(|before| Webhook { version: after.version, ..(*before).clone() } == after)
    {
        // The same again: there is nothing to write.
        return Ok(http::versioned(&WebhookView::new(before.clone(), now), before.version));
    }
    context.request.expect_version("the webhook", before.as_ref().map(|before| before.version))?;
    written(context, webhooks::put(store, &after).await?, &after).await?;
    let version = after.version;
    if before.is_some() {
        return Ok(http::versioned(&WebhookView::new(after, now), version));
    }
    tracing::info!(app.id = %context.app, webhook.id = %after.webhook_id, "webhook made");
    Ok(secrets::made(&WebhookView::with_secret(after, now), version))
}

/// Fails if a write was refused, unless an earlier attempt of this very write succeeded.
async fn written(context: RequestContext<'_>, done: bool, webhook: &Webhook) -> Result<(), Error> {
    if done {
        return Ok(());
    }
    let found = webhooks::get(&context.environment.store, context.app, &webhook.webhook_id).await?;
    secrets::written("the webhook", found.map(|found| (found.version, found)), webhook)
}

pub(crate) async fn get(context: RequestContext<'_>) -> Result<Response, Error> {
    let webhook = existing(context).await?;
    let version = webhook.version;
    Ok(http::versioned(&WebhookView::new(webhook, context.invocation.now), version))
}

pub(crate) async fn list(context: RequestContext<'_>) -> Result<Response, Error> {
    apps::existing(context).await?;
    let all = webhooks::list(&context.environment.store, context.app).await?;
    let all: Vec<WebhookView> =
        all.into_iter().map(|webhook| WebhookView::new(webhook, context.invocation.now)).collect();
    Ok(http::json(200, &page_of(context, all, |webhook| webhook.webhook_id.as_str())?))
}

/// Answers 204 once the webhook is gone. Its due deliveries are given up; its log is kept for its 30 days.
pub(crate) async fn delete(context: RequestContext<'_>) -> Result<Response, Error> {
    let webhook = existing(context).await?;
    webhooks::delete(&context.environment.store, context.app, &webhook.webhook_id).await?;
    tracing::info!(app.id = %context.app, webhook.id = %webhook.webhook_id, "webhook deleted");
    Ok(http::empty(204))
}

/// Makes a new secret and shows it this once. For a while, calls are signed with the old one, too.
pub(crate) async fn rotate(context: RequestContext<'_>) -> Result<Response, Error> {
    let overlap = secrets::overlap(context)?;
    let (store, now) = (&context.environment.store, context.invocation.now);
    let webhook = existing(context).await?;
    context.request.expect_version("the webhook", Some(webhook.version))?;
    let secret = WebhookSecret::mint(&mut *store.random());
    let rotated = webhook.rotated(secret, now.plus(overlap), now);
    written(context, webhooks::replace(store, &rotated).await?, &rotated).await?;
    tracing::info!(app.id = %context.app, webhook.id = %rotated.webhook_id, "webhook secret rotated");
    let version = rotated.version;
    Ok(http::versioned(&WebhookView::with_secret(rotated, now), version))
}

/// Returns the webhook in the path. Fails with a 404 that names it if there is none.
pub(crate) async fn existing(context: RequestContext<'_>) -> Result<Webhook, Error> {
    let id: WebhookId = context.request.path_id("webhook", "webhook")?;
    let found = webhooks::get(&context.environment.store, context.app, &id).await?;
    found.ok_or_else(|| Error::not_found("webhook", id))
}
