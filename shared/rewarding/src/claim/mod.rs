//! Claiming a reward: which URL and which ledger slot to try, and what to do about each refusal. The promises hold by
//! the conditions of the one transaction in `store::rewards::claim`; what an environment remembers (`memory`) only makes
//! it fast, and `funding` finds the money.

pub mod foresight;
mod funding;
mod memory;
mod stock;

use domain::Error;
use domain::campaign::guards::{FingerprintKind, Guarded};
use domain::campaign::{Campaign, Cap, Moment};
use domain::id::{RewardGroupId, RewardId, UserId};
use domain::reward::credit::Credit;
use domain::reward::group::RewardGroup;
use domain::reward::{CapSlot, Reward, RewardState, WaitingReason};
use invocation::Invocation;
use jiff::Timestamp;
use store::Store;
use store::codes::Candidate;
use store::ledger::Account;
use store::rewards::{self, Payment, Refusal, Standing};
use tokio::time::Instant;

use funding::{Funding, fund};
pub use memory::Allocator;
use memory::Slot;
use stock::Stock;

/// Rewards that a lease pays for while there is plenty. The budget item takes some forty transactions a second, so this
/// times forty is what can be leased in a second.
const GOOD_LEASE: i64 = 100;

/// Rewards that a lease pays for at least, if there is as much.
const LEAST_LEASE: i64 = 10;

/// Rewards that a slot is filled for at least when the campaign is approved.
const LEAST_FILL: i64 = 10;

/// The most slots that a ledger has.
pub const MAX_SLOTS: u16 = 2_048;

/// URLs that one query fetches.
const POOL: i32 = 10;
const POOL_SIZE: usize = POOL as usize;

/// What a user has earned and is to be given.
#[derive(Clone, Copy)]
pub struct Ask<'a> {
    /// The campaign that pays.
    pub campaign: &'a Campaign,
    /// The moment it is for.
    pub moment: &'a Moment,
    /// The reward group it comes from, and whose line the user joins if there is nothing.
    pub group: &'a RewardGroup,
    /// What it comes from if the group is out of stock, in this order.
    pub substitutes: &'a [&'a RewardGroup],
    /// Who gets it.
    pub user_id: &'a UserId,
    /// Which of the moment's rewards to this user, from 1.
    pub occurrence: u32,
    /// The user's language, if known.
    pub locale: Option<&'a str>,
    /// The user's marketplace, if known.
    pub marketplace: Option<&'a str>,
    /// The user's place in the line, if it is the line's turn: then this very reward is awarded.
    pub waiting: Option<&'a Reward>,
    /// The voided reward that this one is to replace, if it is to replace one.
    pub replaces: Option<&'a Reward>,
    /// Whether nobody is shown the URL by whoever asks: then it can still go back to stock.
    pub is_unseen: bool,
    /// What the campaign's guards look at.
    pub guarded: Guarded<'a>,
    /// Which of the moment's rewards the user is assigned: the group's own id, unless that stands in for it.
    pub arm: &'a RewardGroupId,
    /// Whether events have completed the moment.
    pub is_completed: bool,
}

