//! Budgets of running campaigns, up and down: what is spent stays spent, and what is left goes to the last cent.

use futures_util::future::join_all;
use serde_json::{Value, json};
use tests::{App, World, campaign_with, promises};

async fn set_budget(app: &App<'_>, amount: i64) -> tests::Answer {
    app.admin("PUT", "/campaigns/spring", campaign_with(&[("/budget/amount_minor", json!(amount))])).await
}

fn ledger(world: &World) -> (i64, i64, i64, i64) {
    let items = world.items_at("LEDGER#app#spring");
    let budget = items.iter().find(|item| item["sk"]["S"] == "BUDGET").unwrap();
    let slots = || items.iter().filter(|item| item["sk"]["S"] == "SLOT");
    let sum = |name| slots().map(|slot| promises::number(slot, name)).sum();
    (promises::number(budget, "budget_limit"), promises::number(budget, "unleased"), sum("remaining"), sum("spent"))
}

#[tokio::test]
async fn a_budget_is_lowered_to_what_is_spent_and_no_further() {
    let world = World::new().await;
    let app = world.shop(100).await;
    for n in 0..3 {
        app.ask(&format!("user-{n}")).await.expect(201);
    }
    // Half of it lies in slots: what they hold is gathered for it.
    let lowered = set_budget(&app, 2_000).await.expect(200);
    assert_eq!(lowered["budget"]["amount_minor"], 2_000);
    let (limit, unleased, remaining, spent) = ledger(&world);
    assert_eq!((limit, spent, unleased + remaining), (2_000, 1_500, 500));
    let before = world.items();
    let refused = set_budget(&app, 1_499).await;
    assert_eq!(refused.body["code"], "budget_spent");
    assert!(refused.expect(409)["detail"].as_str().unwrap().starts_with("1500 of the budget is spent"));
    let changed = world.items().into_iter().filter(|item| !before.contains(item)).count();
    assert!(changed <= 2, "money may have moved back to the budget, and nothing else: {changed}");
    // One more reward is covered, and then none.
    app.ask("one more").await.expect(201);
    assert_eq!(app.ask("too late").await.expect(200)["outcome"], "waiting");
    set_budget(&app, 2_000).await.expect(200);
    // The same again is the same, and a higher one serves those who wait.
    set_budget(&app, 2_500).await.expect(200);
    world.settle().await;
    assert_eq!(app.ask("too late").await.expect(200)["outcome"], "already_rewarded");
    let history = app.admin("GET", "/campaigns/spring/history", Value::Null).await.expect(200);
    let lowered = json!({"pointer": "/budget/amount_minor", "before": 50_000, "after": 2_000});
    assert!(
        history["data"].as_array().unwrap().iter().any(|change| change["changes"] == json!([lowered])),
        "{history}"
    );
    world.settle().await;
}

#[tokio::test]
async fn a_suspended_campaigns_budget_is_lowered_too_and_resumes_with_it() {
    let world = World::new().await;
    let app = world.shop(10).await;
    app.admin("POST", "/campaigns/spring/suspend", Value::Null).await.expect(200);
    set_budget(&app, 1_000).await.expect(200);
    app.admin("POST", "/campaigns/spring/resume", Value::Null).await.expect(200);
    let outcomes = join_all((0..5).map(|n| {
        let app = &app;
        async move { app.ask(&format!("user-{n}")).await.body["outcome"].clone() }
    }))
    .await;
    assert_eq!(outcomes.iter().filter(|outcome| **outcome == "rewarded").count(), 2);
    world.settle().await;
}

#[tokio::test]
async fn lowering_races_with_claims_and_never_takes_what_is_being_spent() {
    let world = World::new().await;
    let app = world.shop(100).await;
    let claims = join_all((0..40).map(|n| {
        let app = &app;
        async move { app.ask(&format!("user-{n}")).await }
    }));
    let lowering = async {
        let mut lowest = 50_000;
        for amount in [30_000, 15_000, 8_000, 5_000] {
            let answer = set_budget(&app, amount).await;
            assert!([200, 409, 503].contains(&answer.status), "{answer:?}");
            if answer.status == 200 {
                lowest = amount;
            }
        }
        lowest
    };
    let (answers, lowest) = tokio::join!(claims, lowering);
    let rewarded = answers.iter().filter(|answer| answer.body["outcome"] == "rewarded").count();
    world.settle().await;
    let (limit, unleased, remaining, spent) = ledger(&world);
    assert_eq!((limit, unleased + remaining + spent), (lowest, lowest));
    assert!(spent <= lowest && spent >= i64::try_from(rewarded).unwrap() * 500, "{rewarded} {spent} {lowest}");
}
