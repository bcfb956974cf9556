//! Domain events: which are published, how often, and what they never contain. The tests read them at a webhook.

use std::collections::BTreeSet;

use jiff::SignedDuration;
use local::functions::dispatch;
use serde_json::{Value, json};
use tests::contention::Physics;
use tests::deployment::{Deployment, Key};
use tests::receiver::Receiver;
use tests::{App, World, campaign, campaign_with, group, openapi, stream_event};

use crate::deliver_webhook::webhooks::{errand, put, types};

/// Loads new URLs.
async fn load(app: &App<'_>, urls: usize) {
    let list: Vec<String> = (0..urls).map(|n| format!("https://gift.example/new/{n}")).collect();
    let loaded = app.admin("POST", "/reward-groups/gift/stock", json!({"urls": list})).await.expect(200);
    assert_eq!(loaded["accepted"], urls);
}

#[tokio::test]
async fn every_change_of_campaigns_and_rewards_is_published_once_and_signed() {
    let (world, receiver) = (World::new().await, Receiver::start().await);
    let app = world.app("app").await;
    let secret = put(&app, "backend", &receiver, json!(["*"])).await;
    app.put_group("gift", group()).await;
    app.stock("gift", 1).await;
    app.launch("spring", campaign()).await;
    let rewarded = app.deposits("ada", 5).await;
    assert_eq!(app.deposits("bob", 5).await["outcome"], "waiting");
    world.settle().await;
    let link = format!("/r/{}", rewarded["reward"]["reward_id"].as_str().unwrap());
    world.send("GET", &link, &[], b"").await;
    for step in ["suspend", "resume"] {
        world.pass(SignedDuration::from_secs(1));
        app.admin("POST", &format!("/campaigns/spring/{step}"), Value::Null).await.expect(200);
    }
    let raised = campaign_with(&[("/budget/amount_minor", json!(60_000))]);
    app.admin("PUT", "/campaigns/spring", raised).await.expect(200);
    errand(&world, "levels").await;
    // The waiting user is served, with an event.
    load(&app, 2).await;
    world.settle().await;
    world.settle().await;
    errand(&world, "retries").await;
    let received = receiver.received();
    let expected = [
        "campaign.amended",
        "campaign.approved",
        "campaign.live",
        "campaign.resumed",
        "campaign.submitted",
        "campaign.suspended",
        "moment.completed",
        "moment.completed",
        "reward.awarded",
        "reward.awarded",
        "reward.redeemed",
        "reward.waiting",
    ];
    assert_eq!(types(&received), expected);
    let ids: BTreeSet<&str> = received.iter().map(|call| call.header("webhook-id")).collect();
    assert_eq!(ids.len(), received.len());
    for call in &received {
        assert_eq!(call.header("webhook-signature"), call.signed_with(&secret));
        assert_eq!(call.header("content-type"), "application/json");
        assert_eq!(call.json()["data"]["app_id"], "app");
        openapi::check_event(&call.json());
    }
    let awarded = received.iter().find(|call| call.event_type() == "reward.awarded").unwrap().json();
    assert_eq!(awarded["timestamp"], "2026-12-01T12:00:00Z");
    let expected = json!({
        "app_id": "app", "user_id": "ada", "campaign_id": "spring", "moment_id": "deposits", "occurrence": 1,
        "reward_id": rewarded["reward"]["reward_id"], "reward_group_id": "gift", "kind": "unique_url",
        "cost": {"currency": "EUR", "amount_minor": 500}, "state": "awarded",
    });
    assert_eq!(awarded["data"], expected);
    let waiting = received.iter().find(|call| call.event_type() == "reward.waiting").unwrap().json();
    assert_eq!((&waiting["data"]["waiting_reason"], &waiting["data"]["user_id"]), (&json!("no_stock"), &json!("bob")));
}

#[tokio::test]
async fn what_the_stream_or_the_bus_brings_twice_is_told_once() {
    let (world, receiver) = (World::new().await, Receiver::start().await);
    let app = world.shop(1).await;
    put(&app, "backend", &receiver, json!(["reward.awarded"])).await;
    app.deposits("ada", 5).await;
    world.settle().await;
    let reward = world.items_at("USER#").into_iter().find(|item| item["reward_state"].is_object()).unwrap();
    for _ in 0..2 {
        let again = stream_event("INSERT", &reward);
        world.local.functions.invoke("publish-events", again, "again").await.unwrap();
    }
    world.settle().await;
    let events = world.local.events();
    let awarded: Vec<&Value> = events.iter().filter(|event| event["detail-type"] == "reward.awarded").collect();
    assert_eq!(awarded.len(), 3);
    assert!(awarded.iter().all(|event| event["detail"] == awarded[0]["detail"]));
    let before = world.items();
    world.local.functions.invoke("deliver-webhook", awarded[0].clone(), "again").await.unwrap();
    assert_eq!(receiver.received().len(), 1);
    assert_eq!(world.items(), before);
}

