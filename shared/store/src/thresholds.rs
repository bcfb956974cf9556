//! Crossed thresholds: an item exists while its threshold is crossed, so its stream record reports each crossing once.
//! `deliver-webhook` judges when one is crossed.

use std::collections::HashSet;

use domain::Error;
use domain::event::Threshold;
use domain::id::AppId;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::conditions::NOT_YET_WRITTEN;
use super::failure::Item;
use super::schema::{Key, thresholds_pk};
use super::{Store, item};

#[derive(Serialize, Deserialize)]
struct StoredCrossing {
    #[serde(with = "item::milliseconds::required")]
    at: Timestamp,
    /// JSON as text: the table would limit its names and its depth.
    detail: String,
}

/// A crossing.
#[derive(Debug, Clone, PartialEq)]
pub struct Crossing {
    /// When it was noticed.
    pub at: Timestamp,
    /// The details for its event.
    pub detail: Value,
}

/// Returns the crossed thresholds of an app.
pub async fn crossed(store: &Store, app: &AppId) -> Result<HashSet<Threshold>, Error> {
    let request = store
        .query()
        .key_condition_expression("pk = :pk")
        .expression_attribute_values(":pk", item::text(thresholds_pk(app)))
        .consistent_read(true);
    let found = store.query_all("get thresholds", request).await?;
    let threshold = |found: &Item| match item::key_of(found)? {
        Key::Threshold(_, threshold) => Ok(Some(threshold)),
        _ => Ok(None),
    };
    found.iter().map(threshold).filter_map(Result::transpose).collect()
}

/// Records a crossing. Returns `false` if it is recorded already: then its event is out.
pub async fn cross(store: &Store, app: &AppId, threshold: &Threshold, crossing: &Crossing) -> Result<bool, Error> {
    let stored = StoredCrossing { at: crossing.at, detail: crossing.detail.to_string() };
    let item = item::whole(&Key::Threshold(app.clone(), threshold.clone()), None, &stored)?;
    store.put_item("cross threshold", store.put().set_item(Some(item)).condition_expression(NOT_YET_WRITTEN)).await
}

/// Removes a crossing. Unconditional: it may be gone, and the next walk finds a threshold that is crossed again at
/// this instant.
pub async fn leave(store: &Store, app: &AppId, threshold: &Threshold) -> Result<(), Error> {
    store.delete_item("leave threshold", store.delete(&Key::Threshold(app.clone(), threshold.clone()))).await.map(drop)
}

/// Reads a crossing from an item or from a stream record's image.
pub fn read(found: Item) -> Result<Crossing, Error> {
    let StoredCrossing { at, detail } = item::shape("threshold", found)?;
    let detail = serde_json::from_str(&detail).map_err(|error| Error::Internal(format!("a threshold: {error}")))?;
    Ok(Crossing { at, detail })
}
