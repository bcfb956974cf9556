//! One invocation of a function: its time, its deadline and its metrics. Nothing below reads a clock of its own.

mod metrics;

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use domain::Error;
use domain::instant::Sum as _;
use futures_util::FutureExt as _;
use jiff::{SignedDuration, Timestamp};
use tokio::time::Instant;

pub use metrics::Metrics;

/// The time before Lambda's limit that starts nothing new, so that the answer gets out.
pub const RESERVE: Duration = Duration::from_millis(500);

/// The part of the reserve that a piece of work (an event of a batch, a stream record) may use.
const PIECE: Duration = Duration::from_millis(250);

/// The part of the reserve that all work may use before the answer is a timeout.
const WHOLE: Duration = Duration::from_millis(350);

/// Reads the clock.
pub type Clock = fn() -> Timestamp;

/// One invocation.
#[derive(Debug, Clone)]
pub struct Invocation {
    /// The time at its start.
    pub now: Timestamp,
    /// After this, nothing new starts.
    pub deadline: Instant,
    /// The request's id in answers and logs.
    pub request_id: String,
    /// Its metrics.
    pub metrics: Arc<Metrics>,
    began: Instant,
    /// The machine's clock; `None` where a test sets the time.
    clock: Option<Clock>,
}

impl Invocation {
    /// Starts an invocation at the time `now`, with the time `left` until Lambda's limit.
    pub fn new(now: Timestamp, left: Duration, request_id: String) -> Self {
        let began = Instant::now();
        Self {
            now,
            deadline: began + left.saturating_sub(RESERVE),
            request_id,
            metrics: Arc::default(),
            began,
            clock: None,
        }
    }

    /// The same invocation with the machine's clock.
    #[must_use]
    pub fn with_clock(self, clock: Clock) -> Self {
        Self { clock: Some(clock), ..self }
    }

    /// The same invocation at another time, for work whose pieces each need a time of their own.
    #[must_use]
    pub fn at(&self, now: Timestamp) -> Self {
        Self { now, began: Instant::now(), ..self.clone() }
    }

    /// Returns the current time, for work that takes most of a minute and for fences. Never earlier than the time that
    /// has passed here: a clock may be set back. Never earlier than the clock: a frozen machine counts no time.
    pub fn by_now(&self) -> Timestamp {
        let passed = self.now.plus(SignedDuration::try_from(self.began.elapsed()).unwrap_or_default());
        whole_milliseconds(self.clock.map_or(passed, |clock| clock().max(passed)))
    }

    /// Does a piece of work in the time left, or fails with [`Error::Unavailable`]. An abandoned piece is like a killed
    /// function, which every write survives. A panic ends this piece alone ([`Invocation::contained`]).
    pub fn in_time<T>(&self, work: impl Future<Output = Result<T, Error>>) -> impl Future<Output = Result<T, Error>> {
        self.until(PIECE, self.contained(work))
    }

    /// Does a piece of work beside others. A panic becomes an [`Error::Internal`] of this piece, and an alarm counts
    /// it.
    pub fn contained<T>(
        &self,
        work: impl Future<Output = Result<T, Error>>,
    ) -> impl Future<Output = Result<T, Error>> + Unpin {
        // A panic can only break an environment's memory, and no memory is trusted.
        let work = AssertUnwindSafe(Box::pin(work)).catch_unwind();
        let metrics = Arc::clone(&self.metrics);
        Box::pin(async move {
            work.await.unwrap_or_else(|_| {
                metrics.defect();
                Err(Error::Internal("the code panicked".into()))
            })
        })
    }

    /// Does all of an invocation's work in the time left. Finished pieces still get their answers.
    pub fn whole_in_time<T>(
        &self,
        work: impl Future<Output = Result<T, Error>>,
    ) -> impl Future<Output = Result<T, Error>> {
        // A panic here ends the invocation: it is the only work, and Lambda counts the failure.
        self.until(WHOLE, Box::pin(work))
    }

    // Callers box the work: each layer would hold its state once more.
    async fn until<T>(&self, into_reserve: Duration, work: impl Future<Output = Result<T, Error>>) -> Result<T, Error> {
        if Instant::now() >= self.deadline {
            return Err(Error::Unavailable("no time is left to begin".into()));
        }
        let done = tokio::time::timeout_at(self.deadline + into_reserve, work).await;
        done.unwrap_or_else(|_| Err(Error::Unavailable("out of time".into())))
    }
}

/// Returns the time with the table's precision, so that all answers show the same one.
pub fn whole_milliseconds(time: Timestamp) -> Timestamp {
    Timestamp::from_millisecond(time.as_millisecond()).unwrap_or(time)
}
