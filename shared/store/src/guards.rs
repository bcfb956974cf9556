//! The memory of the guards against fraud: which events of a user or a device count in a stretch of time, and which
//! reward holds a device or a payment. Stores hashes only. `domain::campaign::guards` says what a campaign asks for.

use aws_sdk_dynamodb::types::{AttributeValue, TransactWriteItem};
use domain::Error;
use domain::campaign::guards::{FingerprintKind, Limit};
use domain::id::{AppId, CampaignId, EventId, RewardId};
use domain::instant::Sum as _;
use domain::reward::Reward;
use domain::secret::FingerprintHash;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::conditions::{FREE_TO_HOLD, ROOM_FOR_EVENT};
use super::schema::Key;
use super::{Store, item, requests};

/// The time for which a stretch is kept after its end: clocks differ, but less than that.
const STRETCH_KEPT: SignedDuration = SignedDuration::from_hours(1);

/// The time after a campaign's end for which a reward holds a device or a payment.
const HELD: SignedDuration = SignedDuration::from_hours(365 * 24);

/// A limit on the events of a user or a device in a campaign.
#[derive(Debug, Clone, Copy)]
pub struct EventLimit<'a> {
    /// The app.
    pub app: &'a AppId,
    /// The campaign.
    pub campaign: &'a CampaignId,
    /// The hash of the user or the device.
    pub of: &'a FingerprintHash,
    /// The number of events that count.
    pub limit: Limit,
}

impl EventLimit<'_> {
    /// The stretch of time of `now`, by our clock: the app's time does not matter.
    fn key(&self, now: Timestamp) -> Key {
        let stretch = now.as_second().div_euclid(self.seconds());
        let (app, campaign, hash) = (self.app.clone(), self.campaign.clone(), self.of.expose().to_owned());
        Key::Velocity(app, campaign, hash, self.limit.within_minutes, stretch)
    }

    fn seconds(&self) -> i64 {
        i64::from(self.limit.within_minutes.max(1)) * 60
    }
}

/// Takes a place for an event, or finds that it has one. Returns `false`, and writes nothing, if none is left.
pub async fn take_place(store: &Store, limit: EventLimit<'_>, event: &EventId, now: Timestamp) -> Result<bool, Error> {
    let expires = now.plus(SignedDuration::from_secs(limit.seconds())).plus(STRETCH_KEPT);
    let update = store
        .update(&limit.key(now))
        .update_expression("SET expires = :expires ADD events :events")
        .condition_expression(ROOM_FOR_EVENT)
        .expression_attribute_values(":expires", item::number(expires.as_second()))
        .expression_attribute_values(":event", item::bytes(&event.fingerprint()))
        .expression_attribute_values(":events", item::byte_set(&event.fingerprint()))
        .expression_attribute_values(":most", item::number(limit.limit.events));
    store.update_item("take place", update).await
}

/// Counts the taken places. An eventually consistent read, at half the price.
pub async fn places_taken(store: &Store, limit: EventLimit<'_>, now: Timestamp) -> Result<usize, Error> {
    let found = store.get_item_eventually("count places", &limit.key(now)).await?;
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

/// The part of a claim that lets a reward hold a device or a payment. A replaced reward passes it on; a voided one
/// keeps it.
pub(crate) fn hold(
    store: &Store,
    reward: &Reward,
    held: (FingerprintKind, &FingerprintHash),
    replaced: Option<&Reward>,
    until: Timestamp,
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

/// Returns the reward that holds a device or a payment, if any. An eventually consistent read, at half the price.
pub async fn held_by(
    store: &Store,
    app: &AppId,
    campaign: &CampaignId,
    held: (FingerprintKind, &FingerprintHash),
) -> Result<Option<RewardId>, Error> {
    let found = store.get_item_eventually("get fingerprint", &key(app, campaign, held)).await?;
    Ok(found
        .map(|found| item::shape::<StoredFingerprint>("fingerprint", found))
        .transpose()?
        .map(|found| found.held_by))
}
