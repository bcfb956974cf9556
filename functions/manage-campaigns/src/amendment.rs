//! Changes of an approved campaign: its budget up and down, its end later, the weights of what users are assigned, and how
//! many rewards are expected. Nothing else changes, because users were promised it. `four_eyes` has the approval of a higher budget.

use domain::Error;
use domain::app::{App, Approval};
use domain::campaign::history::ChangeKind;
use domain::campaign::obstacles::obstacle;
use domain::campaign::{Campaign, Moment, MomentReward, Phase};
use domain::error::FieldError;
use domain::instant::LATEST;
use domain::secret::LinkKey;
use edge::http::Response;
use rewarding::claim;
use store::campaigns::{self, Written};
use store::catalogs;
use store::ledger::{self, Account};
use tokio::time::Instant;

use crate::campaigns::{change, insist, refused, shown, smallest_cpa, word};
use crate::{RequestContext, lifecycle};

/// The most changes of the moments' weights: each set of weights is kept, for the users who were assigned by it.
const MAX_WEIGHT_CHANGES: usize = 20;

/// Writes an approved campaign as it is wanted, if what is different may be.
pub(crate) async fn amend(
    context: RequestContext<'_>,
    app: &App,
    before: &Campaign,
    wanted: Campaign,
) -> Result<Response, Error> {
    let Campaign { state, slots, version, ref reason, ref weights_before, ref link_key, proposed_budget_minor, .. } =
        *before;
    let (reason, weights_before, link_key) = (reason.clone(), weights_before.clone(), link_key.clone());
    let kept = Campaign { reason, weights_before, link_key, proposed_budget_minor, ..wanted };
    let mut after = Campaign { state, slots, version: version + 1, ..kept };
    let proposes = propose_raise(app, before, &mut after);
    if (Campaign { version, ..after.clone() }) == *before {
        return Ok(shown(context, before.clone()));
    }
    context.request.expect_version("the campaign", Some(version))?;
    check(context, before, &after)?;
    if after.weights() != before.weights() {
        after.weights_before.push(before.weights());
        if after.weights_before.len() > MAX_WEIGHT_CHANGES {
            let detail =
                format!("the weights of the moments were changed {MAX_WEIGHT_CHANGES} times, the most there can be");
            return Err(Error::Conflict { code: "state_conflict", detail });
        }
    }
    if after.ends_at > before.ends_at {
        let catalog = catalogs::current(&context.environment.store, context.app).await?;
        if let Some(crowded) = lifecycle::crowded(&catalog, &after, context.invocation.now) {
            let detail = format!("is too late: {}", crowded.detail);
            let error = FieldError { pointer: "/ends_at".to_owned(), detail, ..crowded };
            return Err(Error::Invalid([error].into_iter().collect()));
        }
    }
    refuse_uncovered_prizes(context, &after).await?;
    if after.budget.amount_minor > before.budget.amount_minor {
        let cpa = smallest_cpa(&catalogs::current(&context.environment.store, context.app).await?, before);
        after.slots = before.slots.max(claim::slots_for(after.budget.amount_minor, cpa));
    }
    let action = if proposes { ChangeKind::RaiseProposed } else { ChangeKind::Amended };
    let change = change(context, action, Some(before), &after)?;
    let store = &context.environment.store;
    after.link_key.get_or_insert_with(|| LinkKey::generate(&mut *store.random()));
    loop {
        match insist(context, || campaigns::amend(store, before, &after, &change)).await? {
            Written::Done => break,
            Written::Found(..) => return refused(context, &after).await,
            Written::Short => free(context, before, &after).await?,
        }
    }
    tracing::info!(
        app.id = %context.app, campaign.id = %after.campaign_id, campaign.version = after.version,
        budget.amount_minor = after.budget.amount_minor, "campaign amended"
    );
    Ok(shown(context, after))
}

/// Turns a higher budget into a proposal where the app asks for another person's approval. Returns true if it has.
/// Whoever writes no higher budget leaves an earlier proposal as it is.
fn propose_raise(app: &App, before: &Campaign, after: &mut Campaign) -> bool {
    let is_raise = after.budget.amount_minor > before.budget.amount_minor;
    if !is_raise || app.approval != Approval::AnotherPerson {
        return false;
    }
    after.proposed_budget_minor = Some(after.budget.amount_minor);
    after.budget.amount_minor = before.budget.amount_minor;
    true
}

