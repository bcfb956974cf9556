//! Targeting: rules, segments and the arms of experiments, through the gateway.

use serde_json::{Value, json};
use tests::{App, World, campaign_with, group, set};

/// Submits an event. Returns the outcome of each moment that it matches.
async fn submit(app: &App<'_>, user: &str, event: &str, more: Value) -> Vec<Value> {
    let mut body = json!({"user_id": user, "action": "deposit", "event_id": event});
    for (name, value) in more.as_object().unwrap() {
        body[name] = value.clone();
    }
    app.call("POST", "/v1/moments", body).await.expect(200)["outcomes"].as_array().unwrap().clone()
}

async fn outcome(app: &App<'_>, user: &str, event: &str, more: Value) -> Value {
    submit(app, user, event, more).await.remove(0)
}

/// Makes an app with stock in these groups and a live campaign `spring`, by [`campaign_with`].
async fn launched<'a>(world: &'a World, groups: &[&str], changes: &[(&str, Value)]) -> App<'a> {
    let app = world.app("app").await;
    for id in groups {
        app.put_group(id, group()).await;
        app.stock(id, 40).await;
    }
    app.launch("spring", campaign_with(changes)).await;
    app
}

#[tokio::test]
async fn a_rule_decides_which_events_count_and_says_why_not() {
    let world = World::new().await;
    let rule = "event.attributes.amount >= 10.0 && user.attributes.tier == 'gold'";
    let app = launched(&world, &["gift"], &[("/moments/0/when", json!(rule)), ("/moments/0/target", json!(2))]).await;
    let gold = |amount: f64| json!({"attributes": {"amount": amount}, "user": {"attributes": {"tier": "gold"}}});
    let refused = outcome(&app, "ada", "e1", gold(9.99)).await;
    assert_eq!((&refused["outcome"], &refused["progress"]["count"]), (&json!("not_eligible"), &json!(0)));
    assert_eq!(refused["reasons"], json!(["`event.attributes.amount >= 10.0` is false"]));
    let turned_away = |item: &Value| item["sk"]["S"].as_str().unwrap().starts_with("TURNED_AWAY#");
    assert!(
        world.items_at("USER#app#ada").iter().all(turned_away),
        "what does not count leaves nothing but that it was turned away"
    );
    assert_eq!(outcome(&app, "ada", "e2", gold(10.0)).await["progress"]["count"], 1);
    // A whole number instead of a fraction is a number; a word is not, and no error.
    let whole = json!({"attributes": {"amount": 11}, "user": {"attributes": {"tier": "gold"}}});
    assert_eq!(outcome(&app, "ada", "e3", whole).await["outcome"], "rewarded");
    let word = json!({"attributes": {"amount": "10"}, "user": {"attributes": {"tier": "gold"}}});
    let refused = outcome(&app, "bob", "e1", word).await;
    assert_eq!(
        refused["reasons"][0],
        "`event.attributes.amount >= 10.0` cannot be decided: `>=` takes no string and double"
    );
    // The profile fills in attributes that the event omits, and the event's own win.
    app.call("PUT", "/v1/users/bob", json!({"attributes": {"tier": "gold"}})).await.expect(200);
    assert_eq!(outcome(&app, "bob", "e2", json!({"attributes": {"amount": 12}})).await["progress"]["count"], 1);
    let silver = json!({"attributes": {"amount": 12}, "user": {"attributes": {"tier": "silver"}}});
    assert_eq!(outcome(&app, "bob", "e3", silver).await["outcome"], "not_eligible");
    let missing = outcome(&app, "cyd", "e1", json!({"attributes": {"amount": 12}})).await;
    let reason = "`user.attributes.tier == 'gold'` cannot be decided: `tier` is not known";
    assert_eq!(missing["reasons"], json!([reason]));
    world.settle().await;
}

