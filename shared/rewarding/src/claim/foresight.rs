//! What a claim would come to now, by reading alone: for dry runs. It looks at the same things as a claim, in the same order; what it
//! says holds for as long as nobody else claims.

use domain::Error;
use domain::campaign::Cap;
use domain::campaign::guards::FingerprintKind;
use domain::reward::WaitingReason;
use domain::reward::group::{RewardGroup, RewardKind};
use jiff::Timestamp;
use store::ledger::{self, Account};
use store::{Store, codes, guards};

use super::{Ask, accounts};

/// What a claim would come to.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Foreseen<'a> {
    /// A reward of this group.
    Given(&'a RewardGroup),
    /// A place in the line.
    Waits(WaitingReason),
    /// A cap leaves no room for it: that of the user, of the moment, of the reward group, or of any day.
    Capped(&'static str),
    /// Another reward has the device or the payment.
    Used(FingerprintKind),
}

/// Foresees a claim. Nothing is written, not even what a claim notes on its way.
pub async fn foresee<'a>(store: &Store, ask: Ask<'a>, now: Timestamp) -> Result<Foreseen<'a>, Error> {
    let mut lacks_stock = false;
    let mut last = Foreseen::Waits(WaitingReason::NoStock);
    for group in std::iter::once(ask.group).chain(ask.substitutes.iter().copied()) {
        last = of_group(store, Ask { group, ..ask }, now).await?;
        match last {
            Foreseen::Waits(WaitingReason::NoStock) => lacks_stock = true,
            Foreseen::Capped("reward group" | "day") => {}
            settled => return Ok(if lacks_stock { blocked(settled) } else { settled }),
        }
    }
    Ok(if lacks_stock { blocked(last) } else { last })
}

/// Where a group before this one lacks nothing but stock, a cap that is reached here is no end: the user waits for that stock.
fn blocked(foreseen: Foreseen<'_>) -> Foreseen<'_> {
    match foreseen {
        Foreseen::Capped(_) => Foreseen::Waits(WaitingReason::NoStock),
        other => other,
    }
}

async fn of_group<'a>(store: &Store, ask: Ask<'a>, now: Timestamp) -> Result<Foreseen<'a>, Error> {
    let (campaign, group) = (ask.campaign, ask.group);
    let (app, cpa) = (&campaign.app_id, group.cpa.amount_minor);
    let per_user = campaign.caps.per_user.map(|cap| cap.amount_minor);
    if per_user.is_some_and(|cap| cap < cpa) {
        return Ok(Foreseen::Capped("user"));
    }
    if group.kind != RewardKind::SharedUrl && !codes::any(store, app, &group.reward_group_id).await? {
        return Ok(Foreseen::Waits(WaitingReason::NoStock));
    }
    for held in ask.guarded.held(&campaign.guards) {
        if guards::held_by(store, app, &campaign.campaign_id, held).await?.is_some() {
            return Ok(Foreseen::Used(held.0));
        }
    }
    if let Some(cap) = per_user
        && ledger::spent_on(store, (app, ask.user_id), &campaign.campaign_id).await? > cap - cpa
    {
        return Ok(Foreseen::Capped("user"));
    }
    for account in accounts(ask, now) {
        match left(store, ask, &account).await? {
            Left::Enough => {}
            Left::Closed => return Ok(Foreseen::Waits(WaitingReason::Suspended)),
            Left::TooLittle => return Ok(short(ask, &account)),
        }
    }
    Ok(Foreseen::Given(group))
}

/// What is left in a ledger.
enum Left {
    Enough,
    TooLittle,
    Closed,
}

async fn left(store: &Store, ask: Ask<'_>, account: &Account) -> Result<Left, Error> {
    let cpa = ask.group.cpa.amount_minor;
    let of = |enough| if enough { Left::Enough } else { Left::TooLittle };
    let Some(budget) = ledger::budget(store, account).await? else {
        // That of a cap is opened at its first use.
        let limit = account.cap.as_ref().and_then(|cap| ask.campaign.caps.limit(cap));
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

/// What it means that a ledger does not cover the price, as `Claimant::exhausted` says.
fn short<'a>(ask: Ask<'_>, account: &Account) -> Foreseen<'a> {
    let cpa = ask.group.cpa.amount_minor;
    let never = ask.campaign.caps.per_day.is_some_and(|cap| cap.amount_minor < cpa);
    match account.cap {
        None => Foreseen::Waits(WaitingReason::NoBudget),
        Some(Cap::Day(_)) if never => Foreseen::Capped("day"),
        Some(Cap::Day(_)) => Foreseen::Waits(WaitingReason::DaySpent),
        Some(Cap::Group(_)) => Foreseen::Capped("reward group"),
        Some(Cap::Moment(_)) => Foreseen::Capped("moment"),
    }
}
