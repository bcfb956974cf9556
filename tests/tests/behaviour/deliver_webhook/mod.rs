//! Domain events and the webhooks that receive them.

mod domain_events;
mod mended_webhooks;
mod webhooks;
