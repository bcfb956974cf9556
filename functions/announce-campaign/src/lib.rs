//! Announces a campaign to its audience: on request (`announcements_api`), or because a challenge has begun
//! (`auto_announce`). Each part of the audience is a message of the queue, handled page by page (`audience_shard`,
//! `audience_page`), so a million users take no more memory than a hundred, and a crash costs at most a page. A user is
//! announced to at most once.

mod announcements_api;
mod audience_page;
mod audience_shard;
mod auto_announce;

use aws_lambda_events::apigw::ApiGatewayV2httpRequest;
use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent};
use domain::Error;
use edge::http::{self, Request, Response};
use invocation::Invocation;
use outbound_push::outbox::Outbox;
use outbound_queue::queue_batch;
use serde::{Deserialize, Serialize};
use store::Environment;
use triggers::schedule::Scheduled;

/// The events that invoke this function.
#[derive(Deserialize)]
#[serde(untagged)]
pub enum Event {
    /// Parts of an audience.
    Queue(SqsEvent),
    /// The schedule of `template.yaml`.
    Scheduled(Scheduled),
    /// A request.
    Http(Box<ApiGatewayV2httpRequest>),
}

/// The answer to each kind of event.
#[derive(Serialize)]
#[serde(untagged)]
pub enum Answer {
    /// The messages that must come again.
    Queue(SqsBatchResponse),
    /// The empty answer to the schedule.
    Done {},
    /// The HTTP response.
    Http(Box<Response>),
}

/// Answers one request, handles a batch of the queue, or makes one call of the schedule.
pub async fn handle(
    environment: &Environment,
    outbox: &Outbox,
    event: Event,
    invocation: Invocation,
) -> Result<Answer, Error> {
    match event {
        Event::Queue(event) => {
            let tell = |message| audience_shard::tell(environment, outbox, message, &invocation);
            let hold_up = |_| std::future::ready(());
            Ok(Answer::Queue(queue_batch::settle(&event.records, &invocation, tell, hold_up).await))
        }
        Event::Scheduled(schedule) => {
            schedule.conclude(invocation.in_time(auto_announce::look(environment, outbox, &invocation)).await);
            Ok(Answer::Done {})
        }
        Event::Http(event) => {
            let request = Request::from(*event);
            let answer = announcements_api::answer(environment, outbox, &request, &invocation);
            Ok(Answer::Http(Box::new(http::answer(&environment.rate_limits, &request, &invocation, answer).await)))
        }
    }
}
