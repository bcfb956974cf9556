//! Rewards that are held for an admin's review: hidden, listed, and released once.

use jiff::SignedDuration;
use serde_json::{Value, json};
use tests::{World, campaign_with, group, promises};

use crate::submit_moment::guards::{at_once, deposit, outcome, shop};

#[tokio::test]
async fn a_held_reward_is_shown_to_nobody_until_it_is_released_once() {
    let world = World::new().await;
    let app = world.app("app").await;
    let mut expiring = group();
    expiring["expires_after_days"] = json!(10);
    app.put_group("gift", expiring).await;
    app.stock("gift", 5).await;
    let changes = [("/guards", json!({"review": true})), ("/moments/0/target", json!(1))];
    app.launch("spring", campaign_with(&changes)).await;
    app.call("PUT", "/v1/users/ada/devices/phone", json!({"channel": "GCM", "address": "token"})).await.expect(200);
    let held = app.deposit("ada", "e1").await.expect(200)["outcomes"][0].clone();
    assert_eq!(held["reasons"], json!(["the reward is held until an admin has reviewed it"]));
    let reward = &held["reward"];
    assert_eq!(
        (&reward["state"], &reward["url"], &reward["redeem_url"], &reward["awarded_at"], &reward["expires_at"]),
        (&json!("in_review"), &Value::Null, &Value::Null, &Value::Null, &Value::Null)
    );
    world.settle().await;
    assert!(world.local.pushes().is_empty());
    let id = reward["reward_id"].as_str().unwrap();
    assert_eq!(world.send("GET", &format!("/r/{id}"), &[], b"").await.status, 404);
    let list = app.admin("GET", "/campaigns/spring/reviews", Value::Null).await.expect(200);
    assert_eq!((&list["data"][0]["reward_id"], &list["data"][0]["url"]), (&json!(id), &Value::Null));
    let found = world.admin("GET", &format!("/v1/rewards/{id}"), Value::Null).await.expect(200);
    assert_eq!((&found["state"], &found["sealed"]), (&json!("in_review"), &json!(true)));
    // Three days later. Eight admins release it at once, and each gets the released reward.
    world.pass(SignedDuration::from_hours(72));
    let path = format!("/v1/rewards/{id}/release");
    for answer in at_once(8, |_| world.admin("POST", &path, json!({"reason": "looks good"}))).await {
        assert_eq!(answer.expect(200)["state"], "awarded");
    }
    let found = world.admin("GET", &format!("/v1/rewards/{id}"), Value::Null).await.expect(200);
    assert_eq!(found["changes"].as_array().unwrap().len(), 1);
    assert!(found["changes"][0]["by"]["key"].is_string());
    assert_eq!(found["changes"][0]["reason"], "looks good");
    assert_eq!(found["expires_at"], "2026-12-14T12:00:00Z");
    world.settle().await;
    assert_eq!(world.local.pushes().len(), 1);
    let list = app.admin("GET", "/campaigns/spring/reviews", Value::Null).await.expect(200);
    assert_eq!(list["data"], json!([]));
    // Asking again returns the same reward, and its link works.
    let again = app.deposit("ada", "e1").await.expect(200)["outcomes"][0].clone();
    assert_eq!((&again["outcome"], &again["reward"]["reward_id"]), (&json!("already_rewarded"), &json!(id)));
    assert!(again["reward"]["url"].is_string());
    assert_eq!(world.send("GET", &format!("/r/{id}"), &[], b"").await.status, 302);
    world.admin("POST", &path, Value::Null).await.expect(200);
    world.settle().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_a_release_and_a_void_at_once_one_wins_and_the_other_hears_which() {
    use domain::reward::{Actor, RewardState};
    use store::reward_changes::{self, Transition};
    for round in 0..6 {
        let world = World::new().await;
        let app = shop(&world, 5, json!({"review": true, "one_reward_per": ["device"]})).await;
        let held = deposit(&app, "ada", "e1", json!({"device": "one"})).await.expect(200);
        let id = held["outcomes"][0]["reward"]["reward_id"].as_str().unwrap().to_owned();
        let store = &world.local.environments.store;
        let (user, place) = ("ada".try_into().unwrap(), ("spring".try_into().unwrap(), "deposits".try_into().unwrap()));
        let app_id = "app".try_into().unwrap();
        let reward = store::rewards::get(store, &app_id, &user, &place.0, &place.1, 1).await.unwrap().unwrap();
        let void = async {
            if round % 2 == 1 {
                tokio::task::yield_now().await;
            }
            let by = Actor::Key("key_operator".try_into().unwrap());
            let void =
                Transition { refund: true, ..Transition::new(RewardState::Voided, tests::NOW.parse().unwrap(), by) };
            reward_changes::advance(store, &reward, &void).await
        };
        let path = format!("/v1/rewards/{id}/release");
        let (voided, released) = tokio::join!(void, world.admin("POST", &path, Value::Null));
        let voided = voided.unwrap().is_some();
        if voided {
            let detail = released.expect(409)["detail"].as_str().unwrap().to_owned();
            assert_eq!(detail, "the reward is voided; it can be released only from in_review");
            let items = world.items();
            assert!(items.iter().all(|item| promises::text(item, "claimed_by").is_none()), "the URL is in stock again");
        } else {
            assert_eq!(released.expect(200)["state"], "awarded");
        }
        // Either way it is an ordinary reward, and a device whose reward was voided has used its chance.
        let found = world.admin("GET", &format!("/v1/rewards/{id}"), Value::Null).await.expect(200);
        assert_eq!(found["state"], if voided { "voided" } else { "awarded" });
        assert_eq!(app.admin("GET", "/campaigns/spring/reviews", Value::Null).await.expect(200)["data"], json!([]));
        assert_eq!(outcome(deposit(&app, "bob", "e1", json!({"device": "one"})).await).0, "not_eligible");
        world.settle().await;
    }
}

#[tokio::test]
async fn reviews_are_listed_page_by_page_the_oldest_first_each_once() {
    let world = World::new().await;
    let app = shop(&world, 30, json!({"review": true})).await;
    let mut all = Vec::new();
    for n in 0..25 {
        // Also several in one millisecond.
        if n % 3 == 0 {
            world.pass(SignedDuration::from_millis(1));
        }
        let held = app.deposit(&format!("user-{n}"), "e1").await.expect(200);
        all.push(held["outcomes"][0]["reward"]["reward_id"].as_str().unwrap().to_owned());
    }
    let (mut listed, mut path) = (Vec::new(), "/campaigns/spring/reviews?limit=4".to_owned());
    let mut at = String::new();
    loop {
        let page = app.admin("GET", &path, Value::Null).await.expect(200);
        for reward in page["data"].as_array().unwrap() {
            assert!(reward["earned_at"].as_str().unwrap() >= at.as_str());
            reward["earned_at"].as_str().unwrap().clone_into(&mut at);
            listed.push(reward["reward_id"].as_str().unwrap().to_owned());
        }
        let Some(cursor) = page["cursor"].as_str() else { break };
        // A cursor does not reveal a link.
        assert!(listed.iter().all(|id| !id.ends_with(cursor)) && cursor.len() == 20);
        path = format!("/campaigns/spring/reviews?limit=4&cursor={cursor}");
    }
    all.sort_unstable();
    listed.sort_unstable();
    assert_eq!(listed, all);
    let wrong = app.admin("GET", "/campaigns/spring/reviews?cursor=x", Value::Null).await;
    assert_eq!(wrong.field_errors()[0].0, "/cursor");
    assert_eq!(app.admin("GET", "/campaigns/other/reviews", Value::Null).await.status, 404);
}

#[tokio::test]
async fn releasing_needs_an_admin_and_something_that_is_held() {
    let world = World::new().await;
    let app = shop(&world, 5, json!({"review": {"when": "user.marketplace == 'US'"}})).await;
    let report = |user: &str, place: &str| json!({"user_id": user, "action": "deposit", "event_id": "e1", "user": {"marketplace": place}});
    let given = app.call("POST", "/v1/moments", report("ada", "DE")).await.expect(200)["outcomes"][0].clone();
    assert_eq!(given["outcome"], "rewarded");
    let held = app.call("POST", "/v1/moments", report("bob", "US")).await.expect(200)["outcomes"][0].clone();
    assert_eq!(held["outcome"], "waiting");
    let path = |outcome: &Value| format!("/v1/rewards/{}/release", outcome["reward"]["reward_id"].as_str().unwrap());
    let before = world.items();
    assert_eq!(app.call("POST", &path(&held), Value::Null).await.status, 403);
    let refused = world.admin("POST", &path(&given), Value::Null).await.expect(409);
    assert_eq!(refused["detail"], "the reward is awarded; it can be released only from in_review");
    let unknown = "/v1/rewards/app.spring.0301959e7a3c00AAAAAAAAAAAAAAAAAAAAAA/release";
    assert_eq!(world.admin("POST", unknown, Value::Null).await.status, 404);
    assert_eq!(world.items(), before, "a refusal changes nothing");
    // After the erasure no user can get it.
    app.call("DELETE", "/v1/users/bob", Value::Null).await.expect(204);
    let refused = world.admin("POST", &path(&held), Value::Null).await.expect(409);
    assert!(refused["detail"].as_str().unwrap().contains("can only be voided"));
    world.settle().await;
}
