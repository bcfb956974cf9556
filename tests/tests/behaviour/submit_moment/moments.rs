//! `POST /v1/moments` and `/v1/moments/batch`.

use serde_json::{Value, json};
use tests::{World, campaign, campaign_with, group};

#[tokio::test]
async fn the_fifth_deposit_is_rewarded_with_a_url_that_was_in_stock() {
    let world = World::new().await;
    let app = world.shop(3).await;
    for n in 1..=4 {
        let outcome = app.deposit("ada", &format!("e{n}")).await.expect(200)["outcomes"][0].clone();
        assert_eq!(outcome["outcome"], "in_progress");
        assert_eq!(outcome["progress"], json!({"count": n, "target": 5}));
    }
    let answer = app.deposit("ada", "e5").await.expect(200);
    assert_eq!((&answer["event_id"], &answer["duplicate"]), (&json!("e5"), &json!(false)));
    let outcome = &answer["outcomes"][0];
    assert_eq!(outcome["outcome"], "rewarded");
    let reward = &outcome["reward"];
    assert!(reward["url"].as_str().unwrap().starts_with("https://gift.example/gift/"));
    assert_eq!(reward["cost"], json!({"currency": "EUR", "amount_minor": 500}));
    assert_eq!(reward["message"]["title"], "Well done");
    assert_eq!((&reward["state"], &reward["test"]), (&json!("awarded"), &json!(false)));
    assert_eq!(reward["awarded_at"], tests::NOW);
    world.settle().await;
}

#[tokio::test]
async fn submitting_twice_counts_once_and_says_so() {
    let world = World::new().await;
    let app = world.shop(1).await;
    app.deposit("ada", "e1").await.expect(200);
    let again = app.deposit("ada", "e1").await.expect(200);
    assert_eq!(again["duplicate"], true);
    assert_eq!(again["outcomes"][0]["progress"]["count"], 1);
}

#[tokio::test]
async fn repeating_the_rewarded_event_answers_the_same_reward() {
    let world = World::new().await;
    let app = world.shop(3).await;
    let first = app.deposits("ada", 5).await;
    let again = app.deposit("ada", "e5").await.expect(200);
    assert_eq!(again["duplicate"], true);
    assert_eq!(again["outcomes"][0]["outcome"], "already_rewarded");
    assert_eq!(again["outcomes"][0]["reward"], first["reward"]);
    let further = app.deposit("ada", "e6").await.expect(200);
    assert_eq!(further["outcomes"][0]["outcome"], "already_rewarded");
    assert_eq!(further["outcomes"][0]["progress"]["count"], 5);
    world.settle().await;
}

#[tokio::test]
async fn an_event_is_recognised_for_seven_days_and_its_item_stays_small() {
    let world = World::new().await;
    let app = world.shop(1).await;
    app.deposit("ada", "old").await.expect(200);
    for (day, event) in [("2026-12-04", "e2"), ("2026-12-08", "e3")] {
        world.set_time(&format!("{day}T11:59:59Z"));
        assert_eq!(app.deposit("ada", "old").await.expect(200)["duplicate"], true, "{day}");
        app.deposit("ada", event).await.expect(200);
    }
    world.set_time("2026-12-20T00:00:00Z");
    assert_eq!(app.deposit("ada", "e4").await.expect(200)["outcomes"][0]["progress"]["count"], 4);
    let progress = world.items_at("USER#app#ada").remove(0);
    let remembered = |page: &str| progress[page]["BS"].as_array().map_or(0, Vec::len);
    assert!(remembered("events") + remembered("events_before") < 4, "{progress}");
}

#[tokio::test]
async fn an_environment_with_a_clock_before_the_turned_page_still_counts() {
    let world = World::new().await;
    let app = world.shop(1).await;
    world.set_time("2026-12-20T00:00:00Z");
    app.deposit("ada", "e1").await.expect(200);
    world.set_time("2026-12-05T00:00:00Z");
    assert_eq!(app.deposit("ada", "e1").await.expect(200)["duplicate"], true);
    assert_eq!(app.deposit("ada", "e2").await.expect(200)["outcomes"][0]["progress"]["count"], 2);
}

