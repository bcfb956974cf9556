//! The review: obstacles, differences, and the steps of a campaign.

use serde_json::{Value, json};
use tests::{World, campaign_with};

use super::{Browser, because, campaign, draft, with};

const REVIEW: &str = "/apps/app/campaigns/spring/review";

#[tokio::test]
async fn every_obstacle_is_listed_at_once_and_leads_to_its_field() {
    let world = World::new().await;
    let app = draft(&world).await;
    app.put_group("empty", tests::group()).await;
    let changes = [
        ("/moments/0/rewards/0/reward_group_id", json!("empty")),
        ("/budget/amount_minor", json!(1)),
        ("/ends_at", json!("2026-11-30T00:00:00Z")),
        ("/starts_at", json!("2026-11-01T00:00:00Z")),
    ];
    app.admin("PUT", "/campaigns/spring", campaign_with(&changes)).await.expect(200);
    let browser = Browser::signed_in(&world).await;
    let page = browser.post(REVIEW, &[("step", "submit"), ("version", "2")]).await.expect(400);
    for address in ["moments/1", "basics#budget", "basics#ends"] {
        page.shows(&format!("href=\"/console/apps/app/campaigns/spring/{address}\""));
    }
    page.shows("3 things stand in the way");
    assert_eq!(campaign(&app, "spring").await["state"], "draft");
}

#[tokio::test]
async fn expected_rewards_are_compared_with_budget_stock_and_caps() {
    let world = World::new().await;
    let app = draft(&world).await;
    let browser = Browser { language: "de", ..Browser::signed_in(&world).await };
    browser.get(REVIEW).await.expect(200).shows("Niemand hat gesagt, wie viele Prämien erwartet werden.");
    let basics = "/apps/app/campaigns/spring/basics";
    let fields = browser.get(basics).await.expect(200).fields();
    browser.post(basics, &with(&fields, &[("expected", "1.000")])).await.expect(400).shows("id=\"expected-mistake\"");
    browser.post(basics, &with(&fields, &[("expected", "101")])).await.expect(303);
    assert_eq!(campaign(&app, "spring").await["expected_rewards"], 101);
    let page = browser.get(REVIEW).await.expect(200);
    page.shows("101 Prämien werden erwartet. Sie kosten 505,00\u{a0}EUR.");
    page.shows("<td data-label=\"Reicht\">für 100 Prämien</td>");
    page.shows("<strong class=\"mistake\">Zu wenig</strong>");
    page.shows("<td data-label=\"Reicht\">ohne Grenze</td><td data-label=\"Genug?\">Genug</td>");
    let fields = browser.get(basics).await.expect(200).fields();
    browser.post(basics, &with(&fields, &[("expected", "")])).await.expect(303);
    assert!(campaign(&app, "spring").await.get("expected_rewards").is_none());
}

#[tokio::test]
async fn a_review_works_without_its_forecast() {
    let world = World::new().await;
    let app = draft(&world).await;
    app.admin("PUT", "/campaigns/spring", campaign_with(&[("/expected_rewards", json!(10))])).await.expect(200);
    // Totals that nobody can read: only the forecast needs them.
    let totals = json!({"pk": {"S": "REPORT#app#spring#0"}, "sk": {"S": "TOTALS"}, "a0": {"N": "0.5"}});
    world.put_raw(totals).await;
    app.admin("GET", "/campaigns/spring/forecast", Value::Null).await.expect(500);
    let browser = Browser::signed_in(&world).await;
    browser.get(REVIEW).await.expect(200).shows("The forecast takes too long now; the page works without it.");
    browser.post(REVIEW, &[("step", "submit"), ("version", "2")]).await.expect(303);
    assert_eq!(campaign(&app, "spring").await["state"], "pending_approval");
}

