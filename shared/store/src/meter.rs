//! Counts an environment's consumption, from the `ConsumedCapacity` of every answer. DynamoDB reports no cost of a
//! refused write, so refusals count by its published rule: one unit per item of up to 1 KB, two in a transaction.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use aws_sdk_dynamodb::types::ConsumedCapacity;
use derive_more::{Add, Sub, Sum};

/// The consumption since the environment began.
#[derive(Debug, Default)]
pub struct Meter {
    requests: AtomicU64,
    /// Tenths of a unit, because DynamoDB reports halves.
    read_tenths: AtomicU64,
    write_tenths: AtomicU64,
}

/// A reading of the meter.
#[derive(Debug, Clone, Copy, PartialEq, Default, Add, Sub, Sum)]
pub struct Consumed {
    /// Requests to DynamoDB, without the SDK's retries.
    pub requests: u64,
    /// Read capacity units, indexes included.
    pub read_units: f64,
    /// Write capacity units, indexes included.
    pub write_units: f64,
}

impl Meter {
    /// The consumption so far.
    pub fn read(&self) -> Consumed {
        let units = |tenths: &AtomicU64| tenths.load(Relaxed) as f64 / 10.0;
        Consumed {
            requests: self.requests.load(Relaxed),
            read_units: units(&self.read_tenths),
            write_units: units(&self.write_tenths),
        }
    }

    pub(crate) fn reading(&self, capacity: Option<&ConsumedCapacity>) {
        self.add(&self.read_tenths, capacity.into_iter());
    }

    pub(crate) fn writing<'a>(&self, capacity: impl IntoIterator<Item = &'a ConsumedCapacity>) {
        self.add(&self.write_tenths, capacity.into_iter());
    }

    pub(crate) fn refused(&self, units: u64) {
        self.requests.fetch_add(1, Relaxed);
        self.write_tenths.fetch_add(units * 10, Relaxed);
    }

    fn add<'a>(&self, tenths: &AtomicU64, capacity: impl Iterator<Item = &'a ConsumedCapacity>) {
        self.requests.fetch_add(1, Relaxed);
        let units: f64 = capacity.filter_map(|capacity| capacity.capacity_units).sum();
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "units are small and not negative"
        )]
        tenths.fetch_add((units * 10.0).round() as u64, Relaxed);
    }
}
