//! Claiming a reward: which URL and which ledger slot to try, and what to do about each refusal. The promises hold by
//! the conditions of the one transaction in `store::rewards::claim`; what an environment remembers here (a few URLs, a
//! slot, what is sold out) only makes it fast.

use std::collections::{HashMap, HashSet};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use rand::Rng;
use rand::seq::{IndexedRandom, SliceRandom};
use tokio::time::Instant;

use crate::campaign::{Campaign, Moment};
use crate::error::Error;
use crate::id::{AppId, CampaignId, RewardGroupId, RewardId, UserId};
use crate::reward::{Reward, RewardState, WaitingReason};
use crate::reward_group::{RewardGroup, RewardKind};
use crate::runtime::Invocation;
use crate::store::codes::{self, Candidate, Place};
use crate::store::ledger::{self, Lease};
use crate::store::rewards::{self, Refusal};
use crate::store::schema::STOCK_SHARDS;
use crate::store::Store;

/// Rewards that one lease pays for. More means fewer leases; less means less money in slots that nobody uses.
pub const LEASE_AWARDS: i64 = 10;

/// The most slots that a ledger has.
pub const MAX_SLOTS: u16 = 256;

/// URLs that one query fetches.
const POOL: i32 = 10;

/// For how long an environment believes that stock or budget is used up.
const EXHAUSTED: SignedDuration = SignedDuration::from_secs(5);

/// Refused URLs that an environment remembers, so that a lagging index does not offer them again.
const REMEMBERED_TAKEN: usize = 10_000;

/// What a user has earned and is to be given.
#[derive(Clone, Copy)]
pub struct Ask<'a> {
    /// The campaign that pays.
    pub campaign: &'a Campaign,
    /// The moment it is for.
    pub moment: &'a Moment,
    /// The reward group it comes from.
    pub group: &'a RewardGroup,
    /// Who gets it.
    pub user_id: &'a UserId,
    /// Which of the moment's rewards to this user, from 1.
    pub occurrence: u32,
    /// The user's language, if known.
    pub locale: Option<&'a str>,
}

/// What a claim came to. None of these is an error.
#[derive(Debug, Clone, PartialEq)]
pub enum Claim {
    /// The user has been awarded this reward just now.
    Awarded(Reward),
    /// The user had it already.
    AlreadyAwarded(Reward),
    /// The user waits, since now or since before.
    Waiting(Reward),
}

/// How many slots a budget is spread over: as many as leases fit into it, up to [`MAX_SLOTS`].
pub fn slots_for(budget: i64, smallest_cpa: i64) -> u16 {
    let leases = budget / smallest_cpa.max(1) / LEASE_AWARDS;
    u16::try_from(leases.clamp(1, i64::from(MAX_SLOTS))).unwrap_or(MAX_SLOTS)
}

/// What one environment remembers about stock and budgets.
#[derive(Default)]
pub struct Allocator {
    pools: Mutex<HashMap<(AppId, RewardGroupId), Pool>>,
    slots: Mutex<HashMap<(AppId, CampaignId), SlotInUse>>,
}

#[derive(Default)]
struct Pool {
    candidates: Vec<Candidate>,
    taken: HashSet<String>,
    empty_until: Option<Timestamp>,
}

struct SlotInUse {
    slot: u16,
    /// Until when, and for which price and any above it, the whole budget is known not to suffice.
    short: Option<(Timestamp, i64)>,
}

/// What looking for money came to.
enum Funding {
    /// The slot in use is worth another try.
    Found,
    /// No slot and no part of the budget covers the price.
    Exhausted,
    /// The campaign is suspended.
    Closed,
}

