//! Publishes what happened, from the table's stream: domain events to the event bus (`publish`), and what users are told by push
//! into the queue of pushes (`queue_pushes`). `send-notification` reads that queue. This is the second and last reader of the
//! stream; it reads and writes no table.

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

/// Handles one batch of stream records. Without a queue nothing is pushed.
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
