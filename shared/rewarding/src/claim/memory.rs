//! The hints that one environment keeps between claims. A wrong hint only costs a refused transaction.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use domain::id::{AppId, RewardGroupId};
use jiff::Timestamp;
use rand::Rng;
use store::Store;
use store::codes::Candidate;
use store::ledger::Account;
use tokio::time::Instant;

use super::ClaimRequest;
use super::sources::accounts;

/// The time for which an environment considers stock or budget exhausted.
const EXHAUSTED: Duration = Duration::from_secs(5);

/// Given or refused URLs that an environment remembers, so that a lagging index does not offer them again.
const REMEMBERED_TAKEN: usize = 10_000;

/// The time for which it remembers them: longer than an index lags. Later an unseen URL may return to stock.
const TAKEN: Duration = Duration::from_secs(60);

/// Slots remembered from one search.
const REMEMBERED_FUNDED: usize = 16;

/// Ledgers remembered.
const REMEMBERED_ACCOUNTS: usize = 10_000;

/// Hints that one environment keeps between claims.
#[derive(Default)]
pub struct Allocator {
    pools: Mutex<HashMap<(AppId, RewardGroupId), Pool>>,
    slots: Mutex<HashMap<Account, Slots>>,
}

#[derive(Default)]
struct Pool {
    candidates: Vec<Candidate>,
    /// The hash and the time.
    taken: HashMap<String, Instant>,
    empty: Option<Exhausted>,
}

impl Pool {
    fn remember(&mut self, taken: Option<Candidate>) {
        if self.taken.len() >= REMEMBERED_TAKEN {
            self.taken.clear();
        }
        self.taken.extend(taken.map(|candidate| (candidate.hash, Instant::now())));
    }
}

/// The time, by this environment's own clock, at which nothing was left, and the time until which that counts.
#[derive(Clone, Copy)]
struct Exhausted {
    seen: Instant,
    until: Instant,
}

impl Exhausted {
    fn now() -> Self {
        let seen = Instant::now();
        Self { seen, until: seen + EXHAUSTED }
    }

    fn is_believed(self) -> bool {
        Instant::now() < self.until
    }
}

#[derive(Default)]
struct Slots {
    idle: Vec<Slot>,
    /// Slots with money that a search found, not tried since.
    funded: Vec<Slot>,
    /// The lowest price known to exceed the whole budget.
    short: Option<(Exhausted, i64)>,
}

/// A ledger slot in use by one claim. Claims of one environment take different ones: one writer never conflicts.
#[derive(Debug, Clone, Copy)]
pub(super) struct Slot {
    pub(super) number: u16,
    /// The escrowed money there, as far as this environment knows. `None` before it is known.
    pub(super) known: Option<i64>,
}

/// The pool's answer.
pub(super) enum Pooled {
    Candidate(Candidate),
    /// The stock is known to be empty.
    Empty,
    /// The pool is empty; the stock may have more.
    Refill,
}

impl Allocator {
    pub(super) fn take_candidate(&self, request: ClaimRequest<'_>) -> Pooled {
        self.pool(request, |pool| match (pool.candidates.pop(), pool.empty) {
            (Some(candidate), _) => Pooled::Candidate(candidate),
            (None, Some(empty)) if empty.is_believed() => Pooled::Empty,
            (None, _) => Pooled::Refill,
        })
    }

    /// Adds URLs of a query and takes one. Skips known claimed URLs, which a lagging index still offers.
    pub(super) fn refill(&self, request: ClaimRequest<'_>, mut found: Vec<Candidate>) -> Option<Candidate> {
        self.pool(request, |pool| {
            found.retain(|candidate| pool.taken.get(&candidate.hash).is_none_or(|since| since.elapsed() >= TAKEN));
            pool.candidates.append(&mut found);
            pool.candidates.pop()
        })
    }

    pub(super) fn remember_empty(&self, request: ClaimRequest<'_>) {
        self.pool(request, |pool| pool.empty = Some(Exhausted::now()));
    }

    /// Returns an unused URL to the far end, so that the next attempt tries another.
    pub(super) fn put_back(&self, request: ClaimRequest<'_>, candidate: Option<Candidate>) {
        if let Some(candidate) = candidate {
            self.pool(request, |pool| pool.candidates.insert(0, candidate));
        }
    }

    /// Remembers that this environment just gave a URL away.
    pub(super) fn remember_ours(&self, request: ClaimRequest<'_>, candidate: Option<Candidate>) {
        self.pool(request, |pool| pool.remember(candidate));
    }

