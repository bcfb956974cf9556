//! Webhooks: deliveries, retries, signatures, and the admin's routes. `domain_events` tests the events.

use std::collections::BTreeSet;

use aws::Settings;
use domain::event::{DomainEvent, TYPES};
use domain::id::AppId;
use domain::secret::{WebhookSecret, WebhookUrl};
use domain::webhook::Webhook;
use jiff::SignedDuration;
use local::clock::Clock;
use local::{Local, Options};
use outbound_events::EventBus;
use serde_json::{Value, json};
use tests::receiver::{Received, Receiver};
use tests::{App, World, openapi};

/// Puts a webhook for these events. Returns its secret.
pub(crate) async fn put(app: &App<'_>, id: &str, receiver: &Receiver, events: Value) -> String {
    let body = json!({"url": receiver.url, "events": events});
    let made = app.admin("PUT", &format!("/webhooks/{id}"), body).await.expect(201);
    made["secret"].as_str().unwrap().to_owned()
}

pub(crate) async fn errand(world: &World, errand: &str) -> Value {
    world.local.functions.invoke("deliver-webhook", json!({"errand": errand}), "schedule").await.unwrap()
}

async fn deliveries(app: &App<'_>) -> Vec<Value> {
    let listed = app.admin("GET", "/webhooks/backend/deliveries", Value::Null).await.expect(200);
    listed["data"].as_array().unwrap().clone()
}

pub(crate) fn types(received: &[Received]) -> Vec<String> {
    let mut types: Vec<String> = received.iter().map(Received::event_type).collect();
    types.sort();
    types
}

#[tokio::test]
async fn the_published_verifier_accepts_a_call_and_refuses_an_altered_one() {
    let (world, receiver) = (World::new().await, Receiver::start().await);
    // The verifier uses the machine's clock.
    world.clock.set(Clock::system().now());
    let app = world.app("app").await;
    let secret = put(&app, "backend", &receiver, json!(["reward.awarded"])).await;
    let sent = app.admin("POST", "/webhooks/backend/test", Value::Null).await.expect(200);
    assert_eq!((&sent["state"], &sent["log"][0]["status"]), (&json!("delivered"), &json!(200)));
    let [call] = &receiver.received()[..] else { panic!("one call") };
    assert_eq!(call.event_type(), "webhook.test");
    openapi::check_event(&call.json());
    assert_eq!(call.header("webhook-id"), sent["delivery_id"]);
    let verifier = standardwebhooks::Webhook::new(&secret).unwrap();
    verifier.verify(&call.body, &call.headers).unwrap();
    let altered = call.body.to_vec().repeat(2);
    assert!(verifier.verify(&altered, &call.headers).is_err());
    let mut moved = call.headers.clone();
    moved.insert("webhook-id", "evt_other".parse().unwrap());
    assert!(verifier.verify(&call.body, &moved).is_err());
}

#[tokio::test]
async fn a_rotated_secret_signs_beside_the_new_one_for_a_day() {
    let (world, receiver) = (World::new().await, Receiver::start().await);
    let app = world.app("app").await;
    let first = put(&app, "backend", &receiver, json!(["*"])).await;
    let rotated = app.admin("POST", "/webhooks/backend/rotate", Value::Null).await.expect(200);
    let second = rotated["secret"].as_str().unwrap().to_owned();
    assert_eq!(rotated["previous_secret_until"], "2026-12-02T12:00:00Z");
    let test = async || {
        app.admin("POST", "/webhooks/backend/test", Value::Null).await.expect(200);
        receiver.take().remove(0)
    };
    let call = test().await;
    let both = format!("{} {}", call.signed_with(&second), call.signed_with(&first));
    assert_eq!(call.header("webhook-signature"), both);
    // After a lost answer the endpoint's secret still works.
    app.admin("POST", "/webhooks/backend/rotate", Value::Null).await.expect(200);
    let call = test().await;
    assert!(call.header("webhook-signature").split(' ').any(|signature| signature == call.signed_with(&first)));
    world.pass(SignedDuration::from_hours(24));
    let call = test().await;
    assert!(!call.header("webhook-signature").contains(' '));
    assert_ne!(call.header("webhook-signature"), call.signed_with(&first));
    let leaked = app.admin("POST", "/webhooks/backend/rotate", json!({"overlap_seconds": 0})).await.expect(200);
    assert_eq!(leaked["previous_secret_until"], Value::Null);
    let call = test().await;
    assert_eq!(call.header("webhook-signature"), call.signed_with(leaked["secret"].as_str().unwrap()));
}

