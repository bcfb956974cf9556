//! Does what must follow a write, even if the writer died. From the table's stream it finishes claims
//! (`unfinished_claims`), serves the waiting line (`waiting_line`), follows up refunds (`refunds`) and keeps reports
//! (`report_updates`). By schedule it expires rewards (`expiry`) and begins the days of capped campaigns (`new_day`).

mod expiry;
mod new_day;
mod refunds;
mod report_updates;
mod set_aside;
mod unfinished_claims;
mod waiting_line;

use aws_lambda_events::dynamodb::{self, EventRecord};
use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent};
use aws_lambda_events::streams::DynamoDbEventResponse;
use domain::Error;
use domain::campaign::Cap;
use domain::reward::RewardState;
use invocation::Invocation;
use outbound_queue::{Queue, queue_batch};
use rewarding::Environment;
use serde::{Deserialize, Serialize};
use store::schema::Key;
use store::{record, reward_groups, rewards};
use tokio::time::Instant;
use triggers::streams::{self, Failures};

/// Invokes this function.
#[derive(Deserialize)]
#[serde(untagged)]
pub enum Event {
    /// Records of the stream. First, because a record also reads as a message.
    Stream(dynamodb::Event),
    /// Records that were set aside.
    Queue(SqsEvent),
    /// A schedule of `template.yaml`.
    Scheduled {
        /// The schedule's task.
        errand: Errand,
    },
}

/// The task of a schedule.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Errand {
    /// Serves the lines of campaigns whose day has begun.
    NewDay,
    /// Expires rewards.
    Expiry,
}

/// The function's answer.
#[derive(Serialize)]
#[serde(untagged)]
pub enum Answer {
    /// Records to deliver again.
    Stream(DynamoDbEventResponse),
    /// Messages to deliver again.
    Queue(SqsBatchResponse),
    /// The answer to a schedule.
    Done {},
}

/// Handles one batch of stream records or of records that were set aside, or one errand of a schedule.
pub async fn handle(
    environment: &Environment,
    aside: &Queue,
    event: Event,
    invocation: Invocation,
) -> Result<Answer, Error> {
    match event {
        Event::Stream(event) => {
            let failures = handle_records(environment, &event.records, &invocation).await;
            let set_aside = |record| set_aside::put(aside, record);
            Ok(Answer::Stream(streams::conclude(&event.records, &invocation, failures, set_aside).await))
        }
        Event::Queue(event) => {
            let handle = |message| set_aside::handle(environment, message, &invocation);
            let hold_up = |_| std::future::ready(());
            Ok(Answer::Queue(queue_batch::settle(&event.records, &invocation, handle, hold_up).await))
        }
        Event::Scheduled { errand } => {
            let done = match errand {
                Errand::NewDay => invocation.in_time(new_day::begin(environment, &invocation)).await,
                Errand::Expiry => invocation.in_time(expiry::sweep(environment, &invocation)).await.map(drop),
            };
            // The next call repeats it.
            if let Err(error) = done {
                tracing::warn!(schedule = ?errand, error.cause = %error, "a schedule's errand was not finished");
            }
            Ok(Answer::Done {})
        }
    }
}

/// Handles a batch of records. A failure of one record stops no other.
async fn handle_records(environment: &Environment, records: &[EventRecord], invocation: &Invocation) -> Failures {
    let (got, mut failures) = (Instant::now(), Failures::default());
    // First, because serving a long line may take all the time. If it fails, the rest is done all the same.
    report_updates::count(environment, records, invocation, &mut failures).await;
    refunds::follow(environment, records, invocation, &mut failures).await;
    let handle = |record| handle_record(environment, record, got, invocation);
    streams::handle_each(records, invocation, &mut failures, handle).await;
    failures
}

/// Handles one record, by the kind of item that changed.
async fn handle_record(
    environment: &Environment,
    record: &EventRecord,
    got: Instant,
    invocation: &Invocation,
) -> Result<(), Error> {
    let Some((key, image)) = record::new_image(record)? else { return Ok(()) };
    match &key {
        Key::Progress(..) => unfinished_claims::finish(environment, &key, record, invocation).await,
        Key::Reward(..) | Key::ErasedReward(_) => {
            let reward = rewards::read(image)?;
            match reward.state {
                RewardState::Waiting => waiting_line::look_once_more(environment, &reward, got, invocation).await,
                _ => expiry::note(environment, &reward).await,
            }
        }
        Key::RewardGroup(app, group) => {
            let restocked_at = reward_groups::read_restocked_at(&image);
            waiting_line::serve_group(environment, app, group, restocked_at, invocation).await
        }
        // A day has its first award: those who waited for the day go before others.
        Key::CapBudget(app, campaign, Cap::Day(_)) | Key::Campaign(app, campaign) => {
            waiting_line::serve_campaign(environment, app, campaign, invocation).await
        }
        _ => Ok(()),
    }
}
