//! Pushes: from the reward's stream record through the queue to the inbox, and the handling of each device's result.

use jiff::SignedDuration;
use serde_json::{Value, json};
use tests::{App, World, campaign_with, promises, stream_event};

pub(crate) async fn device(
    app: &App<'_>,
    user: &str,
    device: &str,
    channel: &str,
    address: &str,
    locale: Option<&str>,
) {
    let body = json!({"channel": channel, "address": address, "locale": locale});
    app.call("PUT", &format!("/v1/users/{user}/devices/{device}"), body).await.expect(200);
}

/// Returns each message's devices with status and number of attempts.
fn results(world: &World) -> Vec<(String, String, u32)> {
    let items = world.items();
    let notices = items.iter().filter(|item| promises::text(item, "sk").unwrap().starts_with("NOTICE#"));
    let devices = notices.flat_map(|notice| notice["devices"]["M"].as_object().cloned().unwrap_or_default());
    let mut results: Vec<(String, String, u32)> = devices
        .map(|(device, result)| {
            let result = &result["M"];
            let attempts = result["attempts"]["N"].as_str().unwrap().parse().unwrap();
            (device, result["delivery"]["S"].as_str().unwrap().to_owned(), attempts)
        })
        .collect();
    results.sort();
    results
}

fn attempts(world: &World, address: &str) -> usize {
    world.local.pushes().iter().filter(|push| push["address"] == address).count()
}

/// Returns the dead letters of the push queue.
fn given_up(world: &World) -> Vec<Value> {
    let messages = world.local.queues().list("PushDeadLetters");
    messages.iter().map(|message| serde_json::from_str(message["body"].as_str().unwrap()).unwrap()).collect()
}

/// Moves the dead letters back to the queue, as `moments dlq redrive` does.
fn bring_back(world: &World) {
    let moved = world.local.queues().call(
        "AmazonSQS.StartMessageMoveTask",
        &json!({"SourceArn": "arn:aws:sqs:us-east-1:000000000000:PushDeadLetters",
                "DestinationArn": "arn:aws:sqs:us-east-1:000000000000:PushQueue"}),
        world.clock.now(),
    );
    assert_eq!(moved.0, 200, "{}", moved.1);
}

#[tokio::test]
async fn each_device_gets_one_message_in_its_language_and_channel() {
    let world = World::new().await;
    let app = world.shop(1).await;
    device(&app, "ada", "phone", "APNS", "apple-1", None).await;
    device(&app, "ada", "tablet", "GCM", "google-1", Some("de-AT")).await;
    device(&app, "bob", "phone", "GCM", "google-2", None).await;
    let reward = app.deposits("ada", 5).await["reward"].clone();
    world.settle().await;
    let pushes = world.local.pushes();
    let sent: Vec<(&str, &str, &str)> = pushes
        .iter()
        .map(|push| {
            let text = |value: &'static str| push[value].as_str().unwrap();
            (text("address"), text("channel"), push["message"]["Title"].as_str().unwrap())
        })
        .collect();
    assert_eq!(sent, [("apple-1", "APNS", "Well done"), ("google-1", "GCM", "Gut gemacht")]);
    assert!(pushes.iter().all(|push| push["message"]["Url"] == reward["redeem_url"]));
    assert_eq!(pushes[0]["message"]["CollapseId"], pushes[1]["message"]["CollapseKey"]);
    assert_eq!(pushes[1]["message"]["PreferredAuthenticationMethod"], "TOKEN");
    let of = |device: &str| (device.to_owned(), "SUCCESSFUL".to_owned(), 1);
    assert_eq!(results(&world), [of("phone"), of("tablet")]);
}

