//! Scores: how events make them, what is refused, and which window they count in.

use jiff::SignedDuration;
use serde_json::{Value, json};
use tests::{App, World, competition, group, set};

/// A live competition `race` with these fields replaced below `competition`, in an app with ten gifts.
async fn race<'a>(world: &'a World, changes: &[(&str, Value)]) -> App<'a> {
    let app = world.app("app").await;
    app.put_group("gift", group()).await;
    app.stock("gift", 10).await;
    let mut body = competition();
    for (field, value) in changes {
        set(&mut body, &format!("/competition/{field}"), value.clone());
    }
    app.launch("race", body).await;
    app
}

fn lap(user: &str, event: &str, quantity: i64) -> Value {
    json!({"user_id": user, "action": "lap", "event_id": event, "quantity": quantity})
}

async fn send(app: &App<'_>, body: Value) -> Value {
    app.call("POST", "/v1/moments", body).await.expect(200)
}

/// Reports a lap. Returns its outcome and the user's score.
async fn run(app: &App<'_>, user: &str, event: &str, quantity: i64) -> (String, Value) {
    outcome(&send(app, lap(user, event, quantity)).await)
}

fn outcome(answer: &Value) -> (String, Value) {
    let outcome = &answer["outcomes"][0];
    (outcome["outcome"].as_str().unwrap().to_owned(), outcome["score"].clone())
}

fn said(outcome: &str, score: u64) -> (String, Value) {
    (outcome.to_owned(), json!(score))
}

/// nakama#1124: the best is 100, then 40 comes twice: one entry, and the score is unchanged.
#[tokio::test]
async fn a_worse_score_changes_nothing_however_often_it_comes() {
    let world = World::new().await;
    let app = race(&world, &[]).await;
    assert_eq!(run(&app, "ada", "e1", 100).await, said("scored", 100));
    let before = world.items();
    for event in ["e2", "e2", "e3"] {
        assert_eq!(run(&app, "ada", event, 40).await, said("not_improved", 100));
    }
    assert_eq!(run(&app, "ada", "e4", 100).await, said("not_improved", 100));
    assert_eq!(world.items(), before);
    assert_eq!(run(&app, "ada", "e5", 101).await, said("scored", 101));
    assert_eq!(world.items_at("ENTRIES#").len(), 1);
    world.settle().await;
}

#[tokio::test]
async fn each_kind_of_score_makes_its_own_of_the_same_events() {
    let events = [30, 10, 20, 0];
    for (kind, expected) in [
        ("highest", [("scored", 30), ("not_improved", 30), ("not_improved", 30), ("not_improved", 30)]),
        ("lowest", [("scored", 30), ("scored", 10), ("not_improved", 10), ("scored", 0)]),
        ("latest", [("scored", 30), ("scored", 10), ("scored", 20), ("scored", 0)]),
        ("sum", [("scored", 30), ("scored", 40), ("scored", 60), ("scored", 60)]),
        ("count", [("scored", 1), ("scored", 2), ("scored", 3), ("scored", 4)]),
        ("best_of", [("scored", 30), ("scored", 40), ("scored", 50), ("not_improved", 50)]),
    ] {
        let world = World::new().await;
        let best_of = if kind == "best_of" { json!(2) } else { Value::Null };
        let app = race(&world, &[("score", json!(kind)), ("best_of", best_of)]).await;
        for (n, (quantity, (outcome, score))) in events.into_iter().zip(expected).enumerate() {
            world.pass(SignedDuration::from_secs(1));
            let found = run(&app, "ada", &format!("e{n}"), quantity).await;
            assert_eq!(found, said(outcome, score), "{kind}, event {n}");
        }
        world.settle().await;
    }
}

#[tokio::test]
async fn an_event_that_comes_again_counts_once_and_is_told_as_a_duplicate() {
    for kind in ["highest", "sum", "count", "best_of"] {
        let world = World::new().await;
        let best_of = if kind == "best_of" { json!(3) } else { Value::Null };
        let app = race(&world, &[("score", json!(kind)), ("best_of", best_of)]).await;
        let first = send(&app, lap("ada", "e1", 5)).await;
        assert_eq!(first["duplicate"], false, "{kind}");
        let score = if kind == "count" { 1 } else { 5 };
        for _ in 0..2 {
            let again = send(&app, lap("ada", "e1", 5)).await;
            assert_eq!((outcome(&again), &again["duplicate"]), (said("scored", score), &json!(true)), "{kind}");
        }
        world.settle().await;
    }
}

