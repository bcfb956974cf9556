//! Crossed thresholds: an item exists while its threshold is crossed, so its stream record reports each crossing once.
//! `deliver-webhook` judges when one is crossed.

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
use super::{Store, item};

#[derive(Serialize, Deserialize)]
struct StoredSignal {
    #[serde(with = "item::milliseconds::required")]
    at: Timestamp,
    /// JSON as text: the table would limit its names and its depth.
    detail: String,
}

/// A crossing.
#[derive(Debug, Clone, PartialEq)]
pub struct Crossed {
    /// When it was noticed.
    pub at: Timestamp,
    /// The details for its event.
    pub detail: Value,
}

/// Returns the crossed thresholds of an app.
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

/// Records a crossing. Returns `false` if it is recorded already: then its event is out.
pub async fn raise(store: &Store, app: &AppId, signal: &Signal, crossed: &Crossed) -> Result<bool, Error> {
    let stored = StoredSignal { at: crossed.at, detail: crossed.detail.to_string() };
    let item = item::whole(&Key::Signal(app.clone(), signal.clone()), None, &stored)?;
    store.put_item("raise signal", store.put().set_item(Some(item)).condition_expression(NOT_YET_WRITTEN)).await
}

/// Removes a crossing. Unconditional: it may be gone, and the next walk finds a threshold that is crossed again at
/// this instant.
pub async fn lower(store: &Store, app: &AppId, signal: &Signal) -> Result<(), Error> {
    store.delete_item("lower signal", store.delete(&Key::Signal(app.clone(), signal.clone()))).await.map(drop)
}

/// Reads a crossing from an item or from a stream record's image.
pub fn read(found: Item) -> Result<Crossed, Error> {
    let StoredSignal { at, detail } = item::shape("signal", found)?;
    let detail = serde_json::from_str(&detail).map_err(|error| Error::Internal(format!("a signal: {error}")))?;
    Ok(Crossed { at, detail })
}
