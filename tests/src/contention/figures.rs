//! What has happened at a modelled table.

use derive_more::{Add, Sub};

/// A reading.
#[derive(Debug, Clone, Copy, Default, PartialEq, Add, Sub)]
pub struct Figures {
    /// Requests that arrived, the SDK's retries included.
    pub requests: u64,
    /// Of those, transactions.
    pub transactions: u64,
    /// Of those, cancelled because another one was at one of their items.
    pub transactions_in_conflict: u64,
    /// Single writes that were refused because a transaction was at their item.
    pub writes_in_conflict: u64,
    /// Requests refused for lack of capacity.
    pub throttled: u64,
    /// Read capacity units, indexes included.
    pub read_units: f64,
    /// Write capacity units, indexes and refused writes included.
    pub write_units: f64,
}
