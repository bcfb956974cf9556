//! The order of a physical reward: its partner, its carrier and its state. `shipping` holds the address, which is
//! deleted later; `store::reward_changes` changes states.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::id::{PartnerId, RewardGroupId, RewardId};
use crate::reward::RewardState;

/// The time that an address outlives its order: somebody may still have to trace the parcel.
pub const ADDRESS_KEPT: SignedDuration = SignedDuration::from_hours(30 * 24);

/// The longest time an address is kept, also if its order never ends.
pub const ADDRESS_KEPT_AT_MOST: SignedDuration = SignedDuration::from_hours(180 * 24);

/// The time before one reminder that an address is missing.
pub const ADDRESS_REMINDER: SignedDuration = SignedDuration::from_hours(3 * 24);

/// The states of an order, in sequence.
pub const ORDER_STATES: [RewardState; 6] = [
    RewardState::Ordered,
    RewardState::Shipped,
    RewardState::Delivered,
    RewardState::Returned,
    RewardState::Lost,
    RewardState::Voided,
];

/// An order's shipment.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shipment {
    /// The carrier.
    pub carrier: String,
    /// The carrier's number.
    pub tracking: String,
    /// The carrier's page for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tracking_url: Option<String>,
}

impl std::fmt::Debug for Shipment {
    /// Hides the number: it reveals the address.
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "[shipment by {}]", self.carrier)
    }
}

/// An order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Order {
    /// The reward.
    pub reward_id: RewardId,
    /// The reward's group.
    pub reward_group_id: RewardGroupId,
    /// One of [`ORDER_STATES`].
    pub state: RewardState,
    /// The partner who has claimed it.
    pub partner: Option<PartnerId>,
    /// Present once it is shipped.
    pub shipment: Option<Shipment>,
    /// When the user gave the address.
    pub ordered_at: Timestamp,
    /// When it was claimed.
    pub claimed_at: Option<Timestamp>,
    /// When it entered its state.
    pub changed_at: Timestamp,
}

/// An order's facts in one change of its reward, without the address.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderFacts {
    /// The partner.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub partner: Option<PartnerId>,
    /// The carrier.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub carrier: Option<String>,
    /// The carrier's number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tracking: Option<String>,
}

impl Order {
    /// Returns its facts.
    pub fn facts(&self) -> OrderFacts {
        let shipment = self.shipment.as_ref();
        OrderFacts {
            partner: self.partner.clone(),
            carrier: shipment.map(|shipment| shipment.carrier.clone()),
            tracking: shipment.map(|shipment| shipment.tracking.clone()),
        }
    }
}

/// True if an order may change from one state to another.
pub fn may_become(from: RewardState, to: RewardState) -> bool {
    use RewardState::{Delivered, Lost, Ordered, Returned, Shipped};
    matches!((from, to), (Ordered, Shipped) | (Shipped, Delivered | Returned | Lost))
}
