//! The journey after an award: rewards are redeemed by app and partner, voided, replaced, looked up, shipped and lost.
//! Admins change partners, reject a campaign and announce one.

use std::time::Duration;

use local::template::Schedule;
use serde_json::{Value, json};
use tests::deployment::Key;
use tests::supplier::{Failures, SECRET};
use tests::{campaign_with, competition, group};

use super::{Journey, own_routes};

/// Longer than any lag of the index.
async fn index() {
    tokio::time::sleep(Duration::from_secs(30)).await;
}

/// Makes a group of this kind with `urls` URLs, and a live campaign of the same name that awards them.
async fn campaign_of(journey: &Journey, name: &str, kind: &str, urls: usize) {
    let mut group = group();
    group["kind"] = json!(kind);
    if kind == "physical" {
        group["shipping"] = json!({"weight_grams": 400});
    }
    journey.admin("PUT", &format!("/reward-groups/{name}"), group).await;
    let urls: Vec<String> = (0..urls).map(|n| format!("https://gift.example/{name}/{n}")).collect();
    journey.admin("POST", &format!("/reward-groups/{name}/stock"), json!({"urls": urls})).await;
    index().await;
    let plan = [("/moments/0/rewards", json!([{"reward_group_id": name}])), ("/moments/0/action", json!("never"))];
    journey.admin("PUT", &format!("/campaigns/{name}"), campaign_with(&plan)).await;
    for step in ["submit", "approve"] {
        journey.admin("POST", &format!("/campaigns/{name}/{step}"), Value::Null).await;
    }
}

/// Awards a reward. Returns its id.
async fn award(journey: &Journey, campaign: &str, user: &str) -> String {
    let ask = json!({"user_id": user, "campaign_id": campaign, "moment_id": "deposits"});
    let reward = journey.app("POST", "/v1/rewards", ask).await["reward"]["reward_id"].as_str().unwrap().to_owned();
    index().await;
    reward
}

/// Rewards that the app and the merchant redeem, in either order, and that are voided and replaced.
pub(super) async fn redemptions(journey: &Journey) {
    campaign_of(journey, "card", "unique_url", 8).await;
    let partner = journey.admin("PUT", "/partners/acme", json!({"name": "Acme"})).await;
    let secret = partner["secret"].as_str().unwrap().to_owned();
    let (one, other) = (award(journey, "card", "jil").await, award(journey, "card", "kim").await);
    for reward in [&one, &other, &other] {
        confirm(journey, &secret, reward).await;
        let redeemed = journey.app("POST", &format!("/v1/rewards/{reward}/redeem"), Value::Null).await;
        assert_eq!(redeemed["outcome"], "already_redeemed");
    }
    let by_app = award(journey, "card", "lea").await;
    let redeemed = journey.app("POST", &format!("/v1/rewards/{by_app}/redeem"), Value::Null).await;
    assert_eq!(redeemed["outcome"], "redeemed");
    confirm(journey, &secret, &by_app).await;
    let (voided, replaced) = (award(journey, "card", "mia").await, award(journey, "card", "noa").await);
    journey.call(Key::None, "HEAD", &format!("/r/{replaced}"), Value::Null).await;
    for (reward, how) in [(&voided, "void"), (&replaced, "replace")] {
        let reason = json!({"reason": "error"});
        journey.call(Key::Operator, "POST", &format!("/v1/rewards/{reward}/{how}"), reason).await;
    }
    journey.call(Key::Operator, "GET", &format!("/v1/rewards/{voided}"), Value::Null).await;
    journey.admin("POST", "/stock/lookup", json!({"url": "https://gift.example/card/0"})).await;
    index().await;
    journey.stream("follow-rewards", "MODIFY", "REWARD").await;
    journey.stream("publish-events", "MODIFY", "REWARD").await;
    journey.invoke("follow-rewards", json!({"errand": "expiry"})).await;
}

async fn confirm(journey: &Journey, secret: &str, reward: &str) {
    let body = json!({"reward_id": reward, "partner_id": "acme"});
    let (function, mut event) =
        journey.deployment.request(Key::None, "POST", &format!("/v1/rewards/{reward}/redeemed"), body);
    let (id, at) = ("msg_1", journey.deployment.now().as_second());
    let signer = standardwebhooks::Webhook::new(secret).unwrap();
    event["headers"]["webhook-id"] = json!(id);
    event["headers"]["webhook-timestamp"] = json!(at.to_string());
    event["headers"]["webhook-signature"] =
        json!(signer.sign(id, at, event["body"].as_str().unwrap().as_bytes()).unwrap());
    journey.serve(&function, event).await;
}

