//! Progress: how far a user is towards a moment, and which events are already counted. One conditional update does
//! both, so that an event counts once however often, and wherever at the same time, it arrives.

use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::operation::update_item::builders::UpdateItemFluentBuilder;
use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::{AttributeValue, ReturnValue, ReturnValuesOnConditionCheckFailure};
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;

use super::expression::{EVENT_COUNTS, EXISTS, HIGHER_THAN_SEEN, PAGE_TURNS};
use super::failure::{self, Item};
use super::schema::Key;
use super::{Store, item};
use crate::campaign::{Count, Moment};
use crate::error::Error;
use crate::id::EventId;

/// Events are remembered in two pages: the current one and the one before. A page lasts this long, so every event is
/// recognised for at least as long, and an item does not grow with the length of a campaign.
const PAGE: SignedDuration = SignedDuration::from_hours(8 * 24);

/// How long progress made in test mode is kept.
const TEST_PROGRESS_KEPT: SignedDuration = SignedDuration::from_hours(24);

/// One event on its way to one moment.
#[derive(Debug, Clone, Copy)]
pub struct Step<'a> {
    /// The progress item: [`Key::Progress`] or [`Key::TestProgress`].
    pub key: &'a Key,
    /// The moment it counts towards.
    pub moment: &'a Moment,
    /// The app's id of the event.
    pub event_id: &'a EventId,
    /// How much it counts.
    pub quantity: u64,
    /// Whether completing ends here: held-out users are counted, never rewarded.
    pub held_out: bool,
    /// The marketplace that the event told, if it did.
    pub marketplace: Option<&'a str>,
    /// The language that the event told, if it did.
    pub locale: Option<&'a str>,
}

/// What counting an event came to; each with the user's count after it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Counted {
    /// It counted.
    New {
        /// The count before it.
        before: u64,
        /// The count with it.
        after: u64,
        /// Whether it was the user's first for this moment.
        first: bool,
    },
    /// It had been counted before.
    Duplicate(u64),
    /// Every reward is earned already, or the quantity is not higher than the highest seen.
    Unchanged(u64),
}

/// What the table knows of a user's progress.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct StoredProgress {
    /// What has been counted.
    pub counted: u64,
    /// What is missing to the first reward; zero or less when it is earned. The stream's filter reads it.
    pub remaining: i64,
    /// The target when counting began.
    pub target: u64,
    /// Set where completing leads to no reward.
    #[serde(default)]
    pub closed: Option<String>,
    /// The marketplace that the latest event told: with it a crashed award is finished as it was begun.
    #[serde(default)]
    pub marketplace: Option<String>,
    /// The language that the latest event told.
    #[serde(default)]
    pub locale: Option<String>,
    #[serde(default)]
    epoch: i64,
    #[serde(skip)]
    seen: Vec<Vec<u8>>,
}

impl StoredProgress {
    /// Reads the progress out of an item, also out of the image in a stream record.
    pub fn from_item(mut stored: Item) -> Result<Self, Error> {
        let mut seen = Vec::new();
        for page in ["events", "events_before"] {
            if let Some(AttributeValue::Bs(events)) = stored.remove(page) {
                seen.extend(events.into_iter().map(Blob::into_inner));
            }
        }
        let progress: Self = item::shape("progress", stored)?;
        Ok(Self { seen, ..progress })
    }

    /// Whether the event has been counted, as far back as events are remembered.
    pub fn has_seen(&self, event: &EventId) -> bool {
        self.seen.iter().any(|seen| seen[..] == event.fingerprint())
    }
}

/// Counts an event: once. One write; a second one only where an environment's clock shows a new page, or a page that
/// others have turned already.
pub async fn count(store: &Store, step: Step<'_>, now: Timestamp) -> Result<Counted, Error> {
    let event = step.event_id.fingerprint();
    let mut epoch = now.as_second().div_euclid(PAGE.as_secs());
    let mut old_epoch = None;
    // Twice for a turned page, and twice more for two environments whose clocks disagree about it.
    for _ in 0..4 {
        let request = build(store, step, &event, epoch, old_epoch, now);
        let error = match request.send().await {
            Ok(answer) => {
                store.meter().writing(answer.consumed_capacity());
                // DynamoDB returns nothing for an item that did not exist, dynoxide its key.
                let old = answer.attributes.filter(|old| old.contains_key("counted"));
                let before = old.map(StoredProgress::from_item).transpose()?;
                return Ok(counted(step, before.as_ref()));
            }
            Err(error) => error,
        };
        let Some(UpdateItemError::ConditionalCheckFailedException(refused)) = error.as_service_error() else {
            return Err(failure::sort("count event", &error));
        };
        store.meter().refused(1);
        let Some(old) = refused.item().filter(|old| old.contains_key("counted")).cloned() else {
            // The user was erased while the page was being turned: then this is the first event again.
            old_epoch = None;
            continue;
        };
        let old = StoredProgress::from_item(old)?;
        if old.has_seen(step.event_id) {
            return Ok(Counted::Duplicate(old.counted));
        }
        let complete = old.remaining <= floor(step.moment);
        if complete || (step.moment.count == Count::Highest && old.counted >= step.quantity) {
            return Ok(Counted::Unchanged(old.counted));
        }
        if old.epoch < epoch {
            old_epoch = Some(old.epoch);
        } else {
            (epoch, old_epoch) = (old.epoch, None);
        }
    }
    Err(Error::Unavailable("count event: the page kept turning".into()))
}

