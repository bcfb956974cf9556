//! New campaigns and sections of campaigns: what is typed is saved exactly, and nothing else changes.

use serde_json::{Value, json};
use tests::{World, campaign_with};

use super::{Browser, campaign, draft, with, with_moments};

const SPRING: &str = "/apps/app/campaigns/spring";

/// Whatever a campaign has, saving each section as it is shown leaves it as it was.
#[tokio::test]
async fn saving_what_is_shown_changes_nothing() {
    let world = World::new().await;
    let app = draft(&world).await;
    let full = campaign_with(&[
        ("/time_zone", json!("Europe/Berlin")),
        ("/holdout_percent", json!(5)),
        ("/segments", json!({"gold": "user.attributes.tier == \"gold\"  // as \"written\""})),
        ("/caps", json!({"per_day": {"currency": "EUR", "amount_minor": 1_000}})),
        ("/quiet_hours", json!({"from": "22:00", "until": "07:00"})),
        ("/moments/0/when", json!("event.quantity > 0")),
        ("/moments/0/within_hours", json!(24)),
        ("/moments/0/rewards/0/segments", json!(["gold"])),
        ("/moments/0/messages/achievement/en/url", json!("https://shop.example/gift")),
        ("/messages", json!({"achievement": {"ar": {"title": "مبروك", "body": "سطر\nسطر"}}})),
    ]);
    app.admin("PUT", "/campaigns/spring", full).await.expect(200);
    let before = campaign(&app, "spring").await;
    let browser = Browser { language: "de", ..Browser::signed_in(&world).await };
    for section in ["basics", "messages", "rules/moments/1", "rules/segments/gold", "moments/1"] {
        let path = format!("{SPRING}/{section}");
        let fields = browser.get(&path).await.expect(200).fields();
        let saved = browser.post(&path, &with(&fields, &[])).await;
        assert_eq!(saved.leads_to(), format!("{SPRING}?saved"), "{section}");
        assert_eq!(campaign(&app, "spring").await, before, "{section}");
    }
}

#[tokio::test]
async fn a_typed_budget_and_window_are_exact_in_the_persons_language() {
    let world = World::new().await;
    let app = draft(&world).await;
    let browser = Browser { language: "de", ..Browser::signed_in(&world).await };
    let path = format!("{SPRING}/basics");
    let fields = browser.get(&path).await.expect(200).fields();
    let typed = [
        ("budget", "1.234,50"),
        ("zone", "Europe/Berlin"),
        ("ends", "2027-03-01T00:00"),
        ("starts", "2026-11-01T12:00"),
    ];
    browser.post(&path, &with(&fields, &typed)).await.expect(303);
    let saved = campaign(&app, "spring").await;
    assert_eq!(saved["budget"], json!({"currency": "EUR", "amount_minor": 123_450}));
    assert_eq!(saved["starts_at"], "2026-11-01T11:00:00Z");
    assert_eq!(saved["ends_at"], "2027-02-28T23:00:00Z");
    let page = browser.get(SPRING).await.expect(200);
    page.shows("Von 01.11.2026\u{a0}12:00 Europe/Berlin bis vor 01.03.2027\u{a0}00:00 Europe/Berlin.");
}

#[tokio::test]
async fn what_is_ambiguous_or_does_not_exist_is_asked_about_and_kept() {
    let world = World::new().await;
    let app = draft(&world).await;
    let browser = Browser { language: "de", ..Browser::signed_in(&world).await };
    let path = format!("{SPRING}/basics");
    let fields = browser.get(&path).await.expect(200).fields();
    let before = campaign(&app, "spring").await;
    let typed = [("budget", "1,234"), ("zone", "Europe/Berlin"), ("starts", "2026-03-29T02:30"), ("name", "Neu")];
    let page = browser.post(&path, &with(&fields, &typed)).await.expect(400);
    page.shows("Schreiben Sie 1.234,00 oder 1,23.");
    page.shows("Die Uhren springen auf 03:00.");
    for (name, value) in typed {
        assert!(page.fields().contains(&(name.to_owned(), value.to_owned())), "{name}");
    }
    let twice = [("zone", "Europe/Berlin"), ("ends", "2027-10-31T02:30")];
    let page = browser.post(&path, &with(&fields, &twice)).await.expect(400);
    page.shows("gibt es in \u{2068}Europe/Berlin\u{2069} zweimal");
    page.shows("type=\"radio\" name=\"ends_fold\" value=\"second\"");
    assert_eq!(campaign(&app, "spring").await, before);
}