#[tokio::test]
async fn eligibility_shows_each_clause_and_a_request_for_a_reward_follows_it() {
    let world = World::new().await;
    let rule = "event.attributes.amount > 5 && user.marketplace == 'DE' && progress.count < 3";
    let app = launched(&world, &["gift"], &[("/moments/0/when", json!(rule))]).await;
    let question = json!({
        "user_id": "ada", "campaign_id": "spring", "attributes": {"amount": 7}, "user": {"marketplace": "AT"},
    });
    let explained = app.call("POST", "/v1/eligibility", question).await.expect(200)["results"][0].clone();
    assert_eq!(explained["eligible"], false);
    let clauses: Vec<(&Value, &Value)> = explained["checks"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|check| check["check"] == "when")
        .map(|check| (&check["passed"], &check["detail"]))
        .collect();
    assert_eq!(
        clauses,
        [
            (&json!(true), &json!("`event.attributes.amount > 5` is true")),
            (&json!(false), &json!("`user.marketplace == 'DE'` is false")),
            (&json!(true), &json!("`progress.count < 3` is true")),
        ]
    );
    // A request for a reward has no event, so no attributes.
    app.call("PUT", "/v1/users/ada", json!({"marketplace": "DE"})).await.expect(200);
    let asked = app.ask("ada").await.expect(200);
    assert_eq!(asked["outcome"], "not_eligible");
    assert!(asked["reasons"][0].as_str().unwrap().contains("`amount` is not known"), "{asked}");
    // A rule on progress reads it: the fourth event does not count.
    let told = json!({"attributes": {"amount": 6}});
    for n in 1..=3 {
        assert_eq!(outcome(&app, "ada", &format!("e{n}"), told.clone()).await["progress"]["count"], n);
    }
    let fourth = outcome(&app, "ada", "e4", told).await;
    assert_eq!((&fourth["outcome"], &fourth["progress"]["count"]), (&json!("not_eligible"), &json!(3)));
    assert_eq!(fourth["reasons"], json!(["`progress.count < 3` is false"]));
    world.settle().await;
}

#[tokio::test]
async fn an_unusable_rule_is_refused_with_its_field_and_position() {
    let world = World::new().await;
    let app = launched(&world, &["gift"], &[]).await;
    let refused = async |changes: &[(&str, Value)]| {
        let answer = app.admin("PUT", "/campaigns/other", campaign_with(changes)).await;
        let (pointer, code) = answer.clone().field_errors().remove(0);
        (pointer, code, answer.body["errors"][0]["detail"].as_str().unwrap().to_owned())
    };
    for (rule, detail) in [
        ("event.quantity > '5'".to_owned(), "line 1, column 16: `>` does not take int and string"),
        ("true &&\n event.total > 5".to_owned(), "line 2, column 7: event has no `total`"),
        ("true &&".to_owned(), "line 1, column 8: is not CEL"),
        (format!("{}true{}", "(".repeat(1_000), ")".repeat(1_000)), "nests more than 32 deep"),
        (format!("true{}", " && true".repeat(12_800)), "a rule has 2048 at the most"),
        (
            format!("user.attributes.l.exists(x, {})", vec!["x == 1"; 100].join(" || ")),
            "may take more than 10000 steps",
        ),
    ] {
        let (pointer, code, found) = refused(&[("/moments/0/when", json!(rule))]).await;
        assert_eq!((pointer.as_str(), code.as_str()), ("/moments/0/when", "invalid_rule"));
        assert!(found.contains(detail), "{found}");
    }
    let (pointer, _, detail) = refused(&[("/segments", json!({"big": "event.quantity > 5"}))]).await;
    assert_eq!(pointer, "/segments/big");
    assert!(detail.contains("a segment knows user and now"), "{detail}");
    let unknown = refused(&[("/moments/0/rewards/0/segments", json!(["vip"]))]).await;
    assert_eq!((unknown.0.as_str(), unknown.1.as_str()), ("/moments/0/rewards/0/segments/0", "unknown_segment"));
    let name = refused(&[("/segments", json!({"V I P": "true"}))]).await;
    assert_eq!((name.0.as_str(), name.1.as_str()), ("/segments", "invalid_segment"));
    for weight in [json!(-1), json!(1_000_001), json!(18_446_744_073_709_551_615_u64), json!(0.5), json!("1")] {
        let (pointer, ..) = refused(&[("/moments/0/rewards/0/weight", weight)]).await;
        assert_eq!(pointer, "/moments/0/rewards/0/weight");
    }
    assert_eq!(
        refused(&[("/moments/0/rewards/0/weight", json!(0))]).await.1,
        "out_of_range",
        "nobody could get anything"
    );
    assert_eq!(refused(&[("/moments/0/weight", json!(5))]).await.0, "/moments/0/weight", "one arm is no experiment");
    assert_eq!(refused(&[("/time_zone", json!("Mars/Olympus"))]).await.1, "invalid_time_zone");
    assert!(world.items_at("APP#app").iter().all(|item| item["sk"]["S"] != "CAMPAIGN#other"));
}

