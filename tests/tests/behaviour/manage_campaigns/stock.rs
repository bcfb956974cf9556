//! Stock: loading it in three formats, its levels, retiring URLs, and looking up who got a URL.

use jiff::SignedDuration;
use serde_json::{Value, json};
use tests::{Answer, App, World, group};

async fn load(app: &App<'_>, content_type: &str, path: &str, body: &str) -> Answer {
    let headers = [("x-api-key", app.world.local.admin_key.expose()), ("content-type", content_type)];
    let path = format!("/v1/apps/app/reward-groups/gift/{path}");
    app.world.send("POST", &path, &headers, body.as_bytes()).await
}

async fn shop_without_stock(world: &World) -> App<'_> {
    let app = world.app("app").await;
    app.put_group("gift", group()).await;
    app
}

#[tokio::test]
async fn stock_comes_as_csv_ndjson_or_json_with_a_report_by_row() {
    let world = World::new().await;
    let app = shop_without_stock(&world).await;
    let csv =
        "\u{feff}note;url\r\n\r\nfirst;https://a.example/1\r\nbad;http://a.example/2\r\nagain;https://a.example/1\r\n";
    let expected = json!({"accepted": 1, "duplicate": 1, "invalid_count": 1, "invalid": [{"line": 4, "reason": "must begin with https://"}]});
    assert_eq!(load(&app, "text/csv; charset=utf-8", "stock", csv).await.expect(200), expected);
    let ndjson = "\"https://a.example/1\"\n\n{\"url\": \"https://a.example/3\"}\nno json\n";
    let expected = json!([{"line": 4, "reason": "is not valid JSON"}]);
    let expected = json!({"accepted": 1, "duplicate": 1, "invalid_count": 1, "invalid": expected});
    assert_eq!(load(&app, "application/x-ndjson", "stock", ndjson).await.expect(200), expected);
    let json = json!({"urls": ["https://a.example/3", "https://a.example/4", 5]}).to_string();
    let answer = load(&app, "application/json", "stock", &json).await.expect(200);
    assert_eq!(
        (&answer["accepted"], &answer["duplicate"], &answer["invalid"][0]["line"]),
        (&json!(1), &json!(1), &json!(3))
    );
    assert_eq!(world.items_at("CODE#").len(), 3);
}

#[tokio::test]
async fn a_body_that_is_no_stock_is_refused_as_a_whole() {
    let world = World::new().await;
    let app = shop_without_stock(&world).await;
    let before = world.items();
    assert_eq!(load(&app, "text/plain", "stock", "https://a.example/1").await.status, 415);
    assert_eq!(load(&app, "text/csv", "stock", "\r\n\r\n").await.field_errors(), [(String::new(), "empty".into())]);
    assert_eq!(load(&app, "application/x-ndjson", "stock", &"x".repeat((1 << 20) + 1)).await.status, 413);
    let no_column = load(&app, "text/csv", "stock", "code,note\nhttps://a.example/1,x\n").await;
    assert_eq!(no_column.field_errors(), [(String::new(), "no_url_column".into())]);
    assert_eq!(world.items(), before);
}

#[tokio::test]
async fn ten_thousand_times_the_same_row_is_in_stock_once() {
    let world = World::new().await;
    let app = shop_without_stock(&world).await;
    let csv = "https://a.example/1\n".repeat(10_000);
    world.local.functions.take_consumed("manage-campaigns");
    let loaded = load(&app, "text/csv", "stock", &csv).await.expect(200);
    assert_eq!((&loaded["accepted"], &loaded["duplicate"]), (&json!(1), &json!(9_999)));
    assert_eq!(world.items_at("CODE#").len(), 1);
    // DynamoDB would throttle so many writes to one item.
    assert!(world.local.functions.take_consumed("manage-campaigns").requests < 10);
    let retired = load(&app, "text/csv", "stock/retire", &csv).await.expect(200);
    assert_eq!((&retired["retired"], &retired["refused_count"]), (&json!(1), &json!(9_999)));
}

