//! Signing in and out, who may post, and what a page's headers say.

use serde_json::{Value, json};
use tests::World;

use crate::people::Human;

use super::{Browser, draft};

/// The address of the draft's pages.
const SPRING: &str = "/apps/app/campaigns/spring";

#[tokio::test]
async fn the_console_reads_no_table_and_the_api_decides() {
    let world = World::new().await;
    draft(&world).await;
    let browser = Browser::signed_in(&world).await;
    world.local.functions.take_consumed("console");
    browser.get(SPRING).await.expect(200).shows("5 times");
    assert_eq!(world.local.functions.take_consumed("console").requests, 0);
}

#[tokio::test]
async fn a_known_key_signs_in_and_its_cookie_is_for_this_host_alone() {
    let world = World::new().await;
    let human = Human::with(&world, "ada", json!({"*": ["viewer"]})).await;
    let page = Browser::new(&world).post("/sign-in", &[("key", &human.key)]).await;
    assert_eq!(page.leads_to(), "/apps");
    let cookie = page.answer.header("set-cookie").unwrap();
    // The key itself stays with the person.
    assert!(cookie.starts_with("__Host-moments=ms_"), "{cookie}");
    for attribute in ["Path=/", "Secure", "HttpOnly", "SameSite=Lax"] {
        assert!(cookie.split("; ").any(|found| found == attribute), "{attribute}: {cookie}");
    }
}

#[tokio::test]
async fn an_unknown_key_is_refused_without_a_cookie() {
    let world = World::new().await;
    let admin = world.local.admin_key.expose();
    for key in ["mk_live_unknown", "", "ms_x", "two words", admin] {
        let page = Browser::new(&world).post("/sign-in", &[("key", key)]).await.expect(403);
        page.shows("This key is not known");
        page.hides(if key.is_empty() { "mk_" } else { key });
        assert_eq!(page.answer.header("set-cookie"), None);
    }
}

#[tokio::test]
async fn without_a_session_every_page_leads_to_sign_in_and_back() {
    let world = World::new().await;
    draft(&world).await;
    for path in ["/apps", "/apps/app/campaigns", SPRING, "/apps/app/campaigns/spring/live"] {
        let next = format!("/console{path}").replace('/', "%2F");
        assert_eq!(Browser::new(&world).get(path).await.leads_to(), format!("/sign-in?next={next}"));
    }
    let asks = Browser::new(&world).get("/sign-in?next=%2Fconsole%2Fapps%2Fapp%2Fcampaigns").await.expect(200);
    asks.shows("value=\"/console/apps/app/campaigns\"");
    let elsewhere = Browser::new(&world).get("/sign-in?next=https%3A%2F%2Fevil.example").await.expect(200);
    elsewhere.hides("name=\"next\" value=\"https:");
    elsewhere.hides("href=\"https:");
}

#[tokio::test]
async fn signing_out_takes_the_cookie_away() {
    let world = World::new().await;
    let browser = Browser::signed_in(&world).await;
    let page = browser.post("/sign-out", &[]).await;
    assert_eq!(page.leads_to(), "/sign-in");
    // The session has ended, also for whoever kept the cookie.
    assert!(browser.get("/apps").await.leads_to().starts_with("/sign-in"));
    assert!(page.answer.header("set-cookie").unwrap().starts_with("__Host-moments=; "));
    assert!(page.answer.header("set-cookie").unwrap().contains("Max-Age=0"));
}

#[tokio::test]
async fn signing_in_again_closes_the_session_before() {
    let world = World::new().await;
    draft(&world).await;
    let before = Browser::signed_in(&world).await;
    let key = Human::with(&world, "ada", json!({"*": ["viewer"]})).await.key;
    // An unknown key opens no session, and closes none.
    before.post("/sign-in", &[("key", "mk_live_unknown")]).await.expect(403);
    before.get(SPRING).await.expect(200);
    let page = before.post("/sign-in", &[("key", &key)]).await;
    assert_eq!(page.leads_to(), "/apps");
    assert!(before.get("/apps").await.leads_to().starts_with("/sign-in"));
    let mut after = Browser::new(&world);
    after.keep(&page);
    after.get(SPRING).await.expect(200);
    assert_eq!(world.items_at("SESSION#").len(), 1);
}