#[tokio::test]
async fn a_call_that_fails_is_made_again_over_a_day_and_then_given_up() {
    let (world, receiver) = (World::new().await, Receiver::start().await);
    let app = world.shop(1).await;
    put(&app, "backend", &receiver, json!(["reward.awarded"])).await;
    receiver.answer(500);
    app.deposits("ada", 5).await;
    world.settle().await;
    let waits: [i64; 7] = [5, 300, 1_800, 7_200, 18_000, 36_000, 36_000];
    for (attempts, wait) in (1..).zip(waits) {
        let [delivery] = &deliveries(&app).await[..] else { panic!("one delivery") };
        assert_eq!((&delivery["state"], &delivery["attempts"]), (&json!("pending"), &json!(attempts)));
        let due: jiff::Timestamp = delivery["next_attempt_at"].as_str().unwrap().parse().unwrap();
        let after = due.duration_since(world.clock.now());
        let wait = SignedDuration::from_secs(wait);
        // The pause counts from the attempt, which is a moment after the schedule's call.
        assert!(wait <= after && after <= wait + wait / 5 + SignedDuration::from_secs(1), "{attempts}: {after:?}");
        world.clock.set(due - SignedDuration::from_millis(1));
        assert_eq!(errand(&world, "retries").await["called"], 0);
        world.clock.set(due);
        assert_eq!(errand(&world, "retries").await["called"], 1);
        assert_eq!(receiver.received().len(), usize::try_from(attempts).unwrap() + 1);
    }
    let [delivery] = &deliveries(&app).await[..] else { panic!("one delivery") };
    assert_eq!((&delivery["state"], &delivery["next_attempt_at"]), (&json!("failed"), &Value::Null));
    assert_eq!(delivery["log"].as_array().unwrap().len(), 8);
    world.pass(SignedDuration::from_hours(48));
    assert_eq!(errand(&world, "retries").await["called"], 0);
    // Each attempt has the same id, and a signature with its own time.
    let received = receiver.received();
    let ids: BTreeSet<&str> = received.iter().map(|call| call.header("webhook-id")).collect();
    let times: BTreeSet<&str> = received.iter().map(|call| call.header("webhook-timestamp")).collect();
    assert_eq!((ids.len(), times.len()), (1, 8));

    receiver.answer(204);
    let path = format!("/webhooks/backend/deliveries/{}/replay", delivery["delivery_id"].as_str().unwrap());
    let replayed = app.admin("POST", &path, Value::Null).await.expect(200);
    assert_eq!((&replayed["state"], &replayed["attempts"]), (&json!("delivered"), &json!(9)));
    assert_eq!(receiver.received()[8].header("webhook-id"), received[0].header("webhook-id"));
}

#[tokio::test]
async fn two_schedulers_at_once_make_one_attempt() {
    let (world, receiver) = (World::new().await, Receiver::start().await);
    let app = world.shop(1).await;
    put(&app, "backend", &receiver, json!(["reward.awarded"])).await;
    receiver.answer(503);
    app.deposits("ada", 5).await;
    world.settle().await;
    world.pass(SignedDuration::from_secs(10));
    let calls = futures_util::future::join_all((0..8).map(|_| errand(&world, "retries"))).await;
    assert_eq!(calls.iter().map(|call| call["called"].as_u64().unwrap()).sum::<u64>(), 1);
    assert_eq!(receiver.received().len(), 2);
    assert_eq!(deliveries(&app).await[0]["attempts"], 2);
}

