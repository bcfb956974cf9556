//! The routes of decisions about a user in a competition: disqualified with a reason, or hidden. The decision is
//! written first and then brought to the user's scores, so a score that is written meanwhile finds it.

use domain::Error;
use domain::campaign::Campaign;
use domain::competition::Competition;
use domain::id::{AppId, CampaignId, UserId};
use domain::identity::Caller;
use edge::fields::Text;
use edge::http::{self, Request, Response};
use invocation::Invocation;
use jiff::Timestamp;
use outbound_queue::Queue;
use rewarding::Environment;
use serde::Serialize;
use store::boards::{self, BoardId};
use store::competitors::{self, Competitor, Disqualified};
use store::{Store, catalogs, scores};

use crate::board_work::enqueue;
use crate::settle::recount_if_outdated;
use crate::settlement_api::no_competition;

/// Rounds of a decision that meets the steps of a count.
const ROUNDS: u32 = 10;

/// A decision as the API shows it.
#[derive(Serialize)]
struct CompetitorView {
    user_id: UserId,
    disqualified: Option<Disqualified>,
    hidden: bool,
    decided_at: Timestamp,
    /// Advice on what the decision does not change by itself.
    advice: Option<String>,
}

impl CompetitorView {
    fn new(user_id: UserId, decision: Competitor, advice: Option<String>) -> Self {
        let Competitor { disqualified, hidden, decided_at, .. } = decision;
        Self { user_id, disqualified, hidden, decided_at, advice }
    }
}

pub(crate) async fn answer(
    environment: &Environment,
    queue: &Queue,
    request: &Request,
    invocation: &Invocation,
) -> Result<Response, Error> {
    let app: AppId = request.path_id("app", "app")?;
    request.require_admin_of(&app)?;
    let campaign_id: CampaignId = request.path_id("campaign", "campaign")?;
    let store = &environment.store;
    let catalog = catalogs::current(store, &app).await?;
    let campaign = catalog.campaign(&campaign_id)?;
    let competition = campaign.competition.as_ref().ok_or_else(|| no_competition(&campaign_id))?;
    match request.route().split(' ').next() {
        Some("GET") => {
            let user: UserId = request.path_id("user", "competitor")?;
            let decision = competitors::get(store, &app, &campaign_id, &user).await?;
            let decision = decision.ok_or_else(|| Error::not_found("decision about", &user))?;
            Ok(http::json(200, &CompetitorView::new(user, decision, None)))
        }
        Some("PUT") => {
            let user: UserId = request.new_path_id("user")?;
            let (disqualified, hidden) = request.json(|fields| {
                let disqualified = fields.optional_object("disqualified", |fields| {
                    fields.required::<Text<500>>("reason").map(|reason| Disqualified { reason: reason.0 })
                });
                Some((disqualified, fields.optional::<bool>("hidden").unwrap_or(false)))
            })?;
            let Caller { key_id, person, .. } = request.caller()?.clone();
            let decision = Competitor { disqualified, hidden, decided_at: invocation.now, key_id, person_id: person };
            refuse_too_many(store, campaign, &user).await?;
            competitors::put(store, &app, &campaign_id, &user, &decision).await?;
            let is_out = decision.disqualified.is_some();
            let advice = carry_out(store, queue, campaign, competition, (&user, is_out), invocation).await?;
            Ok(http::json(200, &CompetitorView::new(user, decision, advice)))
        }
        Some("DELETE") => {
            let user: UserId = request.path_id("user", "competitor")?;
            competitors::delete(store, &app, &campaign_id, &user).await?;
            carry_out(store, queue, campaign, competition, (&user, false), invocation).await?;
            Ok(http::empty(204))
        }
        _ => Err(Error::not_found("route", request.route())),
    }
}

/// Boards read all decisions of a campaign at once, so there is a most.
async fn refuse_too_many(store: &Store, campaign: &Campaign, user: &UserId) -> Result<(), Error> {
    let known = competitors::list(store, &campaign.app_id, &campaign.campaign_id).await?;
    if known.len() < competitors::MOST || known.iter().any(|(of, _)| of == user) {
        return Ok(());
    }
    let detail = format!("the campaign has {} decisions, the most; delete one", competitors::MOST);
    Err(Error::Conflict { code: "too_many_competitors", detail })
}

/// Brings a decision to the user's scores, and counts boards anew that are not approved yet. Returns what it does not
/// change.
async fn carry_out(
    store: &Store,
    queue: &Queue,
    campaign: &Campaign,
    competition: &Competition,
    (user, is_out): (&UserId, bool),
    invocation: &Invocation,
) -> Result<Option<String>, Error> {
    let Campaign { app_id: app, campaign_id, .. } = campaign;
    let mut windows = Vec::new();
    for score in scores::of_user(store, app, user, Some(campaign_id)).await? {
        windows.push(score.window);
        if is_out {
            scores::disqualify(store, &score.key).await?;
        } else if score.stored.disqualified {
            scores::requalify(store, app, campaign_id, competition, &score, user).await?;
        }
    }
    let mut approved = Vec::new();
    for (window, _) in boards::list(store, app, campaign_id).await? {
        let id = BoardId { app, campaign: campaign_id, window };
        if count_anew(store, queue, id, invocation).await? == Places::Approved && windows.contains(&window) {
            approved.push(window.to_string());
        }
    }
    let advice = (is_out && !approved.is_empty()).then(|| {
        let windows = approved.join(", ");
        format!("the prizes of {windows} are approved and stay as they are; to take one back, void its reward")
    });
    Ok(advice)
}

/// True if the places of a board may still change.
#[derive(PartialEq)]
enum Places {
    Open,
    Approved,
}

/// Begins a new count of a board that leaves out others than are disqualified now, unless it is approved. The write is
/// on the board's revision: of an approval and a disqualification, the later one finds the other.
async fn count_anew(store: &Store, queue: &Queue, id: BoardId<'_>, invocation: &Invocation) -> Result<Places, Error> {
    for round in 1..=ROUNDS {
        let Some(board) = boards::get(store, id).await? else { return Ok(Places::Open) };
        if !board.is_open() {
            return Ok(Places::Approved);
        }
        match recount_if_outdated(store, id, &board, invocation.now).await? {
            None => return Ok(Places::Open),
            Some(Some(_)) => return enqueue(queue, id).await.map(|()| Places::Open),
            // A step of the count came in between.
            Some(None) => store.back_off(round).await,
        }
    }
    Err(Error::Unavailable("decide about competitor: the board is being counted".into()))
}