#[tokio::test]
async fn what_another_site_posts_changes_nothing() {
    let world = World::new().await;
    let app = draft(&world).await;
    let browser = Browser::signed_in(&world).await;
    let before = world.items();
    let form = "step=submit&version=1";
    for (name, value, status) in [
        ("sec-fetch-site", "cross-site", 403),
        ("sec-fetch-site", "same-site", 403),
        ("origin", "https://evil.example", 403),
        ("origin", "null", 403),
        ("origin", "https://console.example.evil.example", 403),
        ("accept", "text/html", 403),
    ] {
        let page = browser.send("POST", &format!("{SPRING}/review"), &[(name, value)], form).await;
        assert_eq!(page.status, status, "{name}: {value}");
        page.shows("This form came from another site");
    }
    assert_eq!(world.items(), before);
    // An older browser names its origin, and so is served.
    let own = [("origin", "https://console.example")];
    browser.send("POST", &format!("{SPRING}/review"), &own, form).await.expect(303);
    let state = app.admin("GET", "/campaigns/spring", Value::Null).await.expect(200)["state"].clone();
    assert_eq!(state, "pending_approval");
}

#[tokio::test]
async fn a_session_that_ends_while_somebody_types_loses_nothing() {
    let world = World::new().await;
    let app = draft(&world).await;
    let browser = Browser::signed_in(&world).await;
    let basics = format!("{SPRING}/basics");
    let fields = browser.get(&basics).await.expect(200).fields();
    let typed = super::with(&fields, &[("name", "Spring & \"more\"")]);
    let asks = Browser::new(&world).post(&basics, &typed).await.expect(401);
    asks.shows("What you typed is kept");
    let hidden = |name: &str| {
        let rest = asks.html.split(&format!("name=\"{name}\" value=\"")).nth(1).unwrap();
        super::unescape(rest.split('"').next().unwrap())
    };
    let (next, kept) = (hidden("next"), hidden("typed"));
    assert_eq!(next, format!("/console{basics}"));
    let key = Human::with(&world, "ada", json!({"*": ["owner"]})).await.key;
    let before = world.items().len();
    let again = Browser::new(&world).post("/sign-in", &[("key", &key), ("next", &next), ("typed", &kept)]).await;
    let again = again.expect(200);
    again.shows("it is not saved yet");
    assert!(again.fields().contains(&("name".to_owned(), "Spring & \"more\"".to_owned())));
    assert!(again.answer.header("set-cookie").unwrap().starts_with("__Host-moments="));
    // The session, and nothing else: it is saved when somebody says so.
    assert_eq!(world.items().len(), before + 1);
    assert_eq!(super::campaign(&app, "spring").await["version"], 1);
}

#[tokio::test]
async fn every_page_has_strict_headers_and_no_inline_style_or_script() {
    let world = World::new().await;
    draft(&world).await;
    let browser = Browser::signed_in(&world).await;
    let policy = "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self'; \
                  form-action 'self'; base-uri 'none'; frame-ancestors 'none'";
    let mut largest = 0;
    for path in [
        "/sign-in",
        "/apps/app/campaigns",
        SPRING,
        "/apps/app/campaigns/spring/basics",
        "/apps/app/campaigns/spring/moments/1",
        "/apps/app/campaigns/spring/messages",
        "/apps/app/campaigns/spring/rules",
        "/apps/app/campaigns/spring/review",
        "/apps/app/campaigns/spring/live",
        "/apps/app/new-campaign",
        "/nothing",
    ] {
        let page = browser.get(path).await;
        assert_eq!(page.answer.header("content-security-policy"), Some(policy), "{path}");
        assert_eq!(page.answer.header("cache-control"), Some("no-store"), "{path}");
        assert_eq!(page.answer.header("referrer-policy"), Some("same-origin"), "{path}");
        assert_eq!(page.answer.header("x-content-type-options"), Some("nosniff"), "{path}");
        for inline in [" style=", "<style", "<script>", " onclick=", "javascript:"] {
            page.hides(inline);
        }
        page.hides(world.local.admin_key.expose());
        largest = largest.max(page.html.len());
    }
    let page = browser.get(SPRING).await;
    let assets = ["href=\"/console/style-", "src=\"/console/script-"].map(|begin| {
        let name = page.html.split(begin).nth(1).unwrap().split('"').next().unwrap();
        format!("{}{name}", begin.split("/console").nth(1).unwrap())
    });
    let mut first_visit = largest;
    for asset in assets {
        let asset = browser.get(&asset).await.expect(200);
        assert_eq!(asset.answer.header("cache-control"), Some("public, max-age=31536000, immutable"));
        first_visit += asset.html.len();
    }
    assert!(largest <= 40_000 && first_visit <= 70_000, "{largest} {first_visit}");
}

