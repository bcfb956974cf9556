//! Bad input: 400 with every field named by JSON pointer (or 413, 415, 404), and nothing stored.

use serde_json::{Value, json};
use tests::{App, World, campaign, group, set};

fn moment(changes: &[(&str, Value)]) -> Value {
    let mut body = json!({"user_id": "ada", "action": "deposit", "event_id": "e1"});
    for (pointer, value) in changes {
        set(&mut body, pointer, value.clone());
    }
    body
}

#[tokio::test]
async fn every_bad_field_of_a_moment_is_named_and_nothing_is_stored() {
    let world = World::new().await;
    let app = world.shop(1).await;
    let before = world.items();
    let long = "x".repeat(257);
    for (pointer, value, code) in [
        ("/user_id", json!(""), "invalid_id"),
        ("/user_id", json!(long), "invalid_id"),
        ("/user_id", json!("a\u{0}b"), "invalid_id"),
        ("/user_id", json!(7), "wrong_type"),
        ("/user_id", Value::Null, "required"),
        ("/event_id", json!("a\nb"), "invalid_id"),
        ("/event_id", json!(long), "invalid_id"),
        ("/action", json!("has space"), "invalid_id"),
        ("/action", json!("x".repeat(65)), "invalid_id"),
        ("/quantity", json!(0), "out_of_range"),
        ("/quantity", json!(-1), "out_of_range"),
        ("/quantity", json!(1_000_000_001), "out_of_range"),
        ("/quantity", json!(1.5), "out_of_range"),
        ("/quantity", json!("1"), "wrong_type"),
        ("/occurred_at", json!("yesterday"), "invalid_time"),
        ("/occurred_at", json!("2026-12-01T12:06:00Z"), "in_the_future"),
        ("/occurred_at", json!("2026-10-31T23:59:59Z"), "outside_campaign"),
        ("/attributes", json!([]), "wrong_type"),
        ("/user", json!("ada"), "wrong_type"),
        ("/user", json!({"age": 7}), "unknown_field"),
        ("/unknown", json!(1), "unknown_field"),
    ] {
        let errors = app.call("POST", "/v1/moments", moment(&[(pointer, value.clone())])).await.field_errors();
        assert_eq!(errors.len(), 1, "{pointer} {value}: {errors:?}");
        assert!(errors[0].0.starts_with(pointer) && errors[0].1 == code, "{pointer} {value}: {errors:?}");
    }
    let all = moment(&[("/user_id", json!("")), ("/quantity", json!(0)), ("/x", json!(1))]);
    assert_eq!(app.call("POST", "/v1/moments", all).await.field_errors().len(), 3);
    assert_eq!(world.items(), before);
}

#[tokio::test]
async fn a_body_that_is_no_json_too_large_or_of_another_type_is_refused() {
    let world = World::new().await;
    let app = world.shop(1).await;
    let before = world.items();
    let json_type = ("content-type", "application/json");
    let key = ("x-api-key", app.key.as_str());
    let send = |headers: Vec<(&'static str, &'static str)>, body: Vec<u8>| {
        let headers: Vec<(&str, &str)> = headers.into_iter().chain([key]).collect();
        let world = &world;
        async move { world.send("POST", "/v1/moments", &headers, &body).await }
    };
    for body in ["", "{", "{\"user_id\": }", "[]", "null", "\"x\"", "{\"a\":1}{", "\u{feff}{}"] {
        let answer = send(vec![json_type], body.into()).await;
        assert_eq!((answer.status, answer.header("content-type")), (400, Some("application/problem+json")), "{body:?}");
    }
    assert_eq!(send(vec![json_type], vec![0xff, 0xfe]).await.status, 400);
    assert_eq!(send(vec![json_type], vec![b' '; (1 << 20) + 1]).await.expect(413)["code"], "too_large");
    assert_eq!(send(vec![json_type], vec![b' '; 10 << 20]).await.expect(413)["code"], "too_large");
    let good = moment(&[]).to_string().into_bytes();
    for content_type in ["text/plain", "application/x-www-form-urlencoded", "application/jsonx", "image/png"] {
        assert_eq!(
            send(vec![("content-type", content_type)], good.clone()).await.expect(415)["code"],
            "unsupported_media_type"
        );
    }
    assert_eq!(send(vec![], good.clone()).await.status, 415);
    assert_eq!(world.items(), before);
    assert_eq!(send(vec![("content-type", "Application/JSON; charset=utf-8")], good).await.status, 200);
}

#[tokio::test]
async fn what_is_unknown_is_404_with_the_id_named() {
    let world = World::new().await;
    let app = world.shop(1).await;
    let before = world.items();
    let ask = |campaign: &str, moment: &str| json!({"user_id": "ada", "campaign_id": campaign, "moment_id": moment});
    for (answer, detail) in [
        (app.call("POST", "/v1/rewards", ask("autumn", "deposits")).await, "there is no campaign autumn"),
        (app.call("POST", "/v1/rewards", ask("spring", "levels")).await, "there is no moment levels"),
        (app.call("POST", "/v1/eligibility", ask("spring", "levels")).await, "there is no moment levels"),
        (world.admin("GET", "/v1/apps/nobody", Value::Null).await, "there is no app nobody"),
        (world.admin("PUT", "/v1/apps/nobody/campaigns/c", campaign()).await, "there is no app nobody"),
        (
            world.admin("POST", "/v1/apps/nobody/keys", json!({"scope": "app", "mode": "live"})).await,
            "there is no app nobody",
        ),
        (app.admin("GET", "/campaigns/autumn", Value::Null).await, "there is no campaign autumn"),
        (app.admin("POST", "/campaigns/autumn/submit", Value::Null).await, "there is no campaign autumn"),
        (
            app.admin("POST", "/reward-groups/none/stock", json!({"urls": ["https://a.example"]})).await,
            "there is no reward group none",
        ),
    ] {
        assert_eq!(answer.expect(404)["detail"], detail);
    }
    assert_eq!(world.items(), before);
}

