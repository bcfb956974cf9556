//! The journey of a user with a user token, and of the admin who makes the token keys.

use serde_json::{Value, json};
use tests::deployment::Key;

use super::Journey;

pub(super) async fn own_routes(journey: &Journey) {
    let key = json!({"algorithm": "HS256", "mode": "live"});
    journey.admin("PUT", "/token-keys/web", key).await;
    journey.admin("GET", "/token-keys/web", Value::Null).await;
    journey.admin("GET", "/token-keys", Value::Null).await;
    journey.admin("DELETE", "/token-keys/web", Value::Null).await;
    let settings = json!({"name": "App", "client_actions": ["visit"], "users_may": ["export"]});
    journey.admin("PUT", "", settings).await;
    // Environments remember the app.
    tokio::time::sleep(std::time::Duration::from_secs(30)).await;
    let own = async |user: &'static str, method: &str, path: &str, body: Value| {
        journey.call(Key::User("app", user), method, &format!("/v1/apps/app/me{path}"), body).await
    };
    for path in ["", "/rewards", "/competitions", "/campaigns/derby/leaderboard", "/export"] {
        own("ada", "GET", path, Value::Null).await;
    }
    own("ada", "PUT", "/devices/tablet", json!({"channel": "GCM", "address": "tablet-of-ada"})).await;
    own("ada", "DELETE", "/devices/tablet", Value::Null).await;
    own("ada", "GET", "/notifications", Value::Null).await;
    own("ada", "POST", "/notifications/read", json!({"notification_ids": ["nonsense"]})).await;
    own("ada", "POST", "/eligibility", json!({"campaign_id": "spring"})).await;
    own("ada", "POST", "/moments", json!({"action": "visit", "event_id": "own"})).await;
    for path in ["", "/rewards"] {
        journey.call(Key::None, "OPTIONS", &format!("/v1/apps/app/me{path}"), Value::Null).await;
    }
    console(journey).await;
    journey.admin("PUT", "", json!({"name": "App", "client_actions": [], "users_may": ["erase"]})).await;
    tokio::time::sleep(std::time::Duration::from_secs(30)).await;
    own("nobody", "DELETE", "", Value::Null).await;
}

/// The console's pages that call nothing: it may do nothing but log, whatever it shows.
async fn console(journey: &Journey) {
    for path in ["/console", "/console/sign-in"] {
        journey.call(Key::None, "GET", path, Value::Null).await;
    }
    let (function, mut event) = journey.deployment.request(Key::None, "POST", "/console/sign-out", Value::Null);
    event["headers"]["sec-fetch-site"] = json!("same-origin");
    journey.serve(&function, event).await;
}

/// The address of an own reward, while there is one.
pub(super) async fn address(journey: &Journey, user: &'static str, reward: &str, address: &Value) {
    let path = format!("/v1/apps/app/me/rewards/{reward}/address");
    for (method, body) in [("PUT", address.clone()), ("GET", Value::Null)] {
        journey.call(Key::User("app", user), method, &path, body).await;
    }
}

/// The authorizer reads the token's key and its app, whatever it finds.
pub(super) async fn authorizer(journey: &Journey) {
    for (file, path) in [
        (include_str!("../../../../events/authorize/known-key.json"), "/v1/moments"),
        (include_str!("../../../../events/authorize/token-of-unknown-key.json"), "/v1/apps/demo-bank/me"),
    ] {
        let event: Value = serde_json::from_str(file).unwrap();
        assert_eq!(event["rawPath"], path);
        journey.invoke("authorize", event).await;
    }
}
