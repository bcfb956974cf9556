//! Domain events: changes that others want to know of. They come from the table's stream alone, so each change has its
//! event and each event its change. The crates `outbound/events` and `outbound/webhooks` send them. No event holds a
//! reward URL, a device's address, a key or an attribute.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

use crate::Error;
use crate::id::{AppId, CampaignId, DomainEventId, RewardGroupId};

/// Every type of event. A webhook subscribes to some of them, or to all.
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
    "competition.frozen",
    "competition.counted",
    "competition.needs_decision",
    "competition.approved",
    "competition.settled",
    "competition.disqualified",
    "competition.bracket_started",
    "competition.bracket_finished",
    "stock.low",
    "budget.low",
    TEST,
];

/// The type of the event that tries out a webhook.
pub const TEST: &str = "webhook.test";

/// A domain event. Its `Debug` hides the data: the id of a reward opens its link.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct DomainEvent {
    /// Stays the same when the same change is published again.
    pub id: DomainEventId,
    /// One of [`TYPES`].
    #[serde(rename = "type")]
    pub event_type: String,
    /// The app.
    pub app_id: AppId,
    /// The time of the change.
    pub occurred_at: Timestamp,
    /// Ids, states and reasons.
    pub data: Map<String, Value>,
}

/// A level that raises an event when it is crossed, and again only after it was left.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Threshold {
    /// The campaign has started.
    CampaignLive(CampaignId),
    /// The campaign has ended.
    CampaignFinished(CampaignId),
    /// Fewer URLs are in stock than the reward group's threshold.
    StockLow(RewardGroupId),
    /// Less than a tenth of the campaign's budget is left.
    BudgetLow(CampaignId),
}

impl Threshold {
    /// Returns the type of its event.
    pub fn name(&self) -> &'static str {
        match self {
            Self::CampaignLive(_) => "campaign.live",
            Self::CampaignFinished(_) => "campaign.finished",
            Self::StockLow(_) => "stock.low",
            Self::BudgetLow(_) => "budget.low",
        }
    }

    /// Returns the id of the campaign or reward group.
    pub fn of(&self) -> &str {
        match self {
            Self::StockLow(group) => group.as_str(),
            Self::CampaignLive(campaign) | Self::CampaignFinished(campaign) | Self::BudgetLow(campaign) => {
                campaign.as_str()
            }
        }
    }

    /// Parses the output of [`Threshold::name`] and [`Threshold::of`].
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
    /// Makes an event. Its id sorts by time. `change` must be unique among the events of this type, app and instant.
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

    /// Returns the body of webhook calls, in the form of Standard Webhooks.
    pub fn payload(&self) -> String {
        json!({ "type": self.event_type, "timestamp": self.occurred_at, "data": self.data }).to_string()
    }
}
