//! Sends pushes to users: takes the messages of the queue of pushes to the users' devices (`tell`, `attempts`), and by
//! schedule queues the deferred messages that are due (`deferred`). `publish-events` queues what has just happened,
//! `announce-campaign` announces challenges, and `manage-users` shows messages in the app.

mod attempts;
mod deferred;
mod tell;

use std::sync::atomic::AtomicBool;

use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent};
use domain::Error;
use invocation::Invocation;
use outbound_push::outbox::Outbox;
use outbound_queue::queue_batch;
use serde::{Deserialize, Serialize};
use store::Environment;

/// The events that invoke this function.
#[derive(Deserialize)]
#[serde(untagged)]
pub enum Event {
    /// Messages to push.
    Queue(SqsEvent),
    /// The schedule of `template.yaml`.
    Scheduled {
        /// `Scheduled Event`.
        #[serde(rename = "detail-type")]
        detail_type: String,
    },
}

/// The answer to each kind of event.
#[derive(Serialize)]
#[serde(untagged)]
pub enum Answer {
    /// The messages that must come again.
    Queue(SqsBatchResponse),
    /// The empty answer to the schedule.
    Done {},
}

/// Handles one batch of messages, or queues the messages that are due.
pub async fn handle(
    environment: &Environment,
    outbox: &Outbox,
    event: Event,
    invocation: Invocation,
) -> Result<Answer, Error> {
    match event {
        Event::Queue(event) => {
            // Once Pinpoint has not answered one message, the batch's others make no call: they come again anyway.
            let down = AtomicBool::new(false);
            let tell = |message| tell::handle(environment, outbox, message, &down, &invocation);
            let hold_up = |message| tell::postpone(environment, outbox, message);
            Ok(Answer::Queue(queue_batch::settle(&event.records, &invocation, tell, hold_up).await))
        }
        Event::Scheduled { detail_type } => {
            // The next call of the schedule is the repetition.
            if let Err(error) = invocation.in_time(deferred::call(environment, outbox, &invocation)).await {
                tracing::warn!(schedule = detail_type, error.cause = %error, "not all that is due was put into the queue");
            }
            Ok(Answer::Done {})
        }
    }
}
