//! An app, which is a tenant, and the base of its redeem links.

use serde::{Deserialize, Serialize};

use crate::campaign::catalog::Catalog;
use crate::id::{Action, AppId};
use crate::marketplace::Marketplaces;
use crate::origin::Origin;
use crate::rate_limit::RateLimit;
use crate::user_token::UserRight;

/// An app.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct App {
    /// Its id.
    pub app_id: AppId,
    /// For people.
    pub name: String,
    /// The base URL of its latest admin request. Redeem links begin with it unless the deployment sets one.
    pub public_url: String,
    /// The limit of each of its keys.
    pub rate_limit: RateLimit,
    /// Its marketplaces of more than one country.
    #[serde(default, skip_serializing_if = "Marketplaces::is_empty")]
    pub marketplaces: Marketplaces,
    /// The origins of web pages that may call the API with a user token.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub cors_origins: Vec<Origin>,
    /// The actions that a user token may report. A client can lie about each.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub client_actions: Vec<Action>,
    /// What users may do with their own tokens besides what each token may do, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub users_may: Vec<UserRight>,
    /// Who may approve campaigns.
    #[serde(default, skip_serializing_if = "Approval::is_anybody")]
    pub approval: Approval,
    /// Rises by one with every edit.
    pub version: u64,
}

/// Who may approve a campaign.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Approval {
    /// Whoever may approve.
    #[default]
    Anybody,
    /// A person who has neither written nor submitted what is approved.
    AnotherPerson,
}

impl Approval {
    /// True for the default.
    pub fn is_anybody(&self) -> bool {
        *self == Self::Anybody
    }
}

/// The deployment's base of redeem links; empty if it sets none.
#[derive(Debug, Clone)]
pub struct PublicUrl(pub String);

impl PublicUrl {
    /// Returns the deployment's base, or else the app's.
    pub fn of<'a>(&'a self, catalog: &'a Catalog) -> &'a str {
        if self.0.is_empty() { &catalog.app.public_url } else { &self.0 }
    }

    /// Returns the deployment's base, or else that of an admin's request.
    pub fn or(&self, requested: Option<String>) -> String {
        if self.0.is_empty() { requested.unwrap_or_default() } else { self.0.clone() }
    }
}
