//! The suppliers of a laptop: one book for all kinds, which makes a reward for each order once and fails as the
//! product's name asks. `webhook`, `amazon` and `tremendous` speak as the real ones do. What an order gets depends on
//! its id alone, so a restart changes nothing. `GET /_local/suppliers` lists what was made.

pub mod amazon;
pub mod tremendous;
pub mod webhook;

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Mutex;
use std::time::Duration;

use serde::Serialize;
use serde_json::Value;
use tokio::time::Instant;

use crate::lock;

/// Calls in any second. More are refused.
const PER_SECOND: usize = 10;

/// The largest difference of a signature's time, in seconds.
const TOLERANCE: i64 = 300;

/// Longer than Moments waits for an answer.
const SLOW: Duration = Duration::from_secs(7);

/// The money of an account that nobody has set, in minor units.
const PLENTY: i64 = 100_000_000;

/// A status and a body.
pub type Answer = (u16, Value);

/// A reward that was made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct MadeReward {
    /// The order's id.
    pub order_id: String,
    /// The kind of the supplier.
    pub kind: &'static str,
    /// The product.
    pub product: Option<String>,
    /// The price, in minor units.
    pub price_minor: i64,
    /// The URL or the code.
    pub made: String,
    /// How often the order arrived.
    pub times: u32,
}

/// What is ordered.
struct Order {
    id: String,
    kind: &'static str,
    product: Option<String>,
    price_minor: i64,
    /// What it will be.
    made: String,
}

/// Why nothing is made, or why nobody hears that it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Refusal {
    Denied,
    NoFunds,
    Gone,
    Throttled,
    Broken,
    /// It was made, and the first answer is lost.
    Lost,
}

/// The suppliers.
#[derive(Debug, Default)]
pub struct SupplierDesk {
    kept: Mutex<Kept>,
}

#[derive(Debug, Default)]
struct Kept {
    book: BTreeMap<String, MadeReward>,
    calls: VecDeque<Instant>,
    funds: Option<i64>,
    /// Orders that Tremendous keeps as failed.
    failed: BTreeSet<String>,
    /// Orders at Tremendous, with the funding source that each named.
    sources: BTreeMap<String, String>,
}

impl SupplierDesk {
    /// Returns what was made, by order.
    pub fn made(&self) -> Vec<MadeReward> {
        lock(&self.kept).book.values().cloned().collect()
    }

    /// Sets the money of the account from now on, in minor units; `None` is without end.
    pub fn fund(&self, minor: Option<i64>) {
        lock(&self.kept).funds = minor;
    }

    fn funds(&self) -> i64 {
        lock(&self.kept).funds.unwrap_or(PLENTY)
    }

    /// Counts a call, and refuses it if there are too many or the product asks for a refusal.
    fn admit(&self, product: Option<&str>) -> Result<(), Refusal> {
        let mut kept = lock(&self.kept);
        let now = Instant::now();
        while kept.calls.front().is_some_and(|call| now.duration_since(*call) >= Duration::from_secs(1)) {
            kept.calls.pop_front();
        }
        if kept.calls.len() >= PER_SECOND {
            return Err(Refusal::Throttled);
        }
        kept.calls.push_back(now);
        let refusals = [
            ("denied", Refusal::Denied),
            ("no-funds", Refusal::NoFunds),
            ("gone", Refusal::Gone),
            ("throttled", Refusal::Throttled),
            ("broken", Refusal::Broken),
        ];
        let name = product.unwrap_or_default();
        refusals.into_iter().find(|(prefix, _)| name.starts_with(prefix)).map_or(Ok(()), |(_, refusal)| Err(refusal))
    }

    /// Keeps an order as failed.
    fn fail(&self, order_id: &str) {
        lock(&self.kept).failed.insert(order_id.to_owned());
    }

    /// Notes what an order named as its funding source. Returns whether an earlier one of that id named the same.
    fn is_same_order(&self, order_id: &str, source: &str) -> bool {
        lock(&self.kept).sources.entry(order_id.to_owned()).or_insert_with(|| source.to_owned()) == source
    }

    fn has_failed(&self, order_id: &str) -> bool {
        lock(&self.kept).failed.contains(order_id)
    }

    /// Makes what an admitted order asks for, or finds what was made for it before.
    fn make(&self, order: Order) -> Result<MadeReward, Refusal> {
        let mut kept = lock(&self.kept);
        if let Some(made) = kept.book.get_mut(&order.id) {
            made.times += 1;
            return Ok(made.clone());
        }
        if kept.funds.is_some_and(|funds| funds < order.price_minor) {
            return Err(Refusal::NoFunds);
        }
        kept.funds = kept.funds.map(|funds| funds - order.price_minor);
        let Order { id, kind, product, price_minor, made } = order;
        let is_lost = product.as_deref().is_some_and(|product| product.starts_with("lost"));
        let made = MadeReward { order_id: id.clone(), kind, product, price_minor, made, times: 1 };
        kept.book.insert(id, made.clone());
        if is_lost { Err(Refusal::Lost) } else { Ok(made) }
    }
}

/// Waits longer than Moments does, if the product asks for that.
async fn dawdle(product: Option<&str>) {
    if product.is_some_and(|product| product.starts_with("slow")) {
        tokio::time::sleep(SLOW).await;
    }
}
