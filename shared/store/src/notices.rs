//! Notices: a message to a user, what became of its pushes, device by device, and whether the user has read it. Kept apart from
//! the reward, so that recording any of that can never conflict with a claim or a redemption. What the message says is not in
//! it: that is rendered from the campaign whenever it is told.

use std::collections::BTreeMap;

use domain::Error;
use domain::id::{AppId, MomentId, UserId};
use domain::instant::Sum as _;
use domain::message::NoticeId;
use domain::reward::Reward;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::failure::{self, Item};
use super::item::milliseconds;
use super::schema::{self, INDEX, IndexKey, Key, later_pk};
use super::{Store, item};

/// How long notices are kept: longer than any record or message of a queue can come again, long enough for support.
const KEPT: SignedDuration = SignedDuration::from_hours(90 * 24);

/// Shards of what is to be pushed later, in the index.
pub const LATER_SHARDS: u8 = 8;

/// The result of the last attempt for one device.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delivery {
    /// Pinpoint's delivery status, for example `SUCCESSFUL`: accepted by the push service, not seen by the user.
    pub delivery: String,
    /// Pinpoint's status code.
    pub code: i32,
    /// How often it was tried and answered.
    pub attempts: u32,
    /// How often it was tried without an answer.
    #[serde(default)]
    pub unanswered: u32,
    /// Whether the device gets no further attempt.
    pub settled: bool,
}

/// What is known of a message.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notice {
    /// The results so far, by device id.
    #[serde(default)]
    pub devices: BTreeMap<String, Delivery>,
    /// The reward that the results are of, by its fingerprint: absent of an announcement, and where there are none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub of: Option<String>,
    /// Of an announcement: the moment that the user was told about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub moment_id: Option<MomentId>,
    /// Of an announcement: when it was made. (Of any other message, the reward tells.)
    #[serde(default, with = "milliseconds::optional", skip_serializing_if = "Option::is_none")]
    pub announced_at: Option<Timestamp>,
    /// When the user read it.
    #[serde(default, with = "milliseconds::optional", skip_serializing_if = "Option::is_none")]
    pub read_at: Option<Timestamp>,
}

impl Notice {
    /// What is known of the message about that very reward. Another one may have been told at the same place before: of a user
    /// who was erased since, or one that was voided and replaced.
    #[must_use]
    pub fn about(self, reward: &Reward) -> Self {
        // Notices of an earlier version do not say which reward they are of: there were no others then.
        let same = self.of.as_ref().map_or(reward.replaces.is_none(), |of| *of == reward.reward_id.fingerprint());
        if same { self } else { Self { devices: BTreeMap::new(), ..self } }
    }
}

#[derive(Serialize)]
struct StoredNotice<'a> {
    #[serde(flatten)]
    notice: &'a Notice,
    expires: i64,
}

fn key(app: &AppId, user: &UserId, id: &NoticeId) -> Key {
    Key::Notice(app.clone(), user.clone(), id.clone())
}

fn expires(now: Timestamp) -> i64 {
    now.plus(KEPT).as_second()
}

/// Returns the notice of a message, if any.
pub async fn get(store: &Store, app: &AppId, user: &UserId, id: &NoticeId) -> Result<Option<Notice>, Error> {
    store.get_item("get notice", &key(app, user, id), true).await?.map(read).transpose()
}

/// Reads a notice out of an item.
pub(crate) fn read(found: Item) -> Result<Notice, Error> {
    item::shape("notice", found)
}

/// Records results. Unconditional: one message at a time of each user is handled, by the queue's message groups, so one writer
/// at a time reads, adds and writes; should the queue ever run two, the loser's device is pushed to again under the same
/// collapse key. Whether the user has read the message is another attribute, which this leaves alone.
pub async fn record(
    store: &Store,
    (app, user): (&AppId, &UserId),
    id: &NoticeId,
    (devices, of): (&BTreeMap<String, Delivery>, Option<&Reward>),
    now: Timestamp,
) -> Result<(), Error> {
    let update = store.update(&key(app, user, id));
    let update = match of {
        Some(reward) => update
            .update_expression("SET devices = :devices, #of = :of, expires = if_not_exists(expires, :expires)")
            .expression_attribute_names("#of", "of")
            .expression_attribute_values(":of", item::text(reward.reward_id.fingerprint())),
        None => update.update_expression("SET devices = :devices, expires = if_not_exists(expires, :expires)"),
    };
    let update = update
        .expression_attribute_values(":devices", item::value(devices)?)
        .expression_attribute_values(":expires", item::number(expires(now)));
    store.update_item("record results", update).await.map(drop)
}

