//! Sessions: what a person's browser holds instead of a key. The table holds a session's SHA-256 and never its text.

use domain::Error;
use domain::identity::{Caller, KeyHash};
use domain::instant::Sum as _;
use domain::person::Person;
use domain::sign_in::Identity;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::conditions::{EXISTS, NOT_YET_WRITTEN};
use super::schema::Key;
use super::{Store, item};

/// The time after which an unused session ends.
pub const IDLE: SignedDuration = SignedDuration::from_mins(30);

/// The time after which any session ends.
pub const LONGEST: SignedDuration = SignedDuration::from_hours(12);

/// A person's session.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Session {
    /// The caller of the key that opened it, or whom the identity provider has vouched for.
    pub caller: Caller,
    /// When the authorizer last saw it.
    #[serde(with = "item::milliseconds::required")]
    pub used_at: Timestamp,
    /// Its end, however much it is used.
    #[serde(with = "item::milliseconds::required")]
    pub until: Timestamp,
    /// Who opened it by signing in at the identity provider. `None` if a key opened it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub identity: Option<Identity>,
    /// When DynamoDB may delete it, in seconds since 1970.
    expires: i64,
}

impl Session {
    /// Opens a session with a key.
    pub fn new(caller: Caller, now: Timestamp) -> Self {
        let until = now.plus(LONGEST);
        Self { caller, used_at: now, until, identity: None, expires: until.as_second() }
    }

    /// Opens a session for somebody who has signed in at the identity provider.
    pub fn signed_in(caller: Caller, identity: Identity, now: Timestamp) -> Self {
        Self { identity: Some(identity), ..Self::new(caller, now) }
    }

    /// True if the session stands for this person: for the same identity at the provider, and not for one who was
    /// deleted and has come back under the same id.
    pub fn is_of(&self, person: &Person) -> bool {
        let opened_at = self.until.minus(LONGEST);
        self.identity == person.identity
            && (self.identity.is_none() || person.created_at.as_millisecond() <= opened_at.as_millisecond())
    }

    /// Returns the time at which the session ends if nobody uses it again.
    pub fn ends_at(&self) -> Timestamp {
        self.until.min(self.used_at.plus(IDLE))
    }
}

/// Stores a session. 256 random bits do not repeat.
pub async fn put(store: &Store, hash: &KeyHash, session: &Session) -> Result<(), Error> {
    let item = item::whole(&key(hash), None, session)?;
    let request = store.put().set_item(Some(item)).condition_expression(NOT_YET_WRITTEN);
    // Refused only if the SDK repeated this very call.
    store.put_item("put session", request).await.map(drop)
}

/// Returns a session that has not ended.
pub async fn find(store: &Store, hash: &KeyHash, now: Timestamp) -> Result<Option<Session>, Error> {
    let found: Option<Session> = store.get_shape("find session", "session", &key(hash)).await?;
    Ok(found.filter(|session| now < session.ends_at()))
}

/// Notes that a session is in use. Does nothing for one that was closed meanwhile: [`EXISTS`].
pub async fn touch(store: &Store, hash: &KeyHash, now: Timestamp) -> Result<(), Error> {
    let request = store
        .update(&key(hash))
        .update_expression("SET used_at = :now")
        .condition_expression(EXISTS)
        .expression_attribute_values(":now", item::time(now));
    store.update_item("touch session", request).await.map(drop)
}

/// Closes a session. Unconditional: deleting a missing item changes nothing.
pub async fn close(store: &Store, hash: &KeyHash) -> Result<(), Error> {
    store.delete_item("close session", store.delete(&key(hash))).await.map(drop)
}

fn key(hash: &KeyHash) -> Key {
    Key::Session(hash.to_hex())
}
