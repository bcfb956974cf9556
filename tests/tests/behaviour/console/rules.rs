//! Rules in the console: built as rows, written in CEL, and never rewritten on the way.

use serde_json::{Value, json};
use tests::{World, campaign_with};

use super::{Browser, Page, campaign, draft, with, with_moments};

const RULES: &str = "/apps/app/campaigns/spring/rules";

/// Every row of a form that is taken, with its CEL.
const ROWS: [([&str; 4], &str); 14] = [
    (["user.marketplace", "", "is", "DE"], "user.marketplace == 'DE'"),
    (["user.locale", "", "begins", "pt"], "user.locale.startsWith('pt')"),
    (["user.time_zone", "", "is_not", "Asia/Tokyo"], "user.time_zone != 'Asia/Tokyo'"),
    (["user.user_id", "", "none_of", "o'neil, \\"], "!(user.user_id in ['o\\'neil', '\\\\'])"),
    (["user.locale", "", "unknown", ""], "!has(user.locale)"),
    (["user.attributes", "tier", "known", ""], "has(user.attributes.tier)"),
    (["user.attributes", "tier", "one_of", "gold, 日本"], "user.attributes.tier in ['gold', '日本']"),
    (["user.attributes", "vip", "yes", ""], "user.attributes.vip == true"),
    (["user.attributes", "km", "at_least", "-10.50"], "user.attributes.km >= -10.50"),
    (["event.quantity", "", "more", "1"], "event.quantity > 1"),
    (["event.attributes", "paid", "no", ""], "event.attributes.paid == false"),
    (["event.attributes", "sum", "less", "10.5"], "event.attributes.sum < 10.5"),
    (["progress.count", "", "at_most", "3"], "progress.count <= 3"),
    (["progress.rewards", "", "equal", "0"], "progress.rewards == 0"),
];

