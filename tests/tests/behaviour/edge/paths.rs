//! Ids in paths: bytes that are not UTF-8 are refused, so that two users cannot become one.

use jiff::SignedDuration;
use local::template::{Template, USER_TOKEN};
use serde_json::{Value, json};
use tests::World;

use crate::user_tokens::{self, Backend};

#[tokio::test]
async fn a_path_that_is_not_utf_8_names_nobody_and_changes_nobody() {
    // From the issue: after PUT M%FCller and M%F6ller, GET M%FCller shows the other's data, and DELETE M%E4ller erases
    // it. The bytes are ü, ö and ä in ISO 8859-1. The last path is API Gateway's form of each.
    let world = World::new().await;
    let app = world.shop(1).await;
    app.call("PUT", "/v1/users/M%C3%BCller", json!({"locale": "de"})).await.expect(200);
    let before = world.items();
    for user in ["M%FCller", "M%F6ller", "M%E4ller", "%FF", "%C3", "%ED%A0%80", "M%EF%BF%BDller"] {
        for (method, body) in [("PUT", json!({"locale": "fr"})), ("GET", Value::Null), ("DELETE", Value::Null)] {
            let answer = app.call(method, &format!("/v1/users/{user}"), body).await;
            assert_eq!(answer.field_errors(), [("/user_id".to_owned(), "invalid_utf8".to_owned())], "{method} {user}");
        }
    }
    assert_eq!(world.items(), before);
    let shown = app.call("GET", "/v1/users/M%C3%BCller", Value::Null).await.expect(200);
    assert_eq!((&shown["user_id"], &shown["locale"]), (&json!("Müller"), &json!("de")));
}

#[tokio::test]
async fn every_parameter_of_every_route_has_to_be_utf_8() {
    // Every route of the template, and each parameter of its path.
    let world = World::new().await;
    let app = world.shop(1).await;
    let token = Backend::of(&app, "web", "live").await.token("ada");
    let before = world.items();
    let mut tried = 0;
    // A preflight answers every path alike. A page of the console sends the path on to the API, or shows that nothing is there.
    let is_page = |key: &str| key.starts_with("OPTIONS ") || key.contains(" /console");
    for route in Template::built_in().unwrap().routes.iter().filter(|route| !is_page(&route.key)) {
        // So that no route is over the rate limit.
        world.pass(SignedDuration::from_millis(200));
        let (method, path) = route.key.split_once(' ').unwrap_or_default();
        let parts: Vec<&str> = path.split('/').collect();
        for bad in parts.iter().filter(|part| part.starts_with('{')) {
            let name = bad.trim_matches(['{', '}']);
            let fill = |part: &&str| match *part {
                part if part == *bad => "%E9t%E9".to_owned(),
                "{app}" => app.id.clone(),
                part => part.trim_matches(['{', '}']).to_owned(),
            };
            let path = parts.iter().map(fill).collect::<Vec<_>>().join("/");
            let body = if matches!(method, "PUT" | "POST") { json!({}) } else { Value::Null };
            let is_own = route.authorizer.as_deref() == Some(USER_TOKEN);
            let answer = match is_own {
                true => user_tokens::call(&world, &token, method, &path, body).await,
                false => world.call(world.local.admin_key.expose(), method, &path, body).await,
            };
            tried += 1;
            if is_own && name == "app" {
                // A token is for one app, and for no other.
                assert_eq!(answer.status, 401, "{method} {path}: {}", answer.body);
                continue;
            }
            assert_eq!(answer.status, 400, "{method} {path}: {}", answer.body);
            if method != "HEAD" {
                assert_eq!(answer.field_errors(), [(format!("/{name}"), "invalid_utf8".to_owned())], "{method} {path}");
            }
        }
    }
    assert!(tried > 80, "{tried}");
    assert_eq!(world.items(), before);
}

#[tokio::test]
async fn an_id_in_a_body_that_lost_its_bytes_is_refused() {
    // The same mistake in a body: a user with such an id could not be shown or erased.
    let world = World::new().await;
    let app = world.shop(1).await;
    let before = world.items();
    for field in ["user_id", "event_id"] {
        let mut moment = json!({"user_id": "ada", "action": "deposit", "event_id": "e1"});
        moment[field] = json!("M\u{fffd}ller");
        let errors = app.call("POST", "/v1/moments", moment).await.field_errors();
        assert_eq!(errors, [(format!("/{field}"), "invalid_utf8".to_owned())]);
    }
    assert_eq!(world.items(), before);
}
