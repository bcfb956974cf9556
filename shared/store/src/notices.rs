//! Notices: the push results of a message to a user, device by device, and when the user read it. Apart from the
//! reward, so that recording them never conflicts with a claim or a redemption. Holds no text: messages are rendered
//! from the campaign.

use std::collections::BTreeMap;

use domain::Error;
use domain::competition::places::FinalPlace;
use domain::id::{AppId, MomentId, UserId};
use domain::instant::Sum as _;
use domain::message::NoticeId;
use domain::reward::Reward;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::failure::{Item, Reason};
use super::item::milliseconds;
use super::schema::{self, IndexKey, Key, later_pk};
use super::{Store, item, requests};

/// The time for which notices are kept: longer than any stream record or queued message can return, long enough for
/// support.
const KEPT: SignedDuration = SignedDuration::from_hours(90 * 24);

/// Shards of the messages that are pushed later, in the index.
pub const LATER_SHARDS: u8 = 8;

/// The result of the last attempt for one device.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PushResult {
    /// Pinpoint's delivery status, for example `SUCCESSFUL`: accepted by the push service, not seen by the user.
    pub delivery: String,
    /// Pinpoint's status code.
    pub code: i32,
    /// Answered attempts.
    pub attempts: u32,
    /// Unanswered attempts.
    #[serde(default)]
    pub unanswered: u32,
    /// True if the device gets no further attempt.
    pub settled: bool,
}

/// The stored facts about a message.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notice {
    /// The results so far, by device id.
    #[serde(default)]
    pub devices: BTreeMap<String, PushResult>,
    /// The reward of the results, by its fingerprint. Absent for announcements and without results.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub of: Option<String>,
    /// For an announcement or a result: its moment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub moment_id: Option<MomentId>,
    /// For a result: the user's place.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<FinalPlace>,
    /// For an announcement or a result: its time. (For another message, the reward has it.)
    #[serde(default, with = "milliseconds::optional", skip_serializing_if = "Option::is_none")]
    pub announced_at: Option<Timestamp>,
    /// When the user read it.
    #[serde(default, with = "milliseconds::optional", skip_serializing_if = "Option::is_none")]
    pub read_at: Option<Timestamp>,
}

