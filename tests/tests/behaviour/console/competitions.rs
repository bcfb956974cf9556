//! Competitions in the console: one is built, edited and refused without a line of JSON.

use serde_json::{Value, json};
use tests::{World, competition, group};

use super::{Browser, campaign, draft, with};

const NEW: &str = "/apps/app/new-campaign?kind=competition";

#[tokio::test]
async fn a_competition_is_built_without_json_and_the_api_reads_it() {
    let world = World::new().await;
    let app = draft(&world).await;
    let browser = Browser { language: "de", ..Browser::signed_in(&world).await };
    browser.get("/apps/app/new-campaign").await.expect(200).shows("new-campaign?kind=competition\"");
    let fields = browser.get(NEW).await.expect(200).fields();
    assert!(fields.iter().all(|(name, _)| name != "target" && name != "group"), "{fields:?}");
    let typed = [
        ("name", "Rennen"),
        ("id", "race"),
        ("starts", "2026-11-01T00:00"),
        ("ends", "2026-11-15T00:00"),
        ("zone", "Europe/Berlin"),
        ("budget", "5.000,00"),
        ("action", "lap"),
        ("score", "lowest"),
        ("window", "week"),
        ("least", "30"),
        ("places_0", "5 %"),
        ("group_0", "gift"),
        ("at_most_0", "10"),
        ("places_2", "1-2"),
        ("group_2", "gift"),
        ("ach_title", "Gewonnen"),
        ("ach_body", "Eine Karte für dich"),
    ];
    let made = browser.post(NEW, &with(&fields, &typed)).await;
    assert_eq!(made.leads_to(), "/apps/app/campaigns/race?saved");
    let saved = campaign(&app, "race").await;
    let expected = json!({"score": "lowest", "window": "week", "ties": "earliest", "settle": "automatic",
        "score_range": {"min": 30, "max": 1_000_000_000_000_000_u64}, "grace_minutes": 30, "prizes": [
            {"ranks": [1, 2], "reward_group_id": "gift"}, {"percent": 5, "at_most": 10, "reward_group_id": "gift"}]});
    assert_eq!(saved["competition"], expected);
    assert_eq!(saved["moments"][0]["action"], "lap");
    let page = browser.get("/apps/app/campaigns/race").await.expect(200);
    page.shows("<dt>Plätze 1 bis 2</dt><dd>\u{2068}gift\u{2069}</dd>");
    page.shows("<dt>Die besten 5 %</dt>");
    page.hides("/moments/new\"");
}

#[tokio::test]
async fn a_mistake_in_a_new_competition_stands_at_its_row() {
    let world = World::new().await;
    let app = draft(&world).await;
    let browser = Browser::signed_in(&world).await;
    let fields = browser.get(NEW).await.expect(200).fields();
    let typed = [
        ("name", "Race"),
        ("id", "race"),
        ("starts", "2026-11-01T00:00"),
        ("ends", "2026-11-15T00:00"),
        ("budget", "10.00"),
        ("action", "lap"),
        ("ach_title", "Won"),
        ("ach_body", "A card"),
        ("best_of", "3"),
        ("places_1", "3-4"),
        ("group_1", "gift"),
        ("at_most_1", "0"),
    ];
    let page = browser.post(NEW, &with(&fields, &typed)).await.expect(400);
    page.shows("<a href=\"#best_of\">");
    page.shows("<a href=\"#at_most_1\">");
    let good = |(name, _): &(&str, &str)| *name != "best_of" && *name != "at_most_1";
    let typed: Vec<_> = typed.into_iter().filter(good).collect();
    let page = browser.post(NEW, &with(&fields, &typed)).await.expect(400);
    page.hides("<a href=\"#best_of\">");
    page.shows("id=\"places_1-mistake\"");
    page.shows("ranks 1 to 2 win nothing");
    app.admin("GET", "/campaigns/race", Value::Null).await.expect(404);
    let nothing: Vec<_> = typed.into_iter().filter(|(name, _)| !name.ends_with("_1")).collect();
    let page = browser.post(NEW, &with(&fields, &nothing)).await.expect(400);
    page.shows("<a href=\"#places_0\">");
}

