//! The history of a campaign: one item per change, under the version that it made.

use aws_sdk_dynamodb::types::TransactWriteItem;
use domain::Error;
use domain::campaign::history::{Change, ChangeKind};
use domain::id::{AppId, CampaignId, KeyId, PersonId};
use domain::person::MintedBy;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::conditions::NOT_YET_WRITTEN;
use super::schema::Key;
use super::{Store, failure, item, requests};

#[derive(Serialize, Deserialize)]
struct StoredChange {
    version: u64,
    #[serde(with = "item::milliseconds::required")]
    at: Timestamp,
    key_id: KeyId,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    person_id: Option<PersonId>,
    #[serde(default, skip_serializing_if = "MintedBy::is_empty")]
    minted_by: MintedBy,
    action: ChangeKind,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    /// JSON as text: the table would limit its names and its depth.
    changes: String,
}

/// The part of a campaign's change that records it. Each version is made once, so nothing can be there.
pub(crate) fn record(
    store: &Store,
    app: &AppId,
    campaign: &CampaignId,
    change: &Change,
) -> Result<TransactWriteItem, Error> {
    let Change { version, at, key_id, person_id, minted_by, action, reason, changes } = change.clone();
    let changes = serde_json::to_string(&changes).map_err(|error| Error::Internal(format!("a change: {error}")))?;
    let place = Key::Change(app.clone(), campaign.clone(), version);
    let stored = StoredChange { version, at, key_id, person_id, minted_by, action, reason, changes };
    let put = store.put_in_transaction(item::whole(&place, None, &stored)?).condition_expression(NOT_YET_WRITTEN);
    requests::put(put)
}

/// Returns one page of a campaign's changes, the newest first, those before version `before`; and the cursor of the
/// next.
pub async fn list(
    store: &Store,
    app: &AppId,
    campaign: &CampaignId,
    limit: u32,
    before: Option<u64>,
) -> Result<(Vec<Change>, Option<String>), Error> {
    let place = |version| Key::Change(app.clone(), campaign.clone(), version).pair();
    let (pk, first) = place(0);
    let (_, last) = place(before.map_or(u64::MAX, |before| before.saturating_sub(1)));
    let request = store
        .range(pk, first, last)
        .consistent_read(true)
        .scan_index_forward(false)
        .limit(i32::try_from(limit).unwrap_or(100));
    let (items, next) = store.query_page("list changes", request).await?;
    let more = next.is_some();
    let changes = items.into_iter().map(read).collect::<Result<Vec<_>, _>>()?;
    let cursor = changes.last().filter(|_| more).map(|last| last.version.to_string());
    Ok((changes, cursor))
}

/// Reads a change from an item or from a stream record's image.
pub fn read(found: failure::Item) -> Result<Change, Error> {
    let StoredChange { version, at, key_id, person_id, minted_by, action, reason, changes } =
        item::shape("change", found)?;
    let changes = serde_json::from_str(&changes).map_err(|error| Error::Internal(format!("a change: {error}")))?;
    Ok(Change { version, at, key_id, person_id, minted_by, action, reason, changes })
}
