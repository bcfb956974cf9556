//! A supplier as a transport without a socket, for simulations: an app's own server and Amazon's. Makes each order
//! once, and fails as a test says. Its book is what was bought.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use aws_smithy_runtime_api::client::http::{HttpConnector, HttpConnectorFuture, SharedHttpConnector};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_types::body::SdkBody;
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use serde_json::{Value, json};
use tokio::time::Instant;

/// The secret that signs orders.
pub const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

/// The id of the partner, which begins each order's id at Amazon.
const PARTNER: &str = "Simul";

/// The body that sets up the app's own server as a supplier.
pub fn webhook() -> Value {
    json!({"name": "S", "kind": "webhook", "url": "https://supplier.example/orders", "secret": SECRET})
}

/// The body that sets up an account at Amazon as a supplier.
pub fn amazon() -> Value {
    json!({
        "name": "S", "kind": "amazon_incentives", "partner_id": PARTNER, "region": "europe",
        "access_key_id": "AKIASIMULATION000000", "secret_access_key": "a-key-of-a-simulation"
    })
}

/// Longer than a caller waits.
const FOREVER: Duration = Duration::from_secs(60);

/// Probabilities of failures.
#[derive(Debug, Clone, Copy, Default)]
pub struct Failures {
    /// It makes the reward, and the answer is lost.
    pub lose_answer: f64,
    /// The order does not arrive.
    pub lose_request: f64,
    /// It answers 500.
    pub fail: f64,
    /// It answers 429.
    pub throttle: f64,
    /// The account is empty.
    pub dry: f64,
}

/// An order that was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bought {
    /// The URL or the code.
    pub made: String,
    /// How often the order arrived.
    pub times: u32,
}

/// The supplier. Clones share its book.
#[derive(Debug, Clone)]
pub struct Supplier(Arc<Mutex<Kept>>);

#[derive(Debug)]
struct Kept {
    book: BTreeMap<String, Bought>,
    failures: Failures,
    random: StdRng,
    failed: u64,
    calls: Vec<Instant>,
    delay: Duration,
    running: usize,
    most_running: usize,
}

impl Supplier {
    /// Opens an empty book.
    pub fn new(seed: u64) -> Self {
        let (book, failures, random) = (BTreeMap::new(), Failures::default(), StdRng::seed_from_u64(seed));
        let (calls, delay) = (Vec::new(), Duration::ZERO);
        Self(Arc::new(Mutex::new(Kept {
            book,
            failures,
            random,
            failed: 0,
            calls,
            delay,
            running: 0,
            most_running: 0,
        })))
    }

