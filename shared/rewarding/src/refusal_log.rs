//! Notes why events of a user did not count, for support. The same refusal of a user costs one write an hour.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::sync::{Mutex, PoisonError};

use domain::campaign::Campaign;
use jiff::{SignedDuration, Timestamp};
use rules::eligibility::{Case, Subject};
use store::{Store, refusals};

/// The time between two notes of the same refusal.
const NOTED_EVERY: SignedDuration = SignedDuration::from_hours(1);

/// Notes remembered. Beyond that the memory starts anew.
const REMEMBERED: usize = 10_000;

/// Reasons of one refusal, and bytes of each. A note takes one write unit.
const MOST_REASONS: usize = 4;
const MOST_BYTES: usize = 200;

/// The notes of one environment.
#[derive(Default)]
pub struct Refusals {
    noted: Mutex<HashMap<u64, Noted>>,
}

/// The last note, and the refusals since.
struct Noted {
    at: Timestamp,
    since: u64,
}

impl Refusals {
    /// Notes why a real event of the user did not count. Only logs a failure: nothing depends on the note.
    pub async fn note(&self, store: &Store, case: Case<'_>, reasons: &[String], now: Timestamp) {
        let Case { campaign, moment, user: Subject { user_id: user, .. }, .. } = case;
        if !case.stakes.is_real() {
            return;
        }
        let short = |reason: &String| reason[..reason.floor_char_boundary(MOST_BYTES)].to_owned();
        let reasons: Vec<String> = reasons.iter().take(MOST_REASONS).map(short).collect();
        let Campaign { app_id: app, campaign_id, .. } = campaign;
        let mut hasher = DefaultHasher::new();
        (app, user, (campaign_id, &moment.moment_id), &reasons).hash(&mut hasher);
        let Some(times) = self.count(hasher.finish(), now) else { return };
        if let Err(error) = refusals::note(store, campaign, moment, user, &reasons, times, now).await {
            tracing::warn!(app.id = %app, campaign.id = %campaign_id, error.cause = %error, "refusal not noted");
        }
    }

    /// Returns the number of refusals to note, or `None` if they were noted within the hour.
    fn count(&self, which: u64, now: Timestamp) -> Option<u64> {
        let mut noted = self.noted.lock().unwrap_or_else(PoisonError::into_inner);
        if noted.len() >= REMEMBERED {
            noted.clear();
        }
        match noted.get_mut(&which) {
            Some(known) if now.duration_since(known.at).abs() < NOTED_EVERY => {
                known.since += 1;
                None
            }
            found => {
                let times = found.map_or(0, |known| known.since) + 1;
                noted.insert(which, Noted { at: now, since: 0 });
                Some(times)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures::time;

    #[test]
    fn the_same_is_noted_once_an_hour_with_how_many_there_were() {
        let refusals = Refusals::default();
        assert_eq!(refusals.count(1, time("2026-12-01T12:00:00Z")), Some(1));
        assert_eq!(refusals.count(1, time("2026-12-01T12:30:00Z")), None);
        assert_eq!(refusals.count(2, time("2026-12-01T12:30:00Z")), Some(1));
        assert_eq!(refusals.count(1, time("2026-12-01T12:59:59Z")), None);
        assert_eq!(refusals.count(1, time("2026-12-01T13:00:00Z")), Some(3));
    }
}