#[tokio::test]
async fn segments_decide_who_takes_part_and_which_reward_is_whose() {
    let world = World::new().await;
    let rewards = json!([
        {"reward_group_id": "gift"},
        {"reward_group_id": "gold", "weight": 1_000_000, "segments": ["vip"]},
    ]);
    let app = launched(
        &world,
        &["gift", "gold"],
        &[
            (
                "/segments",
                json!({
                    "vip": "user.attributes.tier == 'gold'",
                    "adults": "user.attributes.age >= 18 || user.attributes.tier == 'gold'",
                }),
            ),
            ("/moments/0/segments", json!(["adults"])),
            ("/moments/0/target", json!(1)),
            ("/moments/0/rewards", rewards),
        ],
    )
    .await;
    let told = |attributes: Value| json!({"user": {"attributes": attributes}});
    let child = outcome(&app, "kid", "e", told(json!({"age": 9, "tier": "none"}))).await;
    assert_eq!(child["outcome"], "not_eligible");
    assert_eq!(child["reasons"], json!(["the user is in none of [adults], which the moment is for"]));
    let adult = outcome(&app, "ann", "e", told(json!({"age": 30, "tier": "none"}))).await;
    assert_eq!(adult["reward"]["reward_group_id"], "gift");
    let vip = outcome(&app, "vic", "e", told(json!({"tier": "gold", "age": 1}))).await;
    assert_eq!(vip["reward"]["reward_group_id"], "gold");
    let asked = json!({"user_id": "zoe", "campaign_id": "spring", "user": {"attributes": {"tier": "gold", "age": 3}}});
    let explained = app.call("POST", "/v1/eligibility", asked).await.expect(200)["results"][0].clone();
    assert_eq!(explained["reward_preview"]["reward_group_id"], "gold");
    let segment = explained["checks"].as_array().unwrap().iter().find(|check| check["check"] == "segment").unwrap();
    assert_eq!(segment["detail"], "the user is in [adults, vip]");
    world.settle().await;
}

/// Submits a second event for each of `count` users. Returns the group of each one's reward.
async fn finish(app: &App<'_>, count: usize) -> Vec<String> {
    let mut groups = Vec::new();
    for n in 0..count {
        let outcome = outcome(app, &format!("user-{n}"), "e2", json!({})).await;
        assert_eq!(outcome["outcome"], "rewarded", "{outcome}");
        groups.push(outcome["reward"]["reward_group_id"].as_str().unwrap().to_owned());
    }
    groups
}

#[tokio::test]
async fn a_user_keeps_the_assigned_reward_after_a_change_of_weights() {
    let world = World::new().await;
    let rewards =
        |a: u32, b: u32| json!([{"reward_group_id": "a", "weight": a}, {"reward_group_id": "b", "weight": b}]);
    let changes = [("/moments/0/target", json!(2)), ("/moments/0/rewards", rewards(1, 1))];
    let app = launched(&world, &["a", "b"], &changes).await;
    for n in 0..12 {
        assert_eq!(outcome(&app, &format!("user-{n}"), "e1", json!({})).await["outcome"], "in_progress");
    }
    let assigned: Vec<String> = (0..12)
        .map(|n| world.items_at(&format!("USER#app#user-{n}"))[0]["arm"]["S"].as_str().unwrap().to_owned())
        .collect();
    assert!(assigned.contains(&"a".to_owned()) && assigned.contains(&"b".to_owned()));
    // From now on all new users get `b`.
    let mut shifted = campaign_with(&changes);
    set(&mut shifted, "/moments/0/rewards", rewards(0, 7));
    let amended = app.admin("PUT", "/campaigns/spring", shifted.clone()).await.expect(200);
    assert_eq!(amended["moments"][0]["rewards"], rewards(0, 7));
    assert_eq!(finish(&app, 12).await, assigned);
    for n in 20..24 {
        let user = format!("user-{n}");
        outcome(&app, &user, "e1", json!({})).await;
        assert_eq!(outcome(&app, &user, "e2", json!({})).await["reward"]["reward_group_id"], "b");
    }
    // An arm cannot be removed: users may have it or wait for it.
    set(&mut shifted, "/moments/0/rewards", json!([{"reward_group_id": "b", "weight": 7}]));
    let refused = app.admin("PUT", "/campaigns/spring", shifted).await;
    assert_eq!(refused.body["code"], "state_conflict", "{refused:?}");
    let history = app.admin("GET", "/campaigns/spring/history", Value::Null).await.expect(200);
    assert_eq!(
        history["data"][0]["changes"][0],
        json!({"pointer": "/moments/0/rewards/0/weight", "before": 1, "after": 0})
    );
    world.settle().await;
}

