//! The embedded DynamoDB: the table of `template.yaml`, and a second table for the laptop's own notes (positions of
//! stream triggers, dead letters, queued messages, undelivered events, pushes).

use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};

use dynoxide::Database;
use dynoxide::storage::Storage;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::LocalError;
use crate::template::Template;

/// The table's name on a laptop.
pub const TABLE: &str = "moments";

const OWN_TABLE: &str = "moments-local";

/// An index on the stream's records. Without it the emulator scans all records to find the next number, so each write
/// is slower than the one before.
const STREAM_INDEX: &str = "CREATE INDEX IF NOT EXISTS moments_stream_records
    ON _stream_records (table_name, CAST(sequence_number AS INTEGER))";

/// Opens the database, in a file or in memory, and creates missing tables. A database in memory begins as `copy`, which
/// [`save`] wrote, if given.
pub fn open(file: Option<&Path>, template: &Template, copy: Option<&Path>) -> Result<Database, LocalError> {
    let database = match (file, copy) {
        (None, Some(copy)) => {
            let database = Database::memory().map_err(failed)?;
            restore(&database, copy)?;
            database
        }
        _ => connect(file)?,
    };
    prepare(&database, template)?;
    create(
        &database,
        json!({
            "TableName": OWN_TABLE,
            "BillingMode": "PAY_PER_REQUEST",
            "AttributeDefinitions": [{ "AttributeName": "pk", "AttributeType": "S" }],
            "KeySchema": [{ "AttributeName": "pk", "KeyType": "HASH" }],
        }),
    )?;
    Ok(database)
}

/// Connects to the database in a file, or to a new one in memory, and adds the index on the stream's records.
fn connect(file: Option<&Path>) -> Result<Database, LocalError> {
    static OPENED: AtomicU64 = AtomicU64::new(0);
    let path = file.map_or_else(
        // With a name, two connections share a database in memory.
        || format!("file:moments-{}?mode=memory&cache=shared", OPENED.fetch_add(1, Ordering::Relaxed)),
        |file| file.to_string_lossy().into_owned(),
    );
    let place = file.map_or("memory".into(), |file| file.display().to_string());
    let broken = |error: String| LocalError::Database(format!("cannot open the database in {place}: {error}"));
    // Stays open until the other connection exists: a database in memory ends with its last connection.
    let tables = Storage::new(&path).map_err(|error| broken(error.to_string()))?;
    tables.conn().execute_batch(STREAM_INDEX).map_err(|error| broken(error.to_string()))?;
    let database = Database::new(&path).map_err(|error| broken(error.to_string()))?;
    drop(tables);
    Ok(database)
}

/// Writes a copy of a database to a new file.
pub fn save(database: &Database, file: &Path) -> Result<(), LocalError> {
    database.vacuum_into(&file.to_string_lossy()).map_err(failed)
}

/// Replaces a database by the copy that [`save`] wrote.
pub fn restore(database: &Database, copy: &Path) -> Result<(), LocalError> {
    database.restore_from(&copy.to_string_lossy()).map_err(failed)
}

/// Creates the template's table if it is missing.
pub fn prepare(database: &Database, template: &Template) -> Result<(), LocalError> {
    let mut table = template.table.clone();
    table["TableName"] = json!(TABLE);
    create(database, table)?;
    let expires = json!({ "TableName": TABLE, "TimeToLiveSpecification": { "AttributeName": template.expires, "Enabled": true } });
    // Refused if it is already on, which is fine.
    let _ = database.update_time_to_live(request(expires)?);
    Ok(())
}

fn create(database: &Database, definition: Value) -> Result<(), LocalError> {
    let name = definition["TableName"].as_str().unwrap_or_default().to_owned();
    let exists = database.get_table_metadata(&name).map_err(failed)?.is_some();
    if !exists {
        database.create_table(request(definition)?).map_err(failed)?;
    }
    Ok(())
}

/// Returns the names of the table's stream and of its only shard.
pub fn stream(database: &Database) -> Result<(String, String), LocalError> {
    let streams = database.list_streams(request(json!({ "TableName": TABLE }))?).map_err(failed)?;
    let arn = value(&streams)?["Streams"][0]["StreamArn"].as_str().unwrap_or_default().to_owned();
    let stream = database.describe_stream(request(json!({ "StreamArn": arn }))?).map_err(failed)?;
    let shard = value(&stream)?["StreamDescription"]["Shards"][0]["ShardId"].as_str().unwrap_or_default().to_owned();
    if arn.is_empty() || shard.is_empty() {
        return Err(LocalError::Database("the table has no stream".into()));
    }
    Ok((arn, shard))
}

