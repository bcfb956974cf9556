//! The Lambda authorizer of the HTTP API: who does the key in `x-api-key` stand for? API Gateway remembers the answer
//! for 60 seconds and hands it to the functions; what the key may do there is each route's own check.

use aws_lambda_events::apigw::ApiGatewayV2CustomAuthorizerV2Request;
use serde_json::{Value, json};
use shared::secret::ApiKey;
use shared::store::keys;
use shared::{Environment, Error, Invocation};

/// Answers with the caller as context. An unknown key is an error and not a refusal: API Gateway answers a refusal with
/// 403, and an error whose message is `Unauthorized` with 401.
pub async fn handle(
    environment: &Environment,
    event: ApiGatewayV2CustomAuthorizerV2Request,
    invocation: Invocation,
) -> Result<Value, Error> {
    let key = event.headers.get("x-api-key").and_then(|key| key.to_str().ok()).unwrap_or_default();
    let key = ApiKey::new(key);
    // Text that is no key costs no read.
    let caller = if key.is_well_formed() {
        invocation.in_time(keys::find(&environment.store, &key.hash())).await?
    } else {
        None
    };
    match caller {
        Some(caller) => Ok(json!({ "isAuthorized": true, "context": caller })),
        None => {
            tracing::info!(request.id = invocation.request_id, "unknown key");
            Err(Error::Unauthenticated)
        }
    }
}
