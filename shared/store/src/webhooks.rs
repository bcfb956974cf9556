//! Webhooks: endpoints of apps for domain events, with the secrets that sign the calls. The results of calls are in
//! `deliveries`.

use domain::Error;
use domain::id::{AppId, WebhookId};
use domain::webhook::Webhook;

use super::schema::Key;
use super::{Store, item};

/// Writes a webhook over nothing, or over the version before `webhook.version`. Returns `false`, and writes nothing,
/// if another version is there.
pub async fn put(store: &Store, webhook: &Webhook) -> Result<bool, Error> {
    let at = key(&webhook.app_id, &webhook.webhook_id);
    store.put_version("put webhook", &at, webhook.version, webhook).await
}

/// Writes a webhook over the version before `webhook.version`. Returns `false`, and writes nothing, if that was
/// changed or deleted meanwhile.
pub async fn replace(store: &Store, webhook: &Webhook) -> Result<bool, Error> {
    let at = key(&webhook.app_id, &webhook.webhook_id);
    store.replace_version("change webhook", &at, webhook.version, webhook).await
}

/// Returns the webhook with that id.
pub async fn get(store: &Store, app: &AppId, webhook: &WebhookId) -> Result<Option<Webhook>, Error> {
    store.get_shape("get webhook", "webhook", &key(app, webhook)).await
}

/// Returns every webhook of an app, sorted by id. Apps have few.
pub async fn list(store: &Store, app: &AppId) -> Result<Vec<Webhook>, Error> {
    let (pk, _) = Key::App(app.clone()).pair();
    let request = store.range(pk, "WEBHOOK#", "WEBHOOK$").consistent_read(true);
    let found = store.query_all("list webhooks", request).await?;
    found.into_iter().map(|found| item::shape("webhook", found)).collect()
}

/// Deletes a webhook. Unconditional: deleting a missing item changes nothing, and its due deliveries find no webhook.
pub async fn delete(store: &Store, app: &AppId, webhook: &WebhookId) -> Result<(), Error> {
    store.delete_item("delete webhook", store.delete(&key(app, webhook))).await.map(drop)
}

fn key(app: &AppId, webhook: &WebhookId) -> Key {
    Key::Webhook(app.clone(), webhook.clone())
}
