//! API keys. The table knows a key's SHA-256 and never its text.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::expression::NOT_YET_WRITTEN;
use super::schema::Key;
use super::{Store, item, requests};
use crate::error::Error;
use crate::id::{AppId, KeyId};
use crate::identity::{Caller, KeyHash};

#[derive(Serialize, Deserialize)]
struct StoredKey {
    hash: String,
    caller: Caller,
    #[serde(with = "item::milliseconds::required")]
    created_at: Timestamp,
}

/// Makes a key known: by its hash for the authorizer, and in its app's list, both or neither.
pub async fn mint(store: &Store, hash: &KeyHash, caller: &Caller, now: Timestamp) -> Result<(), Error> {
    let stored = StoredKey { hash: hash.to_hex(), caller: caller.clone(), created_at: now };
    let by_hash = item::whole(&Key::ApiKey(stored.hash.clone()), None, &stored)?;
    let mut items = vec![requests::put(store.put_in_transaction(by_hash).condition_expression(NOT_YET_WRITTEN))?];
    if let Some(app) = &caller.app_id {
        let listed = item::whole(&Key::AppKey(app.clone(), caller.key_id.clone()), None, &stored)?;
        items.push(requests::put(store.put_in_transaction(listed).condition_expression(NOT_YET_WRITTEN))?);
    }
    match store.transaction("mint key", items).await? {
        Ok(()) => Ok(()),
        // 256 random bits do not come twice: what stands there is this very call, repeated by the SDK.
        Err(_) => Err(Error::Unavailable("mint key: the key exists".into())),
    }
}

/// Who the key stands for; `None` if it is unknown or revoked.
pub async fn find(store: &Store, hash: &KeyHash) -> Result<Option<Caller>, Error> {
    let found = store.get_item("find key", &Key::ApiKey(hash.to_hex()), true).await?;
    let stored: Option<StoredKey> = found.map(|found| item::shape("key", found)).transpose()?;
    Ok(stored.filter(|stored| hash.is(&stored.hash)).map(|stored| stored.caller))
}

/// Forgets a key. `false` if the app has no such key.
pub async fn revoke(store: &Store, app: &AppId, key_id: &KeyId) -> Result<bool, Error> {
    let listed = Key::AppKey(app.clone(), key_id.clone());
    let Some(found) = store.get_item("find key", &listed, true).await? else { return Ok(false) };
    let stored: StoredKey = item::shape("key", found)?;
    // Unconditional: deleting what is already gone changes nothing.
    let items = vec![
        requests::delete(store.delete_in_transaction(&Key::ApiKey(stored.hash)))?,
        requests::delete(store.delete_in_transaction(&listed))?,
    ];
    match store.transaction("revoke key", items).await? {
        Ok(()) => Ok(true),
        Err(_) => Err(Error::Unavailable("revoke key: conflict".into())),
    }
}
