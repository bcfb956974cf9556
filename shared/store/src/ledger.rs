//! The ledger: a campaign's budget, and the slots that hold parts of it in escrow so that claims share no item. The
//! invariant, at every instant: `limit = unleased + Σ slot.remaining + Σ slot.spent`. Each function here moves money
//! between those terms in one transaction, spends it from one slot or refunds it there; none creates or destroys any.

use aws_sdk_dynamodb::types::TransactWriteItem;
use std::collections::BTreeMap;

use domain::Error;
use domain::campaign::Cap;
use domain::id::{AppId, CampaignId, RewardGroupId, UserId};
use domain::money::Money;
use futures_util::stream::{self, StreamExt as _, TryStreamExt as _};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::conditions::{
    ALLOWANCE_COVERS, BUDGET_COVERS, ESCROW_UNCHANGED, EXISTS, LEASE_COVERED, NOT_OVERTAKEN, NOT_YET_WRITTEN,
    NOTHING_ADDED, NOTHING_ADDED_YET, SPENT_COVERS, UNLEASED_COVERS,
};
use super::failure::Reason;
use super::schema::Key;
use super::{Store, item, requests};

/// Slots in one transaction with the budget: DynamoDB takes a hundred items.
const WITH_BUDGET: usize = 99;

/// Slots that one transaction empties into the budget.
pub const AT_MOST_GIVEN_BACK: usize = 25;

/// Concurrent requests when every slot is visited.
const AT_ONCE: usize = 32;

const CAP_SLOTS: u16 = 32;

/// Days that the ledger of a day's cap is kept.
const DAY_KEPT: i64 = 60;

/// A ledger of a campaign: of its whole budget, or of a cap. "Budget" means either here.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Account {
    /// The app.
    pub app: AppId,
    /// The campaign.
    pub campaign: CampaignId,
    /// The cap; `None` is the whole budget.
    pub cap: Option<Cap>,
}

impl Account {
    /// The ledger of a campaign's whole budget.
    pub fn whole(app: &AppId, campaign: &CampaignId) -> Self {
        Self { app: app.clone(), campaign: campaign.clone(), cap: None }
    }

    fn budget(&self) -> Key {
        match &self.cap {
            None => Key::Budget(self.app.clone(), self.campaign.clone()),
            Some(cap) => Key::CapBudget(self.app.clone(), self.campaign.clone(), cap.clone()),
        }
    }

    fn slot(&self, slot: u16) -> Key {
        match &self.cap {
            None => Key::Slot(self.app.clone(), self.campaign.clone(), slot),
            Some(cap) => Key::CapSlot(self.app.clone(), self.campaign.clone(), cap.clone(), slot),
        }
    }

    /// Its number of slots, given the campaign's.
    pub fn slots(&self, campaign: u16) -> u16 {
        if self.cap.is_some() { CAP_SLOTS } else { campaign.max(1) }
    }

    /// True while its items are kept.
    pub(crate) fn is_kept(&self, now: Timestamp) -> bool {
        self.expires().is_none_or(|expires| now.as_second() < expires)
    }

    /// When a day's items may be deleted, in seconds since 1970.
    fn expires(&self) -> Option<i64> {
        let Some(Cap::Day(day)) = self.cap else { return None };
        Some((i64::from(day) + DAY_KEPT) * 24 * 3_600)
    }
}

/// A campaign's budget, or a cap's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredBudget {
    currency: String,
    /// The most to spend, in minor units; `limit` is a reserved word.
    pub budget_limit: i64,
    /// Money in no slot.
    pub unleased: i64,
    /// The number of slots.
    pub slots: u16,
    /// Grows with every movement between budget and slots: equal readings mean that nothing moved in between.
    pub movements: u64,
    /// True if slots may lease.
    pub is_open: bool,
    /// The campaign version that opened or closed it last: a late writer with an older version changes nothing.
    pub as_of: u64,
    /// The last campaign version that has reached all of the ledger. If older than `as_of`, that work is in progress
    /// or was interrupted.
    pub aligned: u64,
    /// Number of refunds into a slot that were noted.
    #[serde(default)]
    pub refunds: u64,
    /// The limit under which the whole budget did not cover a price. Spending only lowers the rest, and a refund
    /// removes this note.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    short_at: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    short_for: Option<i64>,
    /// When a day's cap may be deleted, in seconds since 1970.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    expires: Option<i64>,
}

