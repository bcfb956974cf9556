//! Suppliers of an app, and the pace at which they are called: one item per supplier, which every call writes, holds one
//! rate for all environments together.

use std::time::Duration;

use aws_sdk_dynamodb::types::ReturnValue;
use domain::Error;
use domain::id::{AppId, SupplierId};
use domain::instant::Sum as _;
use domain::supplier::{Supplier, Trouble};
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;

use super::conditions::{IS_IDLE, IS_QUEUED, NOT_OF_A_LATER_VERSION, NOT_PAUSED};
use super::schema::Key;
use super::{Store, item};

/// The longest time that a call waits for its turn.
pub const LONGEST_WAIT: SignedDuration = SignedDuration::from_secs(3);

/// Tries for a turn: between them, the queue may begin or end.
const ATTEMPTS: u32 = 8;

/// Writes a supplier over nothing, or over the version before `supplier.version`. Returns `false`, and writes nothing, if
/// another version is there.
pub async fn put(store: &Store, supplier: &Supplier) -> Result<bool, Error> {
    let at = key(&supplier.app_id, &supplier.supplier_id);
    store.put_version("put supplier", &at, supplier.version, supplier).await
}

/// Returns the supplier with that id.
pub async fn get(store: &Store, app: &AppId, supplier: &SupplierId) -> Result<Option<Supplier>, Error> {
    store.get_shape("get supplier", "supplier", &key(app, supplier)).await
}

/// Returns every supplier of an app, sorted by id. Apps have few.
pub async fn list(store: &Store, app: &AppId) -> Result<Vec<Supplier>, Error> {
    let (pk, _) = Key::App(app.clone()).pair();
    let request = store.range(pk, "SUPPLIER#", "SUPPLIER$").consistent_read(true);
    let found = store.query_all("list suppliers", request).await?;
    found.into_iter().map(|found| item::shape("supplier", found)).collect()
}

/// Deletes a supplier, and after it its pace. Unconditional: deleting a missing item changes nothing.
pub async fn delete(store: &Store, app: &AppId, supplier: &SupplierId) -> Result<(), Error> {
    store.delete_item("delete supplier", store.delete(&key(app, supplier))).await?;
    store.delete_item("delete supplier's pace", store.delete(&pace_key(app, supplier))).await.map(drop)
}

/// When a call may be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Turn {
    /// After this time, which no other call has.
    After(Duration),
    /// Not now: more calls wait than the supplier takes in [`LONGEST_WAIT`].
    Crowded,
    /// Not now: the supplier was in trouble a moment ago.
    Paused(Trouble),
}

/// The latest trouble with a supplier.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub struct LatestTrouble {
    /// What was wrong.
    pub trouble: Trouble,
    /// When it was noticed.
    #[serde(rename = "trouble_at", with = "item::milliseconds::required")]
    pub at: Timestamp,
}

#[derive(Deserialize)]
struct Pace {
    #[serde(default, with = "item::milliseconds::optional")]
    next_at: Option<Timestamp>,
    #[serde(default, with = "item::milliseconds::optional")]
    paused_until: Option<Timestamp>,
    paused_version: Option<u64>,
    trouble: Option<Trouble>,
}

