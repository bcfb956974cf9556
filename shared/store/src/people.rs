//! People and services who administer. Their keys are in `keys`, their sessions in `sessions`.

use domain::Error;
use domain::id::PersonId;
use domain::person::Person;

use super::conditions::IS_THAT_VERSION;
use super::schema::{Key, PEOPLE};
use super::{Store, item};

/// Writes a person over nothing, or over the version before `person.version`. Returns `false`, and writes nothing, if
/// another version is there.
pub async fn put(store: &Store, person: &Person) -> Result<bool, Error> {
    store.put_version("put person", &key(&person.person_id), person.version, person).await
}

/// Returns the person with that id. Read consistently: a role that was taken away must not work.
pub async fn get(store: &Store, person: &PersonId) -> Result<Option<Person>, Error> {
    store.get_shape("get person", "person", &key(person)).await
}

/// Returns one page of all people, sorted by id, and the last id if more follow.
pub async fn list(
    store: &Store,
    limit: u32,
    after: Option<&PersonId>,
) -> Result<(Vec<Person>, Option<PersonId>), Error> {
    // A control character follows on no id: this is the first possible place behind the last one shown.
    let first = after.map_or_else(|| "PERSON#".to_owned(), |after| format!("PERSON#{after}\u{1}"));
    let request = store
        .range(PEOPLE.to_owned(), first, "PERSON$")
        .consistent_read(true)
        .limit(i32::try_from(limit).unwrap_or(100));
    let (items, next) = store.query_page("list people", request).await?;
    let people =
        items.into_iter().map(|found| item::shape::<Person>("person", found)).collect::<Result<Vec<_>, _>>()?;
    let last = people.last().filter(|_| next.is_some()).map(|last| last.person_id.clone());
    Ok((people, last))
}

/// Deletes a person of that version. Returns `false`, and deletes nothing, if another version is there or none.
pub async fn delete(store: &Store, person: &PersonId, version: u64) -> Result<bool, Error> {
    let request = store
        .delete(&key(person))
        .condition_expression(IS_THAT_VERSION)
        .expression_attribute_values(":version", item::number(version));
    store.delete_item("delete person", request).await
}

fn key(person: &PersonId) -> Key {
    Key::Person(person.clone())
}
