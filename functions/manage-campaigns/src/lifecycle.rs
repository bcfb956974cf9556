//! The states that a campaign passes through, and the ledger that follows them. Every step is a conditional write on the
//! state and version that were judged; a refused one says which state it found.

use std::collections::BTreeMap;

use domain::Error;
use domain::campaign::catalog::Catalog;
use domain::campaign::history::ChangeKind;
use domain::campaign::matching::{self, MOST_MOMENTS};
use domain::campaign::{Campaign, CampaignState};
use domain::error::FieldError;
use domain::id::CampaignId;
use domain::reward::group::RewardKind;
use edge::fields::Text;
use edge::http::Response;
use jiff::Timestamp;
use rewarding::claim;
use store::campaigns::{self, Written};
use store::catalogs;
use store::ledger::{self, Account};
use store::{codes, history};
use tokio::time::Instant;

use crate::Desk;
use crate::campaigns::{change, conflict, existing, insist, overtaken, shown, smallest_cpa};

/// A step from state to state.
#[derive(Clone, Copy)]
struct Step {
    verb: &'static str,
    action: ChangeKind,
    /// Where it leads on from, as the API writes it.
    needs: &'static str,
    from: CampaignState,
    to: CampaignState,
}

const SUBMIT: Step = Step {
    verb: "submitted",
    action: ChangeKind::Submitted,
    needs: "draft",
    from: CampaignState::Draft,
    to: CampaignState::PendingApproval,
};
const APPROVE: Step = Step {
    verb: "approved",
    action: ChangeKind::Approved,
    needs: "pending_approval",
    from: CampaignState::PendingApproval,
    to: CampaignState::Approved,
};
const REJECT: Step = Step {
    verb: "rejected",
    action: ChangeKind::Rejected,
    needs: "pending_approval",
    from: CampaignState::PendingApproval,
    to: CampaignState::Rejected,
};
const SUSPEND: Step = Step {
    verb: "suspended",
    action: ChangeKind::Suspended,
    needs: "approved or live",
    from: CampaignState::Approved,
    to: CampaignState::Suspended,
};
const RESUME: Step = Step {
    verb: "resumed",
    action: ChangeKind::Resumed,
    needs: "suspended",
    from: CampaignState::Suspended,
    to: CampaignState::Approved,
};

/// Draft → pending approval, if nothing stands in the way; else every obstacle at once.
pub(crate) async fn submit(desk: Desk<'_>) -> Result<Response, Error> {
    let reason = reason(desk, false)?;
    let campaign = existing(desk).await?;
    if campaign.state == CampaignState::Draft {
        refuse_obstacles(desk, &catalogs::current(&desk.environment.store, desk.app).await?, &campaign).await?;
    }
    advance(desk, campaign, SUBMIT, reason).await
}

/// Pending approval → approved, with the whole budget in the ledger.
pub(crate) async fn approve(desk: Desk<'_>) -> Result<Response, Error> {
    let reason = reason(desk, false)?;
    let campaign = existing(desk).await?;
    let catalog = catalogs::current(&desk.environment.store, desk.app).await?;
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
    let (store, account) = (&desk.environment.store, Account::whole(desk.app, campaign));
    match ledger::budget(store, &account).await? {
        Some(budget) if budget.unleased == budget.budget_limit => {
            let each = claim::fill_of(budget.unleased, budget.slots, cpa);
            ledger::fill(store, &account, &budget, each).await
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
        let (open, as_of) = (campaign.state == CampaignState::Approved, campaign.version);
        match ledger::set_open(store, desk.app, &campaign.campaign_id, campaign.slots, open, as_of).await {
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
    // A group of which nothing is left is no obstacle where another one stands in for it.
    let (mut stocked, mut empty) = (BTreeMap::new(), Vec::new());
    for arm in campaign.moments.iter().flat_map(|moment| catalog.arms(moment, None)) {
        let mut has_any = false;
        for group in &arm.groups {
            let id = &group.reward_group_id;
            if !stocked.contains_key(id) {
                let shared = group.kind == RewardKind::SharedUrl;
                stocked.insert(id, shared || codes::any(&desk.environment.store, desk.app, id).await?);
            }
            has_any |= stocked[id];
        }
        empty.extend(arm.groups.first().filter(|_| !has_any).map(|group| group.reward_group_id.clone()));
    }
    let mut obstacles = campaign.obstacles(&catalog.groups, &empty, desk.invocation.now);
    obstacles.extend(crowded(catalog, campaign, desk.invocation.now));
    if obstacles.is_empty() {
        return Ok(());
    }
    let error = |(pointer, detail)| FieldError { pointer, code: "obstacle", detail };
    Err(Error::Invalid(obstacles.into_iter().map(error).collect()))
}

/// The obstacle of an action that would count towards too many moments, if there is one. Two admins who each approve the last one at the
/// same time may come to more: then counting leaves out those that began last (`matching::bounded`).
pub(crate) fn crowded(catalog: &Catalog, campaign: &Campaign, now: Timestamp) -> Option<(String, String)> {
    let (index, action, most) = matching::crowded(campaign, &catalog.campaigns, now)?;
    let detail = format!(
        "{action} would count towards {most} moments at the same time, with those of other campaigns that are approved, and an \
         event counts towards {MOST_MOMENTS} at most; use another action, or run the campaign when others are over"
    );
    Some((format!("/moments/{index}/action"), detail))
}

/// Takes a step. A campaign that has just taken it answers as if it had been now: a repetition of a call whose answer was lost
/// is no conflict.
async fn advance(desk: Desk<'_>, campaign: Campaign, step: Step, reason: Option<String>) -> Result<Response, Error> {
    let Step { verb, action, needs, from, to } = step;
    if campaign.state == to {
        let repeats = last_step(desk, &campaign).await?.is_none_or(|last| last == action);
        return if repeats {
            Ok(shown(desk, existing(desk).await?))
        } else {
            Err(conflict(desk, verb, &campaign, needs))
        };
    }
    desk.request.expect_version("the campaign", Some(campaign.version))?;
    // What is over cannot be stopped; and it would be a way around what may change no more.
    let over = to == CampaignState::Suspended && campaign.ends_at <= desk.invocation.now;
    if campaign.state != from || over {
        return Err(conflict(desk, verb, &campaign, needs));
    }
    let after = Campaign { state: to, version: campaign.version + 1, reason, ..campaign.clone() };
    let change = change(desk, action, Some(&campaign), &after)?;
    let store = &desk.environment.store;
    let write = || async {
        match action {
            ChangeKind::Approved => campaigns::approve(store, &campaign, campaign.slots, &change).await,
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
        Written::Found(..) | Written::Short => Err(conflict(desk, verb, &existing(desk).await?, needs)),
    }
}

/// The step that has brought the campaign where it is; `None` if too much was amended since to tell.
async fn last_step(desk: Desk<'_>, campaign: &Campaign) -> Result<Option<ChangeKind>, Error> {
    let (changes, _) = history::list(&desk.environment.store, desk.app, &campaign.campaign_id, 100, None).await?;
    Ok(changes.into_iter().map(|change| change.action).find(|action| *action != ChangeKind::Amended))
}
