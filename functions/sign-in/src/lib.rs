//! Signs people in through an identity provider (OpenID Connect, code with PKCE): `provider` has how the operator sets
//! it up, `flow` how a sign-in begins and is completed, `person` what it makes of the person. No other function speaks
//! with a provider.

mod flow;
mod person;
mod provider;

use aws_lambda_events::apigw::ApiGatewayV2httpRequest;
use domain::Error;
use edge::http::{self, Request, Response};
use invocation::Invocation;
use outbound_identity::IdentityClient;
use store::Environment;

/// Answers one request.
pub async fn handle(
    environment: &Environment,
    identity: &IdentityClient,
    event: ApiGatewayV2httpRequest,
    invocation: Invocation,
) -> Result<Response, Error> {
    let request = Request::from(event);
    let context = Context { environment, identity, request: &request, invocation: &invocation };
    Ok(http::answer(&environment.rate_limits, &request, &invocation, answer(context)).await)
}

/// The context of every route.
#[derive(Clone, Copy)]
struct Context<'a> {
    environment: &'a Environment,
    identity: &'a IdentityClient,
    request: &'a Request,
    invocation: &'a Invocation,
}

async fn answer(context: Context<'_>) -> Result<Response, Error> {
    match context.request.route() {
        "PUT /v1/identity-provider" => Box::pin(provider::put(context)).await,
        "GET /v1/identity-provider" => provider::get(context).await,
        "DELETE /v1/identity-provider" => provider::delete(context).await,
        "GET /v1/sign-in-options" => flow::options(context).await,
        "POST /v1/sign-ins" => Box::pin(flow::begin(context)).await,
        "POST /v1/sign-ins/complete" => Box::pin(flow::complete(context)).await,
        route => Err(Error::not_found("route", route)),
    }
}
