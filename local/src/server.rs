//! HTTP on this machine: the API, and below `/_local` what only a laptop has (the push inbox, the dead-letter list).

use std::sync::Arc;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{DefaultBodyLimit, Path, State};
use axum::http::{HeaderName, HeaderValue, Request, Response, StatusCode};
use axum::routing::{get, post};
use dynoxide::Database;
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::gateway::{Gateway, HttpRequest, HttpResponse};
use crate::pump::Pump;
use crate::push_inbox::PushInbox;

/// What requests on this machine reach.
#[derive(Clone)]
pub(crate) struct Local {
    pub(crate) gateway: Arc<Gateway>,
    pub(crate) inbox: Arc<PushInbox>,
    pub(crate) pump: Arc<Pump>,
}

/// Serves until `stop` resolves, then finishes running requests.
pub(crate) async fn serve(listener: TcpListener, local: Local, stop: impl Future<Output = ()> + Send + 'static) {
    let router = Router::new()
        .route("/_local/push", get(list_pushes))
        .route("/_local/dead-letters", get(list_dead_letters))
        .route("/_local/pinpoint/v1/apps/{application}/messages", post(send_messages))
        .fallback(call)
        // One more than API Gateway takes, so that the gateway itself refuses.
        .layer(DefaultBodyLimit::max((10 << 20) + 1))
        .with_state(local);
    if let Err(error) = axum::serve(listener, router).with_graceful_shutdown(stop).await {
        tracing::error!(error.cause = %error, "the server failed");
    }
}

/// Serves the embedded DynamoDB until `stop` resolves.
pub(crate) async fn serve_database(
    listener: TcpListener,
    database: Database,
    stop: impl Future<Output = ()> + Send + 'static,
) {
    if let Err(error) = dynoxide::server::serve_with_shutdown(listener, database, stop).await {
        tracing::error!(error.cause = error, "the embedded database failed");
    }
}

async fn call(State(local): State<Local>, request: Request<Body>) -> Response<Body> {
    let (parts, body) = request.into_parts();
    let Ok(body) = axum::body::to_bytes(body, (10 << 20) + 1).await else {
        return plain(StatusCode::PAYLOAD_TOO_LARGE, &json!({ "message": "Request Entity Too Large" }));
    };
    let header = |(name, value): (&HeaderName, &HeaderValue)| {
        (name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned())
    };
    let target = parts.uri.path_and_query().map_or_else(|| parts.uri.path().to_owned(), ToString::to_string);
    let request = HttpRequest {
        method: parts.method.as_str().to_owned(),
        target,
        headers: parts.headers.iter().map(header).collect(),
        body: body.to_vec(),
    };
    respond(local.gateway.call(request).await)
}

fn respond(answer: HttpResponse) -> Response<Body> {
    let mut response = Response::new(Body::from(answer.body));
    *response.status_mut() = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    for (name, value) in answer.headers {
        if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value)) {
            response.headers_mut().append(name, value);
        }
    }
    response
}

async fn list_pushes(State(local): State<Local>) -> Response<Body> {
    plain(StatusCode::OK, &json!({ "data": local.inbox.list() }))
}

async fn list_dead_letters(State(local): State<Local>) -> Response<Body> {
    match local.pump.dead_letters() {
        Ok(list) => plain(StatusCode::OK, &json!({ "data": list })),
        Err(error) => plain(StatusCode::INTERNAL_SERVER_ERROR, &json!({ "message": error.to_string() })),
    }
}

async fn send_messages(State(local): State<Local>, Path(application): Path<String>, body: Bytes) -> Response<Body> {
    match serde_json::from_slice::<Value>(&body) {
        Ok(request) => plain(StatusCode::OK, &local.inbox.send_messages(&application, &request)),
        Err(_) => plain(StatusCode::BAD_REQUEST, &json!({ "Message": "the request is not JSON" })),
    }
}

fn plain(status: StatusCode, body: &Value) -> Response<Body> {
    let mut text = body.to_string();
    text.push('\n');
    let mut response = Response::new(Body::from(text));
    *response.status_mut() = status;
    response.headers_mut().insert("content-type", HeaderValue::from_static("application/json"));
    response
}
