//! The time that invocations see: the machine's, or one that tests set.

use std::sync::{Arc, Mutex, PoisonError};

use jiff::Timestamp;

/// See the file's first line. Clones show the same time.
#[derive(Debug, Clone, Default)]
pub struct Clock(Option<Arc<Mutex<Timestamp>>>);

impl Clock {
    /// The machine's clock.
    pub fn system() -> Self {
        Self(None)
    }

    /// A clock that stands at `time` until it is set.
    pub fn at(time: Timestamp) -> Self {
        Self(Some(Arc::new(Mutex::new(time))))
    }

    /// The time, to the millisecond.
    pub fn now(&self) -> Timestamp {
        let Some(time) = &self.0 else {
            #[expect(clippy::disallowed_methods, reason = "this is the clock")]
            return invocation::whole_milliseconds(Timestamp::now());
        };
        *time.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sets a clock made by [`Clock::at`]; the machine's own is left alone.
    pub fn set(&self, time: Timestamp) {
        if let Some(shown) = &self.0 {
            *shown.lock().unwrap_or_else(PoisonError::into_inner) = time;
        }
    }
}
