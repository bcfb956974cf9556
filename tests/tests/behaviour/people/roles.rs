//! What people are, who manages them, and what the history says of them. The matrix has what each role may call.

use serde_json::{Value, json};
use tests::{World, campaign};

use super::Human;

#[tokio::test]
async fn a_person_is_written_shown_listed_and_deleted_with_all_keys() {
    let world = World::new().await;
    world.app("shop").await;
    let body = json!({"name": "Ada", "roles": {"shop": ["editor", "viewer"], "game": []}});
    let made = world.admin("PUT", "/v1/people/ada@shop.example", body.clone()).await.expect(200);
    assert_eq!(made["roles"], json!({"shop": ["viewer", "editor"]}));
    assert_eq!((&made["kind"], &made["version"]), (&json!("person"), &json!(1)));
    let again = world.admin("PUT", "/v1/people/ada@shop.example", body).await.expect(200);
    assert_eq!(again, made, "a repetition changes nothing");
    assert_eq!(world.admin("GET", "/v1/people/ada@shop.example", Value::Null).await.expect(200), made);
    assert_eq!(world.admin("GET", "/v1/people", Value::Null).await.expect(200)["data"], json!([made]));
    let keys = "/v1/people/ada@shop.example/keys";
    let minted = world.admin("POST", keys, Value::Null).await.expect(201);
    let key = minted["key"].as_str().unwrap();
    let listed = world.admin("GET", keys, Value::Null).await.expect(200);
    assert_eq!(listed["data"][0]["key_id"], minted["key_id"]);
    assert!(!listed.to_string().contains(key));
    world.call(key, "GET", "/v1/apps/shop", Value::Null).await.expect(200);
    assert!(world.items_at("PEOPLE").iter().all(|item| !item.to_string().contains(key)));
    world.admin("DELETE", "/v1/people/ada@shop.example", Value::Null).await.expect(204);
    world.admin("DELETE", "/v1/people/ada@shop.example", Value::Null).await.expect(204);
    world.call(key, "GET", "/v1/apps/shop", Value::Null).await.expect(401);
    world.admin("GET", "/v1/people/ada@shop.example", Value::Null).await.expect(404);
    world.settle().await;
}

#[tokio::test]
async fn mistakes_in_a_person_are_named_each_at_its_place() {
    let world = World::new().await;
    let put = async |id: &str, body: Value| world.admin("PUT", &format!("/v1/people/{id}"), body).await.field_errors();
    let error = |pointer: &str, code: &str| (pointer.to_owned(), code.to_owned());
    let body = json!({"kind": "robot", "roles": {"shop": ["boss"], "a b": ["viewer"], "*": "owner"}});
    let expected = [
        error("/kind", "invalid_kind"),
        error("/name", "required"),
        error("/roles/*", "invalid_role"),
        error("/roles/a b", "invalid_id"),
        error("/roles/shop", "invalid_role"),
    ];
    let mut found = put("ada", body).await;
    found.sort();
    assert_eq!(found, expected);
    assert_eq!(put("ada", json!({"name": "Ada"})).await, [error("/roles", "required")]);
    assert_eq!(put("ada", json!({"name": "Ada", "roles": ["owner"]})).await, [error("/roles", "wrong_type")]);
    let many: serde_json::Map<String, Value> = (0..51).map(|app| (format!("a{app}"), json!(["viewer"]))).collect();
    assert_eq!(put("ada", json!({"name": "Ada", "roles": many})).await, [error("/roles", "wrong_length")]);
    let body = json!({"name": "Ada", "roles": {}});
    assert_eq!(put("a%20da", body).await, [error("/person", "invalid_id")]);
    assert!(world.items_at("PEOPLE").is_empty());
}