impl StoredBudget {
    /// A new budget, fully unleased, opened by that version of its campaign.
    pub fn new(limit: Money, slots: u16, as_of: u64) -> Self {
        Self {
            currency: limit.currency.code().to_owned(),
            budget_limit: limit.amount_minor,
            unleased: limit.amount_minor,
            slots,
            movements: 0,
            is_open: true,
            as_of,
            aligned: as_of,
            refunds: 0,
            short_at: None,
            short_for: None,
            expires: None,
        }
    }

    /// True if the budget and all slots together are known not to cover the price.
    pub fn is_short_of(&self, cpa: i64) -> bool {
        self.short_at == Some(self.budget_limit) && self.short_for.is_some_and(|short_for| short_for <= cpa)
    }

    /// True if every slot matches the campaign's state. Otherwise the change of state is in progress, or its writer
    /// died.
    pub fn is_aligned(&self, open: bool) -> bool {
        self.is_open == open && self.aligned >= self.as_of
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
    /// The same by reward group.
    pub awarded_of: BTreeMap<RewardGroupId, u64>,
    /// True if money may be spent.
    pub is_open: bool,
    /// The campaign version that opened or closed it last.
    pub as_of: u64,
}

/// The outcome of an attempt to lease.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Lease {
    /// The money is in the slot.
    Leased,
    /// The budget has less unleased.
    Short,
    /// The campaign is suspended, or has no ledger yet.
    Closed,
    /// Another lease was at the budget or the slot: try again.
    Conflict,
}

/// Moves `amount` from the budget, as it was read, into a slot. The first lease creates the slot.
pub async fn lease(
    store: &Store,
    account: &Account,
    budget: &StoredBudget,
    slot: u16,
    amount: i64,
) -> Result<Lease, Error> {
    let from = take_from_budget(store, account, budget.as_of, amount);
    let expires = account.expires();
    let expiry = if expires.is_some() { ", expires = :expires" } else { "" };
    // A suspended slot stays closed: only a new slot sets `is_open`.
    let into = store
        .update_in_transaction(&account.slot(slot))
        .update_expression(format!(
            "SET remaining = if_not_exists(remaining, :zero) + :amount, spent = if_not_exists(spent, :zero), \
             awarded = if_not_exists(awarded, :zero), awarded_of = if_not_exists(awarded_of, :none), \
             is_open = if_not_exists(is_open, :true), as_of = if_not_exists(as_of, :as_of){expiry}"
        ))
        .expression_attribute_values(":amount", item::number(amount))
        .expression_attribute_values(":as_of", item::number(budget.as_of))
        .expression_attribute_values(":none", item::empty_map())
        .expression_attribute_values(":zero", item::number(0))
        .expression_attribute_values(":true", item::flag(true));
    let into = match expires {
        Some(expires) => into.expression_attribute_values(":expires", item::number(expires)),
        None => into,
    };
    let items = vec![requests::update(from)?, requests::update(into)?];
    match store.transaction("lease budget", items).await? {
        Ok(()) => Ok(Lease::Leased),
        Err(reasons) => match reasons.into_iter().next() {
            Some(Reason::Refused(Some(old))) => {
                let budget: StoredBudget = item::shape("budget", old)?;
                Ok(if budget.is_open { Lease::Short } else { Lease::Closed })
            }
            Some(Reason::Refused(None)) => Ok(Lease::Closed),
            _ => Ok(Lease::Conflict),
        },
    }
}

