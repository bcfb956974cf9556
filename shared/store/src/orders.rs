//! Orders of physical rewards: one item each, which changes in the transactions of its reward. Its place in the index
//! is its state, so each state is a list. Addresses are in `shipping_addresses`.

use aws_sdk_dynamodb::types::TransactWriteItem;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use domain::Error;
use domain::id::{AppId, PartnerId, REWARD_SHARDS, RewardGroupId, RewardId};
use domain::instant::Sum as _;
use domain::reward::order::{ADDRESS_KEPT, Order, Shipment};
use domain::reward::{Reward, RewardState};
use domain::sealed::Sealed;
use futures_util::stream::{self, StreamExt as _, TryStreamExt as _};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::conditions::{EXISTS, NOT_YET_WRITTEN, ORDER_IS, UNCLAIMED};
use super::failure::{Item, Reason};
use super::reward_changes::{self, Transition};
use super::schema::{self, IndexKey, Key};
use super::{Store, item, requests, shipping_addresses};

#[derive(Serialize, Deserialize)]
struct StoredOrder {
    reward_id: RewardId,
    reward_group_id: RewardGroupId,
    #[serde(rename = "order_state")]
    state: RewardState,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    partner: Option<PartnerId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    shipment: Option<Shipment>,
    #[serde(with = "item::milliseconds::required")]
    ordered_at: Timestamp,
    #[serde(default, with = "item::milliseconds::optional", skip_serializing_if = "Option::is_none")]
    claimed_at: Option<Timestamp>,
    #[serde(with = "item::milliseconds::required")]
    changed_at: Timestamp,
}

fn place_of(order: &Order) -> IndexKey {
    IndexKey::Order(order.reward_id.clone(), order.state, order.changed_at)
}

fn whole(order: &Order) -> Result<Item, Error> {
    let Order { reward_id, reward_group_id, state, partner, shipment, ordered_at, claimed_at, changed_at } =
        order.clone();
    let at = Key::Order(reward_id.clone());
    let stored =
        StoredOrder { reward_id, reward_group_id, state, partner, shipment, ordered_at, claimed_at, changed_at };
    item::whole(&at, Some(&place_of(order)), &stored)
}

fn read(found: Item) -> Result<Order, Error> {
    let StoredOrder { reward_id, reward_group_id, state, partner, shipment, ordered_at, claimed_at, changed_at } =
        item::shape("order", found)?;
    Ok(Order { reward_id, reward_group_id, state, partner, shipment, ordered_at, claimed_at, changed_at })
}

/// Orders a reward: writes its state, the order and the address, or none of them. Returns `None` if the reward changed
/// since it was read.
pub async fn place(
    store: &Store,
    reward: &Reward,
    transition: &Transition,
    address: &Sealed,
) -> Result<Option<Reward>, Error> {
    let order = Order {
        reward_id: reward.reward_id.clone(),
        reward_group_id: reward.reward_group_id.clone(),
        state: RewardState::Ordered,
        partner: None,
        shipment: None,
        ordered_at: transition.at,
        claimed_at: None,
        changed_at: transition.at,
    };
    let put = store.put_in_transaction(whole(&order)?).condition_expression(NOT_YET_WRITTEN);
    let more = vec![requests::put(put)?, shipping_addresses::put(store, &reward.reward_id, address, order.ordered_at)?];
    reward_changes::change(store, reward, transition, more).await
}

/// Corrects the address of an order. Returns `false`, and changes nothing, if a partner has claimed it or it has
/// shipped.
pub async fn readdress(store: &Store, order: &Order, address: &Sealed, now: Timestamp) -> Result<bool, Error> {
    let update = store
        .update_in_transaction(&Key::Order(order.reward_id.clone()))
        .update_expression("SET readdressed_at = :now")
        .condition_expression(UNCLAIMED)
        .expression_attribute_values(":now", item::time(now))
        .expression_attribute_values(":ordered", item::text(RewardState::Ordered.as_str()));
    let put = shipping_addresses::put(store, &order.reward_id, address, now)?;
    match store.transaction("correct address", vec![requests::update(update)?, put]).await? {
        Ok(()) => Ok(true),
        Err(reasons) if matches!(reasons.first(), Some(Reason::Refused(_))) => Ok(false),
        Err(_) => Err(Error::Unavailable("correct address: conflict".into())),
    }
}