#[tokio::test]
async fn an_attempt_whose_sender_died_is_made_by_the_schedule() {
    let (world, receiver) = (World::new().await, Receiver::start().await);
    let app = world.app("app").await;
    put(&app, "backend", &receiver, json!(["*"])).await;
    app.admin("POST", "/webhooks/backend/test", Value::Null).await.expect(200);
    // The state after the first write.
    let store = &world.local.environments.store;
    let listed = deliveries(&app).await;
    let (app_id, webhook) = ("app".try_into().unwrap(), "backend".try_into().unwrap());
    let event = listed[0]["delivery_id"].as_str().unwrap().try_into().unwrap();
    let mut delivery = store::deliveries::get(store, &app_id, &webhook, &event).await.unwrap().unwrap();
    delivery.state = domain::delivery::DeliveryState::Pending;
    delivery.next_attempt_at = Some(world.clock.now() + SignedDuration::from_secs(60));
    assert!(store::deliveries::save(store, &delivery, 1).await.unwrap());
    world.pass(SignedDuration::from_secs(59));
    assert_eq!(errand(&world, "retries").await["called"], 0);
    world.pass(SignedDuration::from_secs(1));
    assert_eq!(errand(&world, "retries").await["called"], 1);
    assert_eq!((receiver.received().len(), &deliveries(&app).await[0]["state"]), (2, &json!("delivered")));
}

#[tokio::test]
async fn an_endpoint_that_is_gone_is_called_no_more_until_an_admin_says_so() {
    let (world, receiver) = (World::new().await, Receiver::start().await);
    let app = world.shop(3).await;
    put(&app, "backend", &receiver, json!(["reward.awarded"])).await;
    receiver.answer(410);
    app.deposits("ada", 5).await;
    world.settle().await;
    let webhook = app.admin("GET", "/webhooks/backend", Value::Null).await.expect(200);
    assert_eq!((&webhook["enabled"], &webhook["disabled_reason"]), (&json!(false), &json!("gone")));
    assert_eq!(deliveries(&app).await[0]["state"], "failed");
    app.deposits("bob", 5).await;
    world.settle().await;
    world.pass(SignedDuration::from_hours(1));
    errand(&world, "retries").await;
    assert_eq!(receiver.received().len(), 1);
    let test = app.admin("POST", "/webhooks/backend/test", Value::Null).await.expect(409);
    assert_eq!(test["code"], "webhook_disabled");
    receiver.answer(200);
    let again = json!({"url": receiver.url, "events": ["reward.awarded"]});
    let again = app.admin("PUT", "/webhooks/backend", again).await.expect(200);
    assert_eq!((&again["enabled"], &again["secret"]), (&json!(true), &Value::Null));
    app.deposits("cyd", 5).await;
    world.settle().await;
    assert_eq!(receiver.received().len(), 2);
}

#[tokio::test]
async fn what_is_due_for_a_webhook_that_was_disabled_or_deleted_is_given_up() {
    let (world, receiver) = (World::new().await, Receiver::start().await);
    let app = world.app("app").await;
    put(&app, "backend", &receiver, json!(["*"])).await;
    receiver.answer(500);
    app.admin("POST", "/webhooks/backend/test", Value::Null).await.expect(200);
    app.admin("PUT", "/webhooks/backend", json!({"url": receiver.url, "enabled": false})).await.expect(200);
    world.pass(SignedDuration::from_mins(1));
    assert_eq!(errand(&world, "retries").await["called"], 0);
    let delivery = &deliveries(&app).await[0];
    assert_eq!((&delivery["state"], &delivery["log"][1]["error"]), (&json!("failed"), &json!("webhook_disabled")));
    app.admin("DELETE", "/webhooks/backend", Value::Null).await.expect(204);
    assert_eq!(app.admin("GET", "/webhooks/backend", Value::Null).await.status, 404);
    assert_eq!(app.admin("DELETE", "/webhooks/backend", Value::Null).await.status, 404);
    assert_eq!(receiver.received().len(), 1);
}

