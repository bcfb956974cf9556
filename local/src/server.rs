//! The HTTP server: the API, and below `/_local` what only a laptop has (push inbox, demo page, queues, event bus, a
//! supplier, dead letters).

use std::sync::Arc;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{DefaultBodyLimit, Path, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Request, Response, StatusCode};
use axum::routing::{any, get, post};
use dynoxide::Database;
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::clock::Clock;
use crate::demo_page::{self, Bank};
use crate::event_bus::EventBus;
use crate::gateway::{Gateway, HttpRequest, HttpResponse};
use crate::inbox_page;
use crate::pump::Pump;
use crate::push_inbox::PushInbox;
use crate::queues::Queues;
use crate::supplier_desk::{self, SupplierDesk, amazon, tremendous, webhook};

/// The parts that requests reach.
#[derive(Clone)]
pub(crate) struct Endpoints {
    pub(crate) gateway: Arc<Gateway>,
    pub(crate) inbox: Arc<PushInbox>,
    pub(crate) pump: Arc<Pump>,
    pub(crate) queues: Arc<Queues>,
    pub(crate) clock: Clock,
    pub(crate) bus: Arc<EventBus>,
    pub(crate) bank: Bank,
    pub(crate) suppliers: Arc<SupplierDesk>,
}

/// Serves until `stop` resolves, then finishes running requests.
pub(crate) async fn serve(
    listener: TcpListener,
    endpoints: Endpoints,
    stop: impl Future<Output = ()> + Send + 'static,
) {
    let router = Router::new()
        .route("/_local/push", get(list_pushes))
        .route("/_local/inbox", get(show_inbox))
        .route("/_local/inbox.json", get(list_seen))
        .route("/_local/suppliers", get(list_supplied))
        .route("/_local/suppliers/webhook", post(order_from_webhook))
        .route("/_local/suppliers/amazon/{operation}", post(order_from_amazon))
        .route("/_local/suppliers/tremendous/{*path}", any(order_from_tremendous))
        .route("/_local/dead-letters", get(list_dead_letters))
        .route("/_local/events", get(list_events))
        // The SDK posts to the root of its endpoint.
        .route("/_local/events/", post(put_events))
        .route("/_local/pinpoint/v1/apps/{application}/messages", post(send_messages))
        .route("/_local/sqs", post(ask_queues))
        .route("/_local/sqs/", post(ask_queues))
        .merge(demo_page::routes())
        .fallback(call)
        // One byte more than API Gateway's limit, so that the gateway refuses.
        .layer(DefaultBodyLimit::max((10 << 20) + 1))
        .with_state(endpoints);
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

async fn call(State(endpoints): State<Endpoints>, request: Request<Body>) -> Response<Body> {
    match received(request).await {
        Ok(request) => respond(endpoints.gateway.call(request).await),
        Err(refusal) => refusal,
    }
}

/// Reads a request whole. Fails with API Gateway's answer to a body that is too long.
async fn received(request: Request<Body>) -> Result<HttpRequest, Response<Body>> {
    let (parts, body) = request.into_parts();
    let Ok(body) = axum::body::to_bytes(body, (10 << 20) + 1).await else {
        return Err(plain(StatusCode::PAYLOAD_TOO_LARGE, &json!({ "message": "Request Entity Too Large" })));
    };
    let header = |(name, value): (&HeaderName, &HeaderValue)| {
        (name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned())
    };
    let target = parts.uri.path_and_query().map_or_else(|| parts.uri.path().to_owned(), ToString::to_string);
    Ok(HttpRequest {
        method: parts.method.as_str().to_owned(),
        target,
        headers: parts.headers.iter().map(header).collect(),
        body: body.to_vec(),
    })
}

pub(crate) fn respond(answer: HttpResponse) -> Response<Body> {
    let mut response = Response::new(Body::from(answer.body));
    *response.status_mut() = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    for (name, value) in answer.headers {
        if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value)) {
            response.headers_mut().append(name, value);
        }
    }
    response
}

