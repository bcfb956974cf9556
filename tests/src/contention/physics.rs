//! The model's figures, each with its source, and its faults.

use std::time::Duration;

use rand::Rng;

/// A log-normal service time.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ServiceTime {
    /// Median in milliseconds.
    pub median: f64,
    /// Standard deviation of the logarithm.
    pub spread: f64,
}

/// The model's figures. [`Physics::default`] makes the figures of `docs/benchmarks.md`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Physics {
    /// Time of a read, from its departure to the arrival of its answer.
    pub read: ServiceTime,
    /// Time of a single write.
    pub write: ServiceTime,
    /// Time of a transaction.
    pub transaction: ServiceTime,
    /// The network's share of each of these, in both directions.
    pub network: Duration,
    /// Share of a transaction's time, without the network's, that it holds its items, up to its commit.
    pub held: f64,
    /// Write capacity units per second of a partition key.
    pub write_units: f64,
    /// Read capacity units per second of a partition key.
    pub read_units: f64,
    /// Seconds of unused capacity that a partition key saves up.
    pub burst: f64,
    /// Lag of the index; `None` shows writes at once.
    pub index_lag: Option<ServiceTime>,
}

impl Default for Physics {
    fn default() -> Self {
        // Published measurements (`docs/contention-model.md`): PutItem p50 7.6 ms; a transaction of five items p50 25
        // ms and p99 93 ms, which is a spread of ln(93/25)/2.326. Reads and small transactions are hardly slower.
        Self {
            read: ServiceTime { median: 7.6, spread: 0.565 },
            write: ServiceTime { median: 7.6, spread: 0.565 },
            transaction: ServiceTime { median: 25.0, spread: 0.565 },
            network: Duration::from_millis(2),
            held: 1.0,
            write_units: 1_000.0,
            read_units: 3_000.0,
            burst: 1.0,
            index_lag: Some(ServiceTime { median: 50.0, spread: 1.0 }),
        }
    }
}

impl ServiceTime {
    /// Draws a time.
    pub fn sample(self, random: &mut impl Rng) -> Duration {
        // The Box-Muller transform; the first number must not be zero.
        let (first, second): (f64, f64) = (1.0 - random.random::<f64>(), random.random());
        let normal = (-2.0 * first.ln()).sqrt() * (std::f64::consts::TAU * second).cos();
        Duration::from_secs_f64(self.median / 1e3 * (self.spread * normal).exp())
    }
}

/// Faults, each a probability per request. Simulations change them during a run.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Faults {
    /// The request never arrives.
    pub lose_request: f64,
    /// The request is carried out, but its answer is lost.
    pub lose_answer: f64,
    /// The request is throttled.
    pub throttle: f64,
    /// A write is refused because of a conflict with a transaction.
    pub conflict: f64,
    /// The service fails with a 500; in half of the cases it has carried out the request.
    pub fail: f64,
}
