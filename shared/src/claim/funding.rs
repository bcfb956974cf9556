//! Finding money for one more reward: from the budget, then in the other slots, then by gathering what is left in slots
//! that each hold too little. It ends with money in a slot, or with the proof that there is none.

use rand::seq::IndexedRandom;
use tokio::time::Instant;

use super::memory::Slot;
use super::{Ask, LEASE_AWARDS, back_off};
use crate::error::Error;
use crate::runtime::Invocation;
use crate::store::Store;
use crate::store::ledger::{self, Lease};

/// What looking for money came to.
pub(super) enum Funding {
    /// This slot is worth a try.
    Found(Slot),
    /// No slot and no part of the budget covers the price.
    Exhausted,
    /// The campaign is suspended.
    Closed,
}

/// Leases into the slot, or finds another that covers the price.
pub(super) async fn fund(store: &Store, ask: Ask<'_>, slot: Slot, invocation: &Invocation) -> Result<Funding, Error> {
    let (app, campaign) = (&ask.campaign.app_id, &ask.campaign.campaign_id);
    let cpa = ask.group.cpa.amount_minor;
    let mut amount = cpa.saturating_mul(LEASE_AWARDS);
    let mut conflicts = 0;
    while Instant::now() < invocation.deadline {
        match ledger::lease(store, app, campaign, slot.number, amount).await? {
            Lease::Leased => {
                return Ok(Funding::Found(Slot { known: Some(slot.known.unwrap_or_default() + amount), ..slot }));
            }
            Lease::Closed => return Ok(Funding::Closed),
            Lease::Short(unleased) if unleased >= cpa => amount = (unleased - unleased % cpa).min(amount),
            Lease::Short(_) => {
                if let Some(found) = search_slots(store, ask).await? {
                    return Ok(found);
                }
            }
            Lease::Conflict => {
                conflicts += 1;
                back_off(store, conflicts).await;
            }
        }
    }
    Err(Error::Unavailable("claim: out of time looking for budget".into()))
}

/// Looks at every slot. `None` means that money moved meanwhile, or was moved back to the budget: lease again.
async fn search_slots(store: &Store, ask: Ask<'_>) -> Result<Option<Funding>, Error> {
    let (app, campaign) = (&ask.campaign.app_id, &ask.campaign.campaign_id);
    let cpa = ask.group.cpa.amount_minor;
    let Some(before) = ledger::budget(store, app, campaign).await? else { return Ok(Some(Funding::Closed)) };
    if !before.is_open {
        return Ok(Some(Funding::Closed));
    }
    let slots = ledger::slots(store, app, campaign, before.slots).await?;
    let covers = slots.iter().filter(|(_, slot)| slot.is_open && slot.remaining >= cpa);
    let funded: Vec<Slot> =
        covers.map(|(number, slot)| Slot { number: *number, known: Some(slot.remaining) }).collect();
    if let Some(chosen) = funded.choose(&mut *store.random()) {
        return Ok(Some(Funding::Found(*chosen)));
    }
    let Some(after) = ledger::budget(store, app, campaign).await? else { return Ok(Some(Funding::Closed)) };
    if before.movements != after.movements || after.unleased >= cpa {
        return Ok(None);
    }
    // Nothing moved between the two readings, and spending only lowers the sum: it is exact or too high.
    let in_slots: i64 = slots.iter().map(|(_, slot)| slot.remaining).sum();
    if after.unleased + in_slots < cpa {
        return Ok(Some(Funding::Exhausted));
    }
    for (number, slot) in slots.iter().filter(|(_, slot)| slot.remaining > 0) {
        ledger::give_back(store, app, campaign, *number, slot.remaining).await?;
    }
    Ok(None)
}
