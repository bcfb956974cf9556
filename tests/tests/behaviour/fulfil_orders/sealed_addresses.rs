//! Orders while KMS is unavailable: no half-written order, and no unencrypted address.

use serde_json::{Value, json};
use tests::campaign_with;
use tests::contention::Physics;
use tests::deployment::{Deployment, Key};

#[tokio::test(start_paused = true)]
async fn a_key_that_is_disabled_orders_nothing_and_keeps_no_claim_back() {
    let deployment = Deployment::season(2, 2, Physics::default()).await;
    let operator = async |method: &str, path: &str, body: Value| {
        deployment.call(Key::Operator, method, &format!("/v1/apps/app{path}"), body).await
    };
    let mug = json!({
        "name": "Mug", "kind": "physical", "cpa": {"currency": "EUR", "amount_minor": 500},
        "test_url": "https://gift.example/test", "shipping": {"weight_grams": 400},
    });
    operator("PUT", "/reward-groups/mug", mug).await;
    operator("POST", "/reward-groups/mug/stock", json!({"urls": ["https://mug.example/1"]})).await;
    tokio::time::sleep(std::time::Duration::from_secs(600)).await;
    let rewards = ("/moments/0/rewards", json!([{"reward_group_id": "mug"}]));
    operator("PUT", "/campaigns/mugs", campaign_with(&[rewards])).await;
    operator("POST", "/campaigns/mugs/submit", Value::Null).await;
    assert_eq!(operator("POST", "/campaigns/mugs/approve", Value::Null).await.0, 200);
    tokio::time::sleep(std::time::Duration::from_secs(10)).await;
    let app = async |method: &str, path: &str, body: Value| deployment.call(Key::App("app"), method, path, body).await;
    let ask = json!({"user_id": "ada", "campaign_id": "mugs", "moment_id": "deposits"});
    let awarded = app("POST", "/v1/rewards", ask).await.1;
    let id = awarded["reward"]["reward_id"].as_str().unwrap_or_else(|| panic!("{awarded}")).to_owned();
    let address =
        json!({"country": "DE", "name": "Ada Lovelace", "line1": "Ring 1", "postal_code": "10115", "city": "Berlin"});
    let stored = || local::database::scan(deployment.model.database()).unwrap();

    deployment.kms.disable(true);
    let (before, path) = (stored(), format!("/v1/rewards/{id}/address"));
    assert_eq!(app("PUT", &path, address.clone()).await.0, 500);
    assert_eq!(stored(), before, "the reward is not even redeemed");
    deployment.kms.disable(false);
    let given = app("PUT", &path, address).await;
    assert_eq!((given.0, &given.1["state"]), (200, &json!("ordered")), "{given:?}");
    assert!(!json!(stored()).to_string().contains("Lovelace"));

    operator("PUT", "/partners/acme", json!({"name": "Acme Parcels"})).await;
    deployment.kms.disable(true);
    let claim = async || operator("POST", &format!("/orders/{id}/claim"), json!({"partner": "acme"})).await;
    for _ in 0..2 {
        let (status, order) = claim().await;
        let told = (status, &order["partner"], &order["address"], &order["address_unavailable"]);
        assert_eq!(told, (200, &json!("acme"), &Value::Null, &json!(true)));
    }
    deployment.kms.disable(false);
    let (_, order) = claim().await;
    assert_eq!((&order["address"]["name"], &order["address_unavailable"]), (&json!("Ada Lovelace"), &json!(false)));
}