/// Gives the user the reward that was asked for, once, however often and wherever this runs.
///
/// Fails only with [`Error::Unavailable`] (repeat it; nothing is lost) or on a defect.
pub async fn claim(store: &Store, allocator: &Allocator, ask: Ask<'_>, invocation: &Invocation) -> Result<Claim, Error> {
    let reward_id = {
        let mut random = store.random();
        RewardId::new(&ask.campaign.app_id, &ask.campaign.campaign_id, invocation.now, &mut *random)
    };
    let claimant = Claimant { store, allocator, ask, invocation, reward_id };
    let mut conflicts = 0;
    loop {
        if Instant::now() >= invocation.deadline {
            return Err(Error::Unavailable("claim: out of time".into()));
        }
        if allocator.is_short(ask, invocation.now) {
            return claimant.wait(WaitingReason::NoBudget).await;
        }
        let candidate = match (ask.group.kind, claimant.take_candidate().await?) {
            (RewardKind::SharedUrl, _) => None,
            (_, Some(candidate)) => Some(candidate),
            (_, None) => return claimant.wait(WaitingReason::NoStock).await,
        };
        let slot = allocator.slot(store, ask);
        let reward = claimant.reward(slot, candidate.as_ref());
        let refusal = match rewards::claim(store, &reward, candidate.as_ref()).await {
            Ok(Ok(())) => return Ok(Claim::Awarded(reward)),
            Ok(Err(refusal)) => refusal,
            // A write that timed out may have been committed: what the table says is what happened.
            Err(Error::Unavailable(cause)) => return claimant.read_back(cause).await,
            Err(error) => return Err(error),
        };
        // Whatever was refused, only a URL that somebody else has is used up.
        if refusal != Refusal::CodeTaken {
            allocator.put_back(ask, candidate);
        } else if let Some(candidate) = candidate {
            allocator.forget(ask, candidate);
        }
        match refusal {
            Refusal::Exists(found) => return Ok(claimant.existing(*found)),
            Refusal::CodeTaken => {}
            Refusal::SlotClosed => return claimant.wait(WaitingReason::Suspended).await,
            Refusal::SlotShort => match claimant.fund(slot).await? {
                Funding::Found => {}
                Funding::Closed => return claimant.wait(WaitingReason::Suspended).await,
                Funding::Exhausted => {
                    allocator.remember_short(ask, invocation.now);
                    return claimant.wait(WaitingReason::NoBudget).await;
                }
            },
            Refusal::Conflict => {
                conflicts += 1;
                allocator.move_slot(store, ask);
                back_off(store, conflicts).await;
            }
        }
    }
}

struct Claimant<'a> {
    store: &'a Store,
    allocator: &'a Allocator,
    ask: Ask<'a>,
    invocation: &'a Invocation,
    /// One id for all attempts of one call: if an earlier attempt turns out to have been committed, it is known as ours.
    reward_id: RewardId,
}

