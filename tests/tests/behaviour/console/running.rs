//! Campaigns that run: the live view with the announcement and the leaders of a competition, and the results.

use jiff::SignedDuration;
use serde_json::{Value, json};
use tests::{World, campaign_with, competition, group};

use super::Browser;
use crate::announce_campaign::challenge;

#[tokio::test]
async fn the_leaders_of_a_competition_are_live() {
    let world = World::new().await;
    let app = world.app("app").await;
    app.put_group("gift", group()).await;
    app.stock("gift", 10).await;
    app.launch("race", competition()).await;
    let browser = Browser::of(&world, "vic", json!({"app": ["viewer"]})).await;
    browser.get("/apps/app/campaigns/race/live").await.expect(200).shows("Nobody has a score yet.");
    for (user, lap) in [("zoe", 1_500), ("<b>eve", 30)] {
        let event = json!({"user_id": user, "action": "lap", "event_id": "1", "quantity": lap});
        app.call("POST", "/v1/moments", event).await.expect(200);
    }
    world.pass(SignedDuration::from_secs(1));
    let live = browser.get("/apps/app/campaigns/race/live").await.expect(200);
    live.shows("2 players have a rank.");
    live.shows("<td class=\"number\">1</td><th scope=\"row\"><bdi>zoe</bdi></th><td class=\"number\">1,500</td>");
    live.shows("<bdi>&#60;b&#62;eve</bdi>");
    // What is no competition has no board.
    app.launch("spring", campaign_with(&[])).await;
    browser.get("/apps/app/campaigns/spring/live").await.expect(200).hides("Leaderboard");
}

#[tokio::test]
async fn the_progress_of_an_announcement_is_live() {
    let world = World::new().await;
    let app = world.shop(1).await;
    let device = json!({"channel": "GCM", "address": "token"});
    app.call("PUT", "/v1/users/ada/devices/phone", device).await.expect(200);
    app.launch("race", challenge(&[])).await;
    let browser = Browser::signed_in(&world).await;
    let live = "/apps/app/campaigns/race/live";
    browser.get(live).await.expect(200).hides("Announcement");
    world.pass(SignedDuration::from_hours(1));
    world.local.run_schedule("announce-campaign").await.unwrap();
    // The session has ended meanwhile.
    let browser = Browser::of(&world, "vic", json!({"app": ["viewer"]})).await;
    browser.get(live).await.expect(200).shows("Being announced since");
    world.settle().await;
    let page = browser.get(live).await.expect(200);
    page.shows("Announced from");
    page.shows("<dt>Users reached</dt><dd>1</dd>");
    page.shows("<dt>Pushes accepted</dt><dd>1</dd>");
}

#[tokio::test]
async fn the_results_are_those_of_the_report() {
    let world = World::new().await;
    let app = world.shop(5).await;
    let plan = [("/holdout_percent", json!(50)), ("/moments/0/target", json!(2))];
    app.launch("halves", campaign_with(&plan)).await;
    for user in 0..8 {
        app.deposits(&format!("user-{user}"), if user < 6 { 2 } else { 1 }).await;
    }
    world.settle().await;
    let report = app.admin("GET", "/campaigns/halves/report", Value::Null).await.expect(200);
    let browser = Browser::signed_in(&world).await;
    let page = browser.get("/apps/app/campaigns/halves/results").await.expect(200);
    let totals = &report["totals"];
    let steps =
        [("participants", "Users who began"), ("completions", "Moments completed"), ("awards", "Rewards given")];
    for (name, shown) in steps {
        page.shows(&format!("<th scope=\"row\">{shown}</th><td class=\"number\">{}</td>", totals[name]));
    }
    let held_out = &report["experiments"][0]["arms"][0];
    page.shows("Hold-out against the others");
    page.shows("<th scope=\"row\">hold-out</th>");
    page.shows(&format!("data-label=\"Users who completed\">{}</td>", held_out["completers"]));
    page.shows("Too few users to compare rewarded with hold-out: each needs at least 30.");
    page.shows("<bdi>gift</bdi>");
    let nobody = browser.get("/apps/app/campaigns/spring/results").await.expect(200);
    nobody.shows("<th scope=\"row\">Users who began</th><td class=\"number\">");
    browser.get("/apps/app/campaigns/none/results").await.expect(404);
}
