//! One event, many campaigns: they count concurrently, the answer's order is fixed, and approval enforces a bound. The
//! issue "What the field found" (E): with 500 live campaigns on one action an event took 2.9 s.

use std::time::Duration;

use domain::campaign::matching::MOST_MOMENTS;
use jiff::SignedDuration;
use local::functions::dispatch;
use local::gateway;
use serde_json::{Value, json};
use tests::contention::Physics;
use tests::deployment::{Deployment, Key};
use tests::{App, World, campaign_with, group, set};
use tokio::time::Instant;

/// Returns a campaign with `moments` moments that count deposits, on some days.
fn plan(moments: usize, (from, until): (&str, &str)) -> Value {
    let mut plan = campaign_with(&[("/starts_at", json!(from)), ("/ends_at", json!(until))]);
    let moment = plan["moments"][0].clone();
    let moments = (0..moments).map(|n| {
        let mut moment = moment.clone();
        moment["moment_id"] = json!(format!("m{n:02}"));
        moment
    });
    plan["moments"] = moments.collect();
    plan
}

const AUTUMN: (&str, &str) = ("2026-11-01T00:00:00Z", "2027-01-01T00:00:00Z");
const WINTER: (&str, &str) = ("2027-01-01T00:00:00Z", "2027-03-01T00:00:00Z");
const SPRING: (&str, &str) = ("2027-03-01T00:00:00Z", "2027-06-01T00:00:00Z");

async fn shop(world: &World) -> App<'_> {
    let app = world.app("app").await;
    app.put_group("gift", group()).await;
    app.stock("gift", 5).await;
    app
}

/// Puts, submits and approves a campaign. ([`App::launch`] would check the stock for each moment.)
async fn launch(app: &App<'_>, id: &str, plan: Value) {
    app.admin("PUT", &format!("/campaigns/{id}"), plan).await.expect(200);
    for step in ["submit", "approve"] {
        app.admin("POST", &format!("/campaigns/{id}/{step}"), Value::Null).await.expect(200);
    }
}

/// Copies a stored campaign under another id, as if it was approved before the bound existed.
fn copy(stored: &Value, id: &str, starts_at: &str) -> Value {
    let mut copy = stored.clone();
    set(&mut copy, "/sk/S", json!(format!("CAMPAIGN#{id}")));
    set(&mut copy, "/campaign_id/S", json!(id));
    set(&mut copy, "/starts_at/S", json!(starts_at));
    copy
}

fn stored(items: Vec<Value>, id: &str) -> Value {
    items.into_iter().find(|item| item["sk"]["S"] == format!("CAMPAIGN#{id}")).unwrap()
}

/// Submits an event that `count` campaigns count, on the model and in a warm environment. Returns the time and the
/// outcomes.
async fn event_of(campaigns: usize) -> (Duration, Vec<String>) {
    let deployment = Deployment::season(1, 1, Physics::default()).await;
    let spring = stored(local::database::scan(deployment.model.database()).unwrap(), "spring");
    for n in 1..campaigns {
        let item = copy(&spring, &format!("spring-{n:03}"), AUTUMN.0);
        let put = serde_json::from_value(json!({"TableName": "moments", "Item": item})).unwrap();
        deployment.model.database().put_item(put).unwrap();
    }
    let environment = deployment.environment("submit-moment", 1);
    let mut last = (Duration::ZERO, Vec::new());
    for event_id in ["e1", "e2"] {
        let body = json!({"user_id": "ada", "action": "deposit", "event_id": event_id});
        let (function, event) = deployment.request(Key::App("app"), "POST", "/v1/moments", body);
        let invocation = deployment.invocation(&function, SignedDuration::ZERO);
        let outside = deployment.outside(&function, 1);
        let began = Instant::now();
        let answer = dispatch(&function, &environment, &outside, event, invocation).await.unwrap();
        let took = began.elapsed();
        let answer: Value = serde_json::from_slice(&gateway::response(&answer).body).unwrap();
        let outcome = |outcome: &Value| {
            assert_eq!(outcome["outcome"], "in_progress", "{outcome}");
            outcome["campaign_id"].as_str().unwrap().to_owned()
        };
        last = (took, answer["outcomes"].as_array().unwrap().iter().map(outcome).collect());
    }
    last
}

// "Counted one after the other": the model's clock counts the time of requests only.
#[tokio::test(start_paused = true)]
async fn an_event_of_a_hundred_campaigns_takes_the_time_of_a_few() {
    let (one, _) = event_of(1).await;
    let (hundred, campaigns) = event_of(100).await;
    println!("an event of one campaign: {one:?}; of a hundred: {hundred:?}");
    assert!(hundred < one * 20, "{hundred:?}, and one takes {one:?}");
    let mut sorted = campaigns.clone();
    sorted.sort();
    assert_eq!((campaigns.len(), &campaigns), (100, &sorted), "in the order of their ids");
}