/// Takes the next turn to call the supplier, by one conditional write of one item. All environments share the item, so
/// turns are at least `1 / per_second` seconds apart. An environment that freezes after its turn calls late, perhaps
/// beside another one. Only the pace suffers from that.
pub async fn take_turn(store: &Store, supplier: &Supplier, now: Timestamp) -> Result<Turn, Error> {
    let at = pace_key(&supplier.app_id, &supplier.supplier_id);
    let gap = i64::from(1_000_u32.div_ceil(supplier.per_second.clamp(1, 1_000)));
    let latest = now.plus(LONGEST_WAIT);
    for attempt in 1..=ATTEMPTS {
        let idle = store
            .update(&at)
            .update_expression("SET next_at = :next")
            .condition_expression(format!("{IS_IDLE} AND {NOT_PAUSED}"))
            .expression_attribute_values(":now", item::time(now))
            .expression_attribute_values(":next", item::number(now.as_millisecond() + gap))
            .expression_attribute_values(":version", item::number(supplier.version));
        let Some(found) = store.update_or_found("take supplier's turn", idle).await? else {
            return Ok(Turn::After(Duration::ZERO));
        };
        let pace: Pace = item::shape("supplier's pace", found)?;
        let is_paused = pace.paused_until.is_some_and(|until| until > now)
            && pace.paused_version.is_none_or(|version| version >= supplier.version);
        if let Some(trouble) = pace.trouble.filter(|_| is_paused) {
            return Ok(Turn::Paused(trouble));
        }
        if pace.next_at.is_some_and(|next| next > latest) {
            return Ok(Turn::Crowded);
        }
        let queued = store
            .update(&at)
            .update_expression("SET next_at = next_at + :gap")
            .condition_expression(format!("{IS_QUEUED} AND {NOT_PAUSED}"))
            .expression_attribute_values(":now", item::time(now))
            .expression_attribute_values(":latest", item::time(latest))
            .expression_attribute_values(":gap", item::number(gap))
            .expression_attribute_values(":version", item::number(supplier.version))
            .return_values(ReturnValue::UpdatedOld);
        if let Some(before) = store.updated("queue for supplier", queued).await? {
            let turn = item::shape::<Pace>("supplier's pace", before)?.next_at.unwrap_or(now);
            return Ok(Turn::After(turn.duration_since(now).try_into().unwrap_or_default()));
        }
        store.back_off(attempt).await;
    }
    Ok(Turn::Crowded)
}

/// Notes trouble with a supplier, and pauses the calls of this version of it for a while; a pause of no time leaves one that
/// runs. Does nothing if a later version is noted already.
pub async fn note_trouble(
    store: &Store,
    supplier: &Supplier,
    trouble: Trouble,
    pause: SignedDuration,
    now: Timestamp,
) -> Result<(), Error> {
    let mut sets = "SET trouble = :trouble, trouble_at = :now".to_owned();
    let mut request = store
        .update(&pace_key(&supplier.app_id, &supplier.supplier_id))
        .condition_expression(NOT_OF_A_LATER_VERSION)
        .expression_attribute_values(":trouble", item::value(&trouble)?)
        .expression_attribute_values(":now", item::time(now))
        .expression_attribute_values(":version", item::number(supplier.version));
    if !pause.is_zero() {
        sets.push_str(", paused_until = :until, paused_version = :version");
        request = request.expression_attribute_values(":until", item::time(now.plus(pause)));
    }
    store.update_item("note supplier's trouble", request.update_expression(sets)).await.map(drop)
}

/// Forgets the latest trouble with a supplier, which has just answered. Unconditional: a note that meets this one says what
/// was true a moment ago, and the next call notes it again.
pub async fn forget_trouble(store: &Store, app: &AppId, supplier: &SupplierId) -> Result<(), Error> {
    let request = store
        .update(&pace_key(app, supplier))
        .update_expression("REMOVE trouble, trouble_at, paused_until, paused_version");
    store.update_item("forget supplier's trouble", request).await.map(drop)
}

/// Returns the latest trouble with a supplier, if any is on record.
pub async fn latest_trouble(store: &Store, app: &AppId, supplier: &SupplierId) -> Result<Option<LatestTrouble>, Error> {
    let found = store.get_item("get supplier's pace", &pace_key(app, supplier)).await?;
    let found = found.filter(|found| found.contains_key("trouble"));
    found.map(|found| item::shape("supplier's pace", found)).transpose()
}

fn key(app: &AppId, supplier: &SupplierId) -> Key {
    Key::Supplier(app.clone(), supplier.clone())
}

fn pace_key(app: &AppId, supplier: &SupplierId) -> Key {
    Key::SupplierPace(app.clone(), supplier.clone())
}
