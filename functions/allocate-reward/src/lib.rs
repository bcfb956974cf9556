//! Awards a reward: on request (`POST /v1/rewards`, and `POST /GetReward` of the old Rewards API), for apps that judge
//! eligibility themselves; and from the table's stream, for completed moments whose submission died before its claim,
//! and for those who wait when there is something to give again: also what expired or was taken back. The stream's reader keeps the
//! campaigns' reports, too.

mod ask;
mod expiry;
mod figures;
mod new_day;
mod refund;
mod safety_net;
mod waiting_line;

use aws_lambda_events::apigw::ApiGatewayV2httpRequest;
use aws_lambda_events::dynamodb::{self, EventRecord};
use aws_lambda_events::streams::DynamoDbEventResponse;
use serde::{Deserialize, Serialize};
use shared::campaign::Cap;
use shared::http::{self, Request, Response};
use shared::reward::RewardState;
use shared::store::schema::Key;
use shared::store::{record, reward_groups, rewards};
use shared::{Environment, Error, Invocation, streams};
use tokio::time::Instant;

/// What invokes this function.
#[derive(Deserialize)]
#[serde(untagged)]
pub enum Event {
    /// Completed progress, and what concerns those who wait.
    Stream(dynamodb::Event),
    /// The schedule of `template.yaml`.
    Scheduled {
        /// Which.
        errand: Errand,
    },
    /// A request.
    Http(Box<ApiGatewayV2httpRequest>),
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
    /// Nothing to say.
    Done {},
    /// The HTTP response.
    Http(Box<Response>),
}

/// Answers one request, or handles one batch of stream records.
pub async fn handle(environment: &Environment, event: Event, invocation: Invocation) -> Result<Answer, Error> {
    match event {
        Event::Stream(event) => {
            let got = Instant::now();
            // First, because serving a long line takes all the time that there is; and whatever comes of it, the rest is done.
            let counted = invocation.in_time(figures::count(environment, &event.records, &invocation)).await;
            let again = streams::all_or_none(&event.records, counted);
            if let Err(error) = invocation.in_time(refund::follow(environment, &event.records, &invocation)).await {
                return Ok(Answer::Stream(streams::all_or_none(&event.records, Err(error))));
            }
            let handle = |record| handle_record(environment, record, got, &invocation);
            let settled = streams::settle(&event.records, &invocation, handle).await;
            Ok(Answer::Stream(if again.batch_item_failures.is_empty() { settled } else { again }))
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
        Event::Http(event) => {
            let request = Request::from(*event);
            let response =
                http::answer(environment, &request, &invocation, answer(environment, &request, &invocation)).await;
            Ok(Answer::Http(Box::new(response)))
        }
    }
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
        Key::Progress(..) => safety_net::finish(environment, &key, record, invocation).await,
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

async fn answer(environment: &Environment, request: &Request, invocation: &Invocation) -> Result<Response, Error> {
    match request.route() {
        "POST /v1/rewards" => ask::post_reward(environment, request, invocation).await,
        "POST /GetReward" => ask::get_reward(environment, request, invocation).await,
        route => Err(Error::not_found("route", route)),
    }
}
