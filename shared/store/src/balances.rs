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
    /// Adds up slots that were read between two readings of the budget. Returns `None` if money moved between the budget
    /// and a slot meanwhile: a sum over such readings counts it twice, or not at all. Claims and refunds may go on: they
    /// move money within one slot, which is read at one instant.
    pub fn of(before: &StoredBudget, slots: &[(u16, StoredSlot)], after: &StoredBudget) -> Option<Self> {
        let remaining: i64 = slots.iter().map(|(_, slot)| slot.remaining).sum();
        let spent: i64 = slots.iter().map(|(_, slot)| slot.spent).sum();
        let balance = Self { limit: after.budget_limit, unleased: after.unleased, remaining, spent };
        // The second condition holds whenever the first does, except that a batch of reads may see a part of a
        // transaction: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis.html
        let is_whole = balance.limit == balance.unleased + remaining + spent;
        (before.movements == after.movements && is_whole).then_some(balance)
    }
}

/// Returns a ledger's balance; `None` if there is no ledger yet. Reads the budget, every slot (a request for each
/// hundred), and the budget again, until no money has moved in between.
pub async fn read(store: &Store, account: &Account) -> Result<Option<Balance>, Error> {
    let Some(mut before) = ledger::budget(store, account).await? else { return Ok(None) };
    for round in 1..=ROUNDS {
        let slots = ledger::slots(store, account, before.slots).await?;
        let Some(after) = ledger::budget(store, account).await? else { return Ok(None) };
        if let Some(balance) = Balance::of(&before, &slots, &after) {
            return Ok(Some(balance));
        }
        before = after;
        store.back_off(round).await;
    }
    Err(Error::Unavailable("the campaign's money keeps moving".into()))
}
