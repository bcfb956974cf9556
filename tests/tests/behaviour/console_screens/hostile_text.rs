//! Whatever somebody writes into a user, a group, a person or a note, these pages show it as text, and stay small.

use jiff::SignedDuration;
use serde_json::json;
use tests::World;

use super::{held, reward_of};
use crate::console::Browser;
use crate::fulfil_orders::orders::{address, award, mugs};

const HOSTILE: [&str; 6] = [
    "<script>alert(1)</script>",
    "\"><img src=x onerror=alert(1)>",
    "' onfocus='alert(1)",
    "</title></textarea><script>",
    "مرحبا \u{202e}evil",
    "a/b?c=d&e#f%20",
];

#[track_caller]
fn judge(html: &str) {
    for markup in ["<script>", "<img", "onerror=alert(1)>", "' onfocus='", "</textarea><"] {
        assert!(!html.contains(markup), "{markup} in {html}");
    }
    assert!(html.len() <= 40_000, "{}", html.len());
}

#[tokio::test]
async fn no_text_of_others_becomes_markup_on_these_pages() {
    let world = World::new().await;
    let app = held(&world).await;
    let browser = Browser::signed_in(&world).await;
    for (number, text) in HOSTILE.iter().enumerate() {
        // A person's requests have a limit.
        world.pass(SignedDuration::from_secs(60));
        let encode = |text: &str| form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
        let event = format!("event-{number}");
        app.deposit(text, &event).await.expect(200);
        let mut group = tests::group();
        group["name"] = json!(text);
        app.put_group("hostile", group).await;
        world.admin("PUT", "/v1/people/eve", json!({"name": text, "roles": {"app": ["viewer"]}})).await.expect(200);
        world.settle().await;
        let user = format!("/apps/app/support?user={}", encode(text));
        let page = browser.get(&user).await.expect(200);
        judge(&page.html);
        page.shows("a reward of group gift");
        for path in [
            "/apps/app",
            "/apps/app/campaigns/spring/reviews",
            "/apps/app/reward-groups",
            "/apps/app/reward-groups/hostile",
            "/apps/app/reward-groups/hostile/edit",
            "/apps/app/reward-groups/hostile/import",
            "/people",
            "/people/eve",
            "/people/eve/delete",
        ] {
            judge(&browser.get(path).await.expect(200).html);
        }
        world.pass(SignedDuration::from_secs(60));
        let encoded = encode(text).replace('+', "%20");
        let id = reward_of(&app, &encoded).await["reward_id"].as_str().unwrap().to_owned();
        let path = format!("/apps/app/rewards/{id}");
        let step = browser.post(&format!("{path}/void"), &[("reason", ""), ("note", text)]).await.expect(400);
        judge(&step.html);
        browser.post(&format!("{path}/void"), &[("reason", "fraud"), ("note", text)]).await.expect(303);
        let page = browser.get(&path).await.expect(200);
        judge(&page.html);
        page.shows("<q><bdi>fraud: ");
    }
}

#[tokio::test]
async fn no_text_of_others_becomes_markup_on_pages_of_orders_and_administration() {
    let world = World::new().await;
    let app = mugs(&world).await;
    let more = json!({"urls": ["https://gift.example/mug/6", "https://gift.example/mug/7"]});
    app.admin("POST", "/reward-groups/mug/stock", more).await.expect(200);
    let browser = Browser::signed_in(&world).await;
    for (number, text) in HOSTILE.iter().enumerate() {
        world.pass(SignedDuration::from_secs(60));
        let url =
            format!("http://localhost:9/{}", form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>());
        let webhook = [("id", "hostile"), ("url", text), ("events", text)];
        judge(&browser.post("/apps/app/new-webhook", &webhook).await.expect(400).html);
        app.admin("PUT", "/webhooks/backend", json!({"url": url})).await;
        for path in ["/webhooks", "/webhooks/backend", "/webhooks/backend/edit", "/webhooks/backend/delete"] {
            judge(&browser.get(&format!("/apps/app{path}")).await.expect(200).html);
        }
        judge(
            &browser.post("/apps/app/webhooks/backend/edit", &[("url", text), ("events", text)]).await.expect(400).html,
        );
        judge(
            &browser
                .post("/apps/app/new-key", &[("scope", text), ("mode", text), ("partner", text)])
                .await
                .expect(400)
                .html,
        );
        world.pass(SignedDuration::from_secs(60));
        let encoded = form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>().replace('+', "%20");
        judge(&browser.get(&format!("/apps/app/keys/{encoded}/revoke")).await.html);
        judge(&browser.get(&format!("/apps/app/webhooks/{encoded}")).await.html);
        let id = award(&app, &format!("user-{number}")).await;
        let mut sent = address();
        sent["name"] = json!(text);
        app.call("PUT", &format!("/v1/rewards/{id}/address"), sent).await;
        let path = format!("/apps/app/orders/{id}");
        judge(&browser.post(&format!("{path}/claim"), &[("partner", text)]).await.expect(400).html);
        browser.post(&format!("{path}/claim"), &[("partner", "acme")]).await;
        judge(
            &browser.post(&format!("{path}/ship"), &[("carrier", text), ("tracking_url", text)]).await.expect(400).html,
        );
        browser.post(&format!("{path}/ship"), &[("carrier", text), ("tracking", text)]).await;
        for path in [path.as_str(), "/apps/app/orders?state=shipped", "/apps/app/audit", "/apps/app/keys"] {
            judge(&browser.get(path).await.html);
        }
    }
    world.pass(SignedDuration::from_secs(60));
    browser.get("/apps/app/orders?state=shipped").await.expect(200).shows("&#60;script&#62;alert(1)");
}

/// The largest pages: a hundred bad rows, a user with many campaigns, fifty groups and people.
#[tokio::test]
async fn full_pages_stay_within_forty_kilobytes() {
    let world = World::new().await;
    let app = world.shop(30).await;
    for number in 0..12 {
        app.launch(&format!("spring-{number}"), tests::campaign()).await;
        app.put_group(&format!("group-{number}"), tests::group()).await;
    }
    for number in 0..55 {
        if number % 15 == 0 {
            world.pass(SignedDuration::from_secs(60));
        }
        app.put_group(&format!("more-{number}"), tests::group()).await;
        let person = json!({"name": format!("Person {number}"), "roles": {"app": ["viewer", "editor", "support"]}});
        world.admin("PUT", &format!("/v1/people/p{number}"), person).await.expect(200);
    }
    world.pass(SignedDuration::from_secs(60));
    app.deposits("ada", 5).await;
    world.settle().await;
    let browser = Browser::signed_in(&world).await;
    let pages = ["/apps/app/support?user=ada", "/apps/app/reward-groups", "/people", "/people/p1", "/apps/app"];
    for path in pages {
        let page = browser.get(path).await.expect(200);
        assert!(page.html.len() <= 40_000, "{path}: {}", page.html.len());
    }
    browser.get("/apps/app/support?user=ada").await.expect(200).shows("more moments are not shown");
    browser.get("/people").await.expect(200).shows("rel=\"next\"");
    let rows = "not a url\n".repeat(150);
    let body = format!("--m\r\nContent-Disposition: form-data; name=\"urls\"\r\n\r\n{rows}\r\n--m--\r\n");
    let path = "/apps/app/reward-groups/gift/import";
    let page = browser.send_bytes(path, "multipart/form-data; boundary=m", body.as_bytes()).await.expect(200);
    page.shows("50 more bad rows are not named.");
    assert!(page.html.len() <= 40_000, "{}", page.html.len());
}