async fn refused(app: &App<'_>, path: &str, good: &Value, cases: &[(&str, Value, &str)]) {
    let before = app.world.items();
    for (pointer, value, code) in cases {
        let mut body = good.clone();
        set(&mut body, pointer, value.clone());
        let errors = app.admin("PUT", path, body).await.field_errors();
        let named = errors.iter().any(|(found, found_code)| found.starts_with(pointer) && found_code == code);
        assert!(named, "{pointer} {value}: {errors:?}");
    }
    assert_eq!(app.world.items(), before);
}

#[tokio::test]
async fn every_bad_field_of_a_campaign_is_named_and_nothing_is_stored() {
    let world = World::new().await;
    let app = world.app("app").await;
    let moment = campaign()["moments"][0].clone();
    refused(
        &app,
        "/campaigns/spring",
        &campaign(),
        &[
            ("/name", json!(" "), "invalid_text"),
            ("/kind", json!("raffle"), "invalid_kind"),
            ("/state", json!("live"), "unknown_field"),
            ("/starts_at", json!("2026-13-01"), "invalid_time"),
            ("/ends_at", json!("2026-11-01T00:00:00Z"), "out_of_range"),
            ("/budget", json!({"currency": "EUR", "amount_minor": 0}), "invalid_money"),
            ("/budget", json!({"currency": "eur", "amount_minor": 1}), "invalid_money"),
            ("/budget", json!({"currency": "EUR", "amount_minor": -5}), "invalid_money"),
            ("/budget", json!({"currency": "EUR", "amount_minor": 1.5}), "invalid_money"),
            ("/budget", json!({"currency": "EUR", "amount_minor": 1_000_000_000_000_001_i64}), "invalid_money"),
            ("/holdout_percent", json!(101), "out_of_range"),
            ("/moments", json!([]), "wrong_length"),
            ("/moments", json!(vec![moment.clone(); 200]), "wrong_length"),
            ("/moments", json!([moment, moment]), "repeated"),
            ("/moments/0/target", json!(0), "out_of_range"),
            ("/moments/0/count", json!("sum"), "invalid_count"),
            ("/moments/0/max_rewards_per_user", json!(0), "out_of_range"),
            ("/moments/0/rewards", json!([]), "wrong_length"),
            ("/moments/0/rewards", json!([{"reward_group_id": "a", "weight": 0}]), "out_of_range"),
            ("/moments/0/rewards", json!([{"reward_group_id": "a"}, {"reward_group_id": "a"}]), "repeated"),
            ("/moments/0/messages/achievement", json!({}), "wrong_length"),
            ("/moments/0/messages/achievement", json!({"en": {"title": "x"}}), "required"),
            ("/moments/0/messages/achievement", json!({"not a tag": {"title": "x", "body": "y"}}), "invalid_locale"),
            ("/moments/0/when", json!("tru"), "invalid_rule"),
            ("/moments/0/mood", json!("good"), "unknown_field"),
        ],
    )
    .await;
}

#[tokio::test]
async fn every_bad_field_of_a_group_a_key_and_an_app_is_named_and_nothing_is_stored() {
    let world = World::new().await;
    let app = world.app("app").await;
    refused(
        &app,
        "/reward-groups/gift",
        &group(),
        &[
            ("/name", json!("x".repeat(201)), "invalid_text"),
            ("/kind", json!("coupon"), "invalid_kind"),
            ("/url", json!("https://a.example"), "unknown_field"),
            ("/test_url", json!("http://a.example"), "invalid_url"),
            ("/cpa", json!({"currency": "EUR"}), "invalid_money"),
            ("/marketplaces", json!("DE"), "wrong_type"),
            ("/marketplaces", json!("DE"), "wrong_type"),
            ("/expires_after_days", json!(0), "out_of_range"),
        ],
    )
    .await;
    let mut shared = group();
    shared["kind"] = json!("shared_url");
    let answer = app.admin("PUT", "/reward-groups/gift", shared).await;
    assert_eq!(answer.field_errors(), [("/url".into(), "required".into())]);
    let before = world.items();
    for (body, pointer) in [
        (json!({"scope": "root", "mode": "live"}), "/scope"),
        (json!({"scope": "app", "mode": "dry"}), "/mode"),
        (json!({"scope": "admin", "mode": "test"}), "/mode"),
    ] {
        assert_eq!(app.admin("POST", "/keys", body).await.field_errors()[0].0, pointer);
    }
    assert_eq!(world.admin("PUT", "/v1/apps/bad.id", json!({"name": "x"})).await.field_errors()[0].0, "/app");
    assert_eq!(world.admin("PUT", "/v1/apps/good", json!({})).await.field_errors()[0].0, "/name");
    assert_eq!(world.items(), before);
}
