//! What the API tells of a session: whoever opens one gets its text this once, and whoever holds one sees the rest.

use domain::id::PersonId;
use domain::identity::Standing;
use domain::person::{PersonKind, Roles};
use domain::secret::SessionKey;
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

use crate::http::{self, Response};

/// A person with a session, or with a key.
#[derive(Serialize)]
pub struct SessionView {
    #[serde(skip_serializing_if = "Option::is_none")]
    session: Option<SessionKey>,
    person_id: PersonId,
    name: String,
    kind: PersonKind,
    roles: Roles,
    /// Seconds without use after which the session ends.
    idle_seconds: i64,
    /// The latest end; null for a key, which has none.
    expires_at: Option<Timestamp>,
}

impl SessionView {
    /// Returns what is told of a person. `idle` is the time after which an unused session ends.
    pub fn new(person_id: PersonId, standing: &Standing, session: Option<SessionKey>, idle: SignedDuration) -> Self {
        Self {
            session,
            person_id,
            name: standing.person_name.clone(),
            kind: standing.person_kind,
            roles: standing.roles.clone(),
            idle_seconds: idle.as_secs(),
            expires_at: standing.session_until,
        }
    }

    /// Returns the answer, which no cache keeps.
    pub fn answer(&self, status: u16) -> Response {
        let mut response = http::json(status, self);
        let no_store = aws_lambda_events::http::HeaderValue::from_static("no-store");
        response.headers.insert("cache-control", no_store);
        response
    }
}
