//! The rate limit of an API key: a token bucket in the memory of each environment. It stops runaway loops, and is no
//! quota: `n` environments let through up to `n` times as much. The laptop also throttles routes with it, as API
//! Gateway does.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Mutex, PoisonError};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::id::{AppId, KeyId, UserId};

/// The most buckets of an environment; beyond that, it drops the full ones.
const MAX_BUCKETS: usize = 10_000;

/// The size of a request in a bucket: a rate of one request a second refills one unit per millisecond.
const REQUEST: u64 = 1_000;

/// A key's limit, set by its app.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct RateLimit {
    /// Sustained requests a second: at least 1.
    pub requests_per_second: u32,
    /// Requests at once after a pause: at least 1.
    pub burst: u32,
}

impl RateLimit {
    /// The limit of a user with a user token: one page of an app loads, and a client that loops is stopped.
    pub const OF_A_USER: Self = Self { requests_per_second: 5, burst: 20 };
}

impl Default for RateLimit {
    fn default() -> Self {
        Self { requests_per_second: 50, burst: 100 }
    }
}

impl RateLimit {
    /// Reads the limit from the context that API Gateway passes on. Routes without a key have none.
    pub fn from_context(context: &HashMap<String, Value>) -> Option<Self> {
        // API Gateway sends numbers as text, the laptop as numbers.
        let number = |name: &str| match context.get(name)? {
            Value::String(text) => text.parse().ok(),
            value => u32::try_from(value.as_u64()?).ok(),
        };
        Some(Self { requests_per_second: number("requests_per_second")?, burst: number("burst")? })
    }
}

/// A bucket's answer to a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Allowance {
    /// True if the request may go on.
    pub allowed: bool,
    /// Requests a second.
    pub limit: u32,
    /// Whole requests left now.
    pub remaining: u64,
    /// Seconds, rounded up, until the bucket is full again.
    pub reset: u64,
    /// Seconds, rounded up and at least one, until the next request may pass.
    pub retry_after: u64,
}

/// Who has a bucket: an API key, or a user, whichever key signed the tokens.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Limited {
    /// An API key.
    Key(KeyId),
    /// A user of an app.
    User(AppId, UserId),
}

/// The buckets of one environment.
#[derive(Debug)]
pub struct RateLimits<Key = Limited>(Mutex<HashMap<Key, Bucket>>);

#[derive(Debug)]
struct Bucket {
    level: u64,
    at: Timestamp,
    limit: RateLimit,
}

impl Bucket {
    fn capacity(&self) -> u64 {
        u64::from(self.limit.burst) * REQUEST
    }

    /// Refills the bucket. A clock that went back adds nothing.
    fn refill(&mut self, now: Timestamp) {
        let milliseconds = u64::try_from(now.duration_since(self.at).as_millis()).unwrap_or(0);
        let refill = milliseconds.saturating_mul(u64::from(self.limit.requests_per_second));
        self.level = self.level.saturating_add(refill).min(self.capacity());
        self.at = now;
    }

    /// Returns the seconds, rounded up, until the bucket reaches `level`.
    fn seconds_to(&self, level: u64) -> u64 {
        level.saturating_sub(self.level).div_ceil(u64::from(self.limit.requests_per_second.max(1)) * 1_000)
    }
}

impl<Key> Default for RateLimits<Key> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<Key: Clone + Eq + Hash> RateLimits<Key> {
    /// Takes one request out of the key's bucket, if it has one left.
    pub fn take(&self, key: &Key, limit: RateLimit, now: Timestamp) -> Allowance {
        let mut buckets = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if buckets.len() >= MAX_BUCKETS && !buckets.contains_key(key) {
            buckets.retain(|_, bucket| {
                bucket.refill(now);
                bucket.level < bucket.capacity()
            });
        }
        let full = || Bucket { level: u64::from(limit.burst) * REQUEST, at: now, limit };
        let bucket = buckets.entry(key.clone()).or_insert_with(full);
        bucket.limit = limit;
        bucket.refill(now);
        let allowed = bucket.level >= REQUEST;
        if allowed {
            bucket.level -= REQUEST;
        }
        Allowance {
            allowed,
            limit: limit.requests_per_second,
            remaining: bucket.level / REQUEST,
            reset: bucket.seconds_to(bucket.capacity()),
            retry_after: bucket.seconds_to(REQUEST).max(1),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::SignedDuration;

    const LIMIT: RateLimit = RateLimit { requests_per_second: 2, burst: 3 };

    fn key(name: &str) -> KeyId {
        name.try_into().unwrap()
    }

    #[test]
    fn a_burst_passes_then_as_many_as_refill() {
        let (limits, now) = (RateLimits::<KeyId>::default(), Timestamp::UNIX_EPOCH);
        let burst: Vec<Allowance> = (0..4).map(|_| limits.take(&key("a"), LIMIT, now)).collect();
        assert_eq!(burst.iter().map(|found| found.allowed).collect::<Vec<_>>(), [true, true, true, false]);
        assert_eq!(burst.iter().map(|found| found.remaining).collect::<Vec<_>>(), [2, 1, 0, 0]);
        assert_eq!((burst[3].limit, burst[3].reset, burst[3].retry_after), (2, 2, 1));
        let later = now + SignedDuration::from_millis(499);
        assert!(!limits.take(&key("a"), LIMIT, later).allowed);
        let later = now + SignedDuration::from_millis(500);
        assert!(limits.take(&key("a"), LIMIT, later).allowed);
        assert!(!limits.take(&key("a"), LIMIT, later).allowed);
        assert!(limits.take(&key("b"), LIMIT, later).allowed, "each key has its own");
    }

    #[test]
    fn a_pause_fills_the_bucket_and_no_more_and_a_clock_that_goes_back_brings_nothing() {
        let (limits, now) = (RateLimits::<KeyId>::default(), Timestamp::UNIX_EPOCH);
        for _ in 0..3 {
            assert!(limits.take(&key("a"), LIMIT, now).allowed);
        }
        assert!(!limits.take(&key("a"), LIMIT, now - SignedDuration::from_hours(1)).allowed);
        let later = now + SignedDuration::from_hours(1);
        assert_eq!((0..9).filter(|_| limits.take(&key("a"), LIMIT, later).allowed).count(), 3);
    }

    #[test]
    fn a_limit_that_was_lowered_holds_at_once() {
        let (limits, now) = (RateLimits::<KeyId>::default(), Timestamp::UNIX_EPOCH);
        limits.take(&key("a"), RateLimit { requests_per_second: 100, burst: 100 }, now);
        let allowed = (0..9).filter(|_| limits.take(&key("a"), LIMIT, now).allowed).count();
        assert_eq!(allowed, 3);
    }
}
