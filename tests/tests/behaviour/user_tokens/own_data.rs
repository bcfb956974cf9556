//! What a token shows: what the app sees of this user, and nothing of another.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use tests::{World, campaign_with, competition};

use super::{Backend, set};

#[tokio::test]
async fn a_user_reads_what_the_app_reads_of_this_user() {
    let world = World::new().await;
    let app = world.shop(3).await;
    let backend = Backend::of(&app, "web", "live").await;
    for user in ["ada", "Zoë #1"] {
        let path = user.replace('#', "%23").replace(' ', "%20");
        app.call("PUT", &format!("/v1/users/{path}"), json!({"locale": "de"})).await.expect(200);
        app.deposits(user, 5).await;
        world.settle().await;
        for (own, of_app) in [("", ""), ("/rewards", "/rewards"), ("/notifications", "/notifications")] {
            let own = backend.call(user, "GET", own, Value::Null).await.expect(200);
            let of_app = app.call("GET", &format!("/v1/users/{path}{of_app}"), Value::Null).await.expect(200);
            assert_eq!(own, of_app);
        }
        let asked = json!({"user_id": user, "campaign_id": "spring"});
        let of_app = app.call("POST", "/v1/eligibility", asked).await.expect(200)["results"][0].clone();
        let own = backend.call(user, "POST", "/eligibility", json!({"campaign_id": "spring"})).await.expect(200);
        for field in ["eligible", "progress", "reward_preview"] {
            assert_eq!(own["results"][0][field], of_app[field]);
        }
    }
    assert_eq!(backend.call("bob", "GET", "/rewards", Value::Null).await.expect(200)["data"], json!([]));
    assert_eq!(backend.call("bob", "GET", "", Value::Null).await.status, 404);
    world.settle().await;
}

#[tokio::test]
async fn no_query_or_body_names_another_user() {
    let world = World::new().await;
    let app = world.shop(1).await;
    set(&app, json!({"client_actions": ["deposit"]})).await;
    let backend = Backend::of(&app, "web", "live").await;
    let before = world.items();
    let moment = json!({"action": "deposit", "event_id": "e1"});
    let device = json!({"channel": "GCM", "address": "token"});
    let read = json!({"notification_ids": ["achievement.spring.deposits.1"]});
    for (method, path, body, refused) in [
        ("POST", "/moments", moment.clone(), vec!["user_id", "user", "fingerprints", "occurred_at"]),
        ("POST", "/eligibility", json!({}), vec!["user_id", "user", "fingerprints"]),
        ("PUT", "/devices/phone", device, vec!["user_id"]),
        ("POST", "/notifications/read", read, vec!["user_id"]),
    ] {
        for field in refused {
            let mut body = body.clone();
            body[field] = match field {
                "user_id" => json!("bob"),
                "occurred_at" => json!(tests::NOW),
                _ => json!({}),
            };
            let errors = backend.call("ada", method, path, body).await.field_errors();
            assert_eq!(errors, [(format!("/{field}"), "unknown_field".to_owned())], "{path}");
        }
    }
    for path in ["/rewards?user_id=bob", "/moments?dry_run=true", "/eligibility?rehearse=draft", "?user_id=bob"] {
        let method = if path.starts_with("/moments") || path.starts_with("/eligibility") { "POST" } else { "GET" };
        let body = if method == "POST" { moment.clone() } else { Value::Null };
        let errors = backend.call("ada", method, path, body).await.field_errors();
        assert_eq!(errors[0].1, "unknown_parameter", "{path}");
    }
    assert_eq!(world.items(), before);
}

#[tokio::test]
async fn a_board_shows_other_players_only_if_the_app_allows_it() {
    let world = World::new().await;
    let app = world.app("app").await;
    app.put_group("gift", tests::group()).await;
    app.stock("gift", 2).await;
    app.launch("race", competition()).await;
    for (user, lap) in [("ada", 7), ("bob", 9)] {
        let event = json!({"user_id": user, "action": "lap", "event_id": "lap", "quantity": lap});
        app.call("POST", "/v1/moments", event).await.expect(200);
    }
    let backend = Backend::of(&app, "web", "live").await;
    let board = "/campaigns/race/leaderboard";
    let players = |board: &Value| -> Vec<Value> {
        board["data"].as_array().unwrap().iter().map(|row| row["user_id"].clone()).collect()
    };
    let seen = backend.call("ada", "GET", board, Value::Null).await.expect(200);
    assert_eq!(players(&seen), [Value::Null, json!("ada")]);
    let around = backend.call("ada", "GET", &format!("{board}?around=me"), Value::Null).await.expect(200);
    assert_eq!((&around["user"]["rank"], players(&around)), (&json!(2), vec![Value::Null, json!("ada")]));
    let other = backend.call("ada", "GET", &format!("{board}?around=bob"), Value::Null).await;
    assert_eq!(other.field_errors(), [("/around".to_owned(), "invalid_id".to_owned())]);
    let own = backend.call("ada", "GET", "/competitions", Value::Null).await.expect(200);
    assert_eq!(own["data"][0]["rank"], 2);
    set(&app, json!({"users_may": ["see_players"]})).await;
    let seen = backend.call("ada", "GET", board, Value::Null).await.expect(200);
    assert_eq!(players(&seen), ["bob", "ada"]);
    world.settle().await;
}

