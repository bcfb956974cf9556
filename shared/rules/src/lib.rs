//! Judging: whether an event counts for a user, and what a user may get. CEL is parsed and evaluated here and nowhere else.

pub mod eligibility;
#[cfg(test)]
#[path = "../../domain/src/fixtures.rs"]
pub mod fixtures;
pub mod judging;
pub mod rule;
