//! Apps: the tenants.

use domain::Error;
use domain::app::App;
use domain::id::AppId;

use super::expression::VERSION_IS;
use super::schema::{APPS, INDEX, IndexKey, Key};
use super::{Store, failure, item};

/// Creates or edits an app, over nothing or over the version before `app.version`. If another version is there, writes
/// nothing and returns it.
pub async fn put(store: &Store, app: &App) -> Result<Option<App>, Error> {
    let index = IndexKey::App(app.app_id.clone());
    let item = item::whole(&Key::App(app.app_id.clone()), Some(&index), app)?;
    let request = store
        .put()
        .set_item(Some(item))
        .condition_expression(VERSION_IS)
        .expression_attribute_values(":before", item::number(app.version.saturating_sub(1)));
    let found = store.put_or_found("put app", request).await?;
    found.map(|found| item::shape("app", found)).transpose()
}

/// The app with that id.
pub async fn get(store: &Store, app: &AppId) -> Result<Option<App>, Error> {
    let found = store.get_item("get app", &Key::App(app.clone()), true).await?;
    found.map(|found| item::shape("app", found)).transpose()
}

/// One page of all apps, sorted by id, as far as the index knows, and the last id if more follow. Leaves out an app
/// that cannot be read, so that it stops no walk over the others.
pub async fn list(store: &Store, limit: u32, after: Option<&AppId>) -> Result<(Vec<App>, Option<AppId>), Error> {
    let request = store
        .query()
        .index_name(INDEX)
        .key_condition_expression("gsi1pk = :apps AND gsi1sk > :after")
        .expression_attribute_values(":apps", item::text(APPS))
        // `!` sorts before every character of an id.
        .expression_attribute_values(":after", item::text(after.map_or("!", AppId::as_str)))
        .limit(i32::try_from(limit).unwrap_or(100));
    let page = request.send().await.map_err(|error| failure::sort("list apps", &error))?;
    store.meter().reading(page.consumed_capacity());
    let more = page.last_evaluated_key.is_some();
    let keys: Vec<Key> = page.items.unwrap_or_default().iter().map(item::key_of).collect::<Result<_, _>>()?;
    if keys.is_empty() {
        return Ok((Vec::new(), None));
    }
    let last = keys.last().and_then(|key| if let Key::App(app) = key { Some(app.clone()) } else { None });
    let found = store.get_items("get apps", &keys).await?;
    let read = |found| {
        item::shape::<App>("app", found).inspect_err(|error| {
            tracing::error!(error.cause = %error, "an app cannot be read, and is left out");
        })
    };
    let mut apps: Vec<App> = found.into_iter().filter_map(|found| read(found).ok()).collect();
    apps.sort_by(|one, other| one.app_id.cmp(&other.app_id));
    Ok((apps, last.filter(|_| more)))
}
