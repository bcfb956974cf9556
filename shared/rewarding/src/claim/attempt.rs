//! The attempts of one claim, until it is settled: the URL and the slots to try, and what follows from each refusal.

use domain::Error;
use domain::campaign::Campaign;
use domain::campaign::{Cap, Caps};
use domain::id::RewardId;
use domain::reward::credit::Credit;
use domain::reward::{CapSlot, Reward, RewardState, WaitingReason};
use invocation::Invocation;
use store::Store;
use store::codes::Candidate;
use store::ledger::Account;
use store::rewards::{self, ClaimRefusal, Payment};
use tokio::time::Instant;

use super::funding::{Funding, fund};
use super::memory::Allocator;
use super::sources::{FundingSource, FundingSources};
use super::stock::Stock;
use super::{Claim, ClaimRequest, ClosedBy, Predecessor, TakeOver};

/// The result of one attempt.
#[expect(clippy::large_enum_variant, reason = "it lives for one turn of the loop in `settle`")]
enum Attempt {
    Settled(TakeOver),
    Again,
    /// Other claims use the items, or DynamoDB throttles: continue with other slots after a pause.
    Busy,
}

pub(super) struct Claimant<'a> {
    pub(super) store: &'a Store,
    pub(super) allocator: &'a Allocator,
    /// The request as it was made.
    asked: ClaimRequest<'a>,
    /// The same, from the group whose turn it is.
    pub(super) request: ClaimRequest<'a>,
    predecessor: Predecessor<'a>,
    pub(super) invocation: &'a Invocation,
    /// The ids of all attempts, to recognize an earlier one that turns out to have been committed.
    ours: Vec<RewardId>,
    sources: FundingSources<'a>,
    /// True if a group before the one whose turn it is lacks only stock.
    lacks_stock: bool,
}

impl<'a> Claimant<'a> {
    pub(super) fn new(
        store: &'a Store,
        allocator: &'a Allocator,
        request: ClaimRequest<'a>,
        predecessor: Predecessor<'a>,
        invocation: &'a Invocation,
    ) -> Self {
        let mut sources = FundingSources::new(store, allocator);
        sources.open(request, invocation.now);
        let (ours, lacks_stock) = (Vec::new(), false);
        Self { store, allocator, asked: request, request, predecessor, invocation, ours, sources, lacks_stock }
    }

    /// Tries until the claim has a result.
    pub(super) async fn settle(&mut self) -> Result<TakeOver, Error> {
        let mut conflicts = 0;
        loop {
            if Instant::now() >= self.invocation.deadline {
                return Err(Error::Unavailable("claim: out of time".into()));
            }
            match self.attempt().await? {
                Attempt::Settled(result) => {
                    if let TakeOver::Given(reward) = &result {
                        self.invocation.metrics.awarded(reward.cost);
                    }
                    return Ok(result);
                }
                Attempt::Again => {}
                Attempt::Busy => {
                    conflicts += 1;
                    self.sources.change_slots(self.request);
                    self.store.back_off(conflicts).await;
                }
            }
        }
    }

    async fn attempt(&mut self) -> Result<Attempt, Error> {
        let cpa = self.request.group.cpa.amount_minor;
        if self.request.campaign.caps.per_user.is_some_and(|cap| cap.amount_minor < cpa) {
            return self.capped("user").await;
        }
        let sources = &self.sources.all;
        if let Some(short) = sources.iter().position(|source| self.allocator.is_short(&source.account, cpa)) {
            return self.exhausted(short).await;
        }
        let empty = |source: &FundingSource| source.slot.known.is_some_and(|known| known < cpa);
        if let Some(empty) = sources.iter().position(empty) {
            return self.fund(empty).await;
        }
        let candidate = match self.take_candidate().await? {
            Stock::None if self.substitute() => {
                self.lacks_stock = true;
                return Ok(Attempt::Again);
            }
            Stock::None => return Ok(Attempt::Settled(TakeOver::Short(WaitingReason::NoStock))),
            Stock::NotNeeded => None,
            Stock::Candidate(candidate) => Some(candidate),
        };
        self.pay(candidate).await
    }