    /// Remembers that a URL is taken, and drops those found with it: a query costs a tenth of a refused transaction.
    pub(super) fn remember_taken(&self, request: ClaimRequest<'_>, candidate: Option<Candidate>) {
        self.pool(request, |pool| {
            pool.candidates.clear();
            pool.remember(candidate);
        });
    }

    /// Returns an idle slot that this environment has used before, or one that a search found funded, or a random one.
    pub(super) fn take_slot(&self, store: &Store, account: &Account, slots: u16) -> Slot {
        self.slots(account, |slots| slots.idle.pop()).unwrap_or_else(|| self.another_slot(store, account, slots))
    }

    /// Returns a slot that a search found funded, or a random one. For when the current slot fails.
    pub(super) fn another_slot(&self, store: &Store, account: &Account, slots: u16) -> Slot {
        self.funded_slot(account).unwrap_or_else(|| random_slot(store, slots))
    }

    pub(super) fn funded_slot(&self, account: &Account) -> Option<Slot> {
        self.slots(account, |slots| slots.funded.pop())
    }

    /// Remembers slots with money that a search found.
    pub(super) fn remember_funded(&self, account: &Account, mut funded: Vec<Slot>) {
        funded.truncate(REMEMBERED_FUNDED);
        self.slots(account, |slots| slots.funded = funded);
    }

    /// Forgets them: if others emptied one, they emptied the rest, and a new search costs less than trying them all.
    pub(super) fn forget_funded(&self, account: &Account) {
        self.slots(account, |slots| slots.funded.clear());
    }

    pub(super) fn return_slot(&self, account: &Account, slot: Slot) {
        self.slots(account, |slots| {
            // Concurrent claims may have had the same slot. The last to return knows most.
            slots.idle.retain(|idle| idle.number != slot.number);
            slots.idle.push(slot);
        });
    }

    pub(super) fn remember_short(&self, account: &Account, cpa: i64) {
        self.slots(account, |slots| slots.short = Some((Exhausted::now(), cpa)));
    }

    pub(super) fn is_short(&self, account: &Account, cpa: i64) -> bool {
        let short = self.slots(account, |slots| slots.short);
        short.is_some_and(|(short, known)| short.is_believed() && cpa >= known)
    }

    /// True if this environment has seen since `then` no budget, or no stock of the group and its substitutes.
    pub fn was_exhausted_since(&self, request: ClaimRequest<'_>, then: Instant, now: Timestamp) -> bool {
        std::iter::once(request.group).chain(request.substitutes.iter().copied()).all(|group| {
            let request = ClaimRequest { group, ..request };
            let empty = self.pool(request, |pool| pool.empty.filter(|_| pool.candidates.is_empty()));
            let short = accounts(request, now).into_iter().filter_map(|account| {
                self.slots(&account, |slots| slots.short.filter(|(_, cpa)| group.cpa.amount_minor >= *cpa))
            });
            let seen = empty.into_iter().chain(short.map(|(short, _)| short)).map(|exhausted| exhausted.seen);
            seen.max().is_some_and(|seen| seen >= then)
        })
    }

    /// Forgets exhausted and taken things, because something was added.
    pub fn look_again(&self) {
        for pool in self.pools.lock().unwrap_or_else(PoisonError::into_inner).values_mut() {
            pool.empty = None;
            pool.taken.clear();
        }
        for slots in self.slots.lock().unwrap_or_else(PoisonError::into_inner).values_mut() {
            slots.short = None;
        }
    }

    fn pool<T>(&self, request: ClaimRequest<'_>, act: impl FnOnce(&mut Pool) -> T) -> T {
        let key = (request.campaign.app_id.clone(), request.group.reward_group_id.clone());
        act(self.pools.lock().unwrap_or_else(PoisonError::into_inner).entry(key).or_default())
    }

    fn slots<T>(&self, account: &Account, act: impl FnOnce(&mut Slots) -> T) -> T {
        let mut all = self.slots.lock().unwrap_or_else(PoisonError::into_inner);
        if all.len() >= REMEMBERED_ACCOUNTS && !all.contains_key(account) {
            // One for each day of each campaign with a daily cap. A search finds forgotten ones again.
            all.clear();
        }
        act(all.entry(account.clone()).or_default())
    }
}

/// Returns a random slot of a ledger.
fn random_slot(store: &Store, slots: u16) -> Slot {
    Slot { number: store.random().random_range(0..slots), known: None }
}
