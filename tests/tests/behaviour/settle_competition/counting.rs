//! From the freezing to the places.

use jiff::SignedDuration;
use serde_json::{Value, json};
use tests::{World, competition, group, set};

use super::{ENDS, FREEZES, awarded, end, number, place, places, prizes, race, race_with, run, state, tick};

/// nakama#447: nothing runs from before the end until three hours after it.
#[tokio::test]
async fn a_board_that_ended_while_everything_was_down_is_settled_once() {
    let world = World::new().await;
    let app = race(&world, &[]).await;
    for (user, score) in [("ada", 50), ("bob", 70), ("cay", 60)] {
        assert_eq!(run(&app, user, score).await, "scored");
    }
    world.set_time("2027-01-01T03:00:00Z");
    tick(&world).await;
    assert_eq!(places(&world), [place(1, "bob", 70), place(2, "cay", 60), place(3, "ada", 50)]);
    assert_eq!((state(&world).as_str(), prizes(&world)), ("settled", awarded(&["bob", "cay"])));
    // Settling again changes nothing.
    let before = world.items();
    world.pass(SignedDuration::from_hours(1));
    tick(&world).await;
    assert_eq!(world.items(), before);
}

#[tokio::test]
async fn a_board_is_not_frozen_before_its_grace_is_over() {
    let world = World::new().await;
    let app = race(&world, &[]).await;
    run(&app, "ada", 50).await;
    for time in [ENDS, "2027-01-01T00:29:59.999Z"] {
        world.set_time(time);
        tick(&world).await;
        assert!(world.items_at("BOARDS#").is_empty(), "{time}");
    }
    world.set_time(FREEZES);
    tick(&world).await;
    assert_eq!(state(&world), "settled");
}

/// Promise 9, and what a naive sort says.
#[tokio::test]
async fn every_score_that_was_answered_scored_has_its_place() {
    let world = World::new().await;
    let app = race(&world, &[("prizes", json!([{"ranks": [1, 1], "reward_group_id": "gift"}]))]).await;
    let mut scores = Vec::new();
    for n in 0..150_u64 {
        let (user, score) = (format!("user-{n}"), (n * 7919) % 40);
        assert_eq!(run(&app, &user, score).await, "scored");
        scores.push((user, score));
    }
    // Earlier ones first among equals: the sort is stable.
    scores.sort_by_key(|(_, score)| std::cmp::Reverse(*score));
    let expected: Vec<(u64, String, u64)> =
        scores.into_iter().zip(1..).map(|((user, score), rank)| (rank, user, score)).collect();
    end(&world).await;
    assert_eq!(places(&world), expected);
    assert_eq!(number(&super::board(&world)["players"]), 150);
    // Nothing but the places is left of the count.
    assert!(world.items_at("BOARD#").iter().all(|item| item["sk"]["S"].as_str().unwrap().starts_with("PLACES#")));
}

/// Two chunks: pages of the audit and erasures find their place in either.
#[tokio::test]
async fn a_board_of_more_than_one_chunk_is_in_one_order() {
    let world = World::new().await;
    let of = json!([{"percent": 1, "at_most": 20, "reward_group_id": "gift"}]);
    let app = race_with(&world, 20, &[("prizes", of), ("settle", json!("by_hand"))]).await;
    let mut scores: Vec<(u64, String)> = (0..1_100).map(|n| ((n * 7919) % 100_003, format!("user-{n}"))).collect();
    for batch in scores.chunks(100) {
        let lap = |(score, user): &(u64, String)| json!({"user_id": user, "action": "lap", "event_id": "e", "quantity": score});
        let body = json!({"moments": batch.iter().map(lap).collect::<Vec<_>>()});
        app.call("POST", "/v1/moments/batch", body).await.expect(200);
    }
    end(&world).await;
    scores.sort_by_key(|(score, _)| std::cmp::Reverse(*score));
    let mut expected: Vec<_> = scores.into_iter().zip(1..).map(|((score, user), rank)| (rank, user, score)).collect();
    assert_eq!(places(&world), expected);
    // A hundredth, rounded up.
    let path = "/campaigns/race/settlement";
    let audit = app.admin("GET", &format!("{path}?cursor=950"), Value::Null).await.expect(200);
    assert_eq!((&audit["prizes"][0]["winners"], &audit["players"]), (&json!(11), &json!(1_100)));
    let shown: Vec<&str> = audit["data"].as_array().unwrap().iter().filter_map(|of| of["user_id"].as_str()).collect();
    assert_eq!(shown, expected[950..1_050].iter().map(|(_, user, _)| user.as_str()).collect::<Vec<_>>());
    for place in [0, 999, 1_000, 1_099] {
        app.call("DELETE", &format!("/v1/users/{}", expected[place].1), Value::Null).await.expect(204);
        expected[place].1 = String::new();
    }
    assert_eq!(places(&world), expected);
    app.admin("POST", &format!("{path}/approve"), json!({"version": audit["version"]})).await.expect(200);
    world.settle().await;
    assert_eq!((prizes(&world).len(), state(&world).as_str()), (10, "settled"));
}

