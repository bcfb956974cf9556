//! The timeline: everything that happened to a user, in order and with reasons, read from the table.

use jiff::SignedDuration;
use serde_json::{Value, json};
use tests::{App, World, campaign_with, group};

async fn timeline(app: &App<'_>, user: &str, query: &str) -> Vec<Value> {
    let answer = app.call("GET", &format!("/v1/users/{user}/timeline{query}"), Value::Null).await.expect(200);
    answer["data"].as_array().unwrap().clone()
}

fn told(entries: &[Value]) -> Vec<(&str, &str)> {
    entries.iter().map(|entry| (entry["kind"].as_str().unwrap(), entry["text"].as_str().unwrap())).collect()
}

async fn report(app: &App<'_>, event: &str, place: &str) -> String {
    let body = json!({"user_id": "ada", "action": "deposit", "event_id": event, "user": {"marketplace": place}});
    let answer = app.call("POST", "/v1/moments", body).await.expect(200);
    answer["outcomes"][0]["outcome"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn everything_that_happened_is_told_in_order_with_its_reasons() {
    let world = World::new().await;
    let app = world.app("app").await;
    let mut german = group();
    german["marketplaces"] = json!(["DE"]);
    app.put_group("gift", german).await;
    app.stock("gift", 3).await;
    let plan = [("/moments/0/target", json!(2)), ("/guards", json!({"review": true}))];
    app.launch("spring", campaign_with(&plan)).await;
    let later = || world.pass(SignedDuration::from_mins(1));
    app.call("PUT", "/v1/users/ada", json!({"locale": "en"})).await.expect(200);
    later();
    app.call("PUT", "/v1/users/ada/devices/phone", json!({"channel": "GCM", "address": "token"})).await.expect(200);
    later();
    assert_eq!(report(&app, "e0", "US").await, "not_eligible");
    later();
    assert_eq!(report(&app, "e1", "DE").await, "in_progress");
    later();
    assert_eq!(report(&app, "e2", "DE").await, "waiting");
    later();
    let id = app.call("GET", "/v1/users/ada/rewards", Value::Null).await.expect(200)["data"][0]["reward_id"].clone();
    let id = id.as_str().unwrap();
    let release = json!({"reason": "known customer"});
    world.admin("POST", &format!("/v1/rewards/{id}/release"), release).await.expect(200);
    world.settle().await;
    later();
    let read = json!({"notification_ids": ["achievement.spring.deposits.1"]});
    app.call("POST", "/v1/users/ada/notifications/read", read).await.expect(200);
    later();
    assert_eq!(world.send("GET", &format!("/r/{id}"), &[], b"").await.status, 302);
    // After a second profile, the user is known since the first.
    app.call("PUT", "/v1/users/ada", json!({"marketplace": "DE"})).await.expect(200);
    let all = timeline(&app, "ada", "").await;
    assert_eq!(
        told(&all),
        [
            ("known", "the app told of the user"),
            ("device_registered", "a device was registered (GCM)"),
            ("not_eligible", "not eligible: marketplace US; rewards are valid in [DE]"),
            ("progress_began", "the first event counted"),
            ("progress_advanced", "the latest event counted: 2 of 2, which completes the moment"),
            ("reward", "a reward of group gift is held until an admin has reviewed it"),
            ("reward", "the reward is awarded: known customer"),
            ("pushed", "push of the achievement: SUCCESSFUL (200) after 1 attempts"),
            ("read", "the user read the achievement"),
            ("reward", "the reward is redeemed"),
        ]
    );
    assert_eq!(all[2]["reasons"], json!(["marketplace US; rewards are valid in [DE]"]));
    assert_eq!((all[6]["by"]["key"].is_string(), &all[9]["by"]), (true, &json!("user")));
    assert_eq!((&all[6]["state"], &all[6]["reward_id"]), (&json!("awarded"), &json!(id)));
    let text = json!(all).to_string();
    assert!(!text.contains("https://") && !text.contains("token"), "{text}");
    // The pages, in either order, have each entry once.
    let mut newest_first = all.clone();
    newest_first.reverse();
    for (order, expected) in [("asc", &all), ("desc", &newest_first)] {
        let (mut paged, mut query) = (Vec::new(), format!("?order={order}&limit=3"));
        loop {
            let path = format!("/v1/users/ada/timeline{query}");
            let page = app.call("GET", &path, Value::Null).await.expect(200);
            paged.extend(page["data"].as_array().unwrap().clone());
            let Some(cursor) = page["cursor"].as_str() else { break };
            query = format!("?order={order}&limit=3&cursor={cursor}");
        }
        assert_eq!(&paged, expected);
    }
    for (query, pointer) in [("?order=up", "/order"), ("?cursor=x", "/cursor")] {
        let wrong = app.call("GET", &format!("/v1/users/ada/timeline{query}"), Value::Null).await;
        assert_eq!(wrong.field_errors()[0].0, pointer);
    }
}

#[tokio::test]
async fn what_was_voided_out_of_review_was_held_and_did_not_wait() {
    let world = World::new().await;
    let app = world.app("app").await;
    app.put_group("gift", group()).await;
    app.stock("gift", 3).await;
    let plan = [("/moments/0/target", json!(1)), ("/guards", json!({"review": true}))];
    app.launch("spring", campaign_with(&plan)).await;
    assert_eq!(report(&app, "e1", "DE").await, "waiting");
    let id = app.call("GET", "/v1/users/ada/rewards", Value::Null).await.expect(200)["data"][0]["reward_id"].clone();
    let void = json!({"reason": "fraud", "note": "a farm"});
    world.admin("POST", &format!("/v1/rewards/{}/void", id.as_str().unwrap()), void).await.expect(200);
    let all = timeline(&app, "ada", "").await;
    let rewards: Vec<_> = told(&all).into_iter().filter(|(kind, _)| *kind == "reward").collect();
    assert_eq!(rewards[0].1, "a reward of group gift is held until an admin has reviewed it");
    assert!(rewards.len() == 2 && rewards[1].1.starts_with("the reward is voided: fraud"), "{rewards:?}");
    world.settle().await;
}

#[tokio::test]
async fn refusals_are_noted_once_an_hour_exported_and_erased_with_the_user() {
    let world = World::new().await;
    let app = world.app("app").await;
    let mut german = group();
    german["marketplaces"] = json!(["DE"]);
    app.put_group("gift", german).await;
    app.stock("gift", 3).await;
    app.launch("spring", tests::campaign()).await;
    let refusals =
        || world.items().into_iter().filter(|item| item["sk"]["S"].as_str().unwrap().starts_with("TURNED_AWAY#"));
    // Tests and dry runs are not noted.
    let event = json!({"user_id": "ada", "action": "deposit", "event_id": "e", "user": {"marketplace": "US"}});
    world.call(&app.test_key, "POST", "/v1/moments", event.clone()).await.expect(200);
    app.call("POST", "/v1/moments?dry_run=true", event).await.expect(200);
    assert_eq!(refusals().count(), 0);
    for n in 0..3 {
        assert_eq!(report(&app, &format!("e{n}"), "US").await, "not_eligible");
    }
    let noted = refusals().next().unwrap();
    assert_eq!((noted["times"]["N"].as_str(), noted["expires"]["N"].is_string()), (Some("1"), true));
    // Another reason is a new entry; the same reason is one after an hour, with its count.
    report(&app, "e4", "FR").await;
    assert_eq!(refusals().next().unwrap()["times"]["N"], "2");
    world.pass(SignedDuration::from_hours(1));
    report(&app, "e5", "US").await;
    let all = timeline(&app, "ada", "").await;
    assert_eq!(
        told(&all),
        [(
            "not_eligible",
            "not eligible: marketplace US; rewards are valid in [DE] (5 times since 2026-12-01T12:00:00Z)"
        )]
    );
    // A refused request for a reward is noted, too.
    let ask = json!({"user_id": "bob", "campaign_id": "spring", "moment_id": "deposits"});
    app.call("POST", "/v1/rewards", ask).await.expect(200);
    assert_eq!(timeline(&app, "bob", "").await.len(), 1);
    let export = app.call("GET", "/v1/users/ada/export", Value::Null).await.expect(200);
    assert_eq!(
        (&export["refusals"][0]["times"], &export["refusals"][0]["last_at"]),
        (&json!(5), &json!("2026-12-01T13:00:00Z"))
    );
    app.call("DELETE", "/v1/users/ada", Value::Null).await.expect(204);
    assert_eq!(app.call("GET", "/v1/users/ada/timeline", Value::Null).await.status, 404);
    assert_eq!(refusals().count(), 1, "only bob's is left");
}

#[tokio::test]
async fn a_reward_that_waits_was_waited_for_and_was_refused_says_why() {
    let world = World::new().await;
    let app = world.app("app").await;
    app.put_group("gift", group()).await;
    let plan = [("/moments/0/target", json!(1)), ("/guards", json!({"one_reward_per": ["device"]}))];
    app.launch("spring", campaign_with(&plan)).await;
    for user in ["ada", "bob"] {
        let body = json!({"user_id": user, "action": "deposit", "event_id": "e1", "fingerprints": {"device": "one"}});
        app.call("POST", "/v1/moments", body).await.expect(200);
        world.pass(SignedDuration::from_secs(1));
    }
    let waiting = timeline(&app, "ada", "?order=desc").await;
    let why = "no reward URL is in stock; the user is in line for the next one";
    let waits = waiting.iter().find(|entry| entry["kind"] == "reward").unwrap();
    assert_eq!((&waits["state"], &waits["reasons"]), (&json!("waiting"), &json!([why])));
    app.stock("gift", 3).await;
    world.settle().await;
    let served = timeline(&app, "ada", "").await;
    let rewards: Vec<&Value> = served.iter().filter(|entry| entry["kind"] == "reward").collect();
    assert_eq!((rewards.len(), &rewards[0]["state"], &rewards[1]["state"]), (2, &json!("waiting"), &json!("awarded")));
    let refused = timeline(&app, "bob", "").await;
    let closed = refused.iter().find(|entry| entry["kind"] == "moment_closed").unwrap();
    assert_eq!(closed["reasons"], json!(["this device has had its reward"]));
    assert_eq!(world.call(&app.test_key, "GET", "/v1/users/ada/timeline", Value::Null).await.status, 404);
}
