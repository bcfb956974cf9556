//! People and services who administer, with their roles by app. An owner of an app manages the roles in that app and
//! sees no others; the operator manages all. `person_keys` holds their keys, `sessions` what a browser holds instead.

use std::collections::BTreeSet;

use domain::Error;
use domain::audit::{Action, Subject};
use domain::id::PersonId;
use domain::identity::{Caller, Scope};
use domain::person::{Person, PersonKind, Role, RoleScope, Roles};
use domain::sign_in::{Identity, MADE_BY_SIGN_IN};
use edge::fields::{Fields, FromField, Mistake, Text, Value};
use edge::http::{self, List, Request, Response};
use edge::role_fields;
use invocation::Invocation;
use jiff::Timestamp;
use rewarding::Environment;
use serde::Serialize;
use store::{keys, people};

use crate::audit::PersonChange;
use crate::person_identity;

/// People that one read brings.
const READ_AT_ONCE: u32 = 100;

#[derive(Serialize)]
struct PersonView {
    person_id: PersonId,
    name: String,
    kind: PersonKind,
    roles: Roles,
    /// Who the person is at the identity provider.
    identity: Option<Identity>,
    created_at: Timestamp,
    version: u64,
}

impl From<Person> for PersonView {
    fn from(Person { person_id, name, kind, roles, identity, created_at, version }: Person) -> Self {
        Self { person_id, name, kind, roles, identity, created_at, version }
    }
}

/// What a caller may manage: everything, or what is of the apps that the caller owns.
pub(crate) struct Reach {
    /// `None` for the operator.
    pub(crate) roles: Option<Roles>,
    person: Option<PersonId>,
}

impl Reach {
    /// Returns the reach of the caller. Fails with a 403 for keys that administer nothing.
    pub(crate) fn of(request: &Request) -> Result<Self, Error> {
        let caller: &Caller = request.caller()?;
        let roles = match (caller.scope, &caller.app_id) {
            (Scope::Admin, None) => None,
            // A key of scope admin is an owner of its app.
            (Scope::Admin, Some(app)) => {
                Some(Roles([(RoleScope::App(app.clone()), BTreeSet::from([Role::Owner]))].into()))
            }
            (Scope::Person, _) => Some(request.standing().map(|standing| standing.roles.clone()).unwrap_or_default()),
            (Scope::App | Scope::Partner | Scope::User, _) => return Err(caller.out_of_scope("admin")),
        };
        Ok(Self { roles, person: caller.person.clone() })
    }

    /// Fails with a 403 unless the caller owns an app.
    fn require_owner(&self) -> Result<(), Error> {
        let is_owner = |roles: &Roles| roles.0.values().any(|held| held.contains(&Role::Owner));
        if self.roles.as_ref().is_none_or(is_owner) {
            return Ok(());
        }
        Err(Error::Forbidden("this route needs the role owner in an app".to_owned()))
    }

    fn owns(&self, scope: &RoleScope) -> bool {
        self.roles.as_ref().is_none_or(|roles| roles.own(scope))
    }

    /// True if everything that the person may do is the caller's to give. Somebody without a role is the operator's.
    fn owns_all_of(&self, person: &Person) -> bool {
        match &self.roles {
            None => true,
            Some(_) => !person.roles.0.is_empty() && person.roles.0.keys().all(|scope| self.owns(scope)),
        }
    }

    /// Returns the person as the caller sees it: with the roles in the caller's apps. `None` if there are none. Everybody
    /// sees themselves.
    fn shows(&self, mut person: Person) -> Option<Person> {
        if self.roles.is_none() || self.person.as_ref() == Some(&person.person_id) {
            return Some(person);
        }
        person.roles.0.retain(|scope, _| self.owns(scope));
        (!person.roles.0.is_empty()).then_some(person)
    }

