//! Fields that describe a user, as phones send them: they are understood, or left out with a warning, but never lose an
//! event.

use serde_json::{Value, json};
use tests::{World, campaign_with, group};

/// Returns the pointers and codes of an answer's warnings.
fn warnings(answer: &Value) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let warnings = answer["warnings"].as_array().into_iter().flatten();
    warnings.map(|warning| (text(&warning["pointer"]), text(&warning["code"]))).collect()
}

#[tokio::test]
async fn a_phone_s_locale_loses_no_event_and_gets_its_language() {
    // tolgee-mobile-kotlin-sdk#20: these get 400 and the event is lost. From the issue: `iw`, `in`, `ji` get English
    // although texts exist, and `zh-HK` gets `zh`.
    let world = World::new().await;
    let app = world.app("app").await;
    app.put_group("gift", group()).await;
    app.stock("gift", 20).await;
    let tags = ["en", "en-US", "es", "de", "he", "id", "yi", "zh", "zh-Hant"];
    let texts: Value = tags.iter().map(|tag| ((*tag).to_owned(), json!({"title": tag, "body": "x"}))).collect();
    let changes =
        [("/moments/0/target", json!(1)), ("/moments/0/messages/achievement", texts), ("/kind", json!("surprise"))];
    app.launch("spring", campaign_with(&changes)).await;
    for (locale, title) in [
        ("es-u-ms-metric", "es"),
        ("en-US-u-hc-h23", "en-US"),
        ("en_US", "en-US"),
        ("iw", "he"),
        ("in_ID", "id"),
        ("ji", "yi"),
        ("zh-HK", "zh-Hant"),
        ("zh-CN", "zh"),
    ] {
        let event = json!({"user_id": locale, "action": "deposit", "event_id": "e1", "user": {"locale": locale}});
        let answer = app.call("POST", "/v1/moments", event).await.expect(200);
        assert_eq!(answer["warnings"], Value::Null, "{locale}");
        assert_eq!(answer["outcomes"][0]["reward"]["message"]["title"], title, "{locale}");
        // Also in the profile.
        let profile = json!({ "locale": locale });
        app.call("PUT", &format!("/v1/users/of-{locale}"), profile).await.expect(200);
        let reward = app.deposits(&format!("of-{locale}"), 1).await["reward"].clone();
        assert_eq!(reward["message"]["title"], title, "{locale}");
    }
    let shown = app.call("GET", "/v1/users/of-en_US", Value::Null).await.expect(200);
    assert_eq!(shown["locale"], "en-US");
    world.settle().await;
}

#[tokio::test]
async fn what_only_describes_a_user_is_left_out_with_a_warning() {
    // From the issue: time zone such as GMT+03:00, which phones send; the same for each field that describes a user.
    let world = World::new().await;
    let app = world.shop(1).await;
    let user = json!({
        "locale": "Klingon!", "time_zone": "GMT+03:00", "marketplace": "Ger many", "attributes": {"weight": 1e200},
    });
    let expected = [
        ("/user/marketplace", "invalid_marketplace"),
        ("/user/locale", "invalid_locale"),
        ("/user/time_zone", "invalid_time_zone"),
        ("/user/attributes", "not_storable"),
    ];
    let expected = expected.map(|(pointer, code)| (pointer.to_owned(), code.to_owned()));
    let event = json!({"user_id": "ada", "action": "deposit", "event_id": "e1", "user": user});
    let counted = app.call("POST", "/v1/moments", event.clone()).await.expect(200);
    assert_eq!(counted["outcomes"][0]["progress"]["count"], 1);
    assert_eq!(warnings(&counted), expected);
    assert!(!counted["warnings"].to_string().contains("1e200"), "an attribute is never told");

    let batch = app.call("POST", "/v1/moments/batch", json!({ "moments": [event.clone()] })).await.expect(200);
    let entry = &batch["results"][0]["body"];
    assert_eq!((&entry["duplicate"], warnings(entry).len()), (&json!(true), 4));
    assert_eq!(warnings(entry)[0].0, "/moments/0/user/marketplace");

    let question = json!({"user_id": "ada", "user": user});
    let answer = app.call("POST", "/v1/eligibility", question).await.expect(200);
    assert_eq!((answer["results"][0]["eligible"].clone(), warnings(&answer)), (json!(true), expected.to_vec()));

    let without = app.deposit("ada", "e2").await.expect(200);
    assert_eq!(without["warnings"], Value::Null);
    // The profile is strict, and so are fields that the app's own code fills.
    let refused = app.call("PUT", "/v1/users/ada", user.clone()).await.field_errors();
    assert_eq!(refused.len(), 4);
    let refused = app.call("PUT", "/v1/users/ada", json!({"marketplace": "UK"})).await;
    assert!(refused.body["detail"].as_str().unwrap().ends_with("do you mean GB?"), "{}", refused.body);
    let typo = json!({"user_id": "ada", "action": "deposit", "event_id": "e3", "user": {"local": "de"}});
    let refused = app.call("POST", "/v1/moments", typo).await.field_errors();
    assert_eq!(refused, [("/user/local".to_owned(), "unknown_field".to_owned())]);
    world.settle().await;
}
