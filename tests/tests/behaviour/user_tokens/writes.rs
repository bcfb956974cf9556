//! What a token changes: devices, read marks, an address, moments of the app's client actions, and the user's own data.

use serde_json::{Value, json};
use tests::World;

use super::{Backend, set};
use crate::fulfil_orders::orders;

#[tokio::test]
async fn a_user_keeps_devices_and_reads_messages() {
    let world = World::new().await;
    let app = world.shop(2).await;
    let backend = Backend::of(&app, "web", "live").await;
    let device = json!({"channel": "GCM", "address": "token-of-ada"});
    backend.call("ada", "PUT", "/devices/phone", device).await.expect(200);
    // Whoever registers an address has it, and anybody can know a number.
    let before = world.items();
    let number = json!({"channel": "SMS", "address": "+4917000000001"});
    assert_eq!(backend.call("ada", "PUT", "/devices/number", number).await.status, 403);
    assert_eq!(world.items(), before);
    app.deposits("ada", 5).await;
    world.settle().await;
    let told = world.local.inbox().requests();
    assert!(told.iter().any(|request| format!("{request:?}").contains("token-of-ada")));
    let inbox = backend.call("ada", "GET", "/notifications", Value::Null).await.expect(200);
    let id = inbox["data"][0]["notification_id"].clone();
    let read = json!({"notification_ids": [id]});
    // Another user has no such message.
    let others = backend.call("bob", "POST", "/notifications/read", read.clone()).await.expect(200);
    assert_eq!(others, json!({"read": [], "unknown": [id]}));
    assert_eq!(backend.call("ada", "GET", "/notifications", Value::Null).await.expect(200)["unread"], 1);
    backend.call("ada", "POST", "/notifications/read", read).await.expect(200);
    assert_eq!(backend.call("ada", "GET", "/notifications", Value::Null).await.expect(200)["unread"], 0);
    assert_eq!(backend.call("bob", "DELETE", "/devices/phone", Value::Null).await.status, 204);
    let devices = async || backend.call("ada", "GET", "", Value::Null).await;
    assert_eq!(devices().await.expect(200)["devices"][0]["device_id"], "phone", "bob's phone is another one");
    assert_eq!(backend.call("ada", "DELETE", "/devices/phone", Value::Null).await.status, 204);
    assert_eq!(devices().await.expect(200)["devices"], json!([]));
    world.settle().await;
}

#[tokio::test]
async fn a_user_gives_the_address_of_an_own_reward_alone() {
    let world = World::new().await;
    let app = orders::mugs(&world).await;
    let backend = Backend::of(&app, "web", "live").await;
    let reward = orders::award(&app, "ada").await;
    let path = format!("/rewards/{reward}/address");
    let before = world.items();
    // A link may be passed on, so others may know the id.
    assert_eq!(backend.call("bob", "PUT", &path, orders::address()).await.status, 404);
    assert_eq!(backend.call("bob", "GET", &path, Value::Null).await.status, 404);
    assert_eq!(world.items(), before);
    let given = backend.call("ada", "PUT", &path, orders::address()).await.expect(200);
    assert_eq!(given["state"], "ordered");
    assert_eq!(backend.call("bob", "GET", &path, Value::Null).await.status, 404);
    let shown = backend.call("ada", "GET", &path, Value::Null).await.expect(200);
    let to_the_app = app.call("GET", &format!("/v1/rewards/{reward}/address"), Value::Null).await.expect(200);
    assert_eq!(shown, to_the_app);
    assert_eq!(shown["address"]["postal_code"], "W1U 4EG");
    world.settle().await;
}

#[tokio::test]
async fn a_client_reports_only_the_actions_that_the_app_lists() {
    let world = World::new().await;
    let app = world.shop(2).await;
    let backend = Backend::of(&app, "web", "live").await;
    let event = |n: usize| json!({"action": "deposit", "event_id": format!("e{n}")});
    let before = world.items();
    let refused = backend.call("ada", "POST", "/moments", event(1)).await.expect(403);
    assert!(refused["detail"].as_str().unwrap().contains("client_actions"), "{refused:#}");
    assert_eq!(world.items(), before);
    set(&app, json!({"client_actions": ["deposit"]})).await;
    for n in 1..=5 {
        let outcome = backend.call("ada", "POST", "/moments", event(n)).await.expect(200)["outcomes"][0].clone();
        assert_eq!(outcome["outcome"], if n == 5 { "rewarded" } else { "in_progress" });
    }
    assert!(backend.call("ada", "POST", "/moments", event(5)).await.expect(200)["duplicate"] == true);
    let visit = json!({"action": "visit", "event_id": "v"});
    assert_eq!(backend.call("ada", "POST", "/moments", visit).await.status, 403);
    world.settle().await;
}

/// The rate limit holds per user and environment; the campaign's guard holds in the table.
#[tokio::test]
async fn a_client_that_loops_is_stopped_and_others_go_on() {
    let world = World::new().await;
    let app = world.shop(1).await;
    let (backend, second) = (Backend::of(&app, "web", "live").await, Backend::of(&app, "more", "live").await);
    let mut passed = 0;
    while backend.call("ada", "GET", "/rewards", Value::Null).await.status == 200 {
        passed += 1;
        assert!(passed < 100);
    }
    assert_eq!(passed, 20);
    let stopped = second.call("ada", "GET", "/rewards", Value::Null).await;
    assert_eq!((stopped.status, stopped.header("retry-after")), (429, Some("1")), "another key, the same user");
    backend.call("bob", "GET", "/rewards", Value::Null).await.expect(200);
    app.call("GET", "/v1/users/ada/rewards", Value::Null).await.expect(200);
    world.pass(jiff::SignedDuration::from_secs(1));
    backend.call("ada", "GET", "/rewards", Value::Null).await.expect(200);
}