/// What a claim came to. None of these is an error.
#[derive(Debug, Clone, PartialEq)]
pub enum Claim {
    /// The user has been awarded this reward just now.
    Awarded(Reward),
    /// URL and money are taken, and an admin has yet to release it: since now or since before.
    InReview(Reward),
    /// The user had it already.
    AlreadyAwarded(Reward),
    /// The user waits, since now or since before.
    Waiting(Reward),
    /// The user waits, because of what is left for this user or this moment: others in the line may get something.
    Blocked(Reward),
    /// A cap leaves no room for it, and never will: that of the user, of the moment, of the reward group, or of any day.
    Capped(&'static str),
    /// There is one reward per device or payment, and another one has this one's.
    Used(FingerprintKind),
    /// There is nothing to replace the voided reward with; it stays as it is.
    NothingLeft(WaitingReason),
    /// The user, and with the user the place in the line, was erased meanwhile; or the reward that was to be replaced is not the
    /// latest any more.
    Gone,
}

/// How many slots a budget is spread over.
pub fn slots_for(budget: i64, smallest_cpa: i64) -> u16 {
    let slots = (budget / smallest_cpa.max(1) / (2 * LEAST_FILL)).clamp(1, i64::from(MAX_SLOTS));
    u16::try_from(slots).unwrap_or(MAX_SLOTS)
}

/// How much each slot is filled with at the beginning: together about half of the budget. The other half goes where it is
/// needed.
pub fn fill_of(budget: i64, slots: u16, smallest_cpa: i64) -> i64 {
    let each = budget / (2 * i64::from(slots.max(1)));
    each - each % smallest_cpa.max(1)
}

/// The ledgers that pay for a reward: the campaign's own, then those of the caps that it falls under.
fn accounts(ask: Ask<'_>, now: Timestamp) -> Vec<Account> {
    let (campaign, caps) = (ask.campaign, &ask.campaign.caps);
    let whole = Account::whole(&campaign.app_id, &campaign.campaign_id);
    let day = caps.per_day.map(|_| Cap::Day(campaign.day(now)));
    let moment = Cap::Moment(ask.moment.moment_id.clone());
    let group = Cap::Group(ask.group.reward_group_id.clone());
    let capped = [moment, group].into_iter().chain(day).filter(|cap| caps.limit(cap).is_some());
    let capped = capped.map(|cap| Account { cap: Some(cap), ..whole.clone() });
    std::iter::once(whole.clone()).chain(capped).collect()
}

/// Gives the user the reward that was asked for, once, however often and wherever this runs.
///
/// Fails only with [`Error::Unavailable`] (repeat it; nothing is lost) or on a defect.
pub async fn claim(
    store: &Store,
    allocator: &Allocator,
    ask: Ask<'_>,
    invocation: &Invocation,
) -> Result<Claim, Error> {
    let mut claimant = Claimant {
        store,
        allocator,
        asked: ask,
        ask,
        invocation,
        ours: Vec::new(),
        purses: Vec::new(),
        lacks_stock: false,
    };
    claimant.open_purses();
    let mut conflicts = 0;
    loop {
        if Instant::now() >= invocation.deadline {
            return Err(Error::Unavailable("claim: out of time".into()));
        }
        match claimant.attempt().await? {
            Attempt::Settled(claim) => {
                if let Claim::Awarded(reward) | Claim::InReview(reward) = &claim
                    && claimant.ours.contains(&reward.reward_id)
                {
                    invocation.metrics.awarded(reward.cost);
                }
                claimant.close_purses();
                return Ok(claim);
            }
            Attempt::Again => {}
            Attempt::Busy => {
                conflicts += 1;
                claimant.change_slots();
                store.back_off(conflicts).await;
            }
        }
    }
}

/// What one attempt came to.
#[expect(clippy::large_enum_variant, reason = "it lives for one turn of the loop in `claim`")]
enum Attempt {
    Settled(Claim),
    Again,
    /// Others are at the items, or there is no capacity: go on with other slots, after a pause.
    Busy,
}

/// A ledger that pays, and the slot of it in use.
struct Purse {
    account: Account,
    slot: Slot,
}

struct Claimant<'a> {
    store: &'a Store,
    allocator: &'a Allocator,
    /// What was asked for.
    asked: Ask<'a>,
    /// The same, from the group whose turn it is.
    ask: Ask<'a>,
    invocation: &'a Invocation,
    /// The ids of all attempts: if an earlier one turns out to have been committed, it is known as ours.
    ours: Vec<RewardId>,
    /// What pays, the campaign's own ledger first.
    purses: Vec<Purse>,
    /// Whether a group before the one whose turn it is lacks nothing but stock.
    lacks_stock: bool,
}

