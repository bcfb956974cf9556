//! Events that come again with other content, and events that come after their campaign's end but happened before it.

use serde_json::{Value, json};
use tests::{World, campaign, group};

use super::moments::count_and_die;

/// Returns the codes of an answer's warnings.
fn warned(answer: &Value) -> Vec<&str> {
    let warnings = answer["warnings"].as_array().into_iter().flatten();
    warnings.map(|warning| warning["code"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn an_event_id_that_comes_with_other_content_is_told_and_does_not_count() {
    // From the issue: the same event id with other content answers `duplicate` silently. For each way of counting.
    let world = World::new().await;
    let app = world.app("app").await;
    app.put_group("gift", group()).await;
    app.stock("gift", 3).await;
    let mut of_all = campaign();
    let moment = of_all["moments"][0].clone();
    for (count, more) in [("quantity", Value::Null), ("highest", Value::Null), ("events", json!(24))] {
        let mut of = moment.clone();
        of["moment_id"] = json!(count);
        of["action"] = json!(count);
        of["count"] = json!(count);
        of["target"] = json!(100);
        of["within_hours"] = more;
        of_all["moments"].as_array_mut().unwrap().push(of);
    }
    of_all["moments"].as_array_mut().unwrap().remove(0);
    app.launch("spring", of_all).await;
    for action in ["quantity", "highest", "events"] {
        let event = |quantity: u64, more: Value| {
            let mut event = json!({"user_id": "ada", "action": action, "event_id": "e1", "quantity": quantity});
            event.as_object_mut().unwrap().extend(more.as_object().cloned().unwrap_or_default());
            event
        };
        let submit = |body: Value| async { app.call("POST", "/v1/moments", body).await.expect(200) };
        let first = submit(event(5, json!({"attributes": {"a": 1, "b": 2}}))).await;
        assert_eq!((&first["duplicate"], warned(&first)), (&json!(false), vec![]), "{action}");
        let count = first["outcomes"][0]["progress"]["count"].clone();
        let same = submit(event(5, json!({"attributes": {"b": 2, "a": 1}, "user": {"locale": "de"}}))).await;
        assert_eq!((&same["duplicate"], warned(&same)), (&json!(true), vec![]), "{action}");
        for other in [
            event(4, json!({"attributes": {"a": 1, "b": 2}})),
            event(6, json!({"attributes": {"a": 1, "b": 2}})),
            event(5, json!({"attributes": {"a": 1}})),
            event(5, json!({"attributes": {"a": 1, "b": 2}, "occurred_at": "2026-12-01T11:00:00Z"})),
        ] {
            let answer = submit(other.clone()).await;
            assert_eq!((&answer["duplicate"], warned(&answer)), (&json!(true), vec!["event_differs"]), "{action}");
            assert_eq!(answer["warnings"][0]["pointer"], "/event_id");
            assert_eq!(answer["outcomes"][0]["progress"]["count"], count);
            let dry = app.call("POST", "/v1/moments?dry_run=true", other).await.expect(200);
            assert_eq!(warned(&dry), ["event_differs"], "{action}");
        }
    }
    world.settle().await;
}

#[tokio::test]
async fn what_happened_before_the_end_counts_for_half_an_hour_after_it() {
    // From the issue: an event that happened before the end and arrives after it (a phone that was offline) is refused
    // as `campaign_not_live`. codalab#2233: what happened at the end is refused, a millisecond before it is not.
    let world = World::new().await;
    let app = world.shop(2).await;
    let late = |user: &str, event: &str, at: &str| json!({"user_id": user, "action": "deposit", "event_id": event, "occurred_at": at});
    app.deposits("ada", 4).await;
    app.deposits("bob", 4).await;
    world.set_time("2027-01-01T00:29:59Z");
    let dry = app.call("POST", "/v1/moments?dry_run=true", late("ada", "e5", "2026-12-31T23:59:59.999Z")).await;
    assert_eq!(dry.expect(200)["outcomes"][0]["outcome"], "rewarded");
    let counted = app.call("POST", "/v1/moments", late("ada", "e5", "2026-12-31T23:59:59.999Z")).await.expect(200);
    assert_eq!(counted["outcomes"][0]["outcome"], "rewarded", "{counted}");
    let again = app.call("POST", "/v1/moments", late("ada", "e5", "2026-12-31T23:59:59.999Z")).await.expect(200);
    assert_eq!((&again["duplicate"], &again["outcomes"][0]["outcome"]), (&json!(true), &json!("already_rewarded")));
    // Events at the end, without a time, or too late.
    for body in
        [late("bob", "e5", "2027-01-01T00:00:00Z"), json!({"user_id": "bob", "action": "deposit", "event_id": "e5"})]
    {
        let refused = app.call("POST", "/v1/moments", body).await.expect(200);
        assert_eq!(refused["outcomes"][0]["outcome"], "campaign_not_live");
    }
    world.set_time("2027-01-01T00:30:00Z");
    let refused = app.call("POST", "/v1/moments", late("bob", "e5", "2026-12-31T23:59:59Z")).await.expect(200);
    assert_eq!(
        (&refused["outcomes"][0]["outcome"], &refused["outcomes"][0]["progress"]["count"]),
        (&json!("campaign_not_live"), &json!(4))
    );
    world.settle().await;
}

#[tokio::test]
async fn a_late_event_whose_submission_dies_is_rewarded_after_the_end() {
    // The same if the function dies between counting and claiming: the stream finishes it.
    let world = World::new().await;
    let app = world.shop(1).await;
    app.deposits("ada", 4).await;
    world.set_time("2027-01-01T00:10:00Z");
    count_and_die(&world, "ada", "e5").await;
    world.settle().await;
    let rewards = app.call("GET", "/v1/users/ada/rewards", Value::Null).await.expect(200)["data"].clone();
    assert_eq!(rewards[0]["state"], "awarded");
}
