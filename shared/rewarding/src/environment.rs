//! One execution environment of a function that rewards. All memory is a hint; the table holds every promise.

use aws::Settings;
use domain::app::PublicUrl;
use domain::rate_limit::RateLimits;
use store::catalogs::Catalogs;
use store::{Store, reports};

use crate::claim::Allocator;
use crate::refusal_log::Refusals;

/// The connection and the memory of one environment.
pub struct Environment {
    /// The table.
    pub store: Store,
    /// The catalogs of apps.
    pub catalogs: Catalogs,
    /// The rate limits of keys.
    pub rate_limits: RateLimits,
    /// The base of redeem links.
    pub public_url: PublicUrl,
    /// URLs and budget to try first.
    pub allocator: Allocator,
    /// The refusals noted lately.
    pub refusals: Refusals,
    /// The writer of reports.
    pub report: reports::Remembered,
}

impl Environment {
    /// A fresh environment, as after a cold start. Makes no request.
    pub fn new(store: Store, settings: &Settings) -> Self {
        let store::Environment { store, catalogs, rate_limits, public_url } = store::Environment::new(store, settings);
        Self {
            store,
            catalogs,
            rate_limits,
            public_url,
            allocator: Allocator::default(),
            refusals: Refusals::default(),
            report: reports::Remembered::default(),
        }
    }
}
