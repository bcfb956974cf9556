//! A user's export, and that an erasure deletes all of it.

use serde_json::{Value, json};
use tests::{World, campaign_with, promises};

#[tokio::test]
async fn an_export_has_everything_stored_and_an_erasure_leaves_nothing() {
    let world = World::new().await;
    let app = world.shop(1).await;
    let zone = "Europe/Berlin";
    let profile = json!({"marketplace": "DE", "locale": "de", "time_zone": zone, "attributes": {"level": 7}});
    app.call("PUT", "/v1/users/ada.l", profile.clone()).await.expect(200);
    app.call("PUT", "/v1/users/ada.l/devices/phone", json!({"channel": "GCM", "address": "token-of-ada.l"}))
        .await
        .expect(200);
    let reward = app.deposits("ada.l", 5).await["reward"].clone();
    world.settle().await;
    let export = app.call("GET", "/v1/users/ada.l/export", Value::Null).await.expect(200);
    assert_eq!((&export["user_id"], &export["profile"]), (&json!("ada.l"), &profile));
    assert_eq!(export["devices"][0]["address"], "token-of-ada.l");
    assert_eq!((&export["progress"][0]["moment_id"], &export["progress"][0]["count"]), (&json!("deposits"), &json!(5)));
    assert_eq!(
        (&export["rewards"][0]["url"], &export["rewards"][0]["campaign_id"]),
        (&reward["url"], &json!("spring"))
    );
    assert_eq!(export["progress"][0]["closed"], Value::Null);
    let own = ["occurrence", "locale", "waiting_reason"].map(|field| export["rewards"][0][field].clone());
    assert_eq!(own, [json!(1), json!("de"), Value::Null]);
    let delivered = json!([{"device_id": "phone", "delivery": "SUCCESSFUL", "code": 200, "attempts": 1}]);
    assert_eq!(export["notices"][0]["devices"], delivered);
    assert_eq!(export["test_progress"], json!([]));
    let rehearsed = json!({"user_id": "ada.l", "action": "deposit", "event_id": "rehearsed"});
    world.call(&app.test_key, "POST", "/v1/moments", rehearsed).await.expect(200);
    let export = app.call("GET", "/v1/users/ada.l/export", Value::Null).await.expect(200);
    assert_eq!(export["test_progress"][0]["count"], 1);
    assert_eq!(world.call(&app.test_key, "GET", "/v1/users/ada.l/export", Value::Null).await.status, 404);
    // No hash or random text has a dot, so only the user's data can have this name.
    let of_user =
        || world.items().into_iter().filter(|item| item.to_string().contains("ada.l")).collect::<Vec<Value>>();
    assert!(of_user().iter().any(|item| item["pk"]["S"].as_str().unwrap().contains("ada.l")));
    app.call("DELETE", "/v1/users/ada.l", Value::Null).await.expect(204);
    app.call("GET", "/v1/users/ada.l/export", Value::Null).await.expect(404);
    let levels = app.admin("GET", "/reward-groups/gift/stock", Value::Null).await.expect(200);
    assert_eq!(levels["claimed"], 1, "figures stay true");
    assert_eq!(of_user(), [json!(null); 0]);
    let again = app.admin("POST", "/reward-groups/gift/stock", json!({"urls": [reward["url"]]})).await.expect(200);
    assert_eq!(again["duplicate"], 1, "URLs stay used");
    assert_eq!(promises::rewards(&world.items()).count(), 1);
    world.settle().await;
}

#[tokio::test]
async fn an_export_says_why_a_reward_waits_and_why_there_will_be_none() {
    let world = World::new().await;
    let app = world.shop(0).await;
    app.launch("compared", campaign_with(&[("/holdout_percent", json!(100))])).await;
    app.call("PUT", "/v1/users/ada", json!({"locale": "de"})).await.expect(200);
    app.deposits("ada", 5).await;
    let export = app.call("GET", "/v1/users/ada/export", Value::Null).await.expect(200);
    let closed = [0, 1].map(|n| (&export["progress"][n]["campaign_id"], &export["progress"][n]["closed"]));
    let expected = [(json!("compared"), json!("held_out")), (json!("spring"), Value::Null)];
    assert_eq!(closed, expected.each_ref().map(|(campaign, reason)| (campaign, reason)));
    let shown = ["campaign_id", "state", "occurrence", "locale", "waiting_reason", "url"];
    let shown = shown.map(|field| export["rewards"][0][field].clone());
    let expected = [json!("spring"), json!("waiting"), json!(1), json!("de"), json!("no_stock"), Value::Null];
    assert_eq!(shown, expected);
    assert_eq!(export["rewards"].as_array().unwrap().len(), 1);
    world.settle().await;
}
