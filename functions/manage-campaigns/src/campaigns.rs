//! Campaigns and their states. Every change is a conditional write on the state and version that were judged; a refused
//! one says which state it found.

use serde::Serialize;
use shared::Error;
use shared::campaign::{Campaign, CampaignState, Phase};
use shared::catalog::{self, Catalog};
use shared::claim;
use shared::error::FieldError;
use shared::http::{self, Response};
use shared::id::CampaignId;
use shared::store::campaigns::{self, Written};
use shared::store::ledger;

use tokio::time::Instant;

use crate::campaign_body::{self, CampaignView};
use crate::{Desk, apps, page_of};

/// What a campaign may take up in the table, whose items hold 400 KB.
const MAX_CAMPAIGN_BYTES: usize = 256 * 1024;

pub(crate) async fn put(desk: Desk<'_>) -> Result<Response, Error> {
    let campaign_id: CampaignId = desk.request.new_path_id("campaign")?;
    let mut campaign = desk.request.json(|fields| campaign_body::read(fields, desk.app, &campaign_id))?;
    let size = serde_json::to_string(&campaign).map_or(usize::MAX, |text| text.len());
    if size > MAX_CAMPAIGN_BYTES {
        return Err(Error::invalid("/moments", "too_large", "must come to less than 256 KiB with all messages"));
    }
    apps::existing(desk).await?;
    let store = &desk.environment.store;
    let before = campaigns::get(store, desk.app, &campaign_id).await?;
    if let Some(before) = &before
        && matches!(before.state, CampaignState::Approved | CampaignState::Suspended)
    {
        return amend(desk, before, campaign).await;
    }
    campaign.version = before.as_ref().map_or(1, |before| before.version + 1);
    if let Some(before) = &before
        && (Campaign { version: before.version, ..campaign.clone() }) == *before
    {
        // The same draft again: there is nothing to write, and a repetition answers what the first call did.
        return Ok(http::json(200, &CampaignView::new(before.clone(), desk.invocation.now)));
    }
    match campaigns::put_draft(store, &campaign).await? {
        Written::Done => Ok(http::json(200, &CampaignView::new(campaign, desk.invocation.now))),
        Written::Found(CampaignState::Draft | CampaignState::Rejected, _) => refused(desk, &campaign).await,
        Written::Found(state, _) => Err(conflict("edited", state, &[CampaignState::Draft, CampaignState::Rejected])),
    }
}

/// What may still change once a campaign is approved: its budget may be raised and its end moved later. Everything else
/// is what users were promised.
async fn amend(desk: Desk<'_>, before: &Campaign, wanted: Campaign) -> Result<Response, Error> {
    let Campaign { state, slots, version, .. } = *before;
    let after = Campaign { state, slots, version: version + 1, ..wanted };
    let unchanged = Campaign { version, ..after.clone() };
    if unchanged == *before {
        return Ok(http::json(200, &CampaignView::new(unchanged, desk.invocation.now)));
    }
    let same_but = Campaign { budget: before.budget, ends_at: before.ends_at, ..unchanged } == *before;
    let live_no_more = before.phase(desk.invocation.now) == Phase::Finished;
    let raised =
        after.budget.currency == before.budget.currency && after.budget.amount_minor >= before.budget.amount_minor;
    if !same_but || !raised || after.ends_at < before.ends_at || live_no_more {
        let detail = format!(
            "the campaign is {}; until it is finished, its budget can be raised (it is {} now) and its end moved later (it is \
             {} now), and nothing else",
            word(&before.phase(desk.invocation.now)),
            before.budget.amount_minor,
            before.ends_at
        );
        return Err(Error::Conflict { code: "state_conflict", detail });
    }
    let mut after = after;
    if after.budget != before.budget {
        let cpa = smallest_cpa(&catalog::current(&desk.environment.store, desk.app).await?, before);
        after.slots = before.slots.max(claim::slots_for(after.budget.amount_minor, cpa));
    }
    let mut meetings = 0;
    let written = loop {
        match campaigns::amend(&desk.environment.store, before, &after).await {
            // The budget is leased from at that very moment, or an answer was lost.
            Err(Error::Unavailable(_)) if Instant::now() < desk.invocation.deadline => {
                meetings += 1;
                desk.environment.store.back_off(meetings).await;
            }
            written => break written?,
        }
    };
    if written == Written::Done {
        tracing::info!(
            app.id = %desk.app, campaign.id = %after.campaign_id, campaign.version = after.version,
            budget.amount_minor = after.budget.amount_minor, "campaign amended"
        );
        return Ok(http::json(200, &CampaignView::new(after, desk.invocation.now)));
    }
    refused(desk, &after).await
}

