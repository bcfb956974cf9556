//! What has happened at a modelled table, counted where it happens.

use std::ops::{Add, Sub};
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// Counts as requests are served.
#[derive(Default)]
pub(super) struct Counters {
    pub(super) requests: AtomicU64,
    pub(super) transactions: AtomicU64,
    pub(super) transactions_in_conflict: AtomicU64,
    pub(super) writes_in_conflict: AtomicU64,
    pub(super) throttled: AtomicU64,
    read_tenths: AtomicU64,
    write_tenths: AtomicU64,
}

/// A reading.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
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

impl Counters {
    pub(super) fn one_more(counter: &AtomicU64) {
        counter.fetch_add(1, Relaxed);
    }

    pub(super) fn reading(&self, units: f64) {
        self.read_tenths.fetch_add(tenths(units), Relaxed);
    }

    pub(super) fn writing(&self, units: f64) {
        self.write_tenths.fetch_add(tenths(units), Relaxed);
    }

    pub(super) fn read(&self) -> Figures {
        let count = |counter: &AtomicU64| counter.load(Relaxed);
        Figures {
            requests: count(&self.requests),
            transactions: count(&self.transactions),
            transactions_in_conflict: count(&self.transactions_in_conflict),
            writes_in_conflict: count(&self.writes_in_conflict),
            throttled: count(&self.throttled),
            read_units: count(&self.read_tenths) as f64 / 10.0,
            write_units: count(&self.write_tenths) as f64 / 10.0,
        }
    }
}

fn tenths(units: f64) -> u64 {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "units are small and not negative")]
    let tenths = (units * 10.0).round() as u64;
    tenths
}

impl Add for Figures {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self {
            requests: self.requests + other.requests,
            transactions: self.transactions + other.transactions,
            transactions_in_conflict: self.transactions_in_conflict + other.transactions_in_conflict,
            writes_in_conflict: self.writes_in_conflict + other.writes_in_conflict,
            throttled: self.throttled + other.throttled,
            read_units: self.read_units + other.read_units,
            write_units: self.write_units + other.write_units,
        }
    }
}

impl Sub for Figures {
    type Output = Self;
    fn sub(self, earlier: Self) -> Self {
        Self {
            requests: self.requests - earlier.requests,
            transactions: self.transactions - earlier.transactions,
            transactions_in_conflict: self.transactions_in_conflict - earlier.transactions_in_conflict,
            writes_in_conflict: self.writes_in_conflict - earlier.writes_in_conflict,
            throttled: self.throttled - earlier.throttled,
            read_units: self.read_units - earlier.read_units,
            write_units: self.write_units - earlier.write_units,
        }
    }
}
