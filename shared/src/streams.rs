//! DynamoDB stream batches: handing each record to a function's code and telling Lambda where to go on. This is the
//! second of the two translations of an error: into a retry, or into a record that is given up with a log line.

use aws_lambda_events::dynamodb::EventRecord;
use aws_lambda_events::streams::{DynamoDbBatchItemFailure, DynamoDbEventResponse};

use crate::error::Error;
use crate::runtime::Invocation;

/// What Lambda is told of records that were handled all at once: if that failed, all of them come again.
pub fn all_or_none(records: &[EventRecord], handled: Result<(), Error>) -> DynamoDbEventResponse {
    let mut response = DynamoDbEventResponse::default();
    if let (Err(error), Some(first)) = (handled, records.first()) {
        let sequence = first.change.sequence_number.clone();
        tracing::warn!(stream.sequence = sequence.as_deref(), error.cause = %error, "batch will be retried");
        let mut failure = DynamoDbBatchItemFailure::default();
        failure.item_identifier = sequence;
        response.batch_item_failures.push(failure);
    }
    response
}

/// Handles the records in order and stops at the first that must come again: Lambda then redelivers from there on,
/// later ones included, so handling has to be idempotent. An error that no repetition can mend is logged and passed
/// over, so that it does not hold up the shard. Near the deadline no further record is begun: the rest comes again.
pub async fn settle<'a, F>(
    records: &'a [EventRecord],
    invocation: &Invocation,
    mut handle: impl FnMut(&'a EventRecord) -> F,
) -> DynamoDbEventResponse
where
    F: Future<Output = Result<(), Error>>,
{
    let mut response = DynamoDbEventResponse::default();
    for record in records {
        let Err(error) = invocation.in_time(handle(record)).await else { continue };
        let sequence = record.change.sequence_number.clone();
        match error {
            Error::Unavailable(_) | Error::Internal(_) => {
                tracing::warn!(stream.sequence = sequence.as_deref(), error.cause = %error, "record will be retried");
                let mut failure = DynamoDbBatchItemFailure::default();
                failure.item_identifier = sequence;
                response.batch_item_failures.push(failure);
                break;
            }
            _ => {
                tracing::error!(stream.sequence = sequence.as_deref(), error.cause = %error, "record cannot be handled")
            }
        }
    }
    response
}
