//! Webhooks that receive domain events.

mod mended_webhooks;
pub(crate) mod webhooks;
