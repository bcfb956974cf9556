//! An app: a tenant.

use serde::{Deserialize, Serialize};

use crate::campaign::catalog::Catalog;
use crate::id::AppId;
use crate::marketplace::Marketplaces;
use crate::rate_limit::RateLimit;

/// An app.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct App {
    /// Which app.
    pub app_id: AppId,
    /// For people.
    pub name: String,
    /// The base URL at which it was last administered: redeem links begin with it unless the deployment sets one.
    pub public_url: String,
    /// How much each of its keys may do.
    pub rate_limit: RateLimit,
    /// Its marketplaces of more than one country.
    #[serde(default, skip_serializing_if = "Marketplaces::is_empty")]
    pub marketplaces: Marketplaces,
    /// One more with every edit.
    pub version: u64,
}

/// The base of redeem links that the deployment sets; empty if it sets none.
#[derive(Debug, Clone)]
pub struct PublicUrl(pub String);

impl PublicUrl {
    /// Returns the deployment's, or else the one at which the app was last administered.
    pub fn of<'a>(&'a self, catalog: &'a Catalog) -> &'a str {
        if self.0.is_empty() { &catalog.app.public_url } else { &self.0 }
    }

    /// Returns the deployment's, or else the one that an admin's request came in at.
    pub fn or(&self, requested: Option<String>) -> String {
        if self.0.is_empty() { requested.unwrap_or_default() } else { self.0.clone() }
    }
}
