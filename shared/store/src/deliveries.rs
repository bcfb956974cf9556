//! Deliveries: one item for each event and webhook, with all attempts. Until its last attempt, it is in the index
//! under the time of the next one. `deliver-webhook` makes the attempts.

use domain::Error;
use domain::delivery::Delivery;
use domain::id::{AppId, DomainEventId, WebhookId};
use domain::instant::Sum as _;
use futures_util::stream::{self, StreamExt as _, TryStreamExt as _};
use jiff::SignedDuration;

use super::conditions::{ATTEMPTS_ARE, NOT_YET_WRITTEN};
use super::failure::Item;
use super::schema::{DELIVERY_SHARDS, IndexKey, Key, delivery_pk, due_pk};
use super::{Store, item};

const KEPT: SignedDuration = SignedDuration::from_hours(30 * 24);

/// A due delivery in the index.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Due {
    /// The app.
    pub app: AppId,
    /// The webhook.
    pub webhook: WebhookId,
    /// The event.
    pub event: DomainEventId,
}

/// Records a new delivery. Returns `false`, and writes nothing, if the webhook already has one of that event.
pub async fn begin(store: &Store, delivery: &Delivery) -> Result<bool, Error> {
    let request = store.put().set_item(Some(whole(delivery)?)).condition_expression(NOT_YET_WRITTEN);
    store.put_item("begin delivery", request).await
}

/// Writes a delivery that had that many attempts when it was read. Returns `false`, and writes nothing, if it has more
/// since or is gone.
pub async fn save(store: &Store, delivery: &Delivery, attempts: u32) -> Result<bool, Error> {
    let request = store
        .put()
        .set_item(Some(whole(delivery)?))
        .condition_expression(ATTEMPTS_ARE)
        .expression_attribute_values(":attempts", item::number(attempts));
    store.put_item("save delivery", request).await
}

/// Returns the delivery of an event to a webhook.
pub async fn get(
    store: &Store,
    app: &AppId,
    webhook: &WebhookId,
    event: &DomainEventId,
) -> Result<Option<Delivery>, Error> {
    let at = Key::Delivery(app.clone(), webhook.clone(), event.clone());
    store.get_shape("get delivery", "delivery", &at).await
}

/// Returns one page of a webhook's deliveries, the latest events first, those before event `before`; and true if more
/// follow.
pub async fn list(
    store: &Store,
    app: &AppId,
    webhook: &WebhookId,
    limit: u32,
    before: Option<&DomainEventId>,
) -> Result<(Vec<Delivery>, bool), Error> {
    // `$` follows on `#`, so it is behind every event. A key sorts before the keys that it is a prefix of.
    let last = before.map_or_else(|| "DELIVERY$".to_owned(), |before| format!("DELIVERY#{before}"));
    let read = (0..DELIVERY_SHARDS).map(|shard| {
        let request = store
            .query()
            .key_condition_expression("pk = :pk AND sk < :last")
            .expression_attribute_values(":pk", item::text(delivery_pk(app, webhook, shard)))
            .expression_attribute_values(":last", item::text(last.clone()))
            .scan_index_forward(false)
            .limit(i32::try_from(limit).unwrap_or(100));
        async move {
            let (items, next) = store.query_page("list deliveries", request).await?;
            let more = next.is_some();
            let found = items.into_iter();
            let found = found.map(|found| item::shape("delivery", found)).collect::<Result<Vec<Delivery>, _>>()?;
            Ok::<_, Error>((found, more))
        }
    });
    let shards: Vec<(Vec<Delivery>, bool)> =
        stream::iter(read).buffered(usize::from(DELIVERY_SHARDS)).try_collect().await?;
    let mut more = shards.iter().any(|(_, more)| *more);
    let mut all: Vec<Delivery> = shards.into_iter().flat_map(|(found, _)| found).collect();
    // Ids begin with the time.
    all.sort_by(|one, other| other.event_id.cmp(&one.event_id));
    more |= all.len() > limit as usize;
    all.truncate(limit as usize);
    Ok((all, more))
}

/// Returns up to `limit` deliveries of one shard due by `now`, the longest due first, as far as the index knows; and
/// the beginning of the next page.
pub async fn due(
    store: &Store,
    shard: u8,
    now: jiff::Timestamp,
    after: Option<Item>,
    limit: i32,
) -> Result<(Vec<Due>, Option<Item>), Error> {
    let request = store
        .query_index(due_pk(shard), "<", format!("{:015}", now.as_millisecond() + 1))
        .set_exclusive_start_key(after)
        .limit(limit);
    let (items, next) = store.query_page("find due deliveries", request).await?;
    let due = |found: &Item| match item::key_of(found)? {
        Key::Delivery(app, webhook, event) => Ok(Due { app, webhook, event }),
        _ => Err(Error::Internal("an item among the due deliveries is no delivery".into())),
    };
    let found = items.iter().map(due).collect::<Result<_, _>>()?;
    Ok((found, next))
}

fn whole(delivery: &Delivery) -> Result<Item, Error> {
    let Delivery { app_id, webhook_id, event_id, next_attempt_at, created_at, .. } = delivery;
    let at = Key::Delivery(app_id.clone(), webhook_id.clone(), event_id.clone());
    let due = next_attempt_at.map(|due| IndexKey::Due(due.as_millisecond(), event_id.clone()));
    let mut item = item::whole(&at, due.as_ref(), delivery)?;
    item.insert("expires".to_owned(), item::number(created_at.plus(KEPT).as_second()));
    Ok(item)
}