/// Ids are often e-mail addresses or numbers: whoever can compare hashes can try them out.
#[tokio::test]
async fn a_cursor_of_a_board_has_no_hash_of_a_user_that_anybody_can_compute() {
    let world = World::new().await;
    let app = world.app("app").await;
    app.put_group("gift", tests::group()).await;
    app.stock("gift", 2).await;
    app.launch("race", competition()).await;
    for (user, lap) in [("ada", 7), ("bob", 9), ("cay", 8)] {
        let event = json!({"user_id": user, "action": "lap", "event_id": "lap", "quantity": lap});
        app.call("POST", "/v1/moments", event).await.expect(200);
    }
    let backend = Backend::of(&app, "web", "live").await;
    let mut path = "/campaigns/race/leaderboard?limit=1".to_owned();
    let mut ranks = Vec::new();
    loop {
        let page = backend.call("ada", "GET", &path, Value::Null).await.expect(200);
        ranks.push(page["data"][0]["rank"].as_u64().unwrap());
        let Some(cursor) = page["cursor"].as_str() else { break };
        let place = String::from_utf8(URL_SAFE_NO_PAD.decode(cursor).unwrap()).unwrap();
        for user in ["ada", "bob", "cay"] {
            let digest = Sha256::digest(format!("app\nrace\ncampaign\n{user}").as_bytes());
            let hash: String = digest.iter().take(8).map(|byte| format!("{byte:02x}")).collect();
            assert!(place.len() > 40 && !place.contains(&hash), "{user}: {place}");
        }
        path = format!("/campaigns/race/leaderboard?limit=1&cursor={cursor}");
    }
    assert_eq!(ranks, [1, 2, 3], "the pages follow on each other");
    let beyond = URL_SAFE_NO_PAD.encode(format!("{}|0|0|", u64::MAX));
    let path = format!("/campaigns/race/leaderboard?limit=1&cursor={beyond}");
    backend.call("ada", "GET", &path, Value::Null).await.expect(200);
    world.settle().await;
}

#[tokio::test]
async fn a_client_sees_no_rule_and_no_campaign_before_its_start() {
    let world = World::new().await;
    let app = world.shop(2).await;
    let rule = "user.attributes.fraud_score < 7.0";
    let guarded = campaign_with(&[
        ("/moments/0/when", json!(rule)),
        ("/guards", json!({"review": {"when": "event.attributes.amount > 100.0"}})),
    ]);
    app.launch("guarded", guarded.clone()).await;
    assert_eq!(app.admin("PUT", "/campaigns/draft", guarded.clone()).await.status, 200);
    let mut later = guarded;
    later["starts_at"] = json!("2026-12-20T00:00:00Z");
    app.launch("later", later).await;
    set(&app, json!({"client_actions": ["deposit"]})).await;
    let backend = Backend::of(&app, "web", "live").await;
    let asked = |campaign: &str| json!({"campaign_id": campaign, "attributes": {"amount": 200}});
    for hidden in ["draft", "later"] {
        assert_eq!(backend.call("ada", "POST", "/eligibility", asked(hidden)).await.status, 404, "{hidden}");
        let mut of_app = asked(hidden);
        of_app["user_id"] = json!("ada");
        app.call("POST", "/v1/eligibility", of_app).await.expect(200);
    }
    let all = backend.call("ada", "POST", "/eligibility", json!({})).await.expect(200);
    let named = |answer: &Value, list: &str| -> Vec<String> {
        answer[list].as_array().unwrap().iter().map(|one| one["campaign_id"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(named(&all, "results"), ["guarded", "spring"]);
    let answer = backend.call("ada", "POST", "/eligibility", asked("guarded")).await.expect(200);
    assert!(!answer.to_string().contains("fraud_score") && !answer.to_string().contains("release"), "{answer:#}");
    let counted =
        backend.call("ada", "POST", "/moments", json!({"action": "deposit", "event_id": "e"})).await.expect(200);
    assert_eq!(named(&counted, "outcomes"), ["guarded", "spring"]);
    world.settle().await;
}

#[tokio::test]
async fn a_token_of_a_test_key_sees_and_uses_up_nothing() {
    let world = World::new().await;
    let app = world.shop(1).await;
    set(&app, json!({"client_actions": ["deposit"]})).await;
    let (live, test) = (Backend::of(&app, "web", "live").await, Backend::of(&app, "trial", "test").await);
    app.deposits("ada", 5).await;
    assert_eq!(test.call("ada", "GET", "/rewards", Value::Null).await.expect(200)["data"], json!([]));
    assert_eq!(test.call("ada", "GET", "", Value::Null).await.status, 404);
    let event = |n: usize| json!({"action": "deposit", "event_id": format!("try-{n}")});
    for n in 1..=5 {
        let outcome = test.call("bob", "POST", "/moments", event(n)).await.expect(200)["outcomes"][0].clone();
        assert_eq!(outcome["reward"]["test"], if n == 5 { json!(true) } else { Value::Null });
    }
    assert_eq!(live.call("bob", "GET", "/rewards", Value::Null).await.expect(200)["data"], json!([]));
    world.settle().await;
}
