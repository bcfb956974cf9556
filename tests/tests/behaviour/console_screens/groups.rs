//! Reward groups: making, editing, stock, and imports as people make them.

use serde_json::{Value, json};
use tests::{App, World};

use crate::console::{Browser, Page, with};

const GIFT: &str = "/apps/app/reward-groups/gift";

async fn group(app: &App<'_>, id: &str) -> Value {
    app.admin("GET", &format!("/reward-groups/{id}"), Value::Null).await.expect(200)
}

async fn available(app: &App<'_>) -> u64 {
    let stock = app.admin("GET", "/reward-groups/gift/stock", Value::Null).await.expect(200);
    stock["available"].as_u64().unwrap()
}

/// Posts the form of an import, as browsers send it.
async fn import(browser: &Browser<'_>, file: Option<(&str, &[u8])>, pasted: &str) -> Page {
    let mut body = Vec::new();
    let (name, content) = file.unwrap_or_default();
    let head = format!(
        "--moments\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{name}\"\r\n\
         Content-Type: application/octet-stream\r\n\r\n"
    );
    body.extend_from_slice(head.as_bytes());
    body.extend_from_slice(content);
    let rest = "\r\n--moments\r\nContent-Disposition: form-data; name=\"urls\"\r\n\r\n";
    body.extend_from_slice(format!("{rest}{pasted}\r\n--moments--\r\n").as_bytes());
    let path = format!("{GIFT}/import");
    browser.send_bytes(&path, "multipart/form-data; boundary=moments", &body).await
}

/// An app `app` with an empty group `gift`.
async fn empty(world: &World) -> App<'_> {
    let app = world.app("app").await;
    app.put_group("gift", tests::group()).await;
    app
}

#[track_caller]
fn counts(page: &Page, accepted: u64, duplicate: u64, invalid: u64) {
    for (name, number) in [("New", accepted), ("There already", duplicate), ("Bad rows", invalid)] {
        page.shows(&format!("<dt>{name}</dt><dd>{number}</dd>"));
    }
}

#[tokio::test]
async fn a_group_is_made_and_edited_without_json() {
    let world = World::new().await;
    let app = world.app("app").await;
    let browser = Browser::of(&world, "ada", json!({"app": ["editor"]})).await;
    browser.get("/apps/app/reward-groups").await.expect(200).shows("There are no reward groups yet.");
    let form = browser.get("/apps/app/new-reward-group").await.expect(200).fields();
    let url = "https://gift.example/test";
    let typed = with(&form, &[("name", "Gift"), ("id", "gift"), ("cpa", "5"), ("marketplaces", "DE, AT")]);
    let page = browser.post("/apps/app/new-reward-group", &typed).await.expect(400);
    page.shows("href=\"#test_url\"");
    let typed = with(&form, &[("name", "Gift"), ("id", "gift"), ("cpa", "5"), ("test_url", url)]);
    let made = browser.post("/apps/app/new-reward-group", &typed).await;
    assert_eq!(made.leads_to(), format!("{GIFT}?saved"));
    assert_eq!(group(&app, "gift").await["cpa"], json!({"currency": "EUR", "amount_minor": 500}));
    // The same form twice, as by a double click, leads to the group. Another one never writes over it.
    browser.post("/apps/app/new-reward-group", &typed).await.expect(303);
    let other = with(&form, &[("name", "Gift"), ("id", "gift"), ("cpa", "6"), ("test_url", url)]);
    browser.post("/apps/app/new-reward-group", &other).await.expect(400).shows("a reward group of this id already");
    assert_eq!(group(&app, "gift").await["version"], 1);
    let form = browser.get(&format!("{GIFT}/edit")).await.expect(200).fields();
    let typed = with(&form, &[("threshold", "1.000"), ("expires", "90")]);
    browser.post(&format!("{GIFT}/edit"), &typed).await.expect(400).shows("href=\"#threshold\"");
    let typed = with(&form, &[("threshold", "10"), ("expires", "90"), ("marketplaces", "DE, AT")]);
    browser.post(&format!("{GIFT}/edit"), &typed).await.expect(303);
    let saved = group(&app, "gift").await;
    assert_eq!((&saved["low_stock_threshold"], &saved["expires_after_days"]), (&json!(10), &json!(90)));
    assert_eq!(saved["marketplaces"], json!(["DE", "AT"]));
    // From the page of before: somebody else has changed it meanwhile.
    let late = browser.post(&format!("{GIFT}/edit"), &with(&form, &[("name", "Late")])).await.expect(409);
    late.shows("Somebody changed it since you looked");
    late.shows("Stock is low below is now: 10");
    assert_eq!(group(&app, "gift").await, saved);
    let page = browser.get("/apps/app/reward-groups").await.expect(200);
    page.shows("5.00\u{a0}EUR");
    page.shows("DE, AT");
}

