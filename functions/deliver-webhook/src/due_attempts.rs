//! Finds the attempts that are due in the index, claims them one by one, and makes several at once.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use domain::Error;
use domain::delivery::{Delivery, DeliveryState};
use domain::id::{AppId, WebhookId};
use domain::webhook::Webhook;
use futures_util::stream::{self, StreamExt as _};
use invocation::Invocation;
use outbound_webhooks::Environment;
use outbound_webhooks::{TIMEOUT, delivery};
use store::deliveries::{self, Due};
use store::schema::DELIVERY_SHARDS;
use store::webhooks;
use tokio::time::Instant;

/// Deliveries that are read at a time.
const PAGE: i32 = 100;

/// Attempts at once.
const AT_ONCE: usize = 16;

/// Failures in one call after which it sends nothing more to a webhook: a webhook whose endpoint is down must not take
/// the time of all others.
const PATIENCE: u32 = 3;

/// Status with which an endpoint says that it is gone for good. Its webhook is disabled then.
const GONE: u16 = 410;

/// The state of a webhook within one call.
#[derive(Default)]
struct Known {
    /// As it was read; `None` if it is deleted or its endpoint is gone.
    webhook: Option<Webhook>,
    failures: u32,
}

type Webhooks = Mutex<HashMap<(AppId, WebhookId), Known>>;

/// Makes every attempt that is due, as long as there is time for one. Returns how many it made.
pub(crate) async fn make(environment: &Environment, invocation: &Invocation) -> Result<usize, Error> {
    let known = Webhooks::default();
    let shards = (0..DELIVERY_SHARDS).map(|shard| of_shard(environment, shard, &known, invocation));
    // A failure in one shard does not stop the others.
    let made: Vec<Result<usize, Error>> = stream::iter(shards).buffer_unordered(AT_ONCE).collect().await;
    made.into_iter().sum()
}

async fn of_shard(
    environment: &Environment,
    shard: u8,
    known: &Webhooks,
    invocation: &Invocation,
) -> Result<usize, Error> {
    let (mut made, mut after) = (0, None);
    loop {
        let (due, next) = deliveries::due(&environment.store, shard, invocation.now, after, PAGE).await?;
        for due in due {
            if Instant::now() + TIMEOUT > invocation.deadline {
                return Ok(made);
            }
            match invocation.contained(attempt(environment, &due, known, invocation)).await {
                Ok(attempted) => made += usize::from(attempted),
                // The delivery stays due, and the others go on.
                Err(error) => {
                    tracing::warn!(
                        app.id = %due.app, webhook.id = %due.webhook, event.id = %due.event, error.cause = %error,
                        "a due delivery was not attempted"
                    );
                }
            }
        }
        after = next;
        if after.is_none() {
            return Ok(made);
        }
    }
}

/// Makes one attempt. Returns `false` if it makes none. An attempt for a webhook that has failed too often in this call
/// is put off, so that those for others come before it the next time.
async fn attempt(
    environment: &Environment,
    due: &Due,
    known: &Webhooks,
    invocation: &Invocation,
) -> Result<bool, Error> {
    // A call runs for most of a minute: the signature, the log and the backoff use the time of the attempt.
    let (store, now) = (&environment.store, invocation.by_now());
    let webhook = webhook(environment, due, known).await?;
    let Some(found) = deliveries::get(store, &due.app, &due.webhook, &due.event).await? else { return Ok(false) };
    if !is_due(&found, invocation) {
        return Ok(false);
    }
    let Some(webhook) = webhook else {
        delivery::put_off(environment, found, now).await?;
        return Ok(false);
    };
    let Some(webhook) = webhook.filter(|webhook| webhook.disabled.is_none()) else {
        delivery::give_up(environment, found, "webhook_disabled", now).await?;
        return Ok(false);
    };
    let Some(made) = delivery::go_on(environment, &webhook, found, now).await? else { return Ok(false) };
    if made.state != DeliveryState::Delivered {
        let mut known = known.lock().unwrap_or_else(PoisonError::into_inner);
        let known = known.entry((due.app.clone(), due.webhook.clone())).or_default();
        known.failures += 1;
        if made.log.last().is_some_and(|attempt| attempt.status == Some(GONE)) {
            known.webhook = None;
        }
    }
    Ok(true)
}

/// True if the delivery is still due. The index may show one that was attempted since.
fn is_due(delivery: &Delivery, invocation: &Invocation) -> bool {
    delivery.state == DeliveryState::Pending && delivery.next_attempt_at.is_some_and(|at| at <= invocation.now)
}

/// Returns the webhook, read once in a call. Returns `Some(None)` if it does not exist, and `None` if it has failed too
/// often.
async fn webhook(environment: &Environment, due: &Due, known: &Webhooks) -> Result<Option<Option<Webhook>>, Error> {
    let of = (due.app.clone(), due.webhook.clone());
    if let Some(known) = known.lock().unwrap_or_else(PoisonError::into_inner).get(&of) {
        return Ok((known.failures < PATIENCE).then(|| known.webhook.clone()));
    }
    let webhook = webhooks::get(&environment.store, &due.app, &due.webhook).await?;
    let mut known = known.lock().unwrap_or_else(PoisonError::into_inner);
    known.entry(of).or_default().webhook = webhook.clone();
    Ok(Some(webhook))
}