/// Assigns an unclaimed order to a partner, and records that in its reward's changes. Returns `None`, and writes
/// nothing, if the order or the reward changed since it was read.
pub async fn claim(
    store: &Store,
    reward: &Reward,
    order: &Order,
    partner: &PartnerId,
    transition: &Transition,
) -> Result<Option<Order>, Error> {
    let claimed = Order { partner: Some(partner.clone()), claimed_at: Some(transition.at), ..order.clone() };
    let update = store
        .update_in_transaction(&Key::Order(order.reward_id.clone()))
        .update_expression("SET partner = :partner, claimed_at = :now")
        .condition_expression(UNCLAIMED)
        .expression_attribute_values(":partner", item::text(partner.as_str()))
        .expression_attribute_values(":ordered", item::text(RewardState::Ordered.as_str()))
        .expression_attribute_values(":now", item::time(transition.at));
    let transition = Transition { order: Some(claimed.facts()), ..transition.clone() };
    let changed = reward_changes::change(store, reward, &transition, vec![requests::update(update)?]).await?;
    Ok(changed.map(|_| claimed))
}

/// Advances a reward and its order in one transaction. The end of the order schedules the removal of its address.
/// Returns `None`, and writes nothing, if the order or the reward changed since it was read.
pub async fn advance(
    store: &Store,
    reward: &Reward,
    order: &Order,
    transition: &Transition,
    shipment: Option<&Shipment>,
) -> Result<Option<Order>, Error> {
    let to = transition.to;
    let shipment = shipment.or(order.shipment.as_ref()).cloned();
    let advanced = Order { state: to, shipment, changed_at: transition.at, ..order.clone() };
    let transition = Transition { order: Some(advanced.facts()), ..transition.clone() };
    let mut more = vec![write(store, order, &advanced)?];
    if to != RewardState::Shipped
        && let Some(kept) = shipping_addresses::get(store, &order.reward_id, transition.at).await?
    {
        let until = transition.at.plus(ADDRESS_KEPT);
        more.push(shipping_addresses::keep_until(store, &order.reward_id, &kept, until)?);
    }
    let changed = reward_changes::change(store, reward, &transition, more).await?;
    Ok(changed.map(|_| advanced))
}

fn write(store: &Store, order: &Order, advanced: &Order) -> Result<TransactWriteItem, Error> {
    let mut sets = "SET order_state = :to, changed_at = :now, gsi1pk = :shard, gsi1sk = :place".to_owned();
    let (shard, place) = place_of(advanced).pair();
    let mut update = store
        .update_in_transaction(&Key::Order(order.reward_id.clone()))
        .condition_expression(ORDER_IS)
        .expression_attribute_values(":from", item::text(order.state.as_str()))
        .expression_attribute_values(":to", item::text(advanced.state.as_str()))
        .expression_attribute_values(":now", item::time(advanced.changed_at))
        .expression_attribute_values(":shard", item::text(shard))
        .expression_attribute_values(":place", item::text(place));
    if let Some(shipment) = &advanced.shipment {
        sets.push_str(", shipment = :shipment");
        update = update.expression_attribute_values(":shipment", item::value(shipment)?);
    }
    requests::update(update.update_expression(sets))
}

/// The parts of voiding a reward that end its order, if any, and delete the address.
pub(crate) fn withdraw(store: &Store, reward: &Reward, now: Timestamp) -> Result<Vec<TransactWriteItem>, Error> {
    use RewardState::{Delivered, Lost, Ordered, Returned, Shipped};
    if !matches!(reward.state, Ordered | Shipped | Delivered | Returned | Lost) {
        return Ok(Vec::new());
    }
    let (shard, place) = IndexKey::Order(reward.reward_id.clone(), RewardState::Voided, now).pair();
    let update = store
        .update_in_transaction(&Key::Order(reward.reward_id.clone()))
        .update_expression("SET order_state = :to, changed_at = :now, gsi1pk = :shard, gsi1sk = :place")
        .condition_expression(EXISTS)
        .expression_attribute_values(":to", item::text(RewardState::Voided.as_str()))
        .expression_attribute_values(":now", item::time(now))
        .expression_attribute_values(":shard", item::text(shard))
        .expression_attribute_values(":place", item::text(place));
    // Unconditional: the same transaction voids the reward, and deleting a missing item changes nothing.
    let delete = store.delete_in_transaction(&Key::ShippingAddress(reward.reward_id.clone()));
    Ok(vec![requests::update(update)?, requests::delete(delete)?])
}

