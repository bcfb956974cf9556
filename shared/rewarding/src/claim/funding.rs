//! Finds money for one more reward: in the budget, then in other slots, then by gathering the rest of slots that hold
//! too little each. Ends with money in a slot, or with the proof that none is left.

use domain::Error;
use invocation::Invocation;
use rand::seq::SliceRandom;
use store::Store;
use store::ledger::{self, Account, Lease, StoredBudget};
use tokio::time::Instant;

use super::memory::Slot;
use super::{ClaimRequest, GOOD_LEASE, LEAST_LEASE};

/// The result of a search for money.
pub(super) enum Funding {
    /// This slot is worth a try.
    Found(Slot),
    /// These slots are worth a try, in any order. At least one.
    InOthers(Vec<Slot>),
    /// Other claims use the budget. A slot that this claim has not read is worth a try meanwhile.
    Busy,
    /// No slot and no part of the budget covers the price.
    Exhausted,
    /// The campaign is suspended.
    Closed,
}

/// Leases into the slot, or finds others that cover the price. The ledger of a cap is opened at its first use.
pub(super) async fn fund(
    store: &Store,
    account: &Account,
    request: ClaimRequest<'_>,
    slot: Slot,
    invocation: &Invocation,
) -> Result<Funding, Error> {
    let cpa = request.group.cpa.amount_minor;
    let mut rounds = 0;
    while Instant::now() < invocation.deadline {
        let Some(budget) = ledger::budget(store, account).await? else {
            let limit = account.cap.as_ref().and_then(|cap| request.campaign.caps.limit(cap));
            let Some(limit) = limit else { return Ok(Funding::Closed) };
            ledger::open_cap(store, account, limit).await?;
            continue;
        };
        if !budget.is_open {
            return Ok(Funding::Closed);
        }
        if budget.unleased >= cpa {
            let amount = portion(&budget, cpa);
            match ledger::lease(store, account, &budget, slot.number, amount).await? {
                Lease::Leased => {
                    return Ok(Funding::Found(Slot { known: Some(slot.known.unwrap_or_default() + amount), ..slot }));
                }
                Lease::Closed => return Ok(Funding::Closed),
                Lease::Conflict => return Ok(Funding::Busy),
                // Somebody was faster, or an admin came in between.
                Lease::Short => {}
            }
        } else if budget.is_short_of(cpa) {
            return Ok(Funding::Exhausted);
        } else if let Some(found) = search_slots(store, account, cpa, &budget).await? {
            return Ok(found);
        }
        rounds += 1;
        store.back_off(rounds).await;
    }
    Err(Error::Unavailable("claim: out of time looking for budget".into()))
}

/// Returns the amount to lease: enough for [`GOOD_LEASE`] rewards, so that claims seldom need the budget item, or half
/// of a slot's share of the rest if that is more. Near the end an eighth of the rest, so that little lies unused.
fn portion(budget: &StoredBudget, cpa: i64) -> i64 {
    let share = budget.unleased / (2 * i64::from(budget.slots.max(1)));
    let good = cpa.saturating_mul(GOOD_LEASE).min(budget.unleased / 8);
    let least = cpa.saturating_mul(LEAST_LEASE);
    let amount = share.max(good).max(least).min(budget.unleased);
    amount - amount % cpa
}

/// Reads every slot. Returns `None` if money moved or was added: read the budget again.
async fn search_slots(
    store: &Store,
    account: &Account,
    cpa: i64,
    budget: &StoredBudget,
) -> Result<Option<Funding>, Error> {
    let mut slots = ledger::slots(store, account, budget.slots).await?;
    // No more than this is left, even if money moved between budget and slots while they were read one after the other.
    // A refund into a slot that was read before prevents the note.
    let spent: i64 = slots.iter().map(|(_, slot)| slot.spent).sum();
    if budget.budget_limit - spent < cpa {
        // Without the note, an admin raised the budget or a refund came in.
        let noted = ledger::note_short(store, account, budget, cpa).await?;
        return Ok(noted.then_some(Funding::Exhausted));
    }
    slots.shuffle(&mut *store.random());
    let covers = slots.iter().filter(|(_, slot)| slot.is_open && slot.remaining >= cpa);
    let funded: Vec<Slot> =
        covers.map(|(number, slot)| Slot { number: *number, known: Some(slot.remaining) }).collect();
    if !funded.is_empty() {
        return Ok(Some(Funding::InOthers(funded)));
    }
    // Enough is left, in pieces. Other claims move it, too. Gathering fresh leases would make claims rob each other.
    let now = ledger::budget(store, account).await?;
    if now.is_none_or(|now| now.movements != budget.movements) {
        return Ok(None);
    }
    let mut gathered = budget.unleased;
    let mut emptied = Vec::new();
    for (number, slot) in slots.iter().filter(|(_, slot)| slot.remaining > 0).take(ledger::AT_MOST_GIVEN_BACK) {
        if gathered >= cpa {
            break;
        }
        gathered += slot.remaining;
        emptied.push((*number, slot.remaining));
    }
    if !emptied.is_empty() {
        ledger::give_back(store, account, &emptied).await?;
    }
    Ok(None)
}
