//! Sorts every SDK error, once, into the few things that a caller can do about it. Drops the SDK's own text: a refused
//! condition carries the item, and items hold secrets.

use std::collections::HashMap;

use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_dynamodb::operation::RequestId;
use aws_sdk_dynamodb::operation::transact_write_items::{TransactWriteItemsError, TransactWriteItemsOutput};
use aws_sdk_dynamodb::types::AttributeValue;
use domain::Error;

/// An item as DynamoDB returns it.
pub(crate) type Item = HashMap<String, AttributeValue>;

/// Throttled, timed out, unreachable or in conflict with a transaction: `Unavailable`, safe to repeat. Anything else
/// is a defect.
pub(crate) fn sort<E, R>(operation: &'static str, error: &SdkError<E, R>) -> Error
where
    E: ProvideErrorMetadata + std::error::Error + 'static,
    SdkError<E, R>: RequestId,
{
    let code = error.code().unwrap_or(match error {
        SdkError::TimeoutError(_) => "Timeout",
        SdkError::DispatchFailure(_) => "DispatchFailure",
        SdkError::ResponseError(_) => "ResponseError",
        _ => "Unknown",
    });
    let request_id = error.request_id().unwrap_or("none");
    let text = format!("{operation}: {code} (AWS request {request_id})");
    match code {
        "Timeout"
        | "DispatchFailure"
        | "ResponseError"
        | "ProvisionedThroughputExceededException"
        | "ThrottlingException"
        | "RequestLimitExceeded"
        | "TransactionConflictException"
        | "InternalServerError"
        | "TransactionInProgressException"
        | "ServiceUnavailable"
        | "TransactionCanceledException"
        | "ReplicatedWriteConflictException" => Error::Unavailable(text),
        _ => Error::Internal(text),
    }
}

/// Why DynamoDB refused one item of a transaction.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Reason {
    /// This item was not refused.
    None,
    /// Its condition did not hold. Carries the item as it was, or `None` if it did not exist.
    Refused(Option<Item>),
    /// Another transaction was at the item.
    Conflict,
    /// Throttled, or another temporary failure.
    Passing,
}

/// The outcome of a transaction: `Ok(Ok(_))` if committed, `Ok(Err(reasons))` by position if cancelled for reasons
/// that the caller can act on.
pub(crate) fn transaction<R>(
    operation: &'static str,
    result: Result<TransactWriteItemsOutput, SdkError<TransactWriteItemsError, R>>,
) -> Result<Result<TransactWriteItemsOutput, Vec<Reason>>, Error>
where
    SdkError<TransactWriteItemsError, R>: RequestId,
{
    let error = match result {
        Ok(output) => return Ok(Ok(output)),
        Err(error) => error,
    };
    let Some(TransactWriteItemsError::TransactionCanceledException(cancelled)) = error.as_service_error() else {
        return Err(sort(operation, &error));
    };
    let reasons: Vec<Reason> = cancelled
        .cancellation_reasons()
        .iter()
        .map(|reason| match reason.code() {
            None | Some("None") => Reason::None,
            Some("ConditionalCheckFailed") => Reason::Refused(reason.item().cloned().filter(|item| !item.is_empty())),
            Some("TransactionConflict") => Reason::Conflict,
            Some(_) => Reason::Passing,
        })
        .collect();
    let broken = cancelled.cancellation_reasons().iter().any(|reason| reason.code() == Some("ValidationError"));
    if broken || reasons.is_empty() {
        Err(Error::Internal(format!("{operation}: ValidationError")))
    } else {
        Ok(Err(reasons))
    }
}
