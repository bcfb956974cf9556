//! Made-up redeem links, and the rate limits of public routes.

use std::time::Duration;

use jiff::SignedDuration;
use local::functions::Environments;
use local::functions::dispatch;
use local::gateway;
use serde_json::{Value, json};
use tests::World;
use tests::contention::{Physics, ServiceTime};
use tests::deployment::{Deployment, Key};
use tokio::time::{Instant, sleep};

/// Physics with reads of 8 ms and an index lag of `lag` milliseconds.
fn physics(lag: f64) -> Physics {
    let time = |median| ServiceTime { median, spread: 0.0 };
    Physics { read: time(8.0), write: time(8.0), index_lag: Some(time(lag)), ..Physics::default() }
}

/// Visits a link in an environment. Returns the status and the duration.
async fn visit(deployment: &Deployment, environment: &Environments, id: &str) -> (u16, Duration) {
    get(deployment, environment, &format!("/r/{id}")).await
}

async fn get(deployment: &Deployment, environment: &Environments, path: &str) -> (u16, Duration) {
    let began = Instant::now();
    let (function, event) = deployment.request(Key::None, "GET", path, Value::Null);
    let invocation = deployment.invocation(&function, SignedDuration::ZERO);
    let answer = dispatch(&function, environment, &deployment.outside(&function, 0), event, invocation).await.unwrap();
    (gateway::response(&answer).status, began.elapsed())
}

async fn award(deployment: &Deployment, user: &str) -> String {
    let ask = json!({"user_id": user, "campaign_id": "spring", "moment_id": "deposits"});
    let answer = deployment.prepare(Key::App("app"), "POST", "/v1/rewards", ask).await;
    answer["reward"]["reward_id"].as_str().unwrap().to_owned()
}

/// Returns an id of this campaign and time, with a chosen secret.
fn made_up(deployment: &Deployment, place: &str) -> String {
    format!("{place}.0{:x}{:012x}{}", 7, deployment.now().as_millisecond(), "A".repeat(22))
}

/// Without the check each of these visits occupies its environment for four waits of 200 ms ("What the field found",
/// C).
#[tokio::test(start_paused = true)]
async fn a_made_up_link_is_told_without_a_wait() {
    let deployment = Deployment::season(10, 10, physics(500.0)).await;
    let environment = deployment.environment("redeem-reward", 0);
    let page = deployment.environment("fulfil-orders", 0);
    let young = award(&deployment, "ada").await;
    let (place, tail) = young.rsplit_once('.').unwrap();
    // With the instant and shard of a genuine id.
    let beside = format!("{place}.{}{}", &tail[..14], "A".repeat(22));
    let nowhere = (0..20).map(|n| made_up(&deployment, &format!("x{n}.c")));
    let here = ["app.spring", "app.autumn"].map(|place| made_up(&deployment, place));
    for id in nowhere.chain(here).chain([beside]) {
        let (status, held) = visit(&deployment, &environment, &id).await;
        assert!(status == 404 && held < Duration::from_millis(100), "{id}: {status} after {held:?}");
        // The address page looks up the reward by itself.
        let (status, held) = get(&deployment, &page, &format!("/r/{id}/address")).await;
        assert!(status == 404 && held < Duration::from_millis(100), "{id}/address: {status} after {held:?}");
    }
    assert_eq!(environment.table.catalogs.remembered(), 1, "apps that do not exist take up memory");
    // The genuine link waits for the index and works.
    let (status, held) = visit(&deployment, &environment, &award(&deployment, "bob").await).await;
    assert!(status == 302 && held > Duration::from_millis(400), "{status} after {held:?}");
}

/// Ids from before signatures keep working, before and after their campaign gets its key.
#[tokio::test(start_paused = true)]
async fn links_that_were_given_out_unsigned_go_on_working() {
    let deployment = Deployment::season(10, 10, physics(500.0)).await;
    let is_campaign = |item: &Value| item["sk"]["S"] == "CAMPAIGN#spring";
    let campaign = || {
        let items = local::database::scan(deployment.model.database()).unwrap();
        items.into_iter().find(is_campaign).unwrap()
    };
    let mut earlier = campaign();
    assert!(earlier.as_object_mut().unwrap().remove("link_key").is_some());
    deployment.model.send("PutItem", json!({"TableName": local::database::TABLE, "Item": earlier})).await;
    let old = award(&deployment, "ada").await;
    let environment = deployment.environment("redeem-reward", 0);
    assert_eq!(visit(&deployment, &environment, &old).await.0, 302, "waited for while the index lags");
    let change = async |step: &str| {
        deployment.prepare(Key::Operator, "POST", &format!("/v1/apps/app/campaigns/spring/{step}"), Value::Null).await
    };
    change("suspend").await;
    assert!(campaign()["link_key"].is_null());
    change("resume").await;
    let key = campaign()["link_key"].clone();
    assert!(key["S"].as_str().is_some_and(|key| key.len() == 43));
    // An existing key stays.
    change("suspend").await;
    change("resume").await;
    assert_eq!(campaign()["link_key"], key);
    let raised = tests::campaign_with(&[("/budget/amount_minor", json!(6_000))]);
    deployment.prepare(Key::Operator, "PUT", "/v1/apps/app/campaigns/spring", raised).await;
    assert_eq!(campaign()["link_key"], key);
    sleep(Duration::from_secs(30)).await;
    let environment = deployment.environment("redeem-reward", 0);
    assert_eq!(visit(&deployment, &environment, &old).await.0, 302);
    assert_eq!(visit(&deployment, &environment, &award(&deployment, "bob").await).await.0, 302);
    // No route shows the key.
    let shown = deployment.prepare(Key::Operator, "GET", "/v1/apps/app/campaigns/spring", Value::Null).await;
    let history = deployment.prepare(Key::Operator, "GET", "/v1/apps/app/campaigns/spring/history", Value::Null).await;
    for answer in [shown, history] {
        assert!(!answer.to_string().contains(key["S"].as_str().unwrap()));
    }
}

/// API Gateway throttles each public route.
#[tokio::test]
async fn what_needs_no_key_is_throttled_and_what_needs_one_goes_on() {
    let world = World::new().await;
    let app = world.shop(1).await;
    let before = world.items();
    let describe = async || world.send("GET", "/openapi.json", &[], b"").await;
    for _ in 0..50 {
        describe().await.expect(200);
    }
    assert_eq!(describe().await.expect(429), json!({"message": "Too Many Requests"}));
    assert_eq!(world.items(), before);
    // Other routes have their own limits.
    assert_eq!(world.send("GET", "/r/zzz", &[], b"").await.status, 404);
    app.ask("ada").await.expect(201);
    world.pass(SignedDuration::from_secs(1));
    describe().await.expect(200);
    world.settle().await;
}
