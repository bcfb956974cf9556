//! Progress: how far a user is towards a moment, and which events are already counted. One conditional update does
//! both, so that an event counts once however often, and wherever at the same time, it arrives. Plain counting (`plain`)
//! writes without knowing the rest; what depends on what came before (`tallied`) is read first, and written only if it is
//! still so.

mod plain;
mod tallied;

use aws_sdk_dynamodb::operation::update_item::builders::UpdateItemFluentBuilder;
use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::{AttributeValue, ReturnValue, ReturnValuesOnConditionCheckFailure};
use domain::Error;
use domain::campaign::Moment;
use domain::campaign::counting::{CountedEvent, Tally};
use domain::campaign::guards::Fingerprints;
use domain::event_content::EventContent;
use domain::id::{EventId, MomentId, RewardGroupId};
use domain::instant::Sum as _;
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;

use super::expression::EXISTS;
use super::failure::Item;
use super::schema::Key;
use super::{Store, item};

/// Events are remembered, each by 8 bytes of its id and 3 of its content, in two pages: the current one and the one before. A page
/// lasts this long, so every event is recognised for at least as long, and an item does not grow with the length of a campaign.
const PAGE: SignedDuration = SignedDuration::from_hours(8 * 24);

/// Events that a page remembers. No further one counts until the page turns: it could not be told from its repetition. An item with
/// two full pages takes 120 KB.
pub const MOST_EVENTS: usize = 5_000;

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
    /// What it says.
    pub content: EventContent,
    /// When it happened, and how much it counts.
    pub happened: CountedEvent,
    /// Whether completing ends here: held-out users are counted, never rewarded.
    pub held_out: bool,
    /// The marketplace that the event told, if it did.
    pub marketplace: Option<&'a str>,
    /// The language that the event told, if it did.
    pub locale: Option<&'a str>,
    /// Which of the moment's rewards the user is assigned, unless one was before.
    pub arm: Option<&'a RewardGroupId>,
    /// Of what the campaign gives one reward each for, what the event told.
    pub fingerprints: Option<&'a Fingerprints>,
    /// Whether an admin has to release what it earns, where the campaign has rewards reviewed.
    pub review: Option<bool>,
}

impl Step<'_> {
    /// Whether an admin has to release what it earns.
    fn is_held(self) -> bool {
        self.review == Some(true)
    }
}

/// What counting an event came to, and which of the moment's rewards the user is assigned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recorded {
    /// What it came to.
    pub counted: Counted,
    /// The first assignment, which holds whatever became of the weights since.
    pub arm: Option<RewardGroupId>,
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
    Duplicate {
        /// The count.
        count: u64,
        /// Whether it said something else then: what it says now does not count.
        differs: bool,
    },
    /// Every reward is earned already, for good or for this day, week or month, or the quantity is not higher than the
    /// highest seen.
    Unchanged(u64),
    /// [`MOST_EVENTS`] of the user counted towards this moment in this page already.
    TooMany(u64),
}

/// What the table knows of a user's progress.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
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
    /// Which of the moment's rewards the user is assigned.
    #[serde(default)]
    pub arm: Option<RewardGroupId>,
    /// The fingerprints that the latest event told, where the campaign gives one reward each.
    #[serde(default)]
    pub fingerprints: Fingerprints,
    /// Whether an admin has to release what the latest event earns.
    #[serde(default)]
    pub review: bool,
    /// What was counted with the latest event whose reward an admin has to release.
    #[serde(default)]
    pub held_at: Option<u64>,
    /// When the first event was counted.
    #[serde(default, with = "item::milliseconds::optional")]
    pub began_at: Option<Timestamp>,
    /// When the latest event was counted.
    #[serde(default, with = "item::milliseconds::optional")]
    pub updated_at: Option<Timestamp>,
    /// What counting has to know besides the count.
    #[serde(default)]
    tally: Tally,
    /// Another one with every write that counts by what it has read.
    #[serde(default)]
    revision: Option<u64>,
    #[serde(default)]
    epoch: i64,
    #[serde(skip)]
    events: Vec<Vec<u8>>,
    #[serde(skip)]
    events_before: Vec<Vec<u8>>,
    #[serde(skip)]
    contents: Vec<Vec<u8>>,
    #[serde(skip)]
    contents_before: Vec<Vec<u8>>,
}

impl StoredProgress {
    /// Reads the progress out of an item, also out of the image in a stream record.
    pub fn from_item(mut stored: Item) -> Result<Self, Error> {
        let mut page = |name: &str| match stored.remove(name) {
            Some(AttributeValue::Bs(events)) => events.into_iter().map(Blob::into_inner).collect(),
            _ => Vec::new(),
        };
        let (events, events_before) = (page("events"), page("events_before"));
        let (contents, contents_before) = (page("contents"), page("contents_before"));
        let progress: Self = item::shape("progress", stored)?;
        Ok(Self { events, events_before, contents, contents_before, ..progress })
    }

