//! What calls of webhooks need of an execution environment.

use aws::Settings;
use store::Store;

use crate::Sender;

/// The table, and where calls begin.
pub struct Environment {
    /// The table.
    pub store: Store,
    /// Makes the calls, and remembers which endpoints are down.
    pub webhooks: Sender,
}

impl Environment {
    /// A fresh environment, as after a cold start. Makes no request.
    pub fn new(store: Store, settings: &Settings) -> Self {
        Self { store, webhooks: Sender::new(settings) }
    }
}
