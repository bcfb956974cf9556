//! Progress: a user's count towards a moment, and the events in it. One conditional update changes both, so an event
//! counts once, however often and wherever it arrives. Plain counting (`plain`) writes without a read. Counting that
//! depends on earlier events (`tallied`) reads first, and writes only if nothing changed since.

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

use super::conditions::EXISTS;
use super::failure::Item;
use super::schema::Key;
use super::{Store, item};

/// The length of a page. Events are remembered, each by 8 bytes of its id and 3 of its content, in the current page
/// and the one before. So every event is recognised for at least this long, and an item does not grow with its
/// campaign.
const PAGE: SignedDuration = SignedDuration::from_hours(8 * 24);

/// The most events of a page. No further one counts until the page turns, because its repetition could not be
/// recognised. An item with two full pages takes 120 KB.
pub const MOST_EVENTS: usize = 5_000;

const TEST_PROGRESS_KEPT: SignedDuration = SignedDuration::from_hours(24);

/// One event to count towards one moment.
#[derive(Debug, Clone, Copy)]
pub struct NewEvent<'a> {
    /// The progress item: [`Key::Progress`] or [`Key::TestProgress`].
    pub key: &'a Key,
    /// The moment.
    pub moment: &'a Moment,
    /// The app's id of the event.
    pub event_id: &'a EventId,
    /// The content of the event.
    pub content: EventContent,
    /// Its time and quantity.
    pub happened: CountedEvent,
    /// True for held-out users, who are counted and never rewarded.
    pub held_out: bool,
    /// The event's marketplace, if given.
    pub marketplace: Option<&'a str>,
    /// The event's language, if given.
    pub locale: Option<&'a str>,
    /// The user's arm, unless an earlier event assigned one.
    pub arm: Option<&'a RewardGroupId>,
    /// The event's fingerprints, if the campaign gives one reward for each.
    pub fingerprints: Option<&'a Fingerprints>,
    /// True if an admin must release the reward. `None` if the campaign has no reviews.
    pub review: Option<bool>,
}

impl NewEvent<'_> {
    fn is_held(self) -> bool {
        self.review == Some(true)
    }
}

/// The outcome of counting an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recorded {
    /// The way in which it counted.
    pub counted: Counted,
    /// The arm of the first assignment, even if the weights have changed since.
    pub arm: Option<RewardGroupId>,
}

/// The way in which an event counted, with the user's count after it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Counted {
    /// It counted.
    New {
        /// The count before it.
        before: u64,
        /// The count with it.
        after: u64,
        /// True for the user's first event for this moment.
        first: bool,
    },
    /// It had been counted before.
    Duplicate {
        /// The count.
        count: u64,
        /// True if its content differed then. The new content does not count.
        differs: bool,
    },
    /// Every reward is earned, for good or for this day, week or month; or the quantity is not higher than the highest
    /// seen.
    Unchanged(u64),
    /// The page already has [`MOST_EVENTS`] events.
    TooMany(u64),
}

/// A user's stored progress towards a moment.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
pub struct StoredProgress {
    /// The count.
    pub counted: u64,
    /// The events that the first reward still needs; zero or less once it is earned. The stream's filter reads it.
    pub remaining: i64,
    /// The target when counting began.
    pub target: u64,
    /// The reason if completing gives no reward.
    #[serde(default)]
    pub closed: Option<String>,
    /// The marketplace of the latest event, with which a crashed award is finished as it began.
    #[serde(default)]
    pub marketplace: Option<String>,
    /// The language of the latest event.
    #[serde(default)]
    pub locale: Option<String>,
    /// The reward group that the user is assigned.
    #[serde(default)]
    pub arm: Option<RewardGroupId>,
    /// The fingerprints of the latest event, if the campaign gives one reward for each.
    #[serde(default)]
    pub fingerprints: Fingerprints,
    /// True if an admin must release what the latest event earns.
    #[serde(default)]
    pub review: bool,
    /// The count at the latest event whose reward an admin must release.
    #[serde(default)]
    pub held_at: Option<u64>,
    /// The time of the first counted event.
    #[serde(default, with = "item::milliseconds::optional")]
    pub began_at: Option<Timestamp>,
    /// The time of the latest counted event.
    #[serde(default, with = "item::milliseconds::optional")]
    pub updated_at: Option<Timestamp>,
    /// The data that counting needs besides the count.
    #[serde(default)]
    tally: Tally,
    /// Changes with every write that depends on a read.
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
    /// Reads progress from an item or from a stream record's image.
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

    /// True if the event has been counted, as far back as events are remembered.
    pub fn has_seen(&self, event: &EventId) -> bool {
        self.events.iter().chain(&self.events_before).any(|seen| seen[..] == event.fingerprint())
    }

