//! The delivery of an event to a webhook: its state and its latest attempts.

use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::id::{AppId, DomainEventId, WebhookId};

/// A delivery's state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeliveryState {
    /// Another attempt follows.
    Pending,
    /// The endpoint accepted it.
    Delivered,
    /// No attempt follows.
    Failed,
}

/// One call of the endpoint.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attempt {
    /// The time of the call.
    pub at: Timestamp,
    /// The endpoint's status.
    pub status: Option<u16>,
    /// The error, if it failed.
    pub error: Option<String>,
    /// The duration in milliseconds.
    pub took_ms: u64,
}

/// An event on its way to a webhook. Its `Debug` hides the payload.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delivery {
    /// The app.
    pub app_id: AppId,
    /// The webhook.
    pub webhook_id: WebhookId,
    /// The event, sent as `webhook-id`.
    pub event_id: DomainEventId,
    /// The event's type.
    pub event_type: String,
    /// The exact body.
    pub payload: String,
    /// The stored state.
    #[serde(rename = "delivery_state")]
    pub state: DeliveryState,
    /// All attempts so far.
    pub attempts: u32,
    /// Attempts in the latest round: the first one, or a replay.
    pub round: u32,
    /// The start of the latest round. Absent means `created_at`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub round_began_at: Option<Timestamp>,
    /// The time of the next attempt.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_attempt_at: Option<Timestamp>,
    /// The latest attempts, the last one at the end.
    pub log: Vec<Attempt>,
    /// The time of its creation.
    pub created_at: Timestamp,
}

impl fmt::Debug for Delivery {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { app_id, webhook_id, event_id, event_type, state, attempts, .. } = self;
        write!(formatter, "[{event_type} {event_id} to {webhook_id} of {app_id}: {state:?} after {attempts}]")
    }
}
