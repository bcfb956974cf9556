//! The Lambda authorizer of the HTTP API: finds the caller whose key or session is in `x-api-key`, or on the routes of users' own
//! tokens the user whose token is in `Authorization`. API Gateway remembers the answer for 60 seconds by that header
//! and passes it to the functions. Each route checks for itself what the caller may do.

mod people;
mod token;

use aws_lambda_events::apigw::ApiGatewayV2CustomAuthorizerV2Request;
use domain::Error;
use domain::identity::{Caller, Standing};
use domain::rate_limit::RateLimit;
use domain::secret::{ApiKey, SessionKey};
use edge::own_routes;
use invocation::Invocation;
use serde::Serialize;
use serde_json::{Value, json};
use store::Environment;
use store::{apps, keys};

/// Answers with the caller as context. An unknown key passes, too, without a caller: the function that it reaches
/// answers 401 before it does anything (`http::answer`). API Gateway answers a refusal with 403, and its documentation
/// names only the status 500 for an error of an HTTP API's authorizer.
pub async fn handle(
    environment: &Environment,
    event: ApiGatewayV2CustomAuthorizerV2Request,
    invocation: Invocation,
) -> Result<Value, Error> {
    let header = |name: &str| event.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if own_routes::is_own(event.route_key.as_deref().unwrap_or_default()) {
        let judged = token::judge(&environment.store, header("authorization"), &invocation);
        return Ok(json!({ "isAuthorized": true, "context": invocation.in_time(judged).await? }));
    }
    let (key, session) = (ApiKey::new(header("x-api-key")), SessionKey::new(header("x-api-key")));
    // Malformed text costs no read.
    let caller = if key.is_well_formed() {
        invocation.in_time(of_key(environment, &key, &invocation)).await?
    } else if session.is_well_formed() {
        invocation.in_time(people::of_session(environment, &session, &invocation)).await?
    } else {
        None
    };
    match caller {
        Some(known) => Ok(json!({ "isAuthorized": true, "context": known })),
        None => {
            tracing::info!(request.id = invocation.request_id, "unknown key");
            Ok(json!({ "isAuthorized": true, "context": { "unknown_key": true } }))
        }
    }
}

/// The context for the functions: flat, as API Gateway requires.
#[derive(Serialize)]
struct Known {
    #[serde(flatten)]
    caller: Caller,
    #[serde(flatten)]
    rate_limit: RateLimit,
    #[serde(flatten)]
    standing: Option<Standing>,
}

/// Returns the caller of a key and the rate limit: its app's, or the default for the keys of the operator and of people.
async fn of_key(environment: &Environment, key: &ApiKey, invocation: &Invocation) -> Result<Option<Known>, Error> {
    let store = &environment.store;
    let Some(caller) = keys::find(store, &key.hash(), invocation.now).await? else { return Ok(None) };
    if let Some(person) = &caller.person {
        return people::known(store, person, caller.clone(), None).await;
    }
    let app = match &caller.app_id {
        Some(app) => apps::get(store, app).await?,
        None => None,
    };
    let rate_limit = app.map(|app| app.rate_limit).unwrap_or_default();
    Ok(Some(Known { caller, rate_limit, standing: None }))
}
