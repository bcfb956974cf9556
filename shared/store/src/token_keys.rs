//! Token keys: the keys with which an app's backend signs user tokens. A key never changes.

use domain::Error;
use domain::id::{AppId, KeyId};
use domain::user_token::TokenKey;

use super::conditions::NOT_YET_WRITTEN;
use super::schema::Key;
use super::{Store, item};

/// Writes a key that is not there yet. If one is there, writes nothing and returns it.
pub async fn put(store: &Store, token_key: &TokenKey) -> Result<Option<TokenKey>, Error> {
    let at = key(&token_key.app_id, &token_key.token_key_id);
    let request = store.put().set_item(Some(item::whole(&at, None, token_key)?)).condition_expression(NOT_YET_WRITTEN);
    let found = store.put_or_found("put token key", request).await?;
    found.map(|found| item::shape("token key", found)).transpose()
}

/// Returns the key with that id. Read consistently: a deleted key must verify nothing.
pub async fn get(store: &Store, app: &AppId, token_key: &KeyId) -> Result<Option<TokenKey>, Error> {
    store.get_shape("get token key", "token key", &key(app, token_key)).await
}

/// Returns every token key of an app, sorted by id. Apps have few.
pub async fn list(store: &Store, app: &AppId) -> Result<Vec<TokenKey>, Error> {
    let (pk, _) = Key::App(app.clone()).pair();
    let request = store.range(pk, "TOKENKEY#", "TOKENKEY$").consistent_read(true);
    let found = store.query_all("list token keys", request).await?;
    found.into_iter().map(|found| item::shape("token key", found)).collect()
}

/// Deletes a key. Unconditional: deleting a missing item changes nothing.
pub async fn delete(store: &Store, app: &AppId, token_key: &KeyId) -> Result<(), Error> {
    store.delete_item("delete token key", store.delete(&key(app, token_key))).await.map(drop)
}

fn key(app: &AppId, token_key: &KeyId) -> Key {
    Key::TokenKey(app.clone(), token_key.clone())
}