#[tokio::test]
async fn a_report_ends_where_an_answer_does_and_good_rows_land_all_the_same() {
    let world = World::new().await;
    let app = shop_without_stock(&world).await;
    let csv = format!("url\nhttps://a.example/1\n{}https://a.example/2\n", "x\n".repeat(50_000));
    let loaded = load(&app, "text/csv", "stock", &csv).await.expect(200);
    assert_eq!((&loaded["accepted"], &loaded["invalid_count"]), (&json!(2), &json!(50_000)));
    let reported = loaded["invalid"].as_array().unwrap();
    assert_eq!((reported.len(), &reported[0]["line"], &reported[9_999]["line"]), (10_000, &json!(3), &json!(10_002)));
    let before = world.items();
    let refused = load(&app, "application/x-ndjson", "stock", &"1\n".repeat(500_000)).await;
    assert_eq!(refused.field_errors(), [(String::new(), "too_many_rows".into())]);
    assert_eq!(world.items(), before);
}

#[tokio::test]
async fn the_levels_say_what_is_left_how_fast_it_goes_and_until_when_it_lasts() {
    let world = World::new().await;
    let app = world.app("app").await;
    let mut warned = group();
    warned["low_stock_threshold"] = json!(5);
    app.put_group("gift", warned).await;
    app.stock("gift", 10).await;
    let fresh = app.admin("GET", "/reward-groups/gift/stock", Value::Null).await.expect(200);
    let expected = json!({
        "reward_group_id": "gift", "available": 10, "claimed": 0, "retired": 0, "waiting": 0,
        "burn_rate_per_hour": 0.0, "runs_out_at": null, "low_stock": false,
    });
    assert_eq!(fresh, expected);
    app.launch("spring", tests::campaign()).await;
    for n in 0..6 {
        app.ask(&format!("user-{n}")).await.expect(201);
        world.pass(SignedDuration::from_mins(10));
    }
    let retired =
        json!({"urls": ["https://gift.example/gift/0", "https://gift.example/gift/1", "https://gift.example/gift/2"]});
    let retired = app.admin("POST", "/reward-groups/gift/stock/retire", retired).await.expect(200);
    let retired = retired["retired"].as_u64().unwrap();
    let levels = app.admin("GET", "/reward-groups/gift/stock", Value::Null).await.expect(200);
    assert_eq!(
        (&levels["available"], &levels["claimed"], &levels["retired"]),
        (&json!(4 - retired), &json!(6), &json!(retired))
    );
    // Six in the last 24 hours determine how long the rest lasts.
    assert_eq!((&levels["burn_rate_per_hour"], &levels["low_stock"]), (&json!(0.25), &json!(true)));
    let lasts = i64::try_from(4 * (4 - retired)).unwrap();
    let until = world.clock.now() + SignedDuration::from_hours(lasts);
    assert_eq!(levels["runs_out_at"], json!(until));
    world.settle().await;
}

#[tokio::test]
async fn who_waits_is_counted_and_what_is_shared_has_no_stock() {
    let world = World::new().await;
    let app = world.shop(0).await;
    for user in ["a", "b", "c"] {
        assert_eq!(app.ask(user).await.expect(200)["outcome"], "waiting");
    }
    let levels = app.admin("GET", "/reward-groups/gift/stock", Value::Null).await.expect(200);
    assert_eq!((&levels["available"], &levels["waiting"]), (&json!(0), &json!(3)));
    let mut shared = group();
    shared["kind"] = json!("shared_url");
    shared["url"] = json!("https://gift.example/all");
    app.put_group("all", shared).await;
    let levels = app.admin("GET", "/reward-groups/all/stock", Value::Null).await.expect(200);
    assert_eq!((&levels["available"], &levels["low_stock"]), (&Value::Null, &json!(false)));
    let none = json!({"urls": ["https://gift.example/all"]});
    for path in ["stock", "stock/retire"] {
        let refused = app.admin("POST", &format!("/reward-groups/all/{path}"), none.clone()).await.expect(409);
        assert_eq!(refused["code"], "no_stock");
    }
}