#[tokio::test]
async fn an_unreachable_device_is_retried_alone_then_given_up_and_blocks_none() {
    let world = World::new().await;
    let app = world.shop(2).await;
    for (name, address) in [
        ("good", "token"),
        ("gone", "permanent-1"),
        ("busy", "temporary-1"),
        ("full", "throttled-1"),
        ("out", "optout-1"),
        ("twin", "duplicate-1"),
        ("late", "timeout-1"),
        ("odd", "unknown-1"),
        ("left-out", "missing-1"),
    ] {
        device(&app, "ada", name, "GCM", address, None).await;
    }
    let before = app.deposits("ada", 5).await["reward"].clone();
    world.settle().await;
    for settled in ["token", "permanent-1", "optout-1", "duplicate-1"] {
        assert_eq!(attempts(&world, settled), 1, "{settled}");
    }
    for retried in ["temporary-1", "throttled-1", "timeout-1", "unknown-1", "missing-1"] {
        assert_eq!(attempts(&world, retried), 5, "{retried}");
    }
    let given_up = given_up(&world);
    assert_eq!(given_up.len(), 1, "{given_up:?}");
    let mut devices: Vec<&str> =
        given_up[0]["devices"].as_array().unwrap().iter().map(|device| device.as_str().unwrap()).collect();
    devices.sort_unstable();
    assert_eq!(devices, ["busy", "full", "late", "left-out", "odd"]);
    assert!(world.local.queues().list("PushQueue").is_empty());
    assert!(world.local.dead_letters().unwrap().is_empty());
    // No push outcome changes the reward.
    let rewards = app.call("GET", "/v1/users/ada/rewards", Value::Null).await.expect(200);
    assert_eq!(rewards["data"][0], before);
    // A dead letter does not block further pushes, for this user or another.
    device(&app, "bob", "phone", "GCM", "bob-token", None).await;
    app.deposits("bob", 5).await;
    world.settle().await;
    assert_eq!(attempts(&world, "bob-token"), 1);
}

#[tokio::test]
async fn a_redriven_push_reaches_only_devices_that_it_had_not_reached() {
    let world = World::new().await;
    let app = world.shop(1).await;
    device(&app, "ada", "good", "GCM", "token", None).await;
    device(&app, "ada", "odd", "GCM", "unknown-1", None).await;
    app.deposits("ada", 5).await;
    world.settle().await;
    assert_eq!((attempts(&world, "unknown-1"), given_up(&world).len()), (5, 1));
    // Still unreachable: the same number of attempts, and a dead letter again.
    bring_back(&world);
    world.settle().await;
    assert_eq!((attempts(&world, "unknown-1"), given_up(&world).len()), (10, 1));
    assert_eq!(given_up(&world)[0]["given_up"], 2);
    device(&app, "ada", "odd", "GCM", "better", None).await;
    bring_back(&world);
    world.settle().await;
    assert_eq!((attempts(&world, "better"), attempts(&world, "token")), (1, 1));
    assert!(given_up(&world).is_empty());
}

#[tokio::test]
async fn a_dead_address_is_retired_until_its_device_registers_again() {
    let world = World::new().await;
    let app = world.shop(3).await;
    device(&app, "ada", "phone", "GCM", "permanent-1", None).await;
    app.deposits("ada", 5).await;
    world.settle().await;
    let user = app.call("GET", "/v1/users/ada", Value::Null).await.expect(200);
    assert_eq!(user["devices"][0]["retired_reason"], "Unregistered");
    app.launch("autumn", campaign_with(&[])).await;
    let ask = json!({"user_id": "ada", "campaign_id": "autumn", "moment_id": "deposits"});
    app.call("POST", "/v1/rewards", ask).await.expect(201);
    world.settle().await;
    assert_eq!(attempts(&world, "permanent-1"), 1, "nobody is reached there any more");
    device(&app, "ada", "phone", "GCM", "new-token", None).await;
    let user = app.call("GET", "/v1/users/ada", Value::Null).await.expect(200);
    assert_eq!((user["devices"].as_array().unwrap().len(), &user["devices"][0]["retired_reason"]), (1, &Value::Null));
    app.launch("winter", campaign_with(&[])).await;
    let ask = json!({"user_id": "ada", "campaign_id": "winter", "moment_id": "deposits"});
    app.call("POST", "/v1/rewards", ask).await.expect(201);
    world.settle().await;
    assert_eq!(attempts(&world, "new-token"), 1);
}