#[tokio::test]
async fn a_redirect_is_not_followed_and_counts_as_a_failure() {
    let (world, receiver) = (World::new().await, Receiver::start().await);
    let app = world.app("app").await;
    put(&app, "backend", &receiver, json!(["*"])).await;
    receiver.answer(307);
    let sent = app.admin("POST", "/webhooks/backend/test", Value::Null).await.expect(200);
    assert_eq!((&sent["state"], &sent["log"][0]["error"]), (&json!("pending"), &json!("redirect")));
    assert_eq!(receiver.received().len(), 1);
    // Nothing listens there.
    let nowhere = json!({"url": "http://127.0.0.1:9/hook"});
    app.admin("PUT", "/webhooks/backend", nowhere).await.expect(200);
    let sent = app.admin("POST", "/webhooks/backend/test", Value::Null).await.expect(200);
    assert_eq!((&sent["log"][0]["status"], &sent["log"][0]["error"]), (&Value::Null, &json!("unreachable")));
}

#[tokio::test]
async fn one_endpoint_that_is_down_does_not_keep_the_others_from_being_called() {
    let (world, down, up) = (World::new().await, Receiver::start().await, Receiver::start().await);
    let app = world.shop(3).await;
    put(&app, "backend", &down, json!(["*"])).await;
    put(&app, "other", &up, json!(["moment.completed"])).await;
    down.answer(500);
    up.answer(500);
    for user in ["ada", "bob", "cyd"] {
        app.deposits(user, 5).await;
    }
    world.settle().await;
    assert_eq!((down.take().len(), up.take().len()), (8, 3));
    up.answer(200);
    world.pass(SignedDuration::from_secs(30));
    errand(&world, "retries").await;
    assert_eq!(types(&up.received()), ["moment.completed"; 3]);
}

#[tokio::test]
async fn an_endpoint_that_was_found_to_be_down_is_left_to_the_schedule() {
    let (world, receiver) = (World::new().await, Receiver::start().await);
    let app = world.app("app").await;
    put(&app, "backend", &receiver, json!(["stock.low"])).await;
    receiver.answer(500);
    let tell = async |change: &str| {
        let (app, data) = ("app".try_into().unwrap(), json!({"reward_group_id": "gift"}));
        let event = DomainEvent::new(&app, "stock.low", world.clock.now(), change, data).unwrap();
        world.local.functions.invoke("deliver-webhook", json!({"detail": event}), "event").await.unwrap();
    };
    for change in ["a", "b", "c", "d", "e"] {
        tell(change).await;
    }
    assert_eq!(receiver.take().len(), 3);
    receiver.answer(200);
    assert_eq!(errand(&world, "retries").await["called"], 2);
    assert_eq!(receiver.take().len(), 2);
    let first = deliveries(&app).await.iter().filter(|delivery| delivery["attempts"] == 1).count();
    assert_eq!(first, 5, "what was left to the schedule had its first attempt there");
    tell("f").await;
    assert_eq!(receiver.take().len(), 1, "it is up again");
}

/// Begins `count` deliveries to the webhook `backend`, each with its own event.
async fn tell(world: &World, count: usize) {
    for n in 0..count {
        let (app, data) = ("app".try_into().unwrap(), json!({"reward_group_id": "gift"}));
        let event = DomainEvent::new(&app, "stock.low", world.clock.now(), &n.to_string(), data).unwrap();
        world.local.functions.invoke("deliver-webhook", json!({"detail": event}), "event").await.unwrap();
    }
}

