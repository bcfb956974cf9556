//! The states that a campaign passes through, and the ledger that follows them. Every step is a conditional write on
//! the state and version that were judged; a refused one says which state it found.

use std::collections::BTreeMap;

use domain::Error;
use domain::campaign::catalog::Catalog;
use domain::campaign::history::ChangeKind;
use domain::campaign::matching::{self, MOST_MOMENTS};
use domain::campaign::obstacles::obstacle;
use domain::campaign::{Campaign, CampaignState};
use domain::error::FieldError;
use domain::id::CampaignId;
use edge::fields::Text;
use edge::http::Response;
use jiff::Timestamp;
use rewarding::claim;
use store::campaigns::{self, Written};
use store::catalogs;
use store::ledger::{self, Account};
use store::{codes, history};
use tokio::time::Instant;

use crate::campaigns::{change, conflict, existing, insist, overtaken, shown, smallest_cpa};
use crate::{RequestContext, diff, four_eyes};

/// A step from state to state.
#[derive(Clone, Copy)]
struct Step {
    verb: &'static str,
    action: ChangeKind,
    /// The state that it leaves, as the API writes it.
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
pub(crate) async fn submit(context: RequestContext<'_>) -> Result<Response, Error> {
    let reason = reason(context, false)?;
    let campaign = existing(context).await?;
    if campaign.state == CampaignState::Draft {
        refuse_obstacles(context, &catalogs::current(&context.environment.store, context.app).await?, &campaign)
            .await?;
    }
    advance(context, campaign, SUBMIT, reason).await
}

/// Pending approval → approved, with the whole budget in the ledger. Of a running campaign that asks for a higher
/// budget: approves that.
pub(crate) async fn approve(context: RequestContext<'_>) -> Result<Response, Error> {
    let reason = reason(context, false)?;
    let campaign = existing(context).await?;
    if campaign.proposed_budget_minor.is_some() {
        return four_eyes::approve_raise(context, campaign).await;
    }
    let catalog = catalogs::current(&context.environment.store, context.app).await?;
    let (campaign_id, cpa) = (campaign.campaign_id.clone(), smallest_cpa(&catalog, &campaign));
    if campaign.state == CampaignState::PendingApproval {
        diff::expect_seen(context, &campaign).await?;
        four_eyes::check(context, &catalog.app, &campaign).await?;
        refuse_obstacles(context, &catalog, &campaign).await?;
    }
    let slots = claim::slots_for(campaign.budget.amount_minor, cpa);
    let response = advance(context, Campaign { slots, ..campaign }, APPROVE, reason).await?;
    if let Err(error) = fill(context, &campaign_id, cpa).await {
        // The campaign is approved all the same: leases bring the money where it is needed, more slowly.
        tracing::warn!(app.id = %context.app, error.cause = %error, "slots not filled");
    }
    Ok(response)
}

/// Fills the slots of a ledger from which nothing was leased yet. An earlier approval may have died before it.
async fn fill(context: RequestContext<'_>, campaign: &CampaignId, cpa: i64) -> Result<(), Error> {
    let (store, account) = (&context.environment.store, Account::whole(context.app, campaign));
    match ledger::budget(store, &account).await? {
        Some(budget) if budget.unleased == budget.budget_limit => {
            let each = claim::fill_of(budget.unleased, budget.slots, cpa);
            ledger::fill(store, &account, &budget, each).await
        }
        _ => Ok(()),
    }
}

/// Pending approval → rejected, with a reason for the author of the campaign. Of a running campaign that asks for a
/// higher budget: refuses that.
pub(crate) async fn reject(context: RequestContext<'_>) -> Result<Response, Error> {
    let reason = reason(context, true)?;
    let campaign = existing(context).await?;
    if campaign.proposed_budget_minor.is_some() {
        return four_eyes::reject_raise(context, campaign, reason).await;
    }
    advance(context, campaign, REJECT, reason).await
}

/// Approved or live → suspended: every claim stops as its slot is closed. Repeating it finishes what a crash left.
pub(crate) async fn suspend(context: RequestContext<'_>) -> Result<Response, Error> {
    let reason = reason(context, false)?;
    let response = advance(context, existing(context).await?, SUSPEND, reason).await?;
    align_ledger(context).await?;
    Ok(response)
}

/// Suspended → approved: users in the line are served again. Repeating it finishes what a crash left.
pub(crate) async fn resume(context: RequestContext<'_>) -> Result<Response, Error> {
    let reason = reason(context, false)?;
    let response = advance(context, existing(context).await?, RESUME, reason).await?;
    align_ledger(context).await?;
    Ok(response)
}

/// The reason that a step is given, and recorded with.
fn reason(context: RequestContext<'_>, required: bool) -> Result<Option<String>, Error> {
    context.request.json_or_nothing(|fields| {
        if required {
            return Some(Some(fields.required::<Text<1000>>("reason")?.0));
        }
        Some(fields.optional::<Text<1000>>("reason").map(|reason| reason.0))
    })
}

/// Opens or closes the ledger as the campaign's state says, and looks at the state again afterwards: of two admins who
/// suspend and resume at once, the last one to finish sees the state that holds and leaves the ledger in it.
async fn align_ledger(context: RequestContext<'_>) -> Result<(), Error> {
    let store = &context.environment.store;
    let mut campaign = existing(context).await?;
    loop {
        let (open, as_of) = (campaign.state == CampaignState::Approved, campaign.version);
        match ledger::set_open(store, context.app, &campaign.campaign_id, campaign.slots, open, as_of).await {
            // Under load many slots are in some claim's transaction: each time round fewer are left.
            Err(Error::Unavailable(_)) if Instant::now() < context.invocation.deadline => continue,
            done => done?,
        }
        let now = existing(context).await?;
        if now.version == campaign.version {
            return Ok(());
        }
        campaign = now;
    }
}

/// Fails with every obstacle to approval.
async fn refuse_obstacles(context: RequestContext<'_>, catalog: &Catalog, campaign: &Campaign) -> Result<(), Error> {
    // A group of which nothing is left is no obstacle where another one stands in for it.
    let (mut stocked, mut empty) = (BTreeMap::new(), Vec::new());
    for arm in campaign.moments.iter().flat_map(|moment| catalog.arms(moment, None)) {
        let mut has_any = false;
        for group in &arm.groups {
            let id = &group.reward_group_id;
            if !stocked.contains_key(id) {
                stocked
                    .insert(id, !group.has_stock() || codes::any(&context.environment.store, context.app, id).await?);
            }
            has_any |= stocked[id];
        }
        empty.extend(arm.groups.first().filter(|_| !has_any).map(|group| group.reward_group_id.clone()));
    }
    let mut obstacles = campaign.obstacles(&catalog.groups, &empty, context.invocation.now);
    obstacles.extend(short_of_prizes(context, catalog, campaign).await?);
    obstacles.extend(crowded(catalog, campaign, context.invocation.now));
    if obstacles.is_empty() {
        return Ok(());
    }
    Err(Error::Invalid(obstacles.into_iter().collect()))
}

/// Returns the obstacles of prizes that are not all in stock: the most that all windows can take, against the stock of
/// each group and its fallbacks.
async fn short_of_prizes(
    context: RequestContext<'_>,
    catalog: &Catalog,
    campaign: &Campaign,
) -> Result<Vec<FieldError>, Error> {
    let (Some(competition), Some(moment)) = (&campaign.competition, campaign.moments.first()) else {
        return Ok(Vec::new());
    };
    let windows = competition.windows(campaign).count() as u64;
    let mut obstacles = Vec::new();
    for (group, winners) in competition.most_winners() {
        let needed = winners.saturating_mul(windows);
        let mut available: u64 = 0;
        for stocked in catalog.arms(moment, Some(&group)).iter().flat_map(|arm| &arm.groups) {
            available = available.saturating_add(if stocked.has_stock() {
                codes::count_up_to(&context.environment.store, context.app, &stocked.reward_group_id, needed).await?
            } else {
                needed
            });
        }
        // An empty group is an obstacle of its own.
        if available > 0 && available < needed {
            let position = competition.prizes.iter().position(|prize| prize.reward_group_id == group).unwrap_or(0);
            let detail = format!(
                "reward group {group} has {available} in stock, but {needed} can be won; load {} more",
                needed - available
            );
            let pointer = format!("/competition/prizes/{position}/reward_group_id");
            let error = obstacle("short_of_stock", pointer, detail).with("group", &group).with("available", available);
            obstacles.push(error.with("needed", needed));
        }
    }
    Ok(obstacles)
}

/// Returns the obstacle of an action that would count towards too many moments, if there is one. Two admins who each
/// approve the last one at the same time may exceed the bound: then counting leaves out the campaigns that began last
/// (`matching::bounded`).
pub(crate) fn crowded(catalog: &Catalog, campaign: &Campaign, now: Timestamp) -> Option<FieldError> {
    let (index, action, most) = matching::crowded(campaign, &catalog.campaigns, now)?;
    let detail = format!(
        "{action} would count towards {most} moments at the same time, with those of other campaigns that are approved, and an \
         event counts towards {MOST_MOMENTS} at most; use another action, or run the campaign when others are over"
    );
    let error = obstacle("crowded", format!("/moments/{index}/action"), detail);
    Some(error.with("action", action).with("number", most).with("most", MOST_MOMENTS))
}

/// Takes a step. A campaign that has taken it already answers as if it took it now: a repetition of a call whose answer
/// was lost is no conflict.
async fn advance(
    context: RequestContext<'_>,
    campaign: Campaign,
    step: Step,
    reason: Option<String>,
) -> Result<Response, Error> {
    let Step { verb, action, needs, from, to } = step;
    if campaign.state == to {
        let repeats = last_step(context, &campaign).await?.is_none_or(|last| last == action);
        return if repeats {
            Ok(shown(context, existing(context).await?))
        } else {
            Err(conflict(context, verb, &campaign, needs))
        };
    }
    context.request.expect_version("the campaign", Some(campaign.version))?;
    // What is over cannot be stopped; and it would be a way around what may change no more.
    let over = to == CampaignState::Suspended && campaign.ends_at <= context.invocation.now;
    if campaign.state != from || over {
        return Err(conflict(context, verb, &campaign, needs));
    }
    let after = Campaign { state: to, version: campaign.version + 1, reason, ..campaign.clone() };
    let change = change(context, action, Some(&campaign), &after)?;
    let store = &context.environment.store;
    let write = || async {
        match action {
            ChangeKind::Approved => campaigns::approve(store, &campaign, campaign.slots, &change).await,
            _ => campaigns::transition(store, &campaign, to, &change).await,
        }
    };
    match insist(context, write).await? {
        Written::Done => {
            tracing::info!(app.id = %context.app, campaign.id = %after.campaign_id, campaign.state = ?to, "campaign {verb}");
            Ok(shown(context, after))
        }
        // Another admin took the same step in between, or an earlier attempt did and its answer was lost.
        Written::Found(state, _) if state == to => Ok(shown(context, existing(context).await?)),
        Written::Found(state, _) if state == from => Err(overtaken(&existing(context).await?)),
        Written::Found(..) | Written::Short => Err(conflict(context, verb, &existing(context).await?, needs)),
    }
}

/// The step that has brought the campaign where it is; `None` if too much was amended since to tell.
async fn last_step(context: RequestContext<'_>, campaign: &Campaign) -> Result<Option<ChangeKind>, Error> {
    let (changes, _) = history::list(&context.environment.store, context.app, &campaign.campaign_id, 100, None).await?;
    Ok(changes.into_iter().map(|change| change.action).find(|action| action.is_step()))
}
