//! Apps: the tenants.

use domain::Error;
use domain::app::App;
use domain::id::AppId;

use super::conditions::VERSION_IS;
use super::schema::{APPS, IndexKey, Key};
use super::{Store, item};

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

/// Returns the app with that id.
pub async fn get(store: &Store, app: &AppId) -> Result<Option<App>, Error> {
    store.get_shape("get app", "app", &Key::App(app.clone())).await
}

/// Returns one page of all apps, sorted by id, as far as the index knows, and the last id if more follow. Leaves out
/// an app that cannot be read, so that it stops no walk over the others.
pub async fn list(store: &Store, limit: u32, after: Option<&AppId>) -> Result<(Vec<App>, Option<AppId>), Error> {
    // `!` sorts before every character of an id.
    let request =
        store.query_index(APPS, ">", after.map_or("!", AppId::as_str)).limit(i32::try_from(limit).unwrap_or(100));
    let (items, next) = store.query_page("list apps", request).await?;
    let more = next.is_some();
    let keys: Vec<Key> = items.iter().map(item::key_of).collect::<Result<_, _>>()?;
    if keys.is_empty() {
        return Ok((Vec::new(), None));
    }
    let last = keys.last().and_then(|key| if let Key::App(app) = key { Some(app.clone()) } else { None });
    let found = store.get_items("get apps", &keys).await?;
    let read = |found| {
        item::shape::<App>("app", found).inspect_err(|error| {
            tracing::error!(error.cause = %error, "skipped an app that cannot be read");
        })
    };
    let mut apps: Vec<App> = found.into_iter().filter_map(|found| read(found).ok()).collect();
    apps.sort_by(|one, other| one.app_id.cmp(&other.app_id));
    Ok((apps, last.filter(|_| more)))
}
