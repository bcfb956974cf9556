//! Records that the code panicked over or could not read. They leave the stream, so that they delay no record behind
//! them, and come from a queue of their own. A message holds the item's key only; the truth is in the table.

use aws_lambda_events::dynamodb::EventRecord;
use aws_lambda_events::sqs::SqsMessage;
use domain::Error;
use invocation::Invocation;
use outbound_queue::{Message, Queue};
use rewarding::Environment;
use store::record::{self, ItemKey};

/// Queues a record. A record that comes twice is queued twice, which costs a read.
pub(crate) async fn put(aside: &Queue, record: &EventRecord) -> Result<(), Error> {
    let body = serde_json::to_string(&record::item_key(record));
    let body = body.map_err(|error| Error::Internal(format!("cannot queue: {error}")))?;
    aside.send(&[Message { body, group: None, deduplication: None, delay_seconds: 0 }]).await
}

/// Does all that the stream would have done, with the item as it is now. Every part of it reads the table first, so the
/// age of the message and repetitions do not matter.
pub(crate) async fn handle(
    environment: &Environment,
    message: &SqsMessage,
    invocation: &Invocation,
) -> Result<(), Error> {
    let body = message.body.as_deref().unwrap_or_default();
    let key: ItemKey = serde_json::from_str(body).map_err(|error| {
        Error::Internal(format!("a message of the queue cannot be read: column {}", error.column()))
    })?;
    // The user was erased.
    let Some(record) = record::of_item(&environment.store, &key).await? else { return Ok(()) };
    crate::handle_records(environment, &[record], invocation).await.into_result()
}