#[tokio::test]
async fn a_mistake_that_the_api_finds_stands_at_its_field() {
    let world = World::new().await;
    let app = draft(&world).await;
    let browser = Browser::signed_in(&world).await;
    let path = format!("{SPRING}/moments/1");
    let fields = browser.get(&path).await.expect(200).fields();
    let before = campaign(&app, "spring").await;
    let page = browser.post(&path, &with(&fields, &[("action", "no spaces"), ("target", "0")])).await.expect(400);
    page.shows("<a href=\"#action\">");
    page.shows("id=\"target-mistake\"");
    page.shows("aria-invalid=\"true\" aria-describedby=\"action-hint action-mistake\"");
    assert_eq!(campaign(&app, "spring").await, before);
    let rules = format!("{SPRING}/rules/moments/1");
    let fields = browser.get(&rules).await.expect(200).fields();
    let page = browser.post(&rules, &with(&fields, &[("rule", "event.quantity >")])).await.expect(400);
    page.shows("id=\"rule-mistake\"");
}

#[tokio::test]
async fn somebody_elses_change_is_shown_and_what_was_typed_is_kept() {
    let world = World::new().await;
    let app = draft(&world).await;
    let browser = Browser::signed_in(&world).await;
    let path = format!("{SPRING}/basics");
    let fields = browser.get(&path).await.expect(200).fields();
    let other = campaign_with(&[("/budget/amount_minor", json!(77_700)), ("/holdout_percent", json!(7))]);
    app.admin("PUT", "/campaigns/spring", other).await.expect(200);
    let page = browser.post(&path, &with(&fields, &[("name", "Mine")])).await.expect(409);
    page.shows("Somebody changed it since you looked");
    page.shows("Budget: 500.00\u{a0}EUR → 777.00\u{a0}EUR");
    assert_eq!(campaign(&app, "spring").await["name"], "Spring");
    let again = page.fields();
    assert!(again.contains(&("name".to_owned(), "Mine".to_owned())));
    assert!(again.contains(&("version".to_owned(), "2".to_owned())));
    browser.post(&path, &with(&again, &[])).await.expect(303);
    let saved = campaign(&app, "spring").await;
    assert_eq!((saved["name"].as_str(), saved["version"].as_u64()), (Some("Mine"), Some(3)));
}

#[tokio::test]
async fn a_form_without_its_version_saves_nothing() {
    let world = World::new().await;
    let app = draft(&world).await;
    let browser = Browser::signed_in(&world).await;
    let path = format!("{SPRING}/basics");
    let mut fields = browser.get(&path).await.expect(200).fields();
    fields.retain(|(name, _)| name != "version");
    browser.post(&path, &with(&fields, &[("name", "Mine")])).await.expect(409);
    assert_eq!(campaign(&app, "spring").await["name"], "Spring");
}