#[tokio::test]
async fn quantities_add_up_and_the_highest_level_counts() {
    let world = World::new().await;
    let app = world.app("app").await;
    app.put_group("gift", group()).await;
    app.stock("gift", 4).await;
    let coins = [
        ("/moments/0/count", json!("quantity")),
        ("/moments/0/target", json!(10_000)),
        ("/moments/0/action", json!("coins")),
    ];
    app.launch("coins", campaign_with(&coins)).await;
    let level = [("/moments/0/count", json!("highest")), ("/moments/0/action", json!("level"))];
    app.launch("level", campaign_with(&level)).await;
    let submit = |action: &'static str, event: &'static str, quantity: u64| {
        let body = json!({"user_id": "ada", "action": action, "event_id": event, "quantity": quantity});
        let app = &app;
        async move { app.call("POST", "/v1/moments", body).await.expect(200)["outcomes"][0].clone() }
    };
    assert_eq!(submit("coins", "c1", 9_999).await["outcome"], "in_progress");
    assert_eq!(submit("coins", "c2", 500).await["outcome"], "rewarded");
    assert_eq!(submit("level", "l1", 3).await["progress"]["count"], 3);
    assert_eq!(submit("level", "l2", 2).await["progress"]["count"], 3);
    assert_eq!(submit("level", "l3", 7).await["outcome"], "rewarded");
    assert_eq!(submit("level", "l4", 9).await["outcome"], "already_rewarded");
    world.settle().await;
}