#[tokio::test]
async fn what_is_retired_nobody_gets_and_what_somebody_has_stays() {
    let world = World::new().await;
    let app = world.shop(2).await;
    app.put_group("other", group()).await;
    app.stock("other", 1).await;
    let url = app.ask("ada").await.expect(201)["reward"]["url"].as_str().unwrap().to_owned();
    let left = if url.ends_with('0') { "https://gift.example/gift/1" } else { "https://gift.example/gift/0" };
    let body = format!("url\n{left}\n{url}\nhttps://gift.example/other/0\nhttps://gift.example/none\nhttp://x\n");
    let expected = json!({"retired": 1, "already_retired": 0, "refused_count": 4, "refused": [
        {"line": 3, "reason": "a user has it already"}, {"line": 4, "reason": "belongs to reward group other"},
        {"line": 5, "reason": "was never loaded"}, {"line": 6, "reason": "must begin with https://"},
    ]});
    assert_eq!(load(&app, "text/csv", "stock/retire", &body).await.expect(200), expected);
    let again = load(&app, "text/csv", "stock/retire", &body).await.expect(200);
    assert_eq!((&again["retired"], &again["already_retired"]), (&json!(0), &json!(1)));
    // Loading it once more does not bring it back.
    let loaded = app.admin("POST", "/reward-groups/gift/stock", json!({"urls": [left]})).await.expect(200);
    assert_eq!(loaded["duplicate"], 1);
    world.settle().await;
    assert_eq!(app.ask("bob").await.expect(200)["outcome"], "waiting");
    world.settle().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_url_that_is_claimed_and_retired_at_once_is_one_of_the_two() {
    let world = World::new().await;
    let app = world.shop(40).await;
    let urls: Vec<String> = (0..40).map(|n| format!("https://gift.example/gift/{n}")).collect();
    let retire = app.admin("POST", "/reward-groups/gift/stock/retire", json!({"urls": urls}));
    let asks = async {
        for n in 0..20 {
            app.ask(&format!("user-{n}")).await;
        }
    };
    let (retired, ()) = tokio::join!(retire, asks);
    let retired = retired.expect(200);
    world.settle().await;
    let levels = app.admin("GET", "/reward-groups/gift/stock", Value::Null).await.expect(200);
    assert_eq!(levels["available"], 0);
    assert_eq!(levels["claimed"].as_u64().unwrap() + levels["retired"].as_u64().unwrap(), 40, "{levels}");
    assert_eq!(
        (&levels["retired"], retired["refused"].as_array().unwrap().len()),
        (&retired["retired"], 40 - retired["retired"].as_u64().unwrap() as usize)
    );
}

#[tokio::test]
async fn a_url_and_a_reward_are_looked_up_for_support() {
    let world = World::new().await;
    let app = world.shop(1).await;
    let given = app.ask("ada").await.expect(201)["reward"].clone();
    let waiting = app.ask("bob").await.expect(200)["reward"].clone();
    let found = app.admin("POST", "/stock/lookup", json!({"url": given["url"]})).await.expect(200);
    assert_eq!((&found["state"], &found["claimed_at"]), (&json!("claimed"), &json!("2026-12-01T12:00:00Z")));
    assert_eq!((&found["reward"]["user_id"], &found["reward"]["reward_id"]), (&json!("ada"), &given["reward_id"]));
    let by_hash = app.admin("POST", "/stock/lookup", json!({"url_hash": found["url_hash"]})).await.expect(200);
    assert_eq!(by_hash, found);
    let none = app.admin("POST", "/stock/lookup", json!({"url": "https://gift.example/none"})).await;
    assert!(!none.body.to_string().contains("gift.example"));
    none.expect(404);
    for body in [json!({}), json!({"url": given["url"], "url_hash": found["url_hash"]}), json!({"url_hash": "x"})] {
        app.admin("POST", "/stock/lookup", body).await.expect(400);
    }
    let reward = |id: &Value| format!("/v1/rewards/{}", id.as_str().unwrap());
    let record = world.admin("GET", &reward(&given["reward_id"]), Value::Null).await.expect(200);
    assert_eq!(record, found["reward"]);
    let record = world.admin("GET", &reward(&waiting["reward_id"]), Value::Null).await.expect(200);
    assert_eq!((&record["state"], &record["waiting_reason"]), (&json!("waiting"), &json!("no_stock")));
    assert_eq!(app.call("GET", &reward(&given["reward_id"]), Value::Null).await.status, 403);
    // After the erasure the code is claimed by an unknown user.
    app.call("DELETE", "/v1/users/ada", Value::Null).await.expect(204);
    let found = app.admin("POST", "/stock/lookup", json!({"url": given["url"]})).await.expect(200);
    assert_eq!((&found["state"], &found["reward"]["user_id"]), (&json!("claimed"), &Value::Null));
    let other = world.app("other").await;
    let admin = json!({"scope": "admin", "mode": "live"});
    let key = other.admin("POST", "/keys", admin).await.expect(201)["key"].as_str().unwrap().to_owned();
    assert_eq!(world.call(&key, "GET", &reward(&given["reward_id"]), Value::Null).await.status, 403);
}
