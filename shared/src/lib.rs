//! The domain of Moments, and the only place that talks to AWS. The functions under `functions/` are thin: what two of
//! them need lives here, and what a campaign, a reward or a claim *is* lives here. See ARCHITECTURE.md.

pub mod assignment;
pub mod campaign;
pub mod catalog;
pub mod claim;
pub mod counting;
pub mod eligibility;
pub mod environment;
pub mod error;
pub mod fields;
#[cfg(test)]
mod fixtures;
pub mod history;
pub mod http;
pub mod id;
pub mod identity;
pub mod legacy;
pub mod metrics;
pub mod money;
pub mod outcome;
#[cfg(feature = "push")]
pub mod push;
pub mod rate_limit;
pub mod reward;
pub mod reward_group;
pub mod rule;
pub mod runtime;
pub mod secret;
pub mod stock_file;
pub mod store;
pub mod streams;
pub mod telemetry;
pub mod time_zone;

pub use environment::Environment;
pub use error::Error;
pub use runtime::Invocation;
