//! Rewarding: from an earned reward to the one that a user gets, or to the reason why not.

pub mod claim;
mod environment;
#[cfg(test)]
#[path = "../../domain/src/fixtures.rs"]
pub mod fixtures;
pub mod outcome;
pub mod prospect;
pub mod refusal_log;

pub use environment::Environment;
