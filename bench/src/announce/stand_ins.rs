//! Stand-ins for DynamoDB, SQS and Pinpoint during an announcement. Each takes its service time and keeps next to
//! nothing. The contention model keeps the items that belong to no user: the catalog, the announcement and its shards.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderMap, Response};
use rand::SeedableRng;
use rand::rngs::StdRng;
use serde_json::{Map, Value, json};
use tests::contention::{Model, Physics, ServiceTime};

use super::audience::Audience;
use super::queue::Queue;
use crate::{Failure, http, lock};

/// The URLs of the two queues.
pub(super) const ANNOUNCE_QUEUE: &str = "https://sqs.example/announce";
pub(super) const PUSH_QUEUE: &str = "https://sqs.example/push";

/// Pinpoint's service time: assumed, as in the simulated seasons.
pub(super) const PINPOINT: ServiceTime = ServiceTime { median: 80.0, spread: 0.5 };

/// DynamoDB, SQS and Pinpoint.
pub(super) struct StandIns {
    model: Model,
    pub(super) audience: Audience,
    pub(super) queue: Queue,
    /// Requests to DynamoDB.
    pub(super) requests: AtomicU64,
    /// Calls of Pinpoint.
    pub(super) calls: AtomicU64,
    /// Messages for the queue of pushes.
    pub(super) pushes: AtomicU64,
    random: Mutex<StdRng>,
}

impl StandIns {
    pub(super) fn new(model: Model, audience: Audience) -> Self {
        Self {
            model,
            audience,
            queue: Queue::default(),
            requests: AtomicU64::new(0),
            calls: AtomicU64::new(0),
            pushes: AtomicU64::new(0),
            random: Mutex::new(StdRng::seed_from_u64(1)),
        }
    }

    async fn take(&self, time: ServiceTime) {
        let takes = time.sample(&mut *lock(&self.random));
        tokio::time::sleep(takes).await;
    }

    async fn dynamodb(&self, operation: &str, request: Value) -> (u16, Value) {
        self.requests.fetch_add(1, Ordering::Relaxed);
        let physics = Physics::default();
        let values = &request["ExpressionAttributeValues"];
        let text = |value: &Value| value["S"].as_str().unwrap_or_default().to_owned();
        let (shard, pk) = (text(&values[":shard"]), text(&values[":pk"]));
        let answer = match operation {
            "Query" if shard.starts_with("AUDIENCE#") => {
                self.take(physics.read).await;
                let limit = request["Limit"].as_u64().unwrap_or(0);
                self.audience.page(&shard, &text(&values[":after"]), limit).map(|page| (200, with_capacity(page, 1.0)))
            }
            "Query" if pk.starts_with("USER#") => {
                self.take(physics.read).await;
                self.audience.user(&pk).map(|items| (200, with_capacity(items, 0.5)))
            }
            "PutItem" if text(&request["Item"]["sk"]).starts_with("NOTICE#") => {
                self.take(physics.write).await;
                let put = self.audience.note(&request["Item"]);
                put.map(|put| if put { (200, with_capacity(json!({}), 1.0)) } else { refused() })
            }
            _ => return http::ask(&self.model, operation, request).await,
        };
        // An unknown request must not look like one without results.
        answer.unwrap_or((400, json!({"__type": "com.amazon.coral.validate#ValidationException"})))
    }

    async fn sqs(&self, request: &Value) -> (u16, Value) {
        self.take(Physics::default().write).await;
        let entries = request["Entries"].as_array().map_or(&[][..], Vec::as_slice);
        for entry in entries {
            if request["QueueUrl"] == ANNOUNCE_QUEUE {
                let body = entry["MessageBody"].as_str().unwrap_or_default();
                self.queue.send(body.to_owned(), entry["DelaySeconds"].as_u64().unwrap_or(0));
            } else {
                self.pushes.fetch_add(1, Ordering::Relaxed);
            }
        }
        let sent = entries.iter().map(|entry| json!({"Id": entry["Id"], "MessageId": "bench", "MD5OfMessageBody": ""}));
        (200, json!({"Successful": sent.collect::<Vec<_>>(), "Failed": []}))
    }

    async fn pinpoint(&self, request: &Value) -> (u16, Value) {
        self.calls.fetch_add(1, Ordering::Relaxed);
        let mut results = Map::new();
        for address in request["Addresses"].as_object().into_iter().flat_map(Map::keys) {
            if self.audience.tell(address).is_none() {
                return (400, json!({"Message": "nobody has this address"}));
            }
            let result = json!({"DeliveryStatus": "SUCCESSFUL", "StatusCode": 200, "MessageId": "bench"});
            results.insert(address.clone(), result);
        }
        self.take(PINPOINT).await;
        (200, json!({"ApplicationId": "bench", "RequestId": "bench", "Result": results}))
    }
}

/// Serves all three at one endpoint.
pub(super) async fn serve(stand_ins: Arc<StandIns>) -> Result<String, Failure> {
    http::serve(Router::new().fallback(answer).with_state(stand_ins)).await
}

async fn answer(State(stand_ins): State<Arc<StandIns>>, headers: HeaderMap, body: Bytes) -> Response<Body> {
    let request: Value = serde_json::from_slice(&body).unwrap_or_default();
    let (status, answer) = match http::target(&headers).split_once('.') {
        Some(("AmazonSQS", _)) => stand_ins.sqs(&request).await,
        Some((_, operation)) => stand_ins.dynamodb(operation, request).await,
        None => stand_ins.pinpoint(&request).await,
    };
    http::respond(status, answer.to_string())
}

fn with_capacity(mut answer: Value, units: f64) -> Value {
    answer["ConsumedCapacity"] = json!({"TableName": local::database::TABLE, "CapacityUnits": units});
    answer
}

fn refused() -> (u16, Value) {
    let kind = "com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException";
    (400, json!({"__type": kind, "message": "The conditional request failed"}))
}
