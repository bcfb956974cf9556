//! Follows the table's stream, with what must happen after a write although the writer may have died: it finishes completed
//! moments whose submission died before its claim (`unfinished_claims`), serves those who wait (`waiting_line`), follows up
//! refunds (`refunds`) and keeps the campaigns' reports (`report_updates`). By schedule, rewards expire (`expiry`) and capped
//! campaigns begin a new day (`new_day`).

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

/// What invokes this function.
#[derive(Deserialize)]
#[serde(untagged)]
pub enum Event {
    /// Completed progress, and what concerns those who wait. First, because a record of the stream reads as a message, too.
    Stream(dynamodb::Event),
    /// Records that were set aside.
    Queue(SqsEvent),
    /// The schedule of `template.yaml`.
    Scheduled {
        /// Which.
        errand: Errand,
    },
}

/// What a schedule wants.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Errand {
    /// Lines that a new day has something for.
    NewDay,
    /// Rewards whose time is over.
    Expiry,
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
            // The next call is the repetition.
            if let Err(error) = done {
                tracing::warn!(schedule = ?errand, error.cause = %error, "a schedule's errand was not finished");
            }
            Ok(Answer::Done {})
        }
    }
}

/// Does all that a batch of records asks for. What is wrong with one record keeps none of the others from being handled.
async fn handle_records(environment: &Environment, records: &[EventRecord], invocation: &Invocation) -> Failures {
    let (got, mut failures) = (Instant::now(), Failures::default());
    // First, because serving a long line takes all the time that there is; and whatever comes of it, the rest is done.
    report_updates::count(environment, records, invocation, &mut failures).await;
    refunds::follow(environment, records, invocation, &mut failures).await;
    let handle = |record| handle_record(environment, record, got, invocation);
    streams::handle_each(records, invocation, &mut failures, handle).await;
    failures
}

/// Which of the stream's errands a record is, by the item that changed.
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
        // The first one of a day is here: before others come, those who have waited for it.
        Key::CapBudget(app, campaign, Cap::Day(_)) | Key::Campaign(app, campaign) => {
            waiting_line::serve_campaign(environment, app, campaign, invocation).await
        }
        _ => Ok(()),
    }
}
