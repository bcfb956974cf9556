//! Publishes the domain events of a batch of stream records, after its pushes are queued. A failure of one does not
//! stop the other.

use aws_lambda_events::dynamodb::EventRecord;
use aws_lambda_events::streams::{DynamoDbBatchItemFailure, DynamoDbEventResponse};
use domain::event::DomainEvent;
use invocation::Invocation;
use outbound_events::{EventBus, Unpublished};

use crate::domain_events;

/// Publishes the events of all records up to and with the first that must come again: if its push is never queued and
/// the record is given up, its events are published all the same. Comes after the pushes, so that a bus that is down
/// stops no push. A record that comes again pushes nothing twice, because results of pushes are noted. An event that is
/// published again has the same id.
pub(crate) async fn after(
    bus: &EventBus,
    records: &[EventRecord],
    pushed: DynamoDbEventResponse,
    invocation: &Invocation,
) -> DynamoDbEventResponse {
    let again = pushed.batch_item_failures.first().and_then(|failure| failure.item_identifier.clone());
    let is_again = |record: &EventRecord| again.is_some() && record.change.sequence_number == again;
    let until = records.iter().position(is_again).map_or(records.len(), |position| position + 1);
    let (mut positions, mut events) = (Vec::new(), Vec::new());
    for (position, record) in records[..until].iter().enumerate() {
        let of_record = events_of(record, invocation).await;
        positions.extend(of_record.iter().map(|_| position));
        events.extend(of_record);
    }
    // Also if no time is left: nothing has to come again.
    if events.is_empty() || matches!(bus, EventBus::Off) {
        return pushed;
    }
    let published = async { Ok(bus.publish(&events).await) };
    let Unpublished { first, error } = match invocation.in_time(published).await {
        Ok(Ok(())) => return pushed,
        Ok(Err(unpublished)) => unpublished,
        Err(error) => Unpublished { first: 0, error },
    };
    let sequence = positions.get(first).and_then(|position| records[*position].change.sequence_number.clone());
    tracing::warn!(stream.sequence = sequence.as_deref(), error.cause = %error, "events will be published again");
    let mut failure = DynamoDbBatchItemFailure::default();
    failure.item_identifier = sequence;
    let mut response = DynamoDbEventResponse::default();
    response.batch_item_failures.push(failure);
    response
}

/// Returns the events of one record; none if it cannot be read, so that it delays no other.
async fn events_of(record: &EventRecord, invocation: &Invocation) -> Vec<DomainEvent> {
    let events = invocation.contained(async { domain_events::of_record(record) }).await;
    events.unwrap_or_else(|error| {
        let sequence = record.change.sequence_number.as_deref();
        tracing::error!(stream.sequence = sequence, error.cause = %error, "a record's events cannot be told");
        Vec::new()
    })
}
