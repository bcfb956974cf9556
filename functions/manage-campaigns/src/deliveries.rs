//! The deliveries of a webhook: lists them with their attempts, sends one again, and sends a test. The last two make
//! the call at once, so that the answer shows its result.

use domain::Error;
use domain::delivery::{Attempt, Delivery, DeliveryState};
use domain::event::{DomainEvent, TEST};
use domain::id::DomainEventId;
use domain::webhook::Webhook;
use edge::http::{self, List, Response};
use jiff::Timestamp;
use outbound_webhooks::delivery;
use rand::Rng as _;
use serde::Serialize;
use serde_json::{Value, json};
use store::deliveries;

use crate::{RequestContext, webhooks};

#[derive(Serialize)]
struct DeliveryView {
    delivery_id: DomainEventId,
    #[serde(rename = "type")]
    event_type: String,
    state: DeliveryState,
    attempts: u32,
    next_attempt_at: Option<Timestamp>,
    created_at: Timestamp,
    log: Vec<Attempt>,
    payload: Value,
}

impl From<Delivery> for DeliveryView {
    fn from(delivery: Delivery) -> Self {
        Self {
            delivery_id: delivery.event_id,
            event_type: delivery.event_type,
            state: delivery.state,
            attempts: delivery.attempts,
            next_attempt_at: delivery.next_attempt_at,
            created_at: delivery.created_at,
            log: delivery.log,
            payload: serde_json::from_str(&delivery.payload).unwrap_or(Value::Null),
        }
    }
}

pub(crate) async fn list(context: RequestContext<'_>) -> Result<Response, Error> {
    let webhook = webhooks::existing(context).await?;
    let page = context.request.page()?;
    let before: Option<DomainEventId> = page.cursor_id()?;
    let store = &context.environment.store;
    let (found, more) = deliveries::list(store, context.app, &webhook.webhook_id, page.limit, before.as_ref()).await?;
    let views: Vec<DeliveryView> = found.into_iter().map(DeliveryView::from).collect();
    Ok(http::json(200, &List::of(views, &page, more, |last| last.delivery_id.to_string())))
}

/// Sends an event once more under its id, in any state. If that fails, it is tried again like a new one.
pub(crate) async fn replay(context: RequestContext<'_>) -> Result<Response, Error> {
    let webhook = enabled(context).await?;
    let id: DomainEventId = context.request.path_id("delivery", "delivery")?;
    let found = deliveries::get(&context.environment.store, context.app, &webhook.webhook_id, &id).await?;
    let found = found.ok_or_else(|| Error::not_found("delivery", &id))?;
    let replayed = delivery::replay(context.webhooks, &webhook, found, context.invocation.now).await?;
    let Some(replayed) = replayed else {
        let detail = "another attempt at this delivery has just begun; see what it comes to".to_owned();
        return Err(Error::Conflict { code: "delivery_in_progress", detail });
    };
    Ok(http::json(200, &DeliveryView::from(replayed)))
}

/// Sends an event `webhook.test`, even if the webhook asks for other types.
pub(crate) async fn test(context: RequestContext<'_>) -> Result<Response, Error> {
    let webhook = enabled(context).await?;
    let (now, change) = (context.invocation.now, context.environment.store.random().random::<u64>());
    let data = json!({ "webhook_id": webhook.webhook_id });
    let event = DomainEvent::new(context.app, TEST, now, &change.to_string(), data)?;
    let begun = delivery::begin_at_once(context.webhooks, &webhook, &event, now).await?;
    let begun = begun.ok_or_else(|| Error::Unavailable("the test was begun, and its answer lost".into()))?;
    Ok(http::json(200, &DeliveryView::from(begun)))
}

async fn enabled(context: RequestContext<'_>) -> Result<Webhook, Error> {
    let webhook = webhooks::existing(context).await?;
    if webhook.disabled.is_some() {
        let detail = format!("webhook {} is disabled; PUT it to enable it again", webhook.webhook_id);
        return Err(Error::Conflict { code: "webhook_disabled", detail });
    }
    Ok(webhook)
}
