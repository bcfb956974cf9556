//! Publishes the domain events that a batch of stream records tells. The queue of pushes comes first, and neither waits for what
//! the other comes to.

use aws_lambda_events::dynamodb::EventRecord;
use aws_lambda_events::streams::{DynamoDbBatchItemFailure, DynamoDbEventResponse};
use domain::event::DomainEvent;
use invocation::Invocation;
use outbound_events::{EventBus, Unpublished};

use crate::domain_events;

/// Publishes what the records tell up to the first that must come again anyway, that one included: should its push never be
/// settled and the record be given up, its events are told all the same. Comes after the pushes, so that a bus which is out
/// of order keeps no push of the batch; a record that comes again because of it pushes nothing twice, because what was
/// pushed is noted. An event that is published again has the same id.
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
    // Not even if no time is left: there is nothing that would have to come again.
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

/// The events of one record. One that cannot be read never will be, and holds up no other.
async fn events_of(record: &EventRecord, invocation: &Invocation) -> Vec<DomainEvent> {
    let events = invocation.contained(async { domain_events::of_record(record) }).await;
    events.unwrap_or_else(|error| {
        let sequence = record.change.sequence_number.as_deref();
        tracing::error!(stream.sequence = sequence, error.cause = %error, "a record's events cannot be told");
        Vec::new()
    })
}