impl Claimant<'_> {
    fn reward(&self, slot: u16, candidate: Option<&Candidate>) -> Reward {
        let (ask, now) = (self.ask, self.invocation.now);
        Reward {
            reward_id: self.reward_id.clone(),
            user_id: Some(ask.user_id.clone()),
            moment_id: ask.moment.moment_id.clone(),
            occurrence: ask.occurrence,
            reward_group_id: ask.group.reward_group_id.clone(),
            kind: ask.group.kind,
            state: RewardState::Awarded,
            cost: ask.group.cpa,
            url: candidate.map(|candidate| candidate.url.clone()).or_else(|| ask.group.url.clone()),
            slot: Some(slot),
            waiting_reason: None,
            locale: ask.locale.map(str::to_owned),
            earned_at: now,
            awarded_at: Some(now),
            expires_at: ask.group.expires_at(now),
            redeemed_at: None,
        }
    }

    fn existing(&self, found: Reward) -> Claim {
        match found.state {
            RewardState::Waiting => Claim::Waiting(found),
            RewardState::Awarded if found.reward_id == self.reward_id => Claim::Awarded(found),
            RewardState::Awarded | RewardState::Redeemed => Claim::AlreadyAwarded(found),
        }
    }

    async fn wait(&self, reason: WaitingReason) -> Result<Claim, Error> {
        let waiting = Reward {
            state: RewardState::Waiting,
            url: None,
            slot: None,
            waiting_reason: Some(reason),
            awarded_at: None,
            expires_at: None,
            ..self.reward(0, None)
        };
        Ok(match rewards::wait(self.store, &waiting).await? {
            None => Claim::Waiting(waiting),
            Some(found) => self.existing(found),
        })
    }

    async fn read_back(&self, cause: String) -> Result<Claim, Error> {
        let (campaign, moment) = (self.ask.campaign, self.ask.moment);
        let user = (&campaign.app_id, self.ask.user_id);
        let place = (&campaign.campaign_id, &moment.moment_id);
        match rewards::get(self.store, user, place, self.ask.occurrence).await? {
            Some(found) => Ok(self.existing(found)),
            None => Err(Error::Unavailable(cause)),
        }
    }

    /// A URL to try: from the pool, or from a shard of the stock that still has some. `None` when every shard is empty.
    async fn take_candidate(&self) -> Result<Option<Candidate>, Error> {
        if self.ask.group.kind == RewardKind::SharedUrl {
            return Ok(None);
        }
        let (now, allocator) = (self.invocation.now, self.allocator);
        match allocator.with_pool(self.ask, |pool| (pool.candidates.pop(), pool.empty_until)) {
            (Some(candidate), _) => return Ok(Some(candidate)),
            (None, Some(until)) if now < until => return Ok(None),
            _ => {}
        }
        let first = self.store.random().random_range(0..STOCK_SHARDS);
        let every = (0..STOCK_SHARDS).map(|offset| ((first + offset) % STOCK_SHARDS, Place::Beginning));
        for place in std::iter::once((first, Place::Random)).chain(every) {
            let (app, group) = (&self.ask.campaign.app_id, &self.ask.group.reward_group_id);
            let mut found = codes::candidates(self.store, app, group, place, POOL).await?;
            found.shuffle(&mut *self.store.random());
            let candidate = allocator.with_pool(self.ask, |pool| {
                // An index that lags still offers what was just claimed.
                found.retain(|candidate| !pool.taken.contains(&candidate.hash));
                pool.candidates.append(&mut found);
                pool.candidates.pop()
            });
            if candidate.is_some() {
                return Ok(candidate);
            }
        }
        allocator.with_pool(self.ask, |pool| pool.empty_until = now.checked_add(EXHAUSTED).ok());
        Ok(None)
    }

    /// Finds money for one more reward: from the budget, then in the other slots, then by gathering what is left in
    /// slots that each hold too little.
    async fn fund(&self, slot: u16) -> Result<Funding, Error> {
        let (app, campaign) = (&self.ask.campaign.app_id, &self.ask.campaign.campaign_id);
        let cpa = self.ask.group.cpa.amount_minor;
        let mut amount = cpa.saturating_mul(LEASE_AWARDS);
        let mut conflicts = 0;
        while Instant::now() < self.invocation.deadline {
            match ledger::lease(self.store, app, campaign, slot, amount).await? {
                Lease::Leased => return Ok(Funding::Found),
                Lease::Closed => return Ok(Funding::Closed),
                Lease::Short(unleased) if unleased >= cpa => amount = (unleased - unleased % cpa).min(amount),
                Lease::Short(_) => {
                    if let Some(found) = self.search_slots(cpa).await? {
                        return Ok(found);
                    }
                }
                Lease::Conflict => {
                    conflicts += 1;
                    back_off(self.store, conflicts).await;
                }
            }
        }
        Err(Error::Unavailable("claim: out of time looking for budget".into()))
    }

    /// Looks at every slot. `None` means that money moved meanwhile, or was moved back to the budget: lease again.
    async fn search_slots(&self, cpa: i64) -> Result<Option<Funding>, Error> {
        let (app, campaign) = (&self.ask.campaign.app_id, &self.ask.campaign.campaign_id);
        let Some(before) = ledger::budget(self.store, app, campaign).await? else { return Ok(Some(Funding::Closed)) };
        if !before.is_open {
            return Ok(Some(Funding::Closed));
        }
        let slots = ledger::slots(self.store, app, campaign, before.slots).await?;
        let funded: Vec<u16> =
            slots.iter().filter(|(_, slot)| slot.is_open && slot.remaining >= cpa).map(|(number, _)| *number).collect();
        let chosen = funded.choose(&mut *self.store.random()).copied();
        if let Some(chosen) = chosen {
            self.allocator.use_slot(self.ask, chosen);
            return Ok(Some(Funding::Found));
        }
        let Some(after) = ledger::budget(self.store, app, campaign).await? else { return Ok(Some(Funding::Closed)) };
        if before.movements != after.movements || after.unleased >= cpa {
            return Ok(None);
        }
        // Nothing moved between the two readings, and spending only lowers the sum: it is exact or too high.
        let in_slots: i64 = slots.iter().map(|(_, slot)| slot.remaining).sum();
        if after.unleased + in_slots < cpa {
            return Ok(Some(Funding::Exhausted));
        }
        for (number, slot) in slots.iter().filter(|(_, slot)| slot.remaining > 0) {
            ledger::give_back(self.store, app, campaign, *number, slot.remaining).await?;
        }
        Ok(None)
    }
}