    /// Whether the event has been counted, as far back as events are remembered.
    pub fn has_seen(&self, event: &EventId) -> bool {
        self.events.iter().chain(&self.events_before).any(|seen| seen[..] == event.fingerprint())
    }

    /// Whether no further event counts before the page turns.
    pub fn is_full(&self, now: Timestamp) -> bool {
        self.is_full_in(epoch(now))
    }

    fn is_full_in(&self, epoch: i64) -> bool {
        self.epoch >= epoch && self.events.len() >= MOST_EVENTS
    }

    /// What an event comes to that has been counted before, as far back as events are remembered.
    pub fn repeated(&self, event: &EventId, content: EventContent) -> Option<Counted> {
        let differs = || !self.has_content(content);
        self.has_seen(event).then(|| Counted::Duplicate { count: self.counted, differs: differs() })
    }

    /// Whether one of the events had that content. Also where that is not known: the content of some was not kept, or two of them
    /// have the same.
    fn has_content(&self, content: EventContent) -> bool {
        let events = self.events.len() + self.events_before.len();
        let mut contents = self.contents.iter().chain(&self.contents_before);
        contents.clone().count() < events || contents.any(|kept| kept == content.as_bytes())
    }

    /// What counting one more event would come to; `None` if it does not count any more, for good or in this period.
    pub fn counted_with(&self, moment: &Moment, happened: CountedEvent) -> Option<u64> {
        self.tally.clone().advance(moment, self.counted, happened)
    }
}

/// Counts an event once.
pub async fn count(store: &Store, step: Step<'_>, now: Timestamp) -> Result<Recorded, Error> {
    if step.moment.needs_history() {
        tallied::count(store, step, now).await
    } else {
        plain::count(store, step, now).await
    }
}

/// When the page turns that events are remembered in now.
pub fn page_ends(now: Timestamp) -> Timestamp {
    Timestamp::from_second((epoch(now) + 1).saturating_mul(PAGE.as_secs())).unwrap_or(Timestamp::MAX)
}

fn epoch(now: Timestamp) -> i64 {
    now.as_second().div_euclid(PAGE.as_secs())
}

/// Returns the user's progress, if any.
pub async fn get(store: &Store, key: &Key) -> Result<Option<StoredProgress>, Error> {
    let found = store.get_item("get progress", key, true).await?;
    found.map(StoredProgress::from_item).transpose()
}

/// Returns the moments of a campaign in which the user has begun, in one request, by the key of one of them.
pub async fn begun(store: &Store, key: &Key) -> Result<Vec<MomentId>, Error> {
    let (Key::Progress(_, _, campaign, _) | Key::TestProgress(_, _, campaign, _)) = key else { return Ok(Vec::new()) };
    let (pk, _) = key.pair();
    // `$` follows on `#`.
    let request =
        store.range(pk, format!("PROGRESS#{campaign}#"), format!("PROGRESS#{campaign}$")).consistent_read(true);
    let found = store.query_all("get progress of a campaign", request).await?;
    let moment = |found: &Item| match item::key_of(found)? {
        Key::Progress(.., moment) | Key::TestProgress(.., moment) => Ok(Some(moment)),
        _ => Ok(None),
    };
    found.iter().map(moment).filter_map(Result::transpose).collect()
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

/// An update that sets what the event tells, besides what counting sets.
fn update(
    store: &Store,
    step: Step<'_>,
    now: Timestamp,
) -> Result<(UpdateItemFluentBuilder, Vec<&'static str>), Error> {
    let mut sets = vec!["updated_at = :now", "began_at = if_not_exists(began_at, :now)"];
    let mut request = store.update(step.key).expression_attribute_values(":now", item::time(now));
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
    if let Some(arm) = step.arm {
        sets.push("arm = if_not_exists(arm, :arm)");
        request = request.expression_attribute_values(":arm", item::text(arm.as_str()));
    }
    if let Some(told) = step.fingerprints {
        sets.push("fingerprints = :fingerprints");
        request = request.expression_attribute_values(":fingerprints", item::value(told)?);
    }
    if let Some(review) = step.review {
        sets.push("review = :review");
        request = request.expression_attribute_values(":review", item::flag(review));
    }
    if let Key::TestProgress(..) = step.key {
        sets.push("expires = :expires");
        request =
            request.expression_attribute_values(":expires", item::number(now.plus(TEST_PROGRESS_KEPT).as_second()));
    }
    let request = request
        .return_values(ReturnValue::AllOld)
        .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
    Ok((request, sets))
}