impl Claimant<'_> {
    /// Takes a slot of each ledger that the reward falls under.
    fn open_purses(&mut self) {
        self.close_purses();
        let campaign = self.ask.campaign.slots;
        let open = |account: Account| {
            let slot = self.allocator.take_slot(self.store, &account, account.slots(campaign));
            Purse { account, slot }
        };
        self.purses = accounts(self.ask, self.invocation.now).into_iter().map(open).collect();
    }

    fn close_purses(&mut self) {
        for Purse { account, slot } in self.purses.drain(..) {
            self.allocator.return_slot(&account, slot);
        }
    }

    fn change_slots(&mut self) {
        let campaign = self.ask.campaign.slots;
        for purse in &mut self.purses {
            let slots = purse.account.slots(campaign);
            purse.slot = self.allocator.another_slot(self.store, &purse.account, slots);
        }
    }

    async fn attempt(&mut self) -> Result<Attempt, Error> {
        let ask = self.ask;
        let cpa = ask.group.cpa.amount_minor;
        let allowance = ask.campaign.caps.per_user.map(|cap| cap.amount_minor);
        if allowance.is_some_and(|cap| cap < cpa) {
            return self.capped("user").await;
        }
        if let Some(short) = self.purses.iter().position(|purse| self.allocator.is_short(&purse.account, cpa)) {
            return self.exhausted(short).await;
        }
        let empty = |purse: &Purse| purse.slot.known.is_some_and(|known| known < cpa);
        if let Some(empty) = self.purses.iter().position(empty) {
            return self.fund(empty).await;
        }
        let candidate = match self.take_candidate().await? {
            Stock::None if self.substitute() => {
                self.lacks_stock = true;
                return Ok(Attempt::Again);
            }
            Stock::None => return Ok(Attempt::Settled(self.wait(WaitingReason::NoStock).await?)),
            Stock::NotNeeded => None,
            Stock::Candidate(candidate) => Some(candidate),
        };
        let slots: Vec<(Account, u16)> =
            self.purses.iter().map(|purse| (purse.account.clone(), purse.slot.number)).collect();
        let mut reward = self.reward(slots.first().map_or(0, |(_, slot)| *slot), candidate.as_ref());
        let caps = slots.iter().filter_map(|(account, slot)| Some(CapSlot { cap: account.cap.clone()?, slot: *slot }));
        reward.cap_slots = caps.collect();
        reward.is_charged = allowance.is_some();
        let guards = &ask.campaign.guards;
        let until = ask.campaign.ends_at.max(self.invocation.now);
        let payment = Payment { slots, allowance, held: ask.guarded.held(guards).collect(), held_until: until };
        let standing = match (ask.waiting, ask.replaces) {
            (Some(_), _) => Standing::Waiting,
            (None, Some(voided)) => Standing::Voided(voided),
            (None, None) => Standing::Nothing,
        };
        let standing = (standing, self.invocation.now);
        let refusal = match rewards::claim(self.store, &reward, candidate.as_ref(), &payment, standing).await {
            Ok(Ok(())) => {
                self.allocator.remember_ours(ask, candidate);
                for purse in &mut self.purses {
                    purse.slot.known = purse.slot.known.map(|known| known - cpa);
                }
                let claim = if ask.guarded.review { Claim::InReview(reward) } else { Claim::Awarded(reward) };
                return Ok(Attempt::Settled(claim));
            }
            Ok(Err(refusal)) => refusal,
            // A write that timed out may have been committed: what the table says is what happened.
            Err(Error::Unavailable(cause)) => return Ok(Attempt::Settled(self.read_back(cause).await?)),
            Err(error) => return Err(error),
        };
        // Whatever was refused, only a URL that somebody else has is used up.
        if refusal == Refusal::CodeTaken {
            self.drop_twin(candidate.as_ref()).await?;
            self.allocator.remember_taken(ask, candidate);
        } else {
            self.allocator.put_back(ask, candidate);
        }
        match refusal {
            Refusal::Exists(found) => Ok(Attempt::Settled(self.existing(*found))),
            Refusal::Gone => Ok(Attempt::Settled(Claim::Gone)),
            Refusal::CodeTaken => Ok(Attempt::Again),
            Refusal::Used(kind) => self.unless_given(Claim::Used(kind)).await,
            Refusal::AllowanceUsed => self.capped("user").await,
            Refusal::SlotClosed => Ok(Attempt::Settled(self.wait(WaitingReason::Suspended).await?)),
            Refusal::SlotShort(index) => {
                if let Some(purse) = self.purses.get_mut(index)
                    && purse.slot.known.take().is_some()
                {
                    self.allocator.forget_funded(&purse.account);
                }
                self.fund(index).await
            }
            Refusal::Busy => Ok(Attempt::Busy),
        }
    }

    /// Finds money in the ledger of a purse.
    async fn fund(&mut self, index: usize) -> Result<Attempt, Error> {
        let (store, cpa) = (self.store, self.ask.group.cpa.amount_minor);
        let caps = &self.ask.campaign.caps;
        let Some(purse) = self.purses.get_mut(index) else { return Ok(Attempt::Busy) };
        let account = &purse.account;
        if let Some(funded) = self.allocator.funded_slot(account) {
            purse.slot = funded;
            return Ok(Attempt::Again);
        }
        let cap = account.cap.as_ref().and_then(|cap| caps.limit(cap));
        let funding = match fund(store, (account, cap), cpa, purse.slot, self.invocation).await {
            // Throttled, or an answer was lost. What was leased, is: it will be found.
            Err(Error::Unavailable(_)) => return Ok(Attempt::Busy),
            funding => funding?,
        };
        match funding {
            Funding::Found(slot) => purse.slot = slot,
            Funding::InOthers(mut slots) => {
                purse.slot = slots.pop().unwrap_or(purse.slot);
                self.allocator.remember_funded(account, slots);
            }
            Funding::Busy => return Ok(Attempt::Busy),
            Funding::Closed => return Ok(Attempt::Settled(self.wait(WaitingReason::Suspended).await?)),
            Funding::Exhausted => {
                self.allocator.remember_short(account, cpa);
                return self.exhausted(index).await;
            }
        }
        Ok(Attempt::Again)
    }

    /// There is no money in the ledger of a purse: what that means depends on whose it is. A cap of a moment or of a user is
    /// never lifted, so there is nothing to wait for.
    async fn exhausted(&mut self, index: usize) -> Result<Attempt, Error> {
        let cap = self.purses.get(index).and_then(|purse| purse.account.cap.clone());
        let cpa = self.ask.group.cpa.amount_minor;
        // There is no day on which a price above the cap of a day could be paid.
        let never = self.ask.campaign.caps.per_day.is_some_and(|cap| cap.amount_minor < cpa);
        match cap {
            None => Ok(Attempt::Settled(self.wait(WaitingReason::NoBudget).await?)),
            Some(Cap::Day(_)) if never && self.substitute() => Ok(Attempt::Again),
            Some(Cap::Day(_)) if never => self.capped("day").await,
            Some(Cap::Day(_)) => Ok(Attempt::Settled(self.wait(WaitingReason::DaySpent).await?)),
            Some(Cap::Group(_)) if self.substitute() => Ok(Attempt::Again),
            Some(Cap::Group(_)) => self.capped("reward group").await,
            Some(Cap::Moment(_)) => self.capped("moment").await,
        }
    }

    /// A cap leaves nothing for the group whose turn it is, and never will. If one before it lacks stock alone, that may come.
    async fn capped(&mut self, cap: &'static str) -> Result<Attempt, Error> {
        if self.lacks_stock {
            let claim = self.wait(WaitingReason::NoStock).await?;
            return Ok(Attempt::Settled(match claim {
                Claim::Waiting(waiting) if cap != "reward group" => Claim::Blocked(waiting),
                claim => claim,
            }));
        }
        self.unless_given(Claim::Capped(cap)).await
    }

    /// Nothing can be given, unless it has been: it may have been this very reward that took the last of the money, or has the
    /// device, a moment ago and elsewhere. After the proof that nothing is left, what the table says of it stays so.
    async fn unless_given(&self, refused: Claim) -> Result<Attempt, Error> {
        let (campaign, moment) = (self.ask.campaign, self.ask.moment);
        let user = (&campaign.app_id, self.ask.user_id);
        let place = (&campaign.campaign_id, &moment.moment_id);
        let found = rewards::get(self.store, user, place, self.ask.occurrence).await?;
        Ok(Attempt::Settled(match (found, self.ask.waiting) {
            (Some(found), Some(waiting))
                if found.reward_id == waiting.reward_id && found.state == RewardState::Waiting =>
            {
                refused
            }
            (Some(found), _) if !self.is_replaced(&found) => self.existing(found),
            (None, Some(_)) => Claim::Gone,
            _ => refused,
        }))
    }

    /// A reward with an id of its own for every attempt: one that was committed unnoticed keeps its id for its link.
    fn reward(&mut self, slot: u16, candidate: Option<&Candidate>) -> Reward {
        let (ask, now) = (self.ask, self.invocation.now);
        let new_id = || {
            let mut random = self.store.random();
            let id = RewardId::new(&ask.campaign.app_id, &ask.campaign.campaign_id, now, &mut *random);
            match &ask.campaign.link_key {
                Some(key) => id.signed(key),
                None => id,
            }
        };
        let reward_id = ask.waiting.map_or_else(new_id, |waiting| waiting.reward_id.clone());
        self.ours.push(reward_id.clone());
        let review = ask.guarded.review;
        Reward {
            reward_id,
            user_id: Some(ask.user_id.clone()),
            moment_id: ask.moment.moment_id.clone(),
            occurrence: ask.occurrence,
            reward_group_id: ask.group.reward_group_id.clone(),
            kind: ask.group.kind,
            state: if review { RewardState::InReview } else { RewardState::Awarded },
            cost: ask.group.cpa,
            credit: Credit::of(ask.group),
            url: candidate.map(|candidate| candidate.url.clone()).or_else(|| ask.group.url.clone()),
            slot: Some(slot),
            waiting_reason: None,
            cap_slots: Vec::new(),
            is_charged: false,
            // A URL that everybody has is no secret.
            is_sealed: (ask.is_unseen || review) && candidate.is_some(),
            is_refunded: false,
            fingerprints: ask.guarded.kept(&ask.campaign.guards).unwrap_or_default(),
            is_for_review: false,
            is_completed: ask.waiting.or(ask.replaces).map_or(ask.is_completed, |earlier| earlier.is_completed),
            locale: ask.locale.map(str::to_owned),
            marketplace: ask.marketplace.map(str::to_owned),
            arm: Some(ask.arm).filter(|arm| **arm != ask.group.reward_group_id).cloned(),
            earned_at: ask.waiting.or(ask.replaces).map_or(now, |earlier| earlier.earned_at),
            awarded_at: Some(now).filter(|_| !review),
            expires_at: ask.group.expires_at(now).filter(|_| !review),
            redeemed_at: None,
            replaces: ask.replaces.map(|voided| voided.reward_id.clone()),
            replaced_by: None,
            changes: Vec::new(),
        }
    }

    /// Whether it is the reward that is to be replaced.
    fn is_replaced(&self, found: &Reward) -> bool {
        self.ask.replaces.is_some_and(|voided| voided.reward_id == found.reward_id)
    }

    fn existing(&self, found: Reward) -> Claim {
        match found.state {
            // Changed since it was read: whoever wants to replace it looks again.
            _ if self.is_replaced(&found) => Claim::Gone,
            RewardState::Waiting => Claim::Waiting(found),
            RewardState::InReview => Claim::InReview(found),
            RewardState::Awarded if self.ours.contains(&found.reward_id) && self.ask.waiting.is_none() => {
                Claim::Awarded(found)
            }
            _ => Claim::AlreadyAwarded(found),
        }
    }

    /// Goes on with the next group that stands in. `false` if there is none.
    fn substitute(&mut self) -> bool {
        let Some((group, substitutes)) = self.ask.substitutes.split_first() else { return false };
        self.ask = Ask { group, substitutes, ..self.ask };
        self.open_purses();
        true
    }

    /// Puts the user in the line of the group that was asked for, or leaves the user where the user stands.
    async fn wait(&mut self, reason: WaitingReason) -> Result<Claim, Error> {
        self.ask = self.asked;
        if let Some(waiting) = self.ask.waiting {
            return Ok(Claim::Waiting(Reward { waiting_reason: Some(reason), ..waiting.clone() }));
        }
        if self.ask.replaces.is_some() {
            return Ok(Claim::NothingLeft(reason));
        }
        let waiting = Reward {
            state: RewardState::Waiting,
            url: None,
            credit: None,
            slot: None,
            waiting_reason: Some(reason),
            is_sealed: false,
            is_for_review: self.ask.guarded.review,
            awarded_at: None,
            expires_at: None,
            ..self.reward(0, None)
        };
        Ok(match rewards::wait(self.store, &waiting).await? {
            None => {
                self.invocation.metrics.waiting();
                Claim::Waiting(waiting)
            }
            Some(found) => self.existing(found),
        })
    }

    async fn read_back(&self, cause: String) -> Result<Claim, Error> {
        let (campaign, moment) = (self.ask.campaign, self.ask.moment);
        let user = (&campaign.app_id, self.ask.user_id);
        let place = (&campaign.campaign_id, &moment.moment_id);
        match rewards::get(self.store, user, place, self.ask.occurrence).await? {
            Some(found) if found.state != RewardState::Waiting && !self.is_replaced(&found) => Ok(self.existing(found)),
            _ => Err(Error::Unavailable(cause)),
        }
    }
}