#[tokio::test]
async fn an_owner_manages_the_roles_in_own_apps_and_no_others() {
    let world = World::new().await;
    world.app("shop").await;
    world.app("game").await;
    let olga = Human::with(&world, "olga", json!({"shop": ["owner"]})).await;
    let ada = json!({"name": "ada", "roles": {"shop": ["editor"], "game": ["approver"]}});
    world.admin("PUT", "/v1/people/ada", ada).await.expect(200);
    world.admin("PUT", "/v1/people/gus", json!({"name": "gus", "roles": {"game": ["owner"]}})).await.expect(200);
    // She sees the roles in her own app, and nobody who has none there.
    let seen = olga.call("GET", "/v1/people/ada", Value::Null).await.expect(200);
    assert_eq!(seen["roles"], json!({"shop": ["editor"]}));
    olga.call("GET", "/v1/people/gus", Value::Null).await.expect(404);
    let listed = olga.call("GET", "/v1/people", Value::Null).await.expect(200);
    let names: Vec<&str> = listed["data"].as_array().unwrap().iter().map(|one| one["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["ada", "olga"]);
    // She changes them, and what is of another app stays.
    let body = json!({"name": "ada", "roles": {"shop": ["support"]}});
    olga.call("PUT", "/v1/people/ada", body).await.expect(200);
    let whole = world.admin("GET", "/v1/people/ada", Value::Null).await.expect(200);
    assert_eq!(whole["roles"], json!({"shop": ["support"], "game": ["approver"]}));
    let before = world.items();
    for roles in [json!({"game": ["owner"]}), json!({"*": ["owner"]}), json!({"shop": ["owner"], "game": []})] {
        let refused = olga.call("PUT", "/v1/people/eve", json!({"name": "eve", "roles": roles})).await;
        if roles["shop"].is_array() {
            refused.expect(200);
            world.admin("DELETE", "/v1/people/eve", Value::Null).await.expect(204);
        } else {
            refused.expect(403);
        }
    }
    olga.call("PUT", "/v1/people/ada", json!({"name": "Renamed", "roles": {"shop": ["support"]}})).await.expect(403);
    olga.call("PUT", "/v1/people/eve", json!({"name": "eve", "roles": {}})).await.expect(403);
    olga.call("DELETE", "/v1/people/ada", Value::Null).await.expect(403);
    // A key of ada would open the other app, too.
    olga.call("POST", "/v1/people/ada/keys", Value::Null).await.expect(403);
    olga.call("GET", "/v1/people/ada/keys", Value::Null).await.expect(403);
    assert_eq!(world.items(), before);
    // Roles that are taken away are gone with the next question to the authorizer.
    world.admin("PUT", "/v1/people/olga", json!({"name": "olga", "roles": {"shop": ["viewer"]}})).await.expect(200);
    olga.call("GET", "/v1/apps/shop", Value::Null).await.expect(200);
    olga.call("GET", "/v1/apps/shop/keys", Value::Null).await.expect(403);
    olga.call("POST", "/v1/people/olga/keys", Value::Null).await.expect(201);
    world.settle().await;
}

#[tokio::test]
async fn a_refusal_names_the_role_that_is_missing() {
    let world = World::new().await;
    world.app("shop").await;
    let ada = Human::with(&world, "ada", json!({"shop": ["editor"]})).await;
    let refused = ada.call("POST", "/v1/apps/shop/campaigns/spring/approve", Value::Null).await.expect(403);
    let detail = refused["detail"].as_str().unwrap();
    assert!(detail.contains("approver") && detail.contains("shop") && detail.contains("ada"), "{detail}");
    ada.call("GET", "/v1/apps/game", Value::Null).await.expect(403);
}

#[tokio::test]
async fn a_key_that_a_deletion_has_left_does_not_come_back_with_the_id() {
    let world = World::new().await;
    world.app("shop").await;
    let ada = Human::with(&world, "ada", json!({"shop": ["owner"]})).await;
    // A deletion that was cut off after its first write.
    let gone = json!({"TableName": "moments", "Key": {"pk": {"S": "PEOPLE"}, "sk": {"S": "PERSON#ada"}}});
    world.raw("DeleteItem", gone).await;
    ada.call("GET", "/v1/apps/shop", Value::Null).await.expect(401);
    world.admin("POST", "/v1/people/ada/keys", Value::Null).await.expect(404);
    world.admin("PUT", "/v1/people/ada", json!({"name": "ada", "roles": {"shop": ["owner"]}})).await.expect(200);
    ada.call("GET", "/v1/apps/shop", Value::Null).await.expect(401);
}

#[tokio::test]
async fn the_history_and_a_reward_name_the_person() {
    let world = World::new().await;
    let app = world.shop(1).await;
    let ada = Human::with(&world, "ada", json!({"app": ["editor", "approver", "support"]})).await;
    let mut second = campaign();
    second["name"] = json!("Second");
    ada.call("PUT", "/v1/apps/app/campaigns/second", second).await.expect(200);
    let history = ada.call("GET", "/v1/apps/app/campaigns/second/history", Value::Null).await.expect(200);
    assert_eq!(history["data"][0]["person_id"], "ada");
    let outcome = app.deposits("bob", 5).await;
    let reward = outcome["reward"]["reward_id"].as_str().unwrap().to_owned();
    let path = format!("/v1/rewards/{reward}/void");
    let voided = ada.call("POST", &path, json!({"reason": "fraud"})).await.expect(200);
    assert_eq!(voided["changes"][0]["by"], json!({"person": "ada"}));
    let timeline = ada.call("GET", "/v1/apps/app/users/bob/timeline", Value::Null).await.expect(200);
    assert!(timeline["data"].as_array().unwrap().iter().any(|entry| entry["by"] == json!({"person": "ada"})));
    world.settle().await;
}

#[tokio::test]
async fn support_looks_a_user_up_and_marks_nothing_as_seen() {
    let world = World::new().await;
    let app = world.shop(2).await;
    app.call("PUT", "/v1/users/bob", json!({"locale": "de", "attributes": {"tier": "gold"}})).await.expect(200);
    app.deposits("bob", 5).await;
    let sam = Human::with(&world, "sam", json!({"app": ["support"]})).await;
    world.settle().await;
    let before = world.items_at("USER#");
    let profile = sam.call("GET", "/v1/apps/app/users/bob", Value::Null).await.expect(200);
    assert_eq!(profile, app.call("GET", "/v1/users/bob", Value::Null).await.expect(200));
    let question = json!({"user_id": "bob"});
    let explained = sam.call("POST", "/v1/apps/app/eligibility", question.clone()).await.expect(200);
    assert_eq!(explained, app.call("POST", "/v1/eligibility", question.clone()).await.expect(200));
    let rewards = sam.call("GET", "/v1/apps/app/users/bob/rewards", Value::Null).await.expect(200);
    assert_eq!(rewards["data"][0]["state"], "awarded");
    assert_eq!(world.items_at("USER#"), before, "looking is no seeing");
    // An admin key reads the same; it was refused on the app's own routes, and still is.
    world.admin("GET", "/v1/apps/app/users/bob/timeline", Value::Null).await.expect(200);
    world.admin("GET", "/v1/users/bob", Value::Null).await.expect(403);
    sam.call("GET", "/v1/users/bob", Value::Null).await.expect(403);
    sam.call("GET", "/v1/apps/game/users/bob", Value::Null).await.expect(403);
    sam.call("GET", "/v1/apps/app/users/nobody", Value::Null).await.expect(404);
}