#[tokio::test]
async fn an_approval_says_what_it_commits_and_a_change_meanwhile_stops_it() {
    let world = World::new().await;
    let app = draft(&world).await;
    let browser = Browser::signed_in(&world).await;
    browser.post(REVIEW, &[("step", "submit"), ("version", "1")]).await.expect(303);
    let page = browser.get(REVIEW).await.expect(200);
    page.shows("Commit 500.00\u{a0}EUR, live now");
    page.shows("It was never approved: all of it is new.");
    page.shows("name=\"version\" value=\"2\"");
    // Somebody else rejects, edits and submits it meanwhile.
    app.admin("POST", "/campaigns/spring/reject", because()).await.expect(200);
    let changed = campaign_with(&[("/budget/amount_minor", json!(90_000))]);
    app.admin("PUT", "/campaigns/spring", changed).await.expect(200);
    app.admin("POST", "/campaigns/spring/submit", Value::Null).await.expect(200);
    let page = browser.post(REVIEW, &[("step", "approve"), ("version", "2")]).await.expect(409);
    page.shows("Somebody changed it since you looked");
    page.shows("Budget: 500.00\u{a0}EUR → 900.00\u{a0}EUR");
    assert_eq!(campaign(&app, "spring").await["state"], "pending_approval");
    page.shows("name=\"version\" value=\"5\"");
    browser.post(REVIEW, &[("step", "approve"), ("version", "5")]).await.expect(303);
    assert_eq!(campaign(&app, "spring").await["state"], "live");
    let page = browser.get("/apps/app/campaigns/spring").await.expect(200);
    for action in ["Created", "Submitted", "Rejected", "Edited", "Approved"] {
        page.shows(&format!("<strong>{action}</strong>"));
    }
    world.settle().await;
}

#[tokio::test]
async fn a_rejection_needs_a_reason_and_keeps_it() {
    let world = World::new().await;
    let app = draft(&world).await;
    app.admin("POST", "/campaigns/spring/submit", Value::Null).await.expect(200);
    let browser = Browser::signed_in(&world).await;
    let page = browser.post(REVIEW, &[("step", "reject"), ("version", "2"), ("reason", " ")]).await.expect(400);
    page.shows("Write the reason");
    assert_eq!(campaign(&app, "spring").await["state"], "pending_approval");
    browser.post(REVIEW, &[("step", "reject"), ("version", "2"), ("reason", "Too early")]).await.expect(303);
    assert_eq!(campaign(&app, "spring").await["reason"], "Too early");
    browser.get("/apps/app/campaigns/spring").await.expect(200).shows("Too early");
}

#[tokio::test]
async fn suspending_and_resuming_are_a_press_each() {
    let world = World::new().await;
    let app = world.shop(3).await;
    let browser = Browser::signed_in(&world).await;
    for (step, state) in [("suspend", "suspended"), ("resume", "live")] {
        let version = campaign(&app, "spring").await["version"].to_string();
        browser.get(REVIEW).await.expect(200).shows(&format!("value=\"{step}\""));
        browser.post(REVIEW, &[("step", step), ("version", &version)]).await.expect(303);
        assert_eq!(campaign(&app, "spring").await["state"], state);
    }
    world.settle().await;
}

#[tokio::test]
async fn a_step_that_the_state_does_not_allow_is_refused_with_the_reason() {
    let world = World::new().await;
    let app = draft(&world).await;
    let browser = Browser::signed_in(&world).await;
    let page = browser.post(REVIEW, &[("step", "approve"), ("version", "1")]).await.expect(409);
    page.shows("The step was not taken");
    assert_eq!(campaign(&app, "spring").await["state"], "draft");
    browser.post(REVIEW, &[("step", "delete"), ("version", "1")]).await.expect(404);
}

#[tokio::test]
async fn after_an_approval_the_review_shows_what_has_changed_since() {
    let world = World::new().await;
    let app = world.shop(3).await;
    let raised = campaign_with(&[("/budget/amount_minor", json!(60_000))]);
    app.admin("PUT", "/campaigns/spring", raised).await.expect(200);
    let page = Browser::signed_in(&world).await.get(REVIEW).await.expect(200);
    page.shows("Budget: 500.00\u{a0}EUR → 600.00\u{a0}EUR");
    world.settle().await;
}

