//! Tells users by push: sends the messages of the queue of pushes to the users' devices (`tell`, `attempts`), and by
//! schedule queues what was put off until now (`deferred`). `publish-events` queues what has just happened,
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

/// What invokes this function.
#[derive(Deserialize)]
#[serde(untagged)]
pub enum Event {
    /// What is to be pushed.
    Queue(SqsEvent),
    /// The schedule of `template.yaml`.
    Scheduled {
        /// `Scheduled Event`.
        #[serde(rename = "detail-type")]
        detail_type: String,
    },
}

/// What it answers.
#[derive(Serialize)]
#[serde(untagged)]
pub enum Answer {
    /// Which messages must come again.
    Queue(SqsBatchResponse),
    /// Nothing to say.
    Done {},
}

/// Handles one batch of messages, or queues what is due.
pub async fn handle(
    environment: &Environment,
    outbox: &Outbox,
    event: Event,
    invocation: Invocation,
) -> Result<Answer, Error> {
    match event {
        Event::Queue(event) => {
            // Once Pinpoint has not answered one, the batch's others do not ask again: they come later anyway.
            let down = AtomicBool::new(false);
            let tell = |message| tell::handle(environment, outbox, message, &down, &invocation);
            let hold_up = |message| tell::postpone(environment, outbox, message);
            Ok(Answer::Queue(queue_batch::settle(&event.records, &invocation, tell, hold_up).await))
        }
        Event::Scheduled { detail_type } => {
            // The next call is the repetition.
            if let Err(error) = invocation.in_time(deferred::call(environment, outbox, &invocation)).await {
                tracing::warn!(schedule = detail_type, error.cause = %error, "not all that is due was put into the queue");
            }
            Ok(Answer::Done {})
        }
    }
}