/// The user's progress, if there is any.
pub async fn get(store: &Store, key: &Key) -> Result<Option<StoredProgress>, Error> {
    let found = store.get_item("get progress", key, true).await?;
    found.map(StoredProgress::from_item).transpose()
}

/// Ends a completed moment without a reward, for a reason. Nothing happens if the user was erased meanwhile.
pub async fn close(store: &Store, key: &Key, reason: &str) -> Result<(), Error> {
    let request = store
        .update(key)
        .update_expression("SET closed = :reason")
        .condition_expression(EXISTS)
        .expression_attribute_values(":reason", item::text(reason));
    store.update_item("close progress", request).await.map(|_| ())
}

/// What is still missing when every reward of the moment is earned: `target - cap`.
fn floor(moment: &Moment) -> i64 {
    i64::try_from(moment.target).unwrap_or(i64::MAX) - i64::try_from(moment.cap()).unwrap_or(i64::MAX)
}

fn build(
    store: &Store,
    step: Step<'_>,
    event: &[u8],
    epoch: i64,
    old_epoch: Option<i64>,
    now: Timestamp,
) -> UpdateItemFluentBuilder {
    let mut sets = vec!["updated_at = :now"];
    let mut request = store
        .update(step.key)
        .expression_attribute_values(":now", item::time(now))
        .expression_attribute_values(":quantity", item::number(step.quantity))
        .expression_attribute_values(":target", item::number(step.moment.target))
        .expression_attribute_values(":floor", item::number(floor(step.moment)));
    let condition = if step.moment.count == Count::Highest {
        // The highest value is the same however often it is counted: no memory of events is needed to count once, and
        // only the event that raised it last is kept, to tell its repetition.
        sets.extend(["counted = :quantity", "remaining = :remaining", "target = :target", "events = :events"]);
        let remaining = i128::from(step.moment.target) - i128::from(step.quantity);
        request = request
            .expression_attribute_values(":remaining", item::number(remaining))
            .expression_attribute_values(":events", item::byte_set(event));
        HIGHER_THAN_SEEN
    } else {
        sets.extend([
            "counted = if_not_exists(counted, :zero) + :quantity",
            "remaining = if_not_exists(remaining, :target) - :quantity",
            "target = if_not_exists(target, :target)",
            "epoch = :epoch",
        ]);
        request = request
            .expression_attribute_values(":zero", item::number(0))
            .expression_attribute_values(":epoch", item::number(epoch))
            .expression_attribute_values(":event", item::bytes(event))
            .expression_attribute_values(":events", item::byte_set(event));
        match old_epoch {
            None => EVENT_COUNTS,
            Some(old_epoch) => {
                request = request.expression_attribute_values(":old_epoch", item::number(old_epoch));
                sets.extend(["events_before = events", "events = :events"]);
                PAGE_TURNS
            }
        }
    };
    let adds_event = step.moment.count != Count::Highest && old_epoch.is_none();
    if step.held_out {
        sets.push("closed = :closed");
        request = request.expression_attribute_values(":closed", item::text("held_out"));
    }
    if let Some(marketplace) = step.marketplace {
        sets.push("marketplace = :marketplace");
        request = request.expression_attribute_values(":marketplace", item::text(marketplace));
    }
    if let Some(locale) = step.locale {
        sets.push("locale = :locale");
        request = request.expression_attribute_values(":locale", item::text(locale));
    }
    if let Key::TestProgress(..) = step.key {
        sets.push("expires = :expires");
        request = request.expression_attribute_values(":expires", item::number((now + TEST_PROGRESS_KEPT).as_second()));
    }
    let add = if adds_event { " ADD events :events" } else { "" };
    request
        .update_expression(format!("SET {}{add}", sets.join(", ")))
        .condition_expression(condition)
        .return_values(ReturnValue::AllOld)
        .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
}

fn counted(step: Step<'_>, old: Option<&StoredProgress>) -> Counted {
    let before = old.map_or(0, |old| old.counted);
    let after = match step.moment.count {
        Count::Highest => step.quantity,
        Count::Events | Count::Quantity => before + step.quantity,
    };
    Counted::New { before, after, first: old.is_none() }
}
