//! API keys. The table holds a key's SHA-256 and never its text.

use aws_sdk_dynamodb::types::TransactWriteItem;
use domain::Error;
use domain::id::{AppId, KeyId, PersonId};
use domain::identity::{Caller, KeyHash};
use domain::instant::Sum as _;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::conditions::{ENDS_NO_SOONER, EXISTS, NOT_YET_WRITTEN};
use super::failure::Reason;
use super::schema::{Key, keys_of_person};
use super::{Store, failure, item, requests};

/// The time for which a revoked key stays in its app's list.
const ENDED_KEPT: SignedDuration = SignedDuration::from_hours(30 * 24);

#[derive(Serialize, Deserialize)]
struct StoredKey {
    hash: String,
    caller: Caller,
    #[serde(with = "item::milliseconds::required")]
    created_at: Timestamp,
    /// The end of a rotated or revoked key.
    #[serde(default, with = "item::milliseconds::optional", skip_serializing_if = "Option::is_none")]
    expires_at: Option<Timestamp>,
}

/// Whose list a key is in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeyOwner {
    /// An app.
    App(AppId),
    /// A person or a service.
    Person(PersonId),
}

impl KeyOwner {
    /// Returns the owner of a caller's key; `None` for the operator's, which is in no list.
    fn of(caller: &Caller) -> Option<Self> {
        match (&caller.person, &caller.app_id) {
            (Some(person), _) => Some(Self::Person(person.clone())),
            (None, Some(app)) => Some(Self::App(app.clone())),
            (None, None) => None,
        }
    }

    fn place(&self, key_id: &KeyId) -> Key {
        match self {
            Self::App(app) => Key::AppKey(app.clone(), key_id.clone()),
            Self::Person(person) => Key::PersonKey(person.clone(), key_id.clone()),
        }
    }

    fn list(&self) -> String {
        match self {
            Self::App(app) => Key::App(app.clone()).pair().0,
            Self::Person(person) => keys_of_person(person),
        }
    }
}

/// A key in its owner's list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedKey {
    /// The caller that it identifies.
    pub caller: Caller,
    /// When it was minted.
    pub created_at: Timestamp,
    /// Its end, if it was rotated or revoked.
    pub expires_at: Option<Timestamp>,
}

/// The outcome of a rotation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Rotated {
    /// The new key works, and the old one until then.
    Until(Timestamp),
    /// The owner has no such key.
    Unknown,
}

/// The outcome of forgetting a key by its hash.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Forgotten {
    /// The key no longer works.
    Done(KeyId),
    /// No such key.
    Unknown,
    /// It belongs to an app and still works: its app's list would otherwise show a key that does not.
    OfApp(AppId, KeyId),
    /// The same, for a person's list.
    OfPerson(PersonId, KeyId),
}

/// Stores a key: under its hash for the authorizer, and in its owner's list; both or neither. Returns `false` if the
/// person whom the key is for is not there: a deleted person gets no key that would work when the id is used again.
pub async fn mint(store: &Store, hash: &KeyHash, caller: &Caller, now: Timestamp) -> Result<bool, Error> {
    let mut items = new_items(store, hash, caller, now)?;
    if let Some(person) = &caller.person {
        let check = store.check_in_transaction(&Key::Person(person.clone())).condition_expression(EXISTS);
        items.insert(0, requests::check(check)?);
    }
    match store.transaction("mint key", items).await? {
        Ok(()) => Ok(true),
        Err(reasons) if caller.person.is_some() && matches!(reasons.first(), Some(Reason::Refused(_))) => Ok(false),
        // 256 random bits do not repeat: the SDK has repeated this very call.
        Err(_) => Err(Error::Unavailable("mint key: the key exists".into())),
    }
}

fn new_items(store: &Store, hash: &KeyHash, caller: &Caller, now: Timestamp) -> Result<Vec<TransactWriteItem>, Error> {
    let stored = StoredKey { hash: hash.to_hex(), caller: caller.clone(), created_at: now, expires_at: None };
    let by_hash = item::whole(&Key::ApiKey(stored.hash.clone()), None, &stored)?;
    let mut items = vec![requests::put(store.put_in_transaction(by_hash).condition_expression(NOT_YET_WRITTEN))?];
    if let Some(owner) = KeyOwner::of(caller) {
        let listed = item::whole(&owner.place(&caller.key_id), None, &stored)?;
        items.push(requests::put(store.put_in_transaction(listed).condition_expression(NOT_YET_WRITTEN))?);
    }
    Ok(items)
}

