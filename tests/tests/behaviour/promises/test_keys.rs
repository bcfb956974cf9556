//! Promise 7: no route shows live data to a test key.

use local::template::Template;
use serde_json::{Value, json};
use tests::openapi::{OPERATIONS, Operation};
use tests::{World, campaign_with};

/// Ada's profile and possessions, which must not show.
const FIRST_NAME: &str = "Ada-Augusta";
const DEVICE: &str = "ada-phone";
const ADDRESS: &str = "Hidden Lane 7";

/// Returns the example of an operation's body, with Ada as the user.
fn body_of(operation: &Operation) -> Value {
    let mut body = operation.described["requestBody"]["content"]["application/json"]["example"].clone();
    for (name, value) in [("user_id", "ada"), ("customerId", "ada")] {
        if body.get(name).is_some() {
            body[name] = json!(value);
        }
    }
    body
}

/// Returns the path of an operation, with existing ids.
fn path_of(operation: &Operation, known: &[(&str, &str)]) -> String {
    operation.parameters.iter().filter(|parameter| parameter["in"] == "path").fold(
        operation.path.clone(),
        |path, parameter| {
            let name = parameter["name"].as_str().unwrap();
            let known = known.iter().find(|(of, _)| *of == name).map(|(_, value)| *value);
            path.replace(&format!("{{{name}}}"), known.unwrap_or_else(|| parameter["example"].as_str().unwrap()))
        },
    )
}

/// Source: "A test key reads a live reward: `POST /v1/rewards/{live id}/redeem` with `mk_test_…` answers the live URL
/// and `"test": false`" ("What the field found", D). Tries every route of `template.yaml` that takes a key.
#[tokio::test]
async fn a_test_key_finds_nothing_live_by_any_route() {
    let world = World::new().await;
    let app = crate::fulfil_orders::orders::mugs(&world).await;
    app.put_group("gift", tests::group()).await;
    app.stock("gift", 3).await;
    let messages = json!({"achievement": {"en": {"title": "Well done, {user.first_name}", "body": "Here."}}});
    let plan = [("/moments/0/target", json!(1)), ("/moments/0/messages", messages)];
    app.launch("summer", campaign_with(&plan)).await;
    let profile = json!({"locale": "en", "attributes": {"first_name": FIRST_NAME}});
    app.call("PUT", "/v1/users/ada", profile).await.expect(200);
    let device = json!({"channel": "GCM", "address": "token-of-ada"});
    app.call("PUT", &format!("/v1/users/ada/devices/{DEVICE}"), device).await.expect(200);
    let ask = |campaign: &str| json!({"user_id": "ada", "campaign_id": campaign, "moment_id": "deposits"});
    let card = app.call("POST", "/v1/rewards", ask("summer")).await.expect(201)["reward"].clone();
    assert!(card["message"]["title"].as_str().unwrap().contains(FIRST_NAME), "{card}");
    let card_url = card["url"].as_str().unwrap().to_owned();
    let mug = crate::fulfil_orders::orders::award(&app, "ada").await;
    let to = json!({"name": "Ada", "line1": ADDRESS, "postal_code": "10115", "city": "Berlin", "country": "DE"});
    app.call("PUT", &format!("/v1/rewards/{mug}/address"), to).await.expect(200);
    world.settle().await;
    let live = || -> Vec<Value> {
        world.items().into_iter().filter(|item| !item["pk"]["S"].as_str().unwrap().starts_with("TEST#")).collect()
    };
    let before = live();
    let mut asked = 0;
    for route in Template::built_in().unwrap().routes.iter().filter(|route| route.needs_key()) {
        let operation = OPERATIONS.iter().find(|operation| operation.route_key() == route.key).unwrap();
        for reward in [card["reward_id"].as_str().unwrap(), &mug] {
            let path = path_of(operation, &[("reward_id", reward), ("device_id", DEVICE)]);
            let query = if operation.id == "redeemRewardByApp" { "?dry_run=true" } else { "" };
            for path in [path.clone(), format!("{path}{query}")] {
                let answer = world.call(&app.test_key, &operation.method, &path, body_of(operation)).await;
                let told = format!("{:?} {}", answer.headers, answer.body);
                assert!(answer.status < 500, "{}: {told}", operation.id);
                for secret in [&card_url, reward, FIRST_NAME, DEVICE, "token-of-ada", ADDRESS] {
                    // Texts of the request itself may come back.
                    let of_request = path.contains(secret) && !path.contains("/rewards/");
                    assert!(of_request || !told.contains(secret), "{} shows {secret}: {told}", operation.id);
                }
                assert!(!told.contains("\"test\":false"), "{}: {told}", operation.id);
                if route.key.contains("{reward_id}") {
                    // An admin's route refuses the scope first.
                    assert!([403, 404].contains(&answer.status), "{}: {told}", operation.id);
                }
                assert_eq!(live(), before, "{} changed something", operation.id);
                asked += 1;
            }
        }
    }
    assert!(asked >= 4 * 70, "{asked}");
    // With every campaign and every moment of it.
    for (path, body) in [
        ("/v1/rewards", ask("summer")),
        ("/v1/eligibility", json!({"user_id": "ada"})),
        ("/v1/moments", json!({"user_id": "ada", "action": "deposit", "event_id": "e1"})),
    ] {
        let told = world.call(&app.test_key, "POST", path, body).await.expect(200).to_string();
        assert!(!told.contains(FIRST_NAME) && !told.contains(&card_url), "{path}: {told}");
    }
    assert_eq!(live(), before);
    world.settle().await;
}
