//! The delivery of an event to a webhook: where it stands, and its latest attempts.

use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::id::{AppId, DomainEventId, WebhookId};

/// Where a delivery stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeliveryState {
    /// Another attempt is to be made.
    Pending,
    /// The endpoint took it.
    Delivered,
    /// It was given up.
    Failed,
}

/// One attempt.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attempt {
    /// When.
    pub at: Timestamp,
    /// What the endpoint answered.
    pub status: Option<u16>,
    /// Why it did not count, if it did not.
    pub error: Option<String>,
    /// How long it took, in milliseconds.
    pub took_ms: u64,
}

/// An event on its way to a webhook. Its `Debug` leaves the payload out.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delivery {
    /// Whose.
    pub app_id: AppId,
    /// To where.
    pub webhook_id: WebhookId,
    /// Of what; the webhook is told it as `webhook-id`.
    pub event_id: DomainEventId,
    /// The event's type.
    pub event_type: String,
    /// What is sent, to the byte.
    pub payload: String,
    /// Where it stands.
    #[serde(rename = "delivery_state")]
    pub state: DeliveryState,
    /// Attempts that were begun.
    pub attempts: u32,
    /// Of these, those since it was last begun anew: the first time, or by a replay.
    pub round: u32,
    /// When it was last begun anew. (One from before there was such a thing was when it began.)
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub round_began_at: Option<Timestamp>,
    /// When the next one is due.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_attempt_at: Option<Timestamp>,
    /// The latest attempts, the last one last.
    pub log: Vec<Attempt>,
    /// When it began.
    pub created_at: Timestamp,
}

impl fmt::Debug for Delivery {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { app_id, webhook_id, event_id, event_type, state, attempts, .. } = self;
        write!(formatter, "[{event_type} {event_id} to {webhook_id} of {app_id}: {state:?} after {attempts}]")
    }
}
