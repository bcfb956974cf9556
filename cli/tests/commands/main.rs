//! The commands that call the API: the real binary against a real `moments local`.

#![expect(clippy::unwrap_used, reason = "these are tests")]

mod announce;
mod api;
mod campaign_files;
mod competitions;
mod orders;
mod profiles;
mod report;
mod rewards;
mod suppliers;
mod system;
mod token_keys;
mod webhooks;
