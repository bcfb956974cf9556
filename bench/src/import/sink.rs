//! The DynamoDB of the import benchmark: it takes DynamoDB's service time for each URL and keeps none. With an emulator
//! that keeps a million items, the benchmark would measure the emulator.

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderMap, Response};
use jiff::Timestamp;
use local::template::Template;
use rand::SeedableRng;
use rand::rngs::StdRng;
use serde_json::json;
use tests::contention::{Model, Physics};

use crate::{Failure, http, lock};

struct Sink {
    model: Model,
    random: Mutex<StdRng>,
}

/// Starts it and returns its endpoint. It keeps all items except URLs.
pub(super) async fn start(template: &Template) -> Result<String, Failure> {
    #[expect(clippy::disallowed_methods, reason = "the function's process lives in real time")]
    let now = Timestamp::now();
    let model = Model::new(template, Physics::default(), now, 1);
    let sink = Arc::new(Sink { model, random: Mutex::new(StdRng::seed_from_u64(1)) });
    http::serve(Router::new().fallback(answer).with_state(sink)).await
}

async fn answer(State(sink): State<Arc<Sink>>, headers: HeaderMap, body: Bytes) -> Response<Body> {
    let operation = http::target(&headers).rsplit('.').next().unwrap_or_default();
    let is_url = operation == "PutItem" && body.windows(5).any(|bytes| bytes == b"CODE#");
    let (status, answer) = if is_url {
        let takes = Physics::default().write.sample(&mut *lock(&sink.random));
        tokio::time::sleep(takes).await;
        // One unit for the item, one for its entry in the index of available URLs.
        (200, json!({"ConsumedCapacity": {"TableName": local::database::TABLE, "CapacityUnits": 2.0}}))
    } else {
        http::ask(&sink.model, operation, serde_json::from_slice(&body).unwrap_or_default()).await
    };
    http::respond(status, answer.to_string())
}
