//! Getting an event to a webhook: each attempt is claimed before it is made and recorded after, failed ones come again by a
//! schedule over a day, and every one stays in the delivery's log. When a delivery is due is found by `deliver-webhook`.

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

use crate::{Answer, milliseconds_since};

/// What is waited after each failed attempt, in seconds, a fifth more at the most; after the last of them it is given up.
/// Over a day, as the Standard Webhooks specification recommends.
const BACKOFF: [i64; 7] = [5, 5 * 60, 30 * 60, 2 * 3_600, 5 * 3_600, 10 * 3_600, 10 * 3_600];

/// For how long an attempt that was begun is nobody else's: longer than any takes. If whoever began it dies, it is due then.
const CLAIMED: SignedDuration = SignedDuration::from_secs(60);

/// For how long attempts are put off at the most, since the delivery was last begun anew.
const PUT_OFF_FOR: SignedDuration = SignedDuration::from_hours(36);

/// Attempts that are remembered.
const LOGGED: usize = 20;

/// Hands an event to a webhook for the first time, at once unless its endpoint was found to be down. `None` if it was before:
/// then the schedule sees to the rest.
pub async fn begin(
    environment: &Environment,
    webhook: &Webhook,
    event: &DomainEvent,
    now: Timestamp,
) -> Result<Option<Delivery>, Error> {
    let is_down = environment.webhooks.is_down(webhook, now);
    begin_unless(is_down, environment, webhook, event, now).await
}

/// As [`begin`], at once also if the endpoint was found to be down: a person waits for the answer, and may just have mended it.
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
        // This is its claim, too, unless it is left to the schedule.
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

/// Makes the next attempt at a delivery that is due. `None` if somebody else is at it.
pub async fn go_on(
    environment: &Environment,
    webhook: &Webhook,
    delivery: Delivery,
    now: Timestamp,
) -> Result<Option<Delivery>, Error> {
    let round = delivery.round + 1;
    claim_and_attempt(environment, webhook, delivery, round, now).await
}

/// Sends an event once more, whatever became of it, and from the beginning of the backoff. `None` if somebody else is at it.
pub async fn replay(
    environment: &Environment,
    webhook: &Webhook,
    delivery: Delivery,
    now: Timestamp,
) -> Result<Option<Delivery>, Error> {
    let delivery = Delivery { round_began_at: Some(now), ..delivery };
    claim_and_attempt(environment, webhook, delivery, 1, now).await
}

/// Gives a delivery up without an attempt, because its webhook is disabled or gone.
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

/// Puts a due attempt off by some minutes, because the endpoint takes nothing just now; or gives the delivery up, once
/// it was begun anew longer ago than all attempts together would have taken. Nothing happens if somebody else is at it.
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

/// Makes an attempt that is claimed, and records what it came to.
async fn attempt(
    environment: &Environment,
    webhook: &Webhook,
    mut delivery: Delivery,
    now: Timestamp,
) -> Result<Delivery, Error> {
    let began = Instant::now();
    let answer = environment.webhooks.call(webhook, &delivery.event_id, &delivery.payload, now).await?;
    let (status, error) = match answer {
        Answer::Status(status @ 200..300) => (Some(status), None),
        Answer::Status(410) => (Some(410), Some("gone")),
        Answer::Status(status @ 300..400) => (Some(status), Some("redirect")),
        Answer::Status(status) => (Some(status), Some("status")),
        Answer::TimedOut => (None, Some("timeout")),
        Answer::Unreachable => (None, Some("unreachable")),
        Answer::Refused => (None, Some("address_refused")),
    };
    tracing::info!(
        app.id = %delivery.app_id, webhook.id = %delivery.webhook_id, event.id = %delivery.event_id,
        http.status = status, webhook.error = error, webhook.attempt = delivery.attempts, "webhook called"
    );
    environment.webhooks.note(webhook, error.is_none(), now);
    let took_ms = milliseconds_since(began);
    record(&mut delivery, Attempt { at: now, status, error: error.map(str::to_owned), took_ms });
    let wait = usize::try_from(delivery.round).ok().and_then(|round| BACKOFF.get(round.saturating_sub(1)));
    (delivery.state, delivery.next_attempt_at) = match (error, wait) {
        (None, _) => (DeliveryState::Delivered, None),
        (Some("gone"), _) | (Some(_), None) => (DeliveryState::Failed, None),
        (Some(_), Some(wait)) => {
            // Those that failed together must not come back together.
            let jitter = environment.store.random().random_range(0..=wait * 200);
            (DeliveryState::Pending, Some(now.plus(SignedDuration::from_millis(wait * 1_000 + jitter))))
        }
    };
    // Refused if a replay has begun another attempt meanwhile: then that one is recorded.
    deliveries::save(&environment.store, &delivery, delivery.attempts).await?;
    if error == Some("gone") {
        disable(environment, webhook).await?;
    }
    Ok(delivery)
}

/// The endpoint says that it is gone: nothing is sent there until an admin says so. Nothing happens if one has changed the
/// webhook meanwhile.
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
