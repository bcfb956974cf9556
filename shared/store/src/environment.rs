//! One execution environment of a function that reads the table: the connection, and its memory between invocations.
//! The memory only hints; conditions in the table hold every promise.

use aws::Settings;
use domain::app::PublicUrl;
use domain::rate_limit::RateLimits;

use crate::Store;
use crate::catalogs::Catalogs;

/// The connection and the memory of one environment.
pub struct Environment {
    /// The table.
    pub store: Store,
    /// The catalogs of apps.
    pub catalogs: Catalogs,
    /// The rate limits of keys.
    pub rate_limits: RateLimits,
    /// The beginning of redeem links.
    pub public_url: PublicUrl,
}

impl Environment {
    /// A fresh environment, as after a cold start. Makes no request.
    pub fn new(store: Store, settings: &Settings) -> Self {
        Self {
            store,
            catalogs: Catalogs::new(settings.catalog_age),
            rate_limits: RateLimits::default(),
            public_url: PublicUrl(settings.public_url.clone()),
        }
    }
}
