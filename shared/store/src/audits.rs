//! The audit: one item for each change of an app's administration, or of everything. It is written before its change and
//! concluded after it.

use domain::Error;
use domain::audit::{Action, Entry, EntryId, Outcome, Subject};
use domain::identity::Caller;
use domain::instant::Sum as _;
use domain::person::RoleScope;
use jiff::{SignedDuration, Timestamp};
use rand::Rng as _;

use super::failure::Item;
use super::schema::{Key, audit_pk};
use super::{Store, item};

/// The time for which an entry is kept: thirteen months.
const KEPT: SignedDuration = SignedDuration::from_hours(400 * 24);

/// Makes the entry of a change before the change is made. Its outcome is unknown until [`recorded`] concludes it.
pub fn entry(store: &Store, caller: &Caller, at: Timestamp, subject: Subject, action: Action, id: String) -> Entry {
    let entry_id = EntryId { at: at.as_millisecond(), number: store.random().random::<u64>() };
    let (key_id, person_id) = (caller.key_id.clone(), caller.person.clone());
    Entry { entry_id, at, key_id, person_id, subject, id, action, outcome: Outcome::Unknown, version: None }
}

/// Writes the entry in each scope, does the work, and writes what came of it. A refused change leaves no entry. One that
/// may have been made in part leaves an entry whose outcome is unknown, and so does a crash.
pub async fn recorded<T>(
    store: &Store,
    scopes: &[RoleScope],
    mut entry: Entry,
    work: impl Future<Output = Result<T, Error>>,
    complete: impl FnOnce(&T, &mut Entry),
) -> Result<T, Error> {
    for scope in scopes {
        begin(store, scope, &entry).await?;
    }
    let result = work.await;
    match &result {
        Ok(answer) => {
            entry.outcome = Outcome::Done;
            complete(answer, &mut entry);
        }
        Err(Error::Unavailable(_) | Error::Internal(_)) => return result,
        Err(_) => {}
    }
    for scope in scopes {
        let concluded = match &result {
            Ok(_) => put(store, scope, &entry).await,
            Err(_) => delete(store, scope, entry.entry_id).await,
        };
        // The change stands, and its entry, too. Only its outcome stays unknown.
        if let Err(error) = concluded {
            tracing::warn!(error.cause = %error, "an entry of the audit keeps an unknown outcome");
        }
    }
    result
}

/// Writes an entry before its change. A write whose answer is lost is looked for.
async fn begin(store: &Store, scope: &RoleScope, entry: &Entry) -> Result<(), Error> {
    let Err(error) = put(store, scope, entry).await else { return Ok(()) };
    match store.get_item("find entry of the audit", &Key::Audit(scope.clone(), entry.entry_id)).await {
        Ok(Some(_)) => Ok(()),
        _ => Err(error),
    }
}

/// Writes an entry, or its outcome. Unconditional: only the request that made the entry's random name knows it.
async fn put(store: &Store, scope: &RoleScope, entry: &Entry) -> Result<(), Error> {
    let mut whole = item::whole(&Key::Audit(scope.clone(), entry.entry_id), None, entry)?;
    whole.insert("expires".to_owned(), item::number(entry.at.plus(KEPT).as_second()));
    store.put_item("put entry of the audit", store.put().set_item(Some(whole))).await.map(drop)
}

/// Removes the entry of a change that was refused. Unconditional: deleting a missing item changes nothing.
async fn delete(store: &Store, scope: &RoleScope, entry: EntryId) -> Result<(), Error> {
    let request = store.delete(&Key::Audit(scope.clone(), entry));
    store.delete_item("delete entry of the audit", request).await.map(drop)
}

/// Returns one page of the entries of these scopes together, the newest first, those before entry `before`; and true if
/// more follow.
pub async fn list(
    store: &Store,
    scopes: &[RoleScope],
    limit: u32,
    before: Option<EntryId>,
) -> Result<(Vec<Entry>, bool), Error> {
    let (mut all, mut more) = (Vec::new(), false);
    for scope in scopes {
        // `$` follows on `#`, so it is behind every entry.
        let last = before.map_or_else(|| "ENTRY$".to_owned(), |before| Key::Audit(scope.clone(), before).pair().1);
        let request = store
            .query()
            .key_condition_expression("pk = :pk AND sk < :last")
            .expression_attribute_values(":pk", item::text(audit_pk(scope)))
            .expression_attribute_values(":last", item::text(last))
            .consistent_read(true)
            .scan_index_forward(false)
            .limit(i32::try_from(limit).unwrap_or(100));
        let (items, next) = store.query_page("list entries of the audit", request).await?;
        more |= next.is_some();
        let read = |found: Item| item::shape::<Entry>("entry of the audit", found);
        all.extend(items.into_iter().map(read).collect::<Result<Vec<_>, _>>()?);
    }
    all.sort_by_key(|entry| std::cmp::Reverse(entry.entry_id));
    more |= all.len() > limit as usize;
    all.truncate(limit as usize);
    Ok((all, more))
}
