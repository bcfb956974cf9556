//! The ledger: a campaign's budget, and the slots that hold parts of it in escrow so that claims need no item in common.
//! The invariant, at every instant: `limit = unleased + Σ slot.remaining + Σ slot.spent`. Each function here moves money
//! between those terms in one transaction, or spends it from one slot; none creates or destroys any.

use serde::{Deserialize, Serialize};

use super::expression::{BUDGET_COVERS, ESCROW_UNCHANGED, LEASE_COVERED};
use super::failure::Reason;
use super::schema::Key;
use super::{Store, item, requests};
use crate::error::Error;
use crate::id::{AppId, CampaignId};
use crate::money::Money;

/// A campaign's budget.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredBudget {
    /// ISO 4217 code.
    currency: String,
    /// The most that may ever be spent, in minor units; `limit` is a reserved word.
    pub budget_limit: i64,
    /// What no slot holds yet.
    pub unleased: i64,
    /// Slots that may be used: 0 up to one less.
    pub slots: u16,
    /// One more with every movement between budget and slots: two equal readings prove that nothing moved in between.
    pub movements: u64,
    /// Whether anything may be leased.
    pub is_open: bool,
}

impl StoredBudget {
    /// A new budget, all of it unleased.
    pub fn new(limit: Money, slots: u16) -> Self {
        Self {
            currency: limit.currency.code().to_owned(),
            budget_limit: limit.amount_minor,
            unleased: limit.amount_minor,
            slots,
            movements: 0,
            is_open: true,
        }
    }
}

/// A part of the budget in escrow.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredSlot {
    /// In escrow, in minor units.
    pub remaining: i64,
    /// Spent from this slot, in minor units.
    pub spent: i64,
    /// Rewards paid from this slot.
    pub awarded: u64,
    /// Whether anything may be spent.
    pub is_open: bool,
}

/// What an attempt to lease came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Lease {
    /// The slot holds so much more.
    Leased,
    /// Less than that is unleased: so much.
    Short(i64),
    /// The campaign is suspended, or has no ledger yet.
    Closed,
    /// Another lease was at the budget or the slot: try again.
    Conflict,
}

/// Moves `amount` from the budget into a slot, creating the slot at its first lease.
pub async fn lease(store: &Store, app: &AppId, campaign: &CampaignId, slot: u16, amount: i64) -> Result<Lease, Error> {
    let budget = store
        .update_in_transaction(&Key::Budget(app.clone(), campaign.clone()))
        .update_expression("SET unleased = unleased - :amount, movements = movements + :one")
        .condition_expression(LEASE_COVERED)
        .expression_attribute_values(":amount", item::number(amount))
        .expression_attribute_values(":one", item::number(1))
        .expression_attribute_values(":true", item::flag(true));
    // A suspended slot stays closed: `is_open` is only set where there is none.
    let into = store
        .update_in_transaction(&Key::Slot(app.clone(), campaign.clone(), slot))
        .update_expression(
            "SET remaining = if_not_exists(remaining, :zero) + :amount, spent = if_not_exists(spent, :zero), \
             awarded = if_not_exists(awarded, :zero), is_open = if_not_exists(is_open, :true)",
        )
        .expression_attribute_values(":amount", item::number(amount))
        .expression_attribute_values(":zero", item::number(0))
        .expression_attribute_values(":true", item::flag(true));
    let items = vec![requests::update(budget)?, requests::update(into)?];
    match store.transaction("lease budget", items).await? {
        Ok(()) => Ok(Lease::Leased),
        Err(reasons) => match reasons.into_iter().next() {
            Some(Reason::Refused(Some(old))) => {
                let budget: StoredBudget = item::shape("budget", old)?;
                Ok(if budget.is_open { Lease::Short(budget.unleased) } else { Lease::Closed })
            }
            Some(Reason::Refused(None)) => Ok(Lease::Closed),
            _ => Ok(Lease::Conflict),
        },
    }
}

