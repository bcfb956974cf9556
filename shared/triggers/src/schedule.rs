//! Events of the schedules in `template.yaml`.

use std::fmt;

use domain::Error;
use serde::Deserialize;

/// An event of a schedule. It names its errand where a function has several.
#[derive(Debug, Deserialize)]
pub struct Scheduled<Errand = String> {
    /// The function's task.
    #[serde(alias = "detail-type")]
    pub errand: Errand,
}

impl<Errand: fmt::Debug> Scheduled<Errand> {
    /// Returns what was done. Logs an error: the schedule's next call tries again.
    pub fn conclude<T: Default>(&self, done: Result<T, Error>) -> T {
        done.unwrap_or_else(|error| {
            tracing::warn!(schedule = ?self.errand, error.cause = %error, "a schedule's errand was not finished");
            T::default()
        })
    }
}
