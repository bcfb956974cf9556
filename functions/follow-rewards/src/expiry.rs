//! Expires rewards: their money goes back to the ledger, and URLs that nobody was shown go back to stock. A schedule
//! calls it. The reward's own item decides that it is over, in the write that expires it.

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

/// Rewards read from each shard at a time, and rewards expired at the same time.
const READ: i32 = 50;
const AT_ONCE: usize = 16;

/// Tries for a reward that conflicts with another one.
const ATTEMPTS: u32 = 8;

/// Expires every reward that is over, until none is left or time is up; the next call goes on. Returns the number.
pub(crate) async fn sweep(environment: &Environment, invocation: &Invocation) -> Result<u64, Error> {
    let (mut expired, mut passed, mut stuck) = (0_u64, 0, HashSet::new());
    while Instant::now() < invocation.deadline {
        // Rewards that cannot expire stay in front, so read as many more.
        let read = READ.saturating_add(i32::try_from(stuck.len()).unwrap_or(i32::MAX));
        let mut due = expiries::due(&environment.store, invocation.now, read).await?;
        due.retain(|reward| !stuck.contains(reward));
        if due.is_empty() && (passed == 0 || stuck.is_empty()) {
            break;
        }
        if due.is_empty() {
            // They may have met in a slot with others that are done by now.
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

/// Expires one reward. Its money goes back into the slot that paid it. Rewards of one slot conflict there, and try
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

/// Expires it if it is over. Its note goes last, so a function that dies in between does both again.
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
            // It was released or prolonged since.
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

/// Notes the expiry of a reward that its stream record shows as awarded.
pub(crate) async fn note(environment: &Environment, reward: &Reward) -> Result<(), Error> {
    match (reward.state, reward.expires_at) {
        (RewardState::Awarded, Some(expires_at)) => {
            expiries::note(&environment.store, &reward.reward_id, expires_at).await
        }
        _ => Ok(()),
    }
}