impl Allocator {
    fn with_pool<T>(&self, ask: Ask<'_>, act: impl FnOnce(&mut Pool) -> T) -> T {
        let key = (ask.campaign.app_id.clone(), ask.group.reward_group_id.clone());
        let mut pools = self.pools.lock().unwrap_or_else(PoisonError::into_inner);
        act(pools.entry(key).or_default())
    }

    /// Gives back a URL that was not taken. It goes to the far end, so that the next attempt tries another.
    fn put_back(&self, ask: Ask<'_>, candidate: Option<Candidate>) {
        if let Some(candidate) = candidate {
            self.with_pool(ask, |pool| pool.candidates.insert(0, candidate));
        }
    }

    fn forget(&self, ask: Ask<'_>, candidate: Candidate) {
        self.with_pool(ask, |pool| {
            if pool.taken.len() >= REMEMBERED_TAKEN {
                pool.taken.clear();
            }
            pool.taken.insert(candidate.hash);
        });
    }

    fn slots(&self) -> MutexGuard<'_, HashMap<(AppId, CampaignId), SlotInUse>> {
        self.slots.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The environment's slot for the campaign: chosen at random once, then kept, because a slot with one writer never
    /// conflicts.
    fn slot(&self, store: &Store, ask: Ask<'_>) -> u16 {
        let chosen = || SlotInUse { slot: random_slot(store, ask.campaign), short: None };
        self.slots().entry(campaign_key(ask)).or_insert_with(chosen).slot
    }

    fn use_slot(&self, ask: Ask<'_>, slot: u16) {
        self.slots().insert(campaign_key(ask), SlotInUse { slot, short: None });
    }

    fn move_slot(&self, store: &Store, ask: Ask<'_>) {
        let slot = random_slot(store, ask.campaign);
        self.use_slot(ask, slot);
    }

    fn remember_short(&self, ask: Ask<'_>, now: Timestamp) {
        if let Some(slot) = self.slots().get_mut(&campaign_key(ask)) {
            slot.short = now.checked_add(EXHAUSTED).ok().map(|until| (until, ask.group.cpa.amount_minor));
        }
    }

    fn is_short(&self, ask: Ask<'_>, now: Timestamp) -> bool {
        let short = self.slots().get(&campaign_key(ask)).and_then(|slot| slot.short);
        short.is_some_and(|(until, cpa)| now < until && ask.group.cpa.amount_minor >= cpa)
    }
}

fn campaign_key(ask: Ask<'_>) -> (AppId, CampaignId) {
    (ask.campaign.app_id.clone(), ask.campaign.campaign_id.clone())
}

fn random_slot(store: &Store, campaign: &Campaign) -> u16 {
    store.random().random_range(0..campaign.slots.max(1))
}

/// Waits up to 10 ms after the first conflict, up to twice as long after each further one, at most 160 ms: the full
/// jitter that AWS recommends, so that those who met once do not meet again.
async fn back_off(store: &Store, conflicts: u32) {
    let most = 10_u64 << conflicts.saturating_sub(1).min(4);
    let wait = store.random().random_range(0..=most);
    tokio::time::sleep(Duration::from_millis(wait)).await;
}
