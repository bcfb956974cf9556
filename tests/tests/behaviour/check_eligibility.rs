//! `POST /v1/eligibility`.

use serde_json::{Value, json};
use tests::{World, campaign_with, group};

fn failed(result: &Value) -> Vec<&str> {
    let checks = result["checks"].as_array().unwrap().iter();
    checks.filter(|check| check["passed"] == false).map(|check| check["check"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn every_check_is_explained_and_nothing_is_consumed() {
    let world = World::new().await;
    let app = world.shop(1).await;
    app.deposits("ada", 3).await;
    let before = world.items();
    let answer = app.call("POST", "/v1/eligibility", json!({"user_id": "ada"})).await.expect(200);
    let result = &answer["results"][0];
    assert_eq!((&result["campaign_id"], &result["moment_id"]), (&json!("spring"), &json!("deposits")));
    assert_eq!((&result["eligible"], &result["progress"]), (&json!(true), &json!({"count": 3, "target": 5})));
    let names: Vec<&str> =
        result["checks"].as_array().unwrap().iter().map(|check| check["check"].as_str().unwrap()).collect();
    assert_eq!(names, ["campaign_live", "within_campaign", "marketplace", "not_held_out", "rewards_left"]);
    assert!(result["checks"].as_array().unwrap().iter().all(|check| !check["detail"].as_str().unwrap().is_empty()));
    assert_eq!(result["reward_preview"]["name"], "Gift card");
    assert_eq!(result["reward_preview"].get("url"), None);
    assert_eq!(world.items(), before);
}

#[tokio::test]
async fn a_rewarded_a_held_out_and_a_foreign_user_are_told_why_not() {
    let world = World::new().await;
    let app = world.shop(1).await;
    app.deposits("ada", 5).await;
    let check = |body: Value| {
        let app = &app;
        async move { app.call("POST", "/v1/eligibility", body).await.expect(200)["results"][0].clone() }
    };
    let result = check(json!({"user_id": "ada", "campaign_id": "spring"})).await;
    assert_eq!(failed(&result), ["rewards_left"]);
    let mut german = group();
    german["marketplaces"] = json!(["DE"]);
    app.put_group("german", german).await;
    let rewards = json!([{"reward_group_id": "german"}]);
    app.launch("held", campaign_with(&[("/holdout_percent", json!(100)), ("/moments/0/rewards", rewards)])).await;
    let asked =
        json!({"user_id": "bob", "campaign_id": "held", "moment_id": "deposits", "user": {"marketplace": "US"}});
    let result = check(asked).await;
    assert_eq!(failed(&result), ["marketplace", "not_held_out"]);
    assert_eq!(result["eligible"], false);
    app.call("PUT", "/v1/users/bob", json!({"marketplace": "DE"})).await.expect(200);
    assert_eq!(failed(&check(json!({"user_id": "bob", "campaign_id": "held"})).await), ["not_held_out"]);
}

#[tokio::test]
async fn a_draft_can_be_asked_about_by_name_and_is_not_live() {
    let world = World::new().await;
    let app = world.shop(1).await;
    app.admin("PUT", "/campaigns/draft", tests::campaign()).await.expect(200);
    let all = app.call("POST", "/v1/eligibility", json!({"user_id": "ada"})).await.expect(200);
    assert_eq!(all["results"].as_array().unwrap().len(), 1);
    let body = json!({"user_id": "ada", "campaign_id": "draft"});
    let one = app.call("POST", "/v1/eligibility", body).await.expect(200);
    assert_eq!(failed(&one["results"][0]), ["campaign_live"]);
}