/// Counts an event with an assigned arm and dies after the write of the progress.
async fn count_and_die(world: &World, user: &str, arm: &str) {
    use domain::campaign::counting::CountedEvent;
    use domain::time_zone::TimeZone;
    use store::progress;
    use store::schema::Key;
    let environment = &world.local.environments;
    let (now, app_id) = (tests::NOW.parse().unwrap(), "app".try_into().unwrap());
    let catalog = environment.table.catalogs.of(&environment.store, &app_id, now).await.unwrap();
    let campaign = &catalog.campaigns[0];
    let moment = &campaign.moments[0];
    let key = Key::Progress(app_id, user.try_into().unwrap(), campaign.campaign_id.clone(), moment.moment_id.clone());
    let event = progress::NewEvent {
        key: &key,
        moment,
        event_id: &"e1".try_into().unwrap(),
        content: domain::event_content::EventContent::default(),
        happened: CountedEvent { at: now, zone: TimeZone::UTC, quantity: 1 },
        held_out: false,
        marketplace: None,
        locale: None,
        arm: Some(&arm.try_into().unwrap()),
        fingerprints: None,
        review: None,
    };
    progress::count(&environment.store, event, now).await.unwrap();
}

#[tokio::test]
async fn a_submission_that_dies_is_finished_from_the_arm_that_was_assigned() {
    let world = World::new().await;
    let rewards = json!([{"reward_group_id": "a"}, {"reward_group_id": "b"}]);
    let app = launched(&world, &["a", "b"], &[("/moments/0/target", json!(1)), ("/moments/0/rewards", rewards)]).await;
    // Against the arms that their hashes choose.
    for n in 0..6 {
        for arm in ["a", "b"] {
            count_and_die(&world, &format!("{arm}-{n}"), arm).await;
        }
    }
    world.settle().await;
    for n in 0..6 {
        for arm in ["a", "b"] {
            let rewards = app.call("GET", &format!("/v1/users/{arm}-{n}/rewards"), Value::Null).await.expect(200);
            assert_eq!(rewards["data"][0]["reward_group_id"], arm);
        }
    }
}

#[tokio::test]
async fn of_moments_that_are_arms_a_user_is_assigned_one_for_good() {
    let world = World::new().await;
    let mut plan = campaign_with(&[("/moments/0/target", json!(2)), ("/moments/0/weight", json!(1))]);
    let mut other = plan["moments"][0].clone();
    other["moment_id"] = json!("twice");
    plan["moments"].as_array_mut().unwrap().push(other);
    let app = world.app("app").await;
    app.put_group("gift", group()).await;
    app.stock("gift", 60).await;
    app.launch("spring", plan.clone()).await;
    let counted = async |user: &str, event: &str| {
        let outcomes = submit(&app, user, event, json!({})).await;
        let (counted, refused): (Vec<Value>, Vec<Value>) =
            outcomes.into_iter().partition(|outcome| outcome["outcome"] != "not_eligible");
        assert_eq!((counted.len(), refused.len()), (1, 1));
        let moment = counted[0]["moment_id"].as_str().unwrap().to_owned();
        assert_eq!(refused[0]["reasons"], json!([format!("the user is assigned moment {moment}")]));
        moment
    };
    let mut before = Vec::new();
    for n in 0..16 {
        before.push(counted(&format!("user-{n}"), "e1").await);
    }
    assert!(before.contains(&"deposits".to_owned()) && before.contains(&"twice".to_owned()));
    set(&mut plan, "/moments/0/weight", json!(0));
    app.admin("PUT", "/campaigns/spring", plan.clone()).await.expect(200);
    for (n, moment) in before.iter().enumerate() {
        let user = format!("user-{n}");
        assert_eq!(counted(&user, "e2").await, *moment);
        let asked = json!({"user_id": user, "campaign_id": "spring"});
        let explained = app.call("POST", "/v1/eligibility", asked).await.expect(200)["results"].clone();
        let assigned: Vec<&Value> = explained
            .as_array()
            .unwrap()
            .iter()
            .filter(|result| {
                result["checks"]
                    .as_array()
                    .unwrap()
                    .iter()
                    .all(|check| check["check"] != "assigned" || check["passed"] == true)
            })
            .map(|result| &result["moment_id"])
            .collect();
        assert_eq!(assigned, [&json!(moment)]);
    }
    for n in 20..26 {
        assert_eq!(counted(&format!("user-{n}"), "e1").await, "twice", "by the weights as they are now");
    }
    // Removing or changing the arm is more than a change of weight.
    plan["moments"][0].as_object_mut().unwrap().remove("weight");
    plan["moments"][1].as_object_mut().unwrap().remove("weight");
    assert_eq!(app.admin("PUT", "/campaigns/spring", plan).await.status, 409);
    world.settle().await;
}

