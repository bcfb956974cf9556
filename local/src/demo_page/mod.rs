//! The demo page: a bank's web page with `<moments-inbox>`, and what the bank's server does for it. The inbox is a file
//! that `npm run build` in `clients/typescript` writes, so that `cargo run` needs no Node.

use std::sync::{Arc, OnceLock};

use axum::Router;
use axum::body::Body;
use axum::extract::{Query, State};
use axum::http::{HeaderValue, Response, StatusCode};
use axum::routing::{get, post};
use domain::secret::TokenSecret;
use serde::Deserialize;
use serde_json::json;
use user_tokens::{Claims, SigningKey, sign};

use crate::gateway::HttpRequest;
use crate::server::{Endpoints, plain, respond};

const PAGE: &str = include_str!("index.html");
const SCRIPT: &str = include_str!("page.js");
const INBOX: &str = include_str!("inbox.js");

/// What the bank's server knows. Empty without the demo apps.
pub(crate) type Bank = Arc<OnceLock<Keys>>;

/// The bank's app, its API key, and its token key.
pub(crate) struct Keys {
    pub(crate) app: &'static str,
    pub(crate) key: String,
    pub(crate) token_key: &'static str,
    pub(crate) token_secret: TokenSecret,
}

/// How long a customer's token lasts, in seconds.
const TOKEN_LASTS: i64 = 900;

/// The bank's customer whose session it is. A real server reads that from a cookie.
#[derive(Deserialize)]
struct Session {
    user: String,
}

/// Returns the routes of the page and of the bank's server.
pub(crate) fn routes() -> Router<Endpoints> {
    Router::new()
        .route("/_local/demo", get(async || file("text/html; charset=utf-8", PAGE)))
        .route("/_local/demo/page.js", get(async || file("text/javascript; charset=utf-8", SCRIPT)))
        .route("/_local/demo/inbox.js", get(async || file("text/javascript; charset=utf-8", INBOX)))
        .route("/_local/demo/deposit", post(deposit))
        .route("/_local/demo/token", get(sign_token))
}

/// Takes a deposit, whose id is the body, and reports it.
async fn deposit(
    State(endpoints): State<Endpoints>,
    Query(session): Query<Session>,
    deposit: String,
) -> Response<Body> {
    let Some(Keys { key, .. }) = endpoints.bank.get() else { return no_bank() };
    let moment = json!({ "user_id": session.user, "action": "deposit", "event_id": deposit });
    let headers = [("x-api-key", key.as_str()), ("content-type", "application/json")];
    let request = HttpRequest {
        method: "POST".to_owned(),
        target: "/v1/moments".to_owned(),
        headers: headers.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec(),
        body: moment.to_string().into_bytes(),
    };
    respond(endpoints.gateway.call(request).await)
}

/// Signs a token for the customer.
async fn sign_token(State(endpoints): State<Endpoints>, Query(session): Query<Session>) -> Response<Body> {
    let Some(keys) = endpoints.bank.get() else { return no_bank() };
    let exp = endpoints.clock.now().as_second().saturating_add(TOKEN_LASTS);
    let claims = Claims { sub: &session.user, aud: keys.app, exp, scope: Some("read write") };
    let signed = SigningKey::read(keys.token_secret.expose()).and_then(|key| sign(keys.token_key, &key, &claims));
    match signed {
        Ok(token) => {
            let mut response = Response::new(Body::from(token));
            response.headers_mut().insert("cache-control", HeaderValue::from_static("no-store"));
            response
        }
        Err(error) => plain(StatusCode::INTERNAL_SERVER_ERROR, &json!({ "detail": error.0 })),
    }
}

fn no_bank() -> Response<Body> {
    plain(StatusCode::NOT_FOUND, &json!({ "detail": "There is no demo bank: start without --no-demo and --samples." }))
}

fn file(content_type: &'static str, text: &'static str) -> Response<Body> {
    let mut response = Response::new(Body::from(text));
    for (name, value) in [
        ("content-type", content_type),
        // Content that escapes the escaping still cannot run or load anything.
        (
            "content-security-policy",
            "default-src 'none'; script-src 'self'; style-src 'unsafe-inline'; connect-src 'self'; img-src data: http: https:",
        ),
        ("cache-control", "no-store"),
    ] {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    response
}