    /// True if no further event counts before the page turns.
    pub fn is_full(&self, now: Timestamp) -> bool {
        self.is_full_in(epoch(now))
    }

    fn is_full_in(&self, epoch: i64) -> bool {
        self.epoch >= epoch && self.events.len() >= MOST_EVENTS
    }

    /// The result for an event that has been counted before, as far back as events are remembered.
    pub fn repeated(&self, event: &EventId, content: EventContent) -> Option<Counted> {
        let differs = || !self.has_content(content);
        self.has_seen(event).then(|| Counted::Duplicate { count: self.counted, differs: differs() })
    }

    /// True if one of the events had that content, or if that is unknown: some contents were not kept, or two events
    /// share one.
    fn has_content(&self, content: EventContent) -> bool {
        let events = self.events.len() + self.events_before.len();
        let mut contents = self.contents.iter().chain(&self.contents_before);
        contents.clone().count() < events || contents.any(|kept| kept == content.as_bytes())
    }

    /// The count after one more event; `None` if it does not count, for good or in this period.
    pub fn counted_with(&self, moment: &Moment, happened: CountedEvent) -> Option<u64> {
        self.tally.clone().advance(moment, self.counted, happened)
    }
}

/// Counts an event once.
pub async fn count(store: &Store, event: NewEvent<'_>, now: Timestamp) -> Result<Recorded, Error> {
    if event.moment.needs_history() {
        tallied::count(store, event, now).await
    } else {
        plain::count(store, event, now).await
    }
}

/// When the current page of events turns.
pub fn page_ends(now: Timestamp) -> Timestamp {
    Timestamp::from_second((epoch(now) + 1).saturating_mul(PAGE.as_secs())).unwrap_or(Timestamp::MAX)
}

pub(crate) fn epoch(now: Timestamp) -> i64 {
    now.as_second().div_euclid(PAGE.as_secs())
}

/// Returns the user's progress, if any.
pub async fn get(store: &Store, key: &Key) -> Result<Option<StoredProgress>, Error> {
    let found = store.get_item("get progress", key).await?;
    found.map(StoredProgress::from_item).transpose()
}

/// Returns the moments of a campaign that the user has begun, in one request. `key` is the progress of any of them.
pub async fn begun_moments(store: &Store, key: &Key) -> Result<Vec<MomentId>, Error> {
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

/// Closes a completed moment without a reward. Does nothing if the user was erased meanwhile.
pub async fn close(store: &Store, key: &Key, reason: &str) -> Result<(), Error> {
    let request = store
        .update(key)
        .update_expression("SET closed = :reason")
        .condition_expression(EXISTS)
        .expression_attribute_values(":reason", item::text(reason));
    store.update_item("close progress", request).await.map(|_| ())
}

/// Returns the value of `remaining` once every reward of the moment is earned: `target - cap`.
fn floor(moment: &Moment) -> i64 {
    i64::try_from(moment.target).unwrap_or(i64::MAX) - i64::try_from(moment.cap()).unwrap_or(i64::MAX)
}

/// An update that sets what the event says, besides the count.
fn update(
    store: &Store,
    event: NewEvent<'_>,
    now: Timestamp,
) -> Result<(UpdateItemFluentBuilder, Vec<&'static str>), Error> {
    let mut sets = vec!["updated_at = :now", "began_at = if_not_exists(began_at, :now)"];
    let mut request = store.update(event.key).expression_attribute_values(":now", item::time(now));
    if event.held_out {
        sets.push("closed = :closed");
        request = request.expression_attribute_values(":closed", item::text("held_out"));
    }
    if let Some(marketplace) = event.marketplace {
        sets.push("marketplace = :marketplace");
        request = request.expression_attribute_values(":marketplace", item::text(marketplace));
    }
    if let Some(locale) = event.locale {
        sets.push("locale = :locale");
        request = request.expression_attribute_values(":locale", item::text(locale));
    }
    if let Some(arm) = event.arm {
        sets.push("arm = if_not_exists(arm, :arm)");
        request = request.expression_attribute_values(":arm", item::text(arm.as_str()));
    }
    if let Some(fingerprints) = event.fingerprints {
        sets.push("fingerprints = :fingerprints");
        request = request.expression_attribute_values(":fingerprints", item::value(fingerprints)?);
    }
    if let Some(review) = event.review {
        sets.push("review = :review");
        request = request.expression_attribute_values(":review", item::flag(review));
    }
    if let Key::TestProgress(..) = event.key {
        sets.push("expires = :expires");
        request =
            request.expression_attribute_values(":expires", item::number(now.plus(TEST_PROGRESS_KEPT).as_second()));
    }
    let request = request
        .return_values(ReturnValue::AllOld)
        .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
    Ok((request, sets))
}