/// Mints a key that replaces another one, which ends at `until`, or sooner if it already had an end; all or nothing.
pub async fn rotate(
    store: &Store,
    owner: &KeyOwner,
    old: &KeyId,
    hash: &KeyHash,
    new: &Caller,
    until: Timestamp,
    now: Timestamp,
) -> Result<Rotated, Error> {
    let listed = owner.place(old);
    let Some(stored) = find_stored(store, &listed).await? else { return Ok(Rotated::Unknown) };
    let until = stored.expires_at.map_or(until, |ends| ends.min(until));
    let mut items = Vec::new();
    for at in [listed, Key::ApiKey(stored.hash)] {
        let update = store
            .update_in_transaction(&at)
            .update_expression("SET expires_at = :until, expires = :expires")
            .condition_expression(ENDS_NO_SOONER)
            .expression_attribute_values(":until", item::time(until))
            .expression_attribute_values(":expires", item::number(until.as_second()));
        items.push(requests::update(update)?);
    }
    items.extend(new_items(store, hash, new, now)?);
    match store.transaction("rotate key", items).await? {
        Ok(()) => Ok(Rotated::Until(until)),
        Err(reasons) if matches!(reasons.first(), Some(Reason::Refused(None))) => Ok(Rotated::Unknown),
        Err(_) => Err(Error::Unavailable("rotate key: conflict".into())),
    }
}

/// Returns the caller of a key; `None` if the key is unknown, revoked or past its end.
pub async fn find(store: &Store, hash: &KeyHash, now: Timestamp) -> Result<Option<Caller>, Error> {
    let stored = find_stored(store, &Key::ApiKey(hash.to_hex())).await?;
    // DynamoDB deletes expired items days late, so compare the time too.
    let works = |stored: &StoredKey| hash.is(&stored.hash) && stored.expires_at.is_none_or(|ends| now < ends);
    Ok(stored.filter(works).map(|stored| stored.caller))
}

/// Returns a key of the owner's list.
pub async fn get(store: &Store, owner: &KeyOwner, key_id: &KeyId) -> Result<Option<ListedKey>, Error> {
    let found = store.get_item("get key", &owner.place(key_id)).await?;
    found.map(listed).transpose()
}

/// Returns one page of an owner's keys, sorted by id, and the cursor of the next.
pub async fn list(
    store: &Store,
    owner: &KeyOwner,
    limit: u32,
    after: Option<&KeyId>,
) -> Result<(Vec<ListedKey>, Option<String>), Error> {
    let pk = owner.list();
    // A control character follows on no key: this is the first possible place behind the last one shown.
    let first = after.map_or_else(|| "KEY#".to_owned(), |after| format!("KEY#{after}\u{1}"));
    let request = store.range(pk, first, "KEY$").consistent_read(true).limit(i32::try_from(limit).unwrap_or(100));
    let (items, next) = store.query_page("list keys", request).await?;
    let more = next.is_some();
    let keys = items.into_iter().map(listed).collect::<Result<Vec<_>, _>>()?;
    let cursor = keys.last().filter(|_| more).map(|last| last.caller.key_id.to_string());
    Ok((keys, cursor))
}

async fn find_stored(store: &Store, at: &Key) -> Result<Option<StoredKey>, Error> {
    store.get_shape("find key", "key", at).await
}

fn listed(found: failure::Item) -> Result<ListedKey, Error> {
    let StoredKey { caller, created_at, expires_at, .. } = item::shape("key", found)?;
    Ok(ListedKey { caller, created_at, expires_at })
}

/// Revokes a key. It stays in its owner's list for a while, as ended, so that repeating a lost call answers the same
/// and a mistyped id does not. Returns `false` if the owner has no such key.
pub async fn revoke(store: &Store, owner: &KeyOwner, key_id: &KeyId, now: Timestamp) -> Result<bool, Error> {
    let listed = owner.place(key_id);
    let Some(stored) = find_stored(store, &listed).await? else { return Ok(false) };
    let ended = stored.expires_at.map_or(now, |ends| ends.min(now));
    let update = store
        .update_in_transaction(&listed)
        .update_expression("SET expires_at = :ended, expires = :expires")
        .condition_expression(EXISTS)
        .expression_attribute_values(":ended", item::time(ended))
        .expression_attribute_values(":expires", item::number(now.plus(ENDED_KEPT).as_second()));
    // Unconditional: deleting a missing item changes nothing.
    let forget = requests::delete(store.delete_in_transaction(&Key::ApiKey(stored.hash)))?;
    let items = vec![forget, requests::update(update)?];
    match store.transaction("revoke key", items).await? {
        Ok(()) => Ok(true),
        Err(_) => Err(Error::Unavailable("revoke key: conflict".into())),
    }
}

/// Forgets a key of the operator, which is in no list, by its hash.
pub async fn forget(store: &Store, hash: &KeyHash) -> Result<Forgotten, Error> {
    let at = Key::ApiKey(hash.to_hex());
    let Some(stored) = find_stored(store, &at).await? else { return Ok(Forgotten::Unknown) };
    let key_id = stored.caller.key_id.clone();
    match KeyOwner::of(&stored.caller) {
        Some(KeyOwner::App(app)) => return Ok(Forgotten::OfApp(app, key_id)),
        Some(KeyOwner::Person(person)) => return Ok(Forgotten::OfPerson(person, key_id)),
        None => {}
    }
    // Unconditional: a key never changes its owner, and deleting a missing item changes nothing.
    store.delete_item("forget key", store.delete(&at)).await?;
    Ok(Forgotten::Done(key_id))
}
