//! One invocation of a function: when it happens, until when it may run, and what it does in figures. Nothing below reads a
//! clock of its own.

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

/// How long before Lambda's time limit nothing new is begun, so that an answer still gets out.
pub const RESERVE: Duration = Duration::from_millis(500);

/// How far into the reserve one piece of work (an event of a batch, a stream record) may still take.
const PIECE: Duration = Duration::from_millis(250);

/// How far into the reserve the whole may take, before the answer is that there was no time.
const WHOLE: Duration = Duration::from_millis(350);

/// One invocation: when it happens, until when it may run, and what it is called.
#[derive(Debug, Clone)]
pub struct Invocation {
    /// The time, read once.
    pub now: Timestamp,
    /// When to stop beginning anything new.
    pub deadline: Instant,
    /// Names the request in answers and logs.
    pub request_id: String,
    /// What it does, in figures.
    pub metrics: Arc<Metrics>,
    began: Instant,
}

impl Invocation {
    /// One that begins now, at the time `now`, and ends at the latest in so long.
    pub fn new(now: Timestamp, left: Duration, request_id: String) -> Self {
        let began = Instant::now();
        Self { now, deadline: began + left.saturating_sub(RESERVE), request_id, metrics: Arc::default(), began }
    }

    /// The time by now, for what takes most of a minute.
    pub fn by_now(&self) -> Timestamp {
        whole_milliseconds(self.now.plus(SignedDuration::try_from(self.began.elapsed()).unwrap_or_default()))
    }

    /// Does a piece of work, unless there is no time left to begin it or it takes too long. Given up in the middle, it is as
    /// if the function had been killed there, which whatever is written survives; but it is answered. A panic ends this piece
    /// alone ([`Invocation::contained`]).
    pub fn in_time<T>(&self, work: impl Future<Output = Result<T, Error>>) -> impl Future<Output = Result<T, Error>> {
        self.until(PIECE, self.contained(work))
    }

    /// Does a piece of work beside others: a panic in it is an [`Error::Internal`] of this piece, and the others go on. An
    /// alarm counts the panics. The panic hook has written to the log where it was.
    pub fn contained<T>(
        &self,
        work: impl Future<Output = Result<T, Error>>,
    ) -> impl Future<Output = Result<T, Error>> + Unpin {
        // What a panic leaves behind is a memory of the environment at worst, and no memory is trusted.
        let work = AssertUnwindSafe(Box::pin(work)).catch_unwind();
        let metrics = Arc::clone(&self.metrics);
        Box::pin(async move {
            work.await.unwrap_or_else(|_| {
                metrics.defect();
                Err(Error::Internal("the code panicked".into()))
            })
        })
    }

    /// The same for all of an invocation's work: what its pieces came to still gets out.
    pub fn whole_in_time<T>(
        &self,
        work: impl Future<Output = Result<T, Error>>,
    ) -> impl Future<Output = Result<T, Error>> {
        // A panic here ends the invocation: nothing else is in it, and Lambda counts the failure.
        self.until(WHOLE, Box::pin(work))
    }

    // Boxed by its callers: each layer around a handler's future would carry all of its state once more.
    async fn until<T>(&self, into_reserve: Duration, work: impl Future<Output = Result<T, Error>>) -> Result<T, Error> {
        if Instant::now() >= self.deadline {
            return Err(Error::Unavailable("no time is left to begin".into()));
        }
        let done = tokio::time::timeout_at(self.deadline + into_reserve, work).await;
        done.unwrap_or_else(|_| Err(Error::Unavailable("out of time".into())))
    }
}

/// The time as the table stores it: what an answer shows now is what any later one shows.
pub fn whole_milliseconds(time: Timestamp) -> Timestamp {
    Timestamp::from_millisecond(time.as_millisecond()).unwrap_or(time)
}