/// Moves `each` from the budget into every slot, so that first claims need no lease. Skips slots that exist or
/// conflict; leases fill those later.
pub async fn fill(store: &Store, account: &Account, budget: &StoredBudget, each: i64) -> Result<(), Error> {
    let numbers: Vec<u16> = (0..budget.slots).collect();
    for chunk in numbers.chunks(WITH_BUDGET) {
        let amount = each * i64::try_from(chunk.len()).unwrap_or(i64::MAX);
        let mut items = vec![requests::update(take_from_budget(store, account, budget.as_of, amount))?];
        for slot in chunk {
            let (awarded_of, as_of) = (BTreeMap::new(), budget.as_of);
            let full = StoredSlot { remaining: each, spent: 0, awarded: 0, awarded_of, is_open: true, as_of };
            let at = account.slot(*slot);
            let put = store.put_in_transaction(item::whole(&at, None, &full)?).condition_expression(NOT_YET_WRITTEN);
            items.push(requests::put(put)?);
        }
        let _ = store.transaction("fill slots", items).await?;
    }
    Ok(())
}

/// Moves the rest of these slots back to the budget. Returns `false`, and moves nothing, if a slot no longer holds
/// exactly that much, or on a conflict. At most 99 slots.
pub async fn give_back(store: &Store, account: &Account, slots: &[(u16, i64)]) -> Result<bool, Error> {
    let amount: i64 = slots.iter().map(|(_, remaining)| remaining).sum();
    let budget = store
        .update_in_transaction(&account.budget())
        .update_expression("SET unleased = unleased + :amount, movements = movements + :one")
        .condition_expression(EXISTS)
        .expression_attribute_values(":amount", item::number(amount))
        .expression_attribute_values(":one", item::number(1));
    let mut items = vec![requests::update(budget)?];
    for (slot, remaining) in slots {
        let from = store
            .update_in_transaction(&account.slot(*slot))
            .update_expression("SET remaining = :zero")
            .condition_expression(ESCROW_UNCHANGED)
            .expression_attribute_values(":amount", item::number(*remaining))
            .expression_attribute_values(":zero", item::number(0));
        items.push(requests::update(from)?);
    }
    Ok(store.transaction("give escrow back", items).await?.is_ok())
}

/// Notes that the whole budget, as it was read, does not cover the price, so that others need not read all of it
/// again. Notes nothing if it was raised or refunded to since.
pub async fn note_short(store: &Store, account: &Account, budget: &StoredBudget, cpa: i64) -> Result<bool, Error> {
    let request = store
        .update(&account.budget())
        .update_expression("SET short_at = :limit, short_for = :cpa")
        .condition_expression(if budget.refunds == 0 { NOTHING_ADDED_YET } else { NOTHING_ADDED })
        .expression_attribute_values(":limit", item::number(budget.budget_limit))
        .expression_attribute_values(":refunds", item::number(budget.refunds))
        .expression_attribute_values(":cpa", item::number(cpa));
    store.update_item("note that the budget is used up", request).await
}

/// Notes a refund into a slot, so that the budget is no longer known to be short. Comes after the refund; late or
/// repeated notes do no harm.
pub async fn note_refund(store: &Store, account: &Account) -> Result<(), Error> {
    let request = store
        .update(&account.budget())
        .update_expression("SET refunds = if_not_exists(refunds, :zero) + :one REMOVE short_at, short_for")
        .condition_expression(EXISTS)
        .expression_attribute_values(":zero", item::number(0))
        .expression_attribute_values(":one", item::number(1));
    store.update_item("note a refund", request).await.map(drop)
}

fn take_from_budget(
    store: &Store,
    account: &Account,
    as_of: u64,
    amount: i64,
) -> aws_sdk_dynamodb::types::builders::UpdateBuilder {
    store
        .update_in_transaction(&account.budget())
        .update_expression("SET unleased = unleased - :amount, movements = movements + :one")
        .condition_expression(LEASE_COVERED)
        .expression_attribute_values(":as_of", item::number(as_of))
        .expression_attribute_values(":amount", item::number(amount))
        .expression_attribute_values(":one", item::number(1))
        .expression_attribute_values(":true", item::flag(true))
}

