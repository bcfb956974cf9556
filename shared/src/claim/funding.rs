//! Finding money for one more reward: from the budget, then in the other slots, then by gathering what is left in slots
//! that each hold too little. It ends with money in a slot, or with the proof that there is none.

use rand::seq::SliceRandom;
use tokio::time::Instant;

use super::memory::Slot;
use super::{Ask, GOOD_LEASE, LEAST_LEASE, back_off};
use crate::error::Error;
use crate::runtime::Invocation;
use crate::store::Store;
use crate::store::ledger::{self, Lease, StoredBudget};

/// The most slots that are emptied into the budget at once.
const GATHERED: usize = 25;

/// What looking for money came to.
pub(super) enum Funding {
    /// This slot is worth a try.
    Found(Slot),
    /// These slots are worth a try, in any order; there is at least one.
    InOthers(Vec<Slot>),
    /// Others are at the budget; a slot that nobody has looked at is worth a try meanwhile.
    Busy,
    /// No slot and no part of the budget covers the price.
    Exhausted,
    /// The campaign is suspended.
    Closed,
}

/// Leases into the slot, or finds others that cover the price.
pub(super) async fn fund(store: &Store, ask: Ask<'_>, slot: Slot, invocation: &Invocation) -> Result<Funding, Error> {
    let (app, campaign) = (&ask.campaign.app_id, &ask.campaign.campaign_id);
    let cpa = ask.group.cpa.amount_minor;
    let mut rounds = 0;
    while Instant::now() < invocation.deadline {
        let Some(budget) = ledger::budget(store, app, campaign).await? else { return Ok(Funding::Closed) };
        if !budget.is_open {
            return Ok(Funding::Closed);
        }
        if budget.unleased >= cpa {
            let amount = portion(&budget, cpa);
            match ledger::lease(store, app, campaign, &budget, (slot.number, amount)).await? {
                Lease::Leased => {
                    return Ok(Funding::Found(Slot { known: Some(slot.known.unwrap_or_default() + amount), ..slot }));
                }
                Lease::Closed => return Ok(Funding::Closed),
                Lease::Conflict => return Ok(Funding::Busy),
                // Somebody was faster, or an admin came in between.
                Lease::Short(_) => {}
            }
        } else if budget.is_short_of(cpa, invocation.now) {
            return Ok(Funding::Exhausted);
        } else if let Some(found) = search_slots(store, ask, &budget, invocation).await? {
            return Ok(found);
        }
        rounds += 1;
        back_off(store, rounds).await;
    }
    Err(Error::Unavailable("claim: out of time looking for budget".into()))
}

/// How much to lease: enough for [`GOOD_LEASE`] rewards, so that the budget item is seldom needed, or a slot's share of what
/// is left if that is more; towards the end an eighth of what is left, so that little lies in slots that nobody uses.
fn portion(budget: &StoredBudget, cpa: i64) -> i64 {
    let share = budget.unleased / (2 * i64::from(budget.slots.max(1)));
    let good = cpa.saturating_mul(GOOD_LEASE).min(budget.unleased / 8);
    let least = cpa.saturating_mul(LEAST_LEASE);
    let amount = share.max(good).max(least).min(budget.unleased);
    amount - amount % cpa
}

/// Looks at every slot. `None` means that money moved meanwhile, or was moved back to the budget: look at that again.
async fn search_slots(
    store: &Store,
    ask: Ask<'_>,
    before: &StoredBudget,
    invocation: &Invocation,
) -> Result<Option<Funding>, Error> {
    let (app, campaign) = (&ask.campaign.app_id, &ask.campaign.campaign_id);
    let cpa = ask.group.cpa.amount_minor;
    let mut slots = ledger::slots(store, app, campaign, before.slots).await?;
    slots.shuffle(&mut *store.random());
    let covers = slots.iter().filter(|(_, slot)| slot.is_open && slot.remaining >= cpa);
    let funded: Vec<Slot> =
        covers.map(|(number, slot)| Slot { number: *number, known: Some(slot.remaining) }).collect();
    if !funded.is_empty() {
        return Ok(Some(Funding::InOthers(funded)));
    }
    let Some(after) = ledger::budget(store, app, campaign).await? else { return Ok(Some(Funding::Closed)) };
    if before.movements != after.movements {
        return Ok(None);
    }
    // Nothing moved between the two readings, and spending only lowers the sum: it is exact or too high. (Or a lease was just
    // being committed, and was seen in the budget and not yet in its slot: then this is wrong for as long as it is believed.)
    let in_slots: i64 = slots.iter().map(|(_, slot)| slot.remaining).sum();
    if after.unleased + in_slots < cpa {
        // If it is not noted, something has moved: then this is no longer the whole truth.
        let noted = ledger::note_short(store, app, campaign, after.movements, (cpa, invocation.now)).await?;
        return Ok(noted.then_some(Funding::Exhausted));
    }
    let mut gathered = after.unleased;
    let mut emptied = Vec::new();
    for (number, slot) in slots.iter().filter(|(_, slot)| slot.remaining > 0).take(GATHERED) {
        if gathered >= cpa {
            break;
        }
        gathered += slot.remaining;
        emptied.push((*number, slot.remaining));
    }
    ledger::give_back(store, app, campaign, &emptied).await?;
    Ok(None)
}
