//! What guards against fraud remember: which events of a user or a device count in a stretch of time, and which reward has a
//! device or a payment. Both by hashes alone. What a campaign asks for is `guard`.

use aws_sdk_dynamodb::types::{AttributeValue, TransactWriteItem};
use domain::Error;
use domain::campaign::guards::{FingerprintKind, Limit};
use domain::id::{AppId, CampaignId, EventId, RewardId};
use domain::instant::Sum as _;
use domain::reward::Reward;
use domain::secret::FingerprintHash;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::expression::{FREE_TO_HOLD, ROOM_FOR_EVENT};
use super::schema::Key;
use super::{Store, item, requests};

/// For how long after its end a stretch of time is kept: clocks differ, though not by that much.
const STRETCH_KEPT: SignedDuration = SignedDuration::from_hours(1);

/// For how long after a campaign's end it is known which reward has a device or a payment.
const HELD: SignedDuration = SignedDuration::from_hours(365 * 24);

/// Whose events are counted: in which campaign, and by which hash.
#[derive(Debug, Clone, Copy)]
pub struct Counted<'a> {
    /// Whose campaign.
    pub app: &'a AppId,
    /// Which campaign.
    pub campaign: &'a CampaignId,
    /// The hash of the user or of the device.
    pub of: &'a FingerprintHash,
    /// How many count.
    pub limit: Limit,
}

impl Counted<'_> {
    /// The stretch of time that `now` is in, by our clock: what an app tells of the time is not looked at.
    fn key(&self, now: Timestamp) -> Key {
        let stretch = now.as_second().div_euclid(self.seconds());
        let (app, campaign, hash) = (self.app.clone(), self.campaign.clone(), self.of.expose().to_owned());
        Key::Velocity(app, campaign, hash, self.limit.within_minutes, stretch)
    }

    fn seconds(&self) -> i64 {
        i64::from(self.limit.within_minutes.max(1)) * 60
    }
}

/// Takes a place for an event, or finds that it has one. `false` if there is none left: then nothing is written.
pub async fn take_place(store: &Store, counted: Counted<'_>, event: &EventId, now: Timestamp) -> Result<bool, Error> {
    let expires = now.plus(SignedDuration::from_secs(counted.seconds())).plus(STRETCH_KEPT);
    let update = store
        .update(&counted.key(now))
        .update_expression("SET expires = :expires ADD events :events")
        .condition_expression(ROOM_FOR_EVENT)
        .expression_attribute_values(":expires", item::number(expires.as_second()))
        .expression_attribute_values(":event", item::bytes(&event.fingerprint()))
        .expression_attribute_values(":events", item::byte_set(&event.fingerprint()))
        .expression_attribute_values(":most", item::number(counted.limit.events));
    store.update_item("take place", update).await
}

/// Counts the places that are taken, at most a moment old. Costs half a read unit.
pub async fn places_taken(store: &Store, counted: Counted<'_>, now: Timestamp) -> Result<usize, Error> {
    let found = store.get_item("count places", &counted.key(now), false).await?;
    Ok(match found.as_ref().and_then(|found| found.get("events")) {
        Some(AttributeValue::Bs(events)) => events.len(),
        _ => 0,
    })
}

#[derive(Serialize, Deserialize)]
struct StoredFingerprint {
    held_by: RewardId,
    #[serde(default)]
    expires: i64,
}

fn key(app: &AppId, campaign: &CampaignId, (kind, hash): (FingerprintKind, &FingerprintHash)) -> Key {
    Key::Fingerprint(app.clone(), campaign.clone(), kind, hash.expose().to_owned())
}

/// The part of a claim that gives a device or a payment its one reward. A reward that is replaced gives it on to the one in its
/// place; one that was taken back keeps it.
pub(crate) fn hold(
    store: &Store,
    reward: &Reward,
    held: (FingerprintKind, &FingerprintHash),
    (replaced, until): (Option<&Reward>, Timestamp),
) -> Result<TransactWriteItem, Error> {
    let id = &reward.reward_id;
    let stored = StoredFingerprint { held_by: id.clone(), expires: until.plus(HELD).as_second() };
    let replaced = replaced.map_or(id, |replaced| &replaced.reward_id);
    let put = store
        .put_in_transaction(item::whole(&key(id.app(), id.campaign(), held), None, &stored)?)
        .condition_expression(FREE_TO_HOLD)
        .expression_attribute_values(":reward", item::text(id.as_str()))
        .expression_attribute_values(":replaced", item::text(replaced.as_str()));
    requests::put(put)
}

/// Returns the reward that holds a device or a payment, at most a moment old. Costs half a read unit.
pub async fn held_by(
    store: &Store,
    app: &AppId,
    campaign: &CampaignId,
    held: (FingerprintKind, &FingerprintHash),
) -> Result<Option<RewardId>, Error> {
    let found = store.get_item("get fingerprint", &key(app, campaign, held), false).await?;
    Ok(found
        .map(|found| item::shape::<StoredFingerprint>("fingerprint", found))
        .transpose()?
        .map(|found| found.held_by))
}
