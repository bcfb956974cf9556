//! The keys of an app, and its audit.

use serde_json::{Value, json};
use tests::World;

use crate::console::{Browser, with};

#[tokio::test]
async fn a_key_of_the_app_is_shown_once_works_and_is_revoked() {
    let world = World::new().await;
    world.app("app").await;
    let browser = Browser::of(&world, "olga", json!({"app": ["owner"]})).await;
    let fields = browser.get("/apps/app/new-key").await.expect(200).fields();
    let count = || app_keys(&world);
    let before = count();
    let wrong = with(&fields, &[("scope", "admin"), ("mode", "test")]);
    browser.post("/apps/app/new-key", &wrong).await.expect(400).shows("href=\"#mode\"");
    browser
        .post("/apps/app/new-key", &with(&fields, &[("scope", "partner")]))
        .await
        .expect(400)
        .shows("href=\"#partner\"");
    assert_eq!(count(), before);
    let page = browser.post("/apps/app/new-key", &with(&fields, &[("mode", "test")])).await.expect(200);
    page.shows("This key is shown only now.");
    assert_eq!(page.answer.header("cache-control"), Some("no-store"));
    let key = page.html.split("<code id=\"key\">").nth(1).unwrap().split('<').next().unwrap().to_owned();
    assert!(key.starts_with("mk_test_"), "{key}");
    world.call(&key, "GET", "/v1/users/ada/rewards", Value::Null).await.expect(200);
    let id = page.html.split("<h2 id=\"secret-name\">").nth(1).unwrap().split('<').next().unwrap().to_owned();
    let list = browser.get("/apps/app/keys").await.expect(200);
    list.shows("Test: consumes nothing");
    list.hides(&key);
    let revoke = format!("/apps/app/keys/{id}/revoke");
    list.shows(&format!("href=\"/console{revoke}\""));
    browser.get(&revoke).await.expect(200).shows("refused within a minute");
    assert_eq!(browser.post(&revoke, &[]).await.leads_to(), "/apps/app/keys?saved");
    world.pass(jiff::SignedDuration::from_mins(2));
    world.call(&key, "GET", "/v1/users/ada/rewards", Value::Null).await.expect(401);
    browser.get("/apps/app/keys").await.expect(200).shows("Ended on 1\u{a0}Dec\u{a0}2026");
    assert!(!world.log().contains(&key));
}

fn app_keys(world: &World) -> usize {
    let is_key = |item: &&Value| item["sk"]["S"].as_str().unwrap().starts_with("KEY#");
    world.items_at("APP#app").iter().filter(is_key).count()
}

#[tokio::test]
async fn the_audit_names_who_changed_what_and_leads_there() {
    let world = World::new().await;
    let app = world.app("app").await;
    let browser = Browser::of(&world, "olga", json!({"app": ["owner"]})).await;
    for number in 0..60 {
        world.pass(jiff::SignedDuration::from_secs(1));
        app.put_group(&format!("group-{number}"), tests::group()).await;
    }
    app.admin("PUT", "/campaigns/spring", tests::campaign()).await.expect(200);
    browser.post("/people/olga/keys", &[]).await.expect(200);
    let page = browser.get("/apps/app/audit").await.expect(200);
    page.shows("<bdi>olga</bdi>");
    page.shows("href=\"/console/people/olga\"");
    page.shows("href=\"/console/apps/app/campaigns/spring\"");
    page.shows("Written, version 1");
    page.hides("Nobody knows whether it was done");
    let next = page.html.split("rel=\"next\"").next().unwrap().rsplit("href=\"/console").next().unwrap();
    let next = crate::console::unescape(next.split('"').next().unwrap());
    let older = browser.get(&next).await.expect(200);
    older.shows("<bdi>group-0</bdi>");
    older.hides("<bdi>group-59</bdi>");
}

/// A function that died between an entry and its end.
#[tokio::test]
async fn an_entry_that_nobody_concluded_says_so() {
    let world = World::new().await;
    let app = world.app("app").await;
    app.put_group("gift", tests::group()).await;
    let mut entry = world.audit_items().into_iter().find(|item| item["id"]["S"] == "gift").unwrap();
    entry["outcome"] = json!({"S": "unknown"});
    world.put_raw(entry).await;
    let browser = Browser::of(&world, "olga", json!({"app": ["owner"]})).await;
    browser.get("/apps/app/audit").await.expect(200).shows("Nobody knows whether it was done");
}
