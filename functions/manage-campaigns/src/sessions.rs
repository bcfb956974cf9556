//! Sessions: a person exchanges a key for what a browser may hold. A session does what the key may do, ends after 30
//! minutes without use and after 12 hours in any case, and can be closed at any time.

use domain::Error;
use domain::id::PersonId;
use domain::identity::{Scope, Standing};
use domain::secret::SessionKey;
use edge::http::{self, Request, Response};
use edge::session_view::SessionView;
use invocation::Invocation;
use rewarding::Environment;
use store::sessions::{self, IDLE, Session};

/// Returns the person who calls. Fails with a 403 for other keys.
fn person(request: &Request) -> Result<(PersonId, &Standing), Error> {
    let caller = request.caller()?;
    match (caller.scope, &caller.person, request.standing()) {
        (Scope::Person, Some(person), Some(standing)) => Ok((person.clone(), standing)),
        _ => Err(Error::Forbidden(
            "this route needs the key of a person; mint one below /v1/people/{person}/keys".into(),
        )),
    }
}

/// Opens a session for the person whose key is sent. A session opens no other: it would never end.
pub(crate) async fn open(
    environment: &Environment,
    request: &Request,
    invocation: &Invocation,
) -> Result<Response, Error> {
    let (person_id, standing) = person(request)?;
    if standing.session_until.is_some() {
        return Err(Error::Forbidden("a session opens no other session; send the person's key".to_owned()));
    }
    let store = &environment.store;
    let text = SessionKey::mint(&mut *store.random());
    let session = Session::new(request.caller()?.clone(), invocation.now);
    sessions::put(store, &text.hash(), &session).await?;
    tracing::info!(person.id = %person_id, key.id = %session.caller.key_id, "session opened");
    let standing = Standing { session_until: Some(session.until), ..standing.clone() };
    Ok(SessionView::new(person_id, &standing, Some(text), IDLE).answer(201))
}

/// Shows who calls, with a key or a session.
pub(crate) fn show(request: &Request) -> Result<Response, Error> {
    let (person_id, standing) = person(request)?;
    Ok(SessionView::new(person_id, standing, None, IDLE).answer(200))
}

/// Closes the session that is sent. API Gateway may go on accepting it for up to 60 seconds.
pub(crate) async fn close(environment: &Environment, request: &Request) -> Result<Response, Error> {
    let (person_id, standing) = person(request)?;
    if standing.session_until.is_none() {
        return Err(Error::Forbidden(
            "this is a key and no session; revoke it below /v1/people/{person}/keys".to_owned(),
        ));
    }
    let session = SessionKey::new(request.header("x-api-key").unwrap_or_default());
    sessions::close(&environment.store, &session.hash()).await?;
    tracing::info!(person.id = %person_id, "session closed");
    Ok(http::empty(204))
}