/// Returns up to `limit` stream records after a sequence number, or from the beginning.
pub fn records(
    database: &Database,
    (arn, shard): &(String, String),
    after: Option<&str>,
    limit: usize,
) -> Result<Vec<Value>, LocalError> {
    let mut position = json!({ "StreamArn": arn, "ShardId": shard, "ShardIteratorType": "TRIM_HORIZON" });
    if let Some(after) = after {
        position["ShardIteratorType"] = json!("AFTER_SEQUENCE_NUMBER");
        position["SequenceNumber"] = json!(after);
    }
    let iterator = database.get_shard_iterator(request(position)?).map_err(failed)?.shard_iterator;
    let records =
        database.get_records(request(json!({ "ShardIterator": iterator, "Limit": limit }))?).map_err(failed)?;
    Ok(value(&records)?["Records"].as_array().cloned().unwrap_or_default())
}

/// Returns every item of the table as DynamoDB JSON: for tests that check promises from the table alone.
pub fn scan(database: &Database) -> Result<Vec<Value>, LocalError> {
    scan_table(database, TABLE)
}

fn scan_table(database: &Database, table: &str) -> Result<Vec<Value>, LocalError> {
    let mut items = Vec::new();
    let mut start = Value::Null;
    loop {
        let mut scan = json!({ "TableName": table });
        if !start.is_null() {
            scan["ExclusiveStartKey"] = start;
        }
        let mut page = value(&database.scan(request(scan)?).map_err(failed)?)?;
        if let Value::Array(found) = page["Items"].take() {
            items.extend(found);
        }
        start = page["LastEvaluatedKey"].take();
        if start.is_null() {
            return Ok(items);
        }
    }
}

/// Writes a note of the laptop.
pub fn remember(database: &Database, name: &str, note: &Value) -> Result<(), LocalError> {
    let item = json!({ "TableName": OWN_TABLE, "Item": { "pk": { "S": name }, "note": { "S": note.to_string() } } });
    database.put_item(request(item)?).map(|_| ()).map_err(failed)
}

/// Returns a note, if it exists.
pub fn recall(database: &Database, name: &str) -> Result<Option<Value>, LocalError> {
    let key = json!({ "TableName": OWN_TABLE, "Key": { "pk": { "S": name } } });
    let found = value(&database.get_item(request(key)?).map_err(failed)?)?;
    let note = found["Item"]["note"]["S"].as_str();
    note.map(|note| serde_json::from_str(note).map_err(|error| LocalError::Database(error.to_string()))).transpose()
}

/// Deletes a note, if it exists.
pub fn forget(database: &Database, name: &str) -> Result<(), LocalError> {
    let key = json!({ "TableName": OWN_TABLE, "Key": { "pk": { "S": name } } });
    database.delete_item(request(key)?).map(|_| ()).map_err(failed)
}

/// Returns every note whose name has the prefix, sorted by name.
pub fn recall_all(database: &Database, prefix: &str) -> Result<Vec<(String, Value)>, LocalError> {
    let mut notes = Vec::new();
    for item in scan_table(database, OWN_TABLE)? {
        let (name, note) = (item["pk"]["S"].as_str().unwrap_or_default(), item["note"]["S"].as_str());
        if name.starts_with(prefix) {
            let note = serde_json::from_str(note.unwrap_or("null"));
            notes.push((name.to_owned(), note.map_err(|error| LocalError::Database(error.to_string()))?));
        }
    }
    notes.sort_by(|(one, _), (other, _)| one.cmp(other));
    Ok(notes)
}

fn request<T: DeserializeOwned>(request: Value) -> Result<T, LocalError> {
    serde_json::from_value(request).map_err(|error| LocalError::Database(error.to_string()))
}

fn value(response: &impl Serialize) -> Result<Value, LocalError> {
    serde_json::to_value(response).map_err(|error| LocalError::Database(error.to_string()))
}

fn failed(error: impl std::fmt::Display) -> LocalError {
    LocalError::Database(format!("the embedded database failed: {error}"))
}
