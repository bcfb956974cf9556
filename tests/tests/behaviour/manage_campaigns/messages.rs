//! A campaign's messages: which are refused, and what a preview shows.

use serde_json::{Value, json};
use tests::{Answer, App, World, campaign_with, published_model};

async fn put(app: &App<'_>, changes: &[(&str, Value)]) -> Answer {
    app.admin("PUT", "/campaigns/spring", campaign_with(changes)).await
}

async fn refused(app: &App<'_>, changes: &[(&str, Value)]) -> Vec<(String, String)> {
    put(app, changes).await.field_errors()
}

#[tokio::test]
async fn messages_are_read_and_shown_as_they_were_put() {
    let world = World::new().await;
    let app = world.app("app").await;
    let text = |title: &str| json!({"title": title, "body": "Hi {user.first_name}"});
    let of_campaign = json!({
        "waiting": {"en": text("wait")}, "reminder": {"en": text("soon"), "pt-BR": text("logo")}, "remind_hours_before": 24,
        "delivery": {"sound": "default", "badge": 2, "ttl_seconds": 600, "priority": "normal"},
        "achievement": {"en": text("yes")},
    });
    let quiet = json!({"from": "22:30", "until": "07:00"});
    let own = json!({"announcement": {"en": {"title": "Go", "body": "{progress.remaining} to go", "url": "shop://go",
                     "image_url": "https://shop.example/go.png"}}});
    let changes =
        [("/messages", of_campaign.clone()), ("/quiet_hours", quiet.clone()), ("/moments/0/messages", own.clone())];
    let shown = put(&app, &changes).await.expect(200);
    assert_eq!(
        (&shown["messages"], &shown["quiet_hours"], &shown["moments"][0]["messages"]),
        (&of_campaign, &quiet, &own)
    );
    let read = app.admin("GET", "/campaigns/spring", Value::Null).await.expect(200);
    assert_eq!(read["messages"], of_campaign);
}

#[tokio::test]
async fn a_message_that_could_not_be_told_is_refused_where_it_stands() {
    let world = World::new().await;
    let app = world.app("app").await;
    let achievement = |text: Value| [("/moments/0/messages/achievement", json!({"en": text}))];
    let at = "/moments/0/messages/achievement/en";
    let title = |text: &str| json!({"title": text, "body": "b"});
    let error = |pointer: String, code: &str| vec![(pointer, code.to_owned())];
    for text in ["{user.name}", "{progress.count}", "{", "}", "\\{\\{User.Id\\}\\}"] {
        assert_eq!(
            refused(&app, &achievement(title(text))).await,
            error(format!("{at}/title"), "invalid_placeholder"),
            "{text}"
        );
    }
    let long = json!({"title": "t", "body": "{redeem_url} ".repeat(8)});
    assert_eq!(refused(&app, &achievement(long)).await, error(format!("{at}/body"), "too_large"));
    for url in ["javascript:alert(1)", "no-scheme", "https://a b", "DATA:x", ""] {
        let text = json!({"title": "t", "body": "b", "url": url});
        assert_eq!(refused(&app, &achievement(text)).await, error(format!("{at}/url"), "invalid_url"), "{url}");
    }
    let text = json!({"title": "t", "body": "b", "image_url": "http://shop.example/x.png"});
    assert_eq!(refused(&app, &achievement(text)).await, error(format!("{at}/image_url"), "invalid_url"));
    let twice = json!({"pt-BR": title("a"), "pt-br": title("b")});
    let changes = [("/moments/0/messages/achievement", twice)];
    assert_eq!(refused(&app, &changes).await, error("/moments/0/messages/achievement/pt-br".into(), "repeated"));
    assert!(world.items_at("APP#app").iter().all(|item| !item["sk"]["S"].as_str().unwrap().starts_with("CAMPAIGN#")));
}

