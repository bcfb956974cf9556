//! When rewards expire: an item beside each awarded reward, so that expired ones can be found. It decides nothing:
//! `reward_changes` does.

use domain::Error;
use domain::id::RewardId;
use futures_util::stream::{self, StreamExt as _, TryStreamExt as _};
use jiff::Timestamp;
use serde::Serialize;

use super::schema::{EXPIRY_SHARDS, IndexKey, Key, expiring_pk, later_until};
use super::{Store, item};

#[derive(Serialize)]
struct StoredExpiry {}

/// Notes that a reward expires. Unconditional: repeating it, with the reward's current time, changes nothing else.
pub async fn note(store: &Store, reward: &RewardId, expires_at: Timestamp) -> Result<(), Error> {
    let index = IndexKey::Expiring(reward.clone(), expires_at);
    let item = item::whole(&Key::Expiry(reward.clone()), Some(&index), &StoredExpiry {})?;
    store.put_item("note expiry", store.put().set_item(Some(item))).await.map(drop)
}

/// Returns up to `limit` expired rewards of each shard, the earliest first, as far as the index knows.
pub async fn due(store: &Store, now: Timestamp, limit: i32) -> Result<Vec<RewardId>, Error> {
    let read = (0..EXPIRY_SHARDS).map(|shard| async move {
        let request = store.query_index(expiring_pk(shard), "<=", later_until(now)).limit(limit);
        let (items, _) = store.query_page("find expired rewards", request).await?;
        items.iter().map(item::key_of).collect::<Result<Vec<Key>, Error>>()
    });
    let found: Vec<Vec<Key>> = stream::iter(read).buffered(usize::from(EXPIRY_SHARDS)).try_collect().await?;
    let ids = found.into_iter().flatten().filter_map(|key| match key {
        Key::Expiry(reward) => Some(reward),
        _ => None,
    });
    Ok(ids.collect())
}

/// Forgets the expiry of a reward that has expired or no longer can. Unconditional: deleting a missing item changes
/// nothing, and every later change of a reward that still expires notes it again.
pub async fn forget(store: &Store, reward: &RewardId) -> Result<(), Error> {
    store.delete_item("forget expiry", store.delete(&Key::Expiry(reward.clone()))).await.map(drop)
}