/// Fails if the budget does not cover every prize of a competition in every window: an end moved later adds windows.
async fn refuse_uncovered_prizes(context: RequestContext<'_>, after: &Campaign) -> Result<(), Error> {
    let Some(competition) = &after.competition else { return Ok(()) };
    let catalog = catalogs::current(&context.environment.store, context.app).await?;
    let worst = competition.worst_case(after, &catalog.groups);
    if worst <= after.budget.amount_minor {
        return Ok(());
    }
    let detail = format!("does not cover every prize in every window: they can cost {worst}");
    let error = obstacle("prizes_over_budget", "/budget/amount_minor", detail).with("cost_minor", worst);
    let error = error.with("currency", after.budget.currency.code());
    Err(Error::Invalid([error].into_iter().collect()))
}

/// Fails if something is different that may not change any more.
pub(crate) fn check(context: RequestContext<'_>, before: &Campaign, after: &Campaign) -> Result<(), Error> {
    let unchanged = Campaign {
        budget: before.budget,
        ends_at: before.ends_at,
        expected_rewards: before.expected_rewards,
        moments: with_weights_of(&after.moments, &before.moments),
        version: before.version,
        proposed_budget_minor: before.proposed_budget_minor,
        slots: before.slots,
        ..after.clone()
    };
    // Whatever its state: one that was suspended is over at its end, too.
    let live_no_more = before.ends_at <= context.invocation.now;
    let same_currency = after.budget.currency == before.budget.currency;
    // An end from before ends were bounded comes down to the bound: no body can name it any more.
    let not_sooner = after.ends_at >= before.ends_at.min(LATEST);
    if unchanged == *before && same_currency && not_sooner && !live_no_more {
        return Ok(());
    }
    let phase = if live_no_more { Phase::Finished } else { before.phase(context.invocation.now) };
    let detail = format!(
        "the campaign is {}; until it is finished, its budget can be raised and lowered (it is {} now), its end moved later (it is \
         {} now), and weights that there are be changed (0 assigns nobody any more), and nothing else",
        word(&phase),
        before.budget.amount_minor,
        before.ends_at
    );
    Err(Error::Conflict { code: "state_conflict", detail })
}

/// The moments with the weights that others have, wherever both have one.
fn with_weights_of(moments: &[Moment], others: &[Moment]) -> Vec<Moment> {
    let reward =
        |(reward, other): (&MomentReward, &MomentReward)| MomentReward { weight: other.weight, ..reward.clone() };
    let moment = |(moment, other): (&Moment, &Moment)| {
        let weight = moment.weight.and(other.weight).or(moment.weight);
        let mut rewards: Vec<MomentReward> = moment.rewards.iter().zip(&other.rewards).map(reward).collect();
        // One more or less is a difference, whatever its weight.
        rewards.extend(moment.rewards.iter().skip(rewards.len()).cloned());
        Moment { weight, rewards, ..moment.clone() }
    };
    let mut same: Vec<Moment> = moments.iter().zip(others).map(moment).collect();
    same.extend(moments.iter().skip(same.len()).cloned());
    same
}

/// Moves money from the slots back to the budget, so that it can be lowered; or says how far it can be.
async fn free(context: RequestContext<'_>, before: &Campaign, after: &Campaign) -> Result<(), Error> {
    let (store, account) = (&context.environment.store, Account::whole(context.app, &before.campaign_id));
    let less = before.budget.amount_minor - after.budget.amount_minor;
    let mut rounds = 0;
    while Instant::now() < context.invocation.deadline {
        let Some(budget) = ledger::budget(store, &account).await? else {
            return Err(Error::Unavailable("the campaign has no ledger yet".into()));
        };
        if budget.unleased >= less {
            return Ok(());
        }
        let slots = ledger::slots(store, &account, budget.slots).await?;
        let spent: i64 = slots.iter().map(|(_, slot)| slot.spent).sum();
        if after.budget.amount_minor < spent {
            let detail = format!("{spent} of the budget is spent; it can be lowered to that, and no further");
            return Err(Error::Conflict { code: "budget_spent", detail });
        }
        let funded = slots.iter().filter(|(_, slot)| slot.remaining > 0);
        let funded: Vec<(u16, i64)> = funded.map(|(number, slot)| (*number, slot.remaining)).collect();
        for slots in funded.chunks(ledger::AT_MOST_GIVEN_BACK) {
            // Where a claim was faster, nothing moves, and the next round sees what is left.
            ledger::give_back(store, &account, slots).await?;
        }
        rounds += 1;
        store.back_off(rounds).await;
    }
    Err(Error::Unavailable("out of time freeing budget: claims are faster".into()))
}
