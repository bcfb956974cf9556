//! The routes of a board's settlement: how it stands (`settlement_view` has the answer), approving it, and asking for
//! it to begin now.

use domain::Error;
use domain::campaign::Phase;
use domain::competition::{Bounds, Competition, Window, WindowId};
use domain::id::{AppId, CampaignId};
use edge::http::{self, Request, Response};
use invocation::Invocation;
use jiff::Timestamp;
use outbound_queue::Queue;
use rewarding::Environment;
use store::boards::{self, Board, BoardId, BoardState};
use store::brackets::{self, BracketId};
use store::{Store, catalogs};

use crate::board_work::enqueue;
use crate::ended_windows::freeze;
use crate::settle::{Settlement, recount_if_outdated};
use crate::settlement_view::{self, word};

pub(crate) async fn answer(
    environment: &Environment,
    queue: &Queue,
    request: &Request,
    invocation: &Invocation,
) -> Result<Response, Error> {
    let app: AppId = request.path_id("app", "app")?;
    request.require_admin_of(&app)?;
    let campaign_id: CampaignId = request.path_id("campaign", "campaign")?;
    let catalog = catalogs::current(&environment.store, &app).await?;
    let campaign = catalog.campaign(&campaign_id)?;
    let competition = campaign.competition.as_ref().ok_or_else(|| no_competition(&campaign_id))?;
    let settlement = |window: Bounds| {
        let id = BoardId { app: &app, campaign: &campaign_id, window: window.window };
        Settlement { id, catalog: &catalog, campaign, competition, window }
    };
    let find = |named: Option<WindowId>| window(competition, campaign, named);
    match request.route() {
        "GET /v1/apps/{app}/campaigns/{campaign}/settlement" => {
            let named = request.query("window").map(|text| WindowId::parse(text).ok_or_else(invalid_window));
            let window = match named.transpose()? {
                // The window of now, or the last one.
                None => {
                    competition.window_at(campaign, invocation.now.clamp(campaign.starts_at, last(campaign.ends_at)))
                }
                named => find(named)?,
            };
            settlement_view::page(&environment.store, request, &settlement(window)).await
        }
        "POST /v1/apps/{app}/campaigns/{campaign}/settlement/approve" => {
            let approval = request.json(|fields| {
                let window = fields.optional::<String>("window");
                let version = fields.required::<edge::fields::Whole<0, { i64::MAX }>>("version");
                let decide = fields.optional::<String>("decide");
                if decide.as_ref().is_some_and(|decide| decide != "earliest") {
                    fields.refuse("decide", "invalid_decision", "must be earliest");
                }
                Some((window, Approval { version: version?.unsigned(), by_time: decide.is_some() }))
            });
            let (window, approval) = approval?;
            let settlement = settlement(find(parsed(window)?)?);
            approve(environment, queue, request, &settlement, approval, invocation).await
        }
        "POST /v1/apps/{app}/campaigns/{campaign}/settlement/settle" => {
            let window = request.json_or_nothing(|fields| Some(fields.optional::<String>("window")))?;
            settle(environment, queue, &settlement(find(parsed(window)?)?), invocation).await
        }
        route => Err(Error::not_found("route", route)),
    }
}

pub(crate) fn no_competition(campaign: &CampaignId) -> Error {
    Error::not_found("competition", campaign)
}

/// The last instant before an end.
fn last(end: Timestamp) -> Timestamp {
    end.checked_sub(jiff::SignedDuration::from_millis(1)).unwrap_or(end)
}

fn invalid_window() -> Error {
    let detail = "must be `campaign`, or the first day of a window, like 2026-11-30";
    Error::invalid("/window", "invalid_parameter", detail)
}

fn parsed(window: Option<String>) -> Result<Option<WindowId>, Error> {
    window.map(|text| WindowId::parse(&text).ok_or_else(invalid_window)).transpose()
}

/// Finds a window. A competition without windows has one, which needs no name.
fn window(
    competition: &Competition,
    campaign: &domain::campaign::Campaign,
    named: Option<WindowId>,
) -> Result<Bounds, Error> {
    let named = match named {
        None if competition.window == Window::Campaign => WindowId::Campaign,
        None => return Err(Error::invalid("/window", "required", "must name a window: the board's first day")),
        Some(named) => named,
    };
    competition.window(campaign, named).ok_or_else(|| Error::not_found("window", named))
}

