//! Orders: from a user to the order, through its steps, and an address that only the order's own page shows.

use serde_json::{Value, json};
use tests::World;

use crate::console::Browser;
use crate::fulfil_orders::orders::{SECRETS, award, give, listed, mugs};

#[tokio::test]
async fn support_takes_an_order_from_its_user_to_the_door() {
    let world = World::new().await;
    let app = mugs(&world).await;
    let id = award(&app, "ada").await;
    give(&app, &id).await.expect(200);
    let browser = Browser::of(&world, "sue", json!({"app": ["support"]})).await;
    let path = format!("/apps/app/orders/{id}");
    let link = format!("href=\"/console{path}\"");
    browser.get("/apps/app/support?user=ada").await.expect(200).shows(&link);
    browser.get(&format!("/apps/app/rewards/{id}")).await.expect(200).shows(&link);
    let list = browser.get("/apps/app/orders").await.expect(200);
    list.shows(&link);
    let page = browser.get(&path).await.expect(200);
    page.shows("Until then the user may correct it.");
    for secret in SECRETS {
        page.hides(secret);
        list.hides(secret);
    }
    let ship = [("carrier", "DHL"), ("tracking", "00340434"), ("tracking_url", "https://track.example/00340434")];
    browser.post(&format!("{path}/ship"), &ship).await.expect(409).shows("claim it first");
    assert_eq!(listed(&app, "ordered").await.len(), 1);
    browser.post(&format!("{path}/claim"), &[("partner", "")]).await.expect(400).shows("href=\"#partner\"");
    browser.post(&format!("{path}/claim"), &[("partner", "nobody")]).await.expect(400).shows("no such partner");
    browser.post(&format!("{path}/claim"), &[("partner", "acme")]).await.expect(303);
    let page = browser.get(&path).await.expect(200);
    for secret in SECRETS {
        page.shows(secret);
    }
    let form = browser.get(&format!("{path}/ship")).await.expect(200);
    SECRETS.iter().for_each(|secret| form.hides(secret));
    let wrong = [("carrier", "DHL"), ("tracking", "1"), ("tracking_url", "javascript:alert(1)")];
    browser.post(&format!("{path}/ship"), &wrong).await.expect(400).shows("href=\"#tracking_url\"");
    browser.post(&format!("{path}/ship"), &ship).await.expect(303);
    browser.get(&path).await.expect(200).shows("href=\"https://track.example/00340434\"");
    browser.get("/apps/app/orders").await.expect(200).shows("No order is in this state.");
    browser.get("/apps/app/orders?state=shipped").await.expect(200).shows(&link);
    assert_eq!(browser.post(&format!("{path}/deliver"), &[("reason", "")]).await.leads_to(), format!("{path}?saved"));
    let order = app.admin("GET", &format!("/orders/{id}"), Value::Null).await.expect(200);
    assert_eq!(order["state"], "delivered");
    browser.get(&path).await.expect(200).hides("/deliver\"");
    assert!(SECRETS.iter().all(|secret| !world.log().contains(secret)));
}

#[tokio::test]
async fn an_order_that_is_not_there_or_of_another_app_is_not_found() {
    let world = World::new().await;
    let app = mugs(&world).await;
    let id = award(&app, "ada").await;
    world.app("other").await;
    let browser = Browser::signed_in(&world).await;
    browser.get(&format!("/apps/app/orders/{id}")).await.expect(404);
    give(&app, &id).await.expect(200);
    browser.get(&format!("/apps/other/orders/{id}")).await.expect(404);
    browser.post(&format!("/apps/other/orders/{id}/ship"), &[("carrier", "DHL"), ("tracking", "1")]).await.expect(404);
    browser.get(&format!("/apps/app/orders/{id}/eat")).await.expect(404);
    assert_eq!(listed(&app, "ordered").await.len(), 1);
}
