//! One execution environment of a function that looks at the table: the connection, and what it remembers between
//! invocations. Whatever it remembers is a hint; every promise holds by conditions in the table.

use aws::Settings;
use domain::app::PublicUrl;
use domain::rate_limit::RateLimits;

use crate::Store;
use crate::catalogs::Catalogs;

/// The connection and the memory of one environment.
pub struct Environment {
    /// The table.
    pub store: Store,
    /// What apps offer.
    pub catalogs: Catalogs,
    /// What each key may still do.
    pub rate_limits: RateLimits,
    /// Where redeem links begin.
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