    /// Returns the person in the path if the caller may manage the person's keys: as the person, or as an owner of all
    /// that the person may do. Whoever mints a key can do what the key can do.
    pub(crate) async fn whose_keys(&self, environment: &Environment, request: &Request) -> Result<Person, Error> {
        let person_id: PersonId = request.path_id("person", "person")?;
        let is_self = self.person.as_ref() == Some(&person_id);
        if !is_self {
            self.require_owner()?;
        }
        let found = people::get(&environment.store, &person_id).await?;
        let person = found.ok_or_else(|| Error::not_found("person", &person_id))?;
        if is_self || self.owns_all_of(&person) { Ok(person) } else { Err(not_owned(&person_id)) }
    }
}

fn not_owned(person: &PersonId) -> Error {
    Error::Forbidden(format!(
        "{person} has roles in apps that you do not own; ask an owner of all of them or the operator"
    ))
}

/// Lists the people who have roles in the caller's apps, sorted by id.
pub(crate) async fn list(environment: &Environment, request: &Request) -> Result<Response, Error> {
    let reach = Reach::of(request)?;
    let page = request.page()?;
    let mut after: Option<PersonId> = page.cursor_id()?;
    let mut data = Vec::new();
    // People of other apps are left out, so a page may need several reads.
    loop {
        let (found, last) = people::list(&environment.store, READ_AT_ONCE, after.as_ref()).await?;
        data.extend(found.into_iter().filter_map(|person| reach.shows(person)).map(PersonView::from));
        let is_full = data.len() > page.limit as usize;
        match last {
            Some(last) if !is_full => after = Some(last),
            more => {
                let more = more.is_some();
                return Ok(http::json(200, &List::of(data, &page, more, |last| last.person_id.to_string())));
            }
        }
    }
}

pub(crate) async fn get(environment: &Environment, request: &Request) -> Result<Response, Error> {
    let reach = Reach::of(request)?;
    let person_id: PersonId = request.path_id("person", "person")?;
    let found = people::get(&environment.store, &person_id).await?.and_then(|person| reach.shows(person));
    let person = found.ok_or_else(|| Error::not_found("person", &person_id))?;
    let version = person.version;
    Ok(http::versioned(&PersonView::from(person), version))
}

struct Wanted {
    name: String,
    kind: PersonKind,
    roles: Roles,
    /// Who the person is at the identity provider, if the caller says it.
    subject: Option<String>,
}

struct KindField(PersonKind);

impl FromField for KindField {
    fn from_field(value: &Value) -> Result<Self, Mistake> {
        match value.as_str() {
            Some("person") => Ok(Self(PersonKind::Person)),
            Some("service") => Ok(Self(PersonKind::Service)),
            _ => Err(Mistake("invalid_kind", "must be person or service".into())),
        }
    }
}

fn wanted(fields: &mut Fields<'_>) -> Option<Wanted> {
    let name = fields.required::<Text<200>>("name");
    let kind = fields.optional::<KindField>("kind").map_or(PersonKind::Person, |kind| kind.0);
    let roles = role_fields::required(fields, "roles");
    let subject = fields.optional::<Text<255>>("subject").map(|subject| subject.0);
    if subject.is_some() && kind != PersonKind::Person {
        fields.refuse("subject", "not_allowed", "is for people; a service signs in nowhere");
    }
    Some(Wanted { name: name?.0, kind, roles: roles?, subject })
}

