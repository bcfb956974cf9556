//! Pushes: from the reward's stream record to the inbox.

use serde_json::{Value, json};
use tests::{App, World, campaign_with, promises, stream_event};

async fn device(app: &App<'_>, user: &str, device: &str, channel: &str, address: &str, locale: Option<&str>) {
    let body = json!({"channel": channel, "address": address, "locale": locale});
    app.call("PUT", &format!("/v1/users/{user}/devices/{device}"), body).await.expect(200);
}

fn results(world: &World) -> Vec<(String, String)> {
    let notice = world.items().into_iter().find(|item| promises::text(item, "sk").unwrap().starts_with("NOTICE#"));
    let devices = notice.map(|notice| notice["devices"]["M"].clone()).unwrap_or_default();
    let devices = devices.as_object().cloned().unwrap_or_default();
    devices
        .into_iter()
        .map(|(device, result)| (device, result["M"]["delivery"]["S"].as_str().unwrap().to_owned()))
        .collect()
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
    assert_eq!(results(&world), [("phone".into(), "SUCCESSFUL".into()), ("tablet".into(), "SUCCESSFUL".into())]);
}

#[tokio::test]
async fn a_device_that_cannot_be_reached_is_tried_again_alone_and_then_left_without_holding_up_the_shard() {
    let world = World::new().await;
    let app = world.shop(1).await;
    for (name, address) in [
        ("good", "token"),
        ("gone", "permanent-1"),
        ("busy", "temporary-1"),
        ("full", "throttled-1"),
        ("out", "optout-1"),
    ] {
        device(&app, "ada", name, "GCM", address, None).await;
    }
    let before = app.deposits("ada", 5).await["reward"].clone();
    world.settle().await;
    let attempts = |address: &str| world.local.pushes().iter().filter(|push| push["address"] == address).count();
    for settled in ["token", "permanent-1", "optout-1"] {
        assert_eq!(attempts(settled), 1, "{settled}");
    }
    assert_eq!((attempts("temporary-1"), attempts("throttled-1")), (5, 5));
    assert!(world.local.dead_letters().unwrap().is_empty());
    // No push outcome changes the reward.
    let rewards = app.call("GET", "/v1/users/ada/rewards", Value::Null).await.expect(200);
    assert_eq!(rewards["data"][0], before);
}

#[tokio::test]
async fn a_stream_record_that_comes_again_pushes_nothing_again() {
    let world = World::new().await;
    let app = world.shop(1).await;
    device(&app, "ada", "phone", "GCM", "token", None).await;
    app.deposits("ada", 5).await;
    world.settle().await;
    let reward = world.items_at("USER#app#ada").into_iter().find(|item| item.get("reward_id").is_some()).unwrap();
    let again =
        world.local.functions.invoke("send-notification", stream_event("INSERT", &reward), "again").await.unwrap();
    assert_eq!(again, json!({"batchItemFailures": []}));
    assert_eq!(world.local.pushes().len(), 1);
}

#[tokio::test]
async fn a_waiting_reward_is_not_congratulated() {
    let world = World::new().await;
    let app = world.shop(0).await;
    device(&app, "ada", "phone", "GCM", "token", None).await;
    app.deposits("ada", 5).await;
    world.settle().await;
    assert!(world.local.pushes().is_empty());
}

#[tokio::test]
async fn a_reward_of_a_campaign_that_is_newer_than_what_is_remembered_is_pushed_all_the_same() {
    let world = World::with_variables(&[("CATALOG_SECONDS", "3600")]).await;
    let app = world.shop(2).await;
    device(&app, "ada", "phone", "GCM", "token", None).await;
    app.ask("ada").await.expect(201);
    world.settle().await;
    // The function's environment has read the catalog, and remembers it. The next campaign's function has not.
    app.launch("autumn", campaign_with(&[])).await;
    world.local.functions.end_environments("allocate-reward");
    let body = json!({"user_id": "ada", "campaign_id": "autumn", "moment_id": "deposits"});
    app.call("POST", "/v1/rewards", body).await.expect(201);
    world.settle().await;
    assert_eq!(world.local.pushes().len(), 2);
}
