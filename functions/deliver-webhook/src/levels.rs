//! Levels: a campaign begins or ends, stock or budget runs low. No single write crosses a level, so a walk through all
//! apps looks for crossed thresholds and records them; the stream publishes them. A crossed threshold is published
//! again only after the level has left it.

use domain::Error;
use domain::campaign::catalog::Catalog;
use domain::campaign::{Campaign, CampaignState, Phase};
use domain::event::Threshold;
use domain::id::{AppId, RewardGroupId};
use domain::money::Money;
use domain::reward::group::RewardGroup;
use invocation::Invocation;
use jiff::SignedDuration;
use outbound_webhooks::Environment;
use serde_json::{Value, json};
use store::catalogs;
use store::codes;
use store::ledger::{self, Account};
use store::thresholds::{self, Crossing};
use triggers::every_app::every_app;

/// A budget is low if less than one of this many parts is left.
const LOW_BUDGET: i64 = 10;

/// Time after a campaign's end in which that end is still published. When this first runs, the campaigns of earlier
/// years are no news.
const FINISHED_TOLD: SignedDuration = SignedDuration::from_hours(7 * 24);

/// The state of a level.
enum Level {
    /// It is crossed, with the details to publish.
    Crossed(Value),
    /// It is not crossed.
    Left,
    /// It does not matter now: a crossed threshold stays crossed.
    Either,
}

/// Looks at every app. A failure in one app does not stop the others. Returns how many thresholds are newly crossed.
pub(crate) async fn look(environment: &Environment, invocation: &Invocation) -> Result<usize, Error> {
    let look = |app: AppId| async move { look_at(environment, &app, invocation).await };
    every_app(&environment.store, invocation, "levels", look).await
}

async fn look_at(environment: &Environment, app: &AppId, invocation: &Invocation) -> Result<usize, Error> {
    let (store, now) = (&environment.store, invocation.now);
    let catalog = catalogs::current(store, app).await?;
    let up = thresholds::crossed(store, app).await?;
    let mut raised = 0;
    for (threshold, level) in levels(environment, &catalog, invocation).await? {
        match level {
            Level::Crossed(detail) if !up.contains(&threshold) => {
                let crossing = Crossing { at: now, detail };
                raised += usize::from(thresholds::cross(store, app, &threshold, &crossing).await?);
            }
            Level::Left if up.contains(&threshold) => thresholds::leave(store, app, &threshold).await?,
            Level::Crossed(_) | Level::Left | Level::Either => {}
        }
    }
    Ok(raised)
}

async fn levels(
    environment: &Environment,
    catalog: &Catalog,
    invocation: &Invocation,
) -> Result<Vec<(Threshold, Level)>, Error> {
    let mut levels = Vec::new();
    for campaign in &catalog.campaigns {
        let id = &campaign.campaign_id;
        levels.push((Threshold::CampaignLive(id.clone()), live(campaign, invocation)));
        levels.push((Threshold::CampaignFinished(id.clone()), finished(campaign, invocation)));
        levels.push((Threshold::BudgetLow(id.clone()), budget(environment, campaign, invocation).await?));
    }
    let awarding = |campaign: &&Campaign| {
        campaign.state == CampaignState::Approved && campaign.phase(invocation.now) != Phase::Finished
    };
    let mut awarded: Vec<&RewardGroupId> =
        catalog.campaigns.iter().filter(awarding).flat_map(|campaign| catalog.groups_of_campaign(campaign)).collect();
    awarded.sort_unstable();
    awarded.dedup();
    for group in catalog.groups.iter().filter(|group| group.low_stock_threshold.is_some()) {
        let level = if awarded.contains(&&group.reward_group_id) {
            stock(environment, group).await?
        } else {
            // No campaign awards from the group, so an empty stock does not matter yet.
            Level::Either
        };
        levels.push((Threshold::StockLow(group.reward_group_id.clone()), level));
    }
    Ok(levels)
}

fn live(campaign: &Campaign, invocation: &Invocation) -> Level {
    match campaign.phase(invocation.now) {
        Phase::Live => Level::Crossed(times(campaign)),
        Phase::Suspended | Phase::Finished => Level::Either,
        _ => Level::Left,
    }
}

fn finished(campaign: &Campaign, invocation: &Invocation) -> Level {
    match campaign.phase(invocation.now) {
        Phase::Finished if invocation.now.duration_since(campaign.ends_at) < FINISHED_TOLD => {
            Level::Crossed(times(campaign))
        }
        Phase::Suspended | Phase::Finished => Level::Either,
        // An admin has moved its end.
        _ => Level::Left,
    }
}

fn times(campaign: &Campaign) -> Value {
    json!({ "campaign_id": campaign.campaign_id, "starts_at": campaign.starts_at, "ends_at": campaign.ends_at })
}

/// Returns the level of a campaign's budget. Reads the slots only if the money outside the slots is below the
/// threshold. The slots are not read at one instant, so the result is exact up to what is leased meanwhile.
async fn budget(environment: &Environment, campaign: &Campaign, invocation: &Invocation) -> Result<Level, Error> {
    if campaign.phase(invocation.now) != Phase::Live {
        return Ok(Level::Either);
    }
    let (store, account) = (&environment.store, Account::whole(&campaign.app_id, &campaign.campaign_id));
    let Some(budget) = ledger::budget(store, &account).await? else { return Ok(Level::Either) };
    let is_low = |left: i64| left.saturating_mul(LOW_BUDGET) < budget.budget_limit;
    if !is_low(budget.unleased) {
        return Ok(Level::Left);
    }
    let slots = ledger::slots(store, &account, budget.slots).await?;
    let left = budget.unleased + slots.iter().map(|(_, slot)| slot.remaining).sum::<i64>();
    if !is_low(left) {
        return Ok(Level::Left);
    }
    let money = |amount_minor| Money { currency: campaign.budget.currency, amount_minor };
    Ok(Level::Crossed(json!({
        "campaign_id": campaign.campaign_id, "left": money(left), "budget": money(budget.budget_limit),
    })))
}

async fn stock(environment: &Environment, group: &RewardGroup) -> Result<Level, Error> {
    let Some(threshold) = group.low_stock_threshold.filter(|_| group.has_stock()) else {
        return Ok(Level::Left);
    };
    let (app, id) = (&group.app_id, &group.reward_group_id);
    let available = codes::count_up_to(&environment.store, app, id, threshold).await?;
    if available >= threshold {
        return Ok(Level::Left);
    }
    Ok(Level::Crossed(json!({ "reward_group_id": id, "available": available, "threshold": threshold })))
}