/// Writes a person. An owner changes the roles in own apps alone; those in other apps stay as they are.
pub(crate) async fn put(
    environment: &Environment,
    request: &Request,
    invocation: &Invocation,
) -> Result<Response, Error> {
    let reach = Reach::of(request)?;
    reach.require_owner()?;
    let person_id: PersonId = request.new_path_id("person")?;
    let wanted = request.json(wanted)?;
    let store = &environment.store;
    let before = people::get(store, &person_id).await?;
    if before.is_none() && person_id.as_str().starts_with(MADE_BY_SIGN_IN) {
        let detail = "must not begin with sso-: a sign-in makes people with such ids";
        return Err(Error::invalid("/person", "invalid_id", detail));
    }
    if let Some(before) = before.as_ref().filter(|before| before.kind != wanted.kind) {
        return Err(other_kind(before));
    }
    let identity = person_identity::wanted(environment, &reach, before.as_ref(), wanted.subject).await?;
    let roles = merged(&reach, &person_id, before.as_ref(), wanted.roles)?;
    let (version, created_at) =
        before.as_ref().map_or((1, invocation.now), |before| (before.version + 1, before.created_at));
    let (name, kind) = (wanted.name, wanted.kind);
    let after = Person { person_id: person_id.clone(), name, kind, roles, identity, created_at, version };
    let renames = before.as_ref().is_none_or(|before| (&before.name, before.kind) != (&after.name, after.kind));
    if renames && !before.as_ref().is_none_or(|before| reach.owns_all_of(before)) {
        return Err(not_owned(&person_id));
    }
    if before.is_none() && !reach.owns_all_of(&after) {
        return Err(Error::Forbidden("a new person needs a role in an app that you own".to_owned()));
    }
    if let Some(before) = before.as_ref().filter(|before| (Person { version, ..(*before).clone() }) == after) {
        return Ok(shown(&reach, before.clone()));
    }
    person_identity::check_change(before.as_ref(), &after)?;
    request.expect_version("the person", before.as_ref().map(|before| before.version))?;
    let scopes = after.scopes_changed_from(before.as_ref());
    let change = PersonChange { environment, request, invocation, person: &person_id };
    change.recorded(&scopes, Subject::Person, Action::Written, write(change, before.as_ref(), &after)).await?;
    tracing::info!(person.id = %person_id, person.version = after.version, "person written");
    Ok(shown(&reach, after))
}

async fn write(change: PersonChange<'_>, before: Option<&Person>, after: &Person) -> Result<(), Error> {
    let PersonChange { environment, invocation, person, .. } = change;
    if before.is_none() {
        // Nobody mints a key for a person who is not there: what is left is of one who was deleted.
        revoke_keys(environment, person, invocation.now).await?;
    }
    end_outgrown_keys(change, before, after).await?;
    if !person_identity::write(environment, before, after).await? {
        let found = people::get(&environment.store, person).await?;
        if found.as_ref() != Some(after) {
            let current = found.map_or(0, |found| found.version);
            return Err(Error::VersionConflict { kind: "the person", current });
        }
    }
    // Again, for a key that was minted between the two.
    end_outgrown_keys(change, before, after).await
}

/// When a person gets into further apps, ends those of the person's keys whose minters do not own these apps. A minter
/// may have kept a copy of the key.
async fn end_outgrown_keys(change: PersonChange<'_>, before: Option<&Person>, after: &Person) -> Result<(), Error> {
    let PersonChange { environment, person, invocation, .. } = change;
    let Some(before) = before else { return Ok(()) };
    let new: Vec<&RoleScope> = after.roles.0.keys().filter(|scope| !before.roles.0.contains_key(*scope)).collect();
    if new.is_empty() {
        return Ok(());
    }
    let store = &environment.store;
    let owns_them = async |minter: &PersonId| -> Result<bool, Error> {
        let found = people::get(store, minter).await?;
        Ok(found.is_some_and(|found| new.iter().all(|scope| found.roles.own(scope))))
    };
    for key in live_keys(environment, person, invocation.now).await? {
        let mut stays = key.caller.minted_by.keys().next().is_none();
        for minter in key.caller.minted_by.people().filter(|minter| *minter != person) {
            stays = stays && owns_them(minter).await?;
        }
        if !stays {
            tracing::info!(person.id = %person, key.id = %key.caller.key_id, "a key ends whose minter owns less than it opens");
            keys::revoke(store, &keys::KeyOwner::Person(person.clone()), &key.caller.key_id, invocation.now).await?;
        }
    }
    Ok(())
}

/// A human who became a program, or a program that became a human, could be the second pair of eyes on the own changes.
fn other_kind(person: &Person) -> Error {
    let (id, kind) = (&person.person_id, if person.kind == PersonKind::Person { "person" } else { "service" });
    let detail = format!("{id} is a {kind}, and stays one; write another person or service under an id of its own");
    Error::Conflict { code: "state_conflict", detail }
}