    /// Tries the transaction with a URL, and the slots in use.
    async fn pay(&mut self, candidate: Option<Candidate>) -> Result<Attempt, Error> {
        let (request, now) = (self.request, self.invocation.now);
        let Caps { per_user, .. } = &request.campaign.caps;
        let slots: Vec<(Account, u16)> =
            self.sources.all.iter().map(|source| (source.account.clone(), source.slot.number)).collect();
        let caps = slots.iter().filter_map(|(account, slot)| Some(CapSlot { cap: account.cap.clone()?, slot: *slot }));
        let reward = Reward {
            cap_slots: caps.collect(),
            is_charged: per_user.is_some(),
            ..self.reward(slots.first().map_or(0, |(_, slot)| *slot), candidate.as_ref())
        };
        let payment = Payment {
            slots,
            allowance: per_user.map(|cap| cap.amount_minor),
            held: request.guarded.held(&request.campaign.guards).collect(),
            held_until: request.campaign.ends_at.max(now),
        };
        match rewards::claim(self.store, &reward, candidate.as_ref(), &payment, self.predecessor, now).await {
            Ok(Ok(())) => {
                self.allocator.remember_ours(request, candidate);
                self.sources.spend(request.group.cpa.amount_minor);
                Ok(Attempt::Settled(TakeOver::Given(reward)))
            }
            Ok(Err(refusal)) => self.refused(refusal, candidate).await,
            // A write that timed out may have been committed: read what happened.
            Err(Error::Unavailable(cause)) => Ok(Attempt::Settled(self.read_back(cause).await?)),
            Err(error) => Err(error),
        }
    }

    async fn refused(&mut self, refusal: ClaimRefusal, candidate: Option<Candidate>) -> Result<Attempt, Error> {
        // Only a URL that another claim has is used up; after any other refusal it is still free.
        if refusal == ClaimRefusal::CodeTaken {
            self.drop_twin(candidate.as_ref()).await?;
            self.allocator.remember_taken(self.request, candidate);
        } else {
            self.allocator.put_back(self.request, candidate);
        }
        match refusal {
            ClaimRefusal::Exists(found) => Ok(Attempt::Settled(self.existing(*found))),
            ClaimRefusal::Gone => Ok(Attempt::Settled(TakeOver::Gone)),
            ClaimRefusal::CodeTaken => Ok(Attempt::Again),
            ClaimRefusal::Used(kind) => self.unless_given(ClosedBy::Fingerprint(kind)).await,
            ClaimRefusal::AllowanceUsed => self.capped("user").await,
            ClaimRefusal::SlotClosed => Ok(Attempt::Settled(TakeOver::Short(WaitingReason::Suspended))),
            ClaimRefusal::SlotShort(index) => {
                if let Some(source) = self.sources.all.get_mut(index)
                    && source.slot.known.take().is_some()
                {
                    self.allocator.forget_funded(&source.account);
                }
                self.fund(index).await
            }
            ClaimRefusal::Busy => Ok(Attempt::Busy),
        }
    }

    /// Finds money in the ledger of a source.
    async fn fund(&mut self, index: usize) -> Result<Attempt, Error> {
        let (store, request) = (self.store, self.request);
        let Some(source) = self.sources.all.get_mut(index) else { return Ok(Attempt::Busy) };
        let account = &source.account;
        if let Some(funded) = self.allocator.funded_slot(account) {
            source.slot = funded;
            return Ok(Attempt::Again);
        }
        let funding = match fund(store, account, request, source.slot, self.invocation).await {
            // DynamoDB throttled, or an answer was lost. A search will find what was leased.
            Err(Error::Unavailable(_)) => return Ok(Attempt::Busy),
            funding => funding?,
        };
        match funding {
            Funding::Found(slot) => source.slot = slot,
            Funding::InOthers(mut slots) => {
                source.slot = slots.pop().unwrap_or(source.slot);
                self.allocator.remember_funded(account, slots);
            }
            Funding::Busy => return Ok(Attempt::Busy),
            Funding::Closed => return Ok(Attempt::Settled(TakeOver::Short(WaitingReason::Suspended))),
            Funding::Exhausted => {
                self.allocator.remember_short(account, request.group.cpa.amount_minor);
                return self.exhausted(index).await;
            }
        }
        Ok(Attempt::Again)
    }

