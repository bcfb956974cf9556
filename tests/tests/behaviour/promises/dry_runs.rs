//! A dry run answers like the real call and writes nothing. Drafts are rehearsed on request.

use serde_json::{Value, json};
use tests::{App, World, campaign_with, group};

fn event(user: &str, event: &str) -> Value {
    json!({"user_id": user, "action": "deposit", "event_id": event})
}

fn ask(user: &str) -> Value {
    json!({"user_id": user, "campaign_id": "spring", "moment_id": "deposits"})
}

/// Makes a dry run, which must write nothing, and then the call itself. Returns both answers.
async fn both(app: &App<'_>, path: &str, body: Value) -> (Value, Value) {
    let before = app.world.items();
    let dry = app.call("POST", &format!("{path}?dry_run=true"), body.clone()).await.expect(200);
    assert_eq!(app.world.items(), before, "a dry run wrote something");
    let real = app.call("POST", path, body).await;
    assert!([200, 201].contains(&real.status), "{real:?}");
    (dry, real.body)
}

/// Removes from an answer what a dry run cannot know: the reward's id, URL and time.
fn known(outcome: &Value) -> Value {
    json!([outcome["outcome"], outcome["reasons"], outcome["progress"], outcome["reward"]["state"]])
}

/// Source: "A dry run contradicts the real answer: a finished campaign answers `rewarded` where the real call says
/// `campaign_not_live`; drafts are listed as `in_progress`" ("What the field found", 7).
#[tokio::test]
async fn a_dry_run_answers_as_the_real_call_in_every_state_of_a_campaign() {
    let world = World::new().await;
    let app = world.app("app").await;
    app.put_group("gift", group()).await;
    app.stock("gift", 1).await;
    let plan = campaign_with(&[("/moments/0/target", json!(1)), ("/starts_at", json!("2026-12-15T00:00:00Z"))]);
    app.admin("PUT", "/campaigns/spring", plan).await.expect(200);
    let (not_live, nothing) = (Some("campaign_not_live"), None);
    let steps = [
        ("", "draft", nothing),
        ("submit", "pending_approval", nothing),
        ("approve", "approved", Some("rewarded")),
        ("suspend", "suspended", not_live),
        ("resume", "approved", Some("rewarded")),
        ("2027-01-01T00:00:00Z", "finished", not_live),
        ("2027-02-01T00:00:00Z", "finished", nothing),
    ];
    for (number, (step, state, expected)) in steps.into_iter().enumerate() {
        match step {
            "" => {}
            time if time.starts_with("20") => world.set_time(time),
            step => drop(app.admin("POST", &format!("/campaigns/spring/{step}"), Value::Null).await.expect(200)),
        }
        assert_eq!(app.admin("GET", "/campaigns/spring", Value::Null).await.expect(200)["state"], state);
        let user = format!("user-{number}");
        let (dry, real) = both(&app, "/v1/moments", event(&user, "e1")).await;
        assert_eq!(dry["outcomes"], real["outcomes"], "{state}");
        assert_eq!(dry["outcomes"][0]["outcome"].as_str(), expected, "{state}");
        let (dry, real) = both(&app, "/v1/moments/batch", json!({"moments": [event(&user, "e2")]})).await;
        assert_eq!(dry["results"][0]["body"]["outcomes"], real["results"][0]["body"]["outcomes"], "{state}");
        let (dry, real) = both(&app, "/v1/rewards", ask(&format!("asking-{number}"))).await;
        assert_eq!(dry, real, "{state}");
        assert_eq!(dry["outcome"].as_str(), expected.or(not_live), "{state}");
    }
    world.settle().await;
}

/// Compares the only outcome of an event.
async fn compare(app: &App<'_>, body: Value, expected: &str) {
    let (dry, real) = both(app, "/v1/moments", body).await;
    let (dry, real) = (&dry["outcomes"][0], &real["outcomes"][0]);
    assert_eq!((known(dry), &real["outcome"]), (known(real), &json!(expected)), "{dry} {real}");
    assert_eq!(dry["reward"]["url"].is_null(), real["reward"]["url"].is_null());
}

