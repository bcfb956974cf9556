//! Tells users by push: what the table's stream shows to have happened is put into the queue of pushes (`route`), the queue's
//! messages are sent to the users' devices (`tell`, `attempts`), and what was put off until later is put into the queue when it is due
//! (`later`). What the stream's records tell besides is published as domain events (`publish`). Announcing a challenge to everybody
//! is another function's business, and so is showing messages in the app.

mod attempts;
mod domain_events;
mod later;
mod publish;
mod route;
mod tell;

use std::sync::atomic::AtomicBool;

use aws_lambda_events::dynamodb;
use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent};
use aws_lambda_events::streams::DynamoDbEventResponse;
use domain::Error;
use invocation::Invocation;
use outbound_events::EventBus;
use outbound_push::ways::Ways;
use outbound_queue::queue_batch;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use store::Environment;
use triggers::streams;

/// What invokes this function.
pub enum Event {
    /// What happened to users, from the table's stream.
    Stream(dynamodb::Event),
    /// What is to be pushed.
    Queue(SqsEvent),
    /// The schedule of `template.yaml`.
    Scheduled,
}

impl<'de> Deserialize<'de> for Event {
    /// Records of a stream and messages of a queue look alike from afar: each says where it comes from.
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let event = Value::deserialize(deserializer)?;
        let source = event["Records"][0]["eventSource"].as_str().unwrap_or_default();
        let read = match source {
            "aws:sqs" => serde_json::from_value(event).map(Self::Queue),
            _ if event.get("Records").is_some() => serde_json::from_value(event).map(Self::Stream),
            _ => Ok(Self::Scheduled),
        };
        read.map_err(serde::de::Error::custom)
    }
}

/// What it answers.
#[derive(Serialize)]
#[serde(untagged)]
pub enum Answer {
    /// Which records must come again.
    Stream(DynamoDbEventResponse),
    /// Which messages must.
    Queue(SqsBatchResponse),
    /// Nothing to say.
    Done {},
}

/// Handles one batch of either, or what is due.
pub async fn handle(
    environment: &Environment,
    ways: &Ways,
    bus: &EventBus,
    event: Event,
    invocation: Invocation,
) -> Result<Answer, Error> {
    match event {
        Event::Stream(event) => {
            let routed = invocation.in_time(route::route(ways, &event.records, &invocation)).await;
            let routed = streams::all_or_none(&event.records, routed);
            Ok(Answer::Stream(publish::after(bus, &event.records, routed, &invocation).await))
        }
        Event::Queue(event) => {
            // Once Pinpoint has not answered one, the batch's others do not ask again: they come later anyway.
            let down = AtomicBool::new(false);
            let tell = |message| tell::handle(environment, ways, message, &down, &invocation);
            let hold_up = |message| tell::postpone(environment, ways, message);
            Ok(Answer::Queue(queue_batch::settle(&event.records, &invocation, tell, hold_up).await))
        }
        Event::Scheduled => {
            // The next call is the repetition.
            if let Err(error) = invocation.in_time(later::call(environment, ways, &invocation)).await {
                tracing::warn!(error.cause = %error, "not all that is due was put into the queue");
            }
            Ok(Answer::Done {})
        }
    }
}
