//! Describes the API: `GET /openapi.json`, the pages `/`, `/docs` and `/health` (`pages`), and 404 or 405 for every
//! path and method that is no route (`not_found`). It needs no key and reads no table.

mod not_found;
mod pages;

use aws_lambda_events::apigw::ApiGatewayV2httpRequest;
use domain::Error;
use domain::rate_limit::RateLimits;
use edge::http::{self, Request, Response};
use invocation::Invocation;

/// The description of the API.
const OPENAPI: &str = include_str!("../../../docs/openapi.json");

/// Answers one request.
pub async fn handle(event: ApiGatewayV2httpRequest, invocation: Invocation) -> Result<Response, Error> {
    let request = Request::from(event);
    let answer = async {
        match request.route() {
            "GET /" => Ok(pages::index(&request)),
            "GET /docs" => Ok(pages::docs()),
            "GET /health" => Ok(pages::health()),
            "GET /openapi.json" => Ok(http::text(200, "application/json", OPENAPI)),
            _ => Err(not_found::refuse(&request)),
        }
    };
    Ok(http::answer(&RateLimits::default(), &request, &invocation, answer).await)
}