#[tokio::test]
async fn a_competition_is_edited_on_a_page_of_its_own() {
    let world = World::new().await;
    let app = draft(&world).await;
    app.put_group("mug", group()).await;
    app.admin("PUT", "/campaigns/race", competition()).await.expect(200);
    let browser = Browser::signed_in(&world).await;
    let path = "/apps/app/campaigns/race/competition";
    browser.get("/apps/app/campaigns/race").await.expect(200).shows("campaigns/race/competition\"");
    let before = campaign(&app, "race").await;
    let fields = browser.get(path).await.expect(200).fields();
    browser.post(path, &with(&fields, &[])).await.expect(303);
    let same = campaign(&app, "race").await;
    assert_eq!((&same["competition"], &same["moments"]), (&before["competition"], &before["moments"]));
    let fields = browser.get(path).await.expect(200).fields();
    let typed = [("places_1", "3"), ("group_1", "mug"), ("ties", "shared"), ("settle", "by_hand"), ("at_most_0", "4")];
    browser.post(path, &with(&fields, &typed)).await.expect(303);
    let saved = campaign(&app, "race").await["competition"].clone();
    assert_eq!((saved["ties"].as_str(), saved["settle"].as_str()), (Some("shared"), Some("by_hand")));
    let prizes = json!([{"ranks": [1, 2], "at_most": 4, "reward_group_id": "gift"},
        {"ranks": [3, 3], "reward_group_id": "mug"}]);
    assert_eq!(saved["prizes"], prizes);
    // An emptied row goes, and those behind it would leave a gap.
    let fields = browser.get(path).await.expect(200).fields();
    let emptied = [("places_0", ""), ("group_0", ""), ("at_most_0", "")];
    let page = browser.post(path, &with(&fields, &emptied)).await.expect(400);
    page.shows("id=\"places_1-mistake\"");
    assert_eq!(campaign(&app, "race").await["competition"]["prizes"], prizes);
    // What is no competition has no such page.
    browser.get("/apps/app/campaigns/spring/competition").await.expect(404);
}

#[tokio::test]
async fn twenty_prizes_fit_the_page_however_many_groups_there_are() {
    let world = World::new().await;
    let app = draft(&world).await;
    let prizes: Vec<Value> = (1..=20).map(|rank| json!({"ranks": [rank, rank], "reward_group_id": "gift"})).collect();
    let mut plan = competition();
    tests::set(&mut plan, "/competition/prizes", json!(prizes));
    app.admin("PUT", "/campaigns/race", plan).await.expect(200);
    let browser = Browser { language: "ja", ..Browser::signed_in(&world).await };
    let path = "/apps/app/campaigns/race/competition";
    for (groups, is_choice) in [(5, true), (40, false)] {
        for number in 0..groups {
            app.put_group(&format!("gift-card-{number}"), group()).await;
        }
        let page = browser.get(path).await.expect(200);
        assert!(page.html.len() <= 40_000, "{groups}: {}", page.html.len());
        assert_eq!(page.html.contains("<select id=\"group_0\""), is_choice);
        assert_eq!(page.html.contains("list=\"suggestions\""), !is_choice);
        let fields = page.fields();
        assert_eq!(fields.iter().filter(|(name, value)| name.starts_with("group_") && value == "gift").count(), 20);
        browser.post(path, &with(&fields, &[])).await.expect(303);
        assert_eq!(campaign(&app, "race").await["competition"]["prizes"], json!(prizes));
    }
}

#[tokio::test]
async fn the_grace_of_a_competition_stays_unless_another_one_is_typed() {
    let world = World::new().await;
    let app = draft(&world).await;
    let mut plan = competition();
    tests::set(&mut plan, "/competition/grace_minutes", json!(45));
    app.admin("PUT", "/campaigns/race", plan).await.expect(200);
    let browser = Browser::signed_in(&world).await;
    let path = "/apps/app/campaigns/race/competition";
    let fields = browser.get(path).await.expect(200).fields();
    let page = browser.post(path, &with(&fields, &[("grace_minutes", "")])).await.expect(400);
    page.shows("<a href=\"#grace_minutes\">");
    page.shows("Fill this in.");
    assert_eq!(campaign(&app, "race").await["competition"]["grace_minutes"], 45);
}

#[tokio::test]
async fn what_stands_in_the_way_of_a_competition_leads_to_its_prizes() {
    let world = World::new().await;
    let app = draft(&world).await;
    app.put_group("empty", group()).await;
    let prizes = json!([{"ranks": [1, 10], "reward_group_id": "gift"},
        {"ranks": [11, 11], "reward_group_id": "empty"}]);
    let mut plan = competition();
    tests::set(&mut plan, "/competition/prizes", prizes);
    app.admin("PUT", "/campaigns/race", plan).await.expect(200);
    let browser = Browser::signed_in(&world).await;
    let review = "/apps/app/campaigns/race/review";
    let page = browser.post(review, &[("step", "submit"), ("version", "1")]).await.expect(400);
    // One has too little in stock for its prizes, the other has nothing.
    assert_eq!(page.html.matches("href=\"/console/apps/app/campaigns/race/competition\"").count(), 2, "{}", page.html);
    page.hides("campaigns/race/moments/1");
}