#[tokio::test]
async fn what_was_typed_is_shown_if_the_campaign_was_submitted_meanwhile() {
    let world = World::new().await;
    let app = draft(&world).await;
    let browser = Browser::signed_in(&world).await;
    let path = format!("{SPRING}/messages");
    let fields = browser.get(&path).await.expect(200).fields();
    app.admin("POST", "/campaigns/spring/submit", Value::Null).await.expect(200);
    let before = campaign(&app, "spring").await;
    let title = fields.iter().find(|(name, _)| name.contains("title")).unwrap().0.clone();
    let page = browser.post(&path, &with(&fields, &[(&title, "<Well> done")])).await.expect(409);
    page.shows("In its state, nothing of this can change.");
    page.shows("What you typed and is not saved");
    page.shows("<bdi>&#60;Well&#62; done</bdi>");
    assert_eq!(campaign(&app, "spring").await, before);
}

#[tokio::test]
async fn a_campaign_is_built_without_json_and_the_api_reads_it() {
    let world = World::new().await;
    let app = draft(&world).await;
    let browser = Browser { language: "de", ..Browser::signed_in(&world).await };
    let fields = browser.get("/apps/app/new-campaign").await.expect(200).fields();
    let typed = [
        ("name", "Fünf Einzahlungen"),
        ("id", "five"),
        ("starts", "2026-11-01T00:00"),
        ("ends", "2027-01-01T00:00"),
        ("zone", "Europe/Berlin"),
        ("budget", "5.000,00"),
        ("action", "deposit"),
        ("target", "5"),
        ("group", "gift"),
        ("ach_title", "Geschafft"),
        ("ach_body", "Eine Karte für dich"),
        ("ann_title", "Fünf Einzahlungen"),
        ("ann_body", "Dann gibt es eine Karte"),
    ];
    let made = browser.post("/apps/app/new-campaign", &with(&fields, &typed)).await;
    assert_eq!(made.leads_to(), "/apps/app/campaigns/five?saved");
    let saved = campaign(&app, "five").await;
    assert_eq!(saved["budget"], json!({"currency": "EUR", "amount_minor": 500_000}));
    assert_eq!(saved["starts_at"], "2026-10-31T23:00:00Z");
    assert_eq!(saved["moments"][0]["target"], 5);
    assert_eq!(saved["moments"][0]["messages"]["achievement"]["de"]["title"], "Geschafft");
    app.admin("POST", "/campaigns/five/submit", Value::Null).await.expect(200);
    // The same id again writes over nothing.
    let page = browser.post("/apps/app/new-campaign", &with(&fields, &typed)).await.expect(400);
    page.shows("Eine Kampagne mit dieser Kennung gibt es schon.");
}

#[tokio::test]
async fn a_copy_has_everything_but_id_name_window_and_budget() {
    let world = World::new().await;
    let app = draft(&world).await;
    let source = campaign_with(&[("/moments/0/when", json!("event.quantity > 0")), ("/holdout_percent", json!(9))]);
    app.admin("PUT", "/campaigns/spring", source).await.expect(200);
    let browser = Browser::signed_in(&world).await;
    let path = "/apps/app/new-campaign?copy=spring";
    let page = browser.get(path).await.expect(200);
    page.shows("Copy of");
    let fields = page.fields();
    let typed = [("id", "autumn"), ("name", "Autumn"), ("budget", "12.34")];
    browser.post(path, &with(&fields, &typed)).await.expect(303);
    let (before, after) = (campaign(&app, "spring").await, campaign(&app, "autumn").await);
    assert_eq!(after["moments"], before["moments"]);
    assert_eq!(after["holdout_percent"], 9);
    assert_eq!(after["starts_at"], before["starts_at"]);
    assert_eq!((after["name"].as_str(), after["budget"]["amount_minor"].as_i64()), (Some("Autumn"), Some(1_234)));
}

#[tokio::test]
async fn of_an_approved_campaign_budget_end_and_expectation_can_change() {
    let world = World::new().await;
    let app = world.shop(3).await;
    let browser = Browser::signed_in(&world).await;
    for section in ["messages", "rules", "rules/moments/1", "moments/1", "moments/new"] {
        let page = browser.get(&format!("{SPRING}/{section}")).await.expect(200);
        page.shows("nothing of this can change");
        page.hides("class=\"edit\"");
    }
    let path = format!("{SPRING}/basics");
    let page = browser.get(&path).await.expect(200);
    let fields = page.fields();
    let names: Vec<&str> = fields.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["version", "ends", "budget", "expected"]);
    browser.post(&path, &with(&fields, &[("budget", "600.00")])).await.expect(303);
    assert_eq!(campaign(&app, "spring").await["budget"]["amount_minor"], 60_000);
    world.settle().await;
}

