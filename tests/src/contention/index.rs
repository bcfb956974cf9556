//! The index, which lags behind the table. It is a second embedded database that gets each write with its own delay, so
//! a real engine still answers the queries.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use dynoxide::Database;
use dynoxide::storage_backend::Clock;
use local::database::TABLE;
use local::template::Template;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::lock;
use super::request::ItemKey;

/// The lagging index.
#[derive(Clone)]
pub(super) struct Index {
    /// `None` without a lag: then the table's own index answers.
    behind: Option<Database>,
    known: Arc<Mutex<Known>>,
}

#[derive(Default)]
struct Known {
    /// The index partition of each item, by the table's current state.
    partitions: HashMap<ItemKey, String>,
    /// The number of changes, and each item's latest change in the index: an older one must not undo it.
    changes: u64,
    carried: HashMap<ItemKey, u64>,
}

impl Index {
    pub(super) fn new(template: &Template, clock: Arc<dyn Clock>, lags: bool) -> Self {
        let behind = lags.then(|| {
            let database = Database::memory_with_clock(clock).unwrap();
            let mut without_stream = template.clone();
            without_stream.table.as_object_mut().unwrap().remove("StreamSpecification");
            local::database::prepare(&database, &without_stream).unwrap();
            database
        });
        Self { behind, known: Arc::default() }
    }

    /// Returns the database for index queries, if not the table's.
    pub(super) fn database(&self) -> Option<&Database> {
        self.behind.as_ref()
    }

    /// Returns an item's current index partition.
    pub(super) fn partition(&self, key: &ItemKey) -> Option<String> {
        lock(&self.known).partitions.get(key).cloned()
    }

    /// Records a change of an item. Returns a future that copies it to the index after the delay.
    pub(super) fn changed(&self, table: &Database, key: &ItemKey) -> impl FnOnce() + Send + 'static {
        let (pk, sk) = key;
        let at = json!({ "TableName": TABLE, "Key": { "pk": { "S": pk }, "sk": { "S": sk } }, "ConsistentRead": true });
        let item = value(&table.get_item(request(at)).unwrap())["Item"].take();
        let mut known = lock(&self.known);
        match item["gsi1pk"]["S"].as_str() {
            Some(partition) => known.partitions.insert(key.clone(), partition.to_owned()),
            None => known.partitions.remove(key),
        };
        known.changes += 1;
        let (index, key, change) = (self.clone(), key.clone(), known.changes);
        move || index.carry(&key, &item, change)
    }

    fn carry(&self, key: &ItemKey, item: &Value, change: u64) {
        let Some(behind) = &self.behind else { return };
        let mut known = lock(&self.known);
        let carried = known.carried.entry(key.clone()).or_default();
        if *carried > change {
            return;
        }
        *carried = change;
        if item.get("gsi1pk").is_some() {
            behind.put_item(request(json!({ "TableName": TABLE, "Item": item }))).unwrap();
        } else {
            let (pk, sk) = key;
            let gone = json!({ "TableName": TABLE, "Key": { "pk": { "S": pk }, "sk": { "S": sk } } });
            behind.delete_item(request(gone)).unwrap();
        }
    }
}

fn request<T: DeserializeOwned>(request: Value) -> T {
    serde_json::from_value(request).unwrap()
}

fn value(response: &impl Serialize) -> Value {
    serde_json::to_value(response).unwrap()
}
