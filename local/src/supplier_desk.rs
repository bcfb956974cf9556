//! The supplier of a laptop: takes signed orders at `/_local/suppliers/webhook`, makes a URL for each once, and fails as the
//! product's name asks. `GET /_local/suppliers` lists what it has made. What an order gets depends on its id alone, so a
//! restart changes nothing.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Mutex;
use std::time::Duration;

use domain::secret::WebhookSecret;
use jiff::Timestamp;
use serde::Serialize;
use serde_json::{Value, json};
use tokio::time::Instant;

use crate::lock;

/// The secret of the laptop's supplier. It protects nothing: what is made here is worth nothing.
pub const SECRET: &str = "whsec_bGFwdG9wIHN1cHBsaWVyLCBub3QgYSBzZWNyZXQ=";

/// Calls in any second. More are answered 429.
const PER_SECOND: usize = 10;

/// The largest difference of a signature's time, in seconds.
const TOLERANCE: i64 = 300;

/// Longer than Moments waits for an answer.
const SLOW: Duration = Duration::from_secs(7);

/// A reward that was made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct MadeReward {
    /// The order's id.
    pub order_id: String,
    /// The product.
    pub product: Option<String>,
    /// The URL.
    pub url: String,
    /// How often the order arrived.
    pub times: u32,
}

/// A call as it arrived.
#[derive(Debug, Clone, Copy)]
pub struct Call<'a> {
    /// Header `webhook-id`.
    pub id: &'a str,
    /// Header `webhook-timestamp`.
    pub timestamp: &'a str,
    /// Header `webhook-signature`.
    pub signature: &'a str,
    /// The body.
    pub body: &'a str,
}

/// The supplier.
#[derive(Debug, Default)]
pub struct SupplierDesk {
    kept: Mutex<Kept>,
}

#[derive(Debug, Default)]
struct Kept {
    made: BTreeMap<String, MadeReward>,
    calls: VecDeque<Instant>,
    funds: Option<usize>,
}

impl SupplierDesk {
    /// Returns what was made, by order.
    pub fn made(&self) -> Vec<MadeReward> {
        lock(&self.kept).made.values().cloned().collect()
    }

    /// Sets how many rewards the account pays for from now on; `None` is without end.
    pub fn fund(&self, rewards: Option<usize>) {
        lock(&self.kept).funds = rewards;
    }

    /// Answers a call with a status and a body.
    pub async fn answer(&self, call: Call<'_>, now: Timestamp) -> (u16, Value) {
        if !is_signed(call, now) {
            return (401, json!({ "error": "the signature is not valid" }));
        }
        let order: Value = serde_json::from_str(call.body).unwrap_or_default();
        let product = order["product"].as_str().map(str::to_owned);
        let (status, answer) = self.take(call.id, product.clone(), order["trial"] == true);
        if status == 200 && product.is_some_and(|product| product.starts_with("slow")) {
            tokio::time::sleep(SLOW).await;
        }
        (status, answer)
    }

    fn take(&self, order_id: &str, product: Option<String>, is_trial: bool) -> (u16, Value) {
        let mut kept = lock(&self.kept);
        let now = Instant::now();
        while kept.calls.front().is_some_and(|call| now.duration_since(*call) >= Duration::from_secs(1)) {
            kept.calls.pop_front();
        }
        if kept.calls.len() >= PER_SECOND {
            return (429, json!({ "error": "more than 10 calls in a second" }));
        }
        kept.calls.push_back(now);
        let name = product.as_deref().unwrap_or_default();
        let refusals = [("denied", 401), ("no-funds", 402), ("gone", 410), ("throttled", 429), ("broken", 500)];
        if let Some((why, status)) = refusals.into_iter().find(|(prefix, _)| name.starts_with(prefix)) {
            return (status, json!({ "error": why }));
        }
        if is_trial {
            return (204, Value::Null);
        }
        if let Some(made) = kept.made.get_mut(order_id) {
            made.times += 1;
            return (200, json!({ "url": made.url }));
        }
        if kept.funds == Some(0) {
            return (402, json!({ "error": "the account is empty" }));
        }
        kept.funds = kept.funds.map(|funds| funds - 1);
        let url = format!("https://supplier.example/{order_id}");
        let made = MadeReward { order_id: order_id.to_owned(), url: url.clone(), times: 1, product: product.clone() };
        kept.made.insert(order_id.to_owned(), made);
        if name.starts_with("lost") {
            return (500, json!({ "error": "made, and the answer was lost" }));
        }
        (200, json!({ "url": url }))
    }
}

fn is_signed(call: Call<'_>, now: Timestamp) -> bool {
    let Ok(seconds) = call.timestamp.parse::<i64>() else { return false };
    let Ok(id) = call.id.try_into() else { return false };
    let signed = WebhookSecret::new(SECRET).sign(&id, seconds, call.body);
    let is_ours = signed.is_ok_and(|signed| call.signature.split(' ').any(|signature| signature == signed));
    is_ours && (now.as_second() - seconds).abs() <= TOLERANCE
}
