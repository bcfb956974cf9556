//! Counting that depends on earlier events: read, count, and write if nobody has written since. One read and one
//! write; one more write for each concurrent event of the user.

use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::operation::update_item::builders::UpdateItemFluentBuilder;
use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::AttributeValue;
use domain::Error;
use jiff::Timestamp;
use rand::Rng as _;

use super::{Counted, NewEvent, Recorded, StoredProgress, epoch, floor, get, update};
use crate::conditions::{NO_REVISION, NOT_YET_WRITTEN, REVISION_IS};
use crate::{Store, failure, item};

/// The most concurrent events of one user to wait for.
const ROUNDS: u32 = 100;

pub(super) async fn count(store: &Store, event: NewEvent<'_>, now: Timestamp) -> Result<Recorded, Error> {
    let mut found = get(store, event.key).await?;
    for round in 1..=ROUNDS {
        if let Some(old) = &found {
            let unchanged = |counted| Recorded { counted, arm: old.arm.clone() };
            if let Some(counted) = old.repeated(event.event_id, event.content) {
                return Ok(unchanged(counted));
            }
            if old.remaining <= floor(event.moment) {
                return Ok(unchanged(Counted::Unchanged(old.counted)));
            }
            if old.is_full(now) {
                return Ok(unchanged(Counted::TooMany(old.counted)));
            }
        }
        let before = found.as_ref().map_or(0, |old| old.counted);
        let mut tally = found.as_ref().map(|old| old.tally.clone()).unwrap_or_default();
        // An event that does not count is remembered too: its repetition must not count tomorrow.
        let after = tally.advance(event.moment, before, event.happened);
        let next = StoredProgress { counted: after.unwrap_or(before), tally, ..found.clone().unwrap_or_default() };
        let error = match build(store, event, found.as_ref(), next, now)?.send().await {
            Ok(answer) => {
                store.meter().writing(answer.consumed_capacity());
                let counted = match after {
                    Some(after) => Counted::New { before, after, first: found.is_none() },
                    None => Counted::Unchanged(before),
                };
                let arm = found.and_then(|old| old.arm).or_else(|| event.arm.cloned());
                return Ok(Recorded { counted, arm });
            }
            Err(error) => error,
        };
        let Some(UpdateItemError::ConditionalCheckFailedException(refused)) = error.as_service_error() else {
            return Err(failure::sort("count event", &error));
        };
        store.meter().refused(1);
        // Another event came first, or the user was erased: then this is the first event again.
        let now = refused.item().filter(|now| now.contains_key("counted")).cloned();
        found = now.map(StoredProgress::from_item).transpose()?;
        store.back_off(round).await;
    }
    Err(Error::Unavailable("count event: too many events of the user at once".into()))
}

fn build(
    store: &Store,
    event: NewEvent<'_>,
    old: Option<&StoredProgress>,
    next: StoredProgress,
    now: Timestamp,
) -> Result<UpdateItemFluentBuilder, Error> {
    let (request, mut sets) = update(store, event, now)?;
    sets.extend([
        "counted = :counted",
        "remaining = :remaining",
        "target = :target",
        "tally = :tally",
        "revision = :revision",
        "epoch = :epoch",
        "events = :events",
        "contents = :contents",
    ]);
    sets.extend(event.is_held().then_some("held_at = :counted"));
    // If this environment's clock is behind, a page that others have turned stays turned.
    let epoch = epoch(now).max(next.epoch);
    let turned = old.is_some_and(|old| old.epoch < epoch);
    let (mut events, events_before) =
        if turned { (Vec::new(), next.events) } else { (next.events, next.events_before) };
    let (mut contents, contents_before) =
        if turned { (Vec::new(), next.contents) } else { (next.contents, next.contents_before) };
    events.push(event.event_id.fingerprint().to_vec());
    // A set: add no content twice.
    if !contents.iter().any(|known| known == event.content.as_bytes()) {
        contents.push(event.content.as_bytes().to_vec());
    }
    let target = event.moment.target;
    let remaining = i128::from(target) - i128::from(next.counted);
    let mut request = request
        .expression_attribute_values(":counted", item::number(next.counted))
        .expression_attribute_values(":remaining", item::number(remaining))
        .expression_attribute_values(":target", item::number(target))
        .expression_attribute_values(":tally", AttributeValue::M(item::fields(&next.tally)?.into_iter().collect()))
        .expression_attribute_values(":revision", item::number(store.random().random::<u64>()))
        .expression_attribute_values(":epoch", item::number(epoch))
        .expression_attribute_values(":events", page(events))
        .expression_attribute_values(":contents", page(contents));
    if turned && !events_before.is_empty() {
        sets.push("events_before = :events_before");
        request = request.expression_attribute_values(":events_before", page(events_before));
    }
    if turned && !contents_before.is_empty() {
        sets.push("contents_before = :contents_before");
        request = request.expression_attribute_values(":contents_before", page(contents_before));
    }
    let condition = match old.map(|old| old.revision) {
        None => NOT_YET_WRITTEN,
        // Counted plainly, before the moment was edited in test mode.
        Some(None) => NO_REVISION,
        Some(Some(revision)) => {
            request = request.expression_attribute_values(":before", item::number(revision));
            REVISION_IS
        }
    };
    Ok(request.update_expression(format!("SET {}", sets.join(", "))).condition_expression(condition))
}

fn page(events: Vec<Vec<u8>>) -> AttributeValue {
    AttributeValue::Bs(events.into_iter().map(Blob::new).collect())
}
