//! Judging: does an event count for a user, and which reward may the user get? The only crate that parses and evaluates
//! CEL. Deliberately absent: the table and the clock, whose values come in as arguments; counting and claiming are
//! `store` and `rewarding`.

pub mod eligibility;
#[cfg(test)]
#[path = "../../domain/src/fixtures.rs"]
pub mod fixtures;
pub mod judging;
pub mod rule;
