//! The Lambda authorizer of the HTTP API: who does the key in `x-api-key` stand for? API Gateway remembers the answer
//! for 60 seconds and hands it to the functions; what the key may do there is each route's own check.

use aws_lambda_events::apigw::ApiGatewayV2CustomAuthorizerV2Request;
use domain::Error;
use domain::identity::Caller;
use domain::rate_limit::RateLimit;
use domain::secret::ApiKey;
use invocation::Invocation;
use serde::Serialize;
use serde_json::{Value, json};
use store::Environment;
use store::{apps, keys};

/// Answers with the caller as context. A key that nobody has passes, too, without a caller: the function that it reaches answers
/// 401 before it does anything (`http::answer`). API Gateway answers a refusal with 403, and what it makes of an error of the
/// authorizer of an HTTP API is documented for no error but 500.
pub async fn handle(
    environment: &Environment,
    event: ApiGatewayV2CustomAuthorizerV2Request,
    invocation: Invocation,
) -> Result<Value, Error> {
    let key = event.headers.get("x-api-key").and_then(|key| key.to_str().ok()).unwrap_or_default();
    let key = ApiKey::new(key);
    // Text that is no key costs no read.
    let caller =
        if key.is_well_formed() { invocation.in_time(find(environment, &key, &invocation)).await? } else { None };
    match caller {
        Some(known) => Ok(json!({ "isAuthorized": true, "context": known })),
        None => {
            tracing::info!(request.id = invocation.request_id, "unknown key");
            Ok(json!({ "isAuthorized": true, "context": { "unknown_key": true } }))
        }
    }
}

/// What the functions are told: flat, as API Gateway wants a context to be.
#[derive(Serialize)]
struct Known {
    #[serde(flatten)]
    caller: Caller,
    #[serde(flatten)]
    rate_limit: RateLimit,
}

/// Who the key stands for, and how much it may do: as its app says, or for the operator's key as if no app said anything.
async fn find(environment: &Environment, key: &ApiKey, invocation: &Invocation) -> Result<Option<Known>, Error> {
    let store = &environment.store;
    let Some(caller) = keys::find(store, &key.hash(), invocation.now).await? else { return Ok(None) };
    let app = match &caller.app_id {
        Some(app) => apps::get(store, app).await?,
        None => None,
    };
    Ok(Some(Known { caller, rate_limit: app.map(|app| app.rate_limit).unwrap_or_default() }))
}
