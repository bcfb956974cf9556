//! Signing in to the console through an identity provider: there and back, and every way in which it fails.

use serde_json::{Value, json};
use tests::World;
use tests::identity_provider::{CLIENT, SECRET, Server};

use super::{Browser, Page, draft};

/// The host of the console, as on a laptop.
const HOST: &str = "localhost:8080";

/// Sets up a provider that leads back to the browser's console.
async fn provider(world: &World) -> Server {
    let server = Server::start(world.clock.now()).await;
    let body = json!({
        "name": "Example & Co", "issuer": server.issuer, "client_id": CLIENT, "client_secret": SECRET,
        "redirect_uris": ["http://localhost:8080/console/sign-in/callback"], "groups": {"editors": {"app": ["editor"]}},
    });
    world.admin("PUT", "/v1/identity-provider", body).await.expect(200);
    server
}

fn cookie(page: &Page, name: &str) -> Option<String> {
    let set = page.answer.headers.iter().filter(|(header, _)| header == "set-cookie");
    let of_name = set.filter_map(|(_, cookie)| cookie.strip_prefix(&format!("{name}=")));
    of_name.map(|cookie| cookie.split(';').next().unwrap().to_owned()).next()
}

/// Presses the button. Returns the browser with its cookie, and the address at the provider.
async fn begin<'a>(world: &'a World, next: &str) -> (Browser<'a>, String) {
    let mut browser = Browser { host: HOST, ..Browser::new(world) };
    let page =
        browser.send("GET", &format!("/sign-in/provider?next={next}"), &[("sec-fetch-site", "same-origin")], "").await;
    assert_eq!(page.status, 303, "{}", page.html);
    browser.keep(&page);
    let set = page.answer.header("set-cookie").unwrap();
    assert!(set.starts_with("__Host-moments-sign-in=mi_"), "{set}");
    for attribute in ["Path=/", "Secure", "HttpOnly", "SameSite=Lax"] {
        assert!(set.split("; ").any(|found| found == attribute), "{attribute}: {set}");
    }
    let address = page.answer.header("location").unwrap().to_owned();
    (browser, address)
}

async fn back(browser: &Browser<'_>, code: &str, state: &str) -> Page {
    let query =
        form_urlencoded::Serializer::new(String::new()).extend_pairs([("code", code), ("state", state)]).finish();
    // Led here by the provider.
    browser.send("GET", &format!("/sign-in/callback?{query}"), &[("sec-fetch-site", "cross-site")], "").await
}

#[tokio::test]
async fn the_button_leads_to_the_provider_and_back_to_the_page() {
    let world = World::new().await;
    draft(&world).await;
    Browser::new(&world).get("/sign-in").await.expect(200).hides("/console/sign-in/provider");
    let server = provider(&world).await;
    let page = Browser::new(&world).get("/sign-in?next=%2Fconsole%2Fapps%2Fapp%2Fcampaigns").await.expect(200);
    page.shows("Sign in with Example &#38; Co");
    page.shows("/console/sign-in/provider?next=%2Fconsole%2Fapps%2Fapp%2Fcampaigns");
    let (mut browser, address) = begin(&world, "%2Fconsole%2Fapps%2Fapp%2Fcampaigns").await;
    let (code, state) = server.provider.visit(&address);
    let page = back(&browser, &code, &state).await;
    assert_eq!(page.leads_to(), "/apps/app/campaigns");
    assert_eq!(cookie(&page, "__Host-moments-sign-in").as_deref(), Some(""));
    assert!(cookie(&page, "__Host-moments").unwrap().starts_with("ms_"));
    browser.keep(&page);
    browser.get("/apps/app/campaigns").await.expect(200).shows("Ada Lovelace");
    assert!(!world.log().contains(&code));
    // The same address again, as from the history.
    assert_eq!(back(&browser, &code, &state).await.leads_to(), "/sign-in?next=%2Fconsole%2Fapps&failed=sign_in_over");
}

#[tokio::test]
async fn a_code_that_somebody_slips_in_opens_no_session() {
    let world = World::new().await;
    let server = provider(&world).await;
    let (_, address) = begin(&world, "").await;
    let (code, state) = server.provider.visit(&address);
    let (other, _) = begin(&world, "").await;
    for victim in [&Browser::new(&world), &other] {
        let page = back(victim, &code, &state).await;
        assert_eq!(page.leads_to(), "/sign-in?next=%2Fconsole%2Fapps&failed=sign_in_over");
        assert_eq!(cookie(&page, "__Host-moments"), None);
    }
    assert!(world.items_at("SESSION#").is_empty() && world.items_at("PEOPLE").is_empty());
    // Another site cannot even begin one, nor choose where it ends.
    let led = [("sec-fetch-site", "cross-site")];
    let page = Browser::new(&world).send("GET", "/sign-in/provider", &led, "").await;
    assert_eq!((page.leads_to(), cookie(&page, "__Host-moments-sign-in")), ("/sign-in?next=%2Fconsole%2Fapps", None));
    let (browser, address) = begin(&world, "https%3A%2F%2Fevil.example").await;
    let (code, state) = server.provider.visit(&address);
    assert_eq!(back(&browser, &code, &state).await.leads_to(), "/apps");
}

