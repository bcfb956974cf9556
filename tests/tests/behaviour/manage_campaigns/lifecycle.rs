//! A campaign's states, its history, and rehearsals in every state.

use jiff::SignedDuration;
use serde_json::{Value, json};
use tests::{App, World, campaign, campaign_with, group};

async fn history(app: &App<'_>, query: &str) -> Value {
    app.admin("GET", &format!("/campaigns/spring/history{query}"), Value::Null).await.expect(200)
}

#[tokio::test]
async fn every_change_is_on_record_with_who_when_what_and_why() {
    let world = World::new().await;
    let app = world.app("app").await;
    app.put_group("gift", group()).await;
    app.stock("gift", 1).await;
    let minted = app.admin("POST", "/keys", json!({"scope": "admin", "mode": "live"})).await.expect(201);
    let (key, id) = (minted["key"].as_str().unwrap().to_owned(), minted["key_id"].clone());
    let by_marketer = async |method: &str, path: &str, body: Value| {
        world.call(&key, method, &format!("/v1/apps/app/campaigns/spring{path}"), body).await.expect(200)
    };
    by_marketer("PUT", "", campaign()).await;
    world.pass(SignedDuration::from_mins(1));
    by_marketer("PUT", "", campaign_with(&[("/name", json!("May")), ("/moments/0/target", json!(6))])).await;
    by_marketer("POST", "/submit", Value::Null).await;
    app.admin("POST", "/campaigns/spring/reject", json!({"reason": "Six is too many."})).await.expect(200);
    by_marketer("PUT", "", campaign()).await;
    by_marketer("POST", "/submit", json!({"reason": "Five again."})).await;
    app.admin("POST", "/campaigns/spring/approve", Value::Null).await.expect(200);
    app.admin("POST", "/campaigns/spring/suspend", json!({"reason": "The partner is down."})).await.expect(200);
    let suspended = app.admin("GET", "/campaigns/spring", Value::Null).await.expect(200);
    assert_eq!(suspended["reason"], "The partner is down.");
    let resumed = app.admin("POST", "/campaigns/spring/resume", Value::Null).await.expect(200);
    assert_eq!(resumed["reason"], Value::Null, "an earlier reason is none of this step's");
    by_marketer("PUT", "", campaign_with(&[("/budget/amount_minor", json!(60_000))])).await;

    let all = history(&app, "").await["data"].as_array().unwrap().clone();
    let column = |name: &str| -> Vec<Value> { all.iter().rev().map(|change| change[name].clone()).collect() };
    let actions = [
        "created",
        "edited",
        "submitted",
        "rejected",
        "edited",
        "submitted",
        "approved",
        "suspended",
        "resumed",
        "amended",
    ];
    assert_eq!(column("action"), actions.map(Value::from));
    assert_eq!(column("version"), (1..=10).map(Value::from).collect::<Vec<_>>());
    let operator = json!("key_operator");
    let who = [&id, &id, &id, &operator, &id, &id, &operator, &operator, &operator, &id];
    assert_eq!(column("key_id"), who.map(Clone::clone));
    assert_eq!(column("at")[..2], [json!("2026-12-01T12:00:00Z"), json!("2026-12-01T12:01:00Z")]);
    assert_eq!(
        (&column("reason")[3], &column("reason")[7]),
        (&json!("Six is too many."), &json!("The partner is down."))
    );
    let edited = json!([
        {"pointer": "/moments/0/target", "before": 5, "after": 6}, {"pointer": "/name", "before": "Spring", "after": "May"},
    ]);
    assert_eq!(column("changes")[1], edited);
    assert_eq!(column("changes")[2], json!([{"pointer": "/state", "before": "draft", "after": "pending_approval"}]));
    assert_eq!(column("changes")[9], json!([{"pointer": "/budget/amount_minor", "before": 50_000, "after": 60_000}]));
    let created: Vec<&Value> = all[9]["changes"].as_array().unwrap().iter().map(|field| &field["before"]).collect();
    assert!(created.iter().all(|before| before.is_null()), "{created:?}");

    let page = history(&app, "?limit=4").await;
    assert_eq!((page["data"].as_array().unwrap(), &page["cursor"]), (&all[..4].to_vec(), &json!("7")));
    assert_eq!(history(&app, "?limit=100&cursor=7").await["data"].as_array().unwrap()[..], all[4..]);
    assert_eq!(history(&app, "?cursor=0").await["data"], json!([]));
    app.admin("GET", "/campaigns/spring/history?cursor=x", Value::Null).await.expect(400);
    app.admin("GET", "/campaigns/none/history", Value::Null).await.expect(404);
}