#[tokio::test]
async fn a_dry_run_meets_caps_guards_and_the_budget_as_the_real_call_does() {
    let world = World::new().await;
    let app = world.app("app").await;
    app.put_group("gift", group()).await;
    app.stock("gift", 5).await;
    let plan = [
        ("/moments/0/target", json!(1)),
        ("/moments/0/max_rewards_per_user", json!(3)),
        ("/budget/amount_minor", json!(1000)),
        ("/caps", json!({"per_user": {"currency": "EUR", "amount_minor": 500}})),
        ("/guards", json!({"one_reward_per": ["device"]})),
    ];
    app.launch("spring", campaign_with(&plan)).await;
    let cases = [
        ("ada", "e1", "one", "rewarded"),
        ("ada", "e2", "two", "not_eligible"),
        ("bob", "e1", "one", "not_eligible"),
        ("cyd", "e1", "three", "rewarded"),
        ("dan", "e1", "four", "waiting"),
    ];
    for (user, id, device, expected) in cases {
        let mut event = event(user, id);
        event["fingerprints"] = json!({"device": device});
        compare(&app, event, expected).await;
    }
    world.settle().await;
}

#[tokio::test]
async fn a_dry_run_waits_for_stock_as_the_real_call_does() {
    let world = World::new().await;
    let app = world.shop(1).await;
    app.deposits("ada", 4).await;
    app.deposits("bob", 4).await;
    compare(&app, event("ada", "e5"), "rewarded").await;
    compare(&app, event("bob", "e5"), "waiting").await;
    let (dry, real) = both(&app, "/v1/rewards", ask("cyd")).await;
    assert_eq!((known(&dry), &real["outcome"]), (known(&real), &json!("waiting")));
    world.settle().await;
}

#[tokio::test]
async fn a_draft_is_rehearsed_by_name_and_nothing_is_written() {
    let world = World::new().await;
    let app = world.app("app").await;
    app.put_group("gift", group()).await;
    app.stock("gift", 1).await;
    let plan = campaign_with(&[("/moments/0/target", json!(1))]);
    app.admin("PUT", "/campaigns/spring", plan.clone()).await.expect(200);
    app.launch("live", plan).await;
    let before = world.items();
    for query in ["?rehearse=draft", "?dry_run=true&rehearse=draft"] {
        let told = app.call("POST", &format!("/v1/moments{query}"), event("ada", "e1")).await.expect(200);
        let rewarded = |campaign: &str| {
            let outcomes = told["outcomes"].as_array().unwrap();
            outcomes.iter().find(|outcome| outcome["campaign_id"] == campaign).unwrap()["reward"]["test"] == true
        };
        assert!(rewarded("spring") && rewarded("live"), "{told}");
        let asked = app.call("POST", &format!("/v1/rewards{query}"), ask("ada")).await.expect(200);
        assert_eq!((&asked["outcome"], &asked["reward"]["test"]), (&json!("rewarded"), &json!(true)));
    }
    let eligible =
        async |path: &str| app.call("POST", path, json!({"user_id": "ada"})).await.expect(200)["results"].clone();
    assert_eq!(eligible("/v1/eligibility").await.as_array().unwrap().len(), 1);
    let rehearsed = eligible("/v1/eligibility?rehearse=draft").await;
    assert!(rehearsed.as_array().unwrap().iter().all(|result| result["eligible"] == true), "{rehearsed}");
    assert_eq!(rehearsed.as_array().unwrap().len(), 2);
    for (query, pointer) in [("rehearse=live", "/rehearse"), ("rehearse=draft&dry_run=false", "/dry_run")] {
        let refused = app.call("POST", &format!("/v1/moments?{query}"), event("ada", "e1")).await.field_errors();
        assert_eq!(refused, [(pointer.to_owned(), "invalid_parameter".to_owned())]);
    }
    assert_eq!(world.items(), before);
    world.settle().await;
}