/// The answer to a write that was refused: if the campaign is as it was to be already, an earlier attempt of this very call
/// was committed and its answer lost, and that is no conflict.
async fn refused(desk: Desk<'_>, wanted: &Campaign) -> Result<Response, Error> {
    let now = existing(desk).await?;
    if now == *wanted {
        return Ok(http::json(200, &CampaignView::new(now, desk.invocation.now)));
    }
    let detail = format!("somebody else changed the campaign meanwhile; it is at version {} now", now.version);
    Err(Error::Conflict { code: "version_conflict", detail })
}

pub(crate) async fn get(desk: Desk<'_>) -> Result<Response, Error> {
    let campaign = existing(desk).await?;
    Ok(http::json(200, &CampaignView::new(campaign, desk.invocation.now)))
}

pub(crate) async fn list(desk: Desk<'_>) -> Result<Response, Error> {
    let catalog = catalog::current(&desk.environment.store, desk.app).await?;
    let views =
        catalog.campaigns.into_iter().map(|campaign| CampaignView::new(campaign, desk.invocation.now)).collect();
    Ok(http::json(200, &page_of(desk, views, |view: &CampaignView| view.campaign_id.as_str())?))
}

/// Draft → pending approval, if nothing stands in the way; else every obstacle at once.
pub(crate) async fn submit(desk: Desk<'_>) -> Result<Response, Error> {
    let campaign = existing(desk).await?;
    if campaign.state == CampaignState::Draft {
        refuse_obstacles(desk, &catalog::current(&desk.environment.store, desk.app).await?, &campaign)?;
    }
    advance(desk, campaign, "submitted", CampaignState::Draft, CampaignState::PendingApproval).await
}

/// Pending approval → approved, with the whole budget in the ledger.
pub(crate) async fn approve(desk: Desk<'_>) -> Result<Response, Error> {
    let campaign = existing(desk).await?;
    let catalog = catalog::current(&desk.environment.store, desk.app).await?;
    let (campaign_id, cpa) = (campaign.campaign_id.clone(), smallest_cpa(&catalog, &campaign));
    let response = if campaign.state == CampaignState::PendingApproval {
        refuse_obstacles(desk, &catalog, &campaign)?;
        let slots = claim::slots_for(campaign.budget.amount_minor, cpa);
        let written = campaigns::approve(&desk.environment.store, &campaign, slots).await?;
        settle(desk, campaign, written, "approved", CampaignState::PendingApproval, CampaignState::Approved)?
    } else {
        advance(desk, campaign, "approved", CampaignState::PendingApproval, CampaignState::Approved).await?
    };
    if let Err(error) = fill(desk, &campaign_id, cpa).await {
        // The campaign is approved all the same: leases bring the money where it is needed, more slowly.
        tracing::warn!(app.id = %desk.app, error.cause = %error, "slots not filled");
    }
    Ok(response)
}

/// Fills the slots of a ledger out of which nothing was leased yet; also where an earlier approval died before it came to
/// that.
async fn fill(desk: Desk<'_>, campaign: &CampaignId, cpa: i64) -> Result<(), Error> {
    let store = &desk.environment.store;
    match ledger::budget(store, desk.app, campaign).await? {
        Some(budget) if budget.unleased == budget.budget_limit => {
            let each = claim::fill_of(budget.unleased, budget.slots, cpa);
            ledger::fill(store, desk.app, campaign, &budget, each).await
        }
        _ => Ok(()),
    }
}

/// Pending approval → rejected.
pub(crate) async fn reject(desk: Desk<'_>) -> Result<Response, Error> {
    let campaign = existing(desk).await?;
    advance(desk, campaign, "rejected", CampaignState::PendingApproval, CampaignState::Rejected).await
}

/// Approved or live → suspended: every claim stops as its slot is closed. Repeating it finishes what a crash left.
pub(crate) async fn suspend(desk: Desk<'_>) -> Result<Response, Error> {
    let campaign = existing(desk).await?;
    let response = advance(desk, campaign, "suspended", CampaignState::Approved, CampaignState::Suspended).await?;
    align_ledger(desk).await?;
    Ok(response)
}

