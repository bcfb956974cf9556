//! Refusals in AWS's form, so that the SDK classifies them like real ones.

use serde_json::{Value, json};

const PREFIX: &str = "com.amazonaws.dynamodb.v20120810#";

fn error(name: &str, message: &str) -> Value {
    json!({ "__type": format!("{PREFIX}{name}"), "message": message })
}

/// A hot partition key of an on-demand table.
pub(super) fn throttled() -> Value {
    error(
        "ThrottlingException",
        "Throughput exceeds the current capacity of your table or index. DynamoDB is automatically scaling your table or \
         index so please try again shortly. If exceptions persist, check if you have a hot key.",
    )
}

pub(super) fn conflict() -> Value {
    error("TransactionConflictException", "Transaction is ongoing for the item")
}

pub(super) fn transaction_in_progress() -> Value {
    error("TransactionInProgressException", "Transaction is in progress for the given token")
}

pub(super) fn internal() -> Value {
    error("InternalServerError", "Internal server error")
}

pub(super) fn unknown_operation() -> Value {
    error("UnknownOperationException", "The model does not know this operation")
}

/// A transaction that is cancelled because of the items at these positions.
pub(super) fn cancelled(positions: &[bool], code: &str) -> Value {
    let reasons: Vec<Value> = positions
        .iter()
        .map(|refused| match (refused, code) {
            (false, _) => json!({ "Code": "None" }),
            (true, "TransactionConflict") => {
                json!({ "Code": code, "Message": "Transaction is ongoing for the item" })
            }
            (true, _) => {
                json!({ "Code": code, "Message": "Throughput exceeds the current capacity of your table or index." })
            }
        })
        .collect();
    let codes: Vec<&str> = reasons.iter().filter_map(|reason| reason["Code"].as_str()).collect();
    let message =
        format!("Transaction cancelled, please refer cancellation reasons for specific reasons [{}]", codes.join(", "));
    json!({
        "__type": format!("{PREFIX}TransactionCanceledException"), "Message": message, "CancellationReasons": reasons,
    })
}
