//! A request in the model: its kind, the items it writes, and its execution on the embedded database.

use dynoxide::Database;
use dynoxide::errors::DynoxideError;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

/// Partition and sort key.
pub(super) type ItemKey = (String, String);

/// The kind of a request, which determines its physics.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Read,
    Write,
    Transaction,
}

/// An item that a request writes.
#[derive(Debug, Clone)]
pub(super) struct Written {
    pub(super) key: ItemKey,
    /// The index partition of a put. Unknown before any other write.
    pub(super) put_into: Option<String>,
    /// True if the write may change the index, even if the item is not in it.
    pub(super) may_index: bool,
}

pub(super) struct Request {
    pub(super) kind: Kind,
    pub(super) items: Vec<Written>,
    operation: &'static str,
    body: Value,
}

const OPERATIONS: [(&str, Kind); 8] = [
    ("GetItem", Kind::Read),
    ("BatchGetItem", Kind::Read),
    ("Query", Kind::Read),
    ("Scan", Kind::Read),
    ("PutItem", Kind::Write),
    ("UpdateItem", Kind::Write),
    ("DeleteItem", Kind::Write),
    ("TransactWriteItems", Kind::Transaction),
];

impl Request {
    pub(super) fn read(operation: &str, mut body: Value) -> Option<Self> {
        let (operation, kind) = *OPERATIONS.iter().find(|(name, _)| *name == operation)?;
        let items = match kind {
            Kind::Read => Vec::new(),
            Kind::Write => vec![written(&body)],
            Kind::Transaction => {
                let actions = body["TransactItems"].as_array()?.iter();
                actions.filter_map(|action| action.as_object()?.values().next()).map(written).collect()
            }
        };
        // The caller asks for the total; the model needs the parts.
        body["ReturnConsumedCapacity"] = json!("INDEXES");
        Some(Self { kind, items, operation, body })
    }

    /// Removes the idempotency token: the model keeps tokens by its own clock.
    pub(super) fn take_token(&mut self) -> Option<String> {
        let token = self.body.as_object_mut()?.remove("ClientRequestToken")?;
        token.as_str().map(str::to_owned)
    }

    /// Removes half of a batch's keys, which the reply returns as unprocessed. `None` if the batch cannot be divided.
    pub(super) fn take_half(&mut self) -> Option<Value> {
        let (name, table) = self.body.get_mut("RequestItems")?.as_object_mut()?.iter_mut().next()?;
        let keys = table["Keys"].as_array_mut().filter(|keys| keys.len() > 1)?;
        let left = keys.split_off(keys.len() / 2);
        Some(json!({ name.clone(): {"Keys": left, "ConsistentRead": table["ConsistentRead"]} }))
    }

    pub(super) fn reads_index(&self) -> bool {
        self.body.get("IndexName").is_some()
    }

    /// Returns the partitions that a read touches.
    pub(super) fn read_partitions(&self) -> Vec<String> {
        if self.operation == "Query" {
            let values = self.body["ExpressionAttributeValues"].as_object();
            let condition = self.body["KeyConditionExpression"].as_str().unwrap_or_default();
            // All our conditions begin with the partition key: `pk = :name …`.
            let name = condition.split_whitespace().nth(2).unwrap_or_default();
            let partition = values.and_then(|values| values.get(name)).map_or("", |value| text(value));
            return vec![if self.reads_index() { index_partition(partition) } else { partition.to_owned() }];
        }
        let batch = self.body["RequestItems"].as_object().into_iter().flatten();
        let keys = batch.flat_map(|(_, table)| table["Keys"].as_array().into_iter().flatten());
        let key = self.body.get("Key").into_iter();
        key.chain(keys).map(|key| text(&key["pk"]).to_owned()).collect()
    }

    /// Carries out the request on a database, at one instant.
    pub(super) fn execute(&self, database: &Database) -> (u16, Value) {
        let body = self.body.clone();
        match self.operation {
            "GetItem" => run(body, |request| database.get_item(request)),
            "BatchGetItem" => run(body, |request| database.batch_get_item(request)),
            "Query" => run(body, |request| database.query(request)),
            "Scan" => run(body, |request| database.scan(request)),
            "PutItem" => run(body, |request| database.put_item(request)),
            "UpdateItem" => run(body, |request| database.update_item(request)),
            "DeleteItem" => run(body, |request| database.delete_item(request)),
            _ => run(body, |request| database.transact_write_items(request)),
        }
    }
}

/// The key of an index partition's bucket: an index has its own capacity.
pub(super) fn index_partition(partition: &str) -> String {
    format!("index#{partition}")
}

/// Returns the consumed capacity of an answer: of the table, and with the index.
pub(super) fn consumed(answer: &Value) -> (f64, f64) {
    let one = |capacity: &Value| {
        let total = capacity["CapacityUnits"].as_f64().unwrap_or_default();
        (capacity["Table"]["CapacityUnits"].as_f64().unwrap_or(total), total)
    };
    match &answer["ConsumedCapacity"] {
        Value::Array(tables) => tables.iter().map(one).fold((0.0, 0.0), |sum, next| (sum.0 + next.0, sum.1 + next.1)),
        table => one(table),
    }
}

fn run<Input: DeserializeOwned, Output: Serialize>(
    body: Value,
    act: impl FnOnce(Input) -> Result<Output, DynoxideError>,
) -> (u16, Value) {
    match act(serde_json::from_value(body).unwrap()) {
        Ok(output) => (200, serde_json::to_value(output).unwrap()),
        Err(error) => (error.status_code(), serde_json::from_str(&error.to_json()).unwrap()),
    }
}

fn written(action: &Value) -> Written {
    let item = action.get("Item");
    let key = item.unwrap_or(&action["Key"]);
    let update = action["UpdateExpression"].as_str().unwrap_or_default();
    Written {
        key: (text(&key["pk"]).to_owned(), text(&key["sk"]).to_owned()),
        put_into: item.and_then(|item| item["gsi1pk"]["S"].as_str()).map(str::to_owned),
        may_index: item.is_some_and(|item| item.get("gsi1pk").is_some()) || update.contains("gsi1"),
    }
}

fn text(value: &Value) -> &str {
    value["S"].as_str().unwrap_or_default()
}