/// Returns the order of a reward, if any.
pub async fn get(store: &Store, reward: &RewardId) -> Result<Option<Order>, Error> {
    store.get_item("get order", &Key::Order(reward.clone())).await?.map(read).transpose()
}

/// Returns one page of an app's orders in a state, the longest in it first, and the cursor of the next. The cursor
/// points behind the last order shown, so that it reveals no place of a hidden one.
pub async fn list(
    store: &Store,
    app: &AppId,
    state: RewardState,
    limit: u32,
    after: Option<&str>,
    is_shown: impl Fn(&Order) -> bool,
) -> Result<(Vec<Order>, Option<String>), Error> {
    let mut after = after.map(place_at).transpose()?;
    let wanted = usize::try_from(limit).unwrap_or(100);
    let (mut shown, mut read): (Vec<Order>, u32) = (Vec::new(), limit);
    loop {
        let (found, last) = page(store, app, state, read, after.as_deref().unwrap_or("0")).await?;
        shown.extend(found.into_iter().filter(|order| is_shown(order)));
        if shown.len() >= wanted {
            let more = last.is_some() || shown.len() > wanted;
            shown.truncate(wanted);
            let cursor = shown.last().filter(|_| more).map(|last| URL_SAFE_NO_PAD.encode(place_of(last).pair().1));
            return Ok((shown, cursor));
        }
        let Some(last) = last else { return Ok((shown, None)) };
        (after, read) = (Some(last), MOST_READ);
    }
}

/// Orders per read, if many are hidden.
const MOST_READ: u32 = 100;

/// Orders behind a place, and the last place if more follow.
async fn page(
    store: &Store,
    app: &AppId,
    state: RewardState,
    limit: u32,
    after: &str,
) -> Result<(Vec<Order>, Option<String>), Error> {
    let read_shard = (0..REWARD_SHARDS).map(|shard| {
        // "0" sorts before every place: DynamoDB takes no empty text.
        let request = store
            .query_index(schema::orders_pk(app, state, shard), ">", after)
            .limit(i32::try_from(limit).unwrap_or(100));
        async move {
            let (items, next) = store.query_page("list orders", request).await?;
            Ok::<_, Error>((items, next.is_some()))
        }
    });
    let shards: Vec<(Vec<Item>, bool)> =
        stream::iter(read_shard).buffered(usize::from(REWARD_SHARDS)).try_collect().await?;
    let mut more = shards.iter().any(|(_, more)| *more);
    let mut places = shards
        .into_iter()
        .flat_map(|(found, _)| found)
        .map(|found| Ok((item::index_sort_key(&found), item::key_of(&found)?)))
        .collect::<Result<Vec<(String, Key)>, Error>>()?;
    places.sort_by(|(one, _), (other, _)| one.cmp(other));
    more |= places.len() > limit as usize;
    places.truncate(limit as usize);
    let last = places.last().filter(|_| more).map(|(last, _)| last.clone());
    Ok((of_places(store, state, places).await?, last))
}

/// The orders at these places of the index, in order, without those that have left the state.
async fn of_places(store: &Store, state: RewardState, places: Vec<(String, Key)>) -> Result<Vec<Order>, Error> {
    if places.is_empty() {
        return Ok(Vec::new());
    }
    let keys: Vec<Key> = places.into_iter().map(|(_, key)| key).collect();
    let found = store.get_items("read orders", &keys).await?;
    let mut orders = found.into_iter().map(read).collect::<Result<Vec<Order>, Error>>()?;
    orders.retain(|order| order.state == state);
    orders.sort_by_key(|order| place_of(order).pair().1);
    Ok(orders)
}

fn place_at(cursor: &str) -> Result<String, Error> {
    let decoded = URL_SAFE_NO_PAD.decode(cursor).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    let is_place = |place: &String| schema::order_at(place).is_some();
    decoded.filter(is_place).ok_or_else(Error::invalid_cursor)
}
