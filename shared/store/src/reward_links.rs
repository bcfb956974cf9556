//! Finds the reward of a link that its user has just been given.

use std::time::Duration;

use domain::Error;
use domain::id::RewardId;
use domain::reward::Reward;
use jiff::{SignedDuration, Timestamp};

use super::{Environment, rewards};

/// Time after a reward was made in which the index may not show it yet.
const INDEX_LAG: SignedDuration = SignedDuration::from_secs(5);

/// The pause before the next look into the index.
const LOOK_AGAIN: Duration = Duration::from_millis(200);

/// Returns the reward of that id, as the table has it now.
pub async fn find(environment: &Environment, reward_id: &RewardId, now: Timestamp) -> Result<Option<Reward>, Error> {
    // The index follows the table by a moment, and a user may tap the link at once: a young id is looked up several
    // times. Any other id is looked up twice, because a reward that waited has an old id and may have been awarded just
    // now. Only an id that the campaign gave out is worth the wait: anybody can make one up, without a key, and would
    // hold the environment.
    let age = now.duration_since(reward_id.created_at());
    let looks = if age.abs() < INDEX_LAG { 5 } else { 2 };
    for look in 1..=looks {
        if let Some(at) = rewards::find(&environment.store, reward_id).await? {
            return rewards::get_found(&environment.store, reward_id, &at).await;
        }
        if look == looks || !environment.catalogs.gave_out(&environment.store, reward_id, now).await? {
            break;
        }
        tokio::time::sleep(LOOK_AGAIN).await;
    }
    Ok(None)
}
