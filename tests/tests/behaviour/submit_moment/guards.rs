//! Guards against fraud: a limit of events in a time, one reward per device or payment, and rewards held for review. A
//! campaign switches each on, and each holds in every race.

use std::collections::BTreeMap;

use domain::campaign::guards::Limit;
use domain::secret::FingerprintHash;
use jiff::SignedDuration;
use serde_json::{Value, json};
use tests::{Answer, App, World, campaign_with, group, promises};

/// Returns changes to a campaign: a reward for one deposit, with these guards.
pub(crate) async fn shop<'a>(world: &'a World, urls: usize, guards: Value) -> App<'a> {
    let app = world.app("app").await;
    app.put_group("gift", group()).await;
    app.stock("gift", urls).await;
    app.launch("spring", campaign_with(&[("/guards", guards), ("/moments/0/target", json!(1))])).await;
    app
}

pub(crate) async fn deposit(app: &App<'_>, user: &str, event: &str, fingerprints: Value) -> Answer {
    let body = json!({"user_id": user, "action": "deposit", "event_id": event, "fingerprints": fingerprints});
    app.call("POST", "/v1/moments", body).await
}

pub(crate) fn outcome(answer: Answer) -> (String, String) {
    let body = answer.expect(200);
    let outcome = &body["outcomes"][0];
    (outcome["outcome"].as_str().unwrap().to_owned(), outcome["reasons"][0].as_str().unwrap_or_default().to_owned())
}

fn said(outcome: &str, reason: &str) -> (String, String) {
    (outcome.to_owned(), reason.to_owned())
}

pub(crate) async fn at_once<F: Future>(count: usize, request: impl Fn(usize) -> F) -> Vec<F::Output> {
    futures_util::future::join_all((0..count).map(request)).await
}

fn counts(answers: Vec<Answer>) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    for answer in answers {
        *counts.entry(outcome(answer).0).or_default() += 1;
    }
    counts
}

#[tokio::test]
async fn guards_are_checked_by_field_shown_and_fixed_after_approval() {
    let world = World::new().await;
    let app = world.app("app").await;
    app.put_group("gift", group()).await;
    app.stock("gift", 1).await;
    let wrong = json!({
        "velocity": {"per_user": {"events": 0, "within_minutes": 60}, "per_device": {"events": 1}},
        "one_reward_per": ["device", "shoe"], "review": {"when": "user."}, "other": 1,
    });
    let errors = app.admin("PUT", "/campaigns/spring", campaign_with(&[("/guards", wrong)])).await.field_errors();
    let pointers: Vec<&str> = errors.iter().map(|(pointer, _)| pointer.as_str()).collect();
    assert_eq!(
        pointers,
        [
            "/guards/velocity/per_user/events",
            "/guards/velocity/per_device/within_minutes",
            "/guards/one_reward_per",
            "/guards/review/when",
            "/guards/other"
        ]
    );
    let guards = json!({
        "velocity": {"per_user": {"events": 10, "within_minutes": 60}}, "one_reward_per": ["device", "payment"],
        "review": {"when": "user.marketplace == 'US'"},
    });
    app.launch("spring", campaign_with(&[("/guards", guards.clone())])).await;
    assert_eq!(app.admin("GET", "/campaigns/spring", Value::Null).await.expect(200)["guards"], guards);
    let without = app.admin("PUT", "/campaigns/spring", tests::campaign()).await;
    assert_eq!(without.expect(409)["code"], "state_conflict");
    let errors = deposit(&app, "ada", "e1", json!({"device": "", "shoe": "x"})).await.field_errors();
    assert_eq!(errors.len(), 2, "{errors:?}");
    // A campaign without guards shows none.
    app.launch("plain", tests::campaign()).await;
    assert_eq!(app.admin("GET", "/campaigns/plain", Value::Null).await.expect(200)["guards"], Value::Null);
}

