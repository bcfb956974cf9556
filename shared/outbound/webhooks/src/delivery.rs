//! Delivers an event to a webhook. It claims each attempt before and records it after, repeats failed ones over a day,
//! and keeps a log of attempts. `deliver-webhook` finds the deliveries that are due.

use crate::Environment;
use domain::Error;
use domain::delivery::{Attempt, Delivery, DeliveryState};
use domain::event::DomainEvent;
use domain::instant::Sum as _;
use domain::webhook::{DisabledReason, Webhook};
use jiff::{SignedDuration, Timestamp};
use rand::Rng as _;
use store::{deliveries, webhooks};
use tokio::time::Instant;

use crate::CallResult;

/// The seconds before the next attempt after each failed one, plus at most a fifth. The last failure ends the delivery.
/// Over a day, as the Standard Webhooks specification recommends.
const BACKOFF: [i64; 7] = [5, 5 * 60, 30 * 60, 2 * 3_600, 5 * 3_600, 10 * 3_600, 10 * 3_600];

/// The time for which nobody else repeats an attempt: longer than any takes. If its process dies, it is due then.
const CLAIMED: SignedDuration = SignedDuration::from_secs(60);

/// The longest time for which attempts are postponed, counted from when the delivery last started.
const PUT_OFF_FOR: SignedDuration = SignedDuration::from_hours(36);

/// Attempts in the log.
const LOGGED: usize = 20;

/// Delivers an event for the first time: at once, or by the schedule if the endpoint is down. `None` if begun before.
pub async fn begin(
    environment: &Environment,
    webhook: &Webhook,
    event: &DomainEvent,
    now: Timestamp,
) -> Result<Option<Delivery>, Error> {
    let is_down = environment.webhooks.is_down(webhook, now);
    begin_unless(is_down, environment, webhook, event, now).await
}

/// As [`begin`], but also at once if the endpoint was down: a person waits for the answer and may have fixed it.
pub async fn begin_at_once(
    environment: &Environment,
    webhook: &Webhook,
    event: &DomainEvent,
    now: Timestamp,
) -> Result<Option<Delivery>, Error> {
    begin_unless(false, environment, webhook, event, now).await
}

async fn begin_unless(
    down: bool,
    environment: &Environment,
    webhook: &Webhook,
    event: &DomainEvent,
    now: Timestamp,
) -> Result<Option<Delivery>, Error> {
    let delivery = Delivery {
        app_id: webhook.app_id.clone(),
        webhook_id: webhook.webhook_id.clone(),
        event_id: event.id.clone(),
        event_type: event.event_type.clone(),
        payload: event.payload(),
        state: DeliveryState::Pending,
        attempts: u32::from(!down),
        round: u32::from(!down),
        round_began_at: Some(now),
        // The claim of the attempt, unless the schedule makes it.
        next_attempt_at: Some(if down { now } else { now.plus(CLAIMED) }),
        log: Vec::new(),
        created_at: now,
    };
    if !deliveries::begin(&environment.store, &delivery).await? {
        return Ok(None);
    }
    if down {
        return Ok(Some(delivery));
    }
    attempt(environment, webhook, delivery, now).await.map(Some)
}

/// Makes the next attempt at a delivery that is due. Returns `None` if somebody else makes it.
pub async fn go_on(
    environment: &Environment,
    webhook: &Webhook,
    delivery: Delivery,
    now: Timestamp,
) -> Result<Option<Delivery>, Error> {
    let round = delivery.round + 1;
    claim_and_attempt(environment, webhook, delivery, round, now).await
}

/// Sends an event once more in any state, with the backoff from its start. Returns `None` if somebody else sends it.
pub async fn replay(
    environment: &Environment,
    webhook: &Webhook,
    delivery: Delivery,
    now: Timestamp,
) -> Result<Option<Delivery>, Error> {
    let delivery = Delivery { round_began_at: Some(now), ..delivery };
    claim_and_attempt(environment, webhook, delivery, 1, now).await
}

/// Gives a delivery up without an attempt, because its webhook is disabled or deleted.
pub async fn give_up(
    environment: &Environment,
    mut delivery: Delivery,
    why: &str,
    now: Timestamp,
) -> Result<(), Error> {
    let attempts = delivery.attempts;
    record(&mut delivery, Attempt { at: now, status: None, error: Some(why.to_owned()), took_ms: 0 });
    delivery.state = DeliveryState::Failed;
    delivery.next_attempt_at = None;
    deliveries::save(&environment.store, &delivery, attempts).await.map(|_| ())
}

