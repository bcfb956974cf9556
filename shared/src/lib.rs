//! The domain of Moments, and the only place that talks to AWS. The functions under `functions/` are thin: what two of
//! them need lives here, and what a campaign, a reward or a claim *is* lives here. See ARCHITECTURE.md.

#[cfg(feature = "kms")]
pub mod address_cipher;
pub mod assignment;
pub mod campaign;
pub mod catalog;
pub mod claim;
pub mod counting;
pub mod credit;
pub mod csv;
pub mod delivery;
pub mod domain_event;
pub mod eligibility;
pub mod environment;
pub mod error;
#[cfg(feature = "events")]
pub mod event_bus;
pub mod fields;
#[cfg(test)]
mod fixtures;
pub mod guard;
pub mod history;
pub mod http;
pub mod id;
pub mod identity;
pub mod legacy;
pub mod message;
pub mod metrics;
pub mod money;
pub mod order;
pub mod outcome;
pub mod partner;
pub mod prospect;
#[cfg(feature = "push")]
pub mod push;
#[cfg(feature = "queue")]
pub mod push_work;
#[cfg(feature = "queue")]
pub mod queue;
#[cfg(feature = "queue")]
pub mod queue_batch;
pub mod quiet_hours;
pub mod rate_limit;
pub mod refusal;
pub mod report;
pub mod reward;
pub mod reward_group;
pub mod rule;
pub mod runtime;
pub mod secret;
pub mod shipping;
pub mod statistics;
pub mod stock_file;
pub mod store;
pub mod streams;
pub mod telemetry;
pub mod time_zone;
#[cfg(all(feature = "push", feature = "queue"))]
pub mod ways;
pub mod webhook;

pub use environment::Environment;
pub use error::Error;
pub use runtime::Invocation;
