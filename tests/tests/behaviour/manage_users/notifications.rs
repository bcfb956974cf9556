//! The inbox in the app: the pushed messages, read marks, and cheap polling.

use jiff::SignedDuration;
use serde_json::{Value, json};
use tests::{Answer, App, World, campaign_with};

async fn inbox(app: &App<'_>, user: &str) -> Value {
    app.call("GET", &format!("/v1/users/{user}/notifications"), Value::Null).await.expect(200)
}

async fn poll(world: &World, app: &App<'_>, path: &str, tag: &str) -> Answer {
    world.send("GET", path, &[("x-api-key", &app.key), ("if-none-match", tag)], &[]).await
}

fn ids(inbox: &Value) -> Vec<&str> {
    inbox["data"].as_array().unwrap().iter().map(|message| message["notification_id"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn a_user_without_push_finds_in_the_app_what_would_have_been_pushed() {
    let world = World::new().await;
    let app = world.shop(1).await;
    assert_eq!(inbox(&app, "ada").await, json!({"data": [], "cursor": null, "unread": 0}));
    app.call("PUT", "/v1/users/ada", json!({"locale": "de"})).await.expect(200);
    let reward = app.deposits("ada", 5).await["reward"].clone();
    let shown = inbox(&app, "ada").await;
    assert_eq!(
        shown["data"],
        json!([{
            "notification_id": "achievement.spring.deposits.1", "kind": "achievement", "campaign_id": "spring",
            "moment_id": "deposits", "title": "Gut gemacht", "body": "Hier ist Ihr Gutschein.",
            "url": reward["redeem_url"], "image_url": null, "reward_id": reward["reward_id"],
            "at": reward["awarded_at"], "read_at": null,
        }])
    );
    assert_eq!(shown["unread"], 1);
    // Another user and a test key don't see it.
    assert_eq!(ids(&inbox(&app, "bob").await), [""; 0]);
    let test = world.call(&app.test_key, "GET", "/v1/users/ada/notifications", Value::Null).await.expect(200);
    assert_eq!(ids(&test), [""; 0]);
}

#[tokio::test]
async fn what_was_read_stays_read_and_pushes_change_nothing_about_it() {
    let world = World::new().await;
    let app = world.shop(1).await;
    let device = json!({"channel": "GCM", "address": "temporary-1"});
    app.call("PUT", "/v1/users/ada/devices/phone", device).await.expect(200);
    app.deposits("ada", 5).await;
    let read = json!({"notification_ids": ["achievement.spring.deposits.1", "announcement.nowhere", "nonsense"]});
    let marked = app.call("POST", "/v1/users/ada/notifications/read", read.clone()).await.expect(200);
    assert_eq!(
        marked,
        json!({"read": ["achievement.spring.deposits.1"], "unknown": ["announcement.nowhere", "nonsense"]})
    );
    world.settle().await;
    world.pass(SignedDuration::from_hours(1));
    assert_eq!(app.call("POST", "/v1/users/ada/notifications/read", read).await.expect(200), marked);
    let shown = inbox(&app, "ada").await;
    assert_eq!((&shown["data"][0]["read_at"], &shown["unread"]), (&json!("2026-12-01T12:00:00Z"), &json!(0)));
    world.settle().await;
}

#[tokio::test]
async fn polling_is_answered_with_nothing_until_there_is_something_new() {
    let world = World::new().await;
    let app = world.shop(2).await;
    app.deposits("ada", 5).await;
    let path = "/v1/users/ada/notifications";
    let first = app.call("GET", path, Value::Null).await;
    let tag = first.header("etag").unwrap().to_owned();
    assert_eq!(first.header("cache-control"), Some("private, no-cache"));
    let again = poll(&world, &app, path, &tag).await;
    assert_eq!(
        (again.status, again.body, again.headers.iter().any(|(_, value)| *value == tag)),
        (304, Value::Null, true)
    );
    assert_eq!(poll(&world, &app, path, &format!("\"other\", W/{tag}")).await.status, 304);
    assert_eq!(poll(&world, &app, path, "\"other\"").await.status, 200);
    app.call("POST", &format!("{path}/read"), json!({"notification_ids": ["achievement.spring.deposits.1"]}))
        .await
        .expect(200);
    let read = poll(&world, &app, path, &tag).await;
    assert_eq!(read.status, 200);
    let tag = read.header("etag").unwrap().to_owned();
    app.launch("autumn", campaign_with(&[])).await;
    let ask = json!({"user_id": "ada", "campaign_id": "autumn", "moment_id": "deposits"});
    app.call("POST", "/v1/rewards", ask).await.expect(201);
    assert_eq!(poll(&world, &app, path, &tag).await.status, 200);
}

#[tokio::test]
async fn the_youngest_come_first_page_by_page() {
    let world = World::new().await;
    let app = world.shop(5).await;
    for n in 0..5 {
        app.launch(&format!("c{n}"), campaign_with(&[])).await;
        world.pass(SignedDuration::from_secs(1));
        let ask = json!({"user_id": "ada", "campaign_id": format!("c{n}"), "moment_id": "deposits"});
        app.call("POST", "/v1/rewards", ask).await.expect(201);
    }
    let (mut seen, mut cursor) = (Vec::new(), String::new());
    for size in [2, 2, 1] {
        let page =
            app.call("GET", &format!("/v1/users/ada/notifications?limit=2{cursor}"), Value::Null).await.expect(200);
        assert_eq!((ids(&page).len(), &page["unread"]), (size, &json!(5)));
        seen.extend(ids(&page).into_iter().map(str::to_owned));
        cursor = page["cursor"].as_str().map(|cursor| format!("&cursor={cursor}")).unwrap_or_default();
    }
    assert_eq!(seen, ["4", "3", "2", "1", "0"].map(|n| format!("achievement.c{n}.deposits.1")));
    assert_eq!(cursor, "");
    let bad = app.call("GET", "/v1/users/ada/notifications?cursor=x", Value::Null).await.field_errors();
    assert_eq!(bad, [("/cursor".to_owned(), "invalid_parameter".to_owned())]);
}

#[tokio::test]
async fn who_waits_reads_so_and_reads_better_news_later() {
    let world = World::new().await;
    let app = world.shop(0).await;
    let waiting = json!({"en": {"title": "Nearly", "body": "{reward.name} is on its way."}});
    app.launch("autumn", campaign_with(&[("/moments/0/messages/waiting", waiting)])).await;
    let ask = json!({"user_id": "ada", "campaign_id": "autumn", "moment_id": "deposits"});
    app.call("POST", "/v1/rewards", ask).await.expect(200);
    let shown = inbox(&app, "ada").await;
    assert_eq!(
        (ids(&shown), &shown["data"][0]["body"]),
        (vec!["waiting.autumn.deposits.1"], &json!("Gift card is on its way."))
    );
    assert_eq!((&shown["data"][0]["url"], &shown["data"][0]["reward_id"]), (&Value::Null, &Value::Null));
    app.stock("gift", 2).await;
    world.settle().await;
    assert_eq!(ids(&inbox(&app, "ada").await), ["achievement.autumn.deposits.1"]);
}

#[tokio::test]
async fn messages_leave_the_inbox_after_three_months_or_an_erasure() {
    let world = World::new().await;
    let app = world.shop(2).await;
    app.deposits("ada", 5).await;
    world.pass(SignedDuration::from_hours(24 * 89));
    assert_eq!(ids(&inbox(&app, "ada").await).len(), 1);
    world.pass(SignedDuration::from_hours(24));
    assert_eq!(ids(&inbox(&app, "ada").await).len(), 0);
    world.set_time("2026-12-02T12:00:00Z");
    app.call("DELETE", "/v1/users/ada", Value::Null).await.expect(204);
    assert_eq!(ids(&inbox(&app, "ada").await).len(), 0);
}

#[tokio::test]
async fn an_earlier_versions_items_still_work_and_are_erased() {
    let world = World::new().await;
    let app = world.shop(1).await;
    app.deposits("ada", 5).await;
    let text = |text: &str| json!({"S": text});
    let notice = json!({"pk": text("USER#app#ada"), "sk": text("NOTICE#spring#deposits#1"), "devices": {"M": {}}});
    world.put_raw(notice).await;
    let device = json!({"pk": text("USER#app#ada"), "sk": text("DEVICE#phone"), "device_id": text("phone"),
                        "channel": text("GCM"), "address": text("token")});
    world.put_raw(device).await;
    assert_eq!(ids(&inbox(&app, "ada").await), ["achievement.spring.deposits.1"]);
    let export = app.call("GET", "/v1/users/ada/export", Value::Null).await.expect(200);
    assert_eq!(export["devices"][0]["address"], "token");
    world.local.settle().await.unwrap();
    assert_eq!(world.local.pushes().len(), 1);
    app.call("DELETE", "/v1/users/ada", Value::Null).await.expect(204);
    assert!(world.items_at("USER#app#ada").is_empty());
}

#[tokio::test]
async fn bad_read_marks_are_refused() {
    let world = World::new().await;
    let app = world.shop(0).await;
    for (body, pointer) in [
        (json!({}), "/notification_ids"),
        (json!({"notification_ids": []}), "/notification_ids"),
        (json!({"notification_ids": [1]}), "/notification_ids/0"),
        (json!({"notification_ids": vec!["x"; 101]}), "/notification_ids"),
    ] {
        let errors = app.call("POST", "/v1/users/ada/notifications/read", body).await.field_errors();
        assert_eq!(errors[0].0, pointer);
    }
}