fn shown(reach: &Reach, person: Person) -> Response {
    let version = person.version;
    let person = reach.shows(person.clone()).unwrap_or(Person { roles: Roles::default(), ..person });
    http::versioned(&PersonView::from(person), version)
}

/// Returns the roles that are asked for in the caller's apps, and those of before in the others. Fails if other roles
/// are asked for in an app that the caller does not own.
fn merged(reach: &Reach, person: &PersonId, before: Option<&Person>, wanted: Roles) -> Result<Roles, Error> {
    let of_before = before.map(|before| before.roles.clone()).unwrap_or_default();
    let foreign = wanted.0.iter().find(|(scope, roles)| !reach.owns(scope) && of_before.0.get(scope) != Some(roles));
    if let Some((scope, _)) = foreign {
        let app = String::from(scope.clone());
        return Err(Error::Forbidden(format!(
            "you do not own app {app}, so you cannot change the roles of {person} there"
        )));
    }
    let mut roles = wanted.0;
    roles.extend(of_before.0.into_iter().filter(|(scope, _)| !reach.owns(scope)));
    if roles.len() > Roles::MOST_APPS {
        let detail = format!("{person} would have roles in more than {} apps; use * for every app", Roles::MOST_APPS);
        return Err(Error::Conflict { code: "state_conflict", detail });
    }
    Ok(Roles(roles))
}

/// Deletes a person with all keys, and so ends all sessions. Answers 204 also if the person is gone: a repetition
/// revokes the keys that an interrupted call has left.
pub(crate) async fn delete(
    environment: &Environment,
    request: &Request,
    invocation: &Invocation,
) -> Result<Response, Error> {
    let reach = Reach::of(request)?;
    reach.require_owner()?;
    let person_id: PersonId = request.path_id("person", "person")?;
    let store = &environment.store;
    match people::get(store, &person_id).await? {
        Some(person) => {
            if !reach.owns_all_of(&person) {
                return Err(not_owned(&person_id));
            }
            request.expect_version("the person", Some(person.version))?;
            let scopes: Vec<RoleScope> = person.roles.0.keys().cloned().collect();
            let change = PersonChange { environment, request, invocation, person: &person_id };
            change.recorded(&scopes, Subject::Person, Action::Deleted, remove(change, person.version)).await?;
        }
        // Keys that are left are good for nothing, so whoever administers may revoke them.
        None => request.expect_version("the person", None)?,
    }
    revoke_keys(environment, &person_id, invocation.now).await?;
    tracing::info!(person.id = %person_id, "person deleted");
    Ok(http::empty(204))
}

async fn remove(change: PersonChange<'_>, version: u64) -> Result<(), Error> {
    let (store, person) = (&change.environment.store, change.person);
    if people::delete(store, person, version).await? {
        return Ok(());
    }
    let current = people::get(store, person).await?.map_or(0, |found| found.version);
    Err(Error::VersionConflict { kind: "the person", current })
}

async fn revoke_keys(environment: &Environment, person: &PersonId, now: Timestamp) -> Result<(), Error> {
    for key in live_keys(environment, person, now).await? {
        let owner = keys::KeyOwner::Person(person.clone());
        keys::revoke(&environment.store, &owner, &key.caller.key_id, now).await?;
    }
    Ok(())
}

async fn live_keys(
    environment: &Environment,
    person: &PersonId,
    now: Timestamp,
) -> Result<Vec<keys::ListedKey>, Error> {
    let (store, owner) = (&environment.store, keys::KeyOwner::Person(person.clone()));
    let (mut live, mut after) = (Vec::new(), None);
    loop {
        let (found, more) = keys::list(store, &owner, READ_AT_ONCE, after.as_ref()).await?;
        after = found.last().map(|last| last.caller.key_id.clone());
        live.extend(found.into_iter().filter(|key| key.expires_at.is_none_or(|ends| now < ends)));
        if more.is_none() {
            return Ok(live);
        }
    }
}
