//! Judging: does an event count for a user, and which reward may the user get? The only crate that knows CEL.
//! Deliberately absent: the table and the clock. Counting is `store`'s, claiming `rewarding`'s.

pub mod eligibility;
#[cfg(test)]
#[path = "../../domain/src/fixtures.rs"]
pub mod fixtures;
pub mod judging;
pub mod rule;
