//! A defect in one app's campaign, record or user does not affect another app ("What the field found", A).

use std::time::Duration;

use domain::Error;
use invocation::Invocation;
use jiff::SignedDuration;
use serde_json::{Value, json};
use tests::{App, World, campaign, campaign_with, group, set, stream_event};
use triggers::every_app::every_app;

use crate::announce_campaign::challenge;

/// The latest possible end, which a campaign of an earlier version may have.
const LAST_END: &str = "9999-12-30T21:00:00Z";

/// Makes an app with a live campaign and a group of the app's name with some URLs.
async fn shop<'a>(world: &'a World, id: &str, urls: usize, mut campaign: Value) -> App<'a> {
    let app = world.app(id).await;
    app.put_group(id, group()).await;
    app.stock(id, urls).await;
    set(&mut campaign, "/moments/0/rewards", json!([{"reward_group_id": id}]));
    app.launch("spring", campaign).await;
    app
}

/// Returns the item with this key.
fn item(world: &World, pk: &str, sk: &str) -> Value {
    let items = world.items_at(pk);
    items.into_iter().find(|item| item["sk"]["S"] == sk).unwrap()
}

/// Rewrites an item with one attribute changed, as a defect or another version might leave it.
async fn change(world: &World, item: &Value, name: &str, value: Value) -> Value {
    let mut changed = item.clone();
    changed[name] = value;
    world.put_raw(changed.clone()).await;
    changed
}

async fn state(app: &App<'_>, user: &str) -> Value {
    let list = app.call("GET", &format!("/v1/users/{user}/rewards"), Value::Null).await.expect(200);
    list["data"][0]["state"].clone()
}

/// Returns Lambda's event with these records as one batch.
fn batch(items: &[&Value]) -> Value {
    let mut event = json!({"Records": []});
    for (item, number) in items.iter().zip(1..) {
        let mut record = stream_event("MODIFY", item)["Records"][0].clone();
        record["dynamodb"]["SequenceNumber"] = json!(number.to_string());
        event["Records"].as_array_mut().unwrap().push(record);
    }
    event
}

fn failures(answer: &Value) -> &Vec<Value> {
    answer["batchItemFailures"].as_array().unwrap()
}

#[tokio::test]
async fn a_live_campaign_cannot_be_amended_past_the_last_end() {
    let world = World::new().await;
    let app = world.shop(1).await;
    let before = world.items();
    for end in [LAST_END, "2100-01-01T00:00:00.001Z"] {
        let body = campaign_with(&[("/ends_at", json!(end))]);
        let errors = app.admin("PUT", "/campaigns/spring", body).await.field_errors();
        assert_eq!(errors, [("/ends_at".to_owned(), "out_of_range".to_owned())]);
    }
    assert_eq!(world.items(), before);
    let last = campaign_with(&[("/ends_at", json!("2100-01-01T00:00:00Z"))]);
    app.admin("PUT", "/campaigns/spring", last).await.expect(200);
    world.settle().await;
}

#[tokio::test]
async fn a_campaign_from_before_the_bound_on_ends_works_and_can_be_moved_to_it() {
    let world = World::new().await;
    let text = json!({"en": {"title": "Go", "body": "Deposit"}});
    let plan = [
        ("/kind", json!("challenge")),
        ("/starts_at", json!("2026-12-01T11:59:00Z")),
        ("/guards", json!({"one_reward_per": ["device"]})),
        ("/moments/0/target", json!(1)),
        ("/moments/0/messages/announcement", text),
    ];
    let app = shop(&world, "app", 2, campaign_with(&plan)).await;
    change(&world, &item(&world, "APP#app", "CAMPAIGN#spring"), "ends_at", json!({"S": LAST_END})).await;
    let phone = json!({"channel": "GCM", "address": "token"});
    app.call("PUT", "/v1/users/ada/devices/phone", phone).await.expect(200);
    world.local.run_schedule("announce-campaign").await.unwrap();
    world.settle().await;
    assert_eq!(world.local.pushes().len(), 1, "it was announced");
    let event = json!({"user_id": "ada", "action": "deposit", "event_id": "1", "fingerprints": {"device": "d"}});
    let answer = app.call("POST", "/v1/moments", event).await.expect(200);
    assert_eq!(answer["outcomes"][0]["outcome"], "rewarded", "{answer}");
    world.settle().await;
    assert!(world.local.dead_letters().unwrap().is_empty());
    assert_eq!(world.local.pushes().len(), 2);
    // No body can name this end, so the campaign gets the last end that can be named.
    let rewards = json!([{"reward_group_id": "app"}]);
    let wanted = |end: &str| {
        campaign_with(&[&plan[..], &[("/ends_at", json!(end)), ("/moments/0/rewards", rewards.clone())]].concat())
    };
    app.admin("PUT", "/campaigns/spring", wanted("2099-12-31T00:00:00Z")).await.expect(409);
    let amended = app.admin("PUT", "/campaigns/spring", wanted("2100-01-01T00:00:00Z")).await.expect(200);
    assert_eq!(amended["ends_at"], "2100-01-01T00:00:00Z");
    world.settle().await;
}