#[tokio::test]
async fn a_failure_that_hits_the_whole_app_retires_nobody() {
    let world = World::new().await;
    let app = world.shop(1).await;
    device(&app, "ada", "phone", "APNS", "badcredentials-1", None).await;
    app.deposits("ada", 5).await;
    world.settle().await;
    assert_eq!(attempts(&world, "badcredentials-1"), 1);
    let user = app.call("GET", "/v1/users/ada", Value::Null).await.expect(200);
    assert_eq!(user["devices"][0]["retired_reason"], Value::Null);
    assert_eq!(given_up(&world)[0]["devices"], json!(["phone"]), "it can be brought back once that is mended");
}

#[tokio::test]
async fn an_address_that_makes_no_sense_costs_no_other_device_its_message() {
    let world = World::new().await;
    let app = world.shop(1).await;
    for (name, address) in [("good", "token"), ("bad", "unreadable-1"), ("late", "temporary-1")] {
        device(&app, "ada", name, "GCM", address, None).await;
    }
    app.deposits("ada", 5).await;
    world.settle().await;
    assert_eq!((attempts(&world, "token"), attempts(&world, "temporary-1")), (1, 5));
    let of = |device: &str, status: &str, attempts| (device.to_owned(), status.to_owned(), attempts);
    let expected = [of("bad", "REFUSED", 1), of("good", "SUCCESSFUL", 1), of("late", "TEMPORARY_FAILURE", 5)];
    assert_eq!(results(&world), expected);
    let given_up: Vec<Value> = given_up(&world).iter().map(|work| work["devices"].clone()).collect();
    assert_eq!(given_up, [json!(["bad"]), json!(["late"])]);
}

#[tokio::test]
async fn an_address_that_the_push_service_renews_is_kept() {
    let world = World::new().await;
    let app = world.shop(2).await;
    device(&app, "ada", "phone", "GCM", "updated-1", None).await;
    app.deposits("ada", 5).await;
    world.settle().await;
    app.launch("autumn", campaign_with(&[])).await;
    let ask = json!({"user_id": "ada", "campaign_id": "autumn", "moment_id": "deposits"});
    app.call("POST", "/v1/rewards", ask).await.expect(201);
    world.settle().await;
    assert_eq!((attempts(&world, "updated-1"), attempts(&world, "renewed-1")), (1, 1));
}

#[tokio::test]
async fn an_address_that_is_renewed_to_one_of_another_device_is_retired() {
    let world = World::new().await;
    let app = world.shop(1).await;
    device(&app, "ada", "old", "GCM", "updated-1", None).await;
    device(&app, "ada", "new", "GCM", "renewed-1", None).await;
    app.deposits("ada", 5).await;
    world.settle().await;
    let user = app.call("GET", "/v1/users/ada", Value::Null).await.expect(200);
    let retired = user["devices"].as_array().unwrap().iter().filter(|device| device["retired_reason"].is_string());
    assert_eq!(retired.map(|device| device["device_id"].clone()).collect::<Vec<_>>(), [json!("old")]);
}

#[tokio::test]
async fn a_stream_record_that_comes_again_pushes_nothing_again() {
    let world = World::new().await;
    let app = world.shop(1).await;
    device(&app, "ada", "phone", "GCM", "token", None).await;
    app.deposits("ada", 5).await;
    world.settle().await;
    let reward = world.items_at("USER#app#ada").into_iter().find(|item| item.get("reward_id").is_some()).unwrap();
    // Also hours later, when the queue no longer knows the deduplication id.
    for _ in 0..2 {
        let again = world.local.functions.invoke("publish-events", stream_event("INSERT", &reward), "again").await;
        assert_eq!(again.unwrap(), json!({"batchItemFailures": []}));
        world.settle().await;
        assert_eq!(world.local.pushes().len(), 1);
        world.pass(SignedDuration::from_hours(2));
    }
}

#[tokio::test]
async fn half_of_all_calls_fail_and_everybody_is_told_once() {
    let world = World::new().await;
    let app = world.shop(20).await;
    for n in 0..20 {
        device(&app, &format!("user-{n}"), "phone", "GCM", &format!("flaky-{n}"), None).await;
        app.deposits(&format!("user-{n}"), 5).await;
    }
    world.settle().await;
    for n in 0..20 {
        assert_eq!(attempts(&world, &format!("flaky-{n}")), 1);
    }
    assert!(given_up(&world).is_empty());
    assert!(world.local.inbox().requests().len() > 20);
}