async fn list_pushes(State(endpoints): State<Endpoints>) -> Response<Body> {
    plain(StatusCode::OK, &json!({ "data": endpoints.inbox.list() }))
}

/// Shows a page, or JSON if the request accepts JSON.
async fn show_inbox(State(endpoints): State<Endpoints>, headers: HeaderMap) -> Response<Body> {
    let accept = headers.get("accept").and_then(|accept| accept.to_str().ok()).unwrap_or_default();
    if accept.contains("application/json") {
        return list_seen(State(endpoints)).await;
    }
    let mut response = Response::new(Body::from(inbox_page::html(&endpoints.inbox.list())));
    for (name, value) in [
        ("content-type", "text/html; charset=utf-8"),
        // Content that escapes the escaping still cannot run or load anything.
        ("content-security-policy", "default-src 'none'; style-src 'unsafe-inline'"),
        ("cache-control", "no-store"),
    ] {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    response
}

async fn list_seen(State(endpoints): State<Endpoints>) -> Response<Body> {
    plain(StatusCode::OK, &json!({ "data": inbox_page::seen(&endpoints.inbox.list()) }))
}

async fn list_supplied(State(endpoints): State<Endpoints>) -> Response<Body> {
    plain(StatusCode::OK, &json!({ "data": endpoints.suppliers.made() }))
}

async fn order_from_webhook(State(endpoints): State<Endpoints>, headers: HeaderMap, body: String) -> Response<Body> {
    let header = |name| headers.get(name).and_then(|value: &HeaderValue| value.to_str().ok()).unwrap_or_default();
    let call = webhook::Call {
        id: header("webhook-id"),
        timestamp: header("webhook-timestamp"),
        signature: header("webhook-signature"),
        body: &body,
    };
    supplied(webhook::answer(&endpoints.suppliers, call, endpoints.clock.now()).await)
}

async fn order_from_amazon(
    State(endpoints): State<Endpoints>,
    Path(operation): Path<String>,
    headers: HeaderMap,
    body: String,
) -> Response<Body> {
    let text = |value: &HeaderValue| value.to_str().unwrap_or_default().to_owned();
    let headers: Vec<_> = headers.iter().map(|(name, value)| (name.as_str().to_owned(), text(value))).collect();
    let host = headers.iter().find(|(name, _)| name == "host").map_or("", |(_, host)| host.as_str());
    let url = format!("http://{host}/_local/suppliers/amazon/{operation}");
    let call = amazon::Call { url: &url, operation: &operation, headers: &headers, body: &body };
    supplied(amazon::answer(&endpoints.suppliers, call, endpoints.clock.now()).await)
}

async fn order_from_tremendous(
    State(endpoints): State<Endpoints>,
    Path(path): Path<String>,
    headers: HeaderMap,
    body: String,
) -> Response<Body> {
    let authorization = headers.get("authorization").and_then(|value| value.to_str().ok());
    supplied(tremendous::answer(&endpoints.suppliers, &path, authorization, &body).await)
}

fn supplied((status, answer): supplier_desk::Answer) -> Response<Body> {
    match StatusCode::from_u16(status) {
        Ok(StatusCode::NO_CONTENT) => respond(HttpResponse { status, headers: Vec::new(), body: Vec::new() }),
        status => plain(status.unwrap_or(StatusCode::INTERNAL_SERVER_ERROR), &answer),
    }
}

async fn list_dead_letters(State(endpoints): State<Endpoints>) -> Response<Body> {
    match endpoints.pump.dead_letters() {
        Ok(list) => plain(StatusCode::OK, &json!({ "data": list })),
        Err(error) => plain(StatusCode::INTERNAL_SERVER_ERROR, &json!({ "message": error.to_string() })),
    }
}

async fn list_events(State(endpoints): State<Endpoints>) -> Response<Body> {
    plain(StatusCode::OK, &json!({ "data": endpoints.bus.list() }))
}

async fn put_events(State(endpoints): State<Endpoints>, headers: HeaderMap, body: Bytes) -> Response<Body> {
    let target = headers.get("x-amz-target").and_then(|target| target.to_str().ok());
    let request = serde_json::from_slice::<Value>(&body).ok().filter(|_| target == Some("AWSEvents.PutEvents"));
    let Some(request) = request else {
        return plain(StatusCode::BAD_REQUEST, &json!({ "__type": "UnknownOperationException" }));
    };
    match endpoints.bus.put_events(&request) {
        Ok(answer) => plain(StatusCode::OK, &answer),
        Err(error) => plain(StatusCode::INTERNAL_SERVER_ERROR, &json!({ "message": error.to_string() })),
    }
}

async fn send_messages(
    State(endpoints): State<Endpoints>,
    Path(application): Path<String>,
    body: Bytes,
) -> Response<Body> {
    match serde_json::from_slice::<Value>(&body) {
        Ok(request) => {
            let (status, answer) = endpoints.inbox.send_messages(&application, &request);
            plain(StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR), &answer)
        }
        Err(_) => plain(StatusCode::BAD_REQUEST, &json!({ "Message": "the request is not JSON" })),
    }
}