/// The part of a claim that pays: the slot covers the price and is open.
pub(crate) fn pay(
    store: &Store,
    account: &Account,
    slot: u16,
    group: &RewardGroupId,
    cpa: i64,
) -> Result<TransactWriteItem, Error> {
    let update = store
        .update_in_transaction(&account.slot(slot))
        .update_expression(
            "SET remaining = remaining - :cpa, spent = spent + :cpa, awarded = awarded + :one, \
             awarded_of.#group = if_not_exists(awarded_of.#group, :zero) + :one",
        )
        .expression_attribute_names("#group", group.as_str())
        .expression_attribute_values(":zero", item::number(0))
        .condition_expression(BUDGET_COVERS)
        .expression_attribute_values(":cpa", item::number(cpa))
        .expression_attribute_values(":one", item::number(1))
        .expression_attribute_values(":true", item::flag(true));
    requests::update(update)
}

/// The part of a claim that keeps to the cap on one user.
pub(crate) fn charge(store: &Store, allowance: &Key, cap: i64, cpa: i64) -> Result<TransactWriteItem, Error> {
    let update = store
        .update_in_transaction(allowance)
        .update_expression("SET spent = if_not_exists(spent, :zero) + :cpa")
        .condition_expression(ALLOWANCE_COVERS)
        .expression_attribute_values(":zero", item::number(0))
        .expression_attribute_values(":cpa", item::number(cpa))
        .expression_attribute_values(":most", item::number(cap - cpa));
    requests::update(update)
}

/// The part of a refund that returns the price to the slot that paid it, open or not. The group's awards only fall if
/// the URL returns to stock: a URL that somebody has seen is gone.
pub(crate) fn refund(
    store: &Store,
    account: &Account,
    slot: u16,
    group: &RewardGroupId,
    cpa: i64,
    is_restocked: bool,
) -> Result<TransactWriteItem, Error> {
    let mut sets = "SET remaining = remaining + :cpa, spent = spent - :cpa, awarded = awarded - :one".to_owned();
    let mut update = store.update_in_transaction(&account.slot(slot));
    if is_restocked {
        sets += ", awarded_of.#group = awarded_of.#group - :one";
        update = update.expression_attribute_names("#group", group.as_str());
    }
    let update = update
        .update_expression(sets)
        .condition_expression(SPENT_COVERS)
        .expression_attribute_values(":cpa", item::number(cpa))
        .expression_attribute_values(":one", item::number(1));
    requests::update(update)
}

/// The part of a refund that lowers the amount spent on the user.
pub(crate) fn discharge(store: &Store, allowance: &Key, cpa: i64) -> Result<TransactWriteItem, Error> {
    let update = store
        .update_in_transaction(allowance)
        .update_expression("SET spent = spent - :cpa")
        .condition_expression(SPENT_COVERS)
        .expression_attribute_values(":cpa", item::number(cpa));
    requests::update(update)
}

/// Opens the ledger of a cap at its first use, unless it is there. Caps do not change while a campaign runs, so every
/// writer opens it alike.
pub async fn open_cap(store: &Store, account: &Account, limit: Money) -> Result<(), Error> {
    let budget = StoredBudget { expires: account.expires(), ..StoredBudget::new(limit, CAP_SLOTS, 0) };
    let item = item::whole(&account.budget(), None, &budget)?;
    let request = store.put().set_item(Some(item)).condition_expression(NOT_YET_WRITTEN);
    store.put_item("open the ledger of a cap", request).await.map(|_| ())
}

/// The part of a redemption that counts it. Any counter of the campaign will do: their sum is exact.
pub(crate) fn count_redemption(
    store: &Store,
    app: &AppId,
    campaign: &CampaignId,
    counter: u16,
) -> Result<TransactWriteItem, Error> {
    // Unconditional: adding one is right for any count, and the transaction's other half guards it.
    let update = store
        .update_in_transaction(&Key::Redemptions(app.clone(), campaign.clone(), counter))
        .update_expression("ADD redeemed :one")
        .expression_attribute_values(":one", item::number(1));
    requests::update(update)
}