#[tokio::test]
async fn somebody_who_is_rewarded_is_told_so_by_the_moment_or_by_the_campaign() {
    let world = World::new().await;
    let app = world.app("app").await;
    let silent = [("/moments/0/messages", json!({}))];
    let missing = ("/moments/0/messages/achievement".to_owned(), "required".to_owned());
    assert_eq!(refused(&app, &silent).await, [missing]);
    let text = json!({"en": {"title": "t", "body": "b"}});
    put(&app, &[("/moments/0/messages", json!({})), ("/messages", json!({"achievement": text}))]).await.expect(200);
    let bad = json!({"delivery": {"badge": -1, "priority": "urgent", "ttl_seconds": 1e9}, "remind_hours_before": 5, "spam": {}});
    let pointers: Vec<String> =
        refused(&app, &[("/messages", bad)]).await.into_iter().map(|(pointer, _)| pointer).collect();
    let expected = [
        "/messages/delivery/badge",
        "/messages/delivery/ttl_seconds",
        "/messages/delivery/priority",
        "/messages/remind_hours_before",
        "/messages/spam",
    ];
    assert_eq!(pointers, expected);
    for (hours, pointer) in [
        (json!({"from": "25:00", "until": "08:00"}), "/quiet_hours/from"),
        (json!({"from": "08:00", "until": "08:00"}), "/quiet_hours/until"),
        (json!({"from": "08:00"}), "/quiet_hours/until"),
    ] {
        assert_eq!(refused(&app, &[("/quiet_hours", hours)]).await[0].0, pointer);
    }
}

#[tokio::test]
async fn a_challenge_may_be_announced_in_the_campaign_s_words() {
    let world = World::new().await;
    let app = world.shop(1).await;
    let text = json!({"en": {"title": "Go", "body": "b"}});
    let challenge = [("/kind", json!("challenge"))];
    app.admin("PUT", "/campaigns/other", campaign_with(&challenge)).await.expect(200);
    app.admin("POST", "/campaigns/other/submit", Value::Null).await.expect(400);
    let challenge = [("/kind", json!("challenge")), ("/messages", json!({"announcement": text}))];
    app.admin("PUT", "/campaigns/other", campaign_with(&challenge)).await.expect(200);
    app.admin("POST", "/campaigns/other/submit", Value::Null).await.expect(200);
}

#[tokio::test]
async fn a_preview_shows_what_every_channel_would_be_sent() {
    let world = World::new().await;
    let app = world.shop(1).await;
    let texts = json!({"en": {"title": "Hi {user.first_name}", "body": "{reward.name}: {redeem_url}"},
                       "de": {"title": "Hallo {user.first_name}", "body": "{reward.name}"}});
    put(&app, &[("/moments/0/messages/achievement", texts)]).await.expect(409);
    let texts = json!({"en": {"title": "Hi {user.first_name}", "body": "{reward.name}: {redeem_url}"},
                       "de": {"title": "Hallo {user.first_name}", "body": "{reward.name}"}});
    let campaign = campaign_with(&[("/moments/0/messages/achievement", texts)]);
    app.admin("PUT", "/campaigns/next", campaign).await.expect(200);
    let before = world.items();
    let path = "/campaigns/next/messages/preview";
    let asked = json!({"moment_id": "deposits", "kind": "achievement", "locale": "de-AT", "first_name": "Zoë"});
    let preview = app.admin("POST", path, asked).await.expect(200);
    assert_eq!((preview["title"].as_str(), preview["body"].as_str()), (Some("Hallo Zoë"), Some("Gift card")));
    let channels = preview["channels"].as_array().unwrap();
    let names: Vec<&str> = channels.iter().map(|channel| channel["channel"].as_str().unwrap()).collect();
    assert_eq!(names, ["APNS", "APNS_SANDBOX", "GCM", "ADM", "BAIDU", "SMS"]);
    for channel in channels {
        published_model::check_request(&channel["request"]);
        assert!(channel["size"].as_u64().unwrap() <= channel["limit"].as_u64().unwrap());
    }
    assert_eq!(channels[0]["request"]["MessageConfiguration"]["APNSMessage"]["Title"], "Hallo Zoë");
    let sms = channels[5]["request"]["MessageConfiguration"]["SMSMessage"]["Body"].as_str().unwrap();
    assert!(sms.starts_with("Hallo Zoë: Gift card http"), "{sms}");
    // A preview sends and stores nothing.
    assert!(world.local.inbox().requests().is_empty());
    assert_eq!(world.items(), before);
    let asked = json!({"moment_id": "deposits", "kind": "reminder"});
    assert_eq!(app.admin("POST", path, asked).await.expect(404)["code"], "not_found");
    let errors = app.admin("POST", path, json!({"kind": "spam", "locale": "?"})).await.field_errors();
    let pointers: Vec<&str> = errors.iter().map(|(pointer, _)| pointer.as_str()).collect();
    assert_eq!(pointers, ["/moment_id", "/kind", "/locale"]);
}
