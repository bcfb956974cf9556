//! Web pages of the app's origins call the routes of users' own tokens; those of others do not.

use serde_json::{Value, json};
use tests::{Answer, World};

use super::{Backend, set};

const ALLOW: &str = "access-control-allow-origin";

async fn preflight(world: &World, path: &str, origin: &str) -> Answer {
    let headers = [
        ("origin", origin),
        ("access-control-request-method", "GET"),
        ("access-control-request-headers", "authorization"),
    ];
    world.send("OPTIONS", path, &headers, b"").await
}

async fn get(world: &World, token: &str, path: &str, origin: &str) -> Answer {
    let authorization = format!("Bearer {token}");
    world.send("GET", path, &[("authorization", authorization.as_str()), ("origin", origin)], b"").await
}

#[tokio::test]
async fn a_preflight_lets_the_pages_of_the_app_go_on_and_no_others() {
    let world = World::new().await;
    let (app, other) = (world.app("app").await, world.app("other").await);
    set(&app, json!({"cors_origins": ["https://shop.example", "http://localhost:5173"]})).await;
    set(&other, json!({"cors_origins": ["https://other.example"]})).await;
    for path in ["/v1/apps/app/me", "/v1/apps/app/me/rewards?limit=5", "/v1/apps/app/me/campaigns/x/leaderboard"] {
        for origin in ["https://shop.example", "http://localhost:5173"] {
            let answer = preflight(&world, path, origin).await;
            assert_eq!((answer.status, answer.header(ALLOW)), (204, Some(origin)), "{path}");
            assert_eq!(answer.header("vary"), Some("origin"));
            assert_eq!(answer.header("access-control-allow-credentials"), None);
            let allowed = answer.header("access-control-allow-headers").unwrap();
            assert!(
                ["authorization", "content-type", "if-match"].iter().all(|name| allowed.contains(name)),
                "{allowed}"
            );
            assert_eq!(answer.header("access-control-allow-methods"), Some("GET, POST, PUT, DELETE"));
        }
        for origin in ["https://other.example", "https://shop.example.evil.example", "http://shop.example", "null"] {
            let answer = preflight(&world, path, origin).await;
            let names: Vec<&str> = answer.headers.iter().map(|(name, _)| name.as_str()).collect();
            assert_eq!((answer.status, names), (204, vec!["vary"]), "{path} {origin}");
        }
    }
    for path in ["/v1/apps/nobody/me", "/v1/apps/no%20app/me/rewards"] {
        let answer = preflight(&world, path, "https://shop.example").await;
        assert_eq!((answer.status, answer.header(ALLOW)), (204, None), "{path}");
    }
    // No other route is for web pages.
    let answer = preflight(&world, "/v1/moments", "https://shop.example").await;
    assert_eq!((answer.status, answer.header(ALLOW)), (405, None));
}

#[tokio::test]
async fn a_page_reads_answers_and_problems_if_its_origin_is_listed() {
    let world = World::new().await;
    let app = world.app("app").await;
    set(&app, json!({"cors_origins": ["https://shop.example"]})).await;
    let backend = Backend::of(&app, "web", "live").await;
    let mut expired = backend.claims("ada");
    expired["exp"] = json!(world.clock.now().as_second() - 100);
    let (good, expired) = (backend.token("ada"), backend.sign(&expired));
    for (token, path, status) in [
        (&good, "/v1/apps/app/me/rewards", 200),
        (&good, "/v1/apps/app/me", 404),
        (&good, "/v1/apps/app/me/rewards?limit=0", 400),
        (&good, "/v1/apps/app/me/export", 403),
        (&expired, "/v1/apps/app/me/rewards", 401),
    ] {
        let answer = get(&world, token, path, "https://shop.example").await;
        assert_eq!((answer.status, answer.header(ALLOW)), (status, Some("https://shop.example")), "{path}");
        assert_eq!(answer.header("vary"), Some("origin, authorization"));
        let exposed = answer.header("access-control-expose-headers").unwrap();
        assert!(exposed.contains("etag") && exposed.contains("retry-after"), "{exposed}");
        let foreign = get(&world, token, path, "https://evil.example").await;
        assert_eq!((foreign.status, foreign.header(ALLOW)), (status, None), "{path}");
        assert_eq!(foreign.header("vary"), Some("origin, authorization"));
        assert_eq!(foreign.header("cache-control"), Some("no-store"));
    }
    // A token of this app opens no page's way to another app.
    let other = world.app("other").await;
    set(&other, json!({"cors_origins": ["https://other.example"]})).await;
    for origin in ["https://shop.example", "https://other.example"] {
        let answer = get(&world, &good, "/v1/apps/other/me/rewards", origin).await;
        assert_eq!((answer.status, answer.header(ALLOW)), (401, None));
    }
    let headers = [("x-api-key", app.key.as_str()), ("origin", "https://shop.example")];
    let by_key = world.send("GET", "/v1/users/ada", &headers, b"").await;
    assert_eq!((by_key.status, by_key.header(ALLOW), &by_key.body["code"]), (404, None, &json!("not_found")));
    assert_eq!(app.admin("GET", "", Value::Null).await.header("vary"), None);
}
