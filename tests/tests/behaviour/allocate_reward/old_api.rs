//! What `docs/migrating.md` says of the old Rewards API: both spellings of its paths, and what became of each field.

use serde_json::{Value, json};
use tests::{App, World};

fn asked() -> Value {
    json!({"appId": "app", "campaignId": "spring", "momentId": "deposits", "customerId": "ada"})
}

fn asked_with(field: &str, value: Value) -> Value {
    let mut body = asked();
    body[field] = value;
    body
}

/// Returns the detail of the only mistake at this pointer.
async fn detail(app: &App<'_>, path: &str, body: Value, pointer: &str) -> String {
    let problem = app.call("POST", path, body).await.expect(400);
    let errors = problem["errors"].as_array().unwrap();
    let mut at = errors.iter().filter(|error| error["pointer"] == pointer);
    at.next().unwrap()["detail"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn both_spellings_of_the_old_paths_answer_the_same() {
    let world = World::new().await;
    let app = world.shop(1).await;
    let before = world.items();
    let info = app.call("POST", "/GetRewardInfo", asked()).await.expect(200);
    assert_eq!(app.call("POST", "/getRewardInfo", asked()).await.expect(200), info);
    assert_eq!(world.items(), before);
    let first = app.call("POST", "/getReward", asked()).await.expect(200);
    let again = app.call("POST", "/GetReward", asked()).await.expect(200);
    assert_eq!((&first["status"], &again["status"]), (&json!("rewarded"), &json!("already_rewarded")));
    assert_eq!(first["rewardUrl"], again["rewardUrl"]);
    world.settle().await;
}

#[tokio::test]
async fn each_field_of_the_old_request_means_what_it_did() {
    let world = World::new().await;
    let app = world.shop(1).await;
    app.put_group("other", tests::group()).await;
    for path in ["/GetRewardInfo", "/GetReward"] {
        for field in ["appId", "campaignId", "momentId", "rewardGroupId"] {
            app.call("POST", path, asked_with(field, json!("other"))).await.expect(404);
            let wrong = app.call("POST", path, asked_with(field, json!(7))).await.field_errors();
            assert_eq!(wrong[0].0, format!("/{field}"));
        }
    }
    let named = asked_with("rewardGroupId", json!("gift"));
    app.call("POST", "/GetRewardInfo", named.clone()).await.expect(200);
    for device in [json!("Android"), json!("FireOS"), Value::Null] {
        let mut body = named.clone();
        body["deviceType"] = device;
        assert_eq!(app.call("POST", "/GetReward", body).await.expect(200)["rewardGroupId"], "gift");
    }
}

#[tokio::test]
async fn a_field_that_is_unknown_says_which_one_is_meant() {
    let world = World::new().await;
    let app = world.shop(1).await;
    let before = world.items();
    for (field, meant) in [("user_id", "customerId"), ("campaign_id", "campaignId"), ("devicetype", "deviceType")] {
        let told = detail(&app, "/GetReward", asked_with(field, json!("x")), &format!("/{field}")).await;
        assert!(told.starts_with(&format!("is not a field of this object; did you mean {meant}?")), "{told}");
    }
    for (field, meant) in [("customerId", "user_id"), ("campaignId", "campaign_id"), ("momentId", "moment_id")] {
        let told = detail(&app, "/v1/rewards", asked(), &format!("/{field}")).await;
        assert!(told.starts_with(&format!("is not a field of this object; did you mean {meant}?")), "{told}");
    }
    let told = detail(&app, "/GetReward", asked_with("priority", json!("high")), "/priority").await;
    let known = "appId, campaignId, momentId, rewardGroupId, deviceType, customerId";
    assert_eq!(told, format!("is not a field of this object; it has {known}"));
    assert_eq!(world.items(), before);
}

#[tokio::test]
async fn each_field_of_the_old_reward_is_in_the_new_answer() {
    let world = World::new().await;
    let app = world.shop(1).await;
    // One has the only URL, the other waits.
    for (user, status) in [("ada", "already_rewarded"), ("bob", "waiting")] {
        let body = asked_with("customerId", json!(user));
        app.call("POST", "/GetReward", body.clone()).await.expect(200);
        let old = app.call("POST", "/GetReward", body).await.expect(200);
        let new = app.ask(user).await.expect(200);
        assert_eq!((&old["status"], &new["outcome"]), (&json!(status), &json!(status)));
        assert_eq!(old["reasons"], *new.get("reasons").unwrap_or(&json!([])));
        for (was, is) in [
            ("campaignId", &new["campaign_id"]),
            ("momentId", &new["moment_id"]),
            ("rewardGroupId", &new["reward"]["reward_group_id"]),
            ("rewardName", &new["reward"]["name"]),
            ("rewardUrl", &new["reward"]["url"]),
            ("redeemUrl", &new["reward"]["redeem_url"]),
            ("message", &new["reward"]["message"]),
            ("test", &new["reward"]["test"]),
        ] {
            assert_eq!(old[was], *is, "{was}");
        }
    }
    world.settle().await;
}

#[tokio::test]
async fn each_field_of_the_old_reward_info_is_in_the_new_answer() {
    let world = World::new().await;
    let app = world.shop(1).await;
    app.ask("ada").await.expect(201);
    for (user, eligible) in [("ada", false), ("bob", true)] {
        let old = app.call("POST", "/GetRewardInfo", asked_with("customerId", json!(user))).await.expect(200);
        let question = json!({"user_id": user, "campaign_id": "spring", "moment_id": "deposits"});
        let new = app.call("POST", "/v1/eligibility", question).await.expect(200)["results"][0].clone();
        assert_eq!((&old["eligible"], &new["eligible"]), (&json!(eligible), &json!(eligible)));
        let failed = new["checks"].as_array().unwrap().iter().filter(|check| check["passed"] == false);
        let details: Vec<&Value> = failed.map(|check| &check["detail"]).collect();
        assert_eq!((&old["reasons"], details.is_empty()), (&json!(details), eligible));
        let preview = &new["reward_preview"];
        for (was, is) in [
            ("rewardGroupId", &preview["reward_group_id"]),
            ("rewardName", &preview["name"]),
            ("rewardType", &preview["kind"]),
            ("announcement", &preview["announcement"]),
        ] {
            assert_eq!(old[was], *is, "{user} {was}");
        }
    }
}

/// The old API took five calls a second, and answered an error beyond.
#[tokio::test]
async fn an_app_takes_fifty_calls_a_second_unless_it_is_set() {
    let world = World::new().await;
    let made = world.admin("PUT", "/v1/apps/app", json!({"name": "Shop"})).await.expect(200);
    assert_eq!(made["rate_limit"]["requests_per_second"], 50);
}
