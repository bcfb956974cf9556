//! The stored shape of a reward.

use domain::Error;
use domain::campaign::guards::Fingerprints;
use domain::competition::places::FinalPlace;
use domain::id::{MomentId, RewardGroupId, RewardId};
use domain::money::Money;
use domain::reward::credit::Credit;
use domain::reward::group::RewardKind;
use domain::reward::{CapSlot, Reward, RewardChange, RewardState, WaitingReason};
use domain::secret::RewardUrl;
use domain::supplier::Supply;
use iso_currency::Currency;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::failure::Item;
use crate::item;
use crate::schema::Key;

/// A reward item without its key. Only the key names the user.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct StoredReward {
    reward_id: RewardId,
    moment_id: MomentId,
    occurrence: u32,
    reward_group_id: RewardGroupId,
    kind: RewardKind,
    reward_state: RewardState,
    currency: Currency,
    cpa: i64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    credit: Option<Credit>,
    #[serde(skip_serializing_if = "Option::is_none")]
    url: Option<RewardUrl>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    supply: Option<Supply>,
    #[serde(default, with = "item::milliseconds::optional", skip_serializing_if = "Option::is_none")]
    supplied_at: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    slot: Option<u16>,
    #[serde(skip_serializing_if = "Option::is_none")]
    waiting_reason: Option<WaitingReason>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    cap_slots: Vec<CapSlot>,
    /// Absent is `false`: URLs of rewards from earlier versions have been shown.
    #[serde(default, skip_serializing_if = "is_false")]
    sealed: bool,
    #[serde(default, skip_serializing_if = "is_false")]
    charged: bool,
    #[serde(default, skip_serializing_if = "is_false")]
    refunded: bool,
    #[serde(default, skip_serializing_if = "Fingerprints::is_empty")]
    fingerprints: Fingerprints,
    #[serde(default, skip_serializing_if = "is_false")]
    for_review: bool,
    #[serde(default, skip_serializing_if = "is_false")]
    completed: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    locale: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    marketplace: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    arm: Option<RewardGroupId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    place: Option<FinalPlace>,
    #[serde(with = "item::milliseconds::required")]
    earned_at: Timestamp,
    #[serde(default, with = "item::milliseconds::optional", skip_serializing_if = "Option::is_none")]
    awarded_at: Option<Timestamp>,
    #[serde(default, with = "item::milliseconds::optional", skip_serializing_if = "Option::is_none")]
    expires_at: Option<Timestamp>,
    #[serde(default, with = "item::milliseconds::optional", skip_serializing_if = "Option::is_none")]
    redeemed_at: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    replaces: Option<RewardId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    replaced_by: Option<RewardId>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    changes: Vec<RewardChange>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_false(flag: &bool) -> bool {
    !*flag
}

/// Reads a reward from an item or from a stream record's image.
pub fn read(found: Item) -> Result<Reward, Error> {
    let at = item::key_of(&found)?;
    let stored: StoredReward = item::shape("reward", found)?;
    let user_id = match at {
        Key::Reward(_, user, ..) | Key::Replaced(_, user, ..) => Some(user),
        Key::ErasedReward(_) => None,
        _ => return Err(Error::Internal("a reward has the key of another item".into())),
    };
    Ok(Reward {
        reward_id: stored.reward_id,
        user_id,
        moment_id: stored.moment_id,
        occurrence: stored.occurrence,
        reward_group_id: stored.reward_group_id,
        kind: stored.kind,
        state: stored.reward_state,
        cost: Money { currency: stored.currency, amount_minor: stored.cpa },
        credit: stored.credit,
        url: stored.url,
        supply: stored.supply,
        supplied_at: stored.supplied_at,
        slot: stored.slot,
        waiting_reason: stored.waiting_reason,
        cap_slots: stored.cap_slots,
        is_charged: stored.charged,
        is_sealed: stored.sealed,
        is_refunded: stored.refunded,
        fingerprints: stored.fingerprints,
        is_for_review: stored.for_review,
        is_completed: stored.completed,
        locale: stored.locale,
        marketplace: stored.marketplace,
        arm: stored.arm,
        place: stored.place,
        earned_at: stored.earned_at,
        awarded_at: stored.awarded_at,
        expires_at: stored.expires_at,
        redeemed_at: stored.redeemed_at,
        replaces: stored.replaces,
        replaced_by: stored.replaced_by,
        changes: stored.changes,
    })
}

pub(super) fn stored(reward: &Reward) -> StoredReward {
    StoredReward {
        reward_id: reward.reward_id.clone(),
        moment_id: reward.moment_id.clone(),
        occurrence: reward.occurrence,
        reward_group_id: reward.reward_group_id.clone(),
        kind: reward.kind,
        reward_state: reward.state,
        currency: reward.cost.currency,
        cpa: reward.cost.amount_minor,
        credit: reward.credit.clone(),
        url: reward.url.clone(),
        supply: reward.supply.clone(),
        supplied_at: reward.supplied_at,
        slot: reward.slot,
        waiting_reason: reward.waiting_reason,
        cap_slots: reward.cap_slots.clone(),
        charged: reward.is_charged,
        sealed: reward.is_sealed,
        refunded: reward.is_refunded,
        fingerprints: reward.fingerprints.clone(),
        for_review: reward.is_for_review,
        completed: reward.is_completed,
        locale: reward.locale.clone(),
        marketplace: reward.marketplace.clone(),
        arm: reward.arm.clone(),
        place: reward.place,
        earned_at: reward.earned_at,
        awarded_at: reward.awarded_at,
        expires_at: reward.expires_at,
        redeemed_at: reward.redeemed_at,
        replaces: reward.replaces.clone(),
        replaced_by: reward.replaced_by.clone(),
        changes: reward.changes.clone(),
    }
}
