//! Whatever somebody writes into a campaign, every page shows it as text and in its place.

use jiff::SignedDuration;
use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};
use serde_json::json;
use tests::{World, campaign_with};

use super::{Browser, campaign, draft, with};

/// What breaks pages: markup, quotes, references, directions of writing, Unicode of every kind.
const PIECES: [&str; 16] = [
    "<script>alert(1)</script>",
    "\"><img src=x onerror=alert(1)>",
    "' onfocus='alert(1)",
    "</textarea><script>",
    "</title>",
    "&lt;b&gt;&amp;",
    "{{ 7*7 }}",
    "{$count}",
    "مرحبا",
    "\u{202e}evil",
    "\u{2067}",
    "👩‍👩‍👧‍👦",
    "e\u{301}\u{302}",
    "javascript:alert(1)",
    "\u{feff}",
    "-->",
];

/// A text of a few pieces, visible and within the API's 200 bytes.
fn text(random: &mut StdRng) -> String {
    let mut text = "x".to_owned();
    for _ in 0..random.random_range(1..6) {
        let piece = PIECES[random.random_range(0..PIECES.len())];
        if text.len() + piece.len() < 190 {
            text = format!("{text} {piece}");
        }
    }
    text
}

#[tokio::test]
async fn no_text_of_a_campaign_becomes_markup_on_any_page() {
    let world = World::new().await;
    let app = draft(&world).await;
    let browser = Browser::signed_in(&world).await;
    for seed in 0..8 {
        // A person's requests have a limit, too.
        world.pass(SignedDuration::from_secs(60));
        let mut random = StdRng::seed_from_u64(seed);
        let (name, title, body) = (text(&mut random), text(&mut random), text(&mut random));
        let plan = campaign_with(&[
            ("/name", json!(name)),
            (
                "/moments/0/messages/achievement/en",
                json!({"title": title.replace(['{', '}'], "|"), "body": body.replace(['{', '}'], "|")}),
            ),
            ("/moments/0/when", json!(format!("event.attributes.x == {}", json!(name)))),
        ]);
        app.admin("PUT", "/campaigns/spring", plan).await.expect(200);
        let before = campaign(&app, "spring").await;
        let pages = ["", "/spring", "/spring/review", "/spring/live", "/spring/results"];
        for page in pages.map(|page| format!("campaigns{page}")) {
            judge(&browser.get(&format!("/apps/app/{page}")).await.expect(200).html, seed);
        }
        for section in ["basics", "messages", "rules/moments/1", "moments/1"] {
            let path = format!("/apps/app/campaigns/spring/{section}");
            let page = browser.get(&path).await.expect(200);
            judge(&page.html, seed);
            // What a form shows, it saves.
            browser.post(&path, &with(&page.fields(), &[])).await.expect(303);
            assert_eq!(campaign(&app, "spring").await, before, "{section}, seed {seed}");
        }
        let filter = form_urlencoded::Serializer::new(String::new()).append_pair("name", &name).finish();
        let found = browser.get(&format!("/apps/app/campaigns?{filter}")).await.expect(200);
        judge(&found.html, seed);
        found.shows("/campaigns/spring\"");
    }
}

/// Fails if a tag or an attribute is on the page that no template has.
fn judge(html: &str, seed: u64) {
    for tag in html.split('<').skip(1) {
        let name = tag.trim_start_matches('/').split([' ', '>', '\n']).next().unwrap();
        let is_ours = name != "script" || tag.starts_with("script src=\"/console/") || tag == "/script>\n";
        assert!(is_ours && name != "img", "{seed}: <{tag}");
        // What is not within quotes: the even parts.
        let bare: String = tag.split('>').next().unwrap().split('"').step_by(2).collect();
        assert!(!bare.contains("onerror") && !bare.contains("onfocus"), "{seed}: <{tag}");
    }
}