/// Further reads and changes of admins.
pub(super) async fn desk(journey: &Journey) {
    journey.admin("GET", "/partners", Value::Null).await;
    journey.admin("GET", "/partners/acme", Value::Null).await;
    journey.admin("POST", "/partners/acme/rotate", Value::Null).await;
    journey.admin("DELETE", "/partners/acme", Value::Null).await;
    journey
        .admin("PUT", "/campaigns/bad", campaign_with(&[("/moments/0/rewards", json!([{"reward_group_id": "card"}]))]))
        .await;
    journey.admin("POST", "/campaigns/bad/submit", Value::Null).await;
    journey.admin("POST", "/campaigns/bad/reject", json!({"reason": "No."})).await;
    journey.admin("POST", "/campaigns/race/announce", json!({"per_second": 16})).await;
    let announcements = journey.admin("GET", "/campaigns/race/announcements", Value::Null).await;
    let id = announcements["data"][0]["announcement_id"].as_str().unwrap();
    journey.admin("GET", &format!("/campaigns/race/announcements/{id}"), Value::Null).await;
    for path in ["/", "/docs", "/health", "/openapi.json"] {
        journey.call(Key::None, "GET", path, Value::Null).await;
    }
}

/// Orders that a file changes: one is returned, one is lost.
pub(super) async fn shipping(journey: &Journey) {
    journey.admin("PUT", "/partners/acme", json!({"name": "Acme"})).await;
    campaign_of(journey, "cup", "physical", 4).await;
    let (back, lost) = (award(journey, "cup", "pia").await, award(journey, "cup", "rob").await);
    journey.call(Key::None, "GET", &format!("/r/{back}/address"), Value::Null).await;
    let address = json!({"country": "DE", "name": "Pia", "line1": "Ring 1", "postal_code": "10115", "city": "Berlin"});
    for reward in [&back, &lost] {
        journey.app("PUT", &format!("/v1/rewards/{reward}/address"), address.clone()).await;
    }
    // The error for an unknown partner lists the existing ones.
    let claim = format!("/v1/apps/app/orders/{back}/claim");
    let (function, event) = journey.deployment.request(Key::Operator, "POST", &claim, json!({"partner": "acmee"}));
    assert_eq!(journey.invoke(&function, event).await["statusCode"], 404);
    let rows = format!(
        "reward_id,state,carrier,tracking,partner\n{back},ordered,,,acme\n{back},shipped,DHL,1,\n{lost},ordered,,,acme\n\
         {lost},shipped,DHL,2,\n"
    );
    let (function, mut event) =
        journey.deployment.request(Key::Operator, "POST", "/v1/apps/app/orders/import", Value::Null);
    event["headers"]["content-type"] = json!("text/csv");
    event["body"] = json!(rows);
    assert_eq!(journey.serve(&function, event).await["changed"], 4);
    journey.admin("GET", &format!("/orders/{back}"), Value::Null).await;
    journey.admin("POST", &format!("/orders/{back}/return"), Value::Null).await;
    journey.admin("POST", &format!("/orders/{lost}/lose"), Value::Null).await;
}

