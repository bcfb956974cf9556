//! Partners: merchants who confirm redemptions, with the secrets that they sign with.

use domain::Error;
use domain::id::{AppId, PartnerId};
use domain::partner::Partner;

use super::schema::Key;
use super::{Store, item};

/// Writes a partner over nothing, or over the version before `partner.version`. Returns `false`, and writes nothing,
/// if another version is there.
pub async fn put(store: &Store, partner: &Partner) -> Result<bool, Error> {
    let at = key(&partner.app_id, &partner.partner_id);
    store.put_version("put partner", &at, partner.version, partner).await
}

/// Writes a partner over the version before `partner.version`. Returns `false`, and writes nothing, if that was
/// changed or deleted meanwhile.
pub async fn replace(store: &Store, partner: &Partner) -> Result<bool, Error> {
    let at = key(&partner.app_id, &partner.partner_id);
    store.replace_version("change partner", &at, partner.version, partner).await
}

/// Returns the partner with that id. Read consistently: a deleted partner or a rotated secret must not work.
pub async fn get(store: &Store, app: &AppId, partner: &PartnerId) -> Result<Option<Partner>, Error> {
    store.get_shape("get partner", "partner", &key(app, partner)).await
}

/// Returns every partner of an app, sorted by id. Apps have few.
pub async fn list(store: &Store, app: &AppId) -> Result<Vec<Partner>, Error> {
    let (pk, _) = Key::App(app.clone()).pair();
    let request = store.range(pk, "PARTNER#", "PARTNER$").consistent_read(true);
    let found = store.query_all("list partners", request).await?;
    found.into_iter().map(|found| item::shape("partner", found)).collect()
}

/// Deletes a partner. Unconditional: deleting a missing item changes nothing.
pub async fn delete(store: &Store, app: &AppId, partner: &PartnerId) -> Result<(), Error> {
    store.delete_item("delete partner", store.delete(&key(app, partner))).await.map(drop)
}

fn key(app: &AppId, partner: &PartnerId) -> Key {
    Key::Partner(app.clone(), partner.clone())
}