/// Suspended → approved: users in the line are served again. Repeating it finishes what a crash left.
pub(crate) async fn resume(desk: Desk<'_>) -> Result<Response, Error> {
    let campaign = existing(desk).await?;
    let response = advance(desk, campaign, "resumed", CampaignState::Suspended, CampaignState::Approved).await?;
    align_ledger(desk).await?;
    Ok(response)
}

/// Opens or closes the ledger as the campaign's state says, and looks at the state again afterwards: of two admins who
/// suspend and resume at once, whoever is done last sees the state that holds and leaves the ledger in it.
async fn align_ledger(desk: Desk<'_>) -> Result<(), Error> {
    let store = &desk.environment.store;
    let mut campaign = existing(desk).await?;
    loop {
        let as_of = (campaign.state == CampaignState::Approved, campaign.version);
        match ledger::set_open(store, desk.app, &campaign.campaign_id, campaign.slots, as_of).await {
            // Under load many slots are in some claim's transaction: each time round fewer are left.
            Err(Error::Unavailable(_)) if Instant::now() < desk.invocation.deadline => continue,
            done => done?,
        }
        let now = existing(desk).await?;
        if now.version == campaign.version {
            return Ok(());
        }
        campaign = now;
    }
}

async fn existing(desk: Desk<'_>) -> Result<Campaign, Error> {
    let campaign_id: CampaignId = desk.request.path_id("campaign", "campaign")?;
    let found = campaigns::get(&desk.environment.store, desk.app, &campaign_id).await?;
    found.ok_or_else(|| Error::not_found("campaign", campaign_id))
}

/// Fails with every obstacle to approval.
fn refuse_obstacles(desk: Desk<'_>, catalog: &Catalog, campaign: &Campaign) -> Result<(), Error> {
    let obstacles = campaign.obstacles(&catalog.groups, desk.invocation.now);
    if obstacles.is_empty() {
        return Ok(());
    }
    let error = |(pointer, detail)| FieldError { pointer, code: "obstacle", detail };
    Err(Error::Invalid(obstacles.into_iter().map(error).collect()))
}

/// The least that a reward of the campaign costs.
fn smallest_cpa(catalog: &Catalog, campaign: &Campaign) -> i64 {
    let groups = campaign.moments.iter().flat_map(|moment| catalog.groups_of(moment));
    groups.map(|group| group.cpa.amount_minor).min().unwrap_or(1)
}

/// One step from state to state. A campaign that is there already answers as if it had just arrived: a repetition of a
/// call whose answer was lost is no conflict.
async fn advance(
    desk: Desk<'_>,
    campaign: Campaign,
    verb: &'static str,
    from: CampaignState,
    to: CampaignState,
) -> Result<Response, Error> {
    if campaign.state == to {
        return Ok(http::json(200, &CampaignView::new(campaign, desk.invocation.now)));
    }
    if campaign.state != from {
        return Err(conflict(verb, campaign.state, &[from]));
    }
    let written = campaigns::transition(&desk.environment.store, &campaign, to).await?;
    settle(desk, campaign, written, verb, from, to)
}

fn settle(
    desk: Desk<'_>,
    campaign: Campaign,
    written: Written,
    verb: &'static str,
    from: CampaignState,
    to: CampaignState,
) -> Result<Response, Error> {
    match written {
        Written::Done => {
            tracing::info!(app.id = %desk.app, campaign.id = %campaign.campaign_id, campaign.state = ?to, "campaign {verb}");
            let campaign = Campaign { state: to, version: campaign.version + 1, ..campaign };
            Ok(http::json(200, &CampaignView::new(campaign, desk.invocation.now)))
        }
        // Another admin took the same step in between.
        Written::Found(state, version) if state == to => {
            Ok(http::json(200, &CampaignView::new(Campaign { state, version, ..campaign }, desk.invocation.now)))
        }
        Written::Found(state, _) => Err(conflict(verb, state, &[from])),
    }
}

fn conflict(verb: &str, found: CampaignState, needed: &[CampaignState]) -> Error {
    let needed: Vec<String> = needed.iter().map(word).collect();
    let detail = format!("the campaign is {}; it can be {verb} only from {}", word(&found), needed.join(" or "));
    Error::Conflict { code: "state_conflict", detail }
}

/// The state as the API writes it.
fn word(state: &impl Serialize) -> String {
    serde_json::to_value(state).ok().and_then(|value| value.as_str().map(str::to_owned)).unwrap_or_default()
}
