//! The home of an app: what waits, what ends, and where money or stock runs low.

use serde_json::json;
use tests::{World, campaign_with};

use super::held;
use crate::console::Browser;
use crate::people::Human;

#[tokio::test]
async fn an_app_in_which_nothing_waits_says_so() {
    let world = World::new().await;
    world.app("app").await;
    let page = Browser::signed_in(&world).await.get("/apps/app").await.expect(200);
    page.shows("Nothing waits for you.");
    page.shows("href=\"/console/apps/app/support\"");
}

#[tokio::test]
async fn what_waits_ends_and_runs_low_is_named_and_linked() {
    let world = World::new().await;
    let app = held(&world).await;
    app.deposit("ada", "1").await.expect(200);
    let mut watched = tests::group();
    watched["low_stock_threshold"] = json!(50);
    app.put_group("gift", watched).await;
    app.admin("PUT", "/campaigns/next", campaign_with(&[("/name", json!("Next"))])).await.expect(200);
    app.admin("POST", "/campaigns/next/submit", json!({})).await.expect(200);
    let ends = [("/name", json!("Short")), ("/ends_at", json!("2026-12-04T00:00:00Z"))];
    app.launch("short", campaign_with(&ends)).await;
    let spent = [("/budget/amount_minor", json!(500)), ("/moments/0/target", json!(1))];
    app.launch("spent", campaign_with(&spent)).await;
    app.deposit("bob", "2").await.expect(200);
    world.settle().await;
    let browser = Browser::of(&world, "ada", json!({"app": ["support", "approver"]})).await;
    let page = browser.get("/apps/app").await.expect(200);
    for (heading, link) in [
        ("Wait for approval", "/campaigns/next/review"),
        ("Rewards held for review", "/campaigns/spring/reviews"),
        ("End within 7 days", "/campaigns/short"),
        ("Less than 10 % of the budget left", "/campaigns/spent/live"),
        ("Stock is low", "/reward-groups/gift"),
    ] {
        let section = page.html.split(&format!(">{heading}</h2>")).nth(1).unwrap_or_else(|| panic!("{heading}"));
        let section = section.split("</section>").next().unwrap();
        assert!(section.contains(&format!("href=\"/console/apps/app{link}\"")), "{heading}: {section}");
    }
    page.hides("Somebody with the role approver decides.");
    let editor = Browser::of(&world, "ed", json!({"app": ["editor"]})).await;
    editor.get("/apps/app").await.expect(200).shows("Somebody with the role approver decides.");
}

#[tokio::test]
async fn a_proposed_budget_stands_beside_the_present_one() {
    let world = World::new().await;
    let app = world.shop(3).await;
    app.admin("PUT", "", json!({"name": "app", "approval": "another_person"})).await.expect(200);
    let ada = Human::with(&world, "ada", json!({"app": ["editor"]})).await;
    let raised = campaign_with(&[("/budget/amount_minor", json!(60_000))]);
    ada.call("PUT", "/v1/apps/app/campaigns/spring", raised).await.expect(200);
    let page = Browser::of(&world, "ben", json!({"app": ["approver"]})).await.get("/apps/app").await.expect(200);
    page.shows("from 500.00\u{a0}EUR to 600.00\u{a0}EUR");
    world.settle().await;
}

/// Six calls of the API at most, however many groups have a threshold.
#[tokio::test]
async fn the_home_says_how_many_groups_it_has_not_looked_at() {
    let world = World::new().await;
    let app = world.app("app").await;
    let mut watched = tests::group();
    watched["low_stock_threshold"] = json!(1);
    for group in ["a", "b", "c", "d"] {
        app.put_group(group, watched.clone()).await;
    }
    let browser = Browser::signed_in(&world).await;
    let page = browser.get("/apps/app").await.expect(200);
    page.shows("The stock of 2 more reward groups with a threshold is on their own pages.");
}
