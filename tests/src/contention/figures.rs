//! Counters of a modelled table.

use derive_more::{Add, Sub};

/// The counters' values.
#[derive(Debug, Clone, Copy, Default, PartialEq, Add, Sub)]
pub struct Figures {
    /// Requests, the SDK's retries included.
    pub requests: u64,
    /// Transactions.
    pub transactions: u64,
    /// Transactions that were cancelled because another one held an item.
    pub transactions_in_conflict: u64,
    /// Single writes that were refused because a transaction held the item.
    pub writes_in_conflict: u64,
    /// Throttled requests.
    pub throttled: u64,
    /// Read capacity units, indexes included.
    pub read_units: f64,
    /// Write capacity units, indexes and refused writes included.
    pub write_units: f64,
}
