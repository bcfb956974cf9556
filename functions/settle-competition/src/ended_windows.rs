//! By schedule: freezes the boards of windows whose grace is over, and queues again boards whose settlement got stuck,
//! because a message was lost or an environment died.

use domain::Error;
use domain::campaign::{Campaign, Phase};
use domain::competition::{Bounds, Competition, Settle};
use domain::id::AppId;
use domain::instant::Sum as _;
use invocation::Invocation;
use jiff::SignedDuration;
use outbound_queue::Queue;
use rewarding::Environment;
use store::boards::{self, Board, BoardId, BoardState};
use store::brackets::{self, BracketId};
use store::catalogs;
use triggers::every_app::every_app;

use crate::board_work::enqueue;

/// Time after a campaign's end in which the schedule looks at its boards.
const LOOKED_AT: SignedDuration = SignedDuration::from_hours(60 * 24);

/// Time without progress after which a settlement counts as stuck: longer than an invocation takes for a step.
const STUCK: SignedDuration = SignedDuration::from_mins(3);

/// Looks at every app. A failure in one app does not stop the others.
pub(crate) async fn look(environment: &Environment, queue: &Queue, invocation: &Invocation) -> Result<(), Error> {
    let look = |app: AppId| async move {
        let catalog = catalogs::current(&environment.store, &app).await?;
        let mut looked = Ok(());
        for campaign in &catalog.campaigns {
            if let Some(competition) = &campaign.competition {
                let look = look_at(environment, queue, campaign, competition, invocation);
                // A failure in one campaign does not stop the app's others.
                looked = looked.and(invocation.in_time(look).await);
            }
        }
        looked.map(|()| 0)
    };
    every_app(&environment.store, invocation, "ended", look).await.map(drop)
}

async fn look_at(
    environment: &Environment,
    queue: &Queue,
    campaign: &Campaign,
    competition: &Competition,
    invocation: &Invocation,
) -> Result<(), Error> {
    let now = invocation.now;
    // A suspended campaign waits.
    let runs = matches!(campaign.phase(now), Phase::Live | Phase::Finished);
    if !runs || campaign.ends_at.plus(LOOKED_AT) < now {
        return Ok(());
    }
    let ended = competition.windows(campaign).take_while(|window| window.freezes_at <= now);
    let ended: Vec<Bounds> = ended.collect();
    if ended.is_empty() {
        return Ok(());
    }
    let boards = boards::list(&environment.store, &campaign.app_id, &campaign.campaign_id).await?;
    for window in ended {
        let id = BoardId { app: &campaign.app_id, campaign: &campaign.campaign_id, window: window.window };
        match boards.iter().find(|(of, _)| *of == window.window) {
            None => freeze(environment, queue, id, invocation).await?,
            Some((_, board)) if is_stuck(competition, board, invocation) => {
                if board.board_state == BoardState::Counted && has_bracket(environment, campaign).await? {
                    continue;
                }
                tracing::warn!(
                    app.id = %id.app, campaign.id = %id.campaign, board.window = %id.window,
                    board.state = ?board.board_state, "the settlement of a board got stuck and goes on"
                );
                enqueue(queue, id).await?;
            }
            Some(_) => {}
        }
    }
    Ok(())
}

/// True if a bracket gives the prizes: then counted boards stay as they are.
async fn has_bracket(environment: &Environment, campaign: &Campaign) -> Result<bool, Error> {
    let id = BracketId { app: &campaign.app_id, campaign: &campaign.campaign_id };
    brackets::gives_prizes(&environment.store, id).await
}

/// Freezes a board and asks for its settlement. If the process dies in between, the board counts as stuck.
pub(crate) async fn freeze(
    environment: &Environment,
    queue: &Queue,
    id: BoardId<'_>,
    invocation: &Invocation,
) -> Result<(), Error> {
    if boards::freeze(&environment.store, id, invocation.now).await? {
        tracing::info!(app.id = %id.app, campaign.id = %id.campaign, board.window = %id.window, "board frozen");
    }
    enqueue(queue, id).await
}

/// True if a board could go on by itself, and has not for a while. Boards that wait for an admin are not stuck.
fn is_stuck(competition: &Competition, board: &Board, invocation: &Invocation) -> bool {
    let goes_on = match board.board_state {
        BoardState::Frozen | BoardState::Approved => true,
        BoardState::Counted => competition.settle == Settle::Automatic,
        BoardState::Settled => board.notified_at.is_none(),
        BoardState::NeedsDecision => false,
    };
    let touched = board.touched_at.unwrap_or(board.frozen_at);
    goes_on && invocation.now.duration_since(touched) >= STUCK
}
