//! Shipping addresses: encrypted, apart from reward and order, each with the time of its removal. Only
//! `address_cipher` can read one.

use aws_sdk_dynamodb::types::{AttributeValue, TransactWriteItem};
use domain::Error;
use domain::id::RewardId;
use domain::instant::Sum as _;
use domain::reward::order::ADDRESS_KEPT_AT_MOST;
use domain::sealed::{Sealed, Sealing};
use jiff::Timestamp;
use serde::Deserialize;

use super::conditions::{REMOVAL_DUE, REMOVAL_UNCHANGED};
use super::failure::Item;
use super::schema::{self, IndexKey, Key};
use super::{Store, item, requests};

#[derive(Deserialize)]
struct StoredAddress {
    sealing: Sealing,
    #[serde(with = "item::milliseconds::required")]
    remove_at: Timestamp,
}

/// A stored address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptAddress {
    /// The encrypted address, for `address_cipher`.
    pub sealed: Sealed,
    /// When it is removed.
    pub remove_at: Timestamp,
}

/// An address that is due for removal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Removal {
    /// Its reward.
    pub reward_id: RewardId,
}

/// The part of an order that stores its address, with a removal time that the end of the order brings forward.
/// Unconditional: the order in the same transaction is conditional, and the key is the reward's own.
pub(crate) fn put(
    store: &Store,
    reward: &RewardId,
    address: &Sealed,
    ordered_at: Timestamp,
) -> Result<TransactWriteItem, Error> {
    let remove_at = ordered_at.plus(ADDRESS_KEPT_AT_MOST);
    let mut kept = item::key(&Key::ShippingAddress(reward.clone()));
    let (shard, place) = IndexKey::Removal(reward.clone(), remove_at).pair();
    kept.extend([
        ("sealing".to_owned(), item::value(&address.sealing)?),
        ("sealed".to_owned(), item::bytes(&address.bytes)),
        ("remove_at".to_owned(), item::time(remove_at)),
        // In case the schedule fails, DynamoDB removes it some days later.
        ("expires".to_owned(), item::number(remove_at.as_second())),
        (schema::INDEX_PK.to_owned(), item::text(shard)),
        (schema::INDEX_SK.to_owned(), item::text(place)),
    ]);
    requests::put(store.put_in_transaction(kept))
}

/// The part of an order's end that brings the removal of its address forward.
pub(crate) fn keep_until(
    store: &Store,
    reward: &RewardId,
    kept: &KeptAddress,
    until: Timestamp,
) -> Result<TransactWriteItem, Error> {
    let until = until.min(kept.remove_at);
    let (shard, place) = IndexKey::Removal(reward.clone(), until).pair();
    let update = store
        .update_in_transaction(&Key::ShippingAddress(reward.clone()))
        .update_expression("SET remove_at = :until, expires = :expires, gsi1pk = :shard, gsi1sk = :place")
        .condition_expression(REMOVAL_UNCHANGED)
        .expression_attribute_values(":before", item::time(kept.remove_at))
        .expression_attribute_values(":until", item::time(until))
        .expression_attribute_values(":expires", item::number(until.as_second()))
        .expression_attribute_values(":shard", item::text(shard))
        .expression_attribute_values(":place", item::text(place));
    requests::update(update)
}

/// Returns the address of a reward; `None` if it is past its removal time, even if it still exists.
pub async fn get(store: &Store, reward: &RewardId, now: Timestamp) -> Result<Option<KeptAddress>, Error> {
    let Some(mut found) = store.get_item("get address", &Key::ShippingAddress(reward.clone())).await? else {
        return Ok(None);
    };
    let Some(AttributeValue::B(sealed)) = found.remove("sealed") else {
        return Err(Error::Internal("a stored address has no bytes".into()));
    };
    let StoredAddress { sealing, remove_at } = item::shape("address", found)?;
    let kept = KeptAddress { sealed: Sealed { sealing, bytes: sealed.into_inner() }, remove_at };
    Ok(Some(kept).filter(|kept| kept.remove_at > now))
}

/// Returns up to `limit` addresses of one shard that are due for removal, as far as the index knows.
pub async fn due(store: &Store, shard: u8, now: Timestamp, limit: i32) -> Result<Vec<Removal>, Error> {
    let request = store.query_index(schema::removals_pk(shard), "<", schema::later_until(now)).limit(limit);
    let (items, _) = store.query_page("find addresses to remove", request).await?;
    let removal = |found: Item| match item::key_of(&found)? {
        Key::ShippingAddress(reward_id) => Ok(Removal { reward_id }),
        _ => Err(Error::Internal("an item among the addresses to remove is no address".into())),
    };
    items.into_iter().map(removal).collect()
}

/// Removes an address that is due. Returns `false` if it is not due after all, or gone.
pub async fn remove(store: &Store, removal: &Removal, now: Timestamp) -> Result<bool, Error> {
    let delete = store
        .delete(&Key::ShippingAddress(removal.reward_id.clone()))
        .condition_expression(REMOVAL_DUE)
        .expression_attribute_values(":now", item::time(now));
    store.delete_item("remove address", delete).await
}

/// Removes the address of a reward whose user is erased. Unconditional: deleting a missing item changes nothing.
pub(crate) async fn forget(store: &Store, reward: &RewardId) -> Result<(), Error> {
    store.delete_item("forget address", store.delete(&Key::ShippingAddress(reward.clone()))).await.map(drop)
}