#[tokio::test]
async fn an_event_id_with_another_quantity_is_told_and_does_not_count() {
    for kind in ["highest", "sum"] {
        let world = World::new().await;
        let app = race(&world, &[("score", json!(kind))]).await;
        send(&app, lap("ada", "e1", 5)).await;
        let other = send(&app, lap("ada", "e1", 4)).await;
        assert_eq!(other["warnings"][0]["code"], "event_differs", "{kind}: {other}");
        assert_eq!(outcome(&other), said("scored", 5), "{kind}");
    }
}

#[tokio::test]
async fn of_many_events_of_one_user_at_once_a_sum_loses_none() {
    let world = World::new().await;
    let app = race(&world, &[("score", json!("sum"))]).await;
    let calls = (0..20).map(|n| send(&app, lap("ada", &format!("e{n}"), 1)));
    futures_util::future::join_all(calls.collect::<Vec<_>>()).await;
    assert_eq!(run(&app, "ada", "last", 0).await, said("scored", 20));
    world.settle().await;
}

#[tokio::test]
async fn scores_are_whole_numbers_from_0_to_10_to_the_15th() {
    let world = World::new().await;
    let app = race(&world, &[]).await;
    for quantity in [json!(-1), json!(1_000_000_000_000_001_i64), json!(1.5), json!("7"), json!(1e15)] {
        let mut event = lap("ada", "e1", 1);
        event["quantity"] = quantity.clone();
        let errors = app.call("POST", "/v1/moments", event).await.field_errors();
        assert_eq!(errors[0].0, "/quantity", "{quantity}");
    }
    assert!(world.items_at("USER#").is_empty());
    assert_eq!(run(&app, "ada", "e1", 0).await, said("scored", 0));
    assert_eq!(run(&app, "ada", "e2", 1_000_000_000_000_000).await, said("scored", 1_000_000_000_000_000));
}

