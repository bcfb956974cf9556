//! Awards a reward: on request (`POST /v1/rewards`, and `POST /GetReward` of the old Rewards API), for apps that judge
//! eligibility themselves; and from the table's stream, for completed moments whose submission died before its claim.

mod ask;
mod safety_net;

use aws_lambda_events::apigw::ApiGatewayV2httpRequest;
use aws_lambda_events::dynamodb;
use aws_lambda_events::streams::DynamoDbEventResponse;
use serde::{Deserialize, Serialize};
use shared::http::{self, Request, Response};
use shared::{Environment, Error, Invocation, streams};

/// What invokes this function.
#[derive(Deserialize)]
#[serde(untagged)]
pub enum Event {
    /// Completed progress.
    Stream(dynamodb::Event),
    /// A request.
    Http(Box<ApiGatewayV2httpRequest>),
}

/// What it answers.
#[derive(Serialize)]
#[serde(untagged)]
pub enum Answer {
    /// Which records must come again.
    Stream(DynamoDbEventResponse),
    /// The HTTP response.
    Http(Box<Response>),
}

/// Answers one request, or handles one batch of stream records.
pub async fn handle(environment: &Environment, event: Event, invocation: Invocation) -> Result<Answer, Error> {
    match event {
        Event::Stream(event) => {
            let finish = |record| safety_net::finish(environment, record, &invocation);
            Ok(Answer::Stream(streams::settle(&event.records, finish).await))
        }
        Event::Http(event) => {
            let request = Request::from(*event);
            let result = answer(environment, &request, &invocation).await;
            Ok(Answer::Http(Box::new(http::finish(result, &invocation.request_id))))
        }
    }
}

async fn answer(environment: &Environment, request: &Request, invocation: &Invocation) -> Result<Response, Error> {
    match request.route() {
        "POST /v1/rewards" => ask::post_reward(environment, request, invocation).await,
        "POST /GetReward" => ask::get_reward(environment, request, invocation).await,
        route => Err(Error::not_found("route", route)),
    }
}