// "Bound how many one event may match, say so at `approve`."
#[tokio::test]
async fn a_campaign_is_not_approved_if_an_event_would_match_too_many_moments() {
    let world = World::new().await;
    let app = shop(&world).await;
    launch(&app, "a", plan(50, AUTUMN)).await;
    launch(&app, "b", plan(50, AUTUMN)).await;
    app.admin("PUT", "/campaigns/c", plan(1, AUTUMN)).await.expect(200);
    let before = world.items_at("APP#app");
    let refused = app.admin("POST", "/campaigns/c/submit", Value::Null).await;
    assert_eq!(refused.clone().field_errors(), [("/moments/0/action".to_owned(), "obstacle".to_owned())]);
    let detail = refused.body["errors"][0]["detail"].as_str().unwrap();
    assert!(detail.contains("deposit would count towards 101 moments") && detail.contains("100 at most"), "{detail}");
    assert_eq!(world.items_at("APP#app"), before);
    // Another action has room, and so has the time after these campaigns; but they cannot be extended into it.
    launch(&app, "d", campaign_with(&[("/moments/0/action", json!("walk"))])).await;
    launch(&app, "e", plan(50, WINTER)).await;
    launch(&app, "f", plan(50, WINTER)).await;
    let before = world.items_at("APP#app");
    let longer = app.admin("PUT", "/campaigns/b", plan(50, (AUTUMN.0, "2027-01-02T00:00:00Z"))).await;
    assert_eq!(longer.field_errors(), [("/ends_at".to_owned(), "obstacle".to_owned())]);
    assert_eq!(world.items_at("APP#app"), before);
    // Approval checks again a campaign that was submitted while there was room.
    for (id, moments) in [("g", 50), ("h", 50), ("i", 1)] {
        app.admin("PUT", &format!("/campaigns/{id}"), plan(moments, SPRING)).await.expect(200);
        app.admin("POST", &format!("/campaigns/{id}/submit"), Value::Null).await.expect(200);
    }
    app.admin("POST", "/campaigns/g/approve", Value::Null).await.expect(200);
    app.admin("POST", "/campaigns/h/approve", Value::Null).await.expect(200);
    let refused = app.admin("POST", "/campaigns/i/approve", Value::Null).await;
    assert_eq!(refused.field_errors()[0].0, "/moments/0/action");
    world.settle().await;
}

#[tokio::test]
async fn of_campaigns_from_before_the_bound_the_first_to_begin_count() {
    let world = World::new().await;
    let app = shop(&world).await;
    launch(&app, "b", plan(50, AUTUMN)).await;
    let b = stored(world.items_at("APP#app"), "b");
    // The first by name began last, so it does not count.
    for (id, starts_at) in [("a", "2026-11-03T00:00:00Z"), ("c", "2026-11-02T00:00:00Z")] {
        world.put_raw(copy(&b, id, starts_at)).await;
    }
    let deposit = async |event: &str| app.deposit("ada", event).await.expect(200);
    let (first, again) = (deposit("e1").await, deposit("e1").await);
    for (answer, duplicate) in [(&first, false), (&again, true)] {
        let outcomes = answer["outcomes"].as_array().unwrap();
        let of = |id: &'static str, kind: &'static str| {
            outcomes.iter().filter(move |outcome| outcome["campaign_id"] == id && outcome["outcome"] == kind).count()
        };
        let counts = ["b", "c"].map(|id| of(id, "in_progress"));
        assert_eq!((counts, of("a", "not_eligible"), outcomes.len()), ([50, 50], 50, 150));
        let reason = outcomes[149]["reasons"][0].as_str().unwrap();
        assert!(reason.contains(&format!("{MOST_MOMENTS} moments at most")), "{reason}");
        assert_eq!(answer["duplicate"], duplicate);
    }
    let progress = world.items_at("USER#app#ada");
    assert_eq!(progress.len(), MOST_MOMENTS);
    assert!(progress.iter().all(|item| !item["sk"]["S"].as_str().unwrap().starts_with("PROGRESS#a#")));
    let dry =
        app.call("POST", "/v1/moments?dry_run=true", json!({"user_id": "bob", "action": "deposit", "event_id": "e1"}));
    assert_eq!(dry.await.expect(200)["outcomes"].as_array().unwrap().len(), 150);
    // A batch has the same concurrency as one event, and the same result.
    let moments: Vec<Value> =
        (0..3).map(|n| json!({"user_id": format!("user-{n}"), "action": "deposit", "event_id": "e"})).collect();
    let batch = app.call("POST", "/v1/moments/batch", json!({"moments": moments})).await.expect(200);
    for result in batch["results"].as_array().unwrap() {
        assert_eq!(result["body"]["outcomes"].as_array().unwrap().len(), 150);
    }
}
