//! Suppliers of an app, and the pace at which they are called: one item per supplier, which every call writes, holds
//! one rate for all environments together.

use std::time::Duration;

use aws_sdk_dynamodb::types::ReturnValue;
use domain::Error;
use domain::id::{AppId, SupplierId};
use domain::instant::Sum as _;
use domain::supplier::{Supplier, Trouble};
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;

use super::conditions::{EXISTS, IS_IDLE, IS_QUEUED, NO_LONGER_PAUSE, NOT_PAUSED};
use super::schema::Key;
use super::{Store, item};

/// The longest time that a call waits for its turn.
pub const LONGEST_WAIT: SignedDuration = SignedDuration::from_secs(3);

/// A call waits for at least this time before it is turned away.
const SHORT_WAIT: SignedDuration = SignedDuration::from_millis(500);

/// About the most calls to one supplier that wait for their turn at a time, and the most that wait for its answer. Each
/// holds an environment, and all apps share these: the rest is left to other suppliers.
pub const AT_ONCE: u32 = 8;

/// Tries for a turn: between them, the queue may begin or end.
const ATTEMPTS: u32 = 8;

/// Writes a supplier over nothing, or over the version before `supplier.version`. Returns `false`, and writes nothing,
/// if another version is there.
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
    /// At its time, which no other call has.
    Granted(Pace),
    /// Not now: more calls wait than the supplier takes in [`LONGEST_WAIT`].
    Crowded,
    /// Not now: the supplier was in trouble a moment ago.
    Paused(Trouble),
}

/// The pace of a granted call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pace {
    /// The time to wait before the call.
    pub wait: Duration,
    /// The time between two calls, longer than `per_second` asks for, if the supplier was slow.
    pub slowed: Option<Duration>,
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
struct StoredPace {
    #[serde(default, with = "item::milliseconds::optional")]
    next_at: Option<Timestamp>,
    #[serde(default, with = "item::milliseconds::optional")]
    paused_until: Option<Timestamp>,
    paused_version: Option<u64>,
    trouble: Option<Trouble>,
    slow_gap: Option<u32>,
}

impl StoredPace {
    fn granted(&self, wait: Duration) -> Turn {
        let slowed = self.slow_gap.map(|gap| Duration::from_millis(gap.into()));
        Turn::Granted(Pace { wait, slowed })
    }
}

/// Returns the time between two turns that the supplier's rate asks for, in milliseconds.
fn gap(supplier: &Supplier) -> u32 {
    (1_000 * supplier.service.calls_per_order()).div_ceil(supplier.per_second.clamp(1, 1_000))
}

/// Takes the next turn to call the supplier, by one conditional write of one item. All environments share the item, so
/// turns are at least `1 / per_second` seconds apart, and further after [`note_speed`]. An environment that freezes
/// after its turn calls late, perhaps beside another one. Only the pace suffers from that.
pub async fn take_turn(store: &Store, supplier: &Supplier, now: Timestamp) -> Result<Turn, Error> {
    let at = pace_key(&supplier.app_id, &supplier.supplier_id);
    let gap = gap(supplier);
    for attempt in 1..=ATTEMPTS {
        let turn = |sets: &str, condition: &str| {
            store
                .update(&at)
                .update_expression(sets)
                .condition_expression(format!("{condition} AND {NOT_PAUSED}"))
                .expression_attribute_values(":now", item::time(now))
                .expression_attribute_values(":gap", item::number(gap))
                .expression_attribute_values(":version", item::number(supplier.version))
        };
        let idle =
            turn("SET next_at = :now + if_not_exists(slow_gap, :gap)", IS_IDLE).return_values(ReturnValue::AllOld);
        let found = match store.updated_or_found("take supplier's turn", idle).await? {
            Ok(before) => return Ok(item::shape::<StoredPace>("supplier's pace", before)?.granted(Duration::ZERO)),
            Err(found) => item::shape::<StoredPace>("supplier's pace", found)?,
        };
        let is_paused = found.paused_until.is_some_and(|until| until > now)
            && found.paused_version.is_none_or(|version| version >= supplier.version);
        if let Some(trouble) = found.trouble.filter(|_| is_paused) {
            return Ok(Turn::Paused(trouble));
        }
        let queue = SignedDuration::from_millis(i64::from(found.slow_gap.unwrap_or(gap)) * i64::from(AT_ONCE));
        let latest = now.plus(queue.max(SHORT_WAIT).min(LONGEST_WAIT));
        if found.next_at.is_some_and(|next| next > latest) {
            return Ok(Turn::Crowded);
        }
        let queued = turn("SET next_at = next_at + if_not_exists(slow_gap, :gap)", IS_QUEUED)
            .expression_attribute_values(":latest", item::time(latest))
            .return_values(ReturnValue::AllOld);
        if let Some(before) = store.updated("queue for supplier", queued).await? {
            let before: StoredPace = item::shape("supplier's pace", before)?;
            let wait = before.next_at.unwrap_or(now).duration_since(now);
            return Ok(before.granted(wait.try_into().unwrap_or_default()));
        }
        store.back_off(attempt).await;
    }
    Ok(Turn::Crowded)
}

/// Notes how long an answer took: while a supplier is slow, turns are so far apart that about [`AT_ONCE`] calls wait
/// for its answer. Writes nothing if the pace fits. Unconditional: of two calls, the later note stands, and the next
/// call corrects it.
pub async fn note_speed(store: &Store, supplier: &Supplier, pace: Pace, took: Duration) -> Result<(), Error> {
    let at = pace_key(&supplier.app_id, &supplier.supplier_id);
    let fitting = u32::try_from(took.as_millis() / u128::from(AT_ONCE)).unwrap_or(u32::MAX);
    let request = if fitting > gap(supplier) {
        store
            .update(&at)
            .update_expression("SET slow_gap = :gap")
            .expression_attribute_values(":gap", item::number(fitting))
    } else if pace.slowed.is_some() {
        store.update(&at).update_expression("REMOVE slow_gap")
    } else {
        return Ok(());
    };
    store.update_item("note supplier's speed", request.condition_expression(EXISTS)).await.map(drop)
}

/// Notes trouble with a supplier, and pauses the calls of this version of it for a while. Does nothing if a later
/// version is noted already, or a pause runs that ends later.
pub async fn note_trouble(
    store: &Store,
    supplier: &Supplier,
    trouble: Trouble,
    pause: SignedDuration,
    now: Timestamp,
) -> Result<(), Error> {
    let mut sets = "SET trouble = :trouble, trouble_at = :now".to_owned();
    if !pause.is_zero() {
        sets.push_str(", paused_until = :until, paused_version = :version");
    }
    let request = store
        .update(&pace_key(&supplier.app_id, &supplier.supplier_id))
        .update_expression(sets)
        .condition_expression(NO_LONGER_PAUSE)
        .expression_attribute_values(":trouble", item::value(&trouble)?)
        .expression_attribute_values(":now", item::time(now))
        .expression_attribute_values(":until", item::time(now.plus(pause)))
        .expression_attribute_values(":version", item::number(supplier.version));
    store.update_item("note supplier's trouble", request).await.map(drop)
}

/// Forgets the latest trouble with a supplier, which has just answered. A note that meets this one says what was true a
/// moment ago, and the next call notes it again.
pub async fn forget_trouble(store: &Store, app: &AppId, supplier: &SupplierId) -> Result<(), Error> {
    let request = store
        .update(&pace_key(app, supplier))
        .update_expression("REMOVE trouble, trouble_at, paused_until, paused_version, slow_gap")
        .condition_expression(EXISTS);
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
