//! One execution environment of a function: the connection, and what it remembers between invocations. Whatever it
//! remembers is a hint; every promise holds by conditions in the table.

use std::time::Duration;

use aws::Settings;
use domain::campaign::catalog::Catalog;
use domain::rate_limit::RateLimits;
use outbound_webhooks::Sender;
use store::catalogs::Catalogs;
use store::{Store, reports};

use crate::claim::Allocator;
use crate::refusal_log::Refusals;

/// The most that initialisation waits for a connection.
const WARM: Duration = Duration::from_secs(1);

/// See the file's first lines.
pub struct Environment {
    /// The table.
    pub store: Store,
    /// What apps offer.
    pub catalogs: Catalogs,
    /// URLs and budget to try first.
    pub allocator: Allocator,
    /// What each key may still do.
    pub rate_limits: RateLimits,
    /// What it has noted of events that did not count.
    pub refusals: Refusals,
    /// How reports are written.
    pub report: reports::Remembered,
    /// Where webhook calls begin.
    pub webhooks: Sender,
    public_url: String,
}

impl Environment {
    /// A fresh environment, as after a cold start. Makes no request.
    pub fn new(settings: &Settings) -> Self {
        Self::with_store(Store::new(settings), settings)
    }

    /// A fresh environment on a given store.
    pub fn with_store(store: Store, settings: &Settings) -> Self {
        Self {
            store,
            catalogs: Catalogs::new(settings.catalog_age),
            allocator: Allocator::default(),
            rate_limits: RateLimits::default(),
            refusals: Refusals::default(),
            report: reports::Remembered::default(),
            webhooks: Sender::new(settings),
            public_url: settings.public_url.clone(),
        }
    }

    /// Opens the connection to the table, with all that comes before a first request (names, TLS, certificates), while the
    /// environment is being initialised: then Lambda lends the processor of a large function, and no user waits yet.
    /// Whether it works out does not matter here; the first request will find out.
    pub async fn warm(&self) {
        let _ = tokio::time::timeout(WARM, self.store.touch()).await;
    }

    /// The base of redeem links: the deployment's, or else the one at which the app was last administered.
    pub fn public_url<'a>(&'a self, catalog: &'a Catalog) -> &'a str {
        if self.public_url.is_empty() { &catalog.app.public_url } else { &self.public_url }
    }

    /// The base of links that an admin's request shows: the deployment's, or else the one it came in at.
    pub fn own_url(&self, requested: Option<String>) -> String {
        if self.public_url.is_empty() { requested.unwrap_or_default() } else { self.public_url.clone() }
    }
}
