//! SQS as a transport of the SDK: the laptop's queues behind a network with latency.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use aws_smithy_runtime_api::client::http::{
    HttpConnector, HttpConnectorFuture, SharedHttpClient, SharedHttpConnector, http_client_fn,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_types::body::SdkBody;
use jiff::{SignedDuration, Timestamp};
use local::queues::Queues;
use rand::SeedableRng;
use rand::rngs::StdRng;
use tokio::time::Instant;

use crate::contention::ServiceTime;

/// Assumed. No measured figure depends on it.
const SERVICE_TIME: ServiceTime = ServiceTime { median: 10.0, spread: 0.5 };

/// Action and queue of each request to SQS.
pub type Asked = Arc<Mutex<BTreeSet<(String, String)>>>;

/// Returns a transport to the queues, on a clock that showed `start` at `began`.
pub(crate) fn transport(
    queues: Arc<Queues>,
    asked: Asked,
    (start, began): (Timestamp, Instant),
    seed: u64,
) -> SharedHttpClient {
    let random = Arc::new(Mutex::new(StdRng::seed_from_u64(seed)));
    let connector = SharedHttpConnector::new(Connector { queues, asked, start, began, random });
    http_client_fn(move |_, _| connector.clone())
}

struct Connector {
    queues: Arc<Queues>,
    asked: Asked,
    start: Timestamp,
    began: Instant,
    random: Arc<Mutex<StdRng>>,
}

impl std::fmt::Debug for Connector {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Connector")
    }
}

impl HttpConnector for Connector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let target = request.headers().get("x-amz-target").unwrap_or_default().to_owned();
        let body: serde_json::Value =
            request.body().bytes().map(|body| serde_json::from_slice(body).unwrap()).unwrap_or_default();
        let action = target.trim_start_matches("AmazonSQS.").trim_end_matches("Batch");
        let queue = body["QueueUrl"].as_str().and_then(|url| url.rsplit('/').next()).unwrap_or_default();
        self.asked.lock().unwrap().insert((format!("sqs:{action}"), queue.to_owned()));
        let (queues, start, began) = (Arc::clone(&self.queues), self.start, self.began);
        let takes = SERVICE_TIME.sample(&mut *self.random.lock().unwrap());
        HttpConnectorFuture::new(async move {
            tokio::time::sleep(takes / 2).await;
            let now = start + SignedDuration::try_from(began.elapsed()).unwrap();
            let (status, answer) = queues.call(&target, &body, now);
            tokio::time::sleep(takes / 2).await;
            let status = aws_smithy_runtime_api::http::StatusCode::try_from(status).unwrap();
            let mut response = HttpResponse::new(status, SdkBody::from(answer.to_string()));
            if let Some(code) = Queues::query_error(&answer) {
                response.headers_mut().insert("x-amzn-query-error", code);
            }
            Ok(response)
        })
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use domain::Error;
    use local::background::Delays;
    use local::template::{Queue, Redrive};
    use outbound_queue::Message;

    use crate::contention::Physics;
    use crate::deployment::Deployment;

    #[tokio::test(start_paused = true)]
    async fn a_deployment_has_queues_on_its_own_clock() {
        let mut deployment = Deployment::new(Physics::default(), crate::NOW.parse().unwrap(), 1, false);
        let queue = |name: &str, redrive| {
            let name = name.to_owned();
            Queue { name, fifo: true, by_content: false, visibility: 30, delay: 0, redrive }
        };
        let redrive = Some(Redrive { queue: "DeadTests".into(), receives: 2 });
        for queue in [queue("Tests", redrive), queue("DeadTests", None)] {
            deployment.template.queues.insert(queue.name.clone(), queue);
        }
        deployment.open_queues();
        let tests = deployment.queue("send-notification", "Tests", 1);
        let (group, deduplication) = (Some("a".into()), Some("1".into()));
        let message = Message { body: "{}".into(), group, deduplication, delay_seconds: 0 };
        tests.send(std::slice::from_ref(&message)).await.unwrap();
        let received = deployment.queues.receive("Tests", 10, deployment.now(), Delays::Respected).unwrap();
        tests.postpone(&received[0].receipt_handle, 60).await.unwrap();
        tokio::time::sleep(Duration::from_secs(50)).await;
        assert!(deployment.queues.receive("Tests", 10, deployment.now(), Delays::Respected).unwrap().is_empty());
        tokio::time::sleep(Duration::from_secs(15)).await;
        let received = deployment.queues.receive("Tests", 10, deployment.now(), Delays::Respected).unwrap();
        deployment.queues.delete("Tests", &received[0].receipt_handle).unwrap();
        assert!(deployment.queues.list("Tests").is_empty());
        let asked = deployment.asked_of_sqs.lock().unwrap().clone();
        let asked: Vec<_> = asked.iter().map(|(action, queue)| (action.as_str(), queue.as_str())).collect();
        assert_eq!(asked, [("sqs:ChangeMessageVisibility", "Tests"), ("sqs:SendMessage", "Tests")]);
        let error = deployment.queue("send-notification", "Nowhere", 1).send(&[message]).await.unwrap_err();
        assert!(matches!(&error, Error::Internal(text) if text.contains("NonExistentQueue")), "{error}");
    }
}