#[tokio::test]
async fn a_moment_is_added_and_removed() {
    let world = World::new().await;
    let app = draft(&world).await;
    let browser = Browser::signed_in(&world).await;
    let path = format!("{SPRING}/moments/new");
    let fields = browser.get(&path).await.expect(200).fields();
    let typed = [
        ("moment_id", "visit"),
        ("action", "visit"),
        ("count", "streak"),
        ("target", "7"),
        ("group_0", "gift"),
        ("lang_0", "en"),
        ("ach_title_0", "Well done"),
        ("ach_body_0", "Seven days"),
    ];
    browser.post(&path, &with(&fields, &typed)).await.expect(303);
    let added = campaign(&app, "spring").await["moments"].clone();
    assert_eq!(added.as_array().unwrap().len(), 2);
    assert_eq!(added[1]["count"], "streak");
    let path = format!("{SPRING}/moments/2");
    let fields = browser.get(&path).await.expect(200).fields();
    browser.post(&path, &with(&fields, &[("remove", "yes")])).await.expect(303);
    assert_eq!(campaign(&app, "spring").await["moments"].as_array().unwrap().len(), 1);
    browser.get(&path).await.expect(404);
}

#[tokio::test]
async fn a_moment_is_edited_wherever_it_stands_and_refused_once_it_is_gone() {
    let world = World::new().await;
    let app = draft(&world).await;
    app.admin("PUT", "/campaigns/spring", with_moments(&["a", "b", "c"])).await.expect(200);
    let browser = Browser::signed_in(&world).await;
    let path = format!("{SPRING}/moments/2");
    let fields = browser.get(&path).await.expect(200).fields();
    app.admin("PUT", "/campaigns/spring", with_moments(&["b", "c"])).await.expect(200);
    let again = browser.post(&path, &with(&fields, &[("target", "7")])).await.expect(409).fields();
    browser.post(&path, &with(&again, &[])).await.expect(303);
    let moments = campaign(&app, "spring").await["moments"].clone();
    assert_eq!((&moments[0]["target"], &moments[1]["target"]), (&json!(7), &json!(5)));
    // Its id can be typed anew: the one that it was opened with finds it.
    let path = format!("{SPRING}/moments/1");
    let fields = browser.get(&path).await.expect(200).fields();
    browser.post(&path, &with(&fields, &[("moment_id", "first")])).await.expect(303);
    assert_eq!(campaign(&app, "spring").await["moments"][0]["moment_id"], "first");
    let fields = browser.get(&path).await.expect(200).fields();
    app.admin("PUT", "/campaigns/spring", with_moments(&["c"])).await.expect(200);
    let before = campaign(&app, "spring").await;
    let typed = [("target", "8"), ("ach_title_1", "Kept"), ("lang_2", "fr"), ("ach_title_2", "Bravo"), ("group_1", "")];
    let page = browser.post(&path, &with(&fields, &typed)).await.expect(409);
    page.shows("Somebody removed this moment or changed its id.");
    let again = page.fields();
    for (name, value) in typed.into_iter().chain([("moment_id", "first"), ("group_0", "gift"), ("lang_1", "en")]) {
        assert!(again.contains(&(name.to_owned(), value.to_owned())), "{name}: {again:?}");
    }
    browser.post(&path, &with(&again, &[])).await.expect(409);
    browser.post(&path, &with(&again, &[("remove", "yes")])).await.expect(409);
    assert_eq!(campaign(&app, "spring").await, before);
}
