//! Domain events: what happened that is worth telling others, derived from the table's stream and from nothing else. So
//! nothing is told that did not happen, and nothing that happened is left out. Where events go is `event_bus` and
//! `delivery`. No event holds a reward URL, a device's address, a key or an attribute.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

use crate::Error;
use crate::id::{AppId, CampaignId, DomainEventId, RewardGroupId};

/// Every type of event. A webhook asks for these, or for all.
pub const TYPES: &[&str] = &[
    "moment.completed",
    "reward.awarded",
    "reward.waiting",
    "reward.in_review",
    "reward.redeemed",
    "reward.ordered",
    "order.claimed",
    "reward.shipped",
    "reward.delivered",
    "reward.returned",
    "reward.lost",
    "reward.expired",
    "reward.voided",
    "campaign.submitted",
    "campaign.approved",
    "campaign.rejected",
    "campaign.suspended",
    "campaign.resumed",
    "campaign.amended",
    "campaign.live",
    "campaign.finished",
    "stock.low",
    "budget.low",
    TEST,
];

/// What a webhook is sent to try it out.
pub const TEST: &str = "webhook.test";

/// Something that happened. Its `Debug` leaves the data out: an id of a reward opens its link.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct DomainEvent {
    /// The same whenever the same change is told again.
    pub id: DomainEventId,
    /// One of [`TYPES`].
    #[serde(rename = "type")]
    pub event_type: String,
    /// Whose.
    pub app_id: AppId,
    /// When.
    pub occurred_at: Timestamp,
    /// What there is to know: ids, states and reasons.
    pub data: Map<String, Value>,
}

/// A level that is told when it is crossed, and again only after it was left.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Threshold {
    /// The campaign's time has come.
    CampaignLive(CampaignId),
    /// The campaign's time is over.
    CampaignFinished(CampaignId),
    /// Fewer URLs are in stock than the reward group's threshold.
    StockLow(RewardGroupId),
    /// Less than a tenth of the campaign's budget is left.
    BudgetLow(CampaignId),
}

impl Threshold {
    /// The type of its event.
    pub fn name(&self) -> &'static str {
        match self {
            Self::CampaignLive(_) => "campaign.live",
            Self::CampaignFinished(_) => "campaign.finished",
            Self::StockLow(_) => "stock.low",
            Self::BudgetLow(_) => "budget.low",
        }
    }

    /// The id of the campaign or reward group.
    pub fn of(&self) -> &str {
        match self {
            Self::StockLow(group) => group.as_str(),
            Self::CampaignLive(campaign) | Self::CampaignFinished(campaign) | Self::BudgetLow(campaign) => {
                campaign.as_str()
            }
        }
    }

    /// Reads back what [`Threshold::name`] and [`Threshold::of`] write.
    pub fn parse(name: &str, of: &str) -> Option<Self> {
        Some(match name {
            "campaign.live" => Self::CampaignLive(of.try_into().ok()?),
            "campaign.finished" => Self::CampaignFinished(of.try_into().ok()?),
            "stock.low" => Self::StockLow(of.try_into().ok()?),
            "budget.low" => Self::BudgetLow(of.try_into().ok()?),
            _ => return None,
        })
    }
}

impl fmt::Debug for DomainEvent {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "[{} {} of {}]", self.event_type, self.id, self.app_id)
    }
}

impl DomainEvent {
    /// An event whose id is a hash of what changed, behind the time, so that ids sort by it. `change` tells the change
    /// from every other of that type in that app at that instant.
    pub fn new(
        app_id: &AppId,
        event_type: impl Into<String>,
        occurred_at: Timestamp,
        change: &str,
        data: Value,
    ) -> Result<Self, Error> {
        let event_type = event_type.into();
        let digest = Sha256::digest(format!("{app_id}\n{event_type}\n{change}").as_bytes());
        let id = format!("evt_{:012x}{}", occurred_at.as_millisecond().max(0), URL_SAFE_NO_PAD.encode(&digest[..15]));
        let id = DomainEventId::try_from(id).map_err(|error| Error::Internal(format!("a domain event: {error}")))?;
        let Value::Object(mut data) = data else { return Err(Error::Internal("a domain event without data".into())) };
        data.insert("app_id".to_owned(), json!(app_id));
        Ok(Self { id, event_type, app_id: app_id.clone(), occurred_at, data })
    }

    /// The body that webhooks are sent, in the form of Standard Webhooks.
    pub fn payload(&self) -> String {
        json!({ "type": self.event_type, "timestamp": self.occurred_at, "data": self.data }).to_string()
    }
}
