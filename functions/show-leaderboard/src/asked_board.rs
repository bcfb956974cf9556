//! The board that a request asks about: its campaign, its window, and how far it is.

use std::sync::Arc;

use domain::Error;
use domain::campaign::catalog::Catalog;
use domain::campaign::{Campaign, Moment, Phase};
use domain::competition::{Bounds, Competition, WindowId};
use domain::id::{CampaignId, UserId};
use domain::secret::LinkKey;
use domain::user_token::UserRight;
use jiff::Timestamp;
use serde::Serialize;
use store::boards::{self, Board, BoardId, BoardState};
use store::schema::{Key, ScorePlace};

use crate::RequestContext;

/// The state of a board.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub(crate) enum State {
    /// Scores count.
    Open(Open),
    /// No score counts any more.
    Stopped(BoardState),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Open {
    Open,
}

/// A board with what ranks it.
pub(crate) struct AskedBoard {
    catalog: Arc<Catalog>,
    campaign: usize,
    pub(crate) window: Bounds,
}

impl AskedBoard {
    /// The board of a campaign: of the window that is asked for, or else of the current one.
    pub(crate) async fn of(
        context: &RequestContext<'_>,
        campaign_id: &CampaignId,
        window: Option<&str>,
    ) -> Result<Self, Error> {
        let now = context.invocation.now;
        let table = &context.environment.table;
        let catalog = table.catalogs.of(&table.store, context.app, now).await?;
        let unknown = || Error::not_found("competition", campaign_id);
        let at = catalog.campaigns.iter().position(|campaign| campaign.campaign_id == *campaign_id);
        let campaign = at.ok_or_else(unknown)?;
        let found = &catalog.campaigns[campaign];
        let competition = found.competition.as_ref().filter(|_| is_shown(found, now)).ok_or_else(unknown)?;
        let window = match window {
            None => competition.window_at(found, now.clamp(found.starts_at, last_instant(found))),
            Some(text) => {
                WindowId::parse(text).and_then(|window| competition.window(found, window)).ok_or_else(|| {
                    let latest = competition.window_at(found, now.clamp(found.starts_at, last_instant(found)));
                    let detail = format!("is no window of this competition; the latest one is {}", latest.window);
                    Error::invalid("/window", "invalid_parameter", detail)
                })?
            }
        };
        Ok(Self { catalog, campaign, window })
    }

    pub(crate) fn campaign(&self) -> &Campaign {
        &self.catalog.campaigns[self.campaign]
    }

    /// True if the app lets its users see the ids of the others.
    pub(crate) fn shows_players(&self) -> bool {
        self.catalog.app.users_may.contains(&UserRight::SeePlayers)
    }

    /// The key that hides users in cursors. Every approved competition has one.
    pub(crate) fn link_key(&self) -> Option<&LinkKey> {
        self.campaign().link_key.as_ref()
    }

    pub(crate) fn moment(&self) -> Option<&Moment> {
        self.campaign().moments.first()
    }

    /// Returns how the board ranks. Never fails, because [`AskedBoard::of`] has looked.
    pub(crate) fn competition(&self) -> Result<&Competition, Error> {
        let of = self.campaign().competition.as_ref();
        of.ok_or_else(|| Error::Internal("a board without a competition".into()))
    }

    pub(crate) fn id(&self) -> BoardId<'_> {
        let Campaign { app_id: app, campaign_id: campaign, .. } = self.campaign();
        BoardId { app, campaign, window: self.window.window }
    }

    /// The key of a user's score on this board.
    pub(crate) fn score_key(&self, user: &UserId) -> Option<Key> {
        let Campaign { app_id, campaign_id, .. } = self.campaign();
        let moment = self.moment()?.moment_id.clone();
        Some(Key::Score(app_id.clone(), user.clone(), campaign_id.clone(), moment, self.window.window))
    }

    /// The place of a score of this user.
    pub(crate) fn place(&self, user: &UserId, score: u64, reached_at: Timestamp) -> Result<String, Error> {
        let id = self.id();
        Ok(ScorePlace::new(self.competition()?.score, score, reached_at).text(id.app, id.campaign, id.window, user))
    }

    pub(crate) async fn stored(&self, context: &RequestContext<'_>) -> Result<Option<Board>, Error> {
        if context.invocation.now < self.window.freezes_at {
            return Ok(None);
        }
        boards::get(&context.environment.table.store, self.id()).await
    }
}

/// Returns the state of a board, by its item.
pub(crate) fn state(board: Option<&Board>) -> State {
    board.map_or(State::Open(Open::Open), |board| State::Stopped(board.board_state))
}

fn last_instant(campaign: &Campaign) -> Timestamp {
    let last = Timestamp::from_millisecond(campaign.ends_at.as_millisecond() - 1);
    last.unwrap_or(campaign.starts_at).max(campaign.starts_at)
}

fn is_shown(campaign: &Campaign, now: Timestamp) -> bool {
    matches!(campaign.phase(now), Phase::Approved | Phase::Live | Phase::Suspended | Phase::Finished)
}
