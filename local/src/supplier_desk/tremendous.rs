//! Tremendous on a laptop: `/_local/suppliers/tremendous/…`. An order that comes again is answered 201, without its
//! link. One for which the money is too little fails, and stays failed under its id.

use serde_json::{Value, json};

use super::{Answer, Order, Refusal, SupplierDesk, dawdle};

/// The key of the laptop's account. It protects nothing.
pub const API_KEY: &str = "TEST_laptop-supplier-key-which-is-not-a-secret";

/// Answers a call to a path below the base address. `authorization` is that header.
pub async fn answer(desk: &SupplierDesk, path: &str, authorization: Option<&str>, body: &str) -> Answer {
    if authorization != Some(&format!("Bearer {API_KEY}")) {
        return failure(401, "Unauthorized");
    }
    match path.split('/').collect::<Vec<_>>()[..] {
        ["orders", id] => placed(desk, id),
        ["orders"] => order(desk, &serde_json::from_str(body).unwrap_or_default()).await,
        ["rewards", id, "generate_link"] => link(desk, id),
        ["products", id] => match desk.admit(Some(id)) {
            Ok(()) => (200, json!({"product": {"id": id}})),
            Err(refusal) => refused(refusal),
        },
        ["funding_sources"] => funds(desk),
        _ => failure(404, "Not found"),
    }
}

/// Tells of an order that was placed.
fn placed(desk: &SupplierDesk, id: &str) -> Answer {
    if let Err(refusal) = desk.admit(None) {
        return refused(refusal);
    }
    if desk.has_failed(id) {
        return (200, failed(id));
    }
    match desk.made().into_iter().find(|made| made.order_id == id) {
        Some(_) => (200, executed(id, &json!({"method": "LINK", "status": "SUCCEEDED"}))),
        None => failure(404, "Not found"),
    }
}

fn executed(id: &str, delivery: &Value) -> Value {
    let rewards = json!([{"id": reward_id(id), "order_id": id, "delivery": delivery}]);
    json!({"order": {"id": id, "external_id": id, "status": "EXECUTED", "channel": "API", "rewards": rewards}})
}

fn failed(id: &str) -> Value {
    json!({"order": {"id": id, "external_id": id, "status": "FAILED", "channel": "API", "rewards": []}})
}

/// Rewards have ids of letters and digits only.
fn reward_id(order_id: &str) -> String {
    order_id.replace('-', "X")
}

async fn order(desk: &SupplierDesk, request: &Value) -> Answer {
    let reward = &request["reward"];
    let product = reward["products"][0].as_str();
    let (id, amount) = (request["external_id"].as_str(), reward["value"]["denomination"].as_f64());
    let (Some(id), Some(amount), true) = (id, amount, reward["delivery"]["method"] == "LINK") else {
        return failure(400, "Order failed: validation failure");
    };
    if !desk.is_same_order(id, request["payment"]["funding_source_id"].as_str().unwrap_or_default()) {
        return failure(409, "Order with this external_id exists with other parameters");
    }
    if desk.has_failed(id) {
        return (201, failed(id));
    }
    let made = desk.admit(product).and_then(|()| {
        desk.make(Order {
            id: id.to_owned(),
            kind: "tremendous",
            product: product.map(str::to_owned),
            #[expect(clippy::cast_possible_truncation, reason = "money of a laptop")]
            price_minor: (amount * 100.0).round() as i64,
            made: format!("https://testflight.tremendous.com/rewards/payout/{id}"),
        })
    });
    match made {
        Ok(made) => {
            dawdle(product).await;
            let is_new = made.times == 1;
            let delivery = if is_new {
                json!({"method": "LINK", "status": "SUCCEEDED", "link": made.made})
            } else {
                json!({"method": "LINK", "status": "SUCCEEDED"})
            };
            (if is_new { 200 } else { 201 }, executed(id, &delivery))
        }
        Err(Refusal::NoFunds) => {
            desk.fail(id);
            (200, failed(id))
        }
        Err(refusal) => refused(refusal),
    }
}

fn link(desk: &SupplierDesk, id: &str) -> Answer {
    if let Err(refusal) = desk.admit(None) {
        return refused(refusal);
    }
    match desk.made().into_iter().find(|made| reward_id(&made.order_id) == id) {
        Some(made) => (200, json!({"reward": {"id": id, "link": made.made}})),
        None => failure(404, "Not found"),
    }
}

fn funds(desk: &SupplierDesk) -> Answer {
    if let Err(refusal) = desk.admit(None) {
        return refused(refusal);
    }
    let balance = json!({"id": "BALANCE", "method": "balance", "meta": {"available_cents": desk.funds()}});
    (200, json!({ "funding_sources": [balance] }))
}

fn refused(refusal: Refusal) -> Answer {
    match refusal {
        Refusal::Denied => failure(401, "Unauthorized"),
        Refusal::NoFunds => failure(402, "Payment required"),
        Refusal::Gone => failure(404, "Product not found"),
        Refusal::Throttled => failure(429, "Too many requests"),
        Refusal::Broken | Refusal::Lost => failure(500, "Internal error"),
    }
}

fn failure(status: u16, message: &str) -> Answer {
    (status, json!({"errors": {"message": message}}))
}
