//! One execution environment of a function that calls webhooks.

use aws::Settings;
use store::Store;

use crate::Sender;

/// The table and the sender.
pub struct Environment {
    /// The table.
    pub store: Store,
    /// Makes the calls and remembers endpoints that are down.
    pub webhooks: Sender,
}

impl Environment {
    /// A fresh environment, as after a cold start. Makes no request.
    pub fn new(store: Store, settings: &Settings) -> Self {
        Self { store, webhooks: Sender::new(settings) }
    }
}