/// A mug that is ordered, shipped and delivered. Then its address is removed.
pub(super) async fn orders(journey: &Journey) {
    let mut mug = group();
    (mug["kind"], mug["shipping"]) = (json!("physical"), json!({"weight_grams": 400}));
    journey.admin("PUT", "/reward-groups/mug", mug).await;
    journey.admin("POST", "/reward-groups/mug/stock", json!({"urls": ["https://gift.example/mug"]})).await;
    index().await;
    let plan = [
        ("/moments/0/rewards", json!([{"reward_group_id": "mug"}])),
        ("/moments/0/action", json!("never")),
        ("/ends_at", json!("2027-12-01T00:00:00Z")),
    ];
    journey.admin("PUT", "/campaigns/mugs", campaign_with(&plan)).await;
    for step in ["submit", "approve"] {
        journey.admin("POST", &format!("/campaigns/mugs/{step}"), Value::Null).await;
    }
    let ask = json!({"user_id": "ida", "campaign_id": "mugs", "moment_id": "deposits"});
    let reward = journey.app("POST", "/v1/rewards", ask).await["reward"].clone();
    index().await;
    let id = reward["reward_id"].as_str().unwrap();
    // A made-up link: the catalog has the campaign's key to check it.
    let made_up = format!("/r/app.mugs.00{:012x}{}/address", journey.deployment.now().as_millisecond(), "A".repeat(22));
    let (function, event) = journey.deployment.request(Key::None, "GET", &made_up, Value::Null);
    assert_eq!(journey.invoke(&function, event).await["statusCode"], 404);
    let address = json!({"country": "DE", "name": "Ida", "line1": "Ring 1", "postal_code": "10115", "city": "Berlin"});
    for _ in 0..2 {
        journey.call(Key::None, "POST", &format!("/r/{id}/address"), address.clone()).await;
    }
    journey.app("GET", &format!("/v1/rewards/{id}/address"), Value::Null).await;
    own_routes::address(journey, "ida", id, &address).await;
    index().await;
    journey.admin("GET", "/orders", Value::Null).await;
    journey.admin("PUT", "/partners/acme", json!({"name": "Acme Parcels"})).await;
    journey.admin("POST", &format!("/orders/{id}/claim"), json!({"partner": "acme"})).await;
    journey.admin("POST", &format!("/orders/{id}/ship"), json!({"carrier": "DHL", "tracking": "1"})).await;
    journey.admin("POST", &format!("/orders/{id}/deliver"), Value::Null).await;
    tokio::time::sleep(Duration::from_secs(31 * 24 * 3_600)).await;
    journey.invoke("fulfil-orders", Schedule::event()).await;
}

/// A bracket from its draft to its prizes.
pub(super) async fn brackets(journey: &Journey) {
    let path = "/campaigns/knockout";
    let mut plan = competition();
    plan["competition"]["prizes"] = json!([{"ranks": [1, 2], "reward_group_id": "card"}]);
    journey.admin("PUT", path, plan).await;
    for step in ["submit", "approve"] {
        journey.admin("POST", &format!("{path}/{step}"), Value::Null).await;
    }
    journey.admin("PUT", &format!("{path}/bracket"), json!({"entrants": ["ida", "jon"]})).await;
    journey.admin("POST", &format!("{path}/bracket/start"), Value::Null).await;
    journey.app("POST", &format!("/v1{path}/bracket/matches/1/1"), json!({"winner": "ida"})).await;
    journey.admin("POST", &format!("{path}/bracket/finish"), Value::Null).await;
    journey.app("GET", &format!("/v1{path}/bracket"), Value::Null).await;
}

/// A reward that a supplier makes, and the routes of suppliers.
pub(super) async fn supplies(journey: &Journey) {
    let supplier = json!({"name": "S", "kind": "webhook", "url": "https://supplier.example/orders", "secret": SECRET});
    for id in ["cards", "spare"] {
        journey.admin("PUT", &format!("/suppliers/{id}"), supplier.clone()).await;
    }
    journey.admin("GET", "/suppliers", Value::Null).await;
    journey.admin("POST", "/suppliers/cards/test", Value::Null).await;
    let mut group = group();
    group["supplier"] = json!({"id": "cards"});
    journey.admin("PUT", "/reward-groups/made", group).await;
    let plan = [("/moments/0/rewards", json!([{"reward_group_id": "made"}])), ("/moments/0/action", json!("never"))];
    journey.admin("PUT", "/campaigns/made", campaign_with(&plan)).await;
    for step in ["submit", "approve"] {
        journey.admin("POST", &format!("/campaigns/made/{step}"), Value::Null).await;
    }
    let reward = award(journey, "made", "uma").await;
    // The supplier is down at first, which is noted.
    journey.deployment.supplier.set_failures(Failures { fail: 1.0, ..Failures::default() });
    journey.call(Key::None, "GET", &format!("/r/{reward}"), Value::Null).await;
    let open = format!("/r/{reward}/open");
    let (function, event) = journey.deployment.request(Key::None, "GET", &open, Value::Null);
    assert_eq!(journey.invoke(&function, event).await["statusCode"], 202);
    journey.deployment.supplier.set_failures(Failures::default());
    tokio::time::sleep(Duration::from_secs(5)).await;
    journey.call(Key::None, "GET", &open, Value::Null).await;
    assert_eq!(journey.deployment.supplier.book().len(), 1);
    journey.admin("GET", "/suppliers/cards", Value::Null).await;
    journey.admin("DELETE", "/suppliers/spare", Value::Null).await;
}
