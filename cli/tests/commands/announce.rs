//! `moments announce` and `moments dlq`.

use std::time::{Duration, Instant};

use serde_json::json;

use crate::system::{System, text};

#[test]
fn a_challenge_is_announced_and_watched_and_dead_letters_are_redriven() {
    let system = System::start();
    system.says(&["apps", "put", "shop", "--name", "Shop"]);
    let group = json!({"name": "Gift", "kind": "shared_url", "url": "https://gift.example/x", "test_url": "https://gift.example/t",
                       "cpa": {"currency": "EUR", "amount_minor": 100}});
    system.put(&["groups", "put", "gift"], &group);
    let message = |title: &str| json!({"en": {"title": title, "body": "b"}});
    let campaign = json!({
        "name": "Race", "kind": "challenge", "starts_at": "2020-01-01T00:00:00Z", "ends_at": "2100-01-01T00:00:00Z",
        "budget": {"currency": "EUR", "amount_minor": 10_000},
        "moments": [{"moment_id": "go", "action": "go", "count": "events", "target": 1,
                     "rewards": [{"reward_group_id": "gift"}],
                     "messages": {"announcement": message("Go"), "achievement": message("Done")}}],
    });
    system.put(&["campaigns", "put", "race"], &campaign);
    let early = system.run(&["announce", "race"]);
    assert!(!early.status.success());
    assert!(text(&early.stderr).contains("only a live one is announced"), "{early:?}");
    system.says(&["campaigns", "submit", "race"]);
    system.says(&["campaigns", "approve", "race"]);
    let key = system.key("live");
    for (user, address) in [("ada", "ada"), ("bob", "bob"), ("cyd", "badcredentials-1")] {
        let device = json!({"channel": "GCM", "address": address});
        system.call(&key, "PUT", &format!("/v1/users/{user}/devices/phone"), &device);
    }
    let told = system.says(&["announce", "race", "--watch", "--per-second", "2000"]);
    assert_eq!(
        told,
        "Announcement 1 is finished: 3 of 3 users announced to, 2 pushes accepted in 3 calls, 1 failed.\n"
    );
    let again = system.json(&["announce", "race", "--watch"]);
    assert_eq!((&again["announcement_id"], &again["users"], &again["announced"]), (&json!("2"), &json!(3), &json!(0)));
    let refused = system.run(&["announce", "race", "--per-second", "1"]);
    assert!(text(&refused.stderr).contains("/per_second"), "{refused:?}");
    // The channel rejects the push of a reward: it goes to the dead letters and back.
    system.call(&key, "POST", "/v1/rewards", &json!({"user_id": "cyd", "campaign_id": "race", "moment_id": "go"}));
    let dead = || system.json(&["dlq", "list", "--queue", "PushDeadLetters", "--local", system.api()]);
    let began = Instant::now();
    while dead()["messages"] != 1 {
        assert!(began.elapsed().as_secs() < 30, "{}", dead());
        std::thread::sleep(Duration::from_millis(100));
    }
    let moved = system.says(&["dlq", "redrive", "--queue", "PushDeadLetters", "--local", system.api()]);
    assert!(moved.contains('1'), "{moved}");
}
