//! Records that the stream could not hand on, because the code panicked over them or could not read what they tell: they leave the
//! stream, so that they hold up nobody behind them, and come from a queue of their own. A message says where the item stands, and
//! the truth is in the table.

use aws_lambda_events::dynamodb::EventRecord;
use aws_lambda_events::sqs::SqsMessage;
use domain::Error;
use invocation::Invocation;
use outbound_queue::{Message, Queue};
use rewarding::Environment;
use store::record::{self, ItemKey};

/// Puts a record into the queue. A record that comes twice is there twice, which costs a look.
pub(crate) async fn put(aside: &Queue, record: &EventRecord) -> Result<(), Error> {
    let body = serde_json::to_string(&record::item_key(record));
    let body = body.map_err(|error| Error::Internal(format!("cannot queue: {error}")))?;
    aside.send(&[Message { body, group: None, deduplication: None, delay_seconds: 0 }]).await
}

/// Handles what a record told, by its item as it is now: all that the stream would have done. Every part of it looks at the table
/// first, so it does not matter how old the message is, or how often it comes.
pub(crate) async fn handle(
    environment: &Environment,
    message: &SqsMessage,
    invocation: &Invocation,
) -> Result<(), Error> {
    let body = message.body.as_deref().unwrap_or_default();
    let key: ItemKey = serde_json::from_str(body).map_err(|error| {
        Error::Internal(format!("a message of the queue cannot be read: column {}", error.column()))
    })?;
    // Gone: its user was erased.
    let Some(record) = record::of_item(&environment.store, &key).await? else { return Ok(()) };
    crate::handle_records(environment, &[record], invocation).await.into_result()
}
