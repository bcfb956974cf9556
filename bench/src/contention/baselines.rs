//! The usual design: query the index for the first available coupon, take it by a conditional update, and query again
//! after a conflict. It has no budget and does not prevent a second reward for a user; both would cost more.

use std::cell::RefCell;
use std::time::Duration;

use futures_util::future::join_all;
use local::database::TABLE;
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use serde_json::{Value, json};
use tests::contention::{Model, Physics, Reply};
use tokio::time::{Instant, sleep};

use super::{LONGEST, Outcome};
use crate::report::Spread;
use crate::scene;

/// Each environment takes one coupon after another.
pub(super) async fn by_scan(environments: usize, awards: u64, seed: u64) -> Outcome {
    let deployment = scene::deployment(Physics::default(), seed);
    let model = &deployment.model;
    load(model, awards + environments as u64).await;
    let times: RefCell<Spread> = RefCell::default();
    let (before, began) = (model.figures(), Instant::now());
    let takers = (0..environments as u64).map(async |number| {
        let mut random = StdRng::seed_from_u64(seed << 32 | number);
        while (times.borrow().len() as u64) < awards && began.elapsed() < LONGEST {
            let from = Instant::now();
            if take(model, &mut random, began).await {
                times.borrow_mut().add(from.elapsed().as_secs_f64() * 1e3);
            }
        }
    });
    join_all(takers).await;
    let awards = times.borrow().len() as u64;
    let figures = model.figures() - before;
    Outcome { awards, failed: 0, elapsed: began.elapsed(), times: times.take(), figures }
}

async fn load(model: &Model, coupons: u64) {
    for first in (0..coupons).step_by(500) {
        let put = |n: u64| {
            let item = json!({
                "pk": {"S": format!("COUPON#{n:08}")}, "sk": {"S": "COUPON"},
                "gsi1pk": {"S": "AVAILABLE"}, "gsi1sk": {"S": format!("{n:08}")},
            });
            model.send("PutItem", json!({"TableName": TABLE, "Item": item}))
        };
        join_all((first..coupons.min(first + 500)).map(put)).await;
        sleep(Duration::from_secs(1)).await;
    }
    sleep(Duration::from_secs(30)).await;
}

/// Takes a coupon. Returns false if the time is over.
async fn take(model: &Model, random: &mut StdRng, began: Instant) -> bool {
    let mut misses = 0_u32;
    while began.elapsed() < LONGEST {
        let query = json!({
            "TableName": TABLE, "IndexName": "gsi1", "KeyConditionExpression": "gsi1pk = :available", "Limit": 1,
            "ExpressionAttributeValues": {":available": {"S": "AVAILABLE"}},
        });
        if let Reply::Answer(200, found) = model.send("Query", query).await
            && let Some(item) = found["Items"].get(0)
        {
            let update = json!({
                "TableName": TABLE, "Key": {"pk": item["pk"], "sk": item["sk"]},
                "UpdateExpression": "SET claimed_by = :user REMOVE gsi1pk, gsi1sk",
                "ConditionExpression": "attribute_not_exists(claimed_by)",
                "ExpressionAttributeValues": {":user": {"S": "user"}},
            });
            if let Reply::Answer(200, Value::Object(_)) = model.send("UpdateItem", update).await {
                return true;
            }
        }
        misses += 1;
        let most = 10_u64 << misses.min(5);
        sleep(Duration::from_millis(random.random_range(0..=most))).await;
    }
    false
}
