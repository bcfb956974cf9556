//! Announcements of campaigns to their app's audience, and their progress. A part is a shard of the audience in the
//! index, read page by page. Each page ends with a write of its end, where the next worker goes on after a crash.

use domain::Error;
use domain::id::{AppId, CampaignId, UserId};
use domain::instant::Sum as _;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::Store;
use super::conditions::{EXISTS, NOT_YET_WRITTEN, PART_UNCHANGED};
use super::item::{self, milliseconds};
use super::schema::{self, AUDIENCE_SHARDS, Key};

/// The time for which announcements are kept: as long as their notices.
const KEPT: SignedDuration = SignedDuration::from_hours(90 * 24);

/// Why a campaign is announced.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Occasion {
    /// The campaign has begun.
    Start,
    /// An admin asked for it.
    Request,
}

/// An announcement of a campaign.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Announcement {
    /// The first is 1.
    pub number: u32,
    /// Why it began.
    pub occasion: Occasion,
    /// The most addresses per second, all parts together.
    pub per_second: u32,
    /// When it began.
    #[serde(with = "milliseconds::required")]
    pub created_at: Timestamp,
    /// When the whole audience was announced to.
    #[serde(default, with = "milliseconds::optional", skip_serializing_if = "Option::is_none")]
    pub finished_at: Option<Timestamp>,
}

impl Announcement {
    /// An announcement that begins now.
    pub fn new(number: u32, occasion: Occasion, per_second: u32, now: Timestamp) -> Self {
        Self { number, occasion, per_second, created_at: now, finished_at: None }
    }
}

/// The figures so far.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, derive_more::Add, derive_more::Sum)]
pub struct Counts {
    /// Users read.
    pub users: u64,
    /// Users announced to, by push or in the app only.
    pub announced: u64,
    /// Users in their quiet hours, who get the push later.
    pub put_off: u64,
    /// Calls of Pinpoint.
    pub calls: u64,
    /// Addresses pushed to.
    pub sent: u64,
    /// Addresses that the push service accepted. That does not mean that a user saw the message.
    pub accepted: u64,
    /// Addresses to retry, one by one.
    pub again: u64,
    /// Addresses that failed.
    pub failed: u64,
}

/// The progress of one part.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part {
    /// The last finished place of the index.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cursor: Option<String>,
    /// True if no more follow.
    pub done: bool,
    /// The figures so far.
    pub counts: Counts,
    /// The last write.
    #[serde(default, with = "milliseconds::optional", skip_serializing_if = "Option::is_none")]
    pub touched_at: Option<Timestamp>,
    /// Grows with each page.
    pub revision: u64,
}

#[derive(Serialize)]
struct Stored<'a, T> {
    #[serde(flatten)]
    inner: &'a T,
    expires: i64,
}

fn stored<T>(inner: &T, now: Timestamp) -> Stored<'_, T> {
    Stored { inner, expires: now.plus(KEPT).as_second() }
}

/// Begins an announcement. Returns `false` if that number exists.
pub async fn begin(
    store: &Store,
    app: &AppId,
    campaign: &CampaignId,
    announcement: &Announcement,
    ends_at: Timestamp,
) -> Result<bool, Error> {
    let at = Key::Announcement(app.clone(), campaign.clone(), announcement.number);
    // Kept while the campaign could otherwise count as never announced.
    let item = item::whole(&at, None, &stored(announcement, ends_at.max(announcement.created_at)))?;
    store.put_new("begin announcement", item).await
}

/// Records that the whole audience was announced to. Only requires that the announcement exists: the first time
/// counts.
pub async fn finish(
    store: &Store,
    app: &AppId,
    campaign: &CampaignId,
    number: u32,
    now: Timestamp,
) -> Result<(), Error> {
    let update = store
        .update(&Key::Announcement(app.clone(), campaign.clone(), number))
        .update_expression("SET finished_at = if_not_exists(finished_at, :now)")
        .condition_expression(EXISTS)
        .expression_attribute_values(":now", item::time(now));
    store.update_item("finish announcement", update).await.map(drop)
}

/// Returns a campaign's announcements with their parts, the first one first. One query.
pub async fn list(store: &Store, app: &AppId, campaign: &CampaignId) -> Result<Vec<(Announcement, Vec<Part>)>, Error> {
    let request = store.range(schema::announcements_pk(app, campaign), "A", "~").consistent_read(true);
    let mut all: Vec<(Announcement, Vec<Part>)> = Vec::new();
    let mut parts: Vec<(u32, Part)> = Vec::new();
    for found in store.query_all("read announcements", request).await? {
        match item::key_of(&found)? {
            Key::Announcement(..) => all.push((item::shape("announcement", found)?, Vec::new())),
            Key::AnnouncementPart(_, _, number, _) => parts.push((number, item::shape("announcement part", found)?)),
            _ => return Err(Error::Internal("an item among the announcements is no announcement".into())),
        }
    }
    for (number, part) in parts {
        all.iter_mut()
            .filter(|(announcement, _)| announcement.number == number)
            .for_each(|(_, of)| of.push(part.clone()));
    }
    Ok(all)
}

/// Returns the announcement with that number.
pub async fn get(
    store: &Store,
    app: &AppId,
    campaign: &CampaignId,
    number: u32,
) -> Result<Option<Announcement>, Error> {
    let at = Key::Announcement(app.clone(), campaign.clone(), number);
    store.get_shape("get announcement", "announcement", &at).await
}

/// Returns the progress of a part: none if nothing is stored.
pub async fn part(store: &Store, app: &AppId, campaign: &CampaignId, number: u32, shard: u8) -> Result<Part, Error> {
    let at = Key::AnnouncementPart(app.clone(), campaign.clone(), number, shard);
    Ok(store.get_shape("get announcement part", "announcement part", &at).await?.unwrap_or_default())
}

/// Records the progress of a part. Returns `false` if another worker has, which then goes on.
pub async fn advance(
    store: &Store,
    app: &AppId,
    campaign: &CampaignId,
    number: u32,
    shard: u8,
    part: &Part,
    until: Timestamp,
) -> Result<bool, Error> {
    let at = Key::AnnouncementPart(app.clone(), campaign.clone(), number, shard);
    let put = store.put().set_item(Some(item::whole(&at, None, &stored(part, until))?));
    let put = if part.revision == 1 {
        put.condition_expression(NOT_YET_WRITTEN)
    } else {
        put.condition_expression(PART_UNCHANGED).expression_attribute_values(":before", item::number(part.revision - 1))
    };
    store.put_item("advance announcement", put).await
}

/// Returns one page of a part of an app's audience, and its end, or `None` at the end of the part. As far as the index
/// knows.
pub async fn audience(
    store: &Store,
    app: &AppId,
    shard: u8,
    after: Option<&str>,
    limit: i32,
) -> Result<(Vec<UserId>, Option<String>), Error> {
    // A control character sorts before every place.
    let request = store.query_index(schema::audience_pk(app, shard), ">", after.unwrap_or("\u{1}")).limit(limit);
    let (items, next) = store.query_page("read audience", request).await?;
    let more = next.is_some();
    let places: Vec<String> = items.iter().map(item::index_sort_key).collect();
    let users = places.iter().filter_map(|place| schema::audience_user(place)).collect();
    Ok((users, places.into_iter().next_back().filter(|_| more)))
}

/// The parts of an audience.
pub const PARTS: u8 = AUDIENCE_SHARDS;
