//! Marketplaces: countries and an app's own ones. Misspelt names are refused, and a user's country belongs to one.

use serde_json::{Value, json};
use tests::{App, World, campaign_with, group};

/// A reward group that is valid in these marketplaces.
fn valid_in(marketplaces: Value) -> Value {
    let mut group = group();
    group["marketplaces"] = marketplaces;
    group
}

async fn declare(app: &App<'_>, marketplaces: Value) -> tests::Answer {
    let limit = json!({"requests_per_second": 100_000, "burst": 100_000});
    app.admin("PUT", "", json!({"name": "App", "rate_limit": limit, "marketplaces": marketplaces})).await
}

/// Reports a deposit of a user in this marketplace. Returns the outcome, and the marketplace check's reason.
async fn deposit_in(app: &App<'_>, marketplace: &str) -> Value {
    let user = json!({ "marketplace": marketplace });
    let event = json!({"user_id": format!("of-{marketplace}"), "action": "deposit", "event_id": "e1", "user": user});
    app.call("POST", "/v1/moments", event).await.expect(200)
}

#[tokio::test]
async fn a_misspelt_country_does_not_go_live() {
    // From the issue: `"marketplaces": ["Germany"]` and `["UK", "de"]` are stored, and a user in `DE` is not eligible;
    // the error suggests ("UK: do you mean GB?"). ISO 3166 codes, case ignored.
    let world = World::new().await;
    let app = world.shop(1).await;
    let before = world.items();
    for (marketplaces, pointer, detail) in [
        (json!(["Germany"]), "/marketplaces/0", "Germany: do you mean DE?"),
        (json!(["de", "UK"]), "/marketplaces/1", "UK: do you mean GB?"),
        (json!(["XX"]), "/marketplaces/0", "XX: no country has that ISO 3166-1 code of two letters, like DE"),
    ] {
        let refused = app.admin("PUT", "/reward-groups/local", valid_in(marketplaces.clone())).await.expect(400);
        let error = &refused["errors"][0];
        assert_eq!((&error["pointer"], &error["detail"]), (&json!(pointer), &json!(detail)));
        let moment = campaign_with(&[("/moments/0/marketplaces", marketplaces)]);
        let refused = app.admin("PUT", "/campaigns/local", moment).await.expect(400);
        let error = &refused["errors"][0];
        assert_eq!((&error["pointer"], &error["detail"]), (&json!(format!("/moments/0{pointer}")), &json!(detail)));
    }
    assert_eq!(world.items(), before);
    let put = app.admin("PUT", "/reward-groups/local", valid_in(json!(["de", "Gb", "DE"]))).await.expect(200);
    assert_eq!(put["marketplaces"], json!(["DE", "GB"]));
    // The same body again writes nothing.
    let again = app.admin("PUT", "/reward-groups/local", valid_in(json!(["de", "Gb", "DE"]))).await.expect(200);
    assert_eq!(again, put);
}

#[tokio::test]
async fn a_user_s_country_falls_into_the_marketplace_that_the_app_declares() {
    // From the issue: the German marketplace covers Austria and Switzerland: `{"DE": ["DE", "AT", "CH"]}`.
    let world = World::new().await;
    let app = world.app("app").await;
    let shown = declare(&app, json!({"DE": ["de", "AT", "CH"], "Latam": ["MX", "AR"]})).await.expect(200);
    assert_eq!(shown["marketplaces"], json!({"DE": ["DE", "AT", "CH"], "LATAM": ["MX", "AR"]}));
    app.put_group("gift", valid_in(json!(["de", "latam"]))).await;
    app.stock("gift", 10).await;
    let changes = [("/moments/0/target", json!(1)), ("/moments/0/marketplaces", json!(["DE", "LATAM"]))];
    app.launch("spring", campaign_with(&changes)).await;
    for marketplace in ["DE", "at", "CH", "LATAM", "mx"] {
        let answer = deposit_in(&app, marketplace).await;
        assert_eq!(answer["outcomes"][0]["outcome"], "rewarded", "{marketplace}: {answer}");
        assert_eq!(answer["warnings"], Value::Null);
    }
    let refused = deposit_in(&app, "FR").await;
    let reason = "marketplace FR; the moment is offered in [DE, LATAM]";
    assert_eq!(refused["outcomes"][0]["reasons"], json!([reason]));
    // By the profile, which keeps the given spelling.
    app.call("PUT", "/v1/users/heidi", json!({"marketplace": "ch"})).await.expect(200);
    assert_eq!(app.call("GET", "/v1/users/heidi", Value::Null).await.expect(200)["marketplace"], "CH");
    assert_eq!(app.deposits("heidi", 1).await["outcome"], "rewarded");
    // An unknown marketplace is left out, and the event counts: otherwise it would be lost.
    let unknown = deposit_in(&app, "Germany").await;
    assert_eq!(unknown["warnings"][0]["code"], "invalid_marketplace");
    assert_eq!(unknown["outcomes"][0]["outcome"], "not_eligible");
    world.settle().await;
}

#[tokio::test]
async fn what_is_in_use_keeps_its_countries() {
    let world = World::new().await;
    let app = world.shop(1).await;
    declare(&app, json!({"DACH": ["DE", "AT", "CH"]})).await.expect(200);
    app.put_group("local", valid_in(json!(["DACH"]))).await;
    for (lost, after) in [("DACH", json!({})), ("CH", json!({"DACH": ["DE", "AT"]}))] {
        let refused = declare(&app, after).await.expect(409);
        assert!(refused["detail"].as_str().unwrap().contains(lost), "{refused}");
    }
    declare(&app, json!({"DACH": ["DE", "AT", "CH", "LI"], "BENELUX": ["BE", "NL"]})).await.expect(200);
    declare(&app, json!({"DACH": ["DE", "AT", "CH", "LI"]})).await.expect(200);
    for (declared, pointer) in
        [(json!({"A1": ["DE"], "B1": ["de"]}), "/marketplaces/B1/0"), (json!({"DE": ["AT"]}), "/marketplaces/DE")]
    {
        assert_eq!(declare(&app, declared).await.field_errors()[0].0, pointer);
    }
}

#[tokio::test]
async fn what_was_stored_before_names_were_checked_goes_on_working() {
    // An earlier version stored any name, in any case. Its users match under the same name.
    let world = World::new().await;
    let app = world.shop(2).await;
    let mut stored = world.items_at("APP#app").into_iter().find(|item| item["sk"]["S"] == "GROUP#gift").unwrap();
    stored["marketplaces"] = json!({"L": [{"S": "Germany"}, {"S": "uk"}]});
    world.put_raw(stored).await;
    world.set_time("2026-12-01T12:01:00Z");
    for marketplace in ["germany", "UK"] {
        let answer = deposit_in(&app, marketplace).await;
        assert_eq!(answer["outcomes"][0]["outcome"], "in_progress", "{answer}");
        assert_eq!(answer["warnings"], Value::Null);
    }
    // It can be put again unchanged, but without a further such name.
    let again = app.admin("GET", "/reward-groups/gift", Value::Null).await.expect(200);
    assert_eq!(again["marketplaces"], json!(["Germany", "uk"]));
    app.admin("PUT", "/reward-groups/gift", valid_in(json!(["Germany", "uk", "FR"]))).await.expect(200);
    app.admin("PUT", "/reward-groups/gift", valid_in(json!(["Germany", "uk", "France"]))).await.expect(400);
    world.settle().await;
}
