//! The balance of a ledger: the terms of `limit = unleased + Σ remaining + Σ spent`, read while money moves.

use domain::Error;

use super::Store;
use super::ledger::{self, Account, StoredBudget, StoredSlot};

/// The most rounds of reading. A busy campaign moves budget some ten times a second, and a round takes some
/// milliseconds.
const ROUNDS: u32 = 8;

/// The terms of a ledger, in minor units. They always add up to the limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Balance {
    /// The most to spend.
    pub limit: i64,
    /// Money in no slot.
    pub unleased: i64,
    /// Money in slots.
    pub remaining: i64,
    /// Money spent, without refunds.
    pub spent: i64,
}

impl Balance {
    /// Adds up slots and a budget that was read after them. Returns `None` if the terms do not add up: then money moved
    /// between the budget and a slot meanwhile, and the sum counts it twice or not at all. Claims and refunds may go
    /// on: they move money within one slot, and each slot is read at one instant.
    pub fn of(slots: &[(u16, StoredSlot)], budget: &StoredBudget) -> Option<Self> {
        let remaining: i64 = slots.iter().map(|(_, slot)| slot.remaining).sum();
        let spent: i64 = slots.iter().map(|(_, slot)| slot.spent).sum();
        let (limit, unleased) = (budget.budget_limit, budget.unleased);
        (limit == unleased + remaining + spent).then_some(Self { limit, unleased, remaining, spent })
    }
}

/// Returns the balance of a ledger with so many slots; `None` if there is no ledger yet. Reads every slot (a request
/// for each hundred) and the budget, until they add up.
pub async fn read(store: &Store, account: &Account, mut slots: u16) -> Result<Option<Balance>, Error> {
    for round in 1..=ROUNDS {
        let found = ledger::slots(store, account, slots).await?;
        let Some(budget) = ledger::budget(store, account).await? else { return Ok(None) };
        if let Some(balance) = Balance::of(&found, &budget) {
            return Ok(Some(balance));
        }
        // A raise of the budget may have added slots.
        slots = budget.slots;
        store.back_off(round).await;
    }
    Err(Error::Unavailable("the campaign's money keeps moving".into()))
}
