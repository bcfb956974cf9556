//! Notices: what became of the push for each reward, address by address. Kept apart from the reward, so that recording
//! a result can never conflict with a claim or a redemption.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::failure::Item;
use super::schema::Key;
use super::{Store, item};
use crate::error::Error;

/// How long results are kept: longer than any stream record can be redelivered, long enough for support.
const KEPT: SignedDuration = SignedDuration::from_hours(90 * 24);

/// The result of the last attempt for one device.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delivery {
    /// Pinpoint's delivery status, for example `SUCCESSFUL`: accepted by the push service, not seen by the user.
    pub delivery: String,
    /// Pinpoint's status code.
    pub code: i32,
    /// How often it was tried.
    pub attempts: u32,
    /// Whether the device gets no further attempt.
    pub settled: bool,
}

#[derive(Default, Serialize, Deserialize)]
struct StoredNotice {
    devices: BTreeMap<String, Delivery>,
    #[serde(default)]
    expires: i64,
}

/// The results so far, by device id.
pub async fn get(store: &Store, at: &Key) -> Result<BTreeMap<String, Delivery>, Error> {
    let found = store.get_item("get notice", at, true).await?;
    found.map(read).transpose().map(Option::unwrap_or_default)
}

/// The results in an item.
pub(crate) fn read(found: Item) -> Result<BTreeMap<String, Delivery>, Error> {
    let stored: StoredNotice = item::shape("notice", found)?;
    Ok(stored.devices)
}

/// Records the results. Unconditional: a reward's stream records come in order from one shard, so one writer at a time
/// reads, adds and writes; should Lambda ever run two, the loser's device is pushed to again under the same collapse
/// key.
pub async fn put(store: &Store, at: &Key, devices: BTreeMap<String, Delivery>, now: Timestamp) -> Result<(), Error> {
    let notice = StoredNotice { devices, expires: (now + KEPT).as_second() };
    store.put_item("put notice", store.put().set_item(Some(item::whole(at, None, &notice)?))).await?;
    Ok(())
}
