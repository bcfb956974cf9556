//! People: the roles behind a person's key, and sessions, which end when the key, the person or the session is gone.
//! Who signs in at the identity provider comes in with such a session alone.

use domain::Error;
use domain::id::PersonId;
use domain::identity::{Caller, Standing};
use domain::rate_limit::RateLimit;
use domain::secret::SessionKey;
use invocation::Invocation;
use jiff::{SignedDuration, Timestamp};
use store::Store;
use store::keys::{self, KeyOwner};
use store::{Environment, people, sessions};

use crate::Known;

/// The least time between two notes that a session is in use: API Gateway asks no more often for one environment.
const NOTED_AFTER: SignedDuration = SignedDuration::from_secs(60);

/// Returns a person's caller with the roles that the person has now. `None` if the person was deleted, or comes in by
/// the other way: a key would outlive what the identity provider takes away.
pub(crate) async fn known(
    store: &Store,
    person: &PersonId,
    caller: Caller,
    is_signed_in: bool,
    session_until: Option<Timestamp>,
) -> Result<Option<Known>, Error> {
    let found = people::get(store, person).await?.filter(|person| person.identity.is_some() == is_signed_in);
    Ok(found.map(|person| {
        let standing =
            Standing { person_name: person.name, person_kind: person.kind, roles: person.roles, session_until };
        Known { caller, rate_limit: RateLimit::default(), standing: Some(standing) }
    }))
}

/// Returns the caller of a session, and notes that the session is in use. `None` if the session has ended, or the key
/// that opened it was revoked.
pub(crate) async fn of_session(
    environment: &Environment,
    session: &SessionKey,
    invocation: &Invocation,
) -> Result<Option<Known>, Error> {
    let (store, now, hash) = (&environment.store, invocation.now, session.hash());
    let Some(session) = sessions::find(store, &hash, now).await? else { return Ok(None) };
    let Some(person) = session.caller.person.clone() else { return Ok(None) };
    if !session.is_signed_in {
        let owner = KeyOwner::Person(person.clone());
        let opened_with = keys::get(store, &owner, &session.caller.key_id).await?;
        if opened_with.is_none_or(|key| key.expires_at.is_some_and(|ended| ended <= now)) {
            return Ok(None);
        }
    }
    if now.duration_since(session.used_at) >= NOTED_AFTER {
        sessions::touch(store, &hash, now).await?;
    }
    known(store, &person, session.caller, session.is_signed_in, Some(session.until)).await
}