#[tokio::test]
async fn an_unreadable_record_blocks_no_other_app_and_returns_after_a_repair() {
    let world = World::new().await;
    let bad = shop(&world, "bad", 1, campaign()).await;
    let good = shop(&world, "good", 0, campaign()).await;
    assert_eq!(bad.deposits("eve", 4).await["outcome"], "in_progress");
    assert_eq!(good.ask("ada").await.expect(200)["outcome"], "waiting");
    world.settle().await;
    // A completed moment whose submission died, in an unreadable item.
    let progress = item(&world, "USER#bad#eve", "PROGRESS#spring#deposits");
    let remaining = change(&world, &progress, "remaining", json!({"N": "0"})).await;
    let poison = change(&world, &remaining, "counted", json!({"S": "five"})).await;
    good.stock("good", 1).await;
    let restocked = item(&world, "APP#good", "GROUP#good");
    let answer = world.local.functions.invoke("follow-rewards", batch(&[&poison, &restocked]), "batch").await.unwrap();
    assert!(failures(&answer).is_empty(), "{answer}");
    assert_eq!(state(&good, "ada").await, "awarded", "in the very batch of the record before it");
    let [message] = &world.local.queues().list("SetAsideQueue")[..] else { panic!("one record is set aside") };
    let place = json!({"pk": "USER#bad#eve", "sk": "PROGRESS#spring#deposits"});
    assert_eq!(message["body"], place.to_string(), "a place, and no item");
    // The queue tries it a few times alone and gives it up; the stream gives up nothing.
    world.local.settle().await.unwrap();
    assert!(world.local.dead_letters().unwrap().is_empty());
    assert!(!world.local.queues().list("SetAsideDeadLetters").is_empty());
    assert_eq!(state(&bad, "eve").await, Value::Null);
    // After the repair the message is delivered again, even repeatedly.
    change(&world, &remaining, "counted", json!({"N": "5"})).await;
    let record = json!({"messageId": "1", "body": place.to_string(), "attributes": {}, "messageAttributes": {}});
    for _ in 0..2 {
        let event = json!({"Records": [record]});
        let answer = world.local.functions.invoke("follow-rewards", event, "again").await.unwrap();
        assert!(failures(&answer).is_empty(), "{answer}");
        assert_eq!(state(&bad, "eve").await, "awarded");
    }
    // As `moments dlq redrive` does.
    let dead = json!({"SourceArn": "arn:aws:sqs:us-east-1:000000000000:SetAsideDeadLetters"});
    assert_eq!(world.local.queues().call("AmazonSQS.StartMessageMoveTask", &dead, world.clock.now()).0, 200);
    assert!(!world.local.queues().list("SetAsideQueue").is_empty());
    world.settle().await;
    for queue in ["SetAsideQueue", "SetAsideDeadLetters"] {
        assert!(world.local.queues().list(queue).is_empty(), "{queue}");
    }
}

#[tokio::test]
async fn what_an_unreadable_reward_gave_back_is_followed_up_when_it_can_be_read() {
    let world = World::new().await;
    let app = shop(&world, "app", 1, campaign()).await;
    let ada = app.ask("ada").await.expect(201)["reward"]["reward_id"].as_str().unwrap().to_owned();
    assert_eq!(app.ask("bob").await.expect(200)["outcome"], "waiting");
    world.settle().await;
    // Nothing reads the void's own record: its message has the reward's state.
    let reason = json!({"reason": "error"});
    world.admin("POST", &format!("/v1/rewards/{ada}/void"), reason).await.expect(200);
    let place = json!({"pk": "USER#app#ada", "sk": "REWARD#spring#deposits#1"});
    let record = json!({"messageId": "1", "body": place.to_string(), "attributes": {}, "messageAttributes": {}});
    let event = json!({"Records": [record]});
    let before = world.items_at("APP#app");
    let answer = world.local.functions.invoke("follow-rewards", event, "again").await.unwrap();
    assert!(failures(&answer).is_empty(), "{answer}");
    assert_ne!(world.items_at("APP#app"), before, "the line is called");
    world.settle().await;
    let report = app.admin("GET", "/campaigns/spring/report", Value::Null).await.expect(200);
    world.settle().await;
    assert_eq!(app.admin("GET", "/campaigns/spring/report", Value::Null).await.expect(200)["totals"], report["totals"]);
}

