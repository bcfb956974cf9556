//! People and keys: roles as checkboxes, a key that is shown once, and what cannot be undone asks once more.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use tests::World;

use crate::console::{Browser, unescape};

async fn person(world: &World, id: &str) -> Value {
    world.admin("GET", &format!("/v1/people/{id}"), Value::Null).await.expect(200)
}

#[tokio::test]
async fn a_person_is_added_and_gets_other_roles() {
    let world = World::new().await;
    world.app("app").await;
    let browser = Browser::of(&world, "olga", json!({"app": ["owner"]})).await;
    browser.get("/people").await.expect(200).shows("href=\"/console/people/olga\"");
    let fields = [("id", "ada@shop.example"), ("name", "Ada"), ("roles.app", "editor"), ("roles.app", "support")];
    browser.post("/new-person", &[("id", ""), ("name", "")]).await.expect(400).shows("href=\"#id\"");
    let made = browser.post("/new-person", &fields).await;
    assert_eq!(made.leads_to(), "/people/ada%40shop.example?saved");
    assert_eq!(person(&world, "ada@shop.example").await["roles"], json!({"app": ["editor", "support"]}));
    let other = [("id", "ada@shop.example"), ("name", "Ada"), ("roles.app", "owner")];
    browser.post("/new-person", &other).await.expect(400).shows("a person of this id already");
    assert_eq!(person(&world, "ada@shop.example").await["version"], 1);
    let page = browser.get("/people/ada%40shop.example").await.expect(200);
    page.shows("name=\"roles.app\" value=\"editor\" checked");
    page.shows("name=\"roles.app\" value=\"viewer\">");
    let change = [("version", "1"), ("name", "Ada L."), ("roles.app", "viewer")];
    browser.post("/people/ada%40shop.example", &change).await.expect(303);
    let saved = person(&world, "ada@shop.example").await;
    assert_eq!((&saved["roles"], &saved["name"]), (&json!({"app": ["viewer"]}), &json!("Ada L.")));
    // The same form again: somebody has changed the person since.
    let late = [("version", "1"), ("name", "Ada"), ("roles.app", "owner")];
    let late = browser.post("/people/ada%40shop.example", &late).await.expect(409);
    late.shows("app is now: Viewer");
    assert_eq!(person(&world, "ada@shop.example").await, saved);
}

#[tokio::test]
async fn roles_in_apps_of_others_are_neither_shown_nor_changed() {
    let world = World::new().await;
    world.app("app").await;
    world.app("secret-app").await;
    let roles = json!({"app": ["viewer"], "secret-app": ["owner"]});
    world.admin("PUT", "/v1/people/ada", json!({"name": "Ada", "roles": roles})).await.expect(200);
    let browser = Browser::of(&world, "olga", json!({"app": ["owner"]})).await;
    let page = browser.get("/people/ada").await.expect(200);
    page.hides("secret-app");
    page.shows("only an owner of all of them manages the keys");
    browser.post("/people/ada", &[("version", "1"), ("name", "Ada"), ("roles.app", "editor")]).await.expect(303);
    assert_eq!(person(&world, "ada").await["roles"], json!({"app": ["editor"], "secret-app": ["owner"]}));
    browser.post("/people/ada/keys", &[]).await.expect(403);
}

#[tokio::test]
async fn a_new_key_is_shown_once_and_signs_in_until_it_is_revoked() {
    let world = World::new().await;
    world.app("app").await;
    world.admin("PUT", "/v1/people/ada", json!({"name": "Ada", "roles": {"app": ["viewer"]}})).await.expect(200);
    let browser = Browser::of(&world, "olga", json!({"app": ["owner"]})).await;
    browser.get("/people/ada").await.expect(200).shows("this person cannot sign in");
    let page = browser.post("/people/ada/keys", &[]).await.expect(200);
    page.shows("This key is shown only now.");
    assert_eq!(page.answer.header("cache-control"), Some("no-store"));
    let key = page.html.split("<code id=\"key\">").nth(1).unwrap().split('<').next().unwrap().to_owned();
    assert!(key.starts_with("mk_"), "{key}");
    Browser::new(&world).post("/sign-in", &[("key", &key)]).await.expect(303);
    let page = browser.get("/people/ada").await.expect(200);
    page.hides(&key);
    let revoke = page.html.split("href=\"/console").find(|rest| rest.contains("/revoke\"")).unwrap();
    let revoke = revoke.split('"').next().unwrap();
    browser.get(revoke).await.expect(200).shows("stop working within a minute");
    assert_eq!(browser.post(revoke, &[]).await.leads_to(), "/people/ada?saved");
    browser.get("/people/ada").await.expect(200).shows("Revoked 1\u{a0}Dec\u{a0}2026");
    world.pass(jiff::SignedDuration::from_mins(2));
    Browser::new(&world).post("/sign-in", &[("key", &key)]).await.expect(403);
    assert!(!world.log().contains(&key));
}

#[tokio::test]
async fn deleting_a_person_asks_first_and_names_the_version() {
    let world = World::new().await;
    world.app("app").await;
    world.admin("PUT", "/v1/people/ada", json!({"name": "Ada", "roles": {"app": ["viewer"]}})).await.expect(200);
    let browser = Browser::of(&world, "olga", json!({"app": ["owner"]})).await;
    let page = browser.get("/people/ada/delete").await.expect(200);
    page.shows("loses all keys and sessions");
    let before = person(&world, "ada").await;
    browser.post("/people/ada/delete", &[("version", "7")]).await.expect(409);
    assert_eq!(person(&world, "ada").await, before);
    assert_eq!(browser.post("/people/ada/delete", &[("version", "1")]).await.leads_to(), "/people?deleted");
    world.admin("GET", "/v1/people/ada", Value::Null).await.expect(404);
    browser.get("/people?deleted").await.expect(200).shows("The person was deleted.");
}

#[tokio::test]
async fn every_key_of_a_person_is_on_one_of_the_pages() {
    let world = World::new().await;
    world.app("app").await;
    world.admin("PUT", "/v1/people/ada", json!({"name": "Ada", "roles": {"app": ["viewer"]}})).await.expect(200);
    for _ in 0..101 {
        // Below the rate limit of the operator's key.
        world.pass(jiff::SignedDuration::from_millis(20));
        world.admin("POST", "/v1/people/ada/keys", Value::Null).await.expect(201);
    }
    let browser = Browser::of(&world, "olga", json!({"app": ["owner"]})).await;
    let mut keys = BTreeSet::new();
    let mut next = Some("/people/ada".to_owned());
    while let Some(path) = next {
        let page = browser.get(&path).await.expect(200);
        let rows = page.html.split("<th scope=\"row\"><code>").skip(1);
        keys.extend(rows.map(|row| row.split('<').next().unwrap().to_owned()));
        let link = page.html.split_once("\" rel=\"next\"").map(|(before, _)| before.rsplit("href=\"/console").next());
        next = link.map(|link| unescape(link.unwrap()).split('#').next().unwrap().to_owned());
    }
    assert_eq!(keys.len(), 101);
}