/// The part of a budget edit that moves the limit. A raise is unleased and may add slots; a cut takes unleased money.
/// Either counts as a movement, so that a reader who sums slots starts again.
pub(crate) fn change_limit(
    store: &Store,
    app: &AppId,
    campaign: &CampaignId,
    extra: i64,
    slots: u16,
) -> Result<TransactWriteItem, Error> {
    let update = store
        .update_in_transaction(&Key::Budget(app.clone(), campaign.clone()))
        .update_expression(
            "SET budget_limit = budget_limit + :extra, unleased = unleased + :extra, slots = :slots, \
             movements = movements + :one",
        )
        .condition_expression(UNLEASED_COVERS)
        .expression_attribute_values(":extra", item::number(extra))
        .expression_attribute_values(":less", item::number(extra.min(0).saturating_neg()))
        .expression_attribute_values(":one", item::number(1))
        .expression_attribute_values(":slots", item::number(slots));
    requests::update(update)
}

/// Opens or closes the budget and every existing slot, as that version of the campaign says. Closing starts with the
/// budget, so that no lease creates a slot behind the walk. Each slot stops with its own write. Opening ends with the
/// budget, so that an open budget means open slots. Finally the budget records that all of it was reached. A repeat
/// finishes what a crash left; a late writer with an older version changes nothing.
pub async fn set_open(
    store: &Store,
    app: &AppId,
    campaign: &CampaignId,
    slots: u16,
    open: bool,
    as_of: u64,
) -> Result<(), Error> {
    let budget = Key::Budget(app.clone(), campaign.clone());
    if !open {
        set_one_open(store, &budget, open, as_of, "").await?;
    }
    let one = async |slot| set_one_open(store, &Key::Slot(app.clone(), campaign.clone(), slot), open, as_of, "").await;
    // Visit all of them even after a failure: finished work need not be repeated.
    let done: Vec<Result<(), Error>> = stream::iter((0..slots).map(one)).buffer_unordered(AT_ONCE).collect().await;
    done.into_iter().collect::<Result<(), Error>>()?;
    set_one_open(store, &budget, open, as_of, ", aligned = :as_of").await
}

async fn set_one_open(store: &Store, key: &Key, open: bool, as_of: u64, more: &str) -> Result<(), Error> {
    let request = store
        .update(key)
        .update_expression(format!("SET is_open = :open, as_of = :as_of{more}"))
        .condition_expression(NOT_OVERTAKEN)
        .expression_attribute_values(":open", item::flag(open))
        .expression_attribute_values(":as_of", item::number(as_of));
    store.update_item("open or close ledger", request).await.map(|_| ())
}

/// Returns the amount spent on a user in a campaign that caps it, in minor units.
pub async fn spent_on(store: &Store, app: &AppId, user: &UserId, campaign: &CampaignId) -> Result<i64, Error> {
    let allowance = Key::Allowance(app.clone(), user.clone(), campaign.clone());
    let found: Option<Allowance> = store.get_shape("get allowance", "allowance", &allowance).await?;
    Ok(found.map_or(0, |found| found.spent))
}

#[derive(Deserialize)]
struct Allowance {
    spent: i64,
}

/// Returns the budget.
pub async fn budget(store: &Store, account: &Account) -> Result<Option<StoredBudget>, Error> {
    store.get_shape("get budget", "budget", &account.budget()).await
}

/// Returns the existing slots, by number. An approval or a lease creates them.
pub async fn slots(store: &Store, account: &Account, slots: u16) -> Result<Vec<(u16, StoredSlot)>, Error> {
    let keys: Vec<Key> = (0..slots).map(|slot| account.slot(slot)).collect();
    let chunks: Vec<Vec<Key>> = keys.chunks(100).map(<[Key]>::to_vec).collect();
    let read = chunks.into_iter().map(|chunk| async move { store.get_items("get slots", &chunk).await });
    let read: Vec<Vec<_>> = stream::iter(read).buffered(AT_ONCE).try_collect().await?;
    let mut found = Vec::new();
    for stored in read.into_iter().flatten() {
        if let Key::Slot(_, _, slot) | Key::CapSlot(_, _, _, slot) = item::key_of(&stored)? {
            found.push((slot, item::shape("slot", stored)?));
        }
    }
    found.sort_unstable_by_key(|(slot, _)| *slot);
    Ok(found)
}