#[tokio::test]
async fn equal_scores_share_a_rank_where_the_competition_says_so() {
    let world = World::new().await;
    let prizes = json!([{"ranks": [1, 3], "at_most": 5, "reward_group_id": "gift"}]);
    let app = race(&world, &[("ties", json!("shared")), ("prizes", prizes)]).await;
    for (user, score) in [("ada", 9), ("bob", 7), ("cay", 7), ("dan", 7), ("eve", 5)] {
        run(&app, user, score).await;
    }
    end(&world).await;
    let ranks: Vec<u64> = places(&world).into_iter().map(|(rank, ..)| rank).collect();
    assert_eq!(ranks, [1, 2, 2, 2, 5]);
    assert_eq!(super::prizes(&world), awarded(&["ada", "bob", "cay", "dan"]));
}

#[tokio::test]
async fn scores_of_a_test_key_are_on_no_board() {
    let world = World::new().await;
    let app = race(&world, &[]).await;
    run(&app, "ada", 50).await;
    let lap = json!({"user_id": "bob", "action": "lap", "event_id": "t", "quantity": 90});
    world.call(&app.test_key, "POST", "/v1/moments", lap).await.expect(200);
    end(&world).await;
    assert_eq!((places(&world), prizes(&world)), (vec![place(1, "ada", 50)], awarded(&["ada"])));
}

#[tokio::test]
async fn a_board_without_players_is_settled_too() {
    let world = World::new().await;
    race(&world, &[]).await;
    end(&world).await;
    assert_eq!((state(&world).as_str(), places(&world), prizes(&world)), ("settled", Vec::new(), Vec::new()));
}

#[tokio::test]
async fn each_week_is_settled_once_with_its_number_as_the_occurrence() {
    let world = World::new().await;
    let app = world.app("app").await;
    app.put_group("gift", group()).await;
    app.stock("gift", 20).await;
    let mut body = competition();
    set(&mut body, "/competition/window", json!("week"));
    app.launch("race", body).await;
    // The campaign began in the week of 26 October: that of 30 November is its sixth.
    run(&app, "ada", 50).await;
    world.set_time("2026-12-08T12:00:00Z");
    tick(&world).await;
    run(&app, "ada", 20).await;
    run(&app, "bob", 10).await;
    world.set_time("2026-12-14T00:30:00Z");
    tick(&world).await;
    tick(&world).await;
    let mut rewards: Vec<String> = world.items_at("USER#").iter().filter_map(occurrence).collect();
    rewards.sort_unstable();
    assert_eq!(rewards, ["ada 6", "ada 7", "bob 7"]);
    let settled = world.items_at("BOARDS#").iter().filter(|board| board["board_state"]["S"] == "settled").count();
    assert_eq!(settled, 7);
}

/// The user and the occurrence of a reward.
fn occurrence(item: &Value) -> Option<String> {
    let sk: Vec<&str> = item["sk"]["S"].as_str()?.split('#').collect();
    let ["REWARD", _, _, number] = sk[..] else { return None };
    Some(format!("{} {number}", item["pk"]["S"].as_str()?.rsplit('#').next()?))
}

#[tokio::test]
async fn a_suspended_campaign_waits() {
    let world = World::new().await;
    let app = race(&world, &[]).await;
    run(&app, "ada", 50).await;
    app.admin("POST", "/campaigns/race/suspend", json!({"reason": "fraud?"})).await.expect(200);
    world.set_time(FREEZES);
    tick(&world).await;
    assert!(world.items_at("BOARDS#").is_empty());
    app.admin("POST", "/campaigns/race/resume", Value::Null).await.expect(200);
    tick(&world).await;
    assert_eq!((state(&world).as_str(), prizes(&world)), ("settled", awarded(&["ada"])));
}
