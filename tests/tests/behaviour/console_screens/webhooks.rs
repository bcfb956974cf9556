//! Webhooks and deliveries: made with a secret that is shown once, tested, paused, sent again; nobody sees a whole URL
//! outside the form, or a payload.

use serde_json::{Value, json};
use tests::World;
use tests::receiver::Receiver;

use crate::console::{Browser, with};

async fn webhook(world: &World) -> Value {
    world.admin("GET", "/v1/apps/app/webhooks/backend", Value::Null).await.expect(200)
}

#[tokio::test]
async fn a_webhook_is_made_its_secret_shown_once_and_a_test_delivered() {
    let (world, receiver) = (World::new().await, Receiver::start().await);
    world.app("app").await;
    let browser = Browser::of(&world, "olga", json!({"app": ["owner"]})).await;
    browser.get("/apps/app/webhooks").await.expect(200).shows("There is no webhook yet.");
    let page = browser.get("/apps/app/new-webhook").await.expect(200);
    page.shows("reward.awarded");
    let fields = page.fields();
    let empty = browser.post("/apps/app/new-webhook", &with(&fields, &[("id", "backend")])).await.expect(400);
    empty.shows("href=\"#url\"");
    let wrong = [("id", "backend"), ("url", receiver.url.as_str()), ("events", "reward.awarded\r\nmade.up")];
    browser.post("/apps/app/new-webhook", &with(&fields, &wrong)).await.expect(400).shows("href=\"#events\"");
    assert!(world.items_at("APP#app").iter().all(|item| !item["sk"]["S"].as_str().unwrap().starts_with("WEBHOOK")));
    let right = [("id", "backend"), ("url", receiver.url.as_str()), ("events", "reward.awarded\r\nstock.low")];
    let made = browser.post("/apps/app/new-webhook", &with(&fields, &right)).await.expect(200);
    made.shows("This secret is shown only now.");
    let secret = made.html.split("<code id=\"key\">").nth(1).unwrap().split('<').next().unwrap().to_owned();
    assert!(secret.starts_with("whsec_"), "{secret}");
    assert_eq!(webhook(&world).await["events"], json!(["reward.awarded", "stock.low"]));
    browser.post("/apps/app/new-webhook", &with(&fields, &right)).await.expect(400).shows("of this id already");

    let page = browser.get("/apps/app/webhooks/backend").await.expect(200);
    page.shows("Nothing was sent to it yet.");
    page.hides(&secret);
    page.hides("/hook");
    assert_eq!(
        browser.post("/apps/app/webhooks/backend/test", &[]).await.leads_to(),
        "/apps/app/webhooks/backend?sent"
    );
    assert_eq!(receiver.received().len(), 1);
    let page = browser.get("/apps/app/webhooks/backend").await.expect(200);
    page.shows("webhook.test");
    page.shows("200, ");
    page.hides("webhook_id");
    let id = page.html.split("name=\"delivery\" value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    let again = browser.post("/apps/app/webhooks/backend/replay", &[("delivery", &id)]).await;
    assert_eq!(again.leads_to(), "/apps/app/webhooks/backend?sent");
    assert_eq!(receiver.received().len(), 2);
    assert!(!world.log().contains(&secret));
}

#[tokio::test]
async fn a_paused_webhook_sends_nothing_until_it_is_resumed() {
    let (world, receiver) = (World::new().await, Receiver::start().await);
    let app = world.app("app").await;
    app.admin("PUT", "/webhooks/backend", json!({"url": receiver.url, "events": ["stock.low"]})).await.expect(201);
    let browser = Browser::of(&world, "olga", json!({"app": ["owner"]})).await;
    let path = "/apps/app/webhooks/backend";
    let page = browser.get(&format!("{path}/pause")).await.expect(200);
    page.shows("no event is sent to it");
    let version = page.fields();
    let version: Vec<(&str, &str)> = version.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    browser.post(&format!("{path}/pause"), &[("version", "9")]).await.expect(409);
    assert_eq!(webhook(&world).await["enabled"], true);
    browser.post(&format!("{path}/pause"), &version).await.expect(303);
    let paused = webhook(&world).await;
    assert_eq!((&paused["enabled"], &paused["events"]), (&json!(false), &json!(["stock.low"])));
    browser.get(path).await.expect(200).hides("/test\"");
    let refused = browser.post(&format!("{path}/test"), &[]).await.expect(409);
    refused.shows("It was not sent");
    assert!(receiver.received().is_empty());
    // Editing leaves it paused.
    let edit = browser.get(&format!("{path}/edit")).await.expect(200).fields();
    browser.post(&format!("{path}/edit"), &with(&edit, &[("events", "*")])).await.expect(303);
    assert_eq!(webhook(&world).await["enabled"], false);
    let late = browser.post(&format!("{path}/edit"), &with(&edit, &[("events", "stock.low")])).await.expect(409);
    late.shows("Somebody changed it since you looked");
    browser.post(&format!("{path}/resume"), &[("version", "3")]).await.expect(303);
    assert_eq!(webhook(&world).await["enabled"], true);
    let rotated = browser.post(&format!("{path}/rotate"), &[("version", "4")]).await.expect(200);
    rotated.shows("whsec_");
    browser.get(path).await.expect(200).shows("calls are also signed with an earlier secret");
    browser.post(&format!("{path}/delete"), &[("version", "5")]).await.expect(303);
    browser.get(path).await.expect(404);
    browser.get("/apps/app/webhooks?deleted").await.expect(200).shows("The webhook was deleted.");
}