#[tokio::test]
async fn what_goes_too_fast_is_refused_with_the_limit_and_counts_nowhere() {
    let world = World::new().await;
    let limit = json!({"velocity": {"per_user": {"events": 2, "within_minutes": 60}}});
    let app = world.app("app").await;
    app.put_group("gift", group()).await;
    app.stock("gift", 5).await;
    app.launch("spring", campaign_with(&[("/guards", limit)])).await;
    for event in ["e1", "e2"] {
        assert_eq!(outcome(app.deposit("ada", event).await).0, "in_progress");
    }
    let refused = said("not_eligible", "more than 2 events of this user within 60 minutes");
    assert_eq!(outcome(app.deposit("ada", "e3").await), refused);
    // A fast repetition is still a repetition; repeating the refused event is not.
    let again = app.deposit("ada", "e2").await.expect(200);
    assert_eq!((&again["duplicate"], &again["outcomes"][0]["outcome"]), (&json!(true), &json!("in_progress")));
    assert_eq!(outcome(app.deposit("ada", "e3").await), refused);
    assert_eq!(outcome(app.deposit("bob", "e1").await).0, "in_progress", "another user has places of their own");
    let progress = world.items_at("USER#app#ada");
    assert_eq!(promises::number(promises::of(&progress, "PROGRESS#spring#deposits").next().unwrap(), "counted"), 2);
    // The next period has room again, also for the refused event, and a repetition is still one.
    world.pass(SignedDuration::from_mins(60));
    let again = app.deposit("ada", "e1").await.expect(200);
    assert_eq!(again["duplicate"], true);
    let counted = app.deposit("ada", "e3").await.expect(200);
    assert_eq!(counted["outcomes"][0]["progress"]["count"], 3);
    world.settle().await;
    // An event keeps its place when all are taken: a submission that died after taking it is not refused.
    use store::guards::{EventLimit, take_place};
    let (app_id, campaign, of) = ("app".try_into().unwrap(), "spring".try_into().unwrap(), FingerprintHash::new("x"));
    let event_limit =
        EventLimit { app: &app_id, campaign: &campaign, of: &of, limit: Limit { events: 1, within_minutes: 5 } };
    for (event, has_place) in [("a", true), ("b", false), ("a", true)] {
        let (store, now) = (&world.local.environments.store, world.clock.now());
        assert_eq!(
            take_place(store, event_limit, &event.try_into().unwrap(), now).await.unwrap(),
            has_place,
            "{event}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_40_events_at_once_no_more_count_than_the_limit_allows() {
    let world = World::new().await;
    let per_device = json!({"velocity": {"per_device": {"events": 7, "within_minutes": 1440}}});
    let app = world.app("app").await;
    app.put_group("gift", group()).await;
    app.stock("gift", 5).await;
    app.launch("spring", campaign_with(&[("/guards", per_device), ("/moments/0/target", json!(100))])).await;
    let names: Vec<(String, String)> = (0..40).map(|n| (format!("user-{}", n % 4), format!("e{n}"))).collect();
    let answers = at_once(40, |n| deposit(&app, &names[n].0, &names[n].1, json!({"device": "one"}))).await;
    assert_eq!(counts(answers), [("in_progress".to_owned(), 7), ("not_eligible".to_owned(), 33)].into());
    let items = world.items_at("USER#app#");
    let counted: i64 =
        promises::of(&items, "PROGRESS#spring#deposits").map(|item| promises::number(item, "counted")).sum();
    assert_eq!(counted, 7);
    assert_eq!(
        outcome(app.deposit("user-0", "e99").await),
        said("not_eligible", "send fingerprints.device: the campaign counts events by device")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn of_8_users_of_one_device_at_once_exactly_one_is_rewarded() {
    for kind in ["device", "payment"] {
        let world = World::new().await;
        let app = shop(&world, 20, json!({"one_reward_per": [kind]})).await;
        let names: Vec<String> = (0..8).map(|n| format!("user-{n}")).collect();
        let answers = at_once(8, |n| deposit(&app, &names[n], "e1", json!({kind: "one"}))).await;
        assert_eq!(counts(answers), [("not_eligible".to_owned(), 7), ("rewarded".to_owned(), 1)].into());
        // Asking again gives the same answer, and the first user keeps the reward.
        let answers = at_once(8, |n| deposit(&app, &names[n], "e1", json!({kind: "one"}))).await;
        assert_eq!(counts(answers), [("already_rewarded".to_owned(), 1), ("not_eligible".to_owned(), 7)].into());
        world.settle().await;
        let items = world.items();
        assert_eq!(promises::rewards(&items).count(), 1);
        let closed = promises::of(&items, "PROGRESS#spring#deposits");
        let closed = closed.filter(|item| promises::text(item, "closed") == Some(&format!("{kind}_used"))).count();
        assert_eq!(closed, 7, "every completed moment has an end");
        assert_eq!(
            outcome(deposit(&app, "late", "e1", json!({kind: "one"})).await).1,
            format!("this {kind} has had its reward: the campaign gives one reward per {kind}")
        );
        // Another device has its own reward, and so has the same device in another app.
        assert_eq!(outcome(deposit(&app, "late", "e1", json!({kind: "two"})).await).0, "rewarded");
    }
}

#[tokio::test]
async fn what_is_asked_for_directly_is_guarded_as_well_and_says_what_to_send() {
    let world = World::new().await;
    let app = shop(&world, 5, json!({"one_reward_per": ["device", "payment"]})).await;
    let ask = |user: &str, fingerprints: Value| {
        let body = json!({
            "user_id": user, "campaign_id": "spring", "moment_id": "deposits", "fingerprints": fingerprints,
        });
        app.call("POST", "/v1/rewards", body)
    };
    let told = ask("ada", json!({"device": "d1"})).await.expect(200);
    assert_eq!(told["reasons"], json!(["send fingerprints.payment: the campaign gives one reward per payment"]));
    ask("ada", json!({"device": "d1", "payment": "p1"})).await.expect(201);
    let same = ask("ada", json!({"device": "d1", "payment": "p1"})).await.expect(200);
    assert_eq!(same["outcome"], "already_rewarded");
    for (device, payment, used) in [("d1", "p2", "device"), ("d2", "p1", "payment")] {
        let refused = ask("bob", json!({"device": device, "payment": payment})).await.expect(200);
        assert_eq!(refused["outcome"], "not_eligible");
        assert!(refused["reasons"][0].as_str().unwrap().starts_with(&format!("this {used} has had")), "{refused}");
    }
    // The refusal used nothing: no URL, no money, and not the other fingerprint.
    ask("bob", json!({"device": "d2", "payment": "p2"})).await.expect(201);
    let legacy = json!({"appId": "app", "campaignId": "spring", "momentId": "deposits", "customerId": "cyd"});
    assert_eq!(app.call("POST", "/GetReward", legacy).await.expect(200)["status"], "not_eligible");
    world.settle().await;
}

#[tokio::test]
async fn eligibility_names_each_guard_and_takes_nothing_up() {
    let world = World::new().await;
    let guards = json!({
        "velocity": {"per_user": {"events": 1, "within_minutes": 60}}, "one_reward_per": ["device"], "review": true,
    });
    let app = shop(&world, 5, guards).await;
    let checks = |user: &'static str, fingerprints: Value| {
        let app = &app;
        async move {
            let body = json!({"user_id": user, "campaign_id": "spring", "fingerprints": fingerprints});
            let answer = app.call("POST", "/v1/eligibility", body).await.expect(200)["results"][0].clone();
            let found = |name: &str| {
                let checks = answer["checks"].as_array().unwrap();
                let check = checks.iter().find(|check| check["check"] == name);
                check.map(|check| (check["passed"] == true, check["detail"].as_str().unwrap().to_owned()))
            };
            let all = ["fingerprint", "velocity", "one_reward_per", "review"].map(found);
            (answer["eligible"] == true, all)
        }
    };
    let (eligible, [fingerprint, velocity, one, review]) = checks("ada", json!({"device": "d1"})).await;
    assert!(eligible && fingerprint.unwrap().0 && one.unwrap().0);
    assert_eq!(velocity.unwrap(), (true, "0 of 1 events of this user within 60 minutes".to_owned()));
    assert_eq!(review.unwrap(), (true, "an admin has to release the reward".to_owned()));
    assert!(world.items_at("VELOCITY#").is_empty() && world.items_at("FINGERPRINT#").is_empty());
    assert_eq!(outcome(deposit(&app, "ada", "e1", json!({"device": "d1"})).await).0, "waiting");
    let (eligible, [_, velocity, one, _]) = checks("ada", json!({"device": "d1"})).await;
    assert!(!eligible && !velocity.unwrap().0 && !one.unwrap().0);
    let (eligible, [fingerprint, _, one, _]) = checks("bob", Value::Null).await;
    assert!(!eligible && one.is_none());
    assert_eq!(fingerprint.unwrap().1, "send fingerprints.device: the campaign gives one reward per device");
    // A campaign without guards needs no fingerprints.
    app.launch("plain", tests::campaign()).await;
    let body = json!({"user_id": "ada", "campaign_id": "plain"});
    let plain = app.call("POST", "/v1/eligibility", body).await.expect(200);
    assert_eq!(plain["results"][0]["checks"].as_array().unwrap().len(), 5);
}

#[tokio::test]
async fn a_rehearsal_is_guarded_in_words_and_takes_nothing_up() {
    let world = World::new().await;
    let guards = json!({
        "velocity": {"per_user": {"events": 1, "within_minutes": 60}}, "one_reward_per": ["device"], "review": true,
    });
    let app = shop(&world, 5, guards).await;
    let event = |event: &str, fingerprints: Value| json!({"user_id": "ada", "action": "deposit", "event_id": event, "fingerprints": fingerprints});
    for n in 0..3 {
        let event = event(&format!("e{n}"), json!({"device": "d"}));
        let dry = app.call("POST", "/v1/moments?dry_run=true", event.clone()).await;
        assert_eq!(outcome(dry), said("waiting", "the reward is held until an admin has reviewed it"));
        let test = world.call(&app.test_key, "POST", "/v1/moments", event).await.expect(200);
        assert_eq!(
            (&test["outcomes"][0]["outcome"], &test["outcomes"][0]["reward"]["url"]),
            (&json!("waiting"), &Value::Null)
        );
    }
    let lacking = world.call(&app.test_key, "POST", "/v1/moments", event("e9", Value::Null)).await;
    assert_eq!(outcome(lacking).0, "not_eligible");
    for prefix in ["VELOCITY#", "FINGERPRINT#", "USER#"] {
        assert!(world.items_at(prefix).is_empty(), "{prefix}");
    }
}

#[tokio::test]
async fn a_waiting_user_holds_the_fingerprint_and_the_first_of_two_is_served() {
    let world = World::new().await;
    let app = shop(&world, 0, json!({"one_reward_per": ["device"], "review": true})).await;
    for (second, user) in ["ada", "bob"].into_iter().enumerate() {
        world.set_time(&format!("2026-12-01T12:00:{second:02}Z"));
        let waits = outcome(deposit(&app, user, "e1", json!({"device": "one"})).await);
        assert_eq!(waits.0, "waiting");
        assert!(waits.1.starts_with("no reward URL is in stock"), "{waits:?}");
    }
    app.stock("gift", 5).await;
    world.settle().await;
    let items = world.items();
    let rewards: Vec<&Value> = promises::rewards(&items).collect();
    assert_eq!(rewards.len(), 1);
    assert_eq!(
        (promises::text(rewards[0], "pk"), promises::text(rewards[0], "reward_state")),
        (Some("USER#app#ada"), Some("in_review"))
    );
    let of_bob =
        items.iter().find(|item| item["pk"]["S"] == "USER#app#bob" && item["sk"]["S"] == "PROGRESS#spring#deposits");
    assert_eq!(promises::text(of_bob.unwrap(), "closed"), Some("device_used"));
}

/// Submits an event that completes the moment, and dies before the claim.
async fn count_and_die(world: &World, user: &str, device: &str, (event, review): (&str, bool)) {
    use store::progress::{self, NewEvent};
    let (environment, now) = (&world.local.environments, tests::NOW.parse().unwrap());
    let app_id = "app".try_into().unwrap();
    let catalog = environment.table.catalogs.of(&environment.store, &app_id, now).await.unwrap();
    let (campaign, user) = (&catalog.campaigns[0], user.try_into().unwrap());
    let moment = &campaign.moments[0];
    let device = Some(FingerprintHash::new(device));
    let fingerprints = domain::campaign::guards::Fingerprints { device, payment: None };
    let event = NewEvent {
        key: &store::schema::Key::Progress(app_id, user, campaign.campaign_id.clone(), moment.moment_id.clone()),
        moment,
        event_id: &event.try_into().unwrap(),
        content: domain::event_content::EventContent::default(),
        happened: domain::campaign::counting::CountedEvent {
            at: now,
            zone: domain::time_zone::TimeZone::UTC,
            quantity: 1,
        },
        held_out: false,
        marketplace: None,
        locale: None,
        arm: None,
        fingerprints: Some(&fingerprints),
        review: Some(review),
    };
    progress::count(&environment.store, event, now).await.unwrap();
}

#[tokio::test]
async fn what_a_crash_left_is_finished_under_the_same_guards() {
    let world = World::new().await;
    let app =
        shop(&world, 5, json!({"one_reward_per": ["device"], "review": {"when": "event.attributes.amount > 10"}}))
            .await;
    let event = |user: &str, amount: u64| {
        json!({
            "user_id": user, "action": "deposit", "event_id": "e1", "fingerprints": {"device": "one"},
            "attributes": {"amount": amount},
        })
    };
    app.call("POST", "/v1/moments", event("ada", 11)).await.expect(200);
    let of_ada = world.items_at("USER#app#ada");
    let progress = promises::of(&of_ada, "PROGRESS#spring#deposits").next().unwrap().clone();
    // As if the submissions of two others had died after counting: only their progress exists.
    let used = progress["fingerprints"]["M"]["device"]["S"].as_str().unwrap();
    count_and_die(&world, "bob", used, ("e1", true)).await;
    count_and_die(&world, "cyd", "another", ("e1", true)).await;
    world.settle().await;
    let items = world.items();
    let mut states: Vec<(&str, &str)> = promises::rewards(&items)
        .map(|item| (promises::text(item, "pk").unwrap(), promises::text(item, "reward_state").unwrap()))
        .collect();
    states.sort_unstable();
    assert_eq!(states, [("USER#app#ada", "in_review"), ("USER#app#cyd", "in_review")]);
    let of_bob = items.iter().find(|item| item["pk"]["S"] == "USER#app#bob").unwrap();
    assert_eq!(promises::text(of_bob, "closed"), Some("device_used"));
}

#[tokio::test]
async fn a_held_reward_stays_held_for_any_caller_and_after_any_event() {
    let world = World::new().await;
    let app = world.app("app").await;
    app.put_group("gift", group()).await;
    app.stock("gift", 5).await;
    let plan = [
        ("/guards", json!({"review": {"when": "event.attributes.amount > 10"}})),
        ("/moments/0/target", json!(2)),
        ("/moments/0/max_rewards_per_user", json!(2)),
    ];
    app.launch("spring", campaign_with(&plan)).await;
    // The rule has no event if the app asks itself; the progress has its decision for the completing event.
    for (event, review) in [("e1", false), ("e2", true), ("e3", false)] {
        count_and_die(&world, "ada", "one", (event, review)).await;
    }
    let asked = app.ask("ada").await.expect(200);
    assert_eq!((&asked["outcome"], &asked["reward"]["state"]), (&json!("waiting"), &json!("in_review")), "{asked}");
    // An event that completes nothing takes nothing.
    count_and_die(&world, "cyd", "three", ("e1", true)).await;
    assert_eq!(app.ask("cyd").await.expect(201)["outcome"], "rewarded");
    // The stream finishes each with its own event's fingerprints.
    for (event, review) in [("e1", false), ("e2", true), ("e3", false), ("e4", false)] {
        count_and_die(&world, "bob", "two", (event, review)).await;
    }
    world.settle().await;
    let rewards = app.call("GET", "/v1/users/bob/rewards", Value::Null).await.expect(200)["data"].clone();
    let states: Vec<&Value> = rewards.as_array().unwrap().iter().map(|reward| &reward["state"]).collect();
    assert_eq!(states, ["in_review", "awarded"]);
}

#[tokio::test]
async fn a_fingerprint_is_a_hash_and_only_the_guard_keeps_it_after_an_erasure() {
    let world = World::new().await;
    let app = shop(&world, 5, json!({"one_reward_per": ["device", "payment"], "velocity": {"per_device": {"events": 5, "within_minutes": 60}}})).await;
    let told = json!({"device": "device-in-clear", "payment": "payment-in-clear"});
    assert_eq!(outcome(deposit(&app, "ada", "e1", told.clone()).await).0, "rewarded");
    let export = app.call("GET", "/v1/users/ada/export", Value::Null).await.expect(200);
    let table = json!(world.items()).to_string();
    assert!(!table.contains("in-clear") && !export.to_string().contains("in-clear"));
    assert_eq!(world.items_at("FINGERPRINT#").len(), 2);
    app.call("DELETE", "/v1/users/ada", Value::Null).await.expect(204);
    let erased = world.items_at("ERASED#").remove(0);
    assert!(erased.get("fingerprints").is_none(), "{erased}");
    // An erased user who returns has still had the device's reward.
    assert_eq!(outcome(deposit(&app, "ada", "e2", told).await).0, "not_eligible");
    world.settle().await;
}

#[tokio::test]
async fn unused_guards_cost_nothing_and_each_used_one_costs_a_write_or_item() {
    let world = World::with_variables(&[("CATALOG_SECONDS", "3600")]).await;
    let app = world.app("app").await;
    app.put_group("gift", group()).await;
    app.stock("gift", 40).await;
    let guards = json!({"velocity": {"per_user": {"events": 100, "within_minutes": 60}}, "one_reward_per": ["device"]});
    let plan = |guards: Value, action: &str| {
        campaign_with(&[("/guards", guards), ("/moments/0/action", json!(action)), ("/moments/0/target", json!(2))])
    };
    app.launch("plain", plan(Value::Null, "deposit")).await;
    app.launch("guarded", plan(guards, "visit")).await;
    let event = |user: &str, action: &str, event: &str| json!({"user_id": user, "action": action, "event_id": event, "fingerprints": {"device": user}, "user": {"locale": "en"}});
    let functions = &world.local.functions;
    for (action, counting, award) in [("deposit", 1.0, 9.0), ("visit", 2.0, 12.0)] {
        for n in 1..=2 {
            app.call("POST", "/v1/moments", event("warm", action, &format!("e{n}"))).await.expect(200);
        }
        app.call("POST", "/v1/moments", event("ada", action, "e0")).await.expect(200);
        app.call("DELETE", "/v1/users/ada", Value::Null).await.expect(204);
        app.call("POST", "/v1/moments", event("bob", action, "e1")).await.expect(200);
        functions.take_consumed("submit-moment");
        app.call("POST", "/v1/moments", event("bob", action, "e1")).await.expect(200);
        assert_eq!(functions.take_consumed("submit-moment").write_units, counting, "{action}");
        app.call("POST", "/v1/moments", event("bob", action, "e2")).await.expect(200);
        assert_eq!(functions.take_consumed("submit-moment").write_units, award, "{action}");
    }
}
