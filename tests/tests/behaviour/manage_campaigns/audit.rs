//! The audit of an app: what is in it, who reads it, and that a refused change leaves nothing.

use serde_json::{Value, json};
use tests::{App, World, campaign, group};

use crate::people::Human;

/// What each entry says, the newest first, without times and keys.
async fn entries(app: &App<'_>) -> Vec<String> {
    let listed = app.admin("GET", "/audit", Value::Null).await.expect(200);
    let text = |entry: &Value, name: &str| entry[name].as_str().unwrap_or("-").to_owned();
    let line = |entry: &Value| {
        let names = ["subject", "id", "action", "outcome", "person_id"].map(|name| text(entry, name));
        format!("{} {}", names.join(" "), entry["version"])
    };
    listed["data"].as_array().unwrap().iter().map(line).collect()
}

#[tokio::test]
async fn changes_of_an_app_are_listed_with_who_made_them_newest_first() {
    let world = World::new().await;
    let app = world.app("app").await;
    let before = entries(&app).await.len();
    // Entries of one millisecond have no order.
    world.pass(jiff::SignedDuration::from_secs(1));
    let ada = Human::with(&world, "ada", json!({"app": ["owner"]})).await;
    let call = async |method: &str, path: &str, body: Value| {
        world.pass(jiff::SignedDuration::from_secs(1));
        ada.call(method, &format!("/v1/apps/app{path}"), body).await
    };
    call("PUT", "/reward-groups/gift", group()).await.expect(200);
    call("POST", "/reward-groups/gift/stock", json!({"urls": ["https://gift.example/1"]})).await.expect(200);
    call("PUT", "/campaigns/spring", campaign()).await.expect(200);
    let minted = call("POST", "/keys", json!({"scope": "app", "mode": "live"})).await.expect(201);
    let key = minted["key_id"].as_str().unwrap();
    call("DELETE", &format!("/keys/{key}"), Value::Null).await.expect(204);
    call("GET", "/keys", Value::Null).await.expect(200);
    let found = entries(&app).await;
    let expected = [
        format!("key {key} revoked done ada null"),
        format!("key {key} minted done ada null"),
        "campaign spring written done ada 1".to_owned(),
        "stock gift loaded done ada null".to_owned(),
        "reward_group gift written done ada 1".to_owned(),
    ];
    assert_eq!(found[..5], expected);
    // What made Ada an owner, and her key: the operator, who is no person.
    let mut of_ada = found[5..found.len() - before].to_vec();
    of_ada.sort();
    assert_eq!(of_ada, ["person ada written done - null", "person_key ada minted done - null"]);
    assert!(!world.audit_items().iter().any(|item| item.to_string().contains("https://gift.example")));
    world.settle().await;
}

#[tokio::test]
async fn a_refused_change_leaves_no_entry() {
    let world = World::new().await;
    let app = world.app("app").await;
    let (before, items) = (world.audit_items(), world.items());
    app.admin("PUT", "/reward-groups/gift", json!({"name": 5})).await.expect(400);
    app.admin("DELETE", "/keys/key_none", Value::Null).await.expect(404);
    app.admin("POST", "/campaigns/none/submit", Value::Null).await.expect(404);
    world.admin("PUT", "/v1/apps/none/reward-groups/gift", group()).await.expect(404);
    world.admin("DELETE", "/v1/people/nobody/keys/key_none", Value::Null).await.expect(404);
    assert_eq!((world.audit_items(), world.items()), (before, items));
}

#[tokio::test]
async fn a_role_in_every_app_is_listed_in_every_app_and_others_in_their_own() {
    let world = World::new().await;
    let (app, other) = (world.app("app").await, world.app("other").await);
    let (before, before_other) = (entries(&app).await.len(), entries(&other).await.len());
    let put = async |roles: Value, name: &str| {
        world.pass(jiff::SignedDuration::from_secs(1));
        world.admin("PUT", "/v1/people/ben", json!({"name": name, "roles": roles})).await.expect(200);
    };
    put(json!({"app": ["viewer"]}), "Ben").await;
    assert_eq!((entries(&app).await.len(), entries(&other).await.len()), (before + 1, before_other));
    put(json!({"app": ["viewer"], "*": ["viewer"]}), "Ben").await;
    assert_eq!((entries(&app).await.len(), entries(&other).await.len()), (before + 2, before_other + 1));
    put(json!({"app": ["viewer"], "*": ["viewer"]}), "Benjamin").await;
    // Entries of one millisecond have no order.
    world.pass(jiff::SignedDuration::from_secs(1));
    world.admin("DELETE", "/v1/people/ben", Value::Null).await.expect(204);
    let found = entries(&other).await;
    assert_eq!(found[..2], ["person ben deleted done - null", "person ben written done - null"]);
}

#[tokio::test]
async fn only_owners_read_it_and_pages_follow_each_other() {
    let world = World::new().await;
    let app = world.app("app").await;
    for number in 0..5 {
        world.pass(jiff::SignedDuration::from_secs(1));
        app.put_group(&format!("group-{number}"), group()).await;
    }
    let approver = Human::with(&world, "al", json!({"app": ["approver", "editor", "support"]})).await;
    approver.call("GET", "/v1/apps/app/audit", Value::Null).await.expect(403);
    let all = app.admin("GET", "/audit", Value::Null).await.expect(200)["data"].as_array().unwrap().clone();
    let (mut found, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = app.admin("GET", &format!("/audit?limit=2{cursor}"), Value::Null).await.expect(200);
        found.extend(page["data"].as_array().unwrap().iter().cloned());
        let Some(next) = page["cursor"].as_str() else { break };
        cursor = format!("&cursor={next}");
    }
    assert_eq!(found, all);
    app.admin("GET", "/audit?cursor=yesterday", Value::Null).await.expect(400);
    let expires = |item: &Value| item["expires"]["N"].as_str().unwrap().parse::<i64>().unwrap();
    let days = |item: &Value| (expires(item) - world.clock.now().as_second()) / 86_400;
    assert!(world.audit_items().iter().all(|item| (390..=400).contains(&days(item))));
}
