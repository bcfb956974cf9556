//! The DynamoDB of the import. It takes DynamoDB's time for every URL and stores none, as an emulator would be slower.

use std::sync::{Arc, Mutex, PoisonError};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{DefaultBodyLimit, State};
use axum::http::{HeaderMap, Response, StatusCode};
use jiff::Timestamp;
use local::template::Template;
use rand::SeedableRng;
use rand::rngs::StdRng;
use serde_json::{Value, json};
use tests::contention::{Model, Physics, Reply};
use tokio::net::TcpListener;

/// Starts it and returns its endpoint. It stores all items but URLs.
pub(super) async fn start(template: &Template) -> Result<String, String> {
    #[expect(clippy::disallowed_methods, reason = "the function's process lives in real time")]
    let now = Timestamp::now();
    let sink = Arc::new(Sink {
        model: Model::new(template, Physics::default(), now, 1),
        random: Mutex::new(StdRng::seed_from_u64(1)),
    });
    let router = Router::new().fallback(answer).layer(DefaultBodyLimit::disable()).with_state(sink);
    let listener = TcpListener::bind("127.0.0.1:0").await.map_err(|error| error.to_string())?;
    let address = listener.local_addr().map_err(|error| error.to_string())?;
    tokio::spawn(async move { axum::serve(listener, router).await });
    Ok(format!("http://{address}"))
}

struct Sink {
    model: Model,
    random: Mutex<StdRng>,
}

async fn answer(State(sink): State<Arc<Sink>>, headers: HeaderMap, body: Bytes) -> Response<Body> {
    let target = headers.get("x-amz-target").and_then(|target| target.to_str().ok()).unwrap_or_default();
    let operation = target.rsplit('.').next().unwrap_or_default();
    let is_url = operation == "PutItem" && body.windows(5).any(|bytes| bytes == b"CODE#");
    let (status, answer) = if is_url {
        let takes = Physics::default().write.sample(&mut *sink.random.lock().unwrap_or_else(PoisonError::into_inner));
        tokio::time::sleep(takes).await;
        // The item, and its entry in the index of available URLs.
        (200, json!({"ConsumedCapacity": {"TableName": local::database::TABLE, "CapacityUnits": 2.0}}))
    } else {
        match sink.model.send(operation, serde_json::from_slice(&body).unwrap_or_default()).await {
            Reply::Answer(status, answer) => (status, answer),
            Reply::Broken | Reply::Silence => (500, Value::Null),
        }
    };
    let mut response = Response::new(Body::from(answer.to_string()));
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or_default();
    response
}