#[tokio::test]
async fn what_is_put_off_for_too_long_is_given_up_and_a_replay_begins_anew() {
    let (world, receiver) = (World::new().await, Receiver::start().await);
    let app = world.app("app").await;
    put(&app, "backend", &receiver, json!(["stock.low"])).await;
    receiver.answer(500);
    // More than are attempted before three have failed.
    tell(&world, 60).await;
    let all = async |wanted: &dyn Fn(&Value) -> bool| {
        let listed = app.admin("GET", "/webhooks/backend/deliveries?limit=100", Value::Null).await.expect(200);
        listed["data"].as_array().unwrap().iter().filter(|one| wanted(one)).cloned().collect::<Vec<Value>>()
    };
    let given_up = |one: &Value| one["state"] == "failed";
    errand(&world, "retries").await;
    assert_eq!(all(&given_up).await.len(), 0, "they have just begun");
    let put_off = all(&|one| one["attempts"] == 0).await;
    let minutes = |one: &Value| {
        let due: jiff::Timestamp = one["next_attempt_at"].as_str().unwrap().parse().unwrap();
        due.duration_since(world.clock.now()).as_mins()
    };
    assert!(put_off.len() > 20 && put_off.iter().all(|one| (5..=15).contains(&minutes(one))), "{put_off:?}");
    world.pass(SignedDuration::from_hours(37));
    errand(&world, "retries").await;
    let failed = all(&given_up).await;
    assert!(failed.len() > 20 && failed.iter().all(|one| one["next_attempt_at"].is_null()), "{failed:?}");
    assert!(failed.iter().all(|one| one["log"].as_array().unwrap().last().unwrap()["error"] == "endpoint_down"));
    for one in &failed {
        let path = format!("/webhooks/backend/deliveries/{}/replay", one["delivery_id"].as_str().unwrap());
        app.admin("POST", &path, Value::Null).await.expect(200);
    }
    world.pass(SignedDuration::from_secs(10));
    errand(&world, "retries").await;
    assert_eq!(all(&given_up).await.len(), 0, "they have just begun anew");
}

#[tokio::test]
async fn an_attempt_of_a_schedule_that_takes_its_time_has_its_own_time() {
    let (world, receiver) = (World::new().await, Receiver::start().await);
    let app = world.app("app").await;
    put(&app, "backend", &receiver, json!(["stock.low"])).await;
    receiver.answer(500);
    // With more deliveries than shards, two share a shard and come one after the other.
    tell(&world, 20).await;
    world.pass(SignedDuration::from_mins(1));
    receiver.answer(200);
    let takes = std::time::Duration::from_millis(50);
    receiver.take_time(takes);
    errand(&world, "retries").await;
    let at = |one: &Value| one["log"].as_array().unwrap().last().unwrap()["at"].as_str().unwrap().parse().unwrap();
    let last: jiff::Timestamp = deliveries(&app).await.iter().map(at).max().unwrap();
    assert!(last.duration_since(world.clock.now()) >= SignedDuration::try_from(takes).unwrap(), "{last}");
}

#[tokio::test]
async fn deliveries_are_listed_the_latest_first_page_by_page() {
    let (world, receiver) = (World::new().await, Receiver::start().await);
    let app = world.app("app").await;
    put(&app, "backend", &receiver, json!(["*"])).await;
    for _ in 0..7 {
        world.pass(SignedDuration::from_secs(1));
        app.admin("POST", "/webhooks/backend/test", Value::Null).await.expect(200);
    }
    let all: Vec<Value> = deliveries(&app).await.iter().map(|delivery| delivery["delivery_id"].clone()).collect();
    let sent: Vec<Value> = receiver.received().iter().rev().map(|call| json!(call.header("webhook-id"))).collect();
    assert_eq!(all, sent);
    let (mut paged, mut cursor) = (Vec::new(), String::new());
    loop {
        let path = format!("/webhooks/backend/deliveries?limit=3{cursor}");
        let page = app.admin("GET", &path, Value::Null).await.expect(200);
        paged.extend(page["data"].as_array().unwrap().iter().map(|delivery| delivery["delivery_id"].clone()));
        let Some(next) = page["cursor"].as_str() else { break };
        cursor = format!("&cursor={next}");
    }
    assert_eq!(paged, all);
}