#[tokio::test]
async fn nothing_secret_is_told_or_stored_with_what_is_told() {
    let (world, receiver) = (World::new().await, Receiver::start().await);
    let app = world.shop(2).await;
    let secret = put(&app, "backend", &receiver, json!(["*"])).await;
    let user = json!({"attributes": {"income": "ninety-thousand"}});
    app.call("PUT", "/v1/users/ada", user).await.expect(200);
    let phone = json!({"channel": "GCM", "address": "token-of-ada"});
    app.call("PUT", "/v1/users/ada/devices/phone", phone).await.expect(200);
    app.deposits("ada", 5).await;
    world.settle().await;
    let told: String =
        receiver.received().iter().map(|call| String::from_utf8_lossy(&call.body).into_owned()).collect();
    let events = json!(world.local.events()).to_string();
    let deliveries: String = world.items_at("DELIVERY#").iter().map(Value::to_string).collect();
    assert!(told.contains("reward.awarded") && !events.is_empty() && !deliveries.is_empty());
    for secret in ["gift.example", "ninety", "token-of-ada", &app.key[8..20], &secret[6..20]] {
        for text in [&told, &events, &deliveries] {
            assert!(!text.contains(secret), "{secret}: {text}");
        }
    }
    let shown = app.admin("GET", "/webhooks", Value::Null).await.expect(200).to_string();
    assert!(!shown.contains("whsec_"));
}

#[tokio::test]
async fn rehearsals_tell_nothing() {
    let (world, receiver) = (World::new().await, Receiver::start().await);
    let app = world.shop(2).await;
    world.settle().await;
    put(&app, "backend", &receiver, json!(["*"])).await;
    let told = world.local.events().len();
    for n in 0..5 {
        let moment = json!({"user_id": "ada", "action": "deposit", "event_id": format!("e{n}"), "quantity": 1});
        world.call(&app.test_key, "POST", "/v1/moments", moment.clone()).await.expect(200);
        app.call("POST", "/v1/moments?dry_run=true", moment).await.expect(200);
    }
    let ask = json!({"user_id": "ada", "campaign_id": "spring", "moment_id": "deposits"});
    world.call(&app.test_key, "POST", "/v1/rewards", ask.clone()).await.expect(200);
    app.call("POST", "/v1/rewards?dry_run=true", ask).await.expect(200);
    world.settle().await;
    assert_eq!((world.local.events().len(), receiver.received().len()), (told, 0));
}

#[tokio::test]
async fn a_moment_that_ends_without_a_reward_is_told_with_the_reason() {
    let (world, receiver) = (World::new().await, Receiver::start().await);
    let app = world.app("app").await;
    put(&app, "backend", &receiver, json!(["moment.completed"])).await;
    app.put_group("gift", group()).await;
    app.stock("gift", 2).await;
    app.launch("spring", campaign_with(&[("/holdout_percent", json!(100))])).await;
    app.deposits("ada", 6).await;
    world.settle().await;
    let [call] = &receiver.received()[..] else { panic!("one call: {:?}", types(&receiver.received())) };
    let expected = json!({
        "app_id": "app", "user_id": "ada", "campaign_id": "spring", "moment_id": "deposits", "state": "closed",
        "reason": "held_out", "progress": {"count": 5, "target": 5},
    });
    assert_eq!(call.json()["data"], expected);
}

#[tokio::test]
async fn a_campaigns_time_and_low_stock_are_told_once_for_each_crossing() {
    let (world, receiver) = (World::new().await, Receiver::start().await);
    let app = world.app("app").await;
    put(&app, "backend", &receiver, json!(["stock.low", "campaign.live", "campaign.finished"])).await;
    let mut scarce = group();
    scarce["low_stock_threshold"] = json!(2);
    app.put_group("gift", scarce).await;
    app.put_group("idle", group()).await;
    app.stock("gift", 3).await;
    app.launch("spring", campaign()).await;
    let told = async || {
        errand(&world, "levels").await;
        errand(&world, "levels").await;
        world.settle().await;
        types(&receiver.take())
    };
    world.set_time("2026-10-31T23:59:59Z");
    assert_eq!(told().await, Vec::<String>::new());
    world.set_time(tests::NOW);
    assert_eq!(told().await, ["campaign.live"]);
    app.deposits("ada", 5).await;
    assert_eq!(told().await, Vec::<String>::new(), "two are left");
    app.deposits("bob", 5).await;
    errand(&world, "levels").await;
    world.settle().await;
    let [call] = &receiver.take()[..] else { panic!("one call") };
    let expected = json!({"app_id": "app", "reward_group_id": "gift", "available": 1, "threshold": 2});
    assert_eq!(call.json()["data"], expected);
    // Restocked and sold out again.
    load(&app, 3).await;
    assert_eq!(told().await, Vec::<String>::new());
    world.pass(SignedDuration::from_mins(5));
    for user in ["cyd", "dan", "eve"] {
        app.deposits(user, 5).await;
    }
    assert_eq!(told().await, ["stock.low"]);
    world.set_time("2027-01-01T00:00:00Z");
    assert_eq!(told().await, ["campaign.finished"]);
    world.settle().await;
}