#[tokio::test]
async fn what_changes_nothing_is_not_on_record() {
    let world = World::new().await;
    let app = world.shop(1).await;
    let before = world.items();
    app.admin("POST", "/campaigns/spring/approve", Value::Null).await.expect(200);
    let resumed = app.admin("POST", "/campaigns/spring/resume", Value::Null).await.expect(409);
    assert_eq!(resumed["detail"], "the campaign is live; it can be resumed only from suspended");
    app.admin("PUT", "/campaigns/spring", campaign()).await.expect(200);
    let sooner = campaign_with(&[("/ends_at", json!("2026-12-24T00:00:00Z"))]);
    app.admin("PUT", "/campaigns/spring", sooner).await.expect(409);
    app.admin("POST", "/campaigns/spring/submit", Value::Null).await.expect(409);
    assert_eq!(world.items(), before);
    assert_eq!(history(&app, "").await["data"].as_array().unwrap().len(), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn admins_who_change_a_campaign_at_once_leave_one_record_for_each_version() {
    let world = World::new().await;
    let app = world.app("app").await;
    app.put_group("gift", group()).await;
    app.admin("PUT", "/campaigns/spring", campaign()).await.expect(200);
    let edit =
        |n: usize| app.admin("PUT", "/campaigns/spring", campaign_with(&[("/name", json!(format!("Name {n}")))]));
    let edit = |n: usize| {
        let edit = edit(n);
        async move { edit.await.status }
    };
    let statuses = futures_util::future::join_all((0..20).map(edit)).await;
    assert!(statuses.iter().all(|status| [200, 409].contains(status)), "{statuses:?}");
    let edits = statuses.iter().filter(|status| **status == 200).count();
    let changes = history(&app, "").await["data"].as_array().unwrap().clone();
    assert_eq!(changes.len(), edits + 1);
    // Each record begins with the state in which the one before it ended.
    for pair in changes.windows(2).take(edits.saturating_sub(1)) {
        assert_eq!(pair[0]["changes"][0]["before"], pair[1]["changes"][0]["after"]);
    }
}

#[tokio::test]
async fn a_change_of_everything_is_on_record_too() {
    let world = World::new().await;
    let app = world.app("app").await;
    let moments = |text: &str| -> Value {
        let mut moment = campaign()["moments"][0].clone();
        // ISO 639's codes for private use.
        let tags = ('a'..='b').flat_map(|second| ('a'..='y').map(move |third| format!("q{second}{third}")));
        let languages = tags.map(|tag| (tag, json!({"title": text, "body": text})));
        moment["messages"]["achievement"] = Value::Object(languages.collect());
        let with_id = |n: usize| {
            let mut moment = moment.clone();
            moment["moment_id"] = json!(format!("moment-{n}"));
            moment
        };
        (0..25).map(with_id).collect()
    };
    for text in ["a", "b"] {
        app.admin("PUT", "/campaigns/spring", campaign_with(&[("/moments", moments(text))])).await.expect(200);
    }
    let newest = history(&app, "?limit=1").await["data"][0].clone();
    let fields = newest["changes"].as_array().unwrap().len();
    assert!(fields == 1 || fields == 2_500, "{fields}");
    let too_much = campaign_with(&[("/moments", moments(&"x".repeat(100)))]);
    let refused = app.admin("PUT", "/campaigns/spring", too_much).await.field_errors();
    assert_eq!(refused, [("/moments".to_owned(), "too_large".to_owned())]);
}

#[tokio::test]
async fn test_keys_and_rehearsals_play_a_campaign_in_every_state() {
    let world = World::new().await;
    let app = world.app("app").await;
    app.put_group("gift", group()).await;
    app.stock("gift", 1).await;
    let starts_at = ("/starts_at", json!("2026-12-15T00:00:00Z"));
    let once = campaign_with(&[("/moments/0/target", json!(1)), starts_at]);
    app.admin("PUT", "/campaigns/spring", once.clone()).await.expect(200);
    // The next step or time, and its state.
    let states = [
        ("", "draft"),
        ("submit", "pending_approval"),
        ("reject", "rejected"),
        ("again", "draft"),
        ("submit", "pending_approval"),
        ("approve", "approved"),
        ("2026-12-15T00:00:00Z", "live"),
        ("suspend", "suspended"),
        ("resume", "live"),
        ("2027-01-01T00:00:00Z", "finished"),
    ];
    for (number, (step, state)) in states.into_iter().enumerate() {
        let reason = json!({"reason": "As agreed."});
        match step {
            "" => {}
            "again" => drop(app.admin("PUT", "/campaigns/spring", once.clone()).await.expect(200)),
            time if time.starts_with("20") => world.set_time(time),
            step => drop(app.admin("POST", &format!("/campaigns/spring/{step}"), reason).await.expect(200)),
        }
        assert_eq!(app.admin("GET", "/campaigns/spring", Value::Null).await.expect(200)["state"], state);
        let live = |item: &Value| !item["pk"]["S"].as_str().unwrap().starts_with("TEST#");
        let before: Vec<Value> = world.items().into_iter().filter(live).collect();
        // A user for each key: before the start the keys share the test partition.
        for (who, key, query) in [("tester", &app.test_key, ""), ("shopper", &app.key, "?dry_run=true&rehearse=draft")]
        {
            let user = format!("{who}-{number}");
            let event = json!({"user_id": user, "action": "deposit", "event_id": "e1"});
            let ask = json!({"user_id": user, "campaign_id": "spring", "moment_id": "deposits"});
            let counted = world.call(key, "POST", &format!("/v1/moments{query}"), event).await.expect(200);
            let asked = world.call(key, "POST", &format!("/v1/rewards{query}"), ask).await.expect(200);
            for outcome in [&counted["outcomes"][0], &asked] {
                // For a live key it counts once the campaign has been live.
                let is_over = who == "shopper" && ["suspended", "finished"].contains(&state);
                let expected = if is_over { "campaign_not_live" } else { "rewarded" };
                assert_eq!(outcome["outcome"], expected, "{state} {query}: {outcome}");
                let test_reward = (&outcome["reward"]["test"], &outcome["reward"]["url"]);
                assert!(is_over || test_reward == (&json!(true), &group()["test_url"]), "{outcome}");
            }
        }
        let eligible = json!({"user_id": "ada", "campaign_id": "spring"});
        let eligible = world.call(&app.test_key, "POST", "/v1/eligibility", eligible).await.expect(200);
        assert_eq!(eligible["results"][0]["eligible"], true, "{state}");
        // For all others it has ended or is suspended.
        if ["suspended", "finished"].contains(&state) {
            assert_eq!(app.ask("ada").await.expect(200)["outcome"], "campaign_not_live", "{state}");
        }
        let after: Vec<Value> = world.items().into_iter().filter(live).collect();
        assert_eq!(after, before, "{state}");
        assert!(world.items_at(&format!("TEST#USER#app#shopper-{number}")).is_empty(), "a dry run writes nothing");
    }
    world.settle().await;
}

#[tokio::test]
async fn a_step_needs_its_states_and_a_refusal_names_them_and_the_found_one() {
    let world = World::new().await;
    let app = world.app("app").await;
    app.put_group("gift", group()).await;
    app.stock("gift", 1).await;
    // The app's key has the app's rate limit; the operator's would be used up at this instant.
    let minted = app.admin("POST", "/keys", json!({"scope": "admin", "mode": "live"})).await.expect(201);
    let key = minted["key"].as_str().unwrap();
    let call = async |method: &str, path: String, body: Value| {
        world.call(key, method, &format!("/v1/apps/app/campaigns/{path}"), body).await
    };
    let reason = json!({"reason": "As agreed."});
    let steps = [
        ("submit", "submitted", "draft"),
        ("approve", "approved", "pending_approval"),
        ("reject", "rejected", "pending_approval"),
        ("suspend", "suspended", "approved or live"),
        ("resume", "resumed", "suspended"),
    ];
    // Each state, the way to it, and the result of each step from there, if it is allowed. The last step may be
    // repeated.
    let table = [
        ("draft", "", ["pending_approval", "", "", "", ""]),
        ("pending_approval", "submit", ["pending_approval", "live", "rejected", "", ""]),
        ("rejected", "submit reject", ["", "", "rejected", "", ""]),
        ("approved", "submit approve", ["", "approved", "", "suspended", ""]),
        ("live", "submit approve", ["", "live", "", "suspended", ""]),
        ("live", "submit approve suspend resume", ["", "", "", "suspended", "live"]),
        ("suspended", "submit approve suspend", ["", "", "", "suspended", "live"]),
        ("finished", "submit approve", ["", "finished", "", "", ""]),
    ];
    for (row, (state, path, _)) in table.into_iter().enumerate() {
        let change = match state {
            "approved" => ("/starts_at", json!("2026-12-20T00:00:00Z")),
            "finished" => ("/ends_at", json!("2026-12-05T00:00:00Z")),
            _ => ("/name", json!("Spring")),
        };
        let plan = campaign_with(&[change]);
        for (step, ..) in steps {
            call("PUT", format!("{row}-{step}"), plan.clone()).await.expect(200);
            for earlier in path.split_whitespace() {
                call("POST", format!("{row}-{step}/{earlier}"), reason.clone()).await.expect(200);
            }
        }
    }
    world.set_time("2026-12-10T00:00:00Z");
    for (row, (state, path, ends)) in table.into_iter().enumerate() {
        for ((step, verb, needs), end) in steps.into_iter().zip(ends) {
            let found = call("GET", format!("{row}-{step}"), Value::Null).await.expect(200);
            assert_eq!(found["state"], state);
            let before = world.items();
            let answer = call("POST", format!("{row}-{step}/{step}"), reason.clone()).await;
            if end.is_empty() {
                let detail = format!("the campaign is {state}; it can be {verb} only from {needs}");
                assert_eq!(answer.expect(409)["detail"], detail);
                assert_eq!(world.items(), before, "{state} ({path}), {step}");
            } else {
                assert_eq!(answer.expect(200)["state"], end, "{state} ({path}), {step}");
            }
        }
    }
    world.settle().await;
}

#[tokio::test]
async fn a_moment_is_counted_where_it_is_offered_and_nowhere_else() {
    let world = World::new().await;
    let app = world.app("app").await;
    app.put_group("gift", group()).await;
    app.stock("gift", 5).await;
    app.launch("spring", campaign_with(&[("/moments/0/marketplaces", json!(["DE", "AT"]))])).await;
    let deposit = async |user: &str, marketplace: &str| {
        let body =
            json!({"user_id": user, "action": "deposit", "event_id": "e1", "user": {"marketplace": marketplace}});
        app.call("POST", "/v1/moments", body).await.expect(200)["outcomes"][0].clone()
    };
    assert_eq!(deposit("ada", "AT").await["outcome"], "in_progress");
    let elsewhere = deposit("bob", "US").await;
    assert_eq!(elsewhere["outcome"], "not_eligible");
    assert_eq!(elsewhere["reasons"], json!(["marketplace US; the moment is offered in [DE, AT]"]));
    app.call("PUT", "/v1/users/cyd", json!({"marketplace": "DE"})).await.expect(200);
    assert_eq!(app.deposit("cyd", "e1").await.expect(200)["outcomes"][0]["outcome"], "in_progress");
    assert_eq!(app.deposit("dan", "e1").await.expect(200)["outcomes"][0]["outcome"], "not_eligible");
    // Only the note of the refusal, for support.
    let turned_away = |item: &Value| item["sk"]["S"].as_str().unwrap().starts_with("TURNED_AWAY#");
    assert!(world.items_at("USER#app#bob").iter().all(turned_away));
}

#[tokio::test]
async fn each_kind_of_group_carries_what_it_needs_and_nothing_else() {
    let world = World::new().await;
    let app = world.app("app").await;
    app.put_group("gift", group()).await;
    let shipping = json!({
        "weight_grams": 450, "length_mm": 300, "sku": "SWORD-1",
        "customs": {"description": "Toy sword", "hs_code": "950300", "origin": "DE"},
    });
    let kinds = [
        ("unique_url", json!({})),
        ("catalog_credit", json!({"category": "Games"})),
        ("physical", json!({"shipping": shipping})),
        ("shared_url", json!({"url": "https://gift.example/all"})),
    ];
    for (kind, own) in &kinds {
        for (_, extra) in &kinds {
            let mut body = group();
            body["kind"] = json!(kind);
            body.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
            let answer = app.admin("PUT", &format!("/reward-groups/{kind}"), body).await;
            if extra == own {
                let shown = answer.expect(200);
                for (field, value) in own.as_object().unwrap() {
                    assert_eq!(&shown[field], value);
                }
            } else {
                answer.expect(400);
            }
        }
    }
    let refused = async |changes: &[(&str, Value)]| {
        let mut body = group();
        body["kind"] = json!("physical");
        body["shipping"] = shipping.clone();
        changes.iter().for_each(|(pointer, value)| tests::set(&mut body, pointer, value.clone()));
        app.admin("PUT", "/reward-groups/new", body).await.field_errors().remove(0)
    };
    for (pointer, value, code) in [
        ("/shipping/weight_grams", json!(0), "out_of_range"),
        ("/shipping/customs/hs_code", json!("9503.00"), "invalid_hs_code"),
        ("/shipping/customs/origin", json!("Germany"), "invalid_country"),
        ("/fallback_group_id", json!("new"), "invalid_fallback"),
        ("/fallback_group_id", json!("none"), "invalid_fallback"),
    ] {
        assert_eq!(refused(&[(pointer, value)]).await, (pointer.to_owned(), code.to_owned()));
    }
    let dollars = refused(&[("/cpa/currency", json!("USD")), ("/fallback_group_id", json!("gift"))]).await;
    assert_eq!(dollars, ("/fallback_group_id".to_owned(), "invalid_fallback".to_owned()));
    let mut falls_back = group();
    falls_back["fallback_group_id"] = json!("gift");
    app.put_group("other", falls_back).await;
}

#[tokio::test]
async fn a_campaign_that_is_over_is_not_revived() {
    let world = World::new().await;
    let app = world.shop(1).await;
    let longer = campaign_with(&[("/ends_at", json!("2028-01-01T00:00:00Z"))]);
    let revive = async || {
        let before = world.items();
        let refused = app.admin("PUT", "/campaigns/spring", longer.clone()).await.expect(409);
        assert!(refused["detail"].as_str().unwrap().starts_with("the campaign is finished"), "{refused}");
        assert_eq!(world.items(), before);
    };
    world.set_time("2027-01-01T00:00:00Z");
    revive().await;
    for (step, word) in [("suspend", "suspended"), ("reject", "rejected")] {
        let reason = json!({"reason": "too late"});
        let refused = app.admin("POST", &format!("/campaigns/spring/{step}"), reason).await.expect(409);
        let says = format!("the campaign is finished; it can be {word} only from ");
        assert!(refused["detail"].as_str().unwrap().starts_with(&says), "{refused}");
    }
    // Nor if it was suspended before.
    world.set_time("2026-12-31T00:00:00Z");
    app.admin("POST", "/campaigns/spring/suspend", Value::Null).await.expect(200);
    world.set_time("2027-01-01T00:00:00Z");
    revive().await;
    assert_eq!(app.admin("POST", "/campaigns/spring/resume", Value::Null).await.expect(200)["state"], "finished");
}

#[tokio::test]
async fn an_amendment_has_no_reason_of_an_earlier_step() {
    let world = World::new().await;
    let app = world.shop(1).await;
    let reason = json!({"reason": "fraud is suspected"});
    app.admin("POST", "/campaigns/spring/suspend", reason).await.expect(200);
    let raised = campaign_with(&[("/budget/amount_minor", json!(60_000))]);
    assert_eq!(app.admin("PUT", "/campaigns/spring", raised).await.expect(200)["reason"], "fraud is suspected");
    let changes = history(&app, "?limit=2").await;
    let reasons = [0, 1].map(|entry| (&changes["data"][entry]["action"], &changes["data"][entry]["reason"]));
    let expected = [(json!("amended"), Value::Null), (json!("suspended"), json!("fraud is suspected"))];
    assert_eq!(reasons, expected.each_ref().map(|(action, reason)| (action, reason)));
}

#[tokio::test]
async fn a_group_of_a_running_campaign_gets_neither_dearer_nor_narrower() {
    let world = World::new().await;
    let app = world.shop(1).await;
    let change = |pointer: &str, value: Value| {
        let mut group = group();
        tests::set(&mut group, pointer, value);
        group
    };
    for dearer in [change("/cpa/amount_minor", json!(501)), change("/marketplaces", json!(["DE"]))] {
        let before = world.items();
        let refused = app.admin("PUT", "/reward-groups/gift", dearer).await.expect(409);
        assert!(refused["detail"].as_str().unwrap().contains("campaign spring awards the group"), "{refused}");
        assert_eq!(world.items(), before);
    }
    app.put_group("gift", change("/cpa/amount_minor", json!(400))).await;
    world.set_time("2027-01-01T00:00:00Z");
    app.put_group("gift", change("/cpa/amount_minor", json!(600))).await;
}

#[tokio::test]
async fn an_edited_group_keeps_its_restock_time_and_drops_removed_fields() {
    let world = World::new().await;
    let app = world.shop(1).await;
    let stored = || world.items_at("APP#app").into_iter().find(|item| item["sk"]["S"] == "GROUP#gift").unwrap();
    let before = stored();
    let mut edited = group();
    edited["low_stock_threshold"] = json!(5);
    app.put_group("gift", edited).await;
    assert_eq!(stored()["low_stock_threshold"]["N"], "5");
    app.put_group("gift", group()).await;
    assert_eq!(stored().get("low_stock_threshold"), None);
    for kept in ["restocked_at", "line_calls"] {
        assert!(before[kept].is_object() && stored()[kept] == before[kept], "{kept}");
    }
}

#[tokio::test]
async fn the_old_api_says_that_a_rehearsal_is_one() {
    let world = World::new().await;
    let app = world.shop(1).await;
    let body = json!({"appId": "app", "campaignId": "spring", "momentId": "deposits", "customerId": "ada"});
    let rehearsed = world.call(&app.test_key, "POST", "/GetReward", body.clone()).await.expect(200);
    assert_eq!((&rehearsed["status"], &rehearsed["test"]), (&json!("rewarded"), &json!(true)));
    let real = app.call("POST", "/GetReward", body).await.expect(200);
    assert_eq!((&real["status"], &real["test"]), (&json!("rewarded"), &json!(false)));
}