fn not_ended(window: Bounds) -> Error {
    let Bounds { ends_at, freezes_at, .. } = window;
    let detail =
        format!("the window ends at {ends_at}, and its board is frozen at {freezes_at}; nothing settles before");
    Error::Conflict { code: "not_ended", detail }
}

fn conflict(code: &'static str, detail: impl Into<String>) -> Error {
    Error::Conflict { code, detail: detail.into() }
}

/// The version that an admin has seen, and the decision about ties.
#[derive(Clone, Copy)]
struct Approval {
    version: u64,
    by_time: bool,
}

/// Lets a counted board pay its prizes. Binds the version of the board: what was not seen is not approved.
async fn approve(
    environment: &Environment,
    queue: &Queue,
    request: &Request,
    settlement: &Settlement<'_>,
    approval: Approval,
    invocation: &Invocation,
) -> Result<Response, Error> {
    let (store, id, now) = (&environment.store, settlement.id, invocation.now);
    let Some(board) = boards::get(store, id).await? else {
        let soon = "the window has ended, and its board is about to be frozen; look again in a minute";
        let error = if now < settlement.window.freezes_at {
            not_ended(settlement.window)
        } else {
            conflict("state_conflict", soon)
        };
        return Err(error);
    };
    if board.approved == Some(approval.version) {
        return Ok(http::json(200, &settlement_view::summary(store, settlement, Some(&board)).await?));
    }
    if board.revision != approval.version || !board.is_open() {
        return Err(other_version(store, id).await?);
    }
    if board.board_state == BoardState::Frozen {
        return Err(conflict("state_conflict", "the board is being counted; look again in a minute"));
    }
    if recount_if_outdated(store, id, &board, now).await?.is_some() {
        enqueue(queue, id).await?;
        return Err(other_version(store, id).await?);
    }
    if brackets::gives_prizes(store, BracketId { app: id.app, campaign: id.campaign }).await? {
        return Err(conflict(
            "state_conflict",
            "the campaign has a bracket, which gives the prizes when it is finished",
        ));
    }
    let needs_decision = board.board_state == BoardState::NeedsDecision;
    if needs_decision && !approval.by_time {
        return Err(conflict("needs_decision", ties(settlement, &board)));
    }
    let next = Board {
        board_state: BoardState::Approved,
        approved_at: Some(now),
        approved_by: Some(request.caller()?.key_id.clone()),
        approved_by_person: request.caller()?.person.clone(),
        approved: Some(board.revision),
        by_time: needs_decision,
        ..board.clone()
    };
    let Some(board) = boards::approve(store, id, &board, next, now).await? else {
        return Err(other_version(store, id).await?);
    };
    tracing::info!(app.id = %id.app, campaign.id = %id.campaign, board.window = %id.window, "board approved");
    enqueue(queue, id).await?;
    Ok(http::json(200, &settlement_view::summary(store, settlement, Some(&board)).await?))
}

async fn other_version(store: &Store, id: BoardId<'_>) -> Result<Error, Error> {
    let current = boards::get(store, id).await?.map_or(0, |board| board.revision);
    Ok(Error::VersionConflict { kind: "the board", current })
}

fn ties(settlement: &Settlement<'_>, board: &Board) -> String {
    let of = settlement.competition.overfull(&board.winners);
    let each = of.iter().map(|of| format!("prize {} has {} winners and allows {}", of.prize, of.winners, of.at_most));
    let each: Vec<String> = each.collect();
    format!("{}; with decide: earliest the first to reach the score win", each.join(", "))
}

/// Asks for a board to be frozen and settled now, without waiting for the schedule.
async fn settle(
    environment: &Environment,
    queue: &Queue,
    settlement: &Settlement<'_>,
    invocation: &Invocation,
) -> Result<Response, Error> {
    let (store, id, now) = (&environment.store, settlement.id, invocation.now);
    if now < settlement.window.freezes_at {
        return Err(not_ended(settlement.window));
    }
    let phase = settlement.campaign.phase(now);
    if !matches!(phase, Phase::Live | Phase::Finished) {
        return Err(conflict(
            "state_conflict",
            format!("the campaign is {}; it settles once it is approved", word(&phase)),
        ));
    }
    freeze(environment, queue, id, invocation).await?;
    let board = boards::get(store, id).await?;
    Ok(http::json(202, &settlement_view::summary(store, settlement, board.as_ref()).await?))
}