#[tokio::test]
async fn a_user_in_a_new_marketplace_keeps_counts_and_gets_its_rewards() {
    let world = World::new().await;
    let app = world.app("app").await;
    for (id, place) in [("german", "DE"), ("austrian", "AT")] {
        let mut group = group();
        group["marketplaces"] = json!([place]);
        app.put_group(id, group).await;
        app.stock(id, 3).await;
    }
    let rewards = json!([{"reward_group_id": "german"}, {"reward_group_id": "austrian"}]);
    app.launch("spring", campaign_with(&[("/moments/0/target", json!(2)), ("/moments/0/rewards", rewards)])).await;
    let from = |place: &str| json!({"user": {"marketplace": place}});
    assert_eq!(outcome(&app, "ada", "e1", from("DE")).await["progress"]["count"], 1);
    // Without a valid reward nothing counts.
    assert_eq!(outcome(&app, "ada", "e2", from("US")).await["outcome"], "not_eligible");
    let rewarded = outcome(&app, "ada", "e3", from("AT")).await;
    assert_eq!(
        (&rewarded["outcome"], &rewarded["reward"]["reward_group_id"]),
        (&json!("rewarded"), &json!("austrian"))
    );
    world.settle().await;
}

#[tokio::test]
async fn an_event_counts_only_if_the_user_can_get_a_reward_for_it() {
    let world = World::new().await;
    let app = world.app("app").await;
    for (id, place) in [("german", "DE"), ("american", "US")] {
        let mut group = group();
        group["marketplaces"] = json!([place]);
        app.put_group(id, group).await;
        app.stock(id, 9).await;
    }
    let rewards = json!([{"reward_group_id": "german", "segments": ["vip"]}, {"reward_group_id": "american"}]);
    let changes = [
        ("/segments", json!({"vip": "user.attributes.tier == 'gold'"})),
        ("/moments/0/target", json!(2)),
        ("/moments/0/rewards", rewards),
    ];
    app.launch("spring", campaign_with(&changes)).await;
    let from = |place: &str, tier: &str| json!({"user": {"marketplace": place, "attributes": {"tier": tier}}});
    // One reward is valid in the marketplace, another targets the user's segments: none is both.
    let refused = outcome(&app, "ann", "e1", from("DE", "none")).await;
    assert_eq!((&refused["outcome"], &refused["progress"]["count"]), (&json!("not_eligible"), &json!(0)));
    assert!(
        refused["reasons"][0].as_str().unwrap().starts_with("no reward that is valid in this marketplace"),
        "{refused}"
    );
    assert_eq!(outcome(&app, "vic", "e1", from("DE", "gold")).await["outcome"], "in_progress");
    // The arm is closed meanwhile: its users go on, new users don't begin.
    let mut closed = campaign_with(&changes);
    set(&mut closed, "/moments/0/rewards/0/weight", json!(0));
    app.admin("PUT", "/campaigns/spring", closed).await.expect(200);
    assert_eq!(outcome(&app, "new", "e1", from("DE", "gold")).await["outcome"], "not_eligible");
    let explained = json!({"user_id": "vic", "user": {"marketplace": "DE", "attributes": {"tier": "gold"}}});
    let explained = app.call("POST", "/v1/eligibility", explained).await.expect(200)["results"][0].clone();
    assert_eq!(
        (&explained["eligible"], &explained["reward_preview"]["reward_group_id"]),
        (&json!(true), &json!("german"))
    );
    let rewarded = outcome(&app, "vic", "e2", from("DE", "gold")).await;
    assert_eq!(rewarded["reward"]["reward_group_id"], "german");
    world.settle().await;
}

