//! Apps, their keys, and the keys' rate limits.

use jiff::SignedDuration;
use serde_json::{Value, json};
use tests::{World, promises};

#[tokio::test]
async fn the_operator_lists_all_apps_and_an_apps_admin_only_that_one() {
    let world = World::new().await;
    for id in ["b", "a", "c"] {
        world.app(id).await;
    }
    let first = world.admin("GET", "/v1/apps?limit=2", Value::Null).await.expect(200);
    let ids = |list: &Value| -> Vec<String> {
        list["data"].as_array().unwrap().iter().map(|app| app["app_id"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!((ids(&first), &first["cursor"]), (vec!["a".into(), "b".into()], &json!("b")));
    let rest = world.admin("GET", "/v1/apps?limit=2&cursor=b", Value::Null).await.expect(200);
    assert_eq!((ids(&rest), &rest["cursor"]), (vec!["c".into()], &Value::Null));
    let own = json!({"scope": "admin", "mode": "live"});
    let own = world.admin("POST", "/v1/apps/b/keys", own).await.expect(201)["key"].as_str().unwrap().to_owned();
    assert_eq!(ids(&world.call(&own, "GET", "/v1/apps", Value::Null).await.expect(200)), ["b"]);
    assert_eq!(world.call(&own, "GET", "/v1/apps/a", Value::Null).await.status, 403);
}

#[tokio::test]
async fn keys_are_listed_without_their_secret() {
    let world = World::new().await;
    let app = world.app("app").await;
    let listed = app.admin("GET", "/keys", Value::Null).await.expect(200);
    assert_eq!(listed["data"].as_array().unwrap().len(), 2);
    for key in [&app.key, &app.test_key] {
        assert!(!listed.to_string().contains(&key[8..20]), "{listed}");
    }
    let page = app.admin("GET", "/keys?limit=1", Value::Null).await.expect(200);
    let next = format!("/keys?limit=1&cursor={}", page["cursor"].as_str().unwrap());
    let next = app.admin("GET", &next, Value::Null).await.expect(200);
    assert_ne!(page["data"][0]["key_id"], next["data"][0]["key_id"]);
}

#[tokio::test]
async fn a_rotated_key_works_until_its_end_and_the_new_one_at_once() {
    let world = World::new().await;
    let app = world.app("app").await;
    let keys = app.admin("GET", "/keys", Value::Null).await.expect(200);
    let live = keys["data"].as_array().unwrap().iter().find(|key| key["mode"] == "live").unwrap();
    let id = live["key_id"].as_str().unwrap().to_owned();
    let rotate = async |overlap: u64| {
        app.admin("POST", &format!("/keys/{id}/rotate"), json!({"overlap_seconds": overlap})).await
    };
    let rotated = rotate(3_600).await.expect(201);
    let new = rotated["key"].as_str().unwrap().to_owned();
    assert!(new.starts_with("mk_live_"));
    assert_eq!(rotated["previous"], json!({"key_id": id, "expires_at": "2026-12-01T13:00:00Z"}));
    let works = async |key: &str| world.call(key, "GET", "/v1/users/u/rewards", Value::Null).await.status;
    assert_eq!((works(&app.key).await, works(&new).await), (200, 200));
    // A second rotation with a longer overlap does not extend the old key's time.
    let again = rotate(7_200).await.expect(201);
    assert_eq!(again["previous"]["expires_at"], "2026-12-01T13:00:00Z");
    let stored = world.items_at("KEY#").into_iter().find(|key| key["expires_at"].is_object()).unwrap();
    assert_eq!(promises::number(&stored, "expires") * 1_000, promises::number(&stored, "expires_at"));
    world.pass(SignedDuration::from_mins(60));
    assert_eq!((works(&app.key).await, works(&new).await), (401, 200));
    assert_eq!(rotate(3_600).await.expect(409)["code"], "key_expired");
    let none = app.admin("POST", "/keys/key_none/rotate", Value::Null).await.expect(404);
    assert_eq!(none["detail"], "there is no key key_none");
}

#[tokio::test]
async fn a_key_that_does_more_than_its_app_allows_is_told_when_to_come_again() {
    let world = World::new().await;
    let app = world.app("app").await;
    let limited = json!({"name": "App", "rate_limit": {"requests_per_second": 2, "burst": 3}});
    app.admin("PUT", "", limited).await.expect(200);
    let ask = async || app.call("GET", "/v1/users/u/rewards", Value::Null).await;
    for remaining in ["2", "1", "0"] {
        let answer = ask().await;
        assert_eq!((answer.status, answer.header("ratelimit-remaining")), (200, Some(remaining)));
        assert_eq!(answer.header("ratelimit-limit"), Some("2"));
    }
    let before = world.items();
    let refused = ask().await;
    assert_eq!((refused.header("retry-after"), refused.header("ratelimit-reset")), (Some("1"), Some("2")));
    assert_eq!(refused.expect(429)["code"], "rate_limited");
    // The request does nothing, and a refusal for another reason shows the remaining limit, too.
    let body = json!({"user_id": "ada", "action": "deposit", "event_id": "e1"});
    for _ in 0..3 {
        world.call(&app.key, "POST", "/v1/moments", body.clone()).await;
    }
    assert_eq!(world.call(&app.key, "POST", "/v1/moments", body).await.status, 429);
    assert_eq!(world.items(), before);
    world.pass(SignedDuration::from_millis(500));
    assert_eq!(ask().await.header("ratelimit-remaining"), Some("0"));
    assert_eq!(world.call(&app.test_key, "GET", "/v1/users/u/rewards", Value::Null).await.status, 200, "each its own");
}

/// A `PUT` without a limit, for example to rename the app, reset the limit to the default ("What the field found", G).
#[tokio::test]
async fn an_app_that_is_renamed_keeps_its_limit() {
    let world = World::new().await;
    let limit = json!({"requests_per_second": 7, "burst": 9});
    world.admin("PUT", "/v1/apps/app", json!({"name": "App", "rate_limit": limit})).await.expect(200);
    for body in [json!({"name": "Shop"}), json!({"name": "Shop 2", "rate_limit": null})] {
        let put = world.admin("PUT", "/v1/apps/app", body.clone()).await.expect(200);
        assert_eq!((&put["name"], &put["rate_limit"]), (&body["name"], &limit));
    }
    let new = world.admin("PUT", "/v1/apps/new", json!({"name": "New"})).await.expect(200);
    assert_eq!(new["rate_limit"], json!({"requests_per_second": 50, "burst": 100}));
}

#[tokio::test]
async fn two_admins_who_edit_at_once_do_not_overwrite_each_other() {
    let world = World::new().await;
    let app = world.app("app").await;
    app.put_group("gift", tests::group()).await;
    app.admin("PUT", "/campaigns/spring", tests::campaign()).await.expect(200);
    let renamed = |body: Value, name: &str| {
        let mut body = body;
        body["name"] = json!(name);
        body
    };
    let bodies = [
        ("", json!({"name": "app", "rate_limit": {"requests_per_second": 100_000, "burst": 100_000}})),
        ("/reward-groups/gift", tests::group()),
        ("/campaigns/spring", tests::campaign()),
    ];
    for (path, body) in bodies {
        let seen = app.admin("GET", path, Value::Null).await;
        let seen = seen.header("etag").unwrap().to_owned();
        assert_eq!(seen, "\"1\"");
        let put = async |name: &str, if_match: &str| {
            let headers = [
                ("x-api-key", world.local.admin_key.expose()),
                ("content-type", "application/json"),
                ("if-match", if_match),
            ];
            let body = renamed(body.clone(), name).to_string();
            world.send("PUT", &format!("/v1/apps/app{path}"), &headers, body.as_bytes()).await
        };
        let first = put("First", &seen).await;
        assert_eq!((first.status, first.header("etag")), (200, Some("\"2\"")), "{path}");
        let before = world.items();
        let second = put("Second", &seen).await;
        assert_eq!(second.header("etag"), Some("\"2\""));
        let second = second.expect(409);
        assert_eq!(second["code"], "version_conflict");
        assert!(second["detail"].as_str().unwrap().contains("version 2"), "{second}");
        assert_eq!(world.items(), before);
        // Repeating the first after a lost answer is not a conflict.
        put("First", &seen).await.expect(200);
        assert_eq!(put("Third", "\"2\"").await.status, 200);
        assert_eq!(put("Fourth", "*").await.status, 200);
        // Version 0 is none at all: for whoever wants to make something new, and write over nothing.
        assert_eq!(put("Fifth", "\"0\"").await.status, 409);
        assert_eq!(put("Fifth", "2").await.field_errors(), [("/if-match".to_owned(), "invalid_header".to_owned())]);
    }
    let nobody =
        [("x-api-key", world.local.admin_key.expose()), ("content-type", "application/json"), ("if-match", "*")];
    assert_eq!(world.send("PUT", "/v1/apps/new", &nobody, b"{\"name\": \"New\"}").await.status, 409);
    let none = nobody.map(|(name, value)| (name, if name == "if-match" { "\"0\"" } else { value }));
    assert_eq!(world.send("PUT", "/v1/apps/new", &none, b"{\"name\": \"New\"}").await.status, 200);
    assert_eq!(world.send("PUT", "/v1/apps/new", &none, b"{\"name\": \"Other\"}").await.status, 409);
}

#[tokio::test]
async fn a_key_in_the_place_of_its_id_is_in_no_answer_and_no_item() {
    let world = World::new().await;
    let app = world.app("app").await;
    let minted = app.admin("POST", "/keys", json!({"scope": "app", "mode": "live"})).await.expect(201);
    let (key, before) = (minted["key"].as_str().unwrap(), (world.items(), world.audit_items()));
    for (method, path) in [("DELETE", format!("/keys/{key}")), ("POST", format!("/keys/{key}/rotate"))] {
        let answer = app.admin(method, &path, Value::Null).await;
        assert!(!answer.body.to_string().contains(key), "{}", answer.body);
        assert_eq!(answer.field_errors(), [("/key".to_owned(), "invalid_id".to_owned())]);
    }
    assert_eq!((world.items(), world.audit_items()), before);
    assert!(!world.log().contains(key));
}

#[tokio::test]
async fn a_test_key_writes_nothing_live_whatever_it_asks_for() {
    let world = World::new().await;
    let app = world.shop(3).await;
    app.deposits("ada", 3).await;
    app.call("PUT", "/v1/users/ada", json!({"locale": "de"})).await.expect(200);
    app.call("PUT", "/v1/users/ada/devices/phone", json!({"channel": "GCM", "address": "token"})).await.expect(200);
    world.settle().await;
    let before = world.items();
    let moment = json!({"user_id": "ada", "action": "deposit", "event_id": "e4"});
    let ask = json!({"user_id": "ada", "campaign_id": "spring", "moment_id": "deposits"});
    let legacy = json!({"appId": "app", "campaignId": "spring", "momentId": "deposits", "customerId": "ada"});
    let requests = [
        ("POST", "/v1/moments", moment.clone()),
        ("POST", "/v1/moments/batch", json!({"moments": [moment]})),
        ("POST", "/v1/eligibility", json!({"user_id": "ada"})),
        ("POST", "/v1/rewards", ask),
        ("POST", "/GetRewardInfo", legacy.clone()),
        ("POST", "/GetReward", legacy),
        ("PUT", "/v1/users/ada", json!({"locale": "fr"})),
        ("PUT", "/v1/users/new", json!({"locale": "fr"})),
        ("PUT", "/v1/users/ada/devices/tablet", json!({"channel": "GCM", "address": "token-2"})),
        ("DELETE", "/v1/users/ada/devices/phone", Value::Null),
        ("DELETE", "/v1/users/ada", Value::Null),
        ("GET", "/v1/users/ada/export", Value::Null),
        ("PUT", "/v1/apps/app", json!({"name": "Taken over"})),
        ("POST", "/v1/apps/app/keys", json!({"scope": "admin", "mode": "live"})),
        ("PUT", "/v1/apps/app/reward-groups/gift", tests::group()),
        ("POST", "/v1/apps/app/reward-groups/gift/stock", json!({"urls": ["https://a.example/1"]})),
        ("POST", "/v1/apps/app/reward-groups/gift/stock/retire", json!({"urls": ["https://gift.example/gift/0"]})),
        ("PUT", "/v1/apps/app/campaigns/spring", tests::campaign()),
        ("POST", "/v1/apps/app/campaigns/spring/suspend", Value::Null),
    ];
    for (method, path, body) in requests {
        world.call(&app.test_key, method, path, body).await;
        let live: Vec<Value> =
            world.items().into_iter().filter(|item| !item["pk"]["S"].as_str().unwrap().starts_with("TEST#")).collect();
        assert_eq!(live, before, "{method} {path}");
    }
    world.settle().await;
}
