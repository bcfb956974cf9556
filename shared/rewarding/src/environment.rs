//! One execution environment of a function that rewards: what [`store::Environment`] has, and what claims remember. All of
//! it is a hint; every promise holds by conditions in the table.

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
    /// What apps offer.
    pub catalogs: Catalogs,
    /// What each key may still do.
    pub rate_limits: RateLimits,
    /// Where redeem links begin.
    pub public_url: PublicUrl,
    /// URLs and budget to try first.
    pub allocator: Allocator,
    /// What it has noted of events that did not count.
    pub refusals: Refusals,
    /// How reports are written.
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
