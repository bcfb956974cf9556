//! The time that invocations see: the machine's, or one that tests set.

use std::sync::{Arc, Mutex};

use jiff::Timestamp;

use crate::lock;

/// The machine's time, or a time that tests set. Clones show the same time.
#[derive(Debug, Clone, Default)]
pub struct Clock(Option<Arc<Mutex<Timestamp>>>);

impl Clock {
    /// The machine's own clock.
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
        *lock(time)
    }

    /// Sets a clock made by [`Clock::at`]. Has no effect on the machine's clock.
    pub fn set(&self, time: Timestamp) {
        if let Some(shown) = &self.0 {
            *lock(shown) = time;
        }
    }
}
