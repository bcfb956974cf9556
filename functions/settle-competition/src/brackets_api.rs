//! Brackets: admins set the players, start and finish; apps read it and report results. Which matches a result changes
//! is decided in `domain::competition::bracket`; `bracket_view` shows them.

use domain::Error;
use domain::campaign::{Campaign, Phase};
use domain::competition::Competition;
use domain::competition::bracket::Matches;
use domain::id::{AppId, CampaignId, UserId};
use edge::http::{self, Request, Response};
use invocation::Invocation;
use rewarding::Environment;
use store::brackets::{self, BracketId, BracketState, StoredBracket};
use store::{Store, catalogs};

use crate::bracket_entrants::{check_prizes_are_left, entrants};
use crate::bracket_prizes::Prizes;
use crate::bracket_results;
use crate::bracket_view::BracketView;
use crate::settlement_api::no_competition;

/// Attempts at a change that others overtake.
pub(crate) const ATTEMPTS: u32 = 8;

pub(crate) async fn answer(
    environment: &Environment,
    request: &Request,
    invocation: &Invocation,
) -> Result<Response, Error> {
    let store = &environment.store;
    let campaign: CampaignId = request.path_id("campaign", "campaign")?;
    let of_admin = || -> Result<AppId, Error> {
        let app = request.path_id("app", "app")?;
        request.require_admin_of(&app)?;
        Ok(app)
    };
    match request.route() {
        "PUT /v1/apps/{app}/campaigns/{campaign}/bracket" => {
            let app = of_admin()?;
            put(store, request, BracketId { app: &app, campaign: &campaign }, invocation).await
        }
        "POST /v1/apps/{app}/campaigns/{campaign}/bracket/start" => {
            let app = of_admin()?;
            start(store, BracketId { app: &app, campaign: &campaign }, invocation).await
        }
        "POST /v1/apps/{app}/campaigns/{campaign}/bracket/finish" => {
            let app = of_admin()?;
            finish(environment, request, BracketId { app: &app, campaign: &campaign }, invocation).await
        }
        "GET /v1/campaigns/{campaign}/bracket" => {
            let id = BracketId { app: request.caller()?.app()?, campaign: &campaign };
            shown(store, id, &existing(store, id).await?).await
        }
        "POST /v1/campaigns/{campaign}/bracket/matches/{round}/{number}" => {
            bracket_results::record(store, request, BracketId { app: request.caller()?.app()?, campaign: &campaign })
                .await
        }
        route => Err(Error::not_found("route", route)),
    }
}

/// Returns the bracket. Fails with a 404 that names the campaign.
pub(crate) async fn existing(store: &Store, id: BracketId<'_>) -> Result<StoredBracket, Error> {
    let found = brackets::get(store, id).await?;
    found.ok_or_else(|| Error::not_found("bracket of campaign", id.campaign))
}

/// Returns the campaign. Fails with a 404 that names it, also if it is no competition.
async fn campaign_of(store: &Store, id: BracketId<'_>) -> Result<(Campaign, Competition), Error> {
    let campaign = catalogs::current(store, id.app).await?.campaign(id.campaign)?.clone();
    let competition = campaign.competition.clone().ok_or_else(|| no_competition(id.campaign))?;
    Ok((campaign, competition))
}

pub(crate) fn state_conflict(detail: impl Into<String>) -> Error {
    Error::Conflict { code: "state_conflict", detail: detail.into() }
}

/// Shows a bracket with its matches. Before it starts, they are as they will be drawn.
async fn shown(store: &Store, id: BracketId<'_>, bracket: &StoredBracket) -> Result<Response, Error> {
    let matches: Matches = match bracket.bracket_state {
        BracketState::Draft | BracketState::Starting => bracket.shape().map(|shape| shape.drawn()).unwrap_or_default(),
        BracketState::Started | BracketState::Finished => {
            brackets::matches(store, id).await?.into_iter().map(|(at, stored)| (at, stored.of)).collect()
        }
    };
    Ok(http::versioned(&BracketView::new(id.campaign, bracket, &matches), bracket.version))
}

/// Sets the players of a draft. The same again changes nothing.
async fn put(store: &Store, request: &Request, id: BracketId<'_>, invocation: &Invocation) -> Result<Response, Error> {
    let named = request.json(entrants)?;
    campaign_of(store, id).await?;
    let before = brackets::get(store, id).await?;
    let third_place = named.third_place;
    let users = named.users(store, id).await?;
    let entrants: Vec<Option<UserId>> = users.into_iter().map(Some).collect();
    let is_same = |bracket: &StoredBracket| bracket.entrants == entrants && bracket.third_place == third_place;
    if let Some(same) = before.as_ref().filter(|before| is_same(before)) {
        return shown(store, id, same).await;
    }
    if before.as_ref().is_some_and(|before| before.bracket_state != BracketState::Draft) {
        return Err(state_conflict("the bracket has started, so its players stay; only a draft takes others"));
    }
    check_prizes_are_left(store, id).await?;
    let version = before.as_ref().map(|before| before.version);
    request.expect_version("the bracket", version)?;
    let after = StoredBracket {
        bracket_state: BracketState::Draft,
        entrants: entrants.clone(),
        third_place,
        version: version.unwrap_or(0) + 1,
        made_at: invocation.now,
        started_at: None,
        finished_at: None,
        finished_by: None,
        finished_by_person: None,
        prizes_given_at: None,
    };
    if brackets::put_draft(store, id, &after).await? {
        return shown(store, id, &after).await;
    }
    // An earlier attempt of this very write may have succeeded.
    match brackets::get(store, id).await? {
        Some(found) if is_same(&found) => shown(store, id, &found).await,
        found => {
            let current = found.map_or(0, |found| found.version);
            Err(Error::VersionConflict { kind: "the bracket", current })
        }
    }
}

