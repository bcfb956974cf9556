//! From an earned reward to the one that the user gets, or to the reason for none: claiming, and the answer about it.
//! Judging who earns a reward belongs to `rules`, single items and their conditions to `store`.

pub mod claim;
mod environment;
#[cfg(test)]
#[path = "../../domain/src/fixtures.rs"]
pub mod fixtures;
pub mod outcome;
pub mod prospect;
pub mod refusal_log;

pub use environment::Environment;
