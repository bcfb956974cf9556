//! The authorizer: which keys pass, and what a key's scope and app allow.

use local::gateway::HttpRequest;
use local::template::{TEMPLATE, Template};
use local::{Local, Options};
use serde_json::{Value, json};
use tests::World;

#[tokio::test]
async fn no_function_runs_without_a_key_or_reads_with_an_unknown_one() {
    let world = World::new().await;
    let app = world.shop(1).await;
    let before = world.items();
    let last = if app.key.ends_with('0') { '1' } else { '0' };
    let altered = format!("{}{last}", &app.key[..app.key.len() - 1]);
    let unknown =
        domain::secret::ApiKey::mint(domain::identity::Mode::Live, &mut *world.local.environments.store.random());
    let body = json!({"user_id": "ada", "action": "deposit", "event_id": "e1"}).to_string();
    world.local.functions.take_consumed("submit-moment");
    for key in [None, Some(""), Some("nonsense"), Some(&altered), Some(unknown.expose())] {
        let headers: Vec<(&str, &str)> = key.into_iter().map(|key| ("x-api-key", key)).collect();
        let answer = world.send("POST", "/v1/moments", &headers, body.as_bytes()).await;
        // API Gateway itself answers if the header is missing or empty.
        if key.is_none_or(str::is_empty) {
            assert_eq!((answer.status, &answer.body), (401, &json!({"message": "Unauthorized"})), "{key:?}");
            continue;
        }
        assert_eq!(answer.header("content-type"), Some("application/problem+json"), "{key:?}");
        assert_eq!((answer.status, &answer.body["code"]), (401, &json!("unauthenticated")), "{key:?}");
        assert!(answer.body["detail"].as_str().unwrap().contains("x-api-key"), "{:#}", answer.body);
    }
    assert_eq!(world.local.functions.take_consumed("submit-moment").requests, 0);
    assert_eq!(world.items(), before);
}

/// AWS's guide: for the authorizer of an HTTP API, a missing identity source is a 401, a refusal a 403, and an
/// unreadable answer a 500
/// (<https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-lambda-authorizer.html>). So every function
/// itself answers 401 to an unknown key.
#[tokio::test]
async fn every_route_that_needs_a_key_answers_401_to_an_unknown_one() {
    let world = World::new().await;
    let before = world.items();
    let template = Template::built_in().unwrap();
    let (mut asked, mut functions) = (0, Vec::new());
    for route in template.routes.iter().filter(|route| route.needs_key()) {
        let (method, path) = route.key.split_once(' ').unwrap();
        let parts = path.split('/').map(|part| if part.starts_with('{') { "x" } else { part });
        let path = parts.collect::<Vec<_>>().join("/");
        world.local.functions.take_consumed(&route.function);
        let body = if method == "GET" { Value::Null } else { json!({}) };
        let answer = world.call("mk_live_unknown", method, &path, body).await;
        assert_eq!((answer.status, &answer.body["code"]), (401, &json!("unauthenticated")), "{}", route.key);
        assert_eq!(world.local.functions.take_consumed(&route.function).requests, 0, "{}", route.key);
        asked += 1;
        functions.push(route.function.clone());
    }
    functions.sort();
    functions.dedup();
    assert!(asked > 70 && functions.len() > 6, "{asked} routes of {functions:?}");
    assert_eq!(world.items(), before);
}

/// On AWS a failure of the authorizer is a 500, so no request passes. Here it may not read keys.
#[tokio::test]
async fn an_authorizer_that_fails_lets_nobody_past() {
    let lacking = TEMPLATE.replacen(r#"["KEY#*", "APP#*", "PEOPLE*", "PERSON#*", "SESSION#*"]"#, r#"["NONE#*"]"#, 1);
    assert_ne!(lacking, TEMPLATE);
    let local = Local::start(Options { template: Some(lacking), ..Options::default() }).await.unwrap();
    let request = HttpRequest {
        method: "GET".into(),
        target: "/v1/apps".into(),
        headers: vec![("x-api-key".into(), local.admin_key.expose().into())],
        body: Vec::new(),
    };
    let answer = local.call(request).await;
    assert_eq!((answer.status, answer.body.as_slice()), (500, br#"{"message":"Internal Server Error"}"#.as_slice()));
    local.stop().await;
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
    // A repetition after a lost answer succeeds; a mistyped name does not.
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
    // Another app's campaign does not exist for this key.
    let foreign = json!({"user_id": "ada", "campaign_id": "spring", "moment_id": "deposits"});
    assert_eq!(other.call("POST", "/v1/rewards", foreign).await.status, 404);
}

/// API Gateway caches the authorizer's answer for a minute, so a revoked key works until then.
#[test]
fn a_revoked_key_is_remembered_for_a_minute_at_the_most() {
    let template = include_str!("../../../template.yaml");
    let seconds =
        template.lines().filter_map(|line| line.trim().strip_prefix("ReauthorizeEvery: ")?.parse::<u32>().ok());
    let seconds: Vec<u32> = seconds.collect();
    assert!(!seconds.is_empty() && seconds.iter().all(|seconds| *seconds <= 60), "{seconds:?}");
}
