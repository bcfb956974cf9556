//! The messages of the queue: a board with the work to do on it.

use domain::Error;
use domain::competition::WindowId;
use domain::id::{AppId, CampaignId};
use outbound_queue::{Message, Queue};
use serde::{Deserialize, Serialize};
use store::boards::BoardId;

/// The work to do on a board.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Work {
    /// Settle the frozen board, as far as it can go on.
    Settle,
    /// Count the ranks of the running board anew.
    Recount,
}

/// A message of the queue.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct BoardWork {
    pub(crate) work: Work,
    pub(crate) app: AppId,
    pub(crate) campaign: CampaignId,
    pub(crate) window: WindowId,
}

impl BoardWork {
    /// Reads a message. Fails on any other text.
    pub(crate) fn read(body: &str) -> Result<Self, Error> {
        serde_json::from_str(body).map_err(|error| {
            Error::Internal(format!("a message of the queue cannot be read: column {}", error.column()))
        })
    }

    /// The board.
    pub(crate) fn board(&self) -> BoardId<'_> {
        BoardId { app: &self.app, campaign: &self.campaign, window: self.window }
    }
}

/// Asks for the settlement of a board to begin or to go on.
pub(crate) async fn enqueue(queue: &Queue, id: BoardId<'_>) -> Result<(), Error> {
    let BoardId { app, campaign, window } = id;
    let work = BoardWork { work: Work::Settle, app: app.clone(), campaign: campaign.clone(), window };
    let body = serde_json::to_string(&work).map_err(|error| Error::Internal(format!("cannot queue: {error}")))?;
    queue.send(&[Message { body, group: None, deduplication: None, delay_seconds: 0 }]).await
}