#[tokio::test]
async fn users_export_and_erase_themselves_only_if_the_app_allows_it() {
    let world = World::new().await;
    let app = world.shop(2).await;
    let backend = Backend::of(&app, "web", "live").await;
    for user in ["ada", "bob"] {
        app.call("PUT", &format!("/v1/users/{user}"), json!({"locale": "de"})).await.expect(200);
    }
    let before = world.items();
    for (method, path) in [("GET", "/export"), ("DELETE", "")] {
        let refused = backend.call("ada", method, path, Value::Null).await.expect(403);
        assert!(refused["detail"].as_str().unwrap().contains("users_may"), "{refused:#}");
    }
    assert_eq!(world.items(), before);
    set(&app, json!({"users_may": ["export"]})).await;
    let own = backend.call("ada", "GET", "/export", Value::Null).await.expect(200);
    assert_eq!(own, app.call("GET", "/v1/users/ada/export", Value::Null).await.expect(200));
    assert_eq!(backend.call("ada", "DELETE", "", Value::Null).await.status, 403);
    set(&app, json!({"users_may": ["erase"]})).await;
    assert_eq!(backend.call("ada", "DELETE", "", Value::Null).await.status, 204);
    assert_eq!(backend.call("ada", "GET", "", Value::Null).await.status, 404);
    app.call("GET", "/v1/users/bob", Value::Null).await.expect(200);
    world.settle().await;
}

/// An erased user is a new one.
#[tokio::test]
async fn whoever_erases_itself_cannot_report_and_cannot_escape_a_decision() {
    let world = World::new().await;
    let app = world.app("app").await;
    let both = json!({"name": "app", "client_actions": ["lap"], "users_may": ["erase"]});
    assert_eq!(app.admin("PUT", "", both).await.field_errors()[0].0, "/users_may");
    set(&app, json!({"client_actions": ["lap"]})).await;
    let erase = json!({"name": "app", "users_may": ["erase"]});
    assert_eq!(app.admin("PUT", "", erase).await.field_errors()[0].0, "/users_may", "it keeps the actions");
    set(&app, json!({"client_actions": [], "users_may": ["erase"]})).await;

    app.put_group("gift", tests::group()).await;
    app.stock("gift", 2).await;
    app.launch("race", tests::competition()).await;
    let backend = Backend::of(&app, "web", "live").await;
    let lap = |n: u32| json!({"user_id": "bob", "action": "lap", "event_id": format!("lap-{n}"), "quantity": n});
    app.call("POST", "/v1/moments", lap(1)).await.expect(200);
    let cheat = json!({"disqualified": {"reason": "cheat"}});
    app.admin("PUT", "/campaigns/race/competitors/bob", cheat).await.expect(200);
    let before = world.items();
    let refused = backend.call("bob", "DELETE", "", Value::Null).await.expect(409);
    assert_eq!(refused["code"], "user_under_decision");
    assert_eq!(world.items(), before);
    let outcome = app.call("POST", "/v1/moments", lap(2)).await.expect(200)["outcomes"][0].clone();
    assert_eq!(outcome["outcome"], "disqualified");
    assert_eq!(app.call("DELETE", "/v1/users/bob", Value::Null).await.status, 204, "the app may");
    world.settle().await;
}

#[tokio::test]
async fn the_settings_for_users_are_checked_and_stay_if_left_out() {
    let world = World::new().await;
    let app = world.app("app").await;
    let settings = json!({
        "cors_origins": ["https://shop.example"], "client_actions": ["visit"], "users_may": ["see_players", "export"],
    });
    set(&app, settings).await;
    app.admin("PUT", "", json!({"name": "Renamed"})).await.expect(200);
    let kept = app.admin("GET", "", Value::Null).await.expect(200);
    assert_eq!(kept["cors_origins"], json!(["https://shop.example"]));
    assert_eq!((&kept["client_actions"], &kept["users_may"]), (&json!(["visit"]), &json!(["export", "see_players"])));
    let before = world.items();
    for (field, value, pointer) in [
        ("cors_origins", json!(["*"]), "/cors_origins/0"),
        ("cors_origins", json!(["https://shop.example", "http://shop.example"]), "/cors_origins/1"),
        ("cors_origins", json!(["https://a.example", "https://a.example"]), "/cors_origins/1"),
        ("cors_origins", json!(vec!["https://a.example"; 21]), "/cors_origins"),
        ("client_actions", json!(["a b"]), "/client_actions/0"),
        ("users_may", json!(["everything"]), "/users_may/0"),
    ] {
        let mut body = json!({"name": "Renamed"});
        body[field] = value;
        let errors = app.admin("PUT", "", body).await.field_errors();
        assert_eq!(errors[0].0, pointer);
    }
    assert_eq!(world.items(), before);
    set(&app, json!({"cors_origins": [], "client_actions": [], "users_may": []})).await;
    assert_eq!(app.admin("GET", "", Value::Null).await.expect(200)["cors_origins"], json!([]));
}