impl Notice {
    /// The facts about this reward's message. Another reward may have had the same place: of a user who was erased, or
    /// a voided one that was replaced.
    #[must_use]
    pub fn about(self, reward: &Reward) -> Self {
        // Notices of an earlier version name no reward: replacements did not exist.
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

/// Returns the stored facts about a message, if any.
pub async fn get(store: &Store, app: &AppId, user: &UserId, id: &NoticeId) -> Result<Option<Notice>, Error> {
    store.get_item("get notice", &key(app, user, id)).await?.map(read).transpose()
}

pub(crate) fn read(found: Item) -> Result<Notice, Error> {
    item::shape("notice", found)
}

/// Records what came of pushes. One writer at a time, since the queue handles one message of a user at a time: it
/// reads, adds and writes, unconditionally. If two ever ran, the device of the loser would get another push under the
/// same collapse key. Leaves `read_at` alone.
pub async fn record(
    store: &Store,
    app: &AppId,
    user: &UserId,
    id: &NoticeId,
    devices: &BTreeMap<String, PushResult>,
    of: Option<&Reward>,
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
    // A result is noted before it is pushed. If it is gone, so is its user.
    let update = match id {
        NoticeId::Result(..) => update.condition_expression("attribute_exists(pk)"),
        _ => update,
    };
    store.update_item("record results", update).await.map(drop)
}

/// Records attempts at an announcement before they are made. Returns `false`, and writes nothing, if the results are no
/// longer `before`: then another environment has made attempts, and the caller sends nothing. An answer that is lost
/// has the SDK repeat the write, which is then refused, too: two announcements are worse than one that only the app
/// shows.
pub async fn record_before(
    store: &Store,
    app: &AppId,
    user: &UserId,
    id: &NoticeId,
    before: &BTreeMap<String, PushResult>,
    devices: &BTreeMap<String, PushResult>,
) -> Result<bool, Error> {
    let update = store
        .update(&key(app, user, id))
        .update_expression("SET devices = :devices")
        .condition_expression(super::conditions::RESULTS_UNCHANGED)
        .expression_attribute_values(":before", item::value(before)?)
        .expression_attribute_values(":devices", item::value(devices)?);
    store.update_item("record before", update).await
}

/// Records the announcement of a campaign to a user, before anything is sent. Returns `false` if it was announced
/// before: then the caller sends nothing, even if the result is unknown, because two announcements are worse than one
/// that only the app shows.
pub async fn announce(
    store: &Store,
    app: &AppId,
    user: &UserId,
    id: &NoticeId,
    moment: &MomentId,
    now: Timestamp,
    ends_at: Timestamp,
) -> Result<bool, Error> {
    let notice = Notice { moment_id: Some(moment.clone()), announced_at: Some(now), ..Notice::default() };
    // Until no further announcement of the campaign is possible.
    let stored = StoredNotice { notice: &notice, expires: expires(ends_at.max(now)) };
    store.put_new("announce", item::whole(&key(app, user, id), None, &stored)?).await
}

/// Records a user's result in a competition, before it is pushed, while the user has the score or the entrant. A
/// repetition changes nothing. An erasure takes those first and then deletes the notes that it finds: so it finds this
/// one, or this finds neither, however late it is written.
pub async fn note_result(
    store: &Store,
    app: &AppId,
    user: &UserId,
    id: &NoticeId,
    moment: &MomentId,
    place: FinalPlace,
    now: Timestamp,
) -> Result<(), Error> {
    let NoticeId::Result(campaign, window) = id else { return Ok(()) };
    let stays = match place.score {
        Some(_) => Key::Score(app.clone(), user.clone(), campaign.clone(), moment.clone(), *window),
        None => Key::Entrant(app.clone(), user.clone(), campaign.clone()),
    };
    let notice =
        Notice { moment_id: Some(moment.clone()), place: Some(place), announced_at: Some(now), ..Notice::default() };
    let stored = StoredNotice { notice: &notice, expires: expires(now) };
    let put = store.put_in_transaction(item::whole(&key(app, user, id), None, &stored)?);
    let check = store.check_in_transaction(&stays).condition_expression("attribute_exists(pk)");
    let items =
        vec![requests::put(put.condition_expression(super::conditions::NOT_YET_WRITTEN))?, requests::check(check)?];
    match store.transaction("note result", items).await? {
        Err(reasons) if !reasons.iter().any(|reason| matches!(reason, Reason::Refused(_))) => {
            Err(Error::Unavailable("note result: somebody else was at the score".into()))
        }
        // Refused: the result is noted, or the user is erased.
        _ => Ok(()),
    }
}

/// Records that the user has read a message from `made_at`. The first time since then counts.
pub async fn mark_read(
    store: &Store,
    app: &AppId,
    user: &UserId,
    id: &NoticeId,
    made_at: Timestamp,
    now: Timestamp,
) -> Result<(), Error> {
    let update = store
        .update(&key(app, user, id))
        .update_expression("SET read_at = :now, expires = if_not_exists(expires, :expires)")
        .condition_expression(super::conditions::NOT_READ_SINCE)
        .expression_attribute_values(":made_at", item::time(made_at))
        .expression_attribute_values(":now", item::time(now))
        .expression_attribute_values(":expires", item::number(expires(now)));
    store.update_item("mark read", update).await.map(drop)
}

/// A message that is pushed later.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Later {
    /// The app.
    pub app: AppId,
    /// The user.
    pub user: UserId,
    /// The message.
    pub id: NoticeId,
    /// The time of the push.
    pub at: Timestamp,
}

#[derive(Serialize)]
struct StoredLater {
    expires: i64,
}

/// Schedules a message for a later push. Unconditional: a repeat writes the same.
pub async fn push_later(store: &Store, app: &AppId, user: &UserId, id: &NoticeId, at: Timestamp) -> Result<(), Error> {
    let key = Key::Later(app.clone(), user.clone(), id.clone());
    let index = IndexKey::Later(app.clone(), user.clone(), id.clone(), at);
    // A push so late would come as a surprise.
    let item = item::whole(&key, Some(&index), &StoredLater { expires: expires(at) })?;
    store.put_item("push later", store.put().set_item(Some(item))).await.map(drop)
}

/// Returns up to `limit` messages of one shard due by `now`, the longest due first, as far as the index knows.
pub async fn due(store: &Store, shard: u8, now: Timestamp, limit: i32) -> Result<Vec<Later>, Error> {
    // The first place behind everything due in this millisecond.
    let request = store.query_index(later_pk(shard), "<", schema::later_until(now)).limit(limit);
    let (items, _) = store.query_page("read what is due", request).await?;
    let later = |found: Item| {
        let at = schema::later_at(&item::index_sort_key(&found)).unwrap_or(now);
        match item::key_of(&found)? {
            Key::Later(app, user, id) => Ok(Later { app, user, id, at }),
            _ => Err(Error::Internal("an item among the due messages is no message".into())),
        }
    };
    items.into_iter().map(later).collect()
}

/// Forgets a scheduled message once it is in the queue, unless it was put off anew.
pub async fn forget_scheduled(store: &Store, later: &Later) -> Result<(), Error> {
    let Later { app, user, id, at } = later;
    let (_, place) = IndexKey::Later(app.clone(), user.clone(), id.clone(), *at).pair();
    let delete = store
        .delete(&Key::Later(app.clone(), user.clone(), id.clone()))
        .condition_expression(super::conditions::PUT_OFF_UNTIL)
        .expression_attribute_values(":place", item::text(place));
    store.delete_item("forget what was due", delete).await.map(drop)
}