#[tokio::test]
async fn a_low_budget_is_told_once_for_each_crossing() {
    let (world, receiver) = (World::new().await, Receiver::start().await);
    let app = world.app("app").await;
    put(&app, "backend", &receiver, json!(["budget.low"])).await;
    app.put_group("gift", group()).await;
    app.stock("gift", 60).await;
    app.launch("spring", campaign_with(&[("/budget/amount_minor", json!(11 * 500 - 1))])).await;
    for n in 0..9 {
        app.deposits(&format!("user-{n}"), 5).await;
    }
    let told = async || {
        errand(&world, "levels").await;
        world.settle().await;
        receiver.take()
    };
    assert!(told().await.is_empty(), "999 of 5,499 is more than a tenth");
    app.deposits("last", 5).await;
    let [call] = &told().await[..] else { panic!("one call") };
    let eur = |amount: i64| json!({"currency": "EUR", "amount_minor": amount});
    let expected = json!({"app_id": "app", "campaign_id": "spring", "left": eur(499), "budget": eur(5_499)});
    assert_eq!(call.json()["data"], expected);
    assert!(told().await.is_empty());
    let raised = campaign_with(&[("/budget/amount_minor", json!(6_000))]);
    app.admin("PUT", "/campaigns/spring", raised).await.expect(200);
    assert!(told().await.is_empty(), "1,000 of 6,000 is enough");
    world.pass(SignedDuration::from_mins(5));
    app.deposits("another", 5).await;
    assert_eq!(told().await.len(), 1);
}

/// Makes a deployment where `ada` has a phone and a new reward. Returns it with the reward's stream event.
async fn rewarded() -> (Deployment, Value) {
    let deployment = Deployment::season(2, 2, Physics::default()).await;
    let app =
        async |method: &str, path: &str, body: Value| deployment.prepare(Key::App("app"), method, path, body).await;
    app("PUT", "/v1/users/ada/devices/phone", json!({"channel": "GCM", "address": "token"})).await;
    let ask = json!({"user_id": "ada", "campaign_id": "spring", "moment_id": "deposits"});
    assert_eq!(app("POST", "/v1/rewards", ask).await["outcome"], "rewarded");
    let items = local::database::scan(deployment.model.database()).unwrap();
    let reward = items.iter().find(|item| item["reward_state"].is_object()).unwrap();
    let news = stream_event("INSERT", reward);
    (deployment, news)
}

#[tokio::test(start_paused = true)]
async fn a_bus_that_is_down_keeps_no_push_back_and_makes_none_twice() {
    let (deployment, news) = rewarded().await;
    let (environment, outside) = (deployment.environment("publish-events", 1), deployment.outside("publish-events", 1));
    let handle = async || {
        let invocation = deployment.invocation("publish-events", SignedDuration::ZERO);
        dispatch("publish-events", &environment, &outside, news.clone(), invocation).await.unwrap()
    };
    deployment.event_bridge.fail(true);
    for _ in 0..2 {
        // The bus refuses the second of its two events.
        let failed = &handle().await["batchItemFailures"][0]["itemIdentifier"];
        assert_eq!(*failed, news["Records"][0]["dynamodb"]["SequenceNumber"]);
        assert_eq!(deployment.queues.list("PushQueue").len(), 1);
    }
    deployment.event_bridge.fail(false);
    assert_eq!(handle().await["batchItemFailures"], json!([]));
    assert_eq!(deployment.queues.list("PushQueue").len(), 1);
    let types: Vec<Value> = deployment.event_bridge.entries().iter().map(|entry| entry["DetailType"].clone()).collect();
    let completed = json!("moment.completed");
    assert_eq!(types, [completed.clone(), completed.clone(), completed, json!("reward.awarded")]);
}

#[tokio::test(start_paused = true)]
async fn a_record_that_cannot_be_read_holds_up_no_other() {
    let (deployment, news) = rewarded().await;
    let mut change = news["Records"][0].clone();
    change["dynamodb"]["NewImage"] =
        json!({"pk": {"S": "HISTORY#app#spring"}, "sk": {"S": "CHANGE#00000000000000000002"}});
    let batch = json!({"Records": [change, news["Records"][0]]});
    let (environment, outside) = (deployment.environment("publish-events", 1), deployment.outside("publish-events", 1));
    let invocation = deployment.invocation("publish-events", SignedDuration::ZERO);
    let answer = dispatch("publish-events", &environment, &outside, batch, invocation).await.unwrap();
    assert_eq!(answer["batchItemFailures"], json!([]));
    assert_eq!(deployment.event_bridge.entries().len(), 2);
}
