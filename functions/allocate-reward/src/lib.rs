//! Awards a reward on request, for apps that judge eligibility themselves: `POST /v1/rewards`, and `POST /GetReward` of
//! the old Rewards API. `follow-rewards` handles rewards after that.

mod post_rewards;

use aws_lambda_events::apigw::ApiGatewayV2httpRequest;
use domain::Error;
use edge::http::{self, Request, Response};
use invocation::Invocation;
use rewarding::Environment;

/// Answers one request.
pub async fn handle(
    environment: &Environment,
    event: ApiGatewayV2httpRequest,
    invocation: Invocation,
) -> Result<Response, Error> {
    let request = Request::from(event);
    Ok(http::answer(&environment.rate_limits, &request, &invocation, answer(environment, &request, &invocation)).await)
}

async fn answer(environment: &Environment, request: &Request, invocation: &Invocation) -> Result<Response, Error> {
    match request.route() {
        "POST /v1/rewards" => post_rewards::post_reward(environment, request, invocation).await,
        "POST /GetReward" | "POST /getReward" => post_rewards::get_reward(environment, request, invocation).await,
        route => Err(Error::not_found("route", route)),
    }
}
