//! Scores: what a user has reached in one window of a competition. One conditional write per event. Where the new score
//! is known without the old one (`compared`), a refused write costs one unit and no read. Else (`computed`) a read
//! comes first, and the write passes only if nobody wrote since. Boards and places are in `boards`.

mod compared;
mod computed;

use domain::Error;
use domain::campaign::guards::Fingerprints;
use domain::campaign::{Campaign, Moment};
use domain::competition::scoring::{Best, Scored, Standing};
use domain::competition::{Bounds, Competition, WindowId};
use domain::event_content::EventContent;
use domain::id::{AppId, CampaignId, EventId, UserId};
use domain::instant::Sum as _;
use jiff::{SignedDuration, Timestamp};
use rand::Rng as _;
use serde::{Deserialize, Serialize};

use super::Store;
use super::competitors;
use super::conditions::EXISTS;
use super::failure::Item;
use super::item::{self, milliseconds};
use super::schema::{IndexKey, Key, ScorePlace};

/// How long a score in test mode is kept.
const TEST_SCORE_KEPT: SignedDuration = SignedDuration::from_hours(24);

/// An event on its way to a score.
#[derive(Debug, Clone, Copy)]
pub struct NewScore<'a> {
    /// The campaign.
    pub campaign: &'a Campaign,
    /// Its moment.
    pub moment: &'a Moment,
    /// How it ranks.
    pub competition: &'a Competition,
    /// The window of the event.
    pub window: Bounds,
    /// The user.
    pub user: &'a UserId,
    /// The app's id of the event.
    pub event_id: &'a EventId,
    /// The content of the event.
    pub content: EventContent,
    /// 0 to 10^15.
    pub quantity: u64,
    /// When the event happened.
    pub at: Timestamp,
    /// True in test mode, which keeps its scores apart and off every board.
    pub in_test: bool,
    /// True for held-out users, who have a score and no rank.
    pub held_out: bool,
    /// The event's marketplace and language, with which a prize is given.
    pub marketplace: Option<&'a str>,
    /// The event's language.
    pub locale: Option<&'a str>,
    /// The event's fingerprints, if the campaign gives one reward for each.
    pub fingerprints: Option<&'a Fingerprints>,
    /// True if an admin must release what the score wins. `None` if the campaign has no reviews.
    pub review: Option<bool>,
}

impl NewScore<'_> {
    /// The score's key.
    pub fn key(&self) -> Key {
        let variant = if self.in_test { Key::TestScore } else { Key::Score };
        let Campaign { app_id, campaign_id, .. } = self.campaign;
        variant(
            app_id.clone(),
            self.user.clone(),
            campaign_id.clone(),
            self.moment.moment_id.clone(),
            self.window.window,
        )
    }

    /// The score's place on the board; `None` for users without a rank.
    fn place(&self, standing: &Standing) -> Option<IndexKey> {
        let ranked = !self.in_test && !self.held_out;
        ranked.then(|| {
            let Campaign { app_id, campaign_id, .. } = self.campaign;
            let place = ScorePlace::new(self.competition.score, standing.score, standing.reached_at);
            IndexKey::Score(app_id.clone(), campaign_id.clone(), self.window.window, self.user.clone(), place)
        })
    }

    fn entry(&self) -> Key {
        let Campaign { app_id, campaign_id, .. } = self.campaign;
        Key::Entry(app_id.clone(), campaign_id.clone(), self.window.window, self.user.clone())
    }

    fn happened(&self) -> Scored {
        Scored { quantity: self.quantity, at: self.at, event: u64::from_be_bytes(self.event_id.fingerprint()) }
    }

    /// The stored shape of a standing that this event makes.
    fn stored(&self, standing: Standing, now: Timestamp) -> StoredScore {
        let Standing { score, reached_at, bests } = standing;
        StoredScore {
            score,
            reached_at,
            made_by: self.happened().event,
            content: number_of(self.content),
            bests,
            held_out: self.held_out,
            marketplace: self.marketplace.map(str::to_owned),
            locale: self.locale.map(str::to_owned),
            fingerprints: self.fingerprints.cloned().unwrap_or_default(),
            review: self.review.unwrap_or(false),
            expires: self.in_test.then(|| now.plus(TEST_SCORE_KEPT).as_second()),
            ..StoredScore::default()
        }
    }
}

/// The content's 24 bits as a number.
fn number_of(content: EventContent) -> u32 {
    content.as_bytes().iter().fold(0, |sum, byte| (sum << 8) | u32::from(*byte))
}

