//! Stands in for users' own tokens, until the API has them: a token here is the user's id, unsigned, and these routes are
//! the app's routes for that user.

use axum::body::{Body, Bytes};
use axum::extract::{Path, State};
use axum::http::{HeaderMap, Method, Response, StatusCode, Uri};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};

use super::{no_bank, request};
use crate::server::{Endpoints, plain, respond};

/// Returns a token of the user.
pub(super) fn token(user: &str) -> String {
    format!("e30.{}.", URL_SAFE_NO_PAD.encode(json!({ "sub": user }).to_string()))
}

fn user_of(headers: &HeaderMap) -> Option<String> {
    let token = headers.get("authorization")?.to_str().ok()?.split('.').nth(1)?;
    let claims: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(token).ok()?).ok()?;
    claims["sub"].as_str().map(str::to_owned)
}

/// Answers a call of the user of the token.
pub(super) async fn call(
    State(endpoints): State<Endpoints>,
    Path(path): Path<String>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response<Body> {
    let Some(key) = endpoints.bank.get() else { return no_bank() };
    let Some(user) = user_of(&headers) else {
        return plain(StatusCode::UNAUTHORIZED, &json!({ "message": "Unauthorized" }));
    };
    let (path, body) = match path.as_str() {
        "eligibility" => {
            let mut asked: Value = serde_json::from_slice(&body).unwrap_or_default();
            asked["user_id"] = json!(user);
            ("/v1/eligibility".to_owned(), asked.to_string().into_bytes())
        }
        board if board.starts_with("campaigns/") => (format!("/v1/{board}"), body.to_vec()),
        own => (format!("/v1/users/{}/{own}", utf8_percent_encode(&user, NON_ALPHANUMERIC)), body.to_vec()),
    };
    let own = |query: &str| format!("?{}", query.replace("around=me", &format!("around={user}")));
    let query = uri.query().map(own).unwrap_or_default();
    respond(endpoints.gateway.call(request(key, method.as_str(), path + &query, body)).await)
}
