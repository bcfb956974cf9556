//! People: the roles behind a person's key, and sessions, which end when the key, the person or the session is gone.
//! Who signs in at the identity provider comes in with such a session alone.

use domain::Error;
use domain::id::PersonId;
use domain::identity::{Caller, Standing};
use domain::person::Person;
use domain::rate_limit::RateLimit;
use domain::secret::SessionKey;
use invocation::Invocation;
use jiff::SignedDuration;
use store::Store;
use store::keys::{self, KeyOwner};
use store::sessions::{self, Session};
use store::{Environment, people};

use crate::Known;

/// The least time between two notes that a session is in use: API Gateway asks no more often for one environment.
const NOTED_AFTER: SignedDuration = SignedDuration::from_secs(60);

/// Returns a person's caller with the roles that the person has now. `session` is what the person came in with, if it was
/// no key. `None` if the person was deleted, or comes in another way now: a key would outlive what the identity provider
/// takes away, and a session would outlive the identity that opened it.
pub(crate) async fn known(
    store: &Store,
    person: &PersonId,
    caller: Caller,
    session: Option<&Session>,
) -> Result<Option<Known>, Error> {
    let comes_in = |person: &Person| session.map_or(person.identity.is_none(), |session| session.is_of(person));
    let found = people::get(store, person).await?.filter(comes_in);
    let session_until = session.map(|session| session.until);
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
    if session.identity.is_none() {
        let owner = KeyOwner::Person(person.clone());
        let opened_with = keys::get(store, &owner, &session.caller.key_id).await?;
        if opened_with.is_none_or(|key| key.expires_at.is_some_and(|ended| ended <= now)) {
            return Ok(None);
        }
    }
    let known = known(store, &person, session.caller.clone(), Some(&session)).await?;
    // Not for somebody who is out: that would keep the session from ending.
    if known.is_some() && now.duration_since(session.used_at) >= NOTED_AFTER {
        sessions::touch(store, &hash, now).await?;
    }
    Ok(known)
}