/// A stored score.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredScore {
    /// 0 to 10^15.
    pub score: u64,
    /// When the event happened that made it; for sums the latest of them.
    #[serde(with = "milliseconds::required")]
    pub reached_at: Timestamp,
    /// The hash of the id of the event that made it.
    made_by: u64,
    /// The content of that event.
    content: u32,
    /// For `best_of`: the best quantities.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    bests: Vec<Best>,
    /// True for held-out users.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub held_out: bool,
    /// True once an admin has disqualified the user: no event changes the score any more.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub disqualified: bool,
    /// The marketplace of the event that made it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub marketplace: Option<String>,
    /// The language of that event.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub locale: Option<String>,
    /// The fingerprints of that event, if the campaign gives one reward for each.
    #[serde(default, skip_serializing_if = "is_empty")]
    pub fingerprints: Fingerprints,
    /// True if an admin must release what the score wins.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub review: bool,
    /// Changes with every write that depends on a read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    revision: Option<u64>,
    /// The page of `events`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    epoch: Option<i64>,
    /// When a score in test mode is forgotten, in seconds since 1970.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    expires: Option<i64>,
    /// For `sum` and `count`: the events of the current page, 11 bytes each: the hash of the id, and the content.
    #[serde(skip)]
    events: Vec<u8>,
    /// The events of the page before.
    #[serde(skip)]
    events_before: Vec<u8>,
}

fn is_empty(fingerprints: &Fingerprints) -> bool {
    *fingerprints == Fingerprints::default()
}

impl StoredScore {
    fn standing(&self) -> Standing {
        Standing { score: self.score, reached_at: self.reached_at, bests: self.bests.clone() }
    }

    /// The result for an event that changes nothing because it made the score, or one of its parts.
    fn repeated(&self, new: &NewScore<'_>) -> Option<Counted> {
        let event = new.happened().event;
        let score = self.score;
        if self.made_by == event {
            return Some(Counted::Repeated { score, differs: self.content != number_of(new.content) });
        }
        if self.bests.iter().any(|best| best.event == event) {
            return Some(Counted::Repeated { score, differs: false });
        }
        computed::seen(self, new).map(|differs| Counted::Repeated { score, differs })
    }

    /// The result for an event before any write; `None` if it has to be written.
    fn settled(&self, new: &NewScore<'_>, now: Timestamp) -> Option<Counted> {
        if self.disqualified {
            return Some(Counted::Disqualified(self.score));
        }
        if let Some(repeated) = self.repeated(new) {
            return Some(repeated);
        }
        if computed::is_full(self, now) {
            return Some(Counted::TooMany(self.score));
        }
        new.competition
            .after(Some(&self.standing()), new.happened())
            .is_none()
            .then_some(Counted::NotImproved(self.score))
    }
}

/// How an event counted towards a score.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Counted {
    /// It made this score.
    Scored {
        /// The score.
        score: u64,
        /// True for the user's first in this window.
        first: bool,
    },
    /// It was counted before, and the score is this.
    Repeated {
        /// The score.
        score: u64,
        /// True if its content differed then.
        differs: bool,
    },
    /// It is not better than this score.
    NotImproved(u64),
    /// An admin has disqualified the user, whose score stays as it is.
    Disqualified(u64),
    /// The page has no room for further events: their repetition could not be recognised.
    TooMany(u64),
}

/// Counts an event towards a score, once.
pub async fn count(store: &Store, new: &NewScore<'_>, now: Timestamp) -> Result<Counted, Error> {
    if new.competition.score.is_compared() {
        compared::count(store, new, now).await
    } else {
        computed::count(store, new, now).await
    }
}

/// Returns the result that [`count`] would have, without writing.
pub async fn foresee(store: &Store, new: &NewScore<'_>, now: Timestamp) -> Result<Counted, Error> {
    let found = get(store, &new.key()).await?;
    let before = found.as_ref().map(StoredScore::standing);
    let score = new.competition.after(before.as_ref(), new.happened()).map_or(0, |standing| standing.score);
    let settled = found.as_ref().and_then(|found| found.settled(new, now));
    Ok(settled.unwrap_or(Counted::Scored { score, first: found.is_none() }))
}

/// Returns the result for an event that was counted before; `None` for any other.
pub async fn repeated(store: &Store, new: &NewScore<'_>) -> Result<Option<Counted>, Error> {
    Ok(get(store, &new.key()).await?.and_then(|found| found.repeated(new)))
}

/// Returns a score, as every answered write has left it.
pub async fn get(store: &Store, key: &Key) -> Result<Option<StoredScore>, Error> {
    store.get_item("get score", key).await?.map(read).transpose()
}

/// Reads a score from its item.
pub fn read(mut stored: Item) -> Result<StoredScore, Error> {
    let mut page = |name: &str| match stored.remove(name) {
        Some(aws_sdk_dynamodb::types::AttributeValue::B(events)) => events.into_inner(),
        _ => Vec::new(),
    };
    let (events, events_before) = (page("events"), page("events_before"));
    Ok(StoredScore { events, events_before, ..item::shape("score", stored)? })
}

/// The whole item of a score.
fn whole(new: &NewScore<'_>, stored: &StoredScore) -> Result<Item, Error> {
    let place = if stored.disqualified { None } else { new.place(&stored.standing()) };
    let mut item = item::whole(&new.key(), place.as_ref(), stored)?;
    for (name, events) in [("events", &stored.events), ("events_before", &stored.events_before)] {
        if !events.is_empty() {
            item.insert(name.to_owned(), item::bytes(events));
        }
    }
    Ok(item)
}

