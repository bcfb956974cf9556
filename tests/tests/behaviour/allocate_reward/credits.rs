//! Catalog credits: the amount, the unit and the catalog, on every route that shows the reward.

use serde_json::{Value, json};
use tests::{App, World, campaign_with};

fn group() -> Value {
    json!({
        "name": "Toys credit", "kind": "catalog_credit", "cpa": {"currency": "EUR", "amount_minor": 500},
        "credit": {"currency": "USD", "amount_minor": 750}, "category": "Toys", "marketplaces": ["US", "CA"],
        "test_url": "https://gift.example/test",
    })
}

fn credit() -> Value {
    json!({"amount": {"currency": "USD", "amount_minor": 750}, "category": "Toys", "marketplace": "US"})
}

async fn shop(world: &World) -> App<'_> {
    let app = world.app("app").await;
    app.put_group("gift", group()).await;
    app.stock("gift", 3).await;
    let messages = json!({"achievement": {"en": {"title": "{reward.amount} for {reward.category}", "body": "Enjoy"}}});
    let plan = [("/moments/0/target", json!(1)), ("/moments/0/messages", messages)];
    app.launch("spring", campaign_with(&plan)).await;
    app.call("PUT", "/v1/users/ada", json!({"marketplace": "US", "locale": "en"})).await.expect(200);
    app.call("PUT", "/v1/users/ada/devices/phone", json!({"channel": "GCM", "address": "token"})).await.expect(200);
    app
}

#[tokio::test]
async fn a_credit_is_shown_wherever_its_reward_is() {
    let world = World::new().await;
    let app = shop(&world).await;
    let question = json!({"user_id": "ada", "campaign_id": "spring"});
    let preview =
        app.call("POST", "/v1/eligibility", question).await.expect(200)["results"][0]["reward_preview"].clone();
    assert_eq!(preview["credit"], credit());
    let legacy = json!({"appId": "app", "campaignId": "spring", "momentId": "deposits", "customerId": "ada"});
    assert_eq!(app.call("POST", "/GetRewardInfo", legacy.clone()).await.expect(200)["credit"], credit());
    let test = world.call(
        &app.test_key,
        "POST",
        "/v1/rewards",
        json!({
            "user_id": "ada", "campaign_id": "spring", "moment_id": "deposits",
        }),
    );
    assert_eq!(test.await.expect(200)["reward"]["credit"], credit());
    let reward = app.deposit("ada", "e1").await.expect(200)["outcomes"][0]["reward"].clone();
    assert_eq!((&reward["credit"], &reward["message"]["title"]), (&credit(), &json!("7.50 USD for Toys")));
    // The reward keeps its credit after the group changes.
    let mut less = group();
    less["credit"]["amount_minor"] = json!(100);
    app.put_group("gift", less).await;
    assert_eq!(app.call("POST", "/GetReward", legacy).await.expect(200)["credit"], credit());
    let list = app.call("GET", "/v1/users/ada/rewards", Value::Null).await.expect(200);
    assert_eq!(list["data"][0]["credit"], credit());
    let inbox = app.call("GET", "/v1/users/ada/notifications", Value::Null).await.expect(200);
    assert_eq!((&inbox["data"][0]["credit"], &inbox["data"][0]["title"]), (&credit(), &json!("7.50 USD for Toys")));
    let export = app.call("GET", "/v1/users/ada/export", Value::Null).await.expect(200);
    assert_eq!(export["rewards"][0]["credit"], credit());
    let path = format!("/v1/rewards/{}", reward["reward_id"].as_str().unwrap());
    assert_eq!(world.admin("GET", &path, Value::Null).await.expect(200)["credit"], credit());
    world.settle().await;
    assert!(world.local.pushes()[0].to_string().contains("7.50 USD for Toys"));
    let awarded = world.local.events().into_iter().find(|event| event["detail-type"] == "reward.awarded").unwrap();
    assert!(awarded.to_string().contains("Toys"), "{awarded}");
}

#[tokio::test]
async fn a_credit_is_worth_its_cpa_unless_told_and_no_other_kind_has_one() {
    let world = World::new().await;
    let app = shop(&world).await;
    let mut plain = group();
    plain.as_object_mut().unwrap().remove("credit");
    let shown = app.admin("PUT", "/reward-groups/plain", plain).await.expect(200);
    assert_eq!(shown["credit"], json!({"currency": "EUR", "amount_minor": 500}));
    let mut gift = tests::group();
    gift["credit"] = json!({"currency": "EUR", "amount_minor": 1});
    let errors = app.admin("PUT", "/reward-groups/other", gift).await.field_errors();
    assert_eq!(errors, [("/credit".to_owned(), "unknown_field".to_owned())]);
    let shown = app.admin("PUT", "/reward-groups/other", tests::group()).await.expect(200);
    assert_eq!(shown["credit"], Value::Null);
}
