//! HTTP servers that stand in for AWS and for API Gateway.

use axum::Router;
use axum::body::Body;
use axum::extract::DefaultBodyLimit;
use axum::http::{HeaderMap, Response, StatusCode};
use serde_json::Value;
use tests::contention::{Model, Reply};
use tokio::net::TcpListener;

use crate::Failure;

/// Serves a router. Returns its base URL.
pub(crate) async fn serve(router: Router) -> Result<String, Failure> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    tokio::spawn(async move { axum::serve(listener, router.layer(DefaultBodyLimit::disable())).await });
    Ok(format!("http://{address}"))
}

/// Returns the header `x-amz-target`: the API and the operation of a request to AWS.
pub(crate) fn target(headers: &HeaderMap) -> &str {
    headers.get("x-amz-target").and_then(|target| target.to_str().ok()).unwrap_or_default()
}

/// Builds a response.
pub(crate) fn respond(status: u16, body: impl Into<Body>) -> Response<Body> {
    let mut response = Response::new(body.into());
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or_default();
    response
}

/// Sends a request to the contention model.
pub(crate) async fn ask(model: &Model, operation: &str, request: Value) -> (u16, Value) {
    match model.send(operation, request).await {
        Reply::Answer(status, answer) => (status, answer),
        Reply::Broken | Reply::Silence => (500, Value::Null),
    }
}