#[tokio::test]
async fn a_push_without_an_answer_is_repeated_with_its_key_but_not_forever() {
    let world = World::new().await;
    let app = world.shop(1).await;
    device(&app, "ada", "phone", "GCM", "token", None).await;
    world.local.inbox().lose_answers(true);
    app.deposits("ada", 5).await;
    world.settle().await;
    let pushes = world.local.pushes();
    let keys: std::collections::BTreeSet<String> =
        pushes.iter().map(|push| push["message"]["CollapseKey"].to_string()).collect();
    assert_eq!(keys.len(), 1, "a device shows it once");
    assert!(pushes.len() > 1);
    world.local.inbox().lose_answers(false);
    let before = world.local.pushes().len();
    bring_back(&world);
    world.settle().await;
    assert_eq!(world.local.pushes().len(), before + 1);
    assert!(given_up(&world).is_empty());
}

#[tokio::test]
async fn an_unreadable_message_is_a_dead_letter_and_the_users_next_one_passes() {
    let world = World::new().await;
    let app = world.shop(1).await;
    device(&app, "ada", "phone", "GCM", "token", None).await;
    app.deposits("ada", 5).await;
    let poison = json!({"QueueUrl": format!("{}/_local/sqs/PushQueue", world.local.api), "MessageBody": "{\"app\":",
                        "MessageGroupId": "poison", "MessageDeduplicationId": "poison"});
    let (status, answer) = world.local.queues().call("AmazonSQS.SendMessage", &poison, world.clock.now());
    assert_eq!(status, 200, "{answer}");
    world.settle().await;
    assert_eq!(attempts(&world, "token"), 1);
    let dead = world.local.queues().list("PushDeadLetters");
    assert_eq!(dead.iter().map(|message| message["body"].clone()).collect::<Vec<_>>(), [json!("{\"app\":")]);
}

#[tokio::test]
async fn a_waiting_user_gets_the_campaigns_message_for_that() {
    let world = World::new().await;
    let app = world.shop(0).await;
    device(&app, "ada", "phone", "GCM", "token", None).await;
    app.deposits("ada", 5).await;
    world.settle().await;
    assert!(world.local.pushes().is_empty(), "a waiting reward is not congratulated");
    let waiting = json!({"en": {"title": "Nearly", "body": "{reward.name} is on its way, {user.first_name}."}});
    app.launch("autumn", campaign_with(&[("/moments/0/messages/waiting", waiting)])).await;
    app.call("PUT", "/v1/users/ada", json!({"attributes": {"first_name": "Ada"}})).await.expect(200);
    let ask = json!({"user_id": "ada", "campaign_id": "autumn", "moment_id": "deposits"});
    assert_eq!(app.call("POST", "/v1/rewards", ask).await.expect(200)["outcome"], "waiting");
    world.settle().await;
    let pushes = world.local.pushes();
    let message = &pushes[0]["message"];
    assert_eq!(
        (message["Title"].as_str(), message["Body"].as_str()),
        (Some("Nearly"), Some("Gift card is on its way, Ada."))
    );
    assert_eq!(message["Action"], "OPEN_APP");
    // The device shows the award instead.
    app.stock("gift", 5).await;
    world.settle().await;
    let pushes = world.local.pushes();
    let of_autumn: Vec<&Value> =
        pushes.iter().filter(|push| push["message"]["CollapseKey"] == message["CollapseKey"]).collect();
    assert_eq!(of_autumn.len(), 2, "{pushes:?}");
    assert_eq!(of_autumn[1]["message"]["Title"], "Well done");
}

