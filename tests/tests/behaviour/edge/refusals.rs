//! Bad input: a 400 that names every field by JSON pointer (or 413, 415, 404), and nothing stored.

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
        ("/occurred_at", json!("1969-12-31T23:59:59Z"), "out_of_range"),
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
    let all = moment(&[("/user_id", json!("")), ("/quantity", json!(-1)), ("/x", json!(1))]);
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
            ("/starts_at", json!("1969-12-31T23:59:59Z"), "out_of_range"),
            // "What the field found" (A): from 9998-12-30T22:00:00Z on, adding a year to an end panicked.
            ("/ends_at", json!("9998-12-30T22:00:00Z"), "out_of_range"),
            ("/ends_at", json!("9999-12-30T21:00:00Z"), "out_of_range"),
            ("/ends_at", json!("2100-01-01T00:00:00.001Z"), "out_of_range"),
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
async fn every_bad_field_of_groups_keys_and_apps_is_named_and_nothing_stored() {
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

/// Source: <https://github.com/serde-rs/json/issues/762>: the last of two values won. Two values of `user_id` rewarded
/// the second; `amount_minor` 500 and then 5 stored 5.
#[tokio::test]
async fn a_name_that_is_given_twice_is_refused_and_changes_nothing() {
    let world = World::new().await;
    let app = world.shop(1).await;
    let (before, admin) = (world.items(), world.local.admin_key.expose());
    let group = r#"{"name":"G","kind":"unique_url","cpa":{"currency":"EUR","amount_minor":500,"amount_minor":5},
        "test_url":"https://gift.example/test"}"#;
    let ask = r#"{"user_id":"first","user_id":"second","campaign_id":"spring","moment_id":"deposits"}"#;
    let moment = r#"{"user_id":"ada","action":"deposit","event_id":"e1","attributes":{"a":{"b":[1,{"c":1,"c":2}]}}}"#;
    let profile = r#"{"attributes":{"tier":"gold","tier":"gold"}}"#;
    for (key, method, path, body, pointer) in [
        (&*app.key, "POST", "/v1/rewards", ask, "/user_id"),
        (&*app.key, "POST", "/v1/moments", moment, "/attributes/a/b/1/c"),
        (&*app.key, "PUT", "/v1/users/ada", profile, "/attributes/tier"),
        (admin, "PUT", "/v1/apps/app/reward-groups/other", group, "/cpa/amount_minor"),
        (
            admin,
            "POST",
            "/v1/apps/app/reward-groups/gift/stock",
            r#"{"urls":["https://a.example/1"],"urls":[]}"#,
            "/urls",
        ),
    ] {
        let headers = [("x-api-key", key), ("content-type", "application/json")];
        let errors = world.send(method, path, &headers, body.as_bytes()).await.field_errors();
        assert_eq!(errors, [(pointer.to_owned(), "repeated_field".to_owned())], "{path}");
    }
    assert_eq!(world.items(), before);
    // Only the line of NDJSON is refused, and only the entry of a batch.
    let headers = [("x-api-key", admin), ("content-type", "application/x-ndjson")];
    let lines = b"{\"url\":\"https://a.example/1\",\"url\":\"https://a.example/2\"}\n\"https://a.example/3\"\n";
    let loaded = world.send("POST", "/v1/apps/app/reward-groups/gift/stock", &headers, lines).await.expect(200);
    assert_eq!((&loaded["accepted"], &loaded["invalid"][0]["line"]), (&json!(1), &json!(1)));
    let batch = r#"{"moments":[{"user_id":"ada","action":"deposit","event_id":"e1"},
        {"user_id":"ada","action":"deposit","event_id":"e2","event_id":"e3"}]}"#;
    let headers = [("x-api-key", &*app.key), ("content-type", "application/json")];
    let results =
        world.send("POST", "/v1/moments/batch", &headers, batch.as_bytes()).await.expect(200)["results"].clone();
    assert_eq!(results[0]["body"]["outcomes"][0]["progress"]["count"], 1);
    assert_eq!(results[1]["problem"]["errors"][0]["pointer"], "/moments/1/event_id");
    assert_eq!(app.deposit("ada", "e4").await.expect(200)["outcomes"][0]["progress"]["count"], 2);
    // More than an error lists: no entry is accepted without a check.
    let before = world.items();
    let twice = (0..100).map(|n| format!(r#"{{"user_id":"u{n}","user_id":"v{n}","action":"deposit","event_id":"e"}}"#));
    let batch = format!(r#"{{"moments":[{}]}}"#, twice.collect::<Vec<_>>().join(","));
    let results = world.send("POST", "/v1/moments/batch", &headers, batch.as_bytes()).await.expect(200);
    let results = results["results"].as_array().unwrap();
    assert!(results.len() == 100 && results.iter().all(|result| result["status"] == 400), "{results:?}");
    assert_eq!(world.items(), before);
    world.settle().await;
}

#[tokio::test]
async fn a_compressed_body_is_refused_and_a_byte_order_mark_is_passed_over() {
    let world = World::new().await;
    let app = world.shop(1).await;
    let before = world.items();
    let good = format!("\u{feff}{}", moment(&[])).into_bytes();
    let (key, json_type) = (("x-api-key", &*app.key), ("content-type", "application/json"));
    // With the header only, and with the bytes only: gzip begins with 1f 8b (RFC 1952).
    for (coding, body) in
        [(Some("gzip"), good.clone()), (Some("br"), good.clone()), (None, vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3])]
    {
        let headers: Vec<(&str, &str)> =
            [key, json_type].into_iter().chain(coding.map(|coding| ("content-encoding", coding))).collect();
        let answer = world.send("POST", "/v1/moments", &headers, &body).await;
        assert_eq!(answer.header("accept-encoding"), Some("identity"));
        let problem = answer.expect(415);
        assert_eq!(problem["code"], "unsupported_media_type");
        assert!(problem["detail"].as_str().unwrap().contains("compressed"), "{problem}");
    }
    assert_eq!(world.items(), before);
    let identity = ("content-encoding", "identity");
    world.send("POST", "/v1/moments", &[key, json_type, identity], &good).await.expect(200);
}

/// Source: each of these was accepted, or its error named another field.
#[tokio::test]
async fn what_shows_nothing_or_opens_nowhere_is_refused_where_it_stands() {
    let world = World::new().await;
    let app = world.shop(1).await;
    let before = world.items();
    let achievement = "/moments/0/messages/achievement";
    let text = json!({"title": "Well done", "body": "A gift"});
    for (pointer, value, at, code) in [
        ("/name", json!("\u{200b}"), "/name", "invalid_text"),
        (&*format!("{achievement}/en/title"), json!("\u{200b}\u{feff}"), "", "invalid_text"),
        (&*format!("{achievement}/en/image_url"), json!("https://x:99999/"), "", "invalid_url"),
        (&*format!("{achievement}/en/url"), json!("https://a..b/"), "", "invalid_url"),
        (&*format!("{achievement}/en/url"), json!("http://x:99999/"), "", "invalid_url"),
        (&*format!("{achievement}/e"), text.clone(), "", "invalid_locale"),
        (&*format!("{achievement}/EN"), text, &*format!("{achievement}/en"), "repeated"),
    ] {
        let body = tests::campaign_with(&[(pointer, value)]);
        let errors = app.admin("PUT", "/campaigns/other", body).await.field_errors();
        let at = if at.is_empty() { pointer } else { at };
        assert_eq!(errors, [(at.to_owned(), code.to_owned())], "{pointer}");
    }
    for url in ["https://x:99999/", "https://[::1/x", "https://a..b/"] {
        let mut body = group();
        set(&mut body, "/test_url", json!(url));
        let errors = app.admin("PUT", "/reward-groups/other", body).await.field_errors();
        assert_eq!(errors, [("/test_url".to_owned(), "invalid_url".to_owned())], "{url}");
        let errors = app.admin("PUT", "/webhooks/backend", json!({"url": url})).await.field_errors();
        assert_eq!(errors, [("/url".to_owned(), "invalid_url".to_owned())], "{url}");
        let loaded = app.admin("POST", "/reward-groups/gift/stock", json!({"urls": [url]})).await.expect(200);
        assert_eq!(loaded["invalid_count"], 1, "{url}");
    }
    assert_eq!(world.items(), before);
    // A URL in capitals is the same URL, so it is not in stock twice.
    for (url, accepted) in [("HTTPS://HOST.EXAMPLE/A", 1), ("https://host.example/A", 0)] {
        let loaded = app.admin("POST", "/reward-groups/gift/stock", json!({"urls": [url]})).await.expect(200);
        assert_eq!(loaded["accepted"], accepted, "{url}");
    }
    let made = app.admin("PUT", "/webhooks/backend", json!({"url": "HTTPS://Hooks.example/x"})).await.expect(201);
    assert_eq!(made["url"], "https://Hooks.example/x");
}