#[tokio::test]
async fn what_is_wrong_with_a_webhook_is_said_and_nothing_is_stored() {
    let world = World::new().await;
    let app = world.app("app").await;
    let before = world.items();
    let bad = [
        (json!({}), "/url", "required"),
        (json!({"url": "http://hooks.example/"}), "/url", "invalid_url"),
        (json!({"url": "https://10.0.0.1/"}), "/url", "invalid_url"),
        (json!({"url": "https://user@hooks.example/"}), "/url", "invalid_url"),
        (json!({"url": "https://hooks.example/", "events": []}), "/events", "wrong_length"),
        (json!({"url": "https://hooks.example/", "events": ["reward.stolen"]}), "/events/0", "invalid_event"),
        (json!({"url": "https://hooks.example/", "events": ["*", "*"]}), "/events/1", "duplicate"),
        (json!({"url": "https://hooks.example/", "enabled": "yes"}), "/enabled", "wrong_type"),
        (json!({"url": "https://hooks.example/", "secret": "whsec_x"}), "/secret", "unknown_field"),
    ];
    for (body, pointer, code) in bad {
        let refused = app.admin("PUT", "/webhooks/backend", body).await.field_errors();
        assert_eq!(refused, [(pointer.to_owned(), code.to_owned())]);
    }
    let good = json!({"url": "https://hooks.example/"});
    assert_eq!(world.admin("PUT", "/v1/apps/none/webhooks/backend", good.clone()).await.status, 404);
    assert_eq!(app.call("PUT", "/v1/apps/app/webhooks/backend", good.clone()).await.status, 403);
    assert_eq!(app.admin("POST", "/webhooks/backend/rotate", Value::Null).await.status, 404);
    assert_eq!(app.admin("GET", "/webhooks/backend/deliveries", Value::Null).await.status, 404);
    assert_eq!(world.items(), before);
    for n in 0..10 {
        app.admin("PUT", &format!("/webhooks/w{n}"), good.clone()).await.expect(201);
    }
    assert_eq!(app.admin("PUT", "/webhooks/more", good.clone()).await.expect(409)["code"], "too_many_webhooks");
    app.admin("PUT", "/webhooks/w3", good).await.expect(200);
    assert_eq!(app.admin("POST", "/webhooks/w3/deliveries/evt_none/replay", Value::Null).await.status, 404);
    let page = app.admin("GET", "/webhooks?limit=4", Value::Null).await.expect(200);
    assert_eq!((page["data"].as_array().unwrap().len(), &page["cursor"]), (4, &json!("w3")));
}

#[tokio::test]
async fn two_admins_who_change_a_webhook_at_once_do_not_overwrite_each_other() {
    let world = World::new().await;
    let app = world.app("app").await;
    let body = json!({"url": "https://hooks.example/"}).to_string();
    app.admin("PUT", "/webhooks/backend", json!({"url": "https://other.example/"})).await.expect(201);
    let headers = |version: &'static str| {
        [("x-api-key", world.local.admin_key.expose()), ("content-type", "application/json"), ("if-match", version)]
    };
    let path = "/v1/apps/app/webhooks/backend";
    let put = world.send("PUT", path, &headers("\"1\""), body.as_bytes()).await;
    assert_eq!((put.status, put.header("etag")), (200, Some("\"2\"")));
    let before = world.items();
    let stale = world.send("POST", &format!("{path}/rotate"), &headers("\"1\""), b"").await;
    assert_eq!(stale.expect(409)["code"], "version_conflict");
    assert_eq!(world.items(), before);
}