#[tokio::test]
async fn a_repeatable_moment_rewards_up_to_its_limit_even_in_one_event() {
    let world = World::new().await;
    let app = world.app("app").await;
    app.put_group("gift", group()).await;
    app.stock("gift", 5).await;
    let changes = [("/moments/0/count", json!("quantity")), ("/moments/0/max_rewards_per_user", json!(3))];
    app.launch("spring", campaign_with(&changes)).await;
    let submit = |event: &'static str, quantity: u64| {
        let body = json!({"user_id": "ada", "action": "deposit", "event_id": event, "quantity": quantity});
        let app = &app;
        async move { app.call("POST", "/v1/moments", body).await.expect(200)["outcomes"].clone() }
    };
    let kinds = |outcomes: &Value| {
        outcomes
            .as_array()
            .unwrap()
            .iter()
            .map(|outcome| outcome["outcome"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(kinds(&submit("e1", 5).await), ["rewarded"]);
    assert_eq!(kinds(&submit("e2", 4).await), ["in_progress"]);
    let both = submit("e3", 100).await;
    assert_eq!(kinds(&both), ["rewarded", "rewarded"]);
    assert_ne!(both[0]["reward"]["url"], both[1]["reward"]["url"]);
    assert_eq!(kinds(&submit("e4", 100).await), ["already_rewarded"]);
    world.settle().await;
}

#[tokio::test]
async fn a_moment_completed_with_nothing_in_stock_waits() {
    let world = World::new().await;
    let app = world.shop(0).await;
    let outcome = app.deposits("ada", 5).await;
    assert_eq!(outcome["outcome"], "waiting");
    assert_eq!(outcome["reward"]["url"], Value::Null);
    assert_eq!(outcome["reasons"].as_array().unwrap().len(), 1);
    assert_eq!(app.deposit("ada", "e5").await.expect(200)["outcomes"][0]["outcome"], "waiting");
    world.settle().await;
}

#[tokio::test]
async fn a_held_out_user_is_counted_and_never_rewarded() {
    let world = World::new().await;
    let app = world.app("app").await;
    app.put_group("gift", group()).await;
    app.stock("gift", 1).await;
    app.launch("spring", campaign_with(&[("/holdout_percent", json!(100))])).await;
    assert_eq!(app.deposits("ada", 4).await["outcome"], "in_progress");
    assert_eq!(app.deposit("ada", "e5").await.expect(200)["outcomes"][0]["outcome"], "held_out");
    assert_eq!(app.deposit("ada", "e5").await.expect(200)["outcomes"][0]["outcome"], "held_out");
    assert_eq!(app.ask("ada").await.expect(200)["outcome"], "held_out");
    world.settle().await;
    assert!(world.items().iter().all(|item| !item["sk"]["S"].as_str().unwrap().starts_with("REWARD")));
}

#[tokio::test]
async fn a_user_of_another_marketplace_is_not_eligible_and_not_counted() {
    let world = World::new().await;
    let app = world.app("app").await;
    let mut german = group();
    german["marketplaces"] = json!(["DE"]);
    app.put_group("gift", german).await;
    app.stock("gift", 1).await;
    app.launch("spring", campaign()).await;
    let submit = |event: &'static str, user: Value| {
        let body = json!({"user_id": "ada", "action": "deposit", "event_id": event, "user": user});
        let app = &app;
        async move { app.call("POST", "/v1/moments", body).await.expect(200)["outcomes"][0].clone() }
    };
    let refused = submit("e1", json!({"marketplace": "US"})).await;
    assert_eq!(refused["outcome"], "not_eligible");
    assert_eq!(refused["reasons"], json!(["marketplace US; rewards are valid in [DE]"]));
    // Only the note of the refusal, for support.
    let turned_away = |item: &Value| item["sk"]["S"].as_str().unwrap().starts_with("TURNED_AWAY#");
    assert!(world.items_at("USER#").iter().all(turned_away));
    assert_eq!(submit("e1", json!({"marketplace": "DE"})).await["outcome"], "in_progress");
    app.call("PUT", "/v1/users/ada", json!({"marketplace": "DE"})).await.expect(200);
    assert_eq!(submit("e2", Value::Null).await["progress"]["count"], 2);
}

#[tokio::test]
async fn a_campaign_counts_between_start_and_end_unless_it_is_suspended() {
    let world = World::new().await;
    let app = world.shop(1).await;
    app.admin("POST", "/campaigns/spring/suspend", Value::Null).await.expect(200);
    assert_eq!(app.deposit("ada", "e1").await.expect(200)["outcomes"][0]["outcome"], "campaign_not_live");
    app.admin("POST", "/campaigns/spring/resume", Value::Null).await.expect(200);
    assert_eq!(app.deposit("ada", "e1").await.expect(200)["outcomes"][0]["outcome"], "in_progress");
    world.set_time("2027-01-01T00:00:00Z");
    assert_eq!(app.deposit("ada", "e2").await.expect(200)["outcomes"][0]["outcome"], "campaign_not_live");
    world.set_time("2027-02-01T00:00:00Z");
    assert_eq!(app.deposit("ada", "e3").await.expect(200)["outcomes"], json!([]));
}

#[tokio::test]
async fn test_mode_walks_the_whole_way_and_leaves_nothing_behind() {
    let world = World::new().await;
    let app = world.shop(1).await;
    let before = world.items();
    let submit = |event: String| {
        let body = json!({"user_id": "ada", "action": "deposit", "event_id": event});
        let (world, key) = (&world, &app.test_key);
        async move { world.call(key, "POST", "/v1/moments", body).await.expect(200)["outcomes"][0].clone() }
    };
    for n in 1..=4 {
        assert_eq!(submit(format!("e{n}")).await["progress"]["count"], n);
    }
    let rewarded = submit("e5".into()).await;
    assert_eq!(rewarded["outcome"], "rewarded");
    assert_eq!(
        (&rewarded["reward"]["url"], &rewarded["reward"]["test"]),
        (&json!("https://gift.example/test"), &json!(true))
    );
    assert_eq!(submit("e5".into()).await["outcome"], "already_rewarded");
    world.settle().await;
    let (test, rest): (Vec<_>, Vec<_>) =
        world.items().into_iter().partition(|item| item["pk"]["S"].as_str().unwrap().starts_with("TEST#"));
    assert_eq!(rest, before);
    assert!(test.iter().all(|item| item["expires"]["N"].is_string()), "test progress expires");
    assert_eq!(app.deposit("ada", "e1").await.expect(200)["outcomes"][0]["progress"]["count"], 1);
}

#[tokio::test]
async fn an_approved_campaign_is_in_test_mode_until_it_starts() {
    let world = World::new().await;
    let app = world.shop(1).await;
    world.set_time("2026-10-01T00:00:00Z");
    let outcome = app.deposits("ada", 5).await;
    assert_eq!((&outcome["outcome"], &outcome["reward"]["test"]), (&json!("rewarded"), &json!(true)));
    assert!(world.items_at("USER#").is_empty());
}

#[tokio::test]
async fn a_dry_run_answers_as_if_and_writes_nothing() {
    let world = World::new().await;
    let app = world.shop(1).await;
    app.deposits("ada", 4).await;
    let before = world.items();
    let body = json!({"user_id": "ada", "action": "deposit", "event_id": "e5"});
    let dry = app.call("POST", "/v1/moments?dry_run=true", body.clone()).await.expect(200);
    assert_eq!(dry["outcomes"][0]["outcome"], "rewarded");
    assert_eq!(dry["outcomes"][0]["reward"]["test"], true);
    let repeated = json!({"user_id": "ada", "action": "deposit", "event_id": "e4"});
    let dry = app.call("POST", "/v1/moments?dry_run=true", repeated).await.expect(200);
    assert_eq!((&dry["duplicate"], &dry["outcomes"][0]["progress"]["count"]), (&json!(true), &json!(4)));
    assert_eq!(world.items(), before);
    assert_eq!(app.call("POST", "/v1/moments", body).await.expect(200)["outcomes"][0]["reward"]["test"], false);
}

#[tokio::test]
async fn one_bad_entry_of_a_batch_does_not_sink_the_rest_and_the_order_is_kept() {
    let world = World::new().await;
    let app = world.shop(2).await;
    let mut moments: Vec<Value> =
        (1..=5).map(|n| json!({"user_id": "ada", "action": "deposit", "event_id": format!("e{n}")})).collect();
    moments.insert(2, json!({"user_id": "ada", "action": "deposit", "event_id": "e9", "quantity": -1, "x": 1}));
    moments.push(json!({"user_id": "bob", "action": "deposit", "event_id": "e1"}));
    moments.push(json!("no object"));
    let results =
        app.call("POST", "/v1/moments/batch", json!({"moments": moments})).await.expect(200)["results"].clone();
    let statuses: Vec<u64> =
        results.as_array().unwrap().iter().map(|result| result["status"].as_u64().unwrap()).collect();
    assert_eq!(statuses, [200, 200, 400, 200, 200, 200, 200, 400]);
    assert_eq!(results[2]["problem"]["errors"][0]["pointer"], "/moments/2/quantity");
    assert_eq!(results[2]["problem"]["errors"][1]["pointer"], "/moments/2/x");
    assert_eq!(results[5]["body"]["outcomes"][0]["outcome"], "rewarded");
    assert_eq!(results[6]["body"]["event_id"], "e1");
    world.settle().await;
}

/// Counts a deposit and dies after the write of the progress.
pub(crate) async fn count_and_die(world: &World, user: &str, event: &str) {
    use domain::campaign::counting::CountedEvent;
    use domain::time_zone::TimeZone;
    use store::progress;
    use store::schema::Key;
    let environment = &world.local.environments;
    let now = tests::NOW.parse().unwrap();
    let app_id = "app".try_into().unwrap();
    let catalog = environment.table.catalogs.of(&environment.store, &app_id, now).await.unwrap();
    let campaign = &catalog.campaigns[0];
    let moment = &campaign.moments[0];
    let key = Key::Progress(app_id, user.try_into().unwrap(), campaign.campaign_id.clone(), moment.moment_id.clone());
    let event_id = event.try_into().unwrap();
    let (marketplace, locale) = (None, Some("de"));
    let happened = CountedEvent { at: now, zone: TimeZone::UTC, quantity: 1 };
    let event = progress::NewEvent {
        key: &key,
        moment,
        event_id: &event_id,
        content: domain::event_content::EventContent::default(),
        happened,
        held_out: false,
        marketplace,
        locale,
        arm: None,
        fingerprints: None,
        review: None,
    };
    progress::count(&environment.store, event, now).await.unwrap();
}

#[tokio::test]
async fn a_submission_that_dies_before_its_claim_is_finished_by_the_stream() {
    let world = World::new().await;
    let app = world.shop(1).await;
    app.deposits("ada", 4).await;
    count_and_die(&world, "ada", "e5").await;
    world.settle().await;
    let rewards = app.call("GET", "/v1/users/ada/rewards", Value::Null).await.expect(200)["data"].clone();
    assert_eq!(rewards[0]["state"], "awarded");
    assert_eq!(rewards[0]["message"]["title"], "Gut gemacht");
    assert_eq!(app.deposit("ada", "e5").await.expect(200)["outcomes"][0]["reward"]["url"], rewards[0]["url"]);
    assert!(world.local.dead_letters().unwrap().is_empty());
}

#[tokio::test]
async fn a_retry_after_a_crash_before_the_claim_is_rewarded_at_once() {
    let world = World::new().await;
    let app = world.shop(1).await;
    app.deposits("ada", 4).await;
    count_and_die(&world, "ada", "e5").await;
    let retried = app.deposit("ada", "e5").await.expect(200);
    assert_eq!((&retried["duplicate"], &retried["outcomes"][0]["outcome"]), (&json!(true), &json!("rewarded")));
    world.settle().await;
}

/// A whole number beyond 64 bits was rounded to a float, so a rule matched another number ("What the field found", G).
/// The test writes JSON text, since its own JSON library rounds, too.
#[tokio::test]
async fn a_number_that_would_be_rounded_is_refused_without_other_events() {
    let world = World::new().await;
    let app = world.shop(1).await;
    let event = |id: &str, number: &str| {
        format!(r#"{{"user_id":"ada","action":"deposit","event_id":"{id}","attributes":{{"order":{number}}}}}"#)
    };
    let headers = [("x-api-key", app.key.as_str()), ("content-type", "application/json")];
    let send = async |path: &str, body: String| world.send("POST", path, &headers, body.as_bytes()).await;
    let before = world.items();
    for number in ["18446744073709551616", "-9223372036854775809", "[{\"id\": 99999999999999999999}]"] {
        let errors = send("/v1/moments", event("e", number)).await.field_errors();
        assert_eq!(errors, [("/attributes".to_owned(), "not_storable".to_owned())], "{number}");
    }
    assert_eq!(world.items(), before);
    let entries = [event("e1", "18446744073709551616"), event("e2", "18446744073709551615"), event("e3", "1e30")];
    let results = send("/v1/moments/batch", format!(r#"{{"moments":[{}]}}"#, entries.join(","))).await.expect(200);
    let statuses: Vec<&Value> = results["results"].as_array().unwrap().iter().map(|entry| &entry["status"]).collect();
    assert_eq!(statuses, [400, 200, 200]);
    world.settle().await;
}

/// Forms of ISO 8601 outside RFC 3339 were accepted ("What the field found", G). `edge::fields::time` tests all of
/// them.
#[tokio::test]
async fn occurred_at_is_an_rfc_3339_time() {
    let world = World::new().await;
    let app = world.shop(1).await;
    let at = |time: &str| json!({"user_id": "ada", "action": "deposit", "event_id": time, "occurred_at": time});
    let before = world.items();
    for time in ["2026-12-01T09:30Z", "20261201T093000Z", "2026-12-01 09:30:00Z", "2026-12-01T09:30:00+00:00[UTC]"] {
        let errors = app.call("POST", "/v1/moments", at(time)).await.field_errors();
        assert_eq!(errors, [("/occurred_at".to_owned(), "invalid_time".to_owned())], "{time}");
    }
    assert_eq!(world.items(), before);
    app.call("POST", "/v1/moments", at("2026-12-01T10:30:00.5+01:00")).await.expect(200);
    world.settle().await;
}

/// Source: "The completing event sometimes answers `already_rewarded`: the stream was faster" ("What the field found",
/// 5).
#[tokio::test]
async fn the_event_that_completes_is_rewarded_also_where_the_stream_was_faster() {
    let world = World::new().await;
    let app = world.shop(2).await;
    app.deposits("bob", 5).await;
    app.deposits("ada", 4).await;
    let progress = |user: &str| {
        let is_progress = |item: &Value| item["sk"]["S"].as_str().unwrap().starts_with("PROGRESS#");
        world.items_at(&format!("USER#app#{user}")).into_iter().find(is_progress).unwrap()
    };
    // The state that the stream sees in between: the fifth event is counted, and nothing is claimed.
    let (before, mut between) = (progress("ada"), progress("bob"));
    between["pk"] = before["pk"].clone();
    world.put_raw(between).await;
    world.settle().await;
    let listed = async || app.call("GET", "/v1/users/ada/rewards", Value::Null).await.expect(200)["data"].clone();
    let claimed = world.items_at("USER#app#ada").into_iter().find(|item| item.get("reward_id").is_some()).unwrap();
    assert_eq!((&claimed["reward_state"]["S"], &claimed["sealed"]["BOOL"]), (&json!("awarded"), &json!(true)));
    // The submission's state when it counted.
    world.put_raw(before).await;
    let completed = app.deposit("ada", "e5").await.expect(200);
    let outcome = &completed["outcomes"][0];
    assert_eq!((&completed["duplicate"], &outcome["outcome"]), (&json!(false), &json!("rewarded")));
    assert_eq!(outcome["reward"], listed().await[0]);
    assert_eq!(outcome["reward"]["reward_id"], claimed["reward_id"]["S"]);
    // A repetition, and any later event.
    for (event, duplicate) in [("e5", true), ("e6", false)] {
        let later = app.deposit("ada", event).await.expect(200);
        let told = (&later["duplicate"], &later["outcomes"][0]["outcome"]);
        assert_eq!(told, (&json!(duplicate), &json!("already_rewarded")), "{event}");
    }
    assert_eq!(listed().await.as_array().unwrap().len(), 1);
    world.settle().await;
}

#[tokio::test]
async fn a_reward_that_the_app_asked_for_before_is_known_to_the_event() {
    let world = World::new().await;
    let app = world.shop(1).await;
    app.ask("ada").await.expect(201);
    assert_eq!(app.deposits("ada", 4).await["outcome"], "in_progress");
    let completing = json!({"user_id": "ada", "action": "deposit", "event_id": "e5"});
    let dry = app.call("POST", "/v1/moments?dry_run=true", completing).await.expect(200);
    assert_eq!(dry["outcomes"][0]["outcome"], "already_rewarded");
    assert_eq!(app.deposit("ada", "e5").await.expect(200)["outcomes"], dry["outcomes"]);
    world.settle().await;
}
