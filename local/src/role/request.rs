//! The permissions that a request of the SDK needs, in IAM's names. An unknown request needs one that no role grants.

use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use serde_json::Value;

use super::Permission;
use crate::database::TABLE;

/// The resource of Pinpoint's `SendMessages`, as `template.yaml` writes it.
const MESSAGES: &str =
    "arn:${AWS::Partition}:mobiletargeting:${AWS::Region}:${AWS::AccountId}:apps/${PinpointApplicationId}/messages";

/// The table's partition key.
const PARTITION_KEY: &str = "pk";

/// Returns every permission that a request needs. `application` is the deployment's Pinpoint application.
pub(super) fn permissions(request: &HttpRequest, application: &str) -> Vec<Permission> {
    let target = request.headers().get("x-amz-target").unwrap_or_default();
    let body = || request.body().bytes().and_then(|body| serde_json::from_slice(body).ok()).unwrap_or(Value::Null);
    match target.split_once('.') {
        Some(("DynamoDB_20120810", operation)) => of_dynamodb(operation, &body()),
        Some(("AmazonSQS", action)) => {
            let queue = text(&body()["QueueUrl"]).rsplit('/').next().unwrap_or_default().to_owned();
            vec![on(&format!("sqs:{}", action.trim_end_matches("Batch")), &queue)]
        }
        Some(("AWSEvents", action)) => {
            let entries = body()["Entries"].as_array().cloned().unwrap_or_default();
            entries.iter().map(|entry| on(&format!("events:{action}"), &text(&entry["EventBusName"]))).collect()
        }
        Some(("TrentService", action)) => vec![on(&format!("kms:{action}"), &text(&body()["KeyId"]))],
        _ => vec![of_pinpoint(request, application)],
    }
}

/// Returns the permissions of a DynamoDB request: a transaction needs those of each of its parts.
pub fn of_dynamodb(operation: &str, body: &Value) -> Vec<Permission> {
    match operation {
        "TransactWriteItems" | "TransactGetItems" => {
            let parts = body["TransactItems"].as_array().into_iter().flatten();
            // `Put`, `Update`, `Delete`, `ConditionCheck` and `Get`.
            let parts = parts.filter_map(|part| part.as_object()?.iter().next());
            parts.map(|(name, part)| on_item(&format!("{name}Item"), part)).collect()
        }
        "BatchGetItem" | "BatchWriteItem" => {
            let tables = body["RequestItems"].as_object().into_iter().flatten();
            let batch = |(table, items): (&String, &Value)| {
                let (gets, writes) = (items["Keys"].as_array(), items.as_array());
                let writes =
                    writes.into_iter().flatten().flat_map(|write| [&write["PutRequest"], &write["DeleteRequest"]]);
                let keys =
                    gets.into_iter().flatten().map(key).chain(writes.filter(|write| !write.is_null()).map(key_of));
                let leading_keys = Some(keys.collect());
                Permission { leading_keys, ..on(&format!("dynamodb:{operation}"), &table_name(table, None)) }
            };
            tables.map(batch).collect()
        }
        _ => vec![on_item(operation, body)],
    }
}

fn on_item(action: &str, body: &Value) -> Permission {
    let resource = table_name(&text(&body["TableName"]), body["IndexName"].as_str());
    // A Query names its key in an expression, which this does not parse.
    let named = body.get("Key").or_else(|| body.get("Item")).is_some();
    Permission { leading_keys: named.then(|| vec![key_of(body)]), ..on(&format!("dynamodb:{action}"), &resource) }
}

fn key_of(body: &Value) -> String {
    key(body.get("Key").unwrap_or(&body["Item"]))
}

fn key(item: &Value) -> String {
    text(&item[PARTITION_KEY]["S"])
}

fn table_name(table: &str, index: Option<&str>) -> String {
    let table = if table == TABLE { "Table" } else { table };
    index.map_or_else(|| table.to_owned(), |index| format!("{table}/index/{index}"))
}

/// Only Pinpoint's API has its operation in the path.
fn of_pinpoint(request: &HttpRequest, application: &str) -> Permission {
    let path = request.uri().split('?').next().unwrap_or_default();
    let known = !application.is_empty() && path.ends_with(&format!("/v1/apps/{application}/messages"));
    if request.method() == "POST" && known {
        return on("mobiletargeting:SendMessages", MESSAGES);
    }
    on(&format!("{} {path}", request.method()), "")
}

fn on(action: &str, resource: &str) -> Permission {
    Permission { action: action.to_owned(), resource: resource.to_owned(), leading_keys: None }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}