/// Notes that a campaign is announced to a user, before anything is sent. Returns `false` if it was announced before.
/// Whoever finds it announced sends nothing, also if nobody knows what became of it, because being told twice is
/// worse than reading it in the app.
pub async fn announce(
    store: &Store,
    (app, user): (&AppId, &UserId),
    id: &NoticeId,
    moment: &MomentId,
    (now, ends_at): (Timestamp, Timestamp),
) -> Result<bool, Error> {
    let notice = Notice { moment_id: Some(moment.clone()), announced_at: Some(now), ..Notice::default() };
    // As long as the campaign can be announced again.
    let stored = StoredNotice { notice: &notice, expires: expires(ends_at.max(now)) };
    store.put_new("announce", item::whole(&key(app, user, id), None, &stored)?).await
}

/// Notes that the user has read a message of `told_at`; the first time counts.
pub async fn mark_read(
    store: &Store,
    (app, user): (&AppId, &UserId),
    id: &NoticeId,
    (told_at, now): (Timestamp, Timestamp),
) -> Result<(), Error> {
    let update = store
        .update(&key(app, user, id))
        .update_expression("SET read_at = :now, expires = if_not_exists(expires, :expires)")
        .condition_expression(super::expression::NOT_READ_SINCE)
        .expression_attribute_values(":told_at", item::time(told_at))
        .expression_attribute_values(":now", item::time(now))
        .expression_attribute_values(":expires", item::number(expires(now)));
    store.update_item("mark read", update).await.map(drop)
}

/// A message that is to be pushed at a later time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Later {
    /// Whose.
    pub app: AppId,
    /// To whom.
    pub user: UserId,
    /// Which.
    pub id: NoticeId,
    /// When it was to be.
    pub at: Timestamp,
}

#[derive(Serialize)]
struct StoredLater {
    expires: i64,
}

/// Schedules a message to be pushed later. Unconditional: written again, it is the same.
pub async fn push_later(
    store: &Store,
    (app, user): (&AppId, &UserId),
    id: &NoticeId,
    at: Timestamp,
) -> Result<(), Error> {
    let key = Key::Later(app.clone(), user.clone(), id.clone());
    let index = IndexKey::Later(app.clone(), user.clone(), id.clone(), at);
    // What was not found for so long would come as a surprise.
    let item = item::whole(&key, Some(&index), &StoredLater { expires: expires(at) })?;
    store.put_item("push later", store.put().set_item(Some(item))).await.map(drop)
}

/// Returns up to `limit` messages of one shard that are due, the longest due first, as far as the index knows.
pub async fn due(store: &Store, shard: u8, now: Timestamp, limit: i32) -> Result<Vec<Later>, Error> {
    let request = store
        .query()
        .index_name(INDEX)
        .key_condition_expression("gsi1pk = :shard AND gsi1sk < :now")
        .expression_attribute_values(":shard", item::text(later_pk(shard)))
        // The first place after everything that is due in this millisecond.
        .expression_attribute_values(":now", item::text(schema::later_until(now)))
        .limit(limit);
    let page = request.send().await.map_err(|error| failure::sort("read what is due", &error))?;
    store.meter().reading(page.consumed_capacity());
    let later = |found: Item| {
        let at = schema::later_at(&item::index_sort_key(&found)).unwrap_or(now);
        match item::key_of(&found)? {
            Key::Later(app, user, id) => Ok(Later { app, user, id, at }),
            _ => Err(Error::Internal("something else stands among what is due".into())),
        }
    };
    page.items.unwrap_or_default().into_iter().map(later).collect()
}

/// Deletes a scheduled message once it is in the queue, unless it was put off again meanwhile.
pub async fn pushed(store: &Store, later: &Later) -> Result<(), Error> {
    let Later { app, user, id, at } = later;
    let (_, place) = IndexKey::Later(app.clone(), user.clone(), id.clone(), *at).pair();
    let delete = store
        .delete(&Key::Later(app.clone(), user.clone(), id.clone()))
        .condition_expression(super::expression::PUT_OFF_UNTIL)
        .expression_attribute_values(":place", item::text(place));
    store.delete_item("forget what was due", delete).await.map(drop)
}