/// The fifth scenario: by the console as by the API, nobody approves their own change.
#[tokio::test]
async fn who_submitted_does_not_approve_where_the_app_asks_for_another() {
    let world = World::new().await;
    let app = draft(&world).await;
    app.admin("PUT", "", json!({"name": "app", "approval": "another_person"})).await.expect(200);
    let roles = json!({"app": ["editor", "approver"]});
    let ada = Browser::of(&world, "ada", roles.clone()).await;
    let ben = Browser::of(&world, "ben", roles).await;
    ada.post(REVIEW, &[("step", "submit"), ("version", "1")]).await.expect(303);
    let page = ada.post(REVIEW, &[("step", "approve"), ("version", "2")]).await.expect(403);
    page.shows("The step was not taken");
    assert_eq!(campaign(&app, "spring").await["state"], "pending_approval");
    ben.post(REVIEW, &[("step", "approve"), ("version", "2")]).await.expect(303);
    let page = ben.get("/apps/app/campaigns/spring").await.expect(200);
    page.shows("<bdi>ada</bdi>");
    page.shows("<bdi>ben</bdi>");
    // A higher budget of the running campaign needs another person, too.
    let path = "/apps/app/campaigns/spring/basics";
    let fields = ada.get(path).await.expect(200).fields();
    ada.post(path, &with(&fields, &[("budget", "900.00")])).await.expect(303);
    assert_eq!(campaign(&app, "spring").await["budget"]["amount_minor"], 50_000);
    let page = ben.get(REVIEW).await.expect(200);
    page.shows("Raise the budget from 500.00\u{a0}EUR to 900.00\u{a0}EUR");
    let version = campaign(&app, "spring").await["version"].to_string();
    ben.post(REVIEW, &[("step", "approve"), ("version", &version)]).await.expect(303);
    assert_eq!(campaign(&app, "spring").await["budget"]["amount_minor"], 90_000);
    // It approved what differed from the first approval.
    ben.get(REVIEW).await.expect(200).shows("Nothing has changed.");
    world.settle().await;
}

/// The API gives the values, and the page the sentence.
#[tokio::test]
async fn obstacles_and_mistakes_are_said_in_the_persons_language() {
    let world = World::new().await;
    let app = draft(&world).await;
    app.put_group("empty", tests::group()).await;
    let changes = [
        ("/moments/0/rewards/0/reward_group_id", json!("empty")),
        ("/budget/amount_minor", json!(450)),
        ("/caps", json!({"per_day": {"currency": "EUR", "amount_minor": 100}})),
    ];
    app.admin("PUT", "/campaigns/spring", campaign_with(&changes)).await.expect(200);
    let problem = app.admin("POST", "/campaigns/spring/submit", Value::Null).await.expect(400);
    let values: Vec<&Value> = problem["errors"].as_array().unwrap().iter().map(|error| &error["values"]).collect();
    let money = json!({"reason": "budget_too_low", "group": "empty", "cost_minor": "500", "currency": "EUR"});
    assert!(
        values.contains(&&money) && values.contains(&&json!({"reason": "no_stock", "group": "empty"})),
        "{values:?}"
    );
    let browser = Browser { language: "de", ..Browser::signed_in(&world).await };
    let page = browser.post(REVIEW, &[("step", "submit"), ("version", "2")]).await.expect(400);
    page.shows("Prämiengruppe \u{2068}empty\u{2069} hat keinen Bestand. Laden Sie ihn zuerst.");
    page.shows("Das Budget reicht nicht für eine Prämie der Gruppe \u{2068}empty\u{2069} (5,00\u{a0}EUR).");
    page.shows("Die Grenze reicht nicht für eine Prämie (5,00\u{a0}EUR).");
    page.hides("nothing in stock");
    // What says more than the sentence follows it, in English.
    let page = browser.post(REVIEW, &[("step", "approve"), ("version", "2")]).await.expect(409);
    page.shows("<span>Der Zustand erlaubt das nicht.</span> <span lang=\"en\">the campaign is draft");
    let moment = "/apps/app/campaigns/spring/moments/1";
    let fields = browser.get(moment).await.expect(200).fields();
    let page = browser.post(moment, &with(&fields, &[("most", "101")])).await.expect(400);
    page.shows("Schreiben Sie eine Zahl von 1 bis 100.");
    assert_eq!(campaign(&app, "spring").await["version"], 2);
}