/// Fixes the players and writes every match. A repetition finishes what a crash left.
async fn start(store: &Store, id: BracketId<'_>, invocation: &Invocation) -> Result<Response, Error> {
    for attempt in 1..=ATTEMPTS {
        let before = existing(store, id).await?;
        let mut after = before.next();
        match before.bracket_state {
            BracketState::Started | BracketState::Finished => return shown(store, id, &before).await,
            BracketState::Draft => {
                check_start(store, id, &before, invocation).await?;
                after.bracket_state = BracketState::Starting;
            }
            BracketState::Starting => {
                // Again, now that no board can be approved any more.
                if let Err(taken) = check_prizes_are_left(store, id).await {
                    after.bracket_state = BracketState::Draft;
                    brackets::replace(store, id, &after).await?;
                    return Err(taken);
                }
                let shape =
                    before.shape().ok_or_else(|| Error::Internal("a bracket started without a shape".into()))?;
                brackets::write_matches(store, id, &shape.drawn()).await?;
                after.bracket_state = BracketState::Started;
                after.started_at = Some(invocation.now);
            }
        }
        if !brackets::replace(store, id, &after).await? {
            store.back_off(attempt).await;
        }
    }
    Err(Error::Unavailable("start bracket: it changes".into()))
}

/// Fails with a 409 if a draft cannot start.
async fn check_start(
    store: &Store,
    id: BracketId<'_>,
    draft: &StoredBracket,
    invocation: &Invocation,
) -> Result<(), Error> {
    let (campaign, competition) = campaign_of(store, id).await?;
    // Before, its prizes may still change.
    if !matches!(campaign.phase(invocation.now), Phase::Approved | Phase::Live | Phase::Finished) {
        return Err(state_conflict("the campaign is not approved, or suspended; approve or resume it, then start"));
    }
    check_prizes_are_left(store, id).await?;
    let shape = draft.shape().ok_or_else(|| {
        let detail = "users of the draft were erased, and fewer than two players are left; put the bracket again";
        state_conflict(detail)
    })?;
    let Some((position, advice)) = shape.flaws_of(&competition.prizes).into_iter().next() else { return Ok(()) };
    let way_out = "put the bracket with third_place or another number of players, or make a campaign with other prizes";
    Err(state_conflict(format!("/competition/prizes/{position} of the campaign {advice}; {way_out}")))
}

/// Closes the last round, so that no result changes a place any more, and gives the prizes. A repetition finishes what
/// a crash left.
async fn finish(
    environment: &Environment,
    request: &Request,
    id: BracketId<'_>,
    invocation: &Invocation,
) -> Result<Response, Error> {
    let store = &environment.store;
    let catalog = catalogs::current(store, id.app).await?;
    for attempt in 1..=ATTEMPTS {
        let before = existing(store, id).await?;
        let prizes = match before.bracket_state {
            BracketState::Finished if before.prizes_given_at.is_some() => return shown(store, id, &before).await,
            BracketState::Draft | BracketState::Starting => return Err(not_started()),
            BracketState::Started | BracketState::Finished => Prizes::of(&catalog, id, invocation)?,
        };
        if before.bracket_state == BracketState::Started {
            if !close(store, request, id, &before, invocation).await? {
                store.back_off(attempt).await;
            }
            continue;
        }
        let matches = brackets::matches(store, id).await?;
        let matches: Matches = matches.into_iter().map(|(at, stored)| (at, stored.of)).collect();
        let winners = prizes.give(environment, id, &before, &matches, invocation).await?;
        prizes.tell_others(store, id, &before, &matches, &winners, invocation).await?;
        let given = StoredBracket { prizes_given_at: Some(invocation.by_now()), ..before.next() };
        if brackets::replace(store, id, &given).await? {
            tracing::info!(app.id = %id.app, campaign.id = %id.campaign, "the prizes of the bracket are given");
        }
    }
    Err(Error::Unavailable("finish bracket: it changes".into()))
}

/// Closes the last round. Returns `false` if a match or the bracket was changed meanwhile.
async fn close(
    store: &Store,
    request: &Request,
    id: BracketId<'_>,
    before: &StoredBracket,
    invocation: &Invocation,
) -> Result<bool, Error> {
    let shape = before.shape().ok_or_else(|| Error::Internal("a bracket started without a shape".into()))?;
    let last_round: Vec<_> = shape.last_round().collect();
    let read = brackets::some_matches(store, id, &last_round).await?;
    if let Some((at, _)) = read.iter().find(|(_, stored)| !stored.of.is_decided()) {
        let detail = format!("{at} is not decided yet; report the results that are missing, then finish");
        return Err(state_conflict(detail));
    }
    let after = StoredBracket {
        bracket_state: BracketState::Finished,
        finished_at: Some(invocation.now),
        finished_by: Some(request.caller()?.key_id.clone()),
        finished_by_person: request.caller()?.person.clone(),
        ..before.next()
    };
    brackets::finish(store, id, &after, &read).await
}

pub(crate) fn not_started() -> Error {
    state_conflict("the bracket has not started; an admin starts it with POST …/bracket/start")
}
