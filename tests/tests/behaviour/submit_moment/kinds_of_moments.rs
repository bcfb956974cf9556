//! Moments beyond counting: days in a row, counts within a window, and caps per day, week and month.
//! `domain::campaign::counting` tests the rules; these tests go through the API, with races and repetitions.

use futures_util::future::join_all;
use serde_json::{Value, json};
use tests::{App, World, campaign_with, group, promises};

/// Makes an app with a live campaign `spring` with these changes to its moment.
async fn launched<'a>(world: &'a World, changes: &[(&str, Value)]) -> App<'a> {
    let app = world.app("app").await;
    app.put_group("gift", group()).await;
    app.stock("gift", 40).await;
    app.launch("spring", campaign_with(changes)).await;
    app
}

/// Reports a deposit at a time. Returns the outcome and the count.
async fn at(app: &App<'_>, user: &str, time: &str, zone: Option<&str>) -> (String, u64) {
    let mut body = json!({"user_id": user, "action": "deposit", "event_id": format!("e-{time}"), "occurred_at": time});
    if let Some(zone) = zone {
        body["user"] = json!({"time_zone": zone});
    }
    let answer = app.call("POST", "/v1/moments", body).await.expect(200);
    let outcome = answer["outcomes"].as_array().unwrap().last().unwrap().clone();
    (outcome["outcome"].as_str().unwrap().to_owned(), outcome["progress"]["count"].as_u64().unwrap())
}

fn came_to(outcome: &str, count: u64) -> (String, u64) {
    (outcome.to_owned(), count)
}

