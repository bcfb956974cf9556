//! Sign-in through an identity provider: the provider, the sign-ins that have begun, and whose each identity is.

use domain::Error;
use domain::id::PersonId;
use domain::identity::KeyHash;
use domain::person::Person;
use domain::sign_in::{Identity, IdentityProvider, SignIn};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::conditions::{EXISTS, IS_THAT_VERSION, NOBODY_ELSES, NOT_YET_WRITTEN, VERSION_IS};
use super::schema::Key;
use super::{Store, item, requests};

/// Writes the provider over nothing, or over the version before `provider.version`. Returns `false`, and writes
/// nothing, if another version is there.
pub async fn put_provider(store: &Store, provider: &IdentityProvider) -> Result<bool, Error> {
    store.put_version("put identity provider", &Key::IdentityProvider, provider.version, provider).await
}

/// Returns the provider. Read consistently: a group that has lost its roles must give none.
pub async fn provider(store: &Store) -> Result<Option<IdentityProvider>, Error> {
    store.get_shape("get identity provider", "identity provider", &Key::IdentityProvider).await
}

/// Deletes the provider of that version. Returns `false`, and deletes nothing, if another version is there or none.
pub async fn delete_provider(store: &Store, version: u64) -> Result<bool, Error> {
    let request = store
        .delete(&Key::IdentityProvider)
        .condition_expression(IS_THAT_VERSION)
        .expression_attribute_values(":version", item::number(version));
    store.delete_item("delete identity provider", request).await
}

/// Stores a sign-in that begins. 256 random bits do not repeat.
pub async fn begin(store: &Store, hash: &KeyHash, sign_in: &SignIn) -> Result<(), Error> {
    let item = item::whole(&sign_in_key(hash), None, sign_in)?;
    let request = store.put().set_item(Some(item)).condition_expression(NOT_YET_WRITTEN);
    // Refused only if the SDK repeated this very call.
    store.put_item("begin sign-in", request).await.map(drop)
}

/// Takes a sign-in out of the table. Of two callers one gets it ([`EXISTS`]); `None` for the other, and for a sign-in
/// that has expired.
pub async fn take(store: &Store, hash: &KeyHash, now: Timestamp) -> Result<Option<SignIn>, Error> {
    let found: Option<SignIn> = store.get_shape("find sign-in", "sign-in", &sign_in_key(hash)).await?;
    // DynamoDB deletes expired items days late, so compare the time too.
    let Some(found) = found.filter(|sign_in| now.as_second() < sign_in.expires) else { return Ok(None) };
    let request = store.delete(&sign_in_key(hash)).condition_expression(EXISTS);
    let is_ours = store.delete_item("take sign-in", request).await?;
    Ok(is_ours.then_some(found))
}

#[derive(Serialize, Deserialize)]
struct Holder {
    person_id: PersonId,
}

/// Returns the person whose an identity is, or was before that person was deleted.
pub async fn holder(store: &Store, identity: &Identity) -> Result<Option<PersonId>, Error> {
    let found: Option<Holder> = store.get_shape("find identity", "identity", &identity_key(identity)).await?;
    Ok(found.map(|holder| holder.person_id))
}

/// Writes a person over nothing, or over the version before `person.version`, and gives that person an identity which
/// nobody has, or which `before` had; both or nothing. Returns `false` if it was refused.
pub async fn bind(
    store: &Store,
    person: &Person,
    identity: &Identity,
    before: Option<&PersonId>,
) -> Result<bool, Error> {
    let of_person = store
        .put_in_transaction(item::whole(&Key::Person(person.person_id.clone()), None, person)?)
        .condition_expression(VERSION_IS)
        .expression_attribute_values(":before", item::number(person.version.saturating_sub(1)));
    let holder = Holder { person_id: person.person_id.clone() };
    let of_identity = store
        .put_in_transaction(item::whole(&identity_key(identity), None, &holder)?)
        .condition_expression(NOBODY_ELSES)
        .expression_attribute_values(":holder", item::text(before.unwrap_or(&person.person_id).as_str()))
        .expression_attribute_values(":person", item::text(person.person_id.as_str()));
    let items = vec![requests::put(of_person)?, requests::put(of_identity)?];
    Ok(store.transaction("bind identity", items).await?.is_ok())
}

/// Writes what a sign-in has changed of a person over the version before. Returns `false`, and writes nothing, if the
/// person was changed or deleted meanwhile.
pub async fn renew(store: &Store, person: &Person) -> Result<bool, Error> {
    let at = Key::Person(person.person_id.clone());
    store.replace_version("renew person", &at, person.version, person).await
}

fn sign_in_key(hash: &KeyHash) -> Key {
    Key::SignIn(hash.to_hex())
}

fn identity_key(identity: &Identity) -> Key {
    Key::Identity(identity.hash())
}