/// The fields of a row.
fn fields_of(index: usize, row: [&'static str; 4]) -> Vec<(String, &'static str)> {
    let parts = ["field", "attribute", "comparison", "value"];
    parts.into_iter().zip(row).map(|(part, value)| (format!("{part}_{index}"), value)).collect()
}

/// Posts a page's form with some fields changed.
async fn post(browser: &Browser<'_>, path: &str, changes: &[(String, &str)]) -> Page {
    let fields = browser.get(path).await.expect(200).fields();
    let changes: Vec<(&str, &str)> = changes.iter().map(|(name, value)| (name.as_str(), *value)).collect();
    browser.post(path, &with(&fields, &changes)).await
}

#[tokio::test]
async fn every_kind_of_row_is_a_rule_that_the_api_takes() {
    let world = World::new().await;
    let app = draft(&world).await;
    let browser = Browser::signed_in(&world).await;
    let path = format!("{RULES}/moments/1");
    for half in ROWS.chunks(7) {
        for (join, sign) in [("and", " && "), ("or", " || ")] {
            let rows = half.iter().enumerate().flat_map(|(index, (row, _))| fields_of(index, *row));
            let changes: Vec<_> = rows.chain([("join".to_owned(), join)]).collect();
            post(&browser, &path, &changes).await.expect(303);
            let rules: Vec<&str> = half.iter().map(|(_, rule)| *rule).collect();
            assert_eq!(campaign(&app, "spring").await["moments"][0]["when"], rules.join(sign));
        }
    }
    let page = browser.get("/apps/app/campaigns/spring/rules").await.expect(200);
    page.shows("progress.rewards == 0</code>");
}

#[tokio::test]
async fn a_rule_that_rows_cannot_say_stays_byte_for_byte() {
    let world = World::new().await;
    let app = draft(&world).await;
    let rule = " event.attributes.amount>=10.0 &&\n\tuser.attributes.tier == \"gold\" ";
    let plan = campaign_with(&[
        ("/moments/0/when", json!(rule)),
        ("/segments", json!({"gold": rule.replace("event", "user")})),
    ]);
    app.admin("PUT", "/campaigns/spring", plan).await.expect(200);
    let before = campaign(&app, "spring").await;
    let browser = Browser::signed_in(&world).await;
    for part in ["moments/1", "segments/gold"] {
        let path = format!("{RULES}/{part}");
        post(&browser, &path, &[]).await.expect(303);
        let page = post(&browser, &path, &[("as".to_owned(), "rows")]).await.expect(400);
        page.shows("id=\"rule-mistake\"");
        page.hides("id=\"field_0\"");
        let mistaken = post(&browser, &path, &[("rule".to_owned(), "event.quantity >")]).await.expect(400);
        mistaken.shows("<a href=\"#rule\">");
    }
    let after = campaign(&app, "spring").await;
    assert_eq!((&after["moments"], &after["segments"]), (&before["moments"], &before["segments"]));
}

#[tokio::test]
async fn asking_for_cel_saves_nothing_and_keeps_what_was_typed() {
    let world = World::new().await;
    let app = draft(&world).await;
    let browser = Browser::signed_in(&world).await;
    let path = format!("{RULES}/new-segment");
    let before = world.items();
    let mut typed = fields_of(0, ROWS[0].0);
    typed.extend(fields_of(1, ROWS[8].0));
    typed.push(("name".to_owned(), "near"));
    let asked = [typed.as_slice(), &[("as".to_owned(), "cel")]].concat();
    let page = post(&browser, &path, &asked).await.expect(200);
    let fields = page.fields();
    let rule = "user.marketplace == 'DE' && user.attributes.km >= -10.50";
    assert!(fields.contains(&("rule".to_owned(), rule.to_owned())), "{fields:?}");
    assert!(fields.contains(&("name".to_owned(), "near".to_owned())));
    let page = browser.post(&path, &with(&fields, &[("as", "rows")])).await.expect(200);
    assert!(page.fields().contains(&("value_1".to_owned(), "-10.50".to_owned())));
    assert_eq!(campaign(&app, "spring").await["segments"], Value::Null);
    assert_eq!(world.items(), before);
    browser.post(&path, &with(&fields, &[])).await.expect(303);
    assert_eq!(campaign(&app, "spring").await["segments"], json!({"near": rule}));
}

#[tokio::test]
async fn a_segment_is_mistaken_renamed_and_removed_at_its_place() {
    let world = World::new().await;
    let app = draft(&world).await;
    let plan =
        [("/segments", json!({"gold": "user.attributes.tier == 'gold'"})), ("/moments/0/segments", json!(["gold"]))];
    app.admin("PUT", "/campaigns/spring", campaign_with(&plan)).await.expect(200);
    let browser = Browser::signed_in(&world).await;
    let path = format!("{RULES}/segments/gold");
    post(&browser, &path, &[("name".to_owned(), "No name")]).await.expect(400).shows("<a href=\"#name\">");
    post(&browser, &path, &[("value_0".to_owned(), "")]).await.expect(400).shows("<a href=\"#value_0\">");
    // A moment is for it.
    post(&browser, &path, &[("remove".to_owned(), "yes")]).await.expect(400);
    post(&browser, &path, &[("name".to_owned(), "vip")]).await.expect(303);
    let saved = campaign(&app, "spring").await;
    assert_eq!(saved["moments"][0]["segments"], json!(["vip"]));
    browser.get(&path).await.expect(404);
    let events = format!("{RULES}/moments/1");
    post(&browser, &events, &[("segments".to_owned(), "gold")]).await.expect(400).shows("<a href=\"#segments\">");
    post(&browser, &events, &[("segments".to_owned(), "")]).await.expect(303);
    assert!(campaign(&app, "spring").await["moments"][0].get("segments").is_none());
    for nothing in ["moments/2", "moments/0", "segments", "other"] {
        browser.get(&format!("{RULES}/{nothing}")).await.expect(404);
    }
}

#[tokio::test]
async fn ten_rows_fit_the_page_and_an_eleventh_is_written_in_cel() {
    let world = World::new().await;
    let app = draft(&world).await;
    let browser = Browser { language: "ja", ..Browser::signed_in(&world).await };
    let path = format!("{RULES}/moments/1");
    for (rows, is_shown) in [(10, true), (11, false)] {
        let rule = vec!["event.attributes.something in ['one', 'two']"; rows].join(" || ");
        let plan = campaign_with(&[("/moments/0/when", json!(rule))]);
        app.admin("PUT", "/campaigns/spring", plan).await.expect(200);
        let page = browser.get(&path).await.expect(200);
        assert!(page.html.len() <= 40_000, "{}", page.html.len());
        assert_eq!(page.html.contains("id=\"value_9\""), is_shown);
        page.hides("id=\"value_10\"");
        browser.post(&path, &with(&page.fields(), &[])).await.expect(303);
        assert_eq!(campaign(&app, "spring").await["moments"][0]["when"], rule);
    }
}

#[tokio::test]
async fn a_rule_follows_its_moment_and_no_other_moment_gets_it() {
    let world = World::new().await;
    let app = draft(&world).await;
    app.admin("PUT", "/campaigns/spring", with_moments(&["a", "b", "c"])).await.expect(200);
    let browser = Browser::signed_in(&world).await;
    let path = format!("{RULES}/moments/2");
    let fields = browser.get(&path).await.expect(200).fields();
    let typed = fields_of(0, ROWS[9].0);
    let typed: Vec<(&str, &str)> = typed.iter().map(|(name, value)| (name.as_str(), *value)).collect();
    // The moment before it goes: it is the first one now.
    app.admin("PUT", "/campaigns/spring", with_moments(&["b", "c"])).await.expect(200);
    let page = browser.post(&path, &with(&fields, &typed)).await.expect(409);
    page.shows(&format!("action=\"/console{RULES}/moments/1\""));
    let again = page.fields();
    browser.post(&path, &with(&again, &[])).await.expect(303);
    let moments = campaign(&app, "spring").await["moments"].clone();
    assert_eq!(moments[0]["when"], ROWS[9].1);
    assert!(moments[1].get("when").is_none(), "{moments:#}");
    // It goes itself, and another one has its place.
    let fields = browser.get(&format!("{RULES}/moments/1")).await.expect(200).fields();
    app.admin("PUT", "/campaigns/spring", with_moments(&["c"])).await.expect(200);
    let before = campaign(&app, "spring").await;
    let page = browser.post(&format!("{RULES}/moments/1"), &with(&fields, &[("value_0", "7")])).await.expect(409);
    page.shows("Somebody removed this moment or changed its id.");
    let again = page.fields();
    assert!(again.contains(&("value_0".to_owned(), "7".to_owned())), "{again:?}");
    browser.post(&format!("{RULES}/moments/1"), &with(&again, &[])).await.expect(409);
    assert_eq!(campaign(&app, "spring").await, before);
}

#[tokio::test]
async fn what_was_typed_of_a_segment_that_is_gone_becomes_a_new_one() {
    let world = World::new().await;
    let app = draft(&world).await;
    let rule = "user.attributes.tier == 'gold'";
    let plan = |segments: Value| campaign_with(&[("/segments", segments)]);
    app.admin("PUT", "/campaigns/spring", plan(json!({"gold": rule}))).await.expect(200);
    let browser = Browser::signed_in(&world).await;
    let path = format!("{RULES}/segments/gold");
    let fields = browser.get(&path).await.expect(200).fields();
    app.admin("PUT", "/campaigns/spring", plan(json!({"vip": rule}))).await.expect(200);
    let before = campaign(&app, "spring").await;
    let page = browser.post(&path, &with(&fields, &[("value_0", "silver")])).await.expect(409);
    page.shows("Somebody removed or renamed this segment.");
    let new = format!("{RULES}/new-segment");
    page.shows(&format!("action=\"/console{new}\""));
    assert_eq!(campaign(&app, "spring").await, before);
    let typed = page.fields();
    browser.post(&new, &with(&typed, &[])).await.expect(303);
    let expected = json!({"gold": "user.attributes.tier == 'silver'", "vip": rule});
    assert_eq!(campaign(&app, "spring").await["segments"], expected);
}
