//! `expires_at` decides whether a reward's URL shows, and its state, on every route, even before the sweep.

use serde_json::{Value, json};
use tests::{App, World, campaign_with, group};

/// Expiry of the rewards of [`brief_shop`].
const EXPIRES_AT: &str = "2026-12-02T12:00:00Z";

/// Makes a shop whose rewards expire a day after [`tests::NOW`].
async fn brief_shop(world: &World) -> App<'_> {
    let app = world.app("app").await;
    let mut brief = group();
    brief["expires_after_days"] = json!(1);
    app.put_group("gift", brief).await;
    app.stock("gift", 1).await;
    app.launch("spring", campaign_with(&[("/moments/0/target", json!(1))])).await;
    app
}

/// Returns the answer of every route that shows the reward to the app or its user.
async fn shown(app: &App<'_>, id: &str) -> Vec<(String, Value)> {
    let event = json!({"user_id": "ada", "action": "deposit", "event_id": "e1"});
    let ask = json!({"user_id": "ada", "campaign_id": "spring", "moment_id": "deposits"});
    let legacy = json!({"appId": "app", "campaignId": "spring", "momentId": "deposits", "customerId": "ada"});
    let redeem = format!("/v1/rewards/{id}/redeem?dry_run=true");
    let mut all = Vec::new();
    for (method, path, body) in [
        ("POST", "/v1/moments", event.clone()),
        ("POST", "/v1/moments?dry_run=true", event.clone()),
        ("POST", "/v1/moments/batch", json!({"moments": [event]})),
        ("POST", "/v1/rewards", ask.clone()),
        ("POST", "/v1/rewards?dry_run=true", ask),
        ("POST", "/GetReward", legacy),
        ("POST", &redeem, Value::Null),
        ("GET", "/v1/users/ada/rewards", Value::Null),
        ("GET", "/v1/users/ada/export", Value::Null),
    ] {
        all.push((path.to_owned(), app.call(method, path, body).await.expect(200)));
    }
    all
}

/// Returns the state of every reward in an answer.
fn states(answer: &Value) -> Vec<&Value> {
    let at = ["/outcomes/0/reward", "/results/0/body/outcomes/0/reward", "/reward", "/data/0", "/rewards/0"];
    at.iter().filter_map(|at| answer.pointer(at)?.get("state")).collect()
}

/// Source: spiceai#10755, "An expired reward's URL is handed out until the sweep comes" ("What the field found", 1).
#[tokio::test]
async fn what_is_past_its_time_is_expired_everywhere_before_the_sweep() {
    let world = World::new().await;
    let app = brief_shop(&world).await;
    let event = json!({"user_id": "ada", "action": "deposit", "event_id": "e1"});
    let reward = app.call("POST", "/v1/moments", event).await.expect(200)["outcomes"][0]["reward"].clone();
    assert_eq!(reward["expires_at"], EXPIRES_AT);
    let (id, url) = (reward["reward_id"].as_str().unwrap().to_owned(), reward["url"].as_str().unwrap().to_owned());
    world.settle().await;
    // Until the last millisecond the user has it.
    world.set_time("2026-12-02T11:59:59.999Z");
    for (path, answer) in shown(&app, &id).await {
        assert!(answer.to_string().contains(&url), "{path}: {answer}");
    }
    for at in [EXPIRES_AT, "2026-12-02T12:00:30Z"] {
        world.set_time(at);
        for (path, answer) in shown(&app, &id).await {
            let text = answer.to_string();
            assert!(!text.contains(&url) && !text.contains("/r/"), "{path}: {answer}");
            assert!(states(&answer).iter().all(|state| **state == "expired"), "{path}: {answer}");
            assert!(path == "/GetReward" || !states(&answer).is_empty(), "{path}: {answer}");
        }
        let redeemed = app.call("POST", &format!("/v1/rewards/{id}/redeem"), Value::Null).await.expect(200);
        assert_eq!((&redeemed["outcome"], &redeemed["reward"]["state"]), (&json!("expired"), &json!("expired")));
        assert_eq!((&redeemed["reward"]["url"], &redeemed["reward"]["redeem_url"]), (&Value::Null, &Value::Null));
        assert_eq!(world.send("GET", &format!("/r/{id}"), &[], b"").await.status, 410);
        let inbox = app.call("GET", "/v1/users/ada/notifications", Value::Null).await.expect(200);
        assert_eq!(inbox["data"], json!([]));
        let timeline = app.call("GET", "/v1/users/ada/timeline?order=desc", Value::Null).await.expect(200);
        let last = &timeline["data"][0];
        assert_eq!((&last["state"], &last["at"]), (&json!("expired"), &json!(EXPIRES_AT)), "{timeline}");
        // For support: the same state, and the URL that the user saw.
        let record = world.admin("GET", &format!("/v1/rewards/{id}"), Value::Null).await.expect(200);
        assert_eq!((&record["state"], &record["url"]), (&json!("expired"), &json!(url)));
        let by_url = app.admin("POST", "/stock/lookup", json!({"url": url})).await.expect(200);
        assert_eq!(by_url["reward"]["state"], "expired");
        let exported = app.admin("GET", "/campaigns/spring/rewards", Value::Null).await.expect(200);
        assert_eq!(exported["data"][0]["state"], "expired");
    }
    assert_eq!(crate::redeem_reward::redemption::state(&world, &id), "awarded", "the sweep has not come");
    world.settle().await;
}
