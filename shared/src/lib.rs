//! The domain of Moments, and the table. The functions under `functions/` are thin: what two of them need lives here, and what a
//! campaign, a reward or a claim *is* lives here. Other services of AWS are reached by the crates under `outbound/`. See
//! ARCHITECTURE.md.

pub mod answer;
pub mod assignment;
pub mod campaign;
pub mod catalog;
pub mod claim;
pub mod counting;
pub mod credit;
pub mod csv;
pub mod delivery;
pub mod described_user;
pub mod domain_event;
pub mod eligibility;
pub mod environment;
pub mod error;
pub mod event_content;
pub mod fields;
#[cfg(test)]
mod fixtures;
pub mod guard;
pub mod history;
pub mod http;
pub mod id;
pub mod identity;
pub mod legacy;
pub mod locale;
pub mod marketplace;
pub mod message;
pub mod metrics;
pub mod money;
pub mod order;
pub mod outcome;
pub mod partner;
pub mod prospect;
pub mod query;
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
pub mod url_identity;
pub mod webhook;

pub use environment::Environment;
pub use error::Error;
pub use runtime::Invocation;