#[tokio::test]
async fn an_app_that_cannot_be_read_ends_no_schedules_walk() {
    let world = World::new().await;
    let bad = shop(&world, "bad", 1, campaign()).await;
    let good = shop(&world, "good", 1, challenge(&[])).await;
    let phone = json!({"channel": "GCM", "address": "token"});
    good.call("PUT", "/v1/users/ada/devices/phone", phone).await.expect(200);
    world.settle().await;
    change(&world, &item(&world, "APP#bad", "APP"), "name", json!({"N": "1"})).await;
    world.pass(SignedDuration::from_hours(1));
    world.local.run_schedule("announce-campaign").await.unwrap();
    world.local.settle().await.unwrap();
    assert_eq!(world.local.pushes().len(), 1, "the other app's challenge is announced");
    drop(bad);
}

#[tokio::test]
async fn a_panic_over_one_app_ends_no_schedules_walk_and_is_counted() {
    let world = World::new().await;
    for id in ["a", "b", "c"] {
        world.app(id).await;
    }
    let invocation = Invocation::new(world.clock.now(), Duration::from_secs(60), "test".into());
    let store = &world.local.environments.store;
    let work = |app: domain::id::AppId| async move {
        assert_ne!(app.as_str(), "a", "a defect");
        if app.as_str() == "b" { Err(Error::Unavailable("throttled".into())) } else { Ok(1) }
    };
    assert_eq!(every_app(store, &invocation, "test", work).await.unwrap(), 1);
    let lines = invocation.metrics.lines("none", "test", Duration::ZERO, world.clock.now()).concat();
    assert!(lines.contains("\"Defects\":1"), "{lines}");
}

#[tokio::test]
async fn a_user_id_that_a_queue_cannot_hold_as_it_is_holds_up_no_push() {
    let world = World::new().await;
    let (odd, plain) = (shop(&world, "odd", 1, campaign()).await, shop(&world, "plain", 1, campaign()).await);
    // SQS accepts every character of a user id except this one and U+FFFE.
    for (app, path, user) in [(&odd, "%EF%BF%BF", "\u{ffff}"), (&plain, "ada", "ada")] {
        let phone = json!({"channel": "GCM", "address": format!("token-{path}").replace('%', "-")});
        app.call("PUT", &format!("/v1/users/{path}/devices/phone"), phone).await.expect(200);
        app.ask(user).await.expect(201);
    }
    world.settle().await;
    assert!(world.local.dead_letters().unwrap().is_empty());
    assert_eq!(world.local.pushes().len(), 2);
}

#[tokio::test]
async fn an_unreadable_reward_record_is_queued_by_its_key_as_is_the_next_one() {
    let world = World::new().await;
    let (bad, good) = (shop(&world, "bad", 1, campaign()).await, shop(&world, "good", 1, campaign()).await);
    for app in [&bad, &good] {
        app.ask("ada").await.expect(201);
    }
    let of = |app: &str| item(&world, &format!("USER#{app}#ada"), "REWARD#spring#deposits#1");
    let (mut poison, other) = (of("bad"), of("good"));
    poison["reward_state"] = json!({"N": "7"});
    let answer = world.local.functions.invoke("publish-events", batch(&[&poison, &other]), "batch").await.unwrap();
    assert!(failures(&answer).is_empty(), "{answer}");
    let bodies: Vec<Value> = world
        .local
        .queues()
        .list("PushQueue")
        .iter()
        .map(|message| serde_json::from_str(message["body"].as_str().unwrap()).unwrap())
        .collect();
    let told: Vec<&Value> = bodies.iter().map(|body| &body["app"]).collect();
    assert_eq!(told, ["bad", "good"]);
    world.settle().await;
}

#[tokio::test]
async fn rewards_that_cannot_expire_keep_no_others_from_expiring() {
    let world = World::new().await;
    let good = world.app("good").await;
    let mut brief = group();
    brief["expires_after_days"] = json!(1);
    good.put_group("gift", brief).await;
    good.stock("gift", 1).await;
    good.launch("spring", campaign()).await;
    good.ask("ada").await.expect(201);
    world.settle().await;
    // More than one read of a shard returns stand before it, for rewards that do not exist.
    let notes = world.items();
    let note = notes.iter().find(|item| item["sk"]["S"] == "EXPIRY").unwrap().to_string();
    assert!(note.contains("good.spring."), "{note}");
    for n in 0..60 {
        let of_another = note.replace("good.spring.", &format!("bad{n}.spring."));
        world.put_raw(serde_json::from_str(&of_another).unwrap()).await;
    }
    world.pass(SignedDuration::from_hours(48));
    world.local.functions.invoke("follow-rewards", json!({"errand": "expiry"}), "schedule").await.unwrap();
    let reward = world.items_at("USER#good#ada").into_iter().find(|item| item.get("reward_id").is_some()).unwrap();
    assert_eq!(reward["reward_state"]["S"], "expired");
}
