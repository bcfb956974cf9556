//! Apps: the tenants.

use serde::{Deserialize, Serialize};

use super::schema::Key;
use super::{Store, item};
use crate::error::Error;
use crate::id::AppId;

/// An app.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct App {
    /// Which app.
    pub app_id: AppId,
    /// For people.
    pub name: String,
    /// The base URL at which it was last administered: redeem links begin with it unless the deployment sets one.
    pub public_url: String,
}

/// Creates or renames an app. Unconditional: the last of two admins who name the same app wins, and nothing depends on
/// the name.
pub async fn put(store: &Store, app: &App) -> Result<(), Error> {
    let item = item::whole(&Key::App(app.app_id.clone()), None, app)?;
    store.put_item("put app", store.put().set_item(Some(item))).await?;
    Ok(())
}

/// The app of that id.
pub async fn get(store: &Store, app: &AppId) -> Result<Option<App>, Error> {
    let found = store.get_item("get app", &Key::App(app.clone()), true).await?;
    found.map(|found| item::shape("app", found)).transpose()
}
