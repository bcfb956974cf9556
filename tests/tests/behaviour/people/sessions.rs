//! Sessions: what they open, and everything that ends them.

use jiff::SignedDuration;
use serde_json::{Value, json};
use tests::World;

use super::Human;

async fn open(human: &Human<'_>) -> String {
    let opened = human.call("POST", "/v1/sessions", Value::Null).await.expect(201);
    opened["session"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_session_does_what_its_person_may_and_names_the_person() {
    let world = World::new().await;
    world.app("shop").await;
    let ada = Human::with(&world, "ada", json!({"shop": ["editor"]})).await;
    let opened = ada.call("POST", "/v1/sessions", Value::Null).await;
    assert_eq!(opened.header("cache-control"), Some("no-store"));
    let opened = opened.expect(201);
    assert_eq!(opened["roles"], json!({"shop": ["editor"]}));
    let session = opened["session"].as_str().unwrap();
    let shown = world.call(session, "GET", "/v1/session", Value::Null).await.expect(200);
    assert_eq!((&shown["person_id"], &shown["expires_at"]), (&json!("ada"), &opened["expires_at"]));
    assert!(shown.get("session").is_none());
    world.call(session, "GET", "/v1/apps/shop", Value::Null).await.expect(200);
    world.call(session, "GET", "/v1/apps/shop/keys", Value::Null).await.expect(403);
    // It opens no other, which would never end.
    world.call(session, "POST", "/v1/sessions", Value::Null).await.expect(403);
    assert!(world.items().iter().all(|item| !item.to_string().contains(session)));
    assert!(!world.log().contains(session));
}

#[tokio::test]
async fn a_session_ends_when_it_is_closed_and_no_late_note_revives_it() {
    let world = World::new().await;
    world.app("shop").await;
    let ada = Human::with(&world, "ada", json!({"shop": ["viewer"]})).await;
    let session = open(&ada).await;
    let hash = domain::secret::SessionKey::new(session.as_str()).hash();
    world.call(&session, "DELETE", "/v1/session", Value::Null).await.expect(204);
    world.call(&session, "GET", "/v1/session", Value::Null).await.expect(401);
    // An authorizer that read it before is frozen until now.
    let store = &world.local.environments.store;
    store::sessions::touch(store, &hash, world.clock.now()).await.unwrap();
    assert!(world.items_at("SESSION#").is_empty());
    // A key is no session.
    ada.call("DELETE", "/v1/session", Value::Null).await.expect(403);
}

#[tokio::test]
async fn a_session_ends_after_half_an_hour_without_use_and_after_half_a_day() {
    let world = World::new().await;
    world.app("shop").await;
    let ada = Human::with(&world, "ada", json!({"shop": ["viewer"]})).await;
    let (idle, busy) = (open(&ada).await, open(&ada).await);
    let status = async |session: &str| world.call(session, "GET", "/v1/session", Value::Null).await.status;
    world.pass(SignedDuration::from_mins(29));
    assert_eq!(status(&busy).await, 200);
    world.pass(SignedDuration::from_mins(1));
    assert_eq!((status(&busy).await, status(&idle).await), (200, 401));
    for _ in 0..23 {
        assert_eq!(status(&busy).await, 200);
        world.pass(SignedDuration::from_mins(29));
    }
    assert_eq!(status(&busy).await, 200);
    world.pass(SignedDuration::from_mins(23));
    assert_eq!(status(&busy).await, 401, "half a day is over");
}

#[tokio::test]
async fn a_session_ends_with_its_key_and_with_its_person() {
    let world = World::new().await;
    world.app("shop").await;
    let ada = Human::with(&world, "ada", json!({"shop": ["viewer"]})).await;
    let session = open(&ada).await;
    let keys = world.admin("GET", "/v1/people/ada/keys", Value::Null).await.expect(200);
    let key_id = keys["data"][0]["key_id"].as_str().unwrap();
    world.admin("DELETE", &format!("/v1/people/ada/keys/{key_id}"), Value::Null).await.expect(204);
    world.call(&session, "GET", "/v1/session", Value::Null).await.expect(401);
    let ben = Human::with(&world, "ben", json!({"shop": ["viewer"]})).await;
    let session = open(&ben).await;
    world.admin("DELETE", "/v1/people/ben", Value::Null).await.expect(204);
    world.call(&session, "GET", "/v1/session", Value::Null).await.expect(401);
}

#[tokio::test]
async fn only_a_persons_key_opens_a_session() {
    let world = World::new().await;
    let app = world.app("shop").await;
    let before = world.items();
    app.call("POST", "/v1/sessions", Value::Null).await.expect(403);
    world.admin("POST", "/v1/sessions", Value::Null).await.expect(403);
    world.admin("GET", "/v1/session", Value::Null).await.expect(403);
    assert_eq!(world.items(), before);
}

/// API Gateway remembers an authorizer's answer for a minute; the end that it names holds all the same.
#[tokio::test]
async fn a_remembered_answer_does_not_outlive_the_session() {
    let world = World::new().await;
    world.app("shop").await;
    let ada = Human::with(&world, "ada", json!({"shop": ["viewer"]})).await;
    let session = open(&ada).await;
    let context = json!({
        "scope": "person", "mode": "live", "key_id": "key_x", "person": "ada", "minted_by": "", "person_name": "ada",
        "person_kind": "person", "roles": "shop:v", "session_until": world.clock.now().to_string(),
        "requests_per_second": 10, "burst": 10,
    });
    let event = json!({
        "version": "2.0", "routeKey": "GET /v1/session", "rawPath": "/v1/session", "rawQueryString": "",
        "headers": {"x-api-key": session}, "isBase64Encoded": false,
        "requestContext": {
            "accountId": "1", "apiId": "a", "stage": "$default", "requestId": "r", "time": "now", "timeEpoch": 0,
            "routeKey": "GET /v1/session", "authorizer": {"lambda": context},
            "http": {"method": "GET", "path": "/v1/session", "protocol": "HTTP/1.1", "sourceIp": "127.0.0.1", "userAgent": "x"},
        },
    });
    let answer = world.local.functions.invoke("manage-campaigns", event, "r1").await.unwrap();
    assert_eq!(answer["statusCode"], 401, "{answer:#}");
}
