//! The apps and the campaigns: filters, pages, money.

use serde_json::{Value, json};
use tests::{World, campaign_with};

use super::{Browser, draft};

#[tokio::test]
async fn who_sees_one_app_is_led_to_it_and_others_choose() {
    let world = World::new().await;
    world.app("app").await;
    let browser = Browser::signed_in(&world).await;
    assert_eq!(browser.get("/apps").await.leads_to(), "/apps/app");
    browser.get("/apps/app").await.expect(200).shows("href=\"/console/apps/app/campaigns\"");
    world.app("other").await;
    let page = browser.get("/apps").await.expect(200);
    page.shows("href=\"/console/apps/app\"");
    page.shows("href=\"/console/apps/other\"");
}

#[tokio::test]
async fn an_app_without_campaigns_says_so() {
    let world = World::new().await;
    world.app("app").await;
    let browser = Browser::signed_in(&world).await;
    browser.get("/apps/app/campaigns").await.expect(200).shows("There are no campaigns yet.");
    let filtered = browser.get("/apps/app/campaigns?state=live").await.expect(200);
    filtered.shows("No campaign fits the filter.");
}

#[tokio::test]
async fn the_list_is_filtered_ordered_and_paged_and_the_address_keeps_it() {
    let world = World::new().await;
    let app = draft(&world).await;
    for number in 0..55 {
        let name = json!(format!("Plan {number:02}"));
        app.admin("PUT", &format!("/campaigns/plan-{number:02}"), campaign_with(&[("/name", name)])).await.expect(200);
    }
    let browser = Browser::signed_in(&world).await;
    let first = browser.get("/apps/app/campaigns?name=plan&order=name&state=draft").await.expect(200);
    first.shows("<bdi>Plan 00</bdi>");
    first.hides("spring");
    first.shows("value=\"draft\" checked");
    first.shows("value=\"name\" selected");
    let next = first.html.split("<nav class=\"pages\"").nth(1).unwrap().split("href=\"").nth(1).unwrap();
    let next = super::unescape(next.split('"').next().unwrap());
    assert!(next.contains("name=plan") && next.contains("order=name") && next.contains("state=draft"), "{next}");
    let second = browser.get(next.strip_prefix("/console").unwrap()).await.expect(200);
    second.shows("<bdi>Plan 54</bdi>");
    second.hides("<bdi>Plan 00</bdi>");
    second.shows("First page");
    second.hides("Next page");
}

#[tokio::test]
async fn among_ten_thousand_campaigns_one_is_found_in_six_requests() {
    let world = World::new().await;
    let app = draft(&world).await;
    let name = "<script>عرض الربيع";
    app.admin("PUT", "/campaigns/plan", campaign_with(&[("/name", json!(name))])).await.expect(200);
    // The others are copies: the API would take a minute.
    let item = world.items_at("APP#app").into_iter().find(|item| item["sk"]["S"] == "CAMPAIGN#spring").unwrap();
    for n in 0..10_000 {
        let copy = item.to_string().replace("\"spring\"", &format!("\"{n:05}\""));
        let copy = copy.replace("CAMPAIGN#spring", &format!("CAMPAIGN#{n:05}"));
        world.put_raw(serde_json::from_str(&copy).unwrap()).await;
    }
    let browser = Browser::signed_in(&world).await;
    world.local.functions.take_consumed("manage-campaigns");
    let query = form_urlencoded::Serializer::new(String::new()).append_pair("name", "عرض").finish();
    let found = browser.get(&format!("/apps/app/campaigns?{query}")).await.expect(200);
    let requests = world.local.functions.take_consumed("manage-campaigns").requests;
    assert!(requests <= 6, "{requests}");
    found.shows("<bdi>&#60;script&#62;عرض الربيع</bdi>");
    found.hides("campaigns/00000");
    let first = browser.get("/apps/app/campaigns").await.expect(200);
    first.shows("campaigns/00000\"");
    first.shows("Next page");
}

#[tokio::test]
async fn the_figures_of_a_campaign_are_those_of_the_api_to_the_cent() {
    let world = World::new().await;
    let app = world.shop(3).await;
    app.deposits("ada", 5).await;
    world.settle().await;
    let browser = Browser { language: "de", ..Browser::signed_in(&world).await };
    let page = browser.get("/apps/app/campaigns/spring").await.expect(200);
    page.shows("5,00\u{a0}EUR von 500,00\u{a0}EUR ausgegeben.");
    page.shows("495,00\u{a0}EUR übrig.");
    page.shows("value=\"10\"");
    page.shows("1,0\u{a0}%");
    let live = browser.get("/apps/app/campaigns/spring/live").await.expect(200);
    live.shows("<dt>Prämien vergeben</dt><dd>1</dd>");
    live.shows("<svg class=\"chart\"");
    live.shows("5,00\u{a0}EUR");
    let list = browser.get("/apps/app/campaigns").await.expect(200);
    list.shows("5,00\u{a0}EUR");
    let summary = app.admin("GET", "/campaigns/spring/summary", Value::Null).await.expect(200);
    assert_eq!(summary["budget"]["spent"]["amount_minor"], 500);
}

/// What a page asks of the table, besides the session, which API Gateway remembers for a minute.
#[tokio::test]
async fn a_page_costs_few_requests_of_the_table() {
    let world = World::new().await;
    let app = world.shop(3).await;
    app.deposits("ada", 5).await;
    world.settle().await;
    let browser = Browser::signed_in(&world).await;
    for (page, most) in [
        ("", 2),
        ("/spring", 6),
        ("/spring/live", 5),
        ("/spring/review", 4),
        ("/spring/results", 6),
        ("/spring/basics", 1),
        ("/spring/moments/1", 2),
    ] {
        world.local.functions.take_consumed("manage-campaigns");
        browser.get(&format!("/apps/app/campaigns{page}")).await.expect(200);
        let requests = world.local.functions.take_consumed("manage-campaigns").requests;
        assert!(requests <= most, "{page}: {requests}");
    }
}

/// Pages of an app besides its campaigns. The lists of orders and of deliveries lie in 16 shards, and a page reads them
/// all: more than the 6 requests that we want.
#[tokio::test]
async fn a_page_of_administration_costs_few_requests_of_the_table() {
    let world = World::new().await;
    let app = world.app("app").await;
    app.admin("PUT", "/webhooks/backend", json!({"url": "http://localhost:9/"})).await.expect(201);
    let browser = Browser::signed_in(&world).await;
    for (page, most) in [
        ("/audit", 3),
        ("/keys", 2),
        ("/new-key", 0),
        ("/webhooks", 2),
        ("/webhooks/backend/edit", 1),
        ("/webhooks/backend", 18),
        ("/orders", 16),
    ] {
        for function in ["manage-campaigns", "fulfil-orders"] {
            world.local.functions.take_consumed(function);
        }
        browser.get(&format!("/apps/app{page}")).await.expect(200);
        let requests = |function| world.local.functions.take_consumed(function).requests;
        let requests = requests("manage-campaigns") + requests("fulfil-orders");
        assert!(requests <= most, "{page}: {requests}");
    }
}
