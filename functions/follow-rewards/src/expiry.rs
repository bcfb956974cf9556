//! Rewards whose time is over: they expire, their money goes back, and their URLs, unless somebody has been shown them. Called by
//! schedule, as often as it takes; that a reward is over is decided by its own item, in the same write.

use std::collections::HashSet;

use domain::Error;
use domain::id::RewardId;
use domain::reward::{Actor, Reward, RewardState};
use futures_util::stream::{self, StreamExt as _};
use invocation::Invocation;
use rewarding::Environment;
use store::reward_changes::{self, Transition};
use store::{expiries, rewards};
use tokio::time::Instant;

/// Rewards that are read of each shard at a time, and of all that are gone through at once.
const READ: i32 = 50;
const AT_ONCE: usize = 16;

/// How often a reward is tried that meets another one.
const ATTEMPTS: u32 = 8;

/// Lets everything expire that is over, until nothing is left or time is up: the next call goes on. Returns how many did.
pub(crate) async fn sweep(environment: &Environment, invocation: &Invocation) -> Result<u64, Error> {
    let (mut expired, mut passed, mut stuck) = (0_u64, 0, HashSet::new());
    while Instant::now() < invocation.deadline {
        // What cannot expire stays in front, and what is behind it is read all the same.
        let read = READ.saturating_add(i32::try_from(stuck.len()).unwrap_or(i32::MAX));
        let mut due = expiries::due(&environment.store, invocation.now, read).await?;
        due.retain(|reward| !stuck.contains(reward));
        if due.is_empty() && (passed == 0 || stuck.is_empty()) {
            break;
        }
        if due.is_empty() {
            // They may have met each other in a slot, and those that they met are done.
            (passed, due) = (0, stuck.drain().collect());
        }
        let one = |reward: RewardId| async move {
            let done = invocation.contained(expire(environment, &reward, invocation)).await;
            (reward, done)
        };
        let each: Vec<_> = due.into_iter().map(one).collect();
        let done: Vec<(RewardId, Result<bool, Error>)> = stream::iter(each).buffer_unordered(AT_ONCE).collect().await;
        for (reward, done) in done {
            match done {
                Ok(is_new) => {
                    passed += 1;
                    expired += u64::from(is_new);
                }
                Err(_) => {
                    stuck.insert(reward);
                }
            }
        }
    }
    if !stuck.is_empty() {
        tracing::warn!(
            reward.failed = stuck.len(),
            "not all that is over could expire; the next call tries them again"
        );
    }
    if expired > 0 {
        tracing::info!(reward.expired = expired, "rewards expired");
    }
    Ok(expired)
}

/// Lets one reward expire. What was paid from one slot goes back into it, one after the other: who meets another one there tries
/// again.
async fn expire(environment: &Environment, reward_id: &RewardId, invocation: &Invocation) -> Result<bool, Error> {
    for attempt in 1..ATTEMPTS {
        match try_to_expire(environment, reward_id, invocation).await {
            Err(Error::Unavailable(_)) if Instant::now() < invocation.deadline => {
                environment.store.back_off(attempt).await;
            }
            done => return done,
        }
    }
    try_to_expire(environment, reward_id, invocation).await
}

/// Lets it expire, if it can and does. Its note goes last: who dies in between does both again.
async fn try_to_expire(
    environment: &Environment,
    reward_id: &RewardId,
    invocation: &Invocation,
) -> Result<bool, Error> {
    let store = &environment.store;
    let found = match rewards::find(store, reward_id).await? {
        Some(at) => rewards::get_found(store, reward_id, &at).await?,
        None => None,
    };
    let Some(reward) = found else {
        // The note is younger than the index entry of its reward, and a reward is never deleted.
        return Err(Error::Unavailable("the index does not show a reward that expires".into()));
    };
    let is_new = match (reward.state, reward.expires_at) {
        (RewardState::Awarded, Some(expires_at)) if expires_at > invocation.now => {
            // Released or prolonged since the note was made.
            expiries::note(store, reward_id, expires_at).await?;
            return Ok(false);
        }
        (RewardState::Awarded, Some(_)) => {
            let to = Transition::new(RewardState::Expired, invocation.now, Actor::Schedule);
            let changed = reward_changes::advance(store, &reward, &Transition { refund: true, ..to }).await?;
            if changed.is_none() {
                return Err(Error::Unavailable("the reward just changed".into()));
            }
            true
        }
        _ => false,
    };
    expiries::forget(store, reward_id).await?;
    Ok(is_new)
}

/// Notes when a reward expires that was just awarded, by its stream record.
pub(crate) async fn note(environment: &Environment, reward: &Reward) -> Result<(), Error> {
    match (reward.state, reward.expires_at) {
        (RewardState::Awarded, Some(expires_at)) => {
            expiries::note(&environment.store, &reward.reward_id, expires_at).await
        }
        _ => Ok(()),
    }
}
