//! Foresees a claim's result by reading alone, for dry runs. It reads the same things as a claim, in the same order.

use domain::Error;
use domain::campaign::Cap;
use domain::reward::WaitingReason;
use domain::reward::group::RewardGroup;
use jiff::Timestamp;
use store::ledger::{self, Account};
use store::{Store, codes, guards};

use super::sources::accounts;
use super::{ClaimRequest, ClosedBy};

/// The result that a claim would have.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Foreseen<'a> {
    /// A reward of this group.
    Given(&'a RewardGroup),
    /// A place in the line.
    Waits(WaitingReason),
    /// No reward, ever.
    Closed(ClosedBy),
}

/// Foresees a claim. Nothing is written, not even what a claim notes on its way.
pub async fn foresee<'a>(store: &Store, request: ClaimRequest<'a>, now: Timestamp) -> Result<Foreseen<'a>, Error> {
    let mut lacks_stock = false;
    let mut last = Foreseen::Waits(WaitingReason::NoStock);
    for group in std::iter::once(request.group).chain(request.substitutes.iter().copied()) {
        last = of_group(store, ClaimRequest { group, ..request }, now).await?;
        match last {
            Foreseen::Waits(WaitingReason::NoStock) => lacks_stock = true,
            Foreseen::Closed(ClosedBy::Cap("reward group" | "day")) => {}
            settled => return Ok(if lacks_stock { blocked(settled) } else { settled }),
        }
    }
    Ok(if lacks_stock { blocked(last) } else { last })
}

/// If an earlier group lacks only stock, a cap that is reached here does not end it: the user waits for that stock.
fn blocked(foreseen: Foreseen<'_>) -> Foreseen<'_> {
    match foreseen {
        Foreseen::Closed(ClosedBy::Cap(_)) => Foreseen::Waits(WaitingReason::NoStock),
        other => other,
    }
}

async fn of_group<'a>(store: &Store, request: ClaimRequest<'a>, now: Timestamp) -> Result<Foreseen<'a>, Error> {
    let (campaign, group) = (request.campaign, request.group);
    let (app, cpa) = (&campaign.app_id, group.cpa.amount_minor);
    let per_user = campaign.caps.per_user.map(|cap| cap.amount_minor);
    if per_user.is_some_and(|cap| cap < cpa) {
        return Ok(Foreseen::Closed(ClosedBy::Cap("user")));
    }
    if group.has_stock() && !codes::any(store, app, &group.reward_group_id).await? {
        return Ok(Foreseen::Waits(WaitingReason::NoStock));
    }
    for held in request.guarded.held(&campaign.guards) {
        if guards::held_by(store, app, &campaign.campaign_id, held).await?.is_some() {
            return Ok(Foreseen::Closed(ClosedBy::Fingerprint(held.0)));
        }
    }
    if let Some(cap) = per_user
        && ledger::spent_on(store, app, request.user_id, &campaign.campaign_id).await? > cap - cpa
    {
        return Ok(Foreseen::Closed(ClosedBy::Cap("user")));
    }
    for account in accounts(request, now) {
        match left(store, request, &account).await? {
            Left::Enough => {}
            Left::Closed => return Ok(Foreseen::Waits(WaitingReason::Suspended)),
            Left::TooLittle => return Ok(short(request, &account)),
        }
    }
    Ok(Foreseen::Given(group))
}

/// Returns the money left in a ledger.
enum Left {
    Enough,
    TooLittle,
    Closed,
}

async fn left(store: &Store, request: ClaimRequest<'_>, account: &Account) -> Result<Left, Error> {
    let cpa = request.group.cpa.amount_minor;
    let of = |enough| if enough { Left::Enough } else { Left::TooLittle };
    let Some(budget) = ledger::budget(store, account).await? else {
        // A cap's ledger is opened at its first use.
        let limit = account.cap.as_ref().and_then(|cap| request.campaign.caps.limit(cap));
        return Ok(limit.map_or(Left::Closed, |limit| of(limit.amount_minor >= cpa)));
    };
    if !budget.is_open {
        return Ok(Left::Closed);
    }
    if budget.unleased >= cpa || budget.is_short_of(cpa) {
        return Ok(of(budget.unleased >= cpa));
    }
    let slots = ledger::slots(store, account, budget.slots).await?;
    let spent: i64 = slots.iter().map(|(_, slot)| slot.spent).sum();
    Ok(of(budget.budget_limit - spent >= cpa))
}

/// Returns what follows if a ledger does not cover the price, as `attempt::Claimant::exhausted` does.
fn short<'a>(request: ClaimRequest<'_>, account: &Account) -> Foreseen<'a> {
    let cpa = request.group.cpa.amount_minor;
    let never = request.campaign.caps.per_day.is_some_and(|cap| cap.amount_minor < cpa);
    match account.cap {
        None => Foreseen::Waits(WaitingReason::NoBudget),
        Some(Cap::Day(_)) if never => Foreseen::Closed(ClosedBy::Cap("day")),
        Some(Cap::Day(_)) => Foreseen::Waits(WaitingReason::DaySpent),
        Some(Cap::Group(_)) => Foreseen::Closed(ClosedBy::Cap("reward group")),
        Some(Cap::Moment(_)) => Foreseen::Closed(ClosedBy::Cap("moment")),
    }
}