/// Postpones a due attempt by some minutes while the endpoint is down. Gives the delivery up if it started longer ago
/// than all attempts would take. Does nothing if somebody else attempts it.
pub async fn put_off(environment: &Environment, mut delivery: Delivery, now: Timestamp) -> Result<(), Error> {
    if now.duration_since(delivery.round_began_at.unwrap_or(delivery.created_at)) > PUT_OFF_FOR {
        return give_up(environment, delivery, "endpoint_down", now).await;
    }
    let minutes = environment.store.random().random_range(5..=15);
    delivery.next_attempt_at = Some(now.plus(SignedDuration::from_mins(minutes)));
    let attempts = delivery.attempts;
    deliveries::save(&environment.store, &delivery, attempts).await.map(|_| ())
}

async fn claim_and_attempt(
    environment: &Environment,
    webhook: &Webhook,
    mut delivery: Delivery,
    round: u32,
    now: Timestamp,
) -> Result<Option<Delivery>, Error> {
    let before = delivery.attempts;
    delivery.state = DeliveryState::Pending;
    delivery.attempts += 1;
    delivery.round = round;
    delivery.next_attempt_at = Some(now.plus(CLAIMED));
    if !deliveries::save(&environment.store, &delivery, before).await? {
        return Ok(None);
    }
    attempt(environment, webhook, delivery, now).await.map(Some)
}

/// Makes a claimed attempt and records its result.
async fn attempt(
    environment: &Environment,
    webhook: &Webhook,
    mut delivery: Delivery,
    now: Timestamp,
) -> Result<Delivery, Error> {
    let began = Instant::now();
    let answer = environment.webhooks.call(webhook, &delivery.event_id, &delivery.payload, now).await?;
    let (status, error) = match answer {
        CallResult::Status(status @ 200..300) => (Some(status), None),
        CallResult::Status(410) => (Some(410), Some("gone")),
        CallResult::Status(status @ 300..400) => (Some(status), Some("redirect")),
        CallResult::Status(status) => (Some(status), Some("status")),
        CallResult::TimedOut => (None, Some("timeout")),
        CallResult::Unreachable => (None, Some("unreachable")),
        CallResult::Refused => (None, Some("address_refused")),
    };
    tracing::info!(
        app.id = %delivery.app_id, webhook.id = %delivery.webhook_id, event.id = %delivery.event_id,
        http.status = status, webhook.error = error, webhook.attempt = delivery.attempts, "webhook called"
    );
    environment.webhooks.note(webhook, error.is_none(), now);
    let took_ms = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
    record(&mut delivery, Attempt { at: now, status, error: error.map(str::to_owned), took_ms });
    let wait = usize::try_from(delivery.round).ok().and_then(|round| BACKOFF.get(round.saturating_sub(1)));
    (delivery.state, delivery.next_attempt_at) = match (error, wait) {
        (None, _) => (DeliveryState::Delivered, None),
        (Some("gone"), _) | (Some(_), None) => (DeliveryState::Failed, None),
        (Some(_), Some(wait)) => {
            // Spreads deliveries that failed together.
            let jitter = environment.store.random().random_range(0..=wait * 200);
            (DeliveryState::Pending, Some(now.plus(SignedDuration::from_millis(wait * 1_000 + jitter))))
        }
    };
    // Fails if a replay began another attempt meanwhile. Only that one is recorded then.
    deliveries::save(&environment.store, &delivery, delivery.attempts).await?;
    if error == Some("gone") {
        disable(environment, webhook).await?;
    }
    Ok(delivery)
}

/// Disables a webhook whose endpoint is gone, until an admin enables it. Does nothing if an admin has changed it.
async fn disable(environment: &Environment, webhook: &Webhook) -> Result<(), Error> {
    let disabled = Webhook { disabled: Some(DisabledReason::Gone), version: webhook.version + 1, ..webhook.clone() };
    if webhooks::replace(&environment.store, &disabled).await? {
        tracing::warn!(app.id = %webhook.app_id, webhook.id = %webhook.webhook_id, "webhook is gone and was disabled");
    }
    Ok(())
}

fn record(delivery: &mut Delivery, attempt: Attempt) {
    delivery.log.push(attempt);
    let surplus = delivery.log.len().saturating_sub(LOGGED);
    delivery.log.drain(..surplus);
}

#[cfg(test)]
mod tests {
    use super::BACKOFF;

    #[test]
    fn attempts_spread_over_more_than_a_day() {
        assert!(BACKOFF.iter().sum::<i64>() > 24 * 3_600);
        assert!(BACKOFF.is_sorted());
    }
}