    /// Returns the transport that leads to it.
    pub fn transport(&self) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }

    /// Returns the book, by order.
    pub fn book(&self) -> BTreeMap<String, Bought> {
        self.0.lock().unwrap().book.clone()
    }

    /// Sets the failures of further calls.
    pub fn set_failures(&self, failures: Failures) {
        self.0.lock().unwrap().failures = failures;
    }

    /// Sets the time that each answer takes.
    pub fn set_delay(&self, delay: Duration) {
        self.0.lock().unwrap().delay = delay;
    }

    /// Returns how many calls it answered at the same time, at the most, since the last question.
    pub fn most_running(&self) -> usize {
        std::mem::take(&mut self.0.lock().unwrap().most_running)
    }

    /// Begins or ends the answer to a call.
    fn answering(&self, begins: bool) -> Duration {
        let mut kept = self.0.lock().unwrap();
        kept.running = if begins { kept.running + 1 } else { kept.running - 1 };
        kept.most_running = kept.most_running.max(kept.running);
        kept.delay
    }

    /// Returns how many calls failed.
    pub fn failed(&self) -> u64 {
        self.0.lock().unwrap().failed
    }

    /// Returns when it was called.
    pub fn calls(&self) -> Vec<Instant> {
        self.0.lock().unwrap().calls.clone()
    }

    /// Takes an order. Returns the answer, or `None` if none comes.
    fn take(&self, request: &HttpRequest) -> Option<(u16, Value)> {
        let mut kept = self.0.lock().unwrap();
        let failures = kept.failures;
        kept.calls.push(Instant::now());
        let mut luck = |probability: f64| kept.random.random_bool(probability);
        let (lost, answer_lost) = (luck(failures.lose_request), luck(failures.lose_answer));
        let (fails, throttles, dry) = (luck(failures.fail), luck(failures.throttle), luck(failures.dry));
        kept.failed += u64::from(lost || answer_lost || fails || throttles || dry);
        if lost {
            return None;
        }
        if request.uri().contains(".amazon.com/") {
            return take_amazon(&mut kept, request, [fails, throttles, dry], answer_lost);
        }
        let header = |name: &str| request.headers().get(name).unwrap().to_owned();
        let (id, body) = (header("webhook-id"), request.body().bytes().unwrap());
        let signer = standardwebhooks::Webhook::new(SECRET).unwrap();
        let signature = signer.sign(&id, header("webhook-timestamp").parse().unwrap(), body).unwrap();
        assert_eq!(header("webhook-signature"), signature, "an order is signed as the scheme says");
        let order: Value = serde_json::from_slice(body).unwrap();
        if order["trial"] == true {
            return Some((204, Value::Null));
        }
        assert_eq!(order["order_id"], json!(id));
        for (happens, status) in [(fails, 500), (throttles, 429), (dry && !kept.book.contains_key(&id), 402)] {
            if happens {
                return Some((status, json!({})));
            }
        }
        let made = format!("https://supplier.example/{id}");
        let bought = kept.book.entry(id).or_insert(Bought { made, times: 0 });
        bought.times += 1;
        (!answer_lost).then(|| (200, json!({"url": bought.made})))
    }
}

/// As [`Supplier::take`], as Amazon answers. The laptop's Amazon checks signatures; this one only that there is one.
fn take_amazon(
    kept: &mut Kept,
    request: &HttpRequest,
    [fails, throttles, dry]: [bool; 3],
    answer_lost: bool,
) -> Option<(u16, Value)> {
    assert!(request.uri().ends_with("/CreateGiftCard"), "{}", request.uri());
    assert!(request.headers().get("authorization").unwrap().starts_with("AWS4-HMAC-SHA256 Credential="));
    let order: Value = serde_json::from_slice(request.body().bytes().unwrap()).unwrap();
    let id = order["creationRequestId"].as_str().unwrap().strip_prefix(PARTNER).unwrap().to_owned();
    let throttled = json!({"__type": "com.amazon.coral.availability#ThrottlingException", "message": "Rate exceeded"});
    for (happens, status, body) in [
        (fails, 500, json!({"errorCode": "F500", "errorType": "UnknownError"})),
        (throttles, 400, throttled),
        (dry && !kept.book.contains_key(&id), 400, json!({"errorCode": "F300", "errorType": "InsufficientFunds"})),
    ] {
        if happens {
            return Some((status, body));
        }
    }
    let made = format!("CODE-{}", id.to_ascii_uppercase());
    let bought = kept.book.entry(id.clone()).or_insert(Bought { made, times: 0 });
    bought.times += 1;
    (!answer_lost).then(|| (200, json!({"status": "SUCCESS", "creationRequestId": id, "gcClaimCode": bought.made})))
}

impl HttpConnector for Supplier {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let supplier = self.clone();
        HttpConnectorFuture::new(async move {
            let delay = supplier.answering(true);
            if !delay.is_zero() {
                tokio::time::sleep(delay).await;
            }
            supplier.answering(false);
            let Some((status, body)) = supplier.take(&request) else {
                tokio::time::sleep(FOREVER).await;
                unreachable!("the caller has gone");
            };
            let status = aws_smithy_runtime_api::http::StatusCode::try_from(status).unwrap();
            let body = if body.is_null() { SdkBody::empty() } else { SdkBody::from(body.to_string()) };
            Ok(HttpResponse::new(status, body))
        })
    }
}