#[tokio::test]
async fn messages_are_filled_in_and_an_empty_one_names_its_subject() {
    let world = World::new().await;
    let app = world.shop(2).await;
    let texts = json!({
        "en": {"title": "{user.first_name}", "body": "{user.first_name}", "image_url": "https://shop.example/gift.png"},
        "pt": {"title": "Parabéns, {user.first_name}", "body": "Até {campaign.ends_on}", "url": "shop://gifts"},
    });
    let delivery = json!({"sound": "coins", "badge": 1, "ttl_seconds": 3600, "priority": "high"});
    let changes = [("/moments/0/messages/achievement", texts), ("/moments/0/messages/delivery", delivery)];
    app.launch("autumn", campaign_with(&changes)).await;
    device(&app, "ada", "phone", "APNS", "ada", None).await;
    device(&app, "bia", "phone", "APNS", "bia", Some("pt-BR")).await;
    app.call("PUT", "/v1/users/bia", json!({"attributes": {"first_name": "Bia"}})).await.expect(200);
    for user in ["ada", "bia"] {
        let ask = json!({"user_id": user, "campaign_id": "autumn", "moment_id": "deposits"});
        app.call("POST", "/v1/rewards", ask).await.expect(201);
    }
    world.settle().await;
    let pushes = world.local.pushes();
    let of = |address: &str| pushes.iter().find(|push| push["address"] == address).unwrap()["message"].clone();
    let (ada, bia) = (of("ada"), of("bia"));
    assert_eq!((ada["Title"].as_str(), ada["Body"].as_str()), (Some("Spring"), Some("Gift card")));
    assert_eq!(
        (ada["Action"].as_str(), ada["MediaUrl"].as_str()),
        (Some("URL"), Some("https://shop.example/gift.png"))
    );
    assert_eq!((bia["Title"].as_str(), bia["Body"].as_str()), (Some("Parabéns, Bia"), Some("Até 2026-12-31")));
    assert_eq!((bia["Action"].as_str(), bia["Url"].as_str()), (Some("DEEP_LINK"), Some("shop://gifts")));
    for message in [&ada, &bia] {
        assert_eq!((message["Sound"].as_str(), message["Badge"].as_u64()), (Some("coins"), Some(1)));
        assert_eq!((message["TimeToLive"].as_u64(), message["Priority"].as_str()), (Some(3600), Some("10")));
    }
}

#[tokio::test]
async fn a_device_is_not_told_what_it_has_opted_out_of() {
    let world = World::new().await;
    let app = world.shop(1).await;
    device(&app, "ada", "tablet", "GCM", "tablet", None).await;
    let body = json!({"channel": "GCM", "address": "phone", "opt_out": ["achievement", "reminder"]});
    app.call("PUT", "/v1/users/ada/devices/phone", body).await.expect(200);
    app.deposits("ada", 5).await;
    world.settle().await;
    assert_eq!((attempts(&world, "tablet"), attempts(&world, "phone")), (1, 0));
}

#[tokio::test]
async fn a_reward_of_a_campaign_newer_than_the_cached_catalog_is_pushed() {
    let world = World::with_variables(&[("CATALOG_SECONDS", "3600")]).await;
    let app = world.shop(2).await;
    device(&app, "ada", "phone", "GCM", "token", None).await;
    app.ask("ada").await.expect(201);
    world.settle().await;
    // The function's environment caches the catalog without the next campaign.
    app.launch("autumn", campaign_with(&[])).await;
    world.local.functions.end_environments("allocate-reward");
    let body = json!({"user_id": "ada", "campaign_id": "autumn", "moment_id": "deposits"});
    app.call("POST", "/v1/rewards", body).await.expect(201);
    world.settle().await;
    assert_eq!(world.local.pushes().len(), 2);
}

#[tokio::test]
async fn where_no_connection_is_made_nothing_was_accepted() {
    let settings = aws::Settings::read(|name| match name {
        "TABLE_NAME" => Some("none".to_owned()),
        "PINPOINT_APPLICATION_ID" => Some("local".to_owned()),
        // Nothing listens there.
        "PINPOINT_ENDPOINT" => Some("http://127.0.0.1:1".to_owned()),
        _ => None,
    });
    let push = outbound_push::Push::new(&settings.unwrap());
    let text = domain::message::RenderedText { title: "t".into(), body: "b".into() };
    let notification = outbound_push::Notification {
        kind: domain::message::MessageKind::Achievement,
        text: &text,
        url: None,
        image_url: None,
        delivery: &domain::message::PushOptions::default(),
        collapse_key: "key",
    };
    let to = [outbound_push::Recipient { address: domain::secret::DeviceAddress::new("token"), first_name: None }];
    let failed = push.send(domain::device::Channel::Gcm, &to, &notification).await.unwrap_err();
    assert!(matches!(failed, outbound_push::Failed::Later(_)), "{failed:?}");
}
