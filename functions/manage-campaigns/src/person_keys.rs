//! The keys of people and services: each is shown once, when it is minted, and never again.

use domain::Error;
use domain::audit::{Action, Subject};
use domain::id::KeyId;
use domain::identity::{Caller, Mode, Scope};
use domain::person::RoleScope;
use edge::http::{self, List, Request, Response};
use invocation::Invocation;
use jiff::Timestamp;
use rewarding::Environment;
use serde::Serialize;
use store::keys::{self, KeyOwner, ListedKey};

use crate::audit::PersonChange;
use crate::keys::{MintedKey, minted_by, new_key};
use crate::people::Reach;
use crate::person_identity;

#[derive(Serialize)]
struct PersonKeyView {
    key_id: KeyId,
    created_at: Timestamp,
    expires_at: Option<Timestamp>,
}

impl From<ListedKey> for PersonKeyView {
    fn from(ListedKey { caller, created_at, expires_at }: ListedKey) -> Self {
        Self { key_id: caller.key_id, created_at, expires_at }
    }
}

/// Mints a key of the person in the path and shows it this once. A lost answer leaves a key that nobody knows, and a
/// repetition mints another.
pub(crate) async fn mint(
    environment: &Environment,
    request: &Request,
    invocation: &Invocation,
) -> Result<Response, Error> {
    let person = Reach::of(request)?.whose_keys(environment, request).await?;
    // A key would live on after the provider has let the person go.
    if person.identity.is_some() {
        return Err(person_identity::managed(&person));
    }
    let (key, key_id) = new_key(environment, Mode::Live)?;
    let minted_by = minted_by(request.caller()?)?;
    let person_id = person.person_id;
    let of_person = Some(person_id.clone());
    let caller = Caller { person: of_person, minted_by, ..Caller::new(None, Scope::Person, Mode::Live, key_id) };
    let scopes: Vec<RoleScope> = person.roles.0.into_keys().collect();
    let change = PersonChange { environment, request, invocation, person: &person_id };
    let mint = async {
        let is_there = keys::mint(&environment.store, &key.hash(), &caller, invocation.now).await?;
        if is_there { Ok(()) } else { Err(Error::not_found("person", &person_id)) }
    };
    change.recorded(&scopes, Subject::PersonKey, Action::Minted, mint).await?;
    tracing::info!(person.id = %person_id, key.id = %caller.key_id, "key of a person minted");
    Ok(http::json(201, &MintedKey { key_id: caller.key_id, key, previous: None }))
}

pub(crate) async fn list(environment: &Environment, request: &Request) -> Result<Response, Error> {
    let person = Reach::of(request)?.whose_keys(environment, request).await?;
    let page = request.page()?;
    let after: Option<KeyId> = page.cursor_id()?;
    let owner = KeyOwner::Person(person.person_id);
    let (found, cursor) = keys::list(&environment.store, &owner, page.limit, after.as_ref()).await?;
    Ok(http::json(200, &List { data: found.into_iter().map(PersonKeyView::from).collect(), cursor }))
}

/// Answers 204 once the key is gone. API Gateway may go on accepting it, and sessions that it opened, for up to 60
/// seconds.
pub(crate) async fn revoke(
    environment: &Environment,
    request: &Request,
    invocation: &Invocation,
) -> Result<Response, Error> {
    let person = Reach::of(request)?.whose_keys(environment, request).await?;
    let key_id: KeyId = request.path_id("key", "key")?;
    let owner = KeyOwner::Person(person.person_id.clone());
    let scopes: Vec<RoleScope> = person.roles.0.into_keys().collect();
    let change = PersonChange { environment, request, invocation, person: &person.person_id };
    let revoke = async {
        let is_there = keys::revoke(&environment.store, &owner, &key_id, invocation.now).await?;
        if is_there { Ok(()) } else { Err(Error::not_found("key", &key_id)) }
    };
    change.recorded(&scopes, Subject::PersonKey, Action::Revoked, revoke).await?;
    tracing::info!(person.id = %person.person_id, key.id = %key_id, "key of a person revoked");
    Ok(http::empty(204))
}