fn streak(days: u32, more: &[(&'static str, Value)]) -> Vec<(&'static str, Value)> {
    let mut changes = vec![("/moments/0/count", json!("streak")), ("/moments/0/target", json!(days))];
    changes.extend(more.iter().cloned());
    changes
}

#[tokio::test]
async fn days_in_a_row_are_the_users_own_also_across_a_change_of_the_clocks() {
    let world = World::new().await;
    let starts = ("/starts_at", json!("2026-10-01T00:00:00Z"));
    let app = launched(&world, &streak(3, &[starts])).await;
    // 25 October has 25 hours in Berlin. Noon, then late in the evening, then early in the morning: three days.
    let berlin = Some("Europe/Berlin");
    assert_eq!(at(&app, "ada", "2026-10-24T10:00:00Z", berlin).await, came_to("in_progress", 1));
    assert_eq!(at(&app, "ada", "2026-10-25T22:30:00Z", berlin).await, came_to("in_progress", 2));
    assert_eq!(at(&app, "ada", "2026-10-25T22:45:00Z", berlin).await, came_to("in_progress", 2));
    assert_eq!(at(&app, "ada", "2026-10-25T23:15:00Z", berlin).await, came_to("rewarded", 3));
    // The same hours in Greenwich are two days, also with the profile's time zone.
    app.call("PUT", "/v1/users/bob", json!({"time_zone": "Etc/UTC"})).await.expect(200);
    assert_eq!(at(&app, "bob", "2026-10-24T10:00:00Z", None).await, came_to("in_progress", 1));
    assert_eq!(at(&app, "bob", "2026-10-25T22:30:00Z", None).await, came_to("in_progress", 2));
    assert_eq!(at(&app, "bob", "2026-10-25T23:15:00Z", None).await, came_to("in_progress", 2));
    // A missed day restarts the row; a late event that closes the gap counts as if it had been in time.
    assert_eq!(at(&app, "cyd", "2026-11-10T10:00:00Z", berlin).await, came_to("in_progress", 1));
    assert_eq!(at(&app, "cyd", "2026-11-12T10:00:00Z", berlin).await, came_to("in_progress", 1));
    assert_eq!(at(&app, "cyd", "2026-11-11T10:00:00Z", berlin).await, came_to("rewarded", 3));
    // Repeating the event counts nothing, and says so.
    let again = json!({"user_id": "bob", "action": "deposit", "event_id": "e-2026-10-25T23:15:00Z"});
    assert_eq!(app.call("POST", "/v1/moments", again).await.expect(200)["duplicate"], true);
    let zone = json!({"user_id": "bob", "action": "deposit", "event_id": "x", "user": {"time_zone": "Mars/Olympus"}});
    // An unknown time zone is left out, and the event counts with the zone of Bob's profile.
    let counted = app.call("POST", "/v1/moments", zone).await.expect(200);
    assert_eq!(counted["warnings"][0]["pointer"], "/user/time_zone");
    world.settle().await;
}

#[tokio::test]
async fn a_zone_that_is_told_anew_makes_no_further_day() {
    // From the issue: a 3-day streak within ten seconds by sending time zones 12 hours behind, UTC and 14 hours ahead.
    let world = World::new().await;
    let app = launched(&world, &streak(3, &[])).await;
    for (second, zone) in ["Etc/GMT+12", "UTC", "Pacific/Kiritimati"].into_iter().enumerate() {
        let time = format!("2026-11-30T11:00:{second:02}Z");
        assert_eq!(at(&app, "ada", &time, Some(zone)).await, came_to("in_progress", 1), "{zone}");
    }
    // Also by the profile: the progress keeps the deciding zone.
    for (second, zone) in ["Etc/GMT+12", "UTC", "Pacific/Kiritimati"].into_iter().enumerate() {
        app.call("PUT", "/v1/users/bob", json!({ "time_zone": zone })).await.expect(200);
        let time = format!("2026-11-30T11:00:{second:02}Z");
        assert_eq!(at(&app, "bob", &time, None).await, came_to("in_progress", 1), "{zone}");
    }
    // It goes on with the next day in the kept zone.
    assert_eq!(at(&app, "bob", "2026-12-01T11:30:00Z", None).await, came_to("in_progress", 2));
    world.settle().await;
}

#[tokio::test]
async fn once_a_day_is_once_a_day_whatever_zone_is_told() {
    // From the issue: "once a day" awards twice in a minute by sending another time zone.
    let world = World::new().await;
    let daily = [
        ("/moments/0/target", json!(1)),
        ("/moments/0/max_rewards_per_user", json!(5)),
        ("/moments/0/repeat_limit", json!({"period": "day", "max_rewards": 1})),
    ];
    let app = launched(&world, &daily).await;
    assert_eq!(at(&app, "ada", "2026-12-01T11:00:00Z", Some("UTC")).await.0, "rewarded");
    assert_eq!(at(&app, "ada", "2026-12-01T11:00:30Z", Some("Pacific/Kiritimati")).await.0, "already_rewarded");
    assert_eq!(at(&app, "ada", "2026-12-01T11:00:40Z", Some("Etc/GMT+12")).await.0, "already_rewarded");
    world.settle().await;
}

#[tokio::test]
async fn a_day_of_grace_keeps_a_row_and_the_campaign_has_a_default_time_zone() {
    let world = World::new().await;
    let grace = ("/moments/0/grace_days", json!(1));
    let app = launched(&world, &streak(3, &[grace, ("/time_zone", json!("Asia/Tokyo"))])).await;
    // 15:00 in Greenwich is midnight in Tokyo.
    assert_eq!(at(&app, "ada", "2026-11-10T14:59:59Z", None).await, came_to("in_progress", 1));
    assert_eq!(at(&app, "ada", "2026-11-10T15:00:00Z", None).await, came_to("in_progress", 2));
    assert_eq!(at(&app, "ada", "2026-11-12T16:00:00Z", None).await, came_to("rewarded", 3));
    world.settle().await;
}

#[tokio::test]
async fn only_events_within_the_window_count_together() {
    let world = World::new().await;
    let within = [("/moments/0/target", json!(3)), ("/moments/0/within_hours", json!(24 * 7))];
    let app = launched(&world, &within).await;
    assert_eq!(at(&app, "ada", "2026-11-02T12:00:00Z", None).await, came_to("in_progress", 1));
    assert_eq!(at(&app, "ada", "2026-11-08T12:00:00Z", None).await, came_to("in_progress", 2));
    assert_eq!(at(&app, "ada", "2026-11-09T12:00:00Z", None).await, came_to("in_progress", 2));
    assert_eq!(at(&app, "ada", "2026-11-10T12:00:00Z", None).await, came_to("rewarded", 3));
    assert_eq!(at(&app, "ada", "2026-11-10T12:00:01Z", None).await, came_to("already_rewarded", 3));
    world.settle().await;
}

#[tokio::test]
async fn a_repeatable_moment_is_capped_in_each_day_and_for_good() {
    let world = World::new().await;
    let capped = [
        ("/moments/0/target", json!(1)),
        ("/moments/0/max_rewards_per_user", json!(3)),
        ("/moments/0/repeat_limit", json!({"period": "day", "max_rewards": 1})),
    ];
    let app = launched(&world, &capped).await;
    let berlin = Some("Europe/Berlin");
    assert_eq!(at(&app, "ada", "2026-11-10T22:00:00Z", berlin).await, came_to("rewarded", 1));
    assert_eq!(at(&app, "ada", "2026-11-10T22:30:00Z", berlin).await, came_to("already_rewarded", 1));
    assert_eq!(at(&app, "ada", "2026-11-10T23:00:00Z", berlin).await, came_to("rewarded", 2));
    assert_eq!(at(&app, "ada", "2026-11-12T12:00:00Z", berlin).await, came_to("rewarded", 3));
    assert_eq!(at(&app, "ada", "2026-11-13T12:00:00Z", berlin).await, came_to("already_rewarded", 3));
    // Eligibility shows it, too.
    world.set_time("2026-11-10T22:45:00Z");
    app.call("PUT", "/v1/users/cyd", json!({"time_zone": "Europe/Berlin"})).await.expect(200);
    assert_eq!(at(&app, "cyd", "2026-11-10T22:00:00Z", None).await, came_to("rewarded", 1));
    let asked = json!({"user_id": "cyd", "campaign_id": "spring"});
    let explained = app.call("POST", "/v1/eligibility", asked.clone()).await.expect(200)["results"][0].clone();
    assert_eq!(explained["eligible"], false);
    let last = explained["checks"].as_array().unwrap().last().unwrap().clone();
    assert_eq!(last["detail"], "has 1 of 3 rewards, and can earn no more in this day, week or month");
    world.set_time("2026-11-10T23:45:00Z");
    assert_eq!(app.call("POST", "/v1/eligibility", asked).await.expect(200)["results"][0]["eligible"], true);
    world.set_time(tests::NOW);
    // A dry run shows the same, and writes nothing.
    let before = world.items();
    let dry = json!({"user_id": "ada", "action": "deposit", "event_id": "dry", "occurred_at": "2026-11-12T13:00:00Z"});
    let dry = app.call("POST", "/v1/moments?dry_run=true", dry).await.expect(200);
    assert_eq!(dry["outcomes"][0]["outcome"], "already_rewarded");
    assert_eq!(world.items(), before);
    world.settle().await;
}

#[tokio::test]
async fn a_window_and_a_row_go_with_what_they_are_for() {
    let world = World::new().await;
    let app = launched(&world, &[]).await;
    for (changes, pointer) in [
        (
            vec![("/moments/0/count", json!("quantity")), ("/moments/0/within_hours", json!(5))],
            "/moments/0/within_hours",
        ),
        (vec![("/moments/0/within_hours", json!(0))], "/moments/0/within_hours"),
        (vec![("/moments/0/within_hours", json!(5)), ("/moments/0/target", json!(101))], "/moments/0/target"),
        (vec![("/moments/0/grace_days", json!(1))], "/moments/0/grace_days"),
        (streak(367, &[]), "/moments/0/target"),
        (streak(3, &[("/moments/0/grace_days", json!(31))]), "/moments/0/grace_days"),
        (
            vec![("/moments/0/repeat_limit", json!({"period": "year", "max_rewards": 1}))],
            "/moments/0/repeat_limit/period",
        ),
        (
            vec![("/moments/0/repeat_limit", json!({"period": "day", "max_rewards": 2}))],
            "/moments/0/repeat_limit/max_rewards",
        ),
        (
            vec![
                ("/moments/0/count", json!("highest")),
                ("/moments/0/repeat_limit", json!({"period": "day", "max_rewards": 1})),
            ],
            "/moments/0/repeat_limit",
        ),
    ] {
        let refused = app.admin("PUT", "/campaigns/other", campaign_with(&changes)).await.field_errors();
        assert_eq!(refused[0].0, pointer, "{changes:?}");
    }
}

/// Sends fifty events of one user at once, each twice.
#[tokio::test]
async fn counts_that_depend_on_earlier_events_hold_when_many_arrive_at_once() {
    let world = World::new().await;
    let within = [
        ("/moments/0/target", json!(5)),
        ("/moments/0/max_rewards_per_user", json!(10)),
        ("/moments/0/within_hours", json!(24)),
    ];
    let app = launched(&world, &within).await;
    let submit = |n: usize| {
        let body = json!({"user_id": "ada", "action": "deposit", "event_id": format!("e{}", n / 2)});
        let app = &app;
        async move {
            for _ in 0..20 {
                let answer = app.call("POST", "/v1/moments", body.clone()).await;
                if answer.status == 200 {
                    return answer.body;
                }
                assert_eq!(answer.status, 503, "{answer:?}");
            }
            panic!("never answered");
        }
    };
    let answers = join_all((0..100).map(submit)).await;
    assert_eq!(answers.iter().filter(|answer| answer["duplicate"] == true).count(), 50);
    world.settle().await;
    let items = world.items();
    let progress = promises::of(&items, "PROGRESS#spring#deposits").next().unwrap();
    assert_eq!(promises::number(progress, "counted"), 50);
    assert_eq!(promises::rewards(&items).count(), 10);
}