/// Moves exactly `amount`, all that a slot has left, back to the budget. `false` if the slot or the budget changed
/// meanwhile: then nothing moved.
pub async fn give_back(
    store: &Store,
    app: &AppId,
    campaign: &CampaignId,
    slot: u16,
    amount: i64,
) -> Result<bool, Error> {
    let budget = store
        .update_in_transaction(&Key::Budget(app.clone(), campaign.clone()))
        .update_expression("SET unleased = unleased + :amount, movements = movements + :one")
        .condition_expression(super::expression::EXISTS)
        .expression_attribute_values(":amount", item::number(amount))
        .expression_attribute_values(":one", item::number(1));
    let from = store
        .update_in_transaction(&Key::Slot(app.clone(), campaign.clone(), slot))
        .update_expression("SET remaining = :zero")
        .condition_expression(ESCROW_UNCHANGED)
        .expression_attribute_values(":amount", item::number(amount))
        .expression_attribute_values(":zero", item::number(0));
    let items = vec![requests::update(budget)?, requests::update(from)?];
    Ok(store.transaction("give escrow back", items).await?.is_ok())
}

/// The part of a claim that pays: the slot covers the price and is open.
pub(crate) fn pay(
    store: &Store,
    app: &AppId,
    campaign: &CampaignId,
    slot: u16,
    cpa: i64,
) -> Result<aws_sdk_dynamodb::types::TransactWriteItem, Error> {
    let update = store
        .update_in_transaction(&Key::Slot(app.clone(), campaign.clone(), slot))
        .update_expression("SET remaining = remaining - :cpa, spent = spent + :cpa, awarded = awarded + :one")
        .condition_expression(BUDGET_COVERS)
        .expression_attribute_values(":cpa", item::number(cpa))
        .expression_attribute_values(":one", item::number(1))
        .expression_attribute_values(":true", item::flag(true));
    requests::update(update)
}

/// The part of a redemption that counts it. Any counter of the campaign will do: their sum is exact.
pub(crate) fn count_redemption(
    store: &Store,
    app: &AppId,
    campaign: &CampaignId,
    counter: u16,
) -> Result<aws_sdk_dynamodb::types::TransactWriteItem, Error> {
    // Unconditional: adding one is right whatever the counter holds, and the transaction's other half is the guard.
    let update = store
        .update_in_transaction(&Key::Redemptions(app.clone(), campaign.clone(), counter))
        .update_expression("ADD redeemed :one")
        .expression_attribute_values(":one", item::number(1));
    requests::update(update)
}

/// Opens or closes the budget and every slot that exists. Closing: the budget first, so that no slot can be leased into
/// (and thereby made) after the slots were looked through; each slot stops with its own write. Running it again finishes
/// what a crash left.
pub async fn set_open(store: &Store, app: &AppId, campaign: &CampaignId, slots: u16, open: bool) -> Result<(), Error> {
    let slots = (0..slots).map(|slot| Key::Slot(app.clone(), campaign.clone(), slot));
    for key in std::iter::once(Key::Budget(app.clone(), campaign.clone())).chain(slots) {
        let request = store
            .update(&key)
            .update_expression("SET is_open = :open")
            .condition_expression(super::expression::EXISTS)
            .expression_attribute_values(":open", item::flag(open));
        store.update_item("open or close ledger", request).await?;
    }
    Ok(())
}

/// The budget as it stands.
pub async fn budget(store: &Store, app: &AppId, campaign: &CampaignId) -> Result<Option<StoredBudget>, Error> {
    let found = store.get_item("get budget", &Key::Budget(app.clone(), campaign.clone()), true).await?;
    found.map(|found| item::shape("budget", found)).transpose()
}

/// The slots that have ever been leased into, by number.
pub async fn slots(
    store: &Store,
    app: &AppId,
    campaign: &CampaignId,
    slots: u16,
) -> Result<Vec<(u16, StoredSlot)>, Error> {
    let keys: Vec<Key> = (0..slots).map(|slot| Key::Slot(app.clone(), campaign.clone(), slot)).collect();
    let mut found = Vec::new();
    for stored in store.get_items("get slots", &keys).await? {
        if let Key::Slot(_, _, slot) = item::key_of(&stored)? {
            found.push((slot, item::shape("slot", stored)?));
        }
    }
    Ok(found)
}
