//! Which rewards expire, and when: noted beside a reward once it was awarded, so that what is over can be found. What becomes
//! of the reward then is `reward_changes`; the note alone decides nothing.

use domain::Error;
use domain::id::RewardId;
use futures_util::stream::{self, StreamExt as _, TryStreamExt as _};
use jiff::Timestamp;
use serde::Serialize;

use super::schema::{EXPIRY_SHARDS, INDEX, IndexKey, Key, expiring_pk, later_until};
use super::{Store, failure, item};

#[derive(Serialize)]
struct StoredExpiry {}

/// Notes that a reward expires. Unconditional: noting it again, with whatever time the reward has now, changes nothing else.
pub async fn note(store: &Store, reward: &RewardId, expires_at: Timestamp) -> Result<(), Error> {
    let index = IndexKey::Expiring(reward.clone(), expires_at);
    let item = item::whole(&Key::Expiry(reward.clone()), Some(&index), &StoredExpiry {})?;
    store.put_item("note expiry", store.put().set_item(Some(item))).await.map(drop)
}

/// Returns up to `limit` expired rewards of each shard, the oldest expiry first, as far as the index knows.
pub async fn due(store: &Store, now: Timestamp, limit: i32) -> Result<Vec<RewardId>, Error> {
    let read = (0..EXPIRY_SHARDS).map(|shard| async move {
        let request = store
            .query()
            .index_name(INDEX)
            .key_condition_expression("gsi1pk = :shard AND gsi1sk <= :until")
            .expression_attribute_values(":shard", item::text(expiring_pk(shard)))
            .expression_attribute_values(":until", item::text(later_until(now)))
            .limit(limit);
        let page = request.send().await.map_err(|error| failure::sort("find expired rewards", &error))?;
        store.meter().reading(page.consumed_capacity());
        page.items.unwrap_or_default().iter().map(item::key_of).collect::<Result<Vec<Key>, Error>>()
    });
    let found: Vec<Vec<Key>> = stream::iter(read).buffered(usize::from(EXPIRY_SHARDS)).try_collect().await?;
    let ids = found.into_iter().flatten().filter_map(|key| match key {
        Key::Expiry(reward) => Some(reward),
        _ => None,
    });
    Ok(ids.collect())
}

/// Deletes the note that a reward expires, once it has, or no longer can. Unconditional: deleting what is gone
/// changes nothing, and a reward that expires after all is noted again by whoever changes it.
pub async fn forget(store: &Store, reward: &RewardId) -> Result<(), Error> {
    store.delete_item("forget expiry", store.delete(&Key::Expiry(reward.clone()))).await.map(drop)
}
