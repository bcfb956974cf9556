//! Signals: the levels that are crossed just now. One is written when its level is crossed and deleted when it is left
//! again, so that its stream record tells each crossing once. When a level is crossed is `deliver-webhook`'s business.

use std::collections::HashSet;

use domain::Error;
use domain::event::Signal;
use domain::id::AppId;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::expression::NOT_YET_WRITTEN;
use super::failure::Item;
use super::schema::{Key, signal_pk};
use super::{Store, failure, item};

#[derive(Serialize, Deserialize)]
struct StoredSignal {
    #[serde(with = "item::milliseconds::required")]
    at: Timestamp,
    /// JSON as text: the table would bound its names and its depth.
    detail: String,
}

/// A crossing.
#[derive(Debug, Clone, PartialEq)]
pub struct Crossed {
    /// When it was seen.
    pub at: Timestamp,
    /// What its event tells.
    pub detail: Value,
}

/// Returns the raised signals of an app.
pub async fn raised(store: &Store, app: &AppId) -> Result<HashSet<Signal>, Error> {
    let request = store
        .query()
        .key_condition_expression("pk = :pk")
        .expression_attribute_values(":pk", item::text(signal_pk(app)))
        .consistent_read(true);
    let found = store.query_all("get signals", request).await?;
    let signal = |found: &Item| match item::key_of(found)? {
        Key::Signal(_, signal) => Ok(Some(signal)),
        _ => Ok(None),
    };
    found.iter().map(signal).filter_map(Result::transpose).collect()
}

/// Raises a signal. `false` if it is up: whoever was first told it.
pub async fn raise(store: &Store, app: &AppId, signal: &Signal, crossed: &Crossed) -> Result<bool, Error> {
    let stored = StoredSignal { at: crossed.at, detail: crossed.detail.to_string() };
    let item = item::whole(&Key::Signal(app.clone(), signal.clone()), None, &stored)?;
    store.put_item("raise signal", store.put().set_item(Some(item)).condition_expression(NOT_YET_WRITTEN)).await
}

/// Lowers a signal. Unconditional: what is gone need not be there, and a level that is crossed again at this very instant is
/// found to be by the next walk.
pub async fn lower(store: &Store, app: &AppId, signal: &Signal) -> Result<(), Error> {
    let request = store.delete(&Key::Signal(app.clone(), signal.clone())).send().await;
    let answer = request.map_err(|error| failure::sort("lower signal", &error))?;
    store.meter().writing(answer.consumed_capacity());
    Ok(())
}

/// Reads a crossing out of an item, also out of the image in a stream record.
pub fn read(found: Item) -> Result<Crossed, Error> {
    let StoredSignal { at, detail } = item::shape("signal", found)?;
    let detail = serde_json::from_str(&detail).map_err(|error| Error::Internal(format!("a signal: {error}")))?;
    Ok(Crossed { at, detail })
}
