//! The figures that the model runs on, each with its source, and what goes wrong besides.

use std::time::Duration;

use rand::Rng;

/// How long something takes: log-normal, as service times are.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ServiceTime {
    /// Half of all take less, in milliseconds.
    pub median: f64,
    /// Standard deviation of the logarithm.
    pub spread: f64,
}

/// What the model runs on. [`Physics::default`] is what the figures in `docs/benchmarks.md` are made with.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Physics {
    /// From the departure of a read to the arrival of its answer.
    pub read: ServiceTime,
    /// The same of a single write.
    pub write: ServiceTime,
    /// The same of a transaction.
    pub transaction: ServiceTime,
    /// What the network takes of each of these, there and back.
    pub network: Duration,
    /// The share of a transaction's time, without the network's, for which its items are held, up to its commit.
    pub held: f64,
    /// Write capacity units per second of a partition key.
    pub write_units: f64,
    /// Read capacity units per second of a partition key.
    pub read_units: f64,
    /// Seconds of unused capacity that a partition key saves up.
    pub burst: f64,
    /// How long the index takes to show a write; `None` if it shows it at once.
    pub index_lag: Option<ServiceTime>,
}

impl Default for Physics {
    fn default() -> Self {
        // Measured elsewhere (`docs/contention-model.md`): PutItem p50 7.6 ms; a transaction of five items p50 25 ms and
        // p99 93 ms, which is a spread of ln(93/25)/2.326. Reads and small transactions are hardly slower than these.
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
    /// One time, from a source of chance.
    pub fn sample(self, random: &mut impl Rng) -> Duration {
        // Box and Muller's way from uniform to normal; the first must not be zero.
        let (first, second): (f64, f64) = (1.0 - random.random::<f64>(), random.random());
        let normal = (-2.0 * first.ln()).sqrt() * (std::f64::consts::TAU * second).cos();
        Duration::from_secs_f64(self.median / 1e3 * (self.spread * normal).exp())
    }
}

/// What goes wrong besides the physics; each a probability per request. Simulations change them as they go.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Faults {
    /// The request never arrives.
    pub lose_request: f64,
    /// It is carried out, and its answer is lost.
    pub lose_answer: f64,
    /// It is throttled.
    pub throttle: f64,
    /// A write is refused as in conflict with a transaction.
    pub conflict: f64,
    /// The service fails with a 500, half of the time after having carried out the request.
    pub fail: f64,
}
