//! `/v1/users/{user_id}`.

use serde_json::{Value, json};
use tests::{World, group};

#[tokio::test]
async fn a_profile_and_devices_are_kept_and_addresses_never_shown() {
    let world = World::new().await;
    let app = world.shop(0).await;
    let user = "/v1/users/Zo%C3%AB%20%231";
    let profile = json!({"marketplace": "DE", "locale": "de", "attributes": {"tier": "gold"}});
    app.call("PUT", user, profile.clone()).await.expect(200);
    app.call("PUT", &format!("{user}/devices/phone"), json!({"channel": "APNS", "address": "secret-token"}))
        .await
        .expect(200);
    let shown = app.call("GET", user, Value::Null).await.expect(200);
    assert_eq!((&shown["user_id"], &shown["marketplace"]), (&json!("Zoë #1"), &json!("DE")));
    assert_eq!(shown["attributes"], profile["attributes"]);
    assert_eq!((&shown["devices"][0]["device_id"], &shown["devices"][0]["channel"]), (&json!("phone"), &json!("APNS")));
    assert!(!shown.to_string().contains("secret-token"));
    assert_eq!(app.call("DELETE", &format!("{user}/devices/phone"), Value::Null).await.status, 204);
    assert_eq!(app.call("GET", user, Value::Null).await.expect(200)["devices"], json!([]));
    assert_eq!(app.call("GET", "/v1/users/nobody", Value::Null).await.status, 404);
}

#[tokio::test]
async fn rewards_are_listed_page_by_page_and_a_made_up_cursor_is_refused() {
    let world = World::new().await;
    let app = world.app("app").await;
    app.put_group("gift", group()).await;
    app.stock("gift", 12).await;
    let changes = [("/moments/0/max_rewards_per_user", json!(12)), ("/moments/0/target", json!(1))];
    app.launch("spring", tests::campaign_with(&changes)).await;
    app.deposits("ada", 12).await;
    let (mut found, mut cursor) = (Vec::new(), String::new());
    loop {
        let path = format!("/v1/users/ada/rewards?limit=5{cursor}");
        let page = app.call("GET", &path, Value::Null).await.expect(200);
        found.extend(page["data"].as_array().unwrap().iter().map(|reward| reward["reward_id"].to_string()));
        let Some(next) = page["cursor"].as_str() else { break };
        cursor = format!("&cursor={next}");
    }
    let count = found.len();
    found.sort_unstable();
    found.dedup();
    assert_eq!((count, found.len()), (12, 12));
    for bad in ["x", "UkVXQVJEJA", "limit"] {
        let path = format!("/v1/users/ada/rewards?cursor={bad}");
        assert_eq!(app.call("GET", &path, Value::Null).await.field_errors()[0].0, "/cursor");
    }
    assert_eq!(app.call("GET", "/v1/users/ada/rewards?limit=101", Value::Null).await.field_errors()[0].0, "/limit");
}

#[tokio::test]
async fn erasure_forgets_the_user_and_keeps_figures_links_and_urls_used() {
    let world = World::new().await;
    let app = world.shop(2).await;
    app.call("PUT", "/v1/users/countess-lovelace", json!({"locale": "de"})).await.expect(200);
    app.call("PUT", "/v1/users/countess-lovelace/devices/phone", json!({"channel": "GCM", "address": "token"}))
        .await
        .expect(200);
    let reward = app.deposits("countess-lovelace", 5).await["reward"].clone();
    world.settle().await;
    assert_eq!(app.call("DELETE", "/v1/users/countess-lovelace", Value::Null).await.status, 204);
    assert_eq!(app.call("DELETE", "/v1/users/countess-lovelace", Value::Null).await.status, 204);
    // No random id contains this name by chance.
    let known: Vec<Value> =
        world.items().into_iter().filter(|item| item.to_string().contains("countess-lovelace")).collect();
    assert!(known.is_empty(), "{known:?}");
    assert_eq!(app.call("GET", "/v1/users/countess-lovelace", Value::Null).await.status, 404);
    let visit = world.send("GET", &format!("/r/{}", reward["reward_id"].as_str().unwrap()), &[], b"").await;
    assert_eq!((visit.status, visit.header("location")), (302, reward["url"].as_str()));
    world.settle().await;
}

#[tokio::test]
async fn attributes_that_the_table_cannot_hold_are_refused_and_named() {
    let world = World::new().await;
    let app = world.shop(0).await;
    let before = world.items();
    let deep = (0..40).fold(json!(1), |inner, _| json!({ "a": inner }));
    for bad in [json!({"a": 1e200}), json!({"a": 1e-200}), json!({"": 1}), json!({"a": {"": 1}}), deep] {
        let answer = app.call("PUT", "/v1/users/ada", json!({ "attributes": bad })).await;
        assert_eq!(answer.field_errors(), [("/attributes".into(), "not_storable".into())]);
    }
    assert_eq!(world.items(), before);
    let good = json!({"attributes": {"a": [1, -2.5, {"b": null}], "c": 1e100}});
    assert_eq!(
        app.call("PUT", "/v1/users/ada", good.clone()).await.expect(200)["attributes"]["a"],
        good["attributes"]["a"]
    );
}

#[tokio::test]
async fn a_test_key_stores_no_user_and_sees_none() {
    let world = World::new().await;
    let app = world.shop(1).await;
    app.ask("ada").await.expect(201);
    app.call("PUT", "/v1/users/ada", json!({})).await.expect(200);
    let before = world.items();
    let test = |method: &'static str, path: &'static str, body: Value| world.call(&app.test_key, method, path, body);
    test("PUT", "/v1/users/bob", json!({"locale": "de"})).await.expect(200);
    test("PUT", "/v1/users/bob/devices/d", json!({"channel": "GCM", "address": "t"})).await.expect(200);
    assert_eq!(test("DELETE", "/v1/users/ada", Value::Null).await.status, 204);
    assert_eq!(test("GET", "/v1/users/ada", Value::Null).await.status, 404);
    assert_eq!(test("GET", "/v1/users/ada/rewards", Value::Null).await.expect(200)["data"], json!([]));
    assert_eq!(world.items(), before);
}
