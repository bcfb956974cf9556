//! Claims a reward. The conditions of one transaction, `store::rewards::claim`, hold the promises. `attempt` chooses
//! URL and slots and reacts to refusals, `memory` makes that fast, `funding` finds the money.

mod attempt;
pub mod foresight;
mod funding;
mod memory;
mod sources;
mod stock;

pub use store::rewards::Predecessor;

use domain::Error;
use domain::campaign::guards::{FingerprintKind, Guarded};
use domain::campaign::{Campaign, Moment};
use domain::competition::places::FinalPlace;
use domain::id::{RewardGroupId, UserId};
use domain::reward::group::RewardGroup;
use domain::reward::{Reward, WaitingReason};
use invocation::Invocation;
use store::Store;

use attempt::Claimant;
pub use memory::Allocator;

/// Rewards that a lease pays for while money is plenty. The budget item takes some forty leases a second.
const GOOD_LEASE: i64 = 100;

/// The least rewards that a lease pays for, if money is left for as many.
const LEAST_LEASE: i64 = 10;

/// The least rewards that each slot can pay for when the campaign is approved.
const LEAST_FILL: i64 = 10;

/// The most slots that a ledger has.
pub const MAX_SLOTS: u16 = 2_048;

/// URLs that one query fetches.
const POOL: i32 = 10;
const POOL_SIZE: usize = POOL as usize;

/// The request to claim a reward for a user.
#[derive(Clone, Copy)]
pub struct ClaimRequest<'a> {
    /// The campaign that pays.
    pub campaign: &'a Campaign,
    /// The moment it is for.
    pub moment: &'a Moment,
    /// The group of the reward. Without stock, the user joins its line.
    pub group: &'a RewardGroup,
    /// The groups that stand in if the group is out of stock, in this order.
    pub substitutes: &'a [&'a RewardGroup],
    /// The user who gets it.
    pub user_id: &'a UserId,
    /// Which of the moment's rewards to this user, from 1.
    pub occurrence: u32,
    /// The user's language, if known.
    pub locale: Option<&'a str>,
    /// The user's marketplace, if known.
    pub marketplace: Option<&'a str>,
    /// True if the caller won't reveal the URL, so it can go back to stock.
    pub is_unseen: bool,
    /// The facts that the campaign's guards look at.
    pub guarded: Guarded<'a>,
    /// Which of the moment's rewards the user is assigned: the group's own id, unless that stands in for it.
    pub arm: &'a RewardGroupId,
    /// True if events have completed the moment.
    pub is_completed: bool,
    /// For a prize: the place that wins it.
    pub place: Option<FinalPlace>,
}

/// The result of a claim. None of these is an error.
#[derive(Debug, Clone, PartialEq)]
pub enum Claim {
    /// This claim has given the user this reward: awarded, or held until an admin releases it.
    Given(Reward),
    /// The user has this reward from before, or waits in the line, since now or since before.
    Found(Reward),
    /// The user gets no reward, and never will.
    Closed(ClosedBy),
}

/// The result of a claim for a reward that takes the place of another one.
#[derive(Debug, Clone, PartialEq)]
pub enum TakeOver {
    /// This claim has given the user this reward: awarded, or held until an admin releases it.
    Given(Reward),
    /// The user has this reward from before.
    Found(Reward),
    /// Nobody can get a reward now.
    Short(WaitingReason),
    /// Stock is empty now. A cap of the user or the moment excludes the substitutes for this user; others may get them.
    ShortForUser,
    /// The user gets no reward, and never will.
    Closed(ClosedBy),
    /// The user, and with the user the predecessor, was erased meanwhile; or the predecessor has changed.
    Gone,
}

/// The cause that closes a completed moment without a reward.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClosedBy {
    /// A cap that leaves no room: of the user, of the moment, of the reward group, or of any day.
    Cap(&'static str),
    /// Each device or payment earns one reward, and another reward already used this one's fingerprint.
    Fingerprint(FingerprintKind),
}

impl ClosedBy {
    /// The reason that closes the moment's progress.
    pub fn reason(self) -> &'static str {
        match self {
            Self::Cap(_) => "cap_reached",
            Self::Fingerprint(kind) => kind.used(),
        }
    }
}

/// Returns the number of slots of a budget.
pub fn slots_for(budget: i64, smallest_cpa: i64) -> u16 {
    let slots = (budget / smallest_cpa.max(1) / (2 * LEAST_FILL)).clamp(1, i64::from(MAX_SLOTS));
    u16::try_from(slots).unwrap_or(MAX_SLOTS)
}

/// Returns the first filling of each slot: together half of the budget. The rest goes to slots that need it.
pub fn fill_of(budget: i64, slots: u16, smallest_cpa: i64) -> i64 {
    let each = budget / (2 * i64::from(slots.max(1)));
    each - each % smallest_cpa.max(1)
}

/// Gives the user the requested reward, once, however often and wherever this runs. If none is left, the user joins the
/// group's line.
///
/// Fails only with [`Error::Unavailable`] (repeat it; nothing is lost) or on a defect.
pub async fn claim(
    store: &Store,
    allocator: &Allocator,
    request: ClaimRequest<'_>,
    invocation: &Invocation,
) -> Result<Claim, Error> {
    let mut claimant = Claimant::new(store, allocator, request, Predecessor::Nothing, invocation);
    match claimant.settle().await? {
        TakeOver::Given(reward) => Ok(Claim::Given(reward)),
        TakeOver::Found(reward) => Ok(Claim::Found(reward)),
        TakeOver::Short(reason) => claimant.join_line(reason).await,
        TakeOver::ShortForUser => claimant.join_line(WaitingReason::NoStock).await,
        TakeOver::Closed(by) => Ok(Claim::Closed(by)),
        TakeOver::Gone => Err(Error::Unavailable("the user was erased meanwhile".into())),
    }
}

/// As [`claim`], in the place of a reward that waits or was voided. If none is left, that one stays as it is.
pub async fn take_over(
    store: &Store,
    allocator: &Allocator,
    request: ClaimRequest<'_>,
    predecessor: Predecessor<'_>,
    invocation: &Invocation,
) -> Result<TakeOver, Error> {
    Claimant::new(store, allocator, request, predecessor, invocation).settle().await
}