#[tokio::test]
async fn an_event_that_was_counted_is_a_repetition_whatever_a_rule_says_by_then() {
    let world = World::new().await;
    let changes = [("/moments/0/when", json!("progress.count < 2")), ("/moments/0/target", json!(2))];
    let app = launched(&world, &["gift"], &changes).await;
    let submit = async |event: &str| {
        let body = json!({"user_id": "ada", "action": "deposit", "event_id": event});
        app.call("POST", "/v1/moments", body).await.expect(200)
    };
    submit("e1").await;
    let first = submit("e2").await;
    assert_eq!(first["outcomes"][0]["outcome"], "rewarded");
    // A repetition after a lost answer.
    let again = submit("e2").await;
    assert_eq!((&again["duplicate"], &again["outcomes"][0]["outcome"]), (&json!(true), &json!("already_rewarded")));
    assert_eq!(again["outcomes"][0]["reward"], first["outcomes"][0]["reward"]);
    assert_eq!(submit("e3").await["outcomes"][0]["outcome"], "not_eligible");
    world.settle().await;
}

#[tokio::test]
async fn who_comes_into_another_segment_stays_in_the_moment_that_was_begun() {
    let world = World::new().await;
    let vip = ("/segments", json!({"vip": "user.attributes.tier == 'gold'"}));
    let mut plan = campaign_with(&[vip, ("/moments/0/target", json!(3)), ("/moments/0/weight", json!(1))]);
    let mut other = plan["moments"][0].clone();
    (other["moment_id"], other["weight"], other["segments"]) = (json!("special"), json!(1_000_000), json!(["vip"]));
    plan["moments"].as_array_mut().unwrap().push(other);
    let app = world.app("app").await;
    app.put_group("gift", group()).await;
    app.stock("gift", 9).await;
    app.launch("spring", plan).await;
    let tier = |tier: &str| json!({"user": {"attributes": {"tier": tier}}});
    let counted = async |user: &str, event: &str, more: Value| {
        let outcomes = submit(&app, user, event, more).await;
        let counted = outcomes.into_iter().find(|outcome| outcome["outcome"] == "in_progress").unwrap();
        counted["moment_id"].as_str().unwrap().to_owned()
    };
    assert_eq!(counted("ada", "e1", tier("none")).await, "deposits");
    assert_eq!(counted("ada", "e2", tier("gold")).await, "deposits");
    assert_eq!(counted("bob", "e1", tier("gold")).await, "special");
    world.settle().await;
}

#[tokio::test]
async fn a_dead_submission_is_finished_for_the_segment_of_its_event() {
    let world = World::new().await;
    let changes = [
        ("/segments", json!({"vip": "user.attributes.tier == 'gold'"})),
        ("/moments/0/target", json!(1)),
        ("/moments/0/rewards", json!([{"reward_group_id": "gift", "segments": ["vip"]}])),
    ];
    let app = launched(&world, &["gift"], &changes).await;
    let told = outcome(&app, "eve", "e1", json!({"user": {"attributes": {"tier": "gold"}}})).await;
    assert_eq!(told["outcome"], "rewarded");
    let progress = world.items_at("USER#app#eve").into_iter().find(|item| item.get("counted").is_some()).unwrap();
    assert_eq!(progress["arm"]["S"], "gift");
    // The same, without the steps after the count.
    count_and_die(&world, "ada", "gift").await;
    world.settle().await;
    let rewards = app.call("GET", "/v1/users/ada/rewards", Value::Null).await.expect(200);
    assert_eq!(rewards["data"][0]["state"], "awarded");
}