#[tokio::test]
async fn a_page_is_in_the_chosen_language_else_in_the_browsers() {
    let world = World::new().await;
    let mut browser = Browser { language: "de-AT,de;q=0.9", ..Browser::new(&world) };
    let page = browser.get("/sign-in").await.expect(200);
    page.shows("<html lang=\"de\">");
    page.shows("Persönlicher Schlüssel");
    let chosen = browser.post("/language", &[("language", "ja"), ("next", "/console/sign-in")]).await;
    assert_eq!(chosen.leads_to(), "/sign-in");
    browser.keep(&chosen);
    browser.get("/sign-in").await.expect(200).shows("個人キー");
}

#[tokio::test]
async fn a_role_that_is_missing_is_said_with_the_apis_reason() {
    let world = World::new().await;
    draft(&world).await;
    world.app("other").await;
    let viewer = Browser::of(&world, "vic", json!({"app": ["viewer"]})).await;
    let page = viewer.get("/apps/other/campaigns").await.expect(403);
    page.shows("Your roles in this app do not allow it");
    page.shows("<q lang=\"en\">");
    viewer.get("/apps/app/campaigns/nothing").await.expect(404).shows("Nothing is here");
    let page = viewer.get(SPRING).await.expect(200);
    page.hides("/basics\"");
    viewer.get(&format!("{SPRING}/review")).await.expect(200).shows("needs the role editor");
    let before = world.items();
    viewer.post(&format!("{SPRING}/review"), &[("step", "submit"), ("version", "1")]).await.expect(403);
    let fields = viewer.get(&format!("{SPRING}/basics")).await.expect(200).fields();
    viewer.post(&format!("{SPRING}/basics"), &super::with(&fields, &[("name", "Mine")])).await.expect(403);
    assert_eq!(world.items(), before);
}

#[tokio::test]
async fn a_form_that_comes_back_is_no_other_sign_in() {
    let world = World::new().await;
    let browser = Browser::signed_in(&world).await;
    let mut typed = "next=/console/apps".to_owned();
    for _ in 0..40 {
        let escaped = typed.replace('%', "%25").replace('&', "%26");
        typed = format!("continue&next=/console/%73ign-in&typed={escaped}");
    }
    let page = browser.send("POST", "/sign-in", &[("sec-fetch-site", "same-origin")], &typed).await;
    assert_eq!(page.leads_to(), "/apps");
    for next in ["/console/sign-out", "/console/language"] {
        let form = format!("continue&next={next}&typed=language%3Dde");
        let page = browser.send("POST", "/sign-in", &[("sec-fetch-site", "same-origin")], &form).await;
        assert_eq!(page.leads_to(), "/apps", "{next}");
    }
    browser.get("/apps").await.expect(200);
}

#[tokio::test]
async fn an_address_that_somebody_made_up_leads_nowhere() {
    let world = World::new().await;
    world.app("app").await;
    let browser = Browser::signed_in(&world).await;
    for path in ["campaigns?cursor=%00", "audit?cursor=xx", "orders?cursor=%ff"] {
        browser.get(&format!("/apps/app/{path}")).await.expect(404);
    }
    browser.get("/apps/%ff").await.expect(404);
}
