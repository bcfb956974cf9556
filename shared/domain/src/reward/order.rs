//! The order of a physical reward: who ships it, by which carrier, and how far it is. Where it is shipped to stands
//! apart, in `shipping`, and goes away; how a reward comes to its states is `store::reward_changes`.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::id::{PartnerId, RewardGroupId, RewardId};
use crate::reward::RewardState;

/// How long after the end of an order its address is removed: until then somebody may still have to find out where a
/// parcel has got to.
pub const ADDRESS_KEPT: SignedDuration = SignedDuration::from_hours(30 * 24);

/// How long an address is kept at most, whatever becomes of its order: also of one that nobody ever ends.
pub const ADDRESS_KEPT_AT_MOST: SignedDuration = SignedDuration::from_hours(180 * 24);

/// How long a user has to say where a physical reward is to be shipped before being reminded, once.
pub const ADDRESS_REMINDER: SignedDuration = SignedDuration::from_hours(3 * 24);

/// The states of an order, in their order.
pub const ORDER_STATES: [RewardState; 6] = [
    RewardState::Ordered,
    RewardState::Shipped,
    RewardState::Delivered,
    RewardState::Returned,
    RewardState::Lost,
    RewardState::Voided,
];

/// What carries an order.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shipment {
    /// Who carries it.
    pub carrier: String,
    /// Its number there.
    pub tracking: String,
    /// Where it can be followed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tracking_url: Option<String>,
}

impl std::fmt::Debug for Shipment {
    /// Whoever has the number can look up where the parcel goes.
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "[shipment by {}]", self.carrier)
    }
}

/// An order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Order {
    /// Of which reward.
    pub reward_id: RewardId,
    /// Out of which group.
    pub reward_group_id: RewardGroupId,
    /// Where it stands: one of [`ORDER_STATES`].
    pub state: RewardState,
    /// Who ships it, once somebody has claimed it.
    pub partner: Option<PartnerId>,
    /// What carries it, once it is shipped.
    pub shipment: Option<Shipment>,
    /// When the user said where to.
    pub ordered_at: Timestamp,
    /// When it was claimed.
    pub claimed_at: Option<Timestamp>,
    /// When it came to the state that it is in.
    pub changed_at: Timestamp,
}

/// What an order has to say of one change of its reward. Told with the change, and never where to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderFacts {
    /// Who ships it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub partner: Option<PartnerId>,
    /// Who carries it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub carrier: Option<String>,
    /// Its number there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tracking: Option<String>,
}

impl Order {
    /// What there is to tell of it.
    pub fn facts(&self) -> OrderFacts {
        let shipment = self.shipment.as_ref();
        OrderFacts {
            partner: self.partner.clone(),
            carrier: shipment.map(|shipment| shipment.carrier.clone()),
            tracking: shipment.map(|shipment| shipment.tracking.clone()),
        }
    }
}

/// Whether an order may go from one state to another.
pub fn may_become(from: RewardState, to: RewardState) -> bool {
    use RewardState::{Delivered, Lost, Ordered, Returned, Shipped};
    matches!((from, to), (Ordered, Shipped) | (Shipped, Delivered | Returned | Lost))
}