    /// Decides what follows from a ledger without money. Nobody lifts a cap of a moment or of a user.
    async fn exhausted(&mut self, index: usize) -> Result<Attempt, Error> {
        let cap = self.sources.all.get(index).and_then(|source| source.account.cap.clone());
        let cpa = self.request.group.cpa.amount_minor;
        // No day can pay a price above the daily cap.
        let never = self.request.campaign.caps.per_day.is_some_and(|cap| cap.amount_minor < cpa);
        match cap {
            None => Ok(Attempt::Settled(TakeOver::Short(WaitingReason::NoBudget))),
            Some(Cap::Day(_)) if never && self.substitute() => Ok(Attempt::Again),
            Some(Cap::Day(_)) if never => self.capped("day").await,
            Some(Cap::Day(_)) => Ok(Attempt::Settled(TakeOver::Short(WaitingReason::DaySpent))),
            Some(Cap::Group(_)) if self.substitute() => Ok(Attempt::Again),
            Some(Cap::Group(_)) => self.capped("reward group").await,
            Some(Cap::Moment(_)) => self.capped("moment").await,
        }
    }

    /// A cap leaves nothing for the current group, and never will. An earlier group may still get stock.
    async fn capped(&mut self, cap: &'static str) -> Result<Attempt, Error> {
        match cap {
            "reward group" if self.lacks_stock => Ok(Attempt::Settled(TakeOver::Short(WaitingReason::NoStock))),
            _ if self.lacks_stock => Ok(Attempt::Settled(TakeOver::ShortForUser)),
            _ => self.unless_given(ClosedBy::Cap(cap)).await,
        }
    }

    /// Closes the claim, unless another claim has given this very reward a moment ago: it may have taken the last of
    /// the money, or have the device. After the proof that nothing is left, the table's answer is final.
    async fn unless_given(&self, by: ClosedBy) -> Result<Attempt, Error> {
        Ok(Attempt::Settled(match (self.found().await?, self.predecessor) {
            (Some(found), Predecessor::Waiting(waiting))
                if found.reward_id == waiting.reward_id && found.state == RewardState::Waiting =>
            {
                TakeOver::Closed(by)
            }
            (Some(found), _) if !self.is_replaced(&found) => self.existing(found),
            (None, Predecessor::Waiting(_)) => TakeOver::Gone,
            _ => TakeOver::Closed(by),
        }))
    }

    /// A reward with an id of its own for every attempt: one that was committed unnoticed keeps its id for its link.
    fn reward(&mut self, slot: u16, candidate: Option<&Candidate>) -> Reward {
        let (request, predecessor, now) = (self.request, self.predecessor, self.invocation.now);
        let new_id = || {
            let mut random = self.store.random();
            let id = RewardId::new(&request.campaign.app_id, &request.campaign.campaign_id, now, &mut *random);
            match &request.campaign.link_key {
                Some(key) => id.signed(key),
                None => id,
            }
        };
        let reward_id = match predecessor {
            Predecessor::Waiting(waiting) => waiting.reward_id.clone(),
            Predecessor::Nothing | Predecessor::Voided(_) => new_id(),
        };
        self.ours.push(reward_id.clone());
        let review = request.guarded.review;
        Reward {
            reward_id,
            user_id: Some(request.user_id.clone()),
            moment_id: request.moment.moment_id.clone(),
            occurrence: request.occurrence,
            reward_group_id: request.group.reward_group_id.clone(),
            kind: request.group.kind,
            state: if review { RewardState::InReview } else { RewardState::Awarded },
            cost: request.group.cpa,
            credit: Credit::of(request.group),
            url: candidate.map(|candidate| candidate.url.clone()).or_else(|| request.group.url.clone()),
            supply: request.group.supplier.clone(),
            supplied_at: None,
            slot: Some(slot),
            waiting_reason: None,
            cap_slots: Vec::new(),
            is_charged: false,
            // A URL that everybody gets is no secret.
            is_sealed: (request.is_unseen || review) && candidate.is_some(),
            is_refunded: false,
            fingerprints: request.guarded.kept(&request.campaign.guards).unwrap_or_default(),
            is_for_review: false,
            is_completed: request.is_completed,
            locale: request.locale.map(str::to_owned),
            marketplace: request.marketplace.map(str::to_owned),
            arm: Some(request.arm).filter(|arm| **arm != request.group.reward_group_id).cloned(),
            place: request.place,
            earned_at: predecessor.reward().map_or(now, |earlier| earlier.earned_at),
            awarded_at: Some(now).filter(|_| !review),
            expires_at: request.group.expires_at(now).filter(|_| !review),
            redeemed_at: None,
            replaces: predecessor.voided().map(|voided| voided.reward_id.clone()),
            replaced_by: None,
            changes: Vec::new(),
        }
    }

