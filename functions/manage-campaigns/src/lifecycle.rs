//! The states that a campaign passes through, and the ledger that follows them. Every step is a conditional write on the
//! state and version that were judged; a refused one says which state it found.

use shared::Error;
use shared::campaign::{Campaign, CampaignState};
use shared::catalog::{self, Catalog};
use shared::claim;
use shared::error::FieldError;
use shared::fields::Text;
use shared::history::Action;
use shared::http::Response;
use shared::id::{CampaignId, RewardGroupId};
use shared::reward_group::RewardKind;
use shared::store::campaigns::{self, Written};
use shared::store::{codes, ledger};
use tokio::time::Instant;

use crate::Desk;
use crate::campaigns::{change, conflict, existing, insist, overtaken, shown, smallest_cpa};

/// A step from state to state.
#[derive(Clone, Copy)]
struct Step {
    verb: &'static str,
    action: Action,
    from: CampaignState,
    to: CampaignState,
}

const SUBMIT: Step = Step {
    verb: "submitted",
    action: Action::Submitted,
    from: CampaignState::Draft,
    to: CampaignState::PendingApproval,
};
const APPROVE: Step = Step {
    verb: "approved",
    action: Action::Approved,
    from: CampaignState::PendingApproval,
    to: CampaignState::Approved,
};
const REJECT: Step = Step {
    verb: "rejected",
    action: Action::Rejected,
    from: CampaignState::PendingApproval,
    to: CampaignState::Rejected,
};
const SUSPEND: Step =
    Step { verb: "suspended", action: Action::Suspended, from: CampaignState::Approved, to: CampaignState::Suspended };
const RESUME: Step =
    Step { verb: "resumed", action: Action::Resumed, from: CampaignState::Suspended, to: CampaignState::Approved };

/// Draft → pending approval, if nothing stands in the way; else every obstacle at once.
pub(crate) async fn submit(desk: Desk<'_>) -> Result<Response, Error> {
    let reason = reason(desk, false)?;
    let campaign = existing(desk).await?;
    if campaign.state == CampaignState::Draft {
        refuse_obstacles(desk, &catalog::current(&desk.environment.store, desk.app).await?, &campaign).await?;
    }
    advance(desk, campaign, SUBMIT, reason).await
}

/// Pending approval → approved, with the whole budget in the ledger.
pub(crate) async fn approve(desk: Desk<'_>) -> Result<Response, Error> {
    let reason = reason(desk, false)?;
    let campaign = existing(desk).await?;
    let catalog = catalog::current(&desk.environment.store, desk.app).await?;
    let (campaign_id, cpa) = (campaign.campaign_id.clone(), smallest_cpa(&catalog, &campaign));
    if campaign.state == CampaignState::PendingApproval {
        refuse_obstacles(desk, &catalog, &campaign).await?;
    }
    let slots = claim::slots_for(campaign.budget.amount_minor, cpa);
    let response = advance(desk, Campaign { slots, ..campaign }, APPROVE, reason).await?;
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

/// Pending approval → rejected. Whoever wrote the campaign is told why.
pub(crate) async fn reject(desk: Desk<'_>) -> Result<Response, Error> {
    let reason = reason(desk, true)?;
    advance(desk, existing(desk).await?, REJECT, reason).await
}

/// Approved or live → suspended: every claim stops as its slot is closed. Repeating it finishes what a crash left.
pub(crate) async fn suspend(desk: Desk<'_>) -> Result<Response, Error> {
    let reason = reason(desk, false)?;
    let response = advance(desk, existing(desk).await?, SUSPEND, reason).await?;
    align_ledger(desk).await?;
    Ok(response)
}

/// Suspended → approved: users in the line are served again. Repeating it finishes what a crash left.
pub(crate) async fn resume(desk: Desk<'_>) -> Result<Response, Error> {
    let reason = reason(desk, false)?;
    let response = advance(desk, existing(desk).await?, RESUME, reason).await?;
    align_ledger(desk).await?;
    Ok(response)
}

/// The reason that a step is given, and recorded with.
fn reason(desk: Desk<'_>, required: bool) -> Result<Option<String>, Error> {
    desk.request.json_or_nothing(|fields| {
        if required {
            return Some(Some(fields.required::<Text<1000>>("reason")?.0));
        }
        Some(fields.optional::<Text<1000>>("reason").map(|reason| reason.0))
    })
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

/// Fails with every obstacle to approval.
async fn refuse_obstacles(desk: Desk<'_>, catalog: &Catalog, campaign: &Campaign) -> Result<(), Error> {
    let mut empty: Vec<RewardGroupId> = Vec::new();
    for group in campaign.moments.iter().flat_map(|moment| catalog.groups_of(moment)) {
        let id = &group.reward_group_id;
        let looked_at = group.kind == RewardKind::SharedUrl || empty.contains(id);
        if !looked_at && !codes::any(&desk.environment.store, desk.app, id).await? {
            empty.push(id.clone());
        }
    }
    let obstacles = campaign.obstacles(&catalog.groups, &empty, desk.invocation.now);
    if obstacles.is_empty() {
        return Ok(());
    }
    let error = |(pointer, detail)| FieldError { pointer, code: "obstacle", detail };
    Err(Error::Invalid(obstacles.into_iter().map(error).collect()))
}

/// Takes a step. A campaign that is there already answers as if it had just arrived: a repetition of a call whose answer was
/// lost is no conflict.
async fn advance(desk: Desk<'_>, campaign: Campaign, step: Step, reason: Option<String>) -> Result<Response, Error> {
    let Step { verb, action, from, to } = step;
    if campaign.state == to {
        return Ok(shown(desk, existing(desk).await?));
    }
    desk.request.expect_version("the campaign", Some(campaign.version))?;
    if campaign.state != from {
        return Err(conflict(verb, campaign.state, &[from]));
    }
    let after = Campaign { state: to, version: campaign.version + 1, reason, ..campaign.clone() };
    let change = change(desk, action, Some(&campaign), &after)?;
    let store = &desk.environment.store;
    let write = || async {
        match action {
            Action::Approved => campaigns::approve(store, &campaign, campaign.slots, &change).await,
            _ => campaigns::transition(store, &campaign, to, &change).await,
        }
    };
    match insist(desk, write).await? {
        Written::Done => {
            tracing::info!(app.id = %desk.app, campaign.id = %after.campaign_id, campaign.state = ?to, "campaign {verb}");
            Ok(shown(desk, after))
        }
        // Another admin took the same step in between, or an earlier attempt did and its answer was lost.
        Written::Found(state, _) if state == to => Ok(shown(desk, existing(desk).await?)),
        Written::Found(state, _) if state == from => Err(overtaken(&existing(desk).await?)),
        Written::Found(state, _) => Err(conflict(verb, state, &[from])),
    }
}
