//! The expected number of rewards against budget, stock and caps.

use serde_json::{Value, json};
use tests::{World, campaign_with, group, set};

#[tokio::test]
async fn what_is_expected_is_compared_with_budget_stock_and_caps() {
    let world = World::new().await;
    let app = world.shop(3).await;
    let draft = async |changes: &[(&str, Value)]| {
        app.admin("PUT", "/campaigns/plan", campaign_with(changes)).await.expect(200);
        app.admin("GET", "/campaigns/plan/forecast", Value::Null).await.expect(200)
    };
    // 500.00 EUR pay a hundred rewards of 5.00 EUR; three are in stock.
    let unknown = draft(&[]).await;
    let reach = |least: Value, most: Value, enough: Value| json!({"least": least, "most": most, "enough": enough});
    assert_eq!(unknown["budget"], reach(json!(100), json!(100), Value::Null));
    assert_eq!(unknown["stock"], reach(json!(3), json!(3), Value::Null));
    assert_eq!((&unknown["expected_rewards"], &unknown["cost"]), (&Value::Null, &Value::Null));
    let caps = json!({"per_moment": {"deposits": {"currency": "EUR", "amount_minor": 5_049}}});
    let ten = draft(&[("/expected_rewards", json!(10)), ("/caps", caps)]).await;
    assert_eq!(ten["cost"]["least"], json!({"currency": "EUR", "amount_minor": 5_000}));
    assert_eq!(ten["cost"]["most"], ten["cost"]["least"]);
    assert_eq!(ten["budget"]["enough"], "yes");
    assert_eq!(ten["stock"], reach(json!(3), json!(3), json!("no")));
    assert_eq!(ten["caps"], reach(json!(10), json!(10), json!("yes")));
    assert_eq!(draft(&[("/expected_rewards", json!(101))]).await["budget"]["enough"], "no");
    assert_eq!(draft(&[("/expected_rewards", json!(3))]).await["stock"]["enough"], "yes");
    // With a shared URL, stock has no bound.
    let mut shared = group();
    set(&mut shared, "/kind", json!("shared_url"));
    set(&mut shared, "/url", json!("https://gift.example/all"));
    app.put_group("all", shared).await;
    let both = json!([{"reward_group_id": "gift"}, {"reward_group_id": "all"}]);
    let depends = draft(&[("/expected_rewards", json!(50)), ("/moments/0/rewards", both)]).await;
    assert_eq!(depends["stock"], reach(json!(3), Value::Null, json!("depends")));
}

#[tokio::test]
async fn what_was_given_counts_and_a_running_campaign_may_expect_more() {
    let world = World::new().await;
    let app = world.shop(3).await;
    app.deposits("ada", 5).await;
    world.settle().await;
    let plan = campaign_with(&[("/expected_rewards", json!(3))]);
    let amended = app.admin("PUT", "/campaigns/spring", plan).await.expect(200);
    assert_eq!((&amended["state"], &amended["expected_rewards"]), (&json!("live"), &json!(3)));
    let forecast = app.admin("GET", "/campaigns/spring/forecast", Value::Null).await.expect(200);
    assert_eq!((&forecast["stock"]["least"], &forecast["stock"]["enough"]), (&json!(3), &json!("yes")));
    let history = app.admin("GET", "/campaigns/spring/history", Value::Null).await.expect(200);
    assert_eq!(history["data"][0]["changes"][0], json!({"pointer": "/expected_rewards", "before": null, "after": 3}));
}

#[tokio::test]
async fn a_forecast_needs_a_campaign_and_a_reward_group_that_exist() {
    let world = World::new().await;
    let app = world.app("app").await;
    app.admin("GET", "/campaigns/plan/forecast", Value::Null).await.expect(404);
    app.admin("PUT", "/campaigns/plan", campaign_with(&[])).await.expect(200);
    app.admin("GET", "/campaigns/plan/forecast", Value::Null).await.expect(409);
    let wrong = campaign_with(&[("/expected_rewards", json!(0))]);
    let refused = app.admin("PUT", "/campaigns/plan", wrong).await.expect(400);
    assert_eq!(refused["errors"][0]["pointer"], "/expected_rewards");
}
