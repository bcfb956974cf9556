//! The authorizer: who gets past it, and what a key's scope and app allow behind it.

use serde_json::{Value, json};
use tests::World;

#[tokio::test]
async fn without_a_key_or_with_an_unknown_one_no_function_runs() {
    let world = World::new().await;
    let app = world.shop(1).await;
    let before = world.items();
    let last = if app.key.ends_with('0') { '1' } else { '0' };
    let altered = format!("{}{last}", &app.key[..app.key.len() - 1]);
    let unknown =
        shared::secret::ApiKey::mint(shared::identity::Mode::Live, &mut *world.local.environment.store.random());
    let body = json!({"user_id": "ada", "action": "deposit", "event_id": "e1"}).to_string();
    world.local.functions.take_consumed("submit-moment");
    for key in [None, Some(""), Some("nonsense"), Some(&altered), Some(unknown.expose())] {
        let headers: Vec<(&str, &str)> = key.into_iter().map(|key| ("x-api-key", key)).collect();
        let answer = world.send("POST", "/v1/moments", &headers, body.as_bytes()).await;
        assert_eq!((answer.status, &answer.body), (401, &json!({"message": "Unauthorized"})), "{key:?}");
    }
    assert_eq!(world.local.functions.take_consumed("submit-moment").requests, 0);
    assert_eq!(world.items(), before);
}

#[tokio::test]
async fn a_revoked_key_is_refused() {
    let world = World::new().await;
    let app = world.shop(1).await;
    let minted = app.admin("POST", "/keys", json!({"scope": "app", "mode": "live"})).await.expect(201);
    let (key, id) = (minted["key"].as_str().unwrap(), minted["key_id"].as_str().unwrap());
    let path = "/v1/users/ada/rewards";
    world.call(key, "GET", path, Value::Null).await.expect(200);
    assert_eq!(app.admin("DELETE", &format!("/keys/{id}"), Value::Null).await.status, 204);
    assert_eq!(world.call(key, "GET", path, Value::Null).await.status, 401);
    // Repeated because the answer was lost, it is as it was; and a name that is mistyped is no success.
    assert_eq!(app.admin("DELETE", &format!("/keys/{id}"), Value::Null).await.status, 204);
    assert_eq!(app.admin("DELETE", "/keys/key_none", Value::Null).await.status, 404);
    let listed = app.admin("GET", "/keys", Value::Null).await.expect(200);
    let revoked = listed["data"].as_array().unwrap().iter().find(|key| key["key_id"] == id).unwrap();
    assert_eq!(revoked["expires_at"], "2026-12-01T12:00:00Z");
    assert_eq!(app.admin("POST", &format!("/keys/{id}/rotate"), json!({})).await.expect(409)["code"], "key_expired");
    app.call("GET", path, Value::Null).await.expect(200);
}

#[tokio::test]
async fn a_key_does_nothing_outside_its_scope_and_its_app() {
    let world = World::new().await;
    let app = world.shop(1).await;
    let other = world.app("other").await;
    let minted = app.admin("POST", "/keys", json!({"scope": "admin", "mode": "live"})).await.expect(201);
    let admin = minted["key"].as_str().unwrap();
    let before = world.items();
    let moment = json!({"user_id": "ada", "action": "deposit", "event_id": "e1"});
    for (key, method, path, body) in [
        (app.key.as_str(), "PUT", "/v1/apps/app", json!({"name": "mine"})),
        (&app.key, "POST", "/v1/apps/app/keys", json!({"scope": "admin", "mode": "live"})),
        (admin, "PUT", "/v1/apps/other", json!({"name": "mine"})),
        (admin, "GET", "/v1/apps/other/campaigns", Value::Null),
        (admin, "POST", "/v1/moments", moment.clone()),
        (world.local.admin_key.expose(), "POST", "/v1/moments", moment),
    ] {
        let answer = world.call(key, method, path, body).await;
        assert_eq!((answer.status, &answer.body["code"]), (403, &json!("forbidden")), "{method} {path}");
    }
    assert_eq!(world.items(), before);
    world.call(admin, "GET", "/v1/apps/app", Value::Null).await.expect(200);
    // Another app's campaign does not exist for this one.
    let foreign = json!({"user_id": "ada", "campaign_id": "spring", "moment_id": "deposits"});
    assert_eq!(other.call("POST", "/v1/rewards", foreign).await.status, 404);
}

/// Deployed, the gateway remembers what the authorizer said for so long, and a revoked key goes on until then.
#[test]
fn a_revoked_key_is_remembered_for_a_minute_at_the_most() {
    let template = include_str!("../../../template.yaml");
    let seconds =
        template.lines().filter_map(|line| line.trim().strip_prefix("ReauthorizeEvery: ")?.parse::<u32>().ok());
    let seconds: Vec<u32> = seconds.collect();
    assert!(!seconds.is_empty() && seconds.iter().all(|seconds| *seconds <= 60), "{seconds:?}");
}