#[tokio::test]
async fn an_event_that_cannot_be_handled_comes_again() {
    let (world, receiver) = (World::new().await, Receiver::start().await);
    let app = world.app("app").await;
    put(&app, "backend", &receiver, json!(["*"])).await;
    let event =
        DomainEvent::new(&"app".try_into().unwrap(), TYPES[0], world.clock.now(), "change", json!({"user_id": "ada"}));
    let event = json!({"source": "moments", "detail-type": TYPES[0], "detail": event.unwrap()});
    let answer = world.local.functions.invoke("deliver-webhook", event, "event").await.unwrap();
    assert_eq!((&answer["called"], receiver.received().len()), (&json!(1), 1));
    let nonsense = json!({"source": "moments", "detail-type": "x", "detail": {}});
    assert!(world.local.functions.invoke("deliver-webhook", nonsense, "event").await.is_err());
}

#[tokio::test]
async fn an_event_that_was_published_is_delivered_after_a_restart() {
    let (folder, receiver) = (tempfile::tempdir().unwrap(), Receiver::start().await);
    let options = || Options { data: Some(folder.path().to_owned()), ..Options::default() };
    let local = Local::start(options()).await.unwrap();
    let store = local.environments.store.clone();
    let (app, now) = (AppId::try_from("app").unwrap(), Clock::system().now());
    let webhook = Webhook {
        app_id: app.clone(),
        webhook_id: "backend".try_into().unwrap(),
        url: WebhookUrl::new(&receiver.url),
        events: vec!["*".to_owned()],
        disabled: None,
        secret: WebhookSecret::mint(&mut *store.random()),
        previous: Vec::new(),
        created_at: now,
        version: 1,
    };
    assert!(store::webhooks::put(&store, &webhook).await.unwrap());
    let endpoint = format!("{}/_local/events", local.api);
    let variables = [("TABLE_NAME", "moments"), ("EVENTS_ENDPOINT", &endpoint), ("EVENT_BUS", "EventBus")];
    let settings = Settings::read(|name| {
        variables.iter().find(|(variable, _)| *variable == name).map(|(_, value)| (*value).to_owned())
    });
    let event = DomainEvent::new(&app, "stock.low", now, "change", json!({"reward_group_id": "gift"})).unwrap();
    EventBus::new(&settings.unwrap()).publish(&[event.clone(), event]).await.unwrap();
    // It has not been delivered yet.
    local.stop().await;
    assert_eq!(receiver.received().len(), 0);
    for _ in 0..2 {
        let local = Local::start(options()).await.unwrap();
        local.settle().await.unwrap();
        assert_eq!(types(&receiver.received()), ["stock.low"]);
        local.stop().await;
    }
}

#[tokio::test]
async fn a_delivery_stays_within_its_ceiling() {
    let (world, receiver) = (World::new().await, Receiver::start().await);
    let app = world.shop(3).await;
    world.settle().await;
    let consumed = || world.local.functions.take_consumed("deliver-webhook");
    consumed();
    put(&app, "backend", &receiver, json!(["reward.awarded"])).await;
    let tell = async |user: &str| {
        app.deposits(user, 5).await;
        world.settle().await;
        consumed()
    };
    // Two events, one of them for the webhook: a query for each, and two writes.
    let taken = tell("ada").await;
    println!("two events, one of them taken: {taken:?}");
    assert!(taken.requests <= 4 && taken.read_units <= 2.0 && taken.write_units <= 4.0, "{taken:?}");
    receiver.answer(500);
    let failed = tell("bob").await;
    println!("the same, not taken: {failed:?}");
    assert!(failed.requests <= 4 && failed.write_units <= 5.0, "{failed:?}");
    receiver.answer(200);
    world.pass(SignedDuration::from_mins(1));
    errand(&world, "retries").await;
    let retried = consumed();
    println!("another attempt, and the search for it: {retried:?}");
    assert!(retried.requests <= 20 && retried.write_units <= 5.0, "{retried:?}");
}