#[tokio::test]
async fn each_failure_leads_to_a_page_that_says_what_to_do() {
    let world = World::new().await;
    let server = provider(&world).await;
    let failed = async |says: &str, lead: &str| {
        let page = Browser::new(&world).get(lead).await.expect(200);
        page.shows(says);
        page.shows("Signing in did not work");
    };
    let (browser, _) = begin(&world, "").await;
    let denied = browser.get("/sign-in/callback?error=access_denied&state=x").await;
    assert_eq!(cookie(&denied, "__Host-moments-sign-in").as_deref(), Some(""));
    failed("You did not finish", denied.leads_to()).await;
    server.provider.sign_in_as("eve-1", &["other"]);
    let (browser, address) = begin(&world, "").await;
    let (code, state) = server.provider.visit(&address);
    failed("None of your groups", back(&browser, &code, &state).await.leads_to()).await;
    server.provider.set(|behaviour| behaviour.claims["aud"] = json!("another"));
    let (browser, address) = begin(&world, "").await;
    let (code, state) = server.provider.visit(&address);
    failed("provider_answer_invalid", back(&browser, &code, &state).await.leads_to()).await;
    server.stop();
    world.pass(jiff::SignedDuration::from_mins(11));
    let page = Browser { host: HOST, ..Browser::new(&world) }.get("/sign-in/provider").await;
    failed("does not answer", page.leads_to()).await;
    // What anybody can write into the address is no text of ours.
    Browser::new(&world).get("/sign-in?failed=%3Cb%3E").await.expect(200).hides("Signing in did not work");
}

#[tokio::test]
async fn what_was_typed_comes_back_after_signing_in_in_another_tab() {
    let world = World::new().await;
    draft(&world).await;
    let server = provider(&world).await;
    let basics = "/apps/app/campaigns/spring/basics";
    let owner = Browser::signed_in(&world).await;
    let fields = owner.get(basics).await.expect(200).fields();
    let typed = super::with(&fields, &[("name", "Typed name")]);
    let asks = Browser::new(&world).post(basics, &typed).await.expect(401);
    asks.shows("target=\"_blank\"");
    let kept = form_urlencoded::Serializer::new(String::new()).extend_pairs(&typed).finish();
    let next = format!("/console{basics}");
    let form = [("key", ""), ("next", next.as_str()), ("typed", kept.as_str()), ("continue", "1")];
    // Not without a session.
    Browser::new(&world).post("/sign-in", &form).await.expect(403).shows("typed");
    let (mut browser, address) = begin(&world, "").await;
    let (code, state) = server.provider.visit(&address);
    let page = back(&browser, &code, &state).await;
    browser.keep(&page);
    let again = browser.post("/sign-in", &form).await.expect(200);
    again.shows("it is not saved yet");
    assert!(again.fields().contains(&("name".to_owned(), "Typed name".to_owned())));
    let stored = world.admin("GET", "/v1/apps/app/campaigns/spring", Value::Null).await.expect(200);
    assert_eq!(stored["version"], 1);
}

#[tokio::test]
async fn a_service_that_is_busy_leaves_no_code_in_the_address() {
    let world = World::new().await;
    let server = provider(&world).await;
    let (browser, address) = begin(&world, "").await;
    let (code, state) = server.provider.visit(&address);
    // API Gateway throttles the route.
    let body = json!({"sign_in": "x", "state": "x", "code": "x"}).to_string();
    for _ in 0..20 {
        let headers = [("content-type", "application/json")];
        world.send("POST", "/v1/sign-ins/complete", &headers, body.as_bytes()).await;
    }
    let page = back(&browser, &code, &state).await;
    assert_eq!(page.leads_to(), "/sign-in?next=%2Fconsole%2Fapps&failed=too_many");
    assert_eq!(cookie(&page, "__Host-moments-sign-in").as_deref(), Some(""));
    Browser::new(&world).get(page.leads_to()).await.expect(200).shows("<p>Too many requests</p>");
}

#[tokio::test]
async fn signing_in_at_the_provider_closes_the_session_before() {
    let world = World::new().await;
    draft(&world).await;
    let server = provider(&world).await;
    let before = Browser::signed_in(&world).await;
    let (begun, address) = begin(&world, "").await;
    let cookies = format!("{}; {}", before.cookies, begun.cookies);
    let (code, state) = server.provider.visit(&address);
    let page = back(&Browser { cookies, ..begun }, &code, &state).await;
    assert_eq!(page.leads_to(), "/apps");
    assert!(before.get("/apps").await.leads_to().starts_with("/sign-in"));
    let mut after = Browser::new(&world);
    after.keep(&page);
    after.get("/apps/app/campaigns").await.expect(200);
}
