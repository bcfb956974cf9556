//! Webhooks: where apps want to hear of domain events, with the secrets that calls are signed with. What became of each
//! call is `deliveries`.

use super::expression::{VERSION_IS, WEBHOOK_IS};
use super::schema::Key;
use super::{Store, failure, item};
use crate::error::Error;
use crate::id::{AppId, WebhookId};
use crate::webhook::Webhook;

/// Writes a webhook over nothing, or over the version before `webhook.version`. `false` if another one stands there: then
/// nothing was written.
pub async fn put(store: &Store, webhook: &Webhook) -> Result<bool, Error> {
    let request = store
        .put()
        .set_item(Some(item::whole(&key(&webhook.app_id, &webhook.webhook_id), None, webhook)?))
        .condition_expression(VERSION_IS)
        .expression_attribute_values(":before", item::number(webhook.version.saturating_sub(1)));
    store.put_item("put webhook", request).await
}

/// Writes a webhook over the version before `webhook.version`, which must be there. `false` if it was changed or deleted
/// meanwhile: then nothing was written.
pub async fn replace(store: &Store, webhook: &Webhook) -> Result<bool, Error> {
    let request = store
        .put()
        .set_item(Some(item::whole(&key(&webhook.app_id, &webhook.webhook_id), None, webhook)?))
        .condition_expression(WEBHOOK_IS)
        .expression_attribute_values(":version", item::number(webhook.version.saturating_sub(1)));
    store.put_item("change webhook", request).await
}

/// The webhook of that id.
pub async fn get(store: &Store, app: &AppId, webhook: &WebhookId) -> Result<Option<Webhook>, Error> {
    let found = store.get_item("get webhook", &key(app, webhook), true).await?;
    found.map(|found| item::shape("webhook", found)).transpose()
}

/// Every webhook of an app, sorted by id: there are a few.
pub async fn list(store: &Store, app: &AppId) -> Result<Vec<Webhook>, Error> {
    let (pk, _) = Key::App(app.clone()).pair();
    let request = store.range(pk, "WEBHOOK#", "WEBHOOK$").consistent_read(true);
    let found = store.query_all("list webhooks", request).await?;
    found.into_iter().map(|found| item::shape("webhook", found)).collect()
}

/// Forgets a webhook. Unconditional: deleting what is already gone changes nothing, and what is due for it finds none.
pub async fn delete(store: &Store, app: &AppId, webhook: &WebhookId) -> Result<(), Error> {
    let request = store.delete(&key(app, webhook)).send().await;
    let answer = request.map_err(|error| failure::sort("delete webhook", &error))?;
    store.meter().writing(answer.consumed_capacity());
    Ok(())
}

fn key(app: &AppId, webhook: &WebhookId) -> Key {
    Key::Webhook(app.clone(), webhook.clone())
}