/// Lists the user on the board before the first score there: whoever reads the list after a score was answered finds
/// it. Unconditional: the same item, whoever writes it. A crash behind it leaves an entry without a score, which counts
/// for nothing.
async fn enter(store: &Store, new: &NewScore<'_>) -> Result<(), Error> {
    if new.in_test || new.held_out {
        return Ok(());
    }
    let put = store.put().set_item(Some(item::key(&new.entry())));
    store.put_item("enter board", put).await.map(drop)
}

/// Writes a user's first score. Returns the one that is there instead, if another event was faster.
async fn create(
    store: &Store,
    new: &NewScore<'_>,
    stored: &StoredScore,
) -> Result<Result<Counted, StoredScore>, Error> {
    enter(store, new).await?;
    let put = store.put().set_item(Some(whole(new, stored)?)).condition_expression(super::conditions::NOT_YET_WRITTEN);
    if let Some(found) = store.put_or_found("write first score", put).await? {
        return Ok(Err(read(found)?));
    }
    // Again: an erasure of an earlier score may have taken the entry in between.
    enter(store, new).await?;
    if new.in_test {
        return Ok(Ok(Counted::Scored { score: stored.score, first: true }));
    }
    // An admin writes the decision first and then looks for scores; here the score is written first. So one of the two
    // sees the other, whatever their order.
    let Campaign { app_id, campaign_id, .. } = new.campaign;
    let decided = competitors::get(store, app_id, campaign_id, new.user).await?;
    if decided.is_some_and(|decided| decided.disqualified.is_some()) {
        disqualify(store, &new.key()).await?;
        return Ok(Ok(Counted::Disqualified(stored.score)));
    }
    Ok(Ok(Counted::Scored { score: stored.score, first: true }))
}

/// Takes a score off its board and lets no event change it. Does nothing if the user was erased meanwhile.
pub async fn disqualify(store: &Store, key: &Key) -> Result<(), Error> {
    let update = store
        .update(key)
        .update_expression("SET disqualified = :true REMOVE gsi1pk, gsi1sk, revision")
        .condition_expression(EXISTS)
        .expression_attribute_values(":true", item::flag(true));
    store.update_item("disqualify", update).await.map(drop)
}

/// Brings a score back that [`disqualify`] took off its board. Returns `false` if it has changed or gone meanwhile.
pub async fn requalify(
    store: &Store,
    app: &AppId,
    campaign: &CampaignId,
    competition: &Competition,
    score: &UserScore,
    user: &UserId,
) -> Result<bool, Error> {
    let UserScore { key, window, stored, .. } = score;
    let place = ScorePlace::new(competition.score, stored.score, stored.reached_at);
    let (pk, sk) = IndexKey::Score(app.clone(), campaign.clone(), *window, user.clone(), place).pair();
    let set = if stored.held_out { "" } else { ", gsi1pk = :pk, gsi1sk = :sk" };
    let mut update = store
        .update(key)
        .update_expression(format!("SET revision = :revision{set} REMOVE disqualified"))
        .expression_attribute_values(":revision", item::number(store.random().random::<u64>()))
        .condition_expression(super::conditions::STILL_DISQUALIFIED)
        .expression_attribute_values(":true", item::flag(true));
    if !stored.held_out {
        update = update
            .expression_attribute_values(":pk", item::text(pk))
            .expression_attribute_values(":sk", item::text(sk));
    }
    store.update_item("requalify", update).await
}

/// A user's score with its place in the table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserScore {
    /// The key.
    pub key: Key,
    /// The campaign.
    pub campaign: CampaignId,
    /// The window.
    pub window: WindowId,
    /// The score.
    pub stored: StoredScore,
}

/// Returns a user's scores in a campaign, as every answered write has left them. One query.
pub async fn of_user(
    store: &Store,
    app: &AppId,
    user: &UserId,
    campaign: Option<&CampaignId>,
) -> Result<Vec<UserScore>, Error> {
    let prefix = campaign.map_or_else(|| "SCORE#".to_owned(), |campaign| format!("SCORE#{campaign}#"));
    // `$` follows on `#`.
    let last = format!("{}$", prefix.trim_end_matches('#'));
    let request = store.range(super::schema::user_pk(app, user), prefix, last).consistent_read(true);
    let mut scores = Vec::new();
    for found in store.query_all("get scores of a user", request).await? {
        let key = item::key_of(&found)?;
        if let Key::Score(_, _, campaign, _, window) = &key {
            let (campaign, window) = (campaign.clone(), *window);
            scores.push(UserScore { key, campaign, window, stored: read(found)? });
        }
    }
    Ok(scores)
}

/// Returns up to a hundred scores by their keys, as every answered write has left them. Leaves out those that do not
/// exist.
pub async fn of_users(store: &Store, keys: &[Key]) -> Result<Vec<(UserId, StoredScore)>, Error> {
    if keys.is_empty() {
        return Ok(Vec::new());
    }
    let mut scores = Vec::with_capacity(keys.len());
    for found in store.get_items("get scores", keys).await? {
        if let Key::Score(_, user, ..) = item::key_of(&found)? {
            scores.push((user, read(found)?));
        }
    }
    Ok(scores)
}