#[tokio::test]
async fn a_spreadsheets_file_is_imported_and_its_bad_rows_are_named() {
    let world = World::new().await;
    let app = empty(&world).await;
    let browser = Browser::of(&world, "cy", json!({"app": ["editor"]})).await;
    let mut rows = vec!["number;url".to_owned()];
    rows.extend((0..40).map(|n| format!("{n};https://gift.example/secret-{n}")));
    rows.extend((0..5).map(|n| format!("{n};https://gift.example/secret-{n}")));
    rows.insert(3, "x;not a url".to_owned());
    rows.insert(9, "y;".to_owned());
    let text = format!("\u{feff}{}\r\n", rows.join("\r\n"));
    let page = import(&browser, Some(("codes.csv", text.as_bytes())), "").await.expect(200);
    counts(&page, 40, 5, 2);
    page.shows("<th scope=\"row\">4</th>");
    page.shows("<th scope=\"row\">10</th>");
    page.hides("secret-");
    page.hides("not a url");
    assert_eq!(available(&app).await, 40);
    // The same again, from another program.
    let utf16: Vec<u8> = [0xff, 0xfe]
        .into_iter()
        .chain(text.trim_start_matches('\u{feff}').encode_utf16().flat_map(u16::to_le_bytes))
        .collect();
    let page = import(&browser, Some(("codes.csv", &utf16)), "").await.expect(200);
    counts(&page, 0, 45, 2);
    assert_eq!(available(&app).await, 40);
}

#[tokio::test]
async fn pasted_lines_are_imported_and_keep_their_numbers() {
    let world = World::new().await;
    let app = empty(&world).await;
    let browser = Browser::signed_in(&world).await;
    let pasted = "https://gift.example/a,b\r\n\r\nnothing\r\nhttps://gift.example/c\r\n";
    let page = import(&browser, None, pasted).await.expect(200);
    counts(&page, 2, 0, 1);
    page.shows("<th scope=\"row\">3</th>");
    page.hides("gift.example/");
    assert_eq!(available(&app).await, 2);
}

#[tokio::test]
async fn a_file_that_cannot_be_read_is_said_why_and_stores_nothing() {
    let world = World::new().await;
    let app = empty(&world).await;
    let browser = Browser::signed_in(&world).await;
    let large = vec![b'x'; (1 << 20) + 1];
    for (name, content, says) in [
        ("book.xlsx", b"PK\x03\x04\x00\x00".as_slice(), "This is no text file."),
        ("codes.csv", b"a,b\r\n1,2\r\n", "No column is called url."),
        ("codes.csv", b"", "Choose a file with rows"),
        ("codes.csv", &large, "larger than 1 MiB"),
    ] {
        import(&browser, Some((name, content)), "").await.expect(400).shows(says);
    }
    assert_eq!(available(&app).await, 0);
}

#[tokio::test]
async fn the_page_of_a_group_shows_what_is_left_and_for_how_long() {
    let world = World::new().await;
    let app = world.shop(3).await;
    let mut plan = tests::group();
    plan["low_stock_threshold"] = json!(5);
    app.put_group("gift", plan).await;
    app.deposits("ada", 5).await;
    world.settle().await;
    world.pass(jiff::SignedDuration::from_mins(10));
    let browser = Browser::of(&world, "vi", json!({"app": ["viewer"]})).await;
    let page = browser.get(GIFT).await.expect(200);
    page.shows("<dt>Available</dt><dd>2</dd>");
    page.shows("<dt>Given to users</dt><dd>1</dd>");
    page.shows("Stock is low.");
    page.shows("it runs out on");
    page.hides("/import\"");
    page.hides("gift.example");
}

#[tokio::test]
async fn one_url_for_all_has_no_stock_and_no_import() {
    let world = World::new().await;
    let app = world.app("app").await;
    let mut shared = tests::group();
    shared["kind"] = json!("shared_url");
    shared["url"] = json!("https://gift.example/for-all");
    app.put_group("gift", shared).await;
    let browser = Browser::signed_in(&world).await;
    let page = browser.get(GIFT).await.expect(200);
    page.shows("never runs out");
    page.hides("/import\"");
    page.hides("for-all");
}

#[tokio::test]
async fn a_file_and_lines_together_and_a_broken_upload_import_nothing_and_say_so() {
    let world = World::new().await;
    let app = empty(&world).await;
    let browser = Browser::of(&world, "cy", json!({"app": ["editor"]})).await;
    let file = Some(("a.csv", b"url\nhttps://gift.example/1\n".as_slice()));
    let page = import(&browser, file, "https://gift.example/2").await.expect(400);
    page.shows("Choose one file, or paste lines: not both.");
    let part = |n: u8| {
        format!(
            "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{n}\"\r\n\r\nurl\nhttps://gift.example/{n}\r\n"
        )
    };
    let multipart = "multipart/form-data; boundary=b";
    let two = format!("{}{}--b--\r\n", part(1), part(2));
    browser.send_bytes(&format!("{GIFT}/import"), multipart, two.as_bytes()).await.expect(400).shows("not both");
    let cut = browser.send_bytes(&format!("{GIFT}/import"), multipart, part(1).as_bytes()).await.expect(400);
    cut.shows("The upload did not arrive whole.");
    assert_eq!(available(&app).await, 0);
}
