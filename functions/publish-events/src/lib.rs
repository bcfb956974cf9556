//! Publishes what the table's stream shows: domain events on the event bus (`domain_events`, `publish`), and messages
//! in the queue of pushes (`queue_pushes`), which `send-notification` sends. It is the second and last reader of the
//! stream, and does not access the table.

mod competitions;
mod domain_events;
mod publish;
mod queue_pushes;

use aws_lambda_events::dynamodb::Event;
use aws_lambda_events::streams::DynamoDbEventResponse;
use domain::Error;
use invocation::Invocation;
use outbound_events::EventBus;
use outbound_queue::Queue;
use triggers::streams;

/// Handles one batch of stream records. Without a queue it pushes nothing.
pub async fn handle(
    pushes: Option<&Queue>,
    bus: &EventBus,
    event: Event,
    invocation: Invocation,
) -> Result<DynamoDbEventResponse, Error> {
    let records = &event.records;
    let queued = match pushes {
        Some(pushes) => invocation.in_time(queue_pushes::queue(pushes, records, &invocation)).await,
        None => Ok(()),
    };
    let queued = streams::all_or_none(records, queued);
    Ok(publish::after(bus, records, queued, &invocation).await)
}