async fn ask_queues(State(endpoints): State<Endpoints>, headers: HeaderMap, body: Bytes) -> Response<Body> {
    let target = headers.get("x-amz-target").and_then(|target| target.to_str().ok()).unwrap_or_default();
    let request = serde_json::from_slice::<Value>(&body).unwrap_or(Value::Null);
    let (status, answer) = endpoints.queues.call(target, &request, endpoints.clock.now());
    let mut response = plain(StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR), &answer);
    response.headers_mut().insert("content-type", HeaderValue::from_static("application/x-amz-json-1.0"));
    response.headers_mut().insert("x-amzn-requestid", HeaderValue::from_static("local"));
    if let Some(code) = Queues::query_error(&answer).and_then(|code| HeaderValue::try_from(code).ok()) {
        response.headers_mut().insert("x-amzn-query-error", code);
    }
    response
}

pub(crate) fn plain(status: StatusCode, body: &Value) -> Response<Body> {
    let mut text = body.to_string();
    text.push('\n');
    let mut response = Response::new(Body::from(text));
    *response.status_mut() = status;
    response.headers_mut().insert("content-type", HeaderValue::from_static("application/json"));
    response
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gateway;
    use crate::template::Template;
    use jiff::Timestamp;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::TcpStream;

    /// Stands for a function that sets the cookies that it gets, as the gateway translates both.
    async fn return_cookies(request: Request<Body>) -> Response<Body> {
        let (request, template) = (received(request).await.unwrap(), Template::built_in().unwrap());
        let (_, event) = gateway::event(&template, &request, Timestamp::UNIX_EPOCH, "1").unwrap();
        let body = event["headers"]["cookie"].to_string();
        respond(gateway::response(&json!({ "statusCode": 200, "cookies": event["cookies"], "body": body })))
    }

    #[tokio::test]
    async fn cookies_pass_through_a_socket_both_ways() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let serving = tokio::spawn(async move { axum::serve(listener, Router::new().fallback(return_cookies)).await });
        let mut socket = TcpStream::connect(address).await.unwrap();
        let request = "GET /health HTTP/1.1\r\nhost: localhost\r\nCookie: a=1; b=2\r\ncookie: c=3\r\n\
                       connection: close\r\n\r\n";
        socket.write_all(request.as_bytes()).await.unwrap();
        let mut answer = String::new();
        socket.read_to_string(&mut answer).await.unwrap();
        serving.abort();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        let set: Vec<&str> = head.lines().filter_map(|line| line.strip_prefix("set-cookie: ")).collect();
        assert_eq!((set, body), (vec!["a=1", "b=2", "c=3"], "null"), "{answer}");
    }
}