    /// True if it is the reward to replace.
    fn is_replaced(&self, found: &Reward) -> bool {
        self.predecessor.voided().is_some_and(|voided| voided.reward_id == found.reward_id)
    }

    /// True if one of the attempts gave it. Another claim may have awarded a waiting reward, which keeps its id.
    fn is_ours(&self, found: &Reward) -> bool {
        let has_waited = matches!(self.predecessor, Predecessor::Waiting(_));
        let is_given = found.state == RewardState::InReview || (found.state == RewardState::Awarded && !has_waited);
        is_given && self.ours.contains(&found.reward_id)
    }

    fn existing(&self, found: Reward) -> TakeOver {
        match (found.state, self.predecessor) {
            // Changed since it was read: the caller looks again.
            _ if self.is_replaced(&found) => TakeOver::Gone,
            // The user was erased, came back, and waits again.
            (RewardState::Waiting, Predecessor::Waiting(_)) => {
                TakeOver::Short(found.waiting_reason.unwrap_or(WaitingReason::NoStock))
            }
            _ if self.is_ours(&found) => TakeOver::Given(found),
            _ => TakeOver::Found(found),
        }
    }

    /// Goes on with the next substitute. Returns `false` if none is left.
    fn substitute(&mut self) -> bool {
        let Some((group, substitutes)) = self.request.substitutes.split_first() else { return false };
        self.request = ClaimRequest { group, substitutes, ..self.request };
        self.sources.open(self.request, self.invocation.now);
        true
    }

    /// Puts the user in the line of the requested group.
    pub(super) async fn join_line(&mut self, reason: WaitingReason) -> Result<Claim, Error> {
        self.request = self.asked;
        let waiting = Reward {
            state: RewardState::Waiting,
            url: None,
            supply: None,
            credit: None,
            slot: None,
            waiting_reason: Some(reason),
            is_sealed: false,
            is_for_review: self.request.guarded.review,
            awarded_at: None,
            expires_at: None,
            ..self.reward(0, None)
        };
        let metrics = &self.invocation.metrics;
        match rewards::join_line(self.store, &waiting).await? {
            None => {
                metrics.waiting();
                Ok(Claim::Found(waiting))
            }
            Some(found) if self.is_ours(&found) => {
                metrics.awarded(found.cost);
                Ok(Claim::Given(found))
            }
            Some(found) => Ok(Claim::Found(found)),
        }
    }

    async fn read_back(&self, cause: String) -> Result<TakeOver, Error> {
        match self.found().await? {
            Some(found) if found.state != RewardState::Waiting && !self.is_replaced(&found) => Ok(self.existing(found)),
            _ => Err(Error::Unavailable(cause)),
        }
    }

    /// Reads the reward in the place of the new one.
    async fn found(&self) -> Result<Option<Reward>, Error> {
        let ClaimRequest { campaign, moment, user_id, occurrence, .. } = self.request;
        let Campaign { app_id, campaign_id, .. } = campaign;
        rewards::get(self.store, app_id, user_id, campaign_id, &moment.moment_id, occurrence).await
    }
}
