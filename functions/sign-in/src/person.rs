//! The person of a sign-in: found by issuer and subject alone, made at the first sign-in, with the roles of the groups
//! renewed at each. No e-mail address and no name leads to anybody.

use domain::Error;
use domain::audit::{Action, Subject};
use domain::id::{KeyId, PersonId};
use domain::identity::{Caller, Mode, Scope, Standing};
use domain::person::{Person, PersonKind, Roles};
use domain::secret::SessionKey;
use domain::sign_in::{Identity, IdentityProvider};
use edge::http::Response;
use edge::session_view::SessionView;
use outbound_identity::Vouched;
use store::sessions::{self, IDLE, Session};
use store::{audits, people, sign_ins};

use crate::Context;

/// Attempts at writing a person whom somebody else changes at the same time.
const ATTEMPTS: u32 = 3;

/// Opens a session for somebody whom the provider vouches for.
pub(crate) async fn open_session(
    context: Context<'_>,
    provider: &IdentityProvider,
    vouched: Vouched,
) -> Result<Response, Error> {
    let roles = provider.roles_of(&vouched.groups);
    if roles.0.len() > Roles::MOST_APPS {
        let detail =
            format!("your groups give roles in more than {} apps; have the operator map one to *", Roles::MOST_APPS);
        return Err(Error::Conflict { code: "too_many_roles", detail });
    }
    let identity = Identity { issuer: provider.issuer.clone(), subject: vouched.subject };
    let (store, now) = (&context.environment.store, context.invocation.now);
    let text = SessionKey::mint(&mut *store.random());
    let hash = text.hash();
    let key_id = KeyId::try_from(format!("sign_in_{}", &hash.to_hex()[..16]))
        .map_err(|_| Error::Internal("the public name of a session is no id".into()))?;
    let written = written(context, &identity, vouched.name, roles, &key_id).await?;
    let Some(person) = written else { return Err(no_group(provider)) };
    let of_person = Some(person.person_id.clone());
    let caller = Caller { person: of_person, ..Caller::new(None, Scope::Person, Mode::Live, key_id) };
    let session = Session::signed_in(caller, identity, now);
    sessions::put(store, &hash, &session).await?;
    tracing::info!(person.id = %person.person_id, key.id = %session.caller.key_id, "signed in");
    let standing = Standing {
        person_name: person.name,
        person_kind: person.kind,
        roles: person.roles,
        session_until: Some(session.until),
    };
    Ok(SessionView::new(person.person_id, &standing, Some(text), IDLE).answer(201))
}

/// Returns the person with the roles of now; `None` for somebody without any, who loses those of before.
async fn written(
    context: Context<'_>,
    identity: &Identity,
    name: String,
    roles: Roles,
    key_id: &KeyId,
) -> Result<Option<Person>, Error> {
    let store = &context.environment.store;
    for attempt in 0..ATTEMPTS {
        if attempt > 0 {
            store.back_off(attempt).await;
        }
        let holder = sign_ins::holder(store, identity).await?;
        let person_id = match holder.clone().or_else(|| identity.person_id()) {
            Some(person_id) => person_id,
            None => return Err(Error::Internal("an identity makes no id of a person".into())),
        };
        let before = people::get(store, &person_id).await?;
        if before.as_ref().is_some_and(|before| before.identity.as_ref() != Some(identity)) {
            return Err(taken(&person_id));
        }
        let is_nobody = roles.0.is_empty();
        let Some(before) = before else {
            if is_nobody {
                return Ok(None);
            }
            let person = Person {
                person_id,
                name: name.clone(),
                kind: PersonKind::Person,
                roles: roles.clone(),
                identity: Some(identity.clone()),
                created_at: context.invocation.now,
                version: 1,
            };
            let bind = sign_ins::bind(store, &person, identity, holder.as_ref());
            if recorded(context, key_id, None, &person, bind).await? {
                return Ok(Some(person));
            }
            continue;
        };
        let version = before.version + 1;
        let after = Person { name: name.clone(), roles: roles.clone(), version, ..before.clone() };
        if (Person { version, ..before.clone() }) == after {
            return Ok((!is_nobody).then_some(before));
        }
        if recorded(context, key_id, Some(&before), &after, sign_ins::renew(store, &after)).await? {
            return Ok((!is_nobody).then_some(after));
        }
    }
    Err(Error::Unavailable("the person of a sign-in is being changed".into()))
}

/// Writes the person, with an entry in the audit of each app whose roles it changes. Returns `false` if somebody else has
/// changed the person meanwhile.
async fn recorded(
    context: Context<'_>,
    key_id: &KeyId,
    before: Option<&Person>,
    after: &Person,
    write: impl Future<Output = Result<bool, Error>>,
) -> Result<bool, Error> {
    let store = &context.environment.store;
    let id = after.person_id.to_string();
    let by = Caller::new(None, Scope::Person, Mode::Live, key_id.clone());
    let caller = Caller { person: Some(after.person_id.clone()), ..by };
    let entry = audits::entry(store, &caller, context.invocation.now, Subject::Person, Action::SignedIn, id);
    let is_written = async {
        let refused = Error::VersionConflict { kind: "the person", current: 0 };
        if write.await? { Ok(()) } else { Err(refused) }
    };
    match audits::recorded(store, &after.scopes_changed_from(before), entry, is_written, |(), _| {}).await {
        Ok(()) => Ok(true),
        Err(Error::VersionConflict { .. }) => Ok(false),
        Err(error) => Err(error),
    }
}

fn no_group(provider: &IdentityProvider) -> Error {
    let detail = format!(
        "none of your groups at {} has a role here; have somebody add you to one, and sign in again",
        provider.name
    );
    Error::Conflict { code: "no_role", detail }
}

/// Somebody has made a person by hand with the id that this identity had: nobody takes over another.
fn taken(person: &PersonId) -> Error {
    let detail = format!("{person} is somebody else now; have the operator name your subject in another person");
    Error::Conflict { code: "person_taken", detail }
}
