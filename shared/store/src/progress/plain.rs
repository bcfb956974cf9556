//! Plain counting: one conditional write that adds an event without a read.

use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::operation::update_item::builders::UpdateItemFluentBuilder;
use domain::Error;
use domain::campaign::Count;
use jiff::Timestamp;

use super::{Counted, MOST_EVENTS, NewEvent, Recorded, StoredProgress, epoch, floor, update};
use crate::conditions::{EVENT_COUNTS, HIGHER_THAN_SEEN, PAGE_TURNS};
use crate::{Store, failure, item};

/// Returns one write; a second one if the page turns, or others have turned it already.
pub(super) async fn count(store: &Store, event: NewEvent<'_>, now: Timestamp) -> Result<Recorded, Error> {
    let fingerprint = event.event_id.fingerprint();
    let mut epoch = epoch(now);
    let mut old_epoch = None;
    // Twice for a turned page, and twice more for two environments whose clocks differ.
    for _ in 0..4 {
        let request = build(store, event, &fingerprint, epoch, old_epoch, now)?;
        let error = match request.send().await {
            Ok(answer) => {
                store.meter().writing(answer.consumed_capacity());
                // DynamoDB returns nothing for an item that did not exist, dynoxide its key.
                let old = answer.attributes.filter(|old| old.contains_key("counted"));
                let before = old.map(StoredProgress::from_item).transpose()?;
                return Ok(recorded(event, before));
            }
            Err(error) => error,
        };
        let Some(UpdateItemError::ConditionalCheckFailedException(refused)) = error.as_service_error() else {
            return Err(failure::sort("count event", &error));
        };
        store.meter().refused(1);
        let Some(old) = refused.item().filter(|old| old.contains_key("counted")).cloned() else {
            // The user was erased while the page turned: this is the first event again.
            old_epoch = None;
            continue;
        };
        let old = StoredProgress::from_item(old)?;
        if let Some(counted) = old.repeated(event.event_id, event.content) {
            return Ok(Recorded { counted, arm: old.arm });
        }
        let complete = old.remaining <= floor(event.moment);
        if complete || (event.moment.count == Count::Highest && old.counted >= event.happened.quantity) {
            return Ok(Recorded { counted: Counted::Unchanged(old.counted), arm: old.arm });
        }
        if old.is_full_in(epoch) {
            return Ok(Recorded { counted: Counted::TooMany(old.counted), arm: old.arm });
        }
        if old.epoch < epoch {
            old_epoch = Some(old.epoch);
        } else {
            (epoch, old_epoch) = (old.epoch, None);
        }
    }
    Err(Error::Unavailable("count event: the page kept turning".into()))
}

fn build(
    store: &Store,
    event: NewEvent<'_>,
    fingerprint: &[u8],
    epoch: i64,
    old_epoch: Option<i64>,
    now: Timestamp,
) -> Result<UpdateItemFluentBuilder, Error> {
    let (request, mut sets) = update(store, event, now)?;
    let quantity = event.happened.quantity;
    let mut request = request
        .expression_attribute_values(":quantity", item::number(quantity))
        .expression_attribute_values(":target", item::number(event.moment.target))
        .expression_attribute_values(":floor", item::number(floor(event.moment)))
        .expression_attribute_values(":event", item::bytes(fingerprint))
        .expression_attribute_values(":events", item::byte_set(fingerprint))
        .expression_attribute_values(":contents", item::byte_set(event.content.as_bytes()));
    let condition = if event.moment.count == Count::Highest {
        // Counting a highest value again changes nothing. So remember only the event that raised it last, to recognise
        // its repetition.
        sets.extend(["counted = :quantity", "remaining = :remaining", "target = :target"]);
        sets.extend(["events = :events", "contents = :contents"]);
        sets.extend(event.is_held().then_some("held_at = :quantity"));
        let remaining = i128::from(event.moment.target) - i128::from(quantity);
        request = request.expression_attribute_values(":remaining", item::number(remaining));
        HIGHER_THAN_SEEN
    } else {
        sets.extend([
            "counted = if_not_exists(counted, :zero) + :quantity",
            "remaining = if_not_exists(remaining, :target) - :quantity",
            "target = if_not_exists(target, :target)",
            "epoch = :epoch",
        ]);
        sets.extend(event.is_held().then_some("held_at = if_not_exists(counted, :zero) + :quantity"));
        request = request
            .expression_attribute_values(":zero", item::number(0))
            .expression_attribute_values(":epoch", item::number(epoch));
        match old_epoch {
            None => {
                request = request.expression_attribute_values(":most", item::number(MOST_EVENTS));
                EVENT_COUNTS
            }
            Some(old_epoch) => {
                request = request.expression_attribute_values(":old_epoch", item::number(old_epoch));
                sets.extend(["events_before = events", "events = :events", "contents = :contents"]);
                // A page from before contents were kept has none.
                sets.push("contents_before = if_not_exists(contents, :contents)");
                PAGE_TURNS
            }
        }
    };
    let adds_event = event.moment.count != Count::Highest && old_epoch.is_none();
    let add = if adds_event { " ADD events :events, contents :contents" } else { "" };
    Ok(request.update_expression(format!("SET {}{add}", sets.join(", "))).condition_expression(condition))
}

fn recorded(event: NewEvent<'_>, old: Option<StoredProgress>) -> Recorded {
    let before = old.as_ref().map_or(0, |old| old.counted);
    let after = match event.moment.count {
        Count::Highest => event.happened.quantity,
        _ => before + event.happened.quantity,
    };
    let first = old.is_none();
    let arm = old.and_then(|old| old.arm).or_else(|| event.arm.cloned());
    Recorded { counted: Counted::New { before, after, first }, arm }
}
