//! The capacity of a partition key: a bucket of units that fills at DynamoDB's rate. A request is admitted while the
//! bucket is not empty and charged afterwards, so a large request leaves a debt, as with DynamoDB.

use std::collections::HashMap;

use tokio::time::Instant;

/// Number of entries above which full buckets are removed.
const TIDY: usize = 50_000;

/// The buckets of all partition keys.
pub(super) struct Capacity {
    per_second: f64,
    depth: f64,
    /// For each bucket, the time of its last change and its content then.
    buckets: HashMap<String, (Instant, f64)>,
    /// The units that partitions of a board's index were charged, for benchmarks.
    charged: HashMap<String, f64>,
}

/// Partitions whose charges are added up: the other ones are too many.
const ADDED_UP: &str = "SCORES#";

impl Capacity {
    pub(super) fn new(per_second: f64, burst_seconds: f64) -> Self {
        Self { per_second, depth: per_second * burst_seconds, buckets: HashMap::new(), charged: HashMap::new() }
    }

    pub(super) fn admits(&self, partition: &str) -> bool {
        self.level(partition) > 0.0
    }

    /// Forgets the charges that were added up.
    pub(super) fn forget_charges(&mut self) {
        self.charged.clear();
    }

    /// Returns the most units that one of those partitions was charged.
    pub(super) fn most_charged(&self) -> f64 {
        self.charged.values().copied().fold(0.0, f64::max)
    }

    pub(super) fn charge(&mut self, partition: &str, units: f64) {
        if partition.contains(ADDED_UP) {
            *self.charged.entry(partition.to_owned()).or_default() += units;
        }
        let level = self.level(partition) - units;
        self.buckets.insert(partition.to_owned(), (Instant::now(), level));
        if self.buckets.len() > TIDY {
            let (per_second, depth) = (self.per_second, self.depth);
            self.buckets.retain(|_, (at, level)| filled(*at, *level, per_second) < depth);
        }
    }

    fn level(&self, partition: &str) -> f64 {
        let bucket = self.buckets.get(partition);
        bucket.map_or(self.depth, |(at, level)| filled(*at, *level, self.per_second).min(self.depth))
    }
}

fn filled(at: Instant, level: f64, per_second: f64) -> f64 {
    level + at.elapsed().as_secs_f64() * per_second
}
