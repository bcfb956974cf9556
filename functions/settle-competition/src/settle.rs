//! The settlement of one board, from step to step as long as there is time. Each step ends with a write on the board's
//! revision, so of two workers on a board one goes on and the other stops. A new message continues with the rest.

use std::time::Duration;

use domain::Error;
use domain::campaign::catalog::Catalog;
use domain::campaign::{Campaign, Phase};
use domain::competition::{Bounds, Competition, Settle};
use invocation::Invocation;
use jiff::Timestamp;
use outbound_queue::Queue;
use rewarding::Environment;
use store::boards::{self, Board, BoardId, BoardState};
use store::brackets::{self, BracketId};
use store::competitors::{self, Competitor};
use store::{Store, catalogs};
use tokio::time::Instant;

use crate::board_work::enqueue;
use crate::{count, pay, results};

/// Time that must be left to begin a further step. A step that is cut off is done again.
const STEP_TAKES: Duration = Duration::from_secs(25);

/// A board with its campaign.
pub(crate) struct Settlement<'a> {
    pub(crate) id: BoardId<'a>,
    pub(crate) catalog: &'a Catalog,
    pub(crate) campaign: &'a Campaign,
    pub(crate) competition: &'a Competition,
    pub(crate) window: Bounds,
}

impl<'a> Settlement<'a> {
    /// Finds the campaign and the window of a board. Returns `None` if there is no such competition or window.
    pub(crate) fn of(catalog: &'a Catalog, id: BoardId<'a>) -> Option<Self> {
        let campaign = catalog.campaign(id.campaign).ok()?;
        let competition = campaign.competition.as_ref()?;
        let window = competition.window(campaign, id.window)?;
        Some(Self { id, catalog, campaign, competition, window })
    }
}

/// The end of a step.
pub(crate) enum Step {
    /// The board is in its next state, and further steps may follow.
    Done(Box<Board>),
    /// Nothing more is to be done here: another worker or an admin goes on, or the board is settled.
    Stop,
    /// The time is up.
    OutOfTime,
}

impl From<Option<Board>> for Step {
    /// The step after a write of the board.
    fn from(written: Option<Board>) -> Self {
        written.map_or(Self::Stop, |board| Self::Done(Box::new(board)))
    }
}

/// Settles a board as far as it can go on. Another message for the same board may be in work at the same time.
pub(crate) async fn go_on(
    environment: &Environment,
    queue: &Queue,
    id: BoardId<'_>,
    invocation: &Invocation,
) -> Result<(), Error> {
    let store = &environment.store;
    let catalog = catalogs::current(store, id.app).await?;
    let Some(settlement) = Settlement::of(&catalog, id) else { return Ok(()) };
    let Some(mut board) = boards::get(store, id).await? else { return Ok(()) };
    loop {
        match step(environment, &settlement, &board, invocation).await? {
            Step::Done(next) => board = *next,
            Step::Stop => return Ok(()),
            Step::OutOfTime => return enqueue(queue, id).await,
        }
        if !has_time(invocation) {
            return enqueue(queue, id).await;
        }
    }
}

/// True if there is time for a further step.
pub(crate) fn has_time(invocation: &Invocation) -> bool {
    Instant::now() + STEP_TAKES < invocation.deadline
}

async fn step(
    environment: &Environment,
    settlement: &Settlement<'_>,
    board: &Board,
    invocation: &Invocation,
) -> Result<Step, Error> {
    let Settlement { id, campaign, competition, .. } = settlement;
    let (store, now) = (&environment.store, invocation.by_now());
    match board.board_state {
        BoardState::Frozen => count::step(store, settlement, board, invocation).await,
        BoardState::Settled if board.notified_at.is_some() => Ok(Step::Stop),
        BoardState::Approved | BoardState::Settled if campaign.phase(now) == Phase::Suspended => Ok(Step::Stop),
        BoardState::Settled => results::step(store, settlement, board, invocation).await,
        BoardState::Approved => pay::step(environment, settlement, board, invocation).await,
        BoardState::NeedsDecision | BoardState::Counted => {
            if let Some(anew) = recount_if_outdated(store, *id, board, now).await? {
                return Ok(anew.into());
            }
            if board.board_state == BoardState::NeedsDecision || competition.settle == Settle::ByHand {
                return Ok(Step::Stop);
            }
            // The bracket gives the prizes.
            if brackets::gives_prizes(store, BracketId { app: id.app, campaign: id.campaign }).await? {
                return Ok(Step::Stop);
            }
            let next = Board {
                board_state: BoardState::Approved,
                approved_at: Some(now),
                approved: Some(board.revision),
                ..board.clone()
            };
            Ok(boards::approve(store, *id, board, next, now).await?.into())
        }
    }
}

/// Begins a new count if other users are disqualified than the places know of. Returns `None` if they are the same;
/// else the board as it is now stored, `Some(None)` if another call has written it since.
pub(crate) async fn recount_if_outdated(
    store: &Store,
    id: BoardId<'_>,
    board: &Board,
    now: Timestamp,
) -> Result<Option<Option<Board>>, Error> {
    let decisions = competitors::list(store, id.app, id.campaign).await?;
    if is_current(board, &decisions) {
        return Ok(None);
    }
    tracing::info!(app.id = %id.app, campaign.id = %id.campaign, board.window = %id.window, "board is counted anew");
    boards::advance(store, id, board, board.anew(now), now).await.map(Some)
}

/// True if a count leaves out exactly those who are disqualified now.
pub(crate) fn is_current(board: &Board, decisions: &[(domain::id::UserId, Competitor)]) -> bool {
    board.decisions.as_ref() == Some(&competitors::fingerprint(decisions))
}