#[tokio::test]
async fn a_quantity_that_only_a_competition_takes_is_refused_elsewhere() {
    let world = World::new().await;
    let app = world.shop(1).await;
    for quantity in [0, 1_000_000_001] {
        let mut event = lap("ada", "e1", quantity);
        event["action"] = json!("deposit");
        let errors = app.call("POST", "/v1/moments", event).await.field_errors();
        assert_eq!(errors, [("/quantity".to_owned(), "out_of_range".to_owned())]);
    }
    // Where one action counts for both, each takes what it can.
    let mut body = competition();
    set(&mut body, "/moments/0/action", json!("deposit"));
    set(&mut body, "/competition/prizes/0/ranks", json!([1, 1]));
    app.launch("race", body).await;
    let mut event = lap("ada", "e1", 0);
    event["action"] = json!("deposit");
    let answer = send(&app, event).await;
    let outcomes: Vec<(&str, &str)> = answer["outcomes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| (one["campaign_id"].as_str().unwrap(), one["outcome"].as_str().unwrap()))
        .collect();
    assert_eq!(outcomes, [("race", "scored"), ("spring", "not_eligible")]);
}

#[tokio::test]
async fn an_event_without_a_quantity_or_outside_the_range_is_no_score() {
    let world = World::new().await;
    let app = race(&world, &[("score_range", json!({"min": 10, "max": 20}))]).await;
    let answer = send(&app, json!({"user_id": "ada", "action": "lap", "event_id": "e1"})).await;
    assert_eq!(answer["outcomes"][0]["reasons"], json!(["the event has no quantity, which is its score"]));
    for quantity in [9, 21] {
        let answer = send(&app, lap("ada", "e2", quantity)).await;
        let reason = format!("the quantity is {quantity}; scores from 10 to 20 count");
        assert_eq!(answer["outcomes"][0]["reasons"], json!([reason]));
        assert_eq!(answer["outcomes"][0]["outcome"], "not_eligible");
    }
    assert!(world.items_at("ENTRIES#").is_empty());
    assert_eq!(run(&app, "ada", "e3", 10).await, said("scored", 10));
}

/// codalab#2233: what happened at the end is refused; a millisecond before, delivered within the grace, counts.
#[tokio::test]
async fn what_happened_before_the_end_counts_until_the_board_is_frozen() {
    let world = World::new().await;
    let app = race(&world, &[("grace_minutes", json!(15))]).await;
    let at = |event: &str, occurred_at: &str| {
        let mut event = lap("ada", event, 7);
        event["occurred_at"] = json!(occurred_at);
        event
    };
    world.set_time("2027-01-01T00:14:59.999Z");
    let refused = app.call("POST", "/v1/moments", at("e1", "2027-01-01T00:00:00Z")).await.expect(200);
    assert_eq!(refused["outcomes"][0]["outcome"], "campaign_not_live", "{refused}");
    assert_eq!(outcome(&send(&app, at("e2", "2026-12-31T23:59:59.999Z")).await), said("scored", 7));
    world.set_time("2027-01-01T00:15:00Z");
    let late = send(&app, at("e3", "2026-12-31T23:59:59.999Z")).await;
    assert_eq!(late["outcomes"][0]["outcome"], "campaign_not_live", "{late}");
}

/// ajLeaderboards#51: weeks begin at midnight of the campaign's zone. GDevelop#3983: a new window makes no request.
#[tokio::test]
async fn each_week_of_the_campaigns_zone_has_a_score_of_its_own() {
    let world = World::new().await;
    let app = world.app("app").await;
    app.put_group("gift", group()).await;
    app.stock("gift", 20).await;
    let mut body = competition();
    set(&mut body, "/time_zone", json!("Europe/Berlin"));
    set(&mut body, "/competition/window", json!("week"));
    app.launch("race", body).await;
    let run_at = async |event: &str, time: &str, quantity| {
        world.set_time(time);
        let answer = send(&app, lap("ada", event, quantity)).await;
        (outcome(&answer), answer["outcomes"][0]["window"].as_str().unwrap().to_owned())
    };
    // Monday begins in Berlin an hour before it does in UTC.
    assert_eq!(run_at("e1", "2026-12-06T22:59:59Z", 50).await, (said("scored", 50), "2026-11-30".to_owned()));
    assert_eq!(run_at("e2", "2026-12-06T23:00:00Z", 10).await, (said("scored", 10), "2026-12-07".to_owned()));
    assert_eq!(run_at("e3", "2026-12-08T12:00:00Z", 5).await, (said("not_improved", 10), "2026-12-07".to_owned()));
    // The last week is still open to what happened in it, for the grace.
    let mut late = lap("ada", "e4", 60);
    late["occurred_at"] = json!("2026-12-06T22:00:00Z");
    let refused = send(&app, late.clone()).await;
    assert!(refused["outcomes"][0]["reasons"][0].as_str().unwrap().starts_with("board_frozen"), "{refused}");
    world.set_time("2026-12-06T23:29:59Z");
    assert_eq!(outcome(&send(&app, late).await), said("scored", 60));
    world.settle().await;
}

#[tokio::test]
async fn a_test_key_and_a_dry_run_enter_no_board() {
    let world = World::new().await;
    let app = race(&world, &[]).await;
    run(&app, "ada", "e1", 50).await;
    let before = world.items();
    let dry = app.call("POST", "/v1/moments?dry_run=true", lap("bob", "e1", 60)).await.expect(200);
    assert_eq!(outcome(&dry), said("scored", 60));
    let dry = app.call("POST", "/v1/moments?dry_run=true", lap("ada", "e2", 40)).await.expect(200);
    assert_eq!(outcome(&dry), said("not_improved", 50));
    assert_eq!(world.items(), before);
    let tested = world.call(&app.test_key, "POST", "/v1/moments", lap("ada", "e1", 10)).await.expect(200);
    assert_eq!(outcome(&tested), said("scored", 10));
    let written: Vec<Value> = world.items().into_iter().filter(|item| !before.contains(item)).collect();
    assert!(written.iter().all(|item| item["pk"]["S"].as_str().unwrap().starts_with("TEST#")), "{written:?}");
    assert_eq!(run(&app, "ada", "e3", 49).await, said("not_improved", 50));
}

#[tokio::test]
async fn an_erased_user_leaves_no_score_and_no_entry() {
    let world = World::new().await;
    let app = race(&world, &[]).await;
    run(&app, "ada", "e1", 50).await;
    let export = app.call("GET", "/v1/users/ada/export", Value::Null).await.expect(200);
    assert_eq!(export["scores"][0]["score"], 50);
    app.call("DELETE", "/v1/users/ada", Value::Null).await.expect(204);
    assert!(world.items_at("ENTRIES#").is_empty() && world.items_at("USER#").is_empty());
    // Who comes back begins anew, and is on the board.
    assert_eq!(run(&app, "ada", "e2", 40).await, said("scored", 40));
    assert_eq!(world.items_at("ENTRIES#").len(), 1);
    world.settle().await;
}

#[tokio::test]
async fn a_competition_gives_no_reward_on_request() {
    let world = World::new().await;
    let app = race(&world, &[]).await;
    run(&app, "ada", "e1", 50).await;
    let body = json!({"user_id": "ada", "campaign_id": "race", "moment_id": "laps"});
    let answer = app.call("POST", "/v1/rewards", body).await.expect(200);
    assert_eq!(
        (&answer["outcome"], &answer["reasons"]),
        (&json!("not_eligible"), &json!(["a competition gives its prizes at its end, by rank"]))
    );
    let asked = app.call("POST", "/v1/eligibility", json!({"user_id": "ada", "campaign_id": "race"})).await.expect(200);
    assert_eq!(
        (&asked["results"][0]["eligible"], &asked["results"][0]["reward_preview"]),
        (&json!(true), &Value::Null)
    );
}

#[tokio::test]
async fn a_competition_with_flaws_is_refused_field_by_field() {
    let world = World::new().await;
    let app = world.app("app").await;
    app.put_group("gift", group()).await;
    let refused = async |pointer: &str, value: Value| {
        let mut body = competition();
        set(&mut body, pointer, value);
        app.admin("PUT", "/campaigns/race", body).await.field_errors()
    };
    let one = |pointer: &str, code: &str| vec![(pointer.to_owned(), code.to_owned())];
    let prizes = |prizes: Value| {
        let mut prizes = prizes;
        for prize in prizes.as_array_mut().unwrap() {
            prize["reward_group_id"] = json!("gift");
        }
        prizes
    };
    assert_eq!(refused("/competition", Value::Null).await, one("/competition", "required"));
    assert_eq!(refused("/kind", json!("surprise")).await[0].1, "required");
    assert_eq!(refused("/competition/score", json!("best_of")).await, one("/competition/best_of", "required"));
    assert_eq!(refused("/competition/best_of", json!(3)).await, one("/competition/best_of", "out_of_range"));
    assert_eq!(
        refused("/competition/grace_minutes", json!(14)).await,
        one("/competition/grace_minutes", "out_of_range")
    );
    assert_eq!(refused("/moments/0/target", json!(5)).await, one("/moments/0/target", "unknown_field"));
    let asks_for_progress = refused("/moments/0/when", json!("progress.count < 3")).await;
    assert_eq!(asks_for_progress, one("/moments/0/when", "invalid_rule"));
    let ranged =
        json!({"score": "count", "score_range": {"min": 1}, "prizes": [{"ranks": [1, 1], "reward_group_id": "gift"}]});
    assert_eq!(refused("/competition", ranged).await, one("/competition/score_range", "out_of_range"));
    for (flawed, at) in [
        (json!([{"ranks": [1, 3]}, {"ranks": [3, 4]}]), 1),
        (json!([{"ranks": [2, 3]}]), 0),
        (json!([{"ranks": [1, 1]}, {"ranks": [3, 4]}]), 1),
        (json!([{"percent": 5}]), 0),
    ] {
        let place = format!("/competition/prizes/{at}");
        assert_eq!(
            refused("/competition/prizes", prizes(flawed.clone())).await,
            one(&place, "invalid_prize"),
            "{flawed}"
        );
    }
    for (flawed, place) in [
        (json!([{}]), "ranks"),
        (json!([{"ranks": [1, 1], "percent": 5}]), "percent"),
        (json!([{"ranks": [1]}]), "ranks"),
    ] {
        let errors = refused("/competition/prizes", prizes(flawed.clone())).await;
        assert_eq!(errors[0].0, format!("/competition/prizes/0/{place}"), "{flawed}");
    }
    assert!(world.items_at("APP#app").iter().all(|item| item["sk"]["S"] != "CAMPAIGN#race"));
    let shown = app.admin("PUT", "/campaigns/race", competition()).await.expect(200);
    assert_eq!(shown["competition"]["grace_minutes"], 30);
    assert_eq!(
        shown["moments"][0].as_object().unwrap().keys().collect::<Vec<_>>(),
        ["action", "messages", "moment_id"]
    );
}

#[tokio::test]
async fn prizes_beyond_the_budget_or_the_stock_are_obstacles_with_the_shortfall() {
    let world = World::new().await;
    let app = world.app("app").await;
    app.put_group("gift", group()).await;
    app.stock("gift", 3).await;
    let mut body = competition();
    set(&mut body, "/competition/prizes/0/ranks", json!([1, 200]));
    app.admin("PUT", "/campaigns/race", body).await.expect(200);
    let refused = app.admin("POST", "/campaigns/race/submit", Value::Null).await;
    let problem = refused.expect(400);
    let details: Vec<(&str, &str)> = problem["errors"]
        .as_array()
        .unwrap()
        .iter()
        .map(|error| (error["pointer"].as_str().unwrap(), error["detail"].as_str().unwrap()))
        .collect();
    assert_eq!(
        details,
        [
            (
                "/budget/amount_minor",
                "does not cover every prize in every window: they can cost 100000, which is 50000 more"
            ),
            (
                "/competition/prizes/0/reward_group_id",
                "reward group gift has 3 in stock, but 200 can be won; load 197 more"
            ),
        ]
    );
}

/// A disqualification removes what the next write of a sum depends on; taking it back brings that, too.
#[tokio::test]
async fn a_user_whose_disqualification_is_taken_back_scores_on() {
    for kind in ["highest", "sum"] {
        let world = World::new().await;
        let app = race(&world, &[("score", json!(kind))]).await;
        run(&app, "bob", "e1", 70).await;
        let path = "/campaigns/race/competitors/bob";
        app.admin("PUT", path, json!({"disqualified": {"reason": "a bot"}})).await.expect(200);
        assert_eq!(run(&app, "bob", "e2", 80).await, said("disqualified", 70), "{kind}");
        app.admin("DELETE", path, Value::Null).await.expect(204);
        let expected = if kind == "sum" { 150 } else { 80 };
        assert_eq!(run(&app, "bob", "e2", 80).await, said("scored", expected), "{kind}");
        world.settle().await;
    }
}

#[tokio::test]
async fn an_erasure_forgets_what_an_admin_decided_about_the_user() {
    let world = World::new().await;
    let app = race(&world, &[]).await;
    run(&app, "mallory", "e1", 70).await;
    let decision = json!({"disqualified": {"reason": "a bot"}});
    app.admin("PUT", "/campaigns/race/competitors/mallory", decision).await.expect(200);
    app.call("DELETE", "/v1/users/mallory", Value::Null).await.expect(204);
    assert!(!world.items().iter().any(|item| item.to_string().contains("mallory")));
}

/// The answer to the first attempt was lost, and ten other events came before the second.
#[tokio::test]
async fn a_repeated_event_is_a_repetition_however_fast_its_user_is() {
    let world = World::new().await;
    let app = world.app("app").await;
    app.put_group("gift", group()).await;
    app.stock("gift", 10).await;
    let mut body = competition();
    set(&mut body, "/guards", json!({"velocity": {"per_user": {"events": 2, "within_minutes": 60}}}));
    app.launch("race", body).await;
    assert_eq!(run(&app, "ada", "e1", 70).await, said("scored", 70));
    world.pass(SignedDuration::from_hours(1));
    for event in ["e2", "e3"] {
        run(&app, "ada", event, 1).await;
    }
    assert_eq!(run(&app, "ada", "e4", 80).await.0, "not_eligible");
    assert_eq!(run(&app, "ada", "e1", 70).await, said("scored", 70));
}

#[tokio::test]
async fn an_end_moved_later_must_leave_every_prize_covered() {
    let world = World::new().await;
    let app = world.app("app").await;
    app.put_group("gift", group()).await;
    app.stock("gift", 40).await;
    let mut body = competition();
    set(&mut body, "/competition/window", json!("week"));
    set(&mut body, "/budget/amount_minor", json!(10_000));
    app.launch("race", body.clone()).await;
    set(&mut body, "/ends_at", json!("2027-02-01T00:00:00Z"));
    let refused = app.admin("PUT", "/campaigns/race", body.clone()).await;
    assert_eq!(refused.field_errors(), [("/budget/amount_minor".to_owned(), "obstacle".to_owned())]);
    set(&mut body, "/budget/amount_minor", json!(20_000));
    app.admin("PUT", "/campaigns/race", body).await.expect(200);
}
