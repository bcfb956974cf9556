//! Boards of competitions: order, ties, pages, neighbours, friends, own ranks, and who has no rank.

use jiff::SignedDuration;
use serde_json::{Value, json};
use tests::{App, World, competition, group, set};

async fn race<'a>(world: &'a World, changes: &[(&str, Value)]) -> App<'a> {
    let app = world.app("app").await;
    app.put_group("gift", group()).await;
    app.stock("gift", 10).await;
    let mut body = competition();
    for (pointer, value) in changes {
        set(&mut body, pointer, value.clone());
    }
    app.launch("race", body).await;
    app
}

/// Reports a lap for each user, a millisecond apart.
async fn laps(app: &App<'_>, laps: &[(&str, u64)]) {
    for (user, lap) in laps {
        app.world.pass(SignedDuration::from_millis(1));
        let event = json!({"user_id": user, "action": "lap", "event_id": format!("{user}-{lap}"), "quantity": lap});
        app.call("POST", "/v1/moments", event).await.expect(200);
    }
    // A board is remembered for a second.
    app.world.pass(SignedDuration::from_secs(1));
}

async fn board(app: &App<'_>, query: &str) -> Value {
    app.call("GET", &format!("/v1/campaigns/race/leaderboard{query}"), Value::Null).await.expect(200)
}

fn rows(board: &Value) -> Vec<(u64, &str, u64)> {
    let row = |row: &'_ Value| (row["rank"].as_u64().unwrap(), row["score"].as_u64().unwrap());
    board["data"]
        .as_array()
        .unwrap()
        .iter()
        .map(|of| (row(of).0, of["user_id"].as_str().unwrap_or("-"), row(of).1))
        .collect()
}

/// codewars.com#2050: Zoe reached 10 before Adam, so Zoe leads. OneLife#660: the leader asks: rank 1.
#[tokio::test]
async fn the_better_score_leads_and_of_equal_ones_the_earlier() {
    let world = World::new().await;
    let app = race(&world, &[]).await;
    laps(&app, &[("zoe", 10), ("adam", 10), ("eve", 30), ("bob", 20), ("eve", 5)]).await;
    let shown = board(&app, "").await;
    assert_eq!(rows(&shown), [(1, "eve", 30), (2, "bob", 20), (3, "zoe", 10), (4, "adam", 10)]);
    assert_eq!((&shown["of"], &shown["exact"], &shown["state"]), (&json!(4), &json!(true), &json!("open")));
    assert_eq!(board(&app, "?around=eve").await["user"], json!({"user_id": "eve", "rank": 1, "score": 30}));
}

#[tokio::test]
async fn an_admin_sees_the_board_as_the_app_does() {
    let world = World::new().await;
    let app = race(&world, &[]).await;
    laps(&app, &[("zoe", 10), ("eve", 30)]).await;
    let shown = app.admin("GET", "/campaigns/race/leaderboard?limit=1", Value::Null).await.expect(200);
    assert_eq!(shown, board(&app, "?limit=1").await);
    assert_eq!(rows(&shown), [(1, "eve", 30)]);
    app.admin("GET", "/campaigns/none/leaderboard", Value::Null).await.expect(404);
}

#[tokio::test]
async fn with_shared_ties_equal_scores_have_one_rank() {
    let world = World::new().await;
    let app = race(&world, &[("/competition/ties", json!("shared"))]).await;
    laps(&app, &[("zoe", 10), ("adam", 10), ("eve", 30), ("bob", 5)]).await;
    assert_eq!(rows(&board(&app, "").await), [(1, "eve", 30), (2, "zoe", 10), (2, "adam", 10), (4, "bob", 5)]);
    assert_eq!(board(&app, "?around=adam&limit=1").await["user"]["rank"], 2);
}

#[tokio::test]
async fn where_the_lowest_wins_the_lowest_leads() {
    let world = World::new().await;
    let app = race(&world, &[("/competition/score", json!("lowest"))]).await;
    laps(&app, &[("ada", 10), ("bob", 0), ("cyd", 7)]).await;
    assert_eq!(rows(&board(&app, "").await), [(1, "bob", 0), (2, "cyd", 7), (3, "ada", 10)]);
}

/// nakama#480, #605 and #2353; common-voice#2418: pages of a quiet board show everybody once, with one rank.
#[tokio::test]
async fn pages_show_everybody_once_and_the_same_rank_as_around() {
    let world = World::new().await;
    let app = race(&world, &[]).await;
    let users: Vec<String> = (0..25).map(|n| format!("user #{n}")).collect();
    let scores: Vec<(&str, u64)> =
        users.iter().enumerate().map(|(n, user)| (user.as_str(), (n as u64 * 7) % 10)).collect();
    laps(&app, &scores).await;
    for _ in 0..2 {
        let (mut all, mut cursor) = (Vec::new(), String::new());
        loop {
            let page = board(&app, &format!("?limit=4{cursor}")).await;
            all.extend(page["data"].as_array().unwrap().clone());
            let Some(next) = page["cursor"].as_str() else { break };
            cursor = format!("&cursor={next}");
        }
        assert_eq!(
            all.iter().map(|row| row["rank"].as_u64().unwrap()).collect::<Vec<_>>(),
            (1..=25).collect::<Vec<_>>()
        );
        for row in &all {
            let user = row["user_id"].as_str().unwrap().replace(' ', "%20").replace('#', "%23");
            assert_eq!(board(&app, &format!("?around={user}")).await["user"]["rank"], row["rank"]);
        }
    }
    let second =
        board(&app, "?limit=4").await["data"][1]["user_id"].as_str().unwrap().replace(' ', "%20").replace('#', "%23");
    let around = board(&app, &format!("?around={second}&limit=4")).await;
    assert_eq!(rows(&around).iter().map(|row| row.0).collect::<Vec<_>>(), [1, 2, 3, 4]);
}

/// agoragames/leaderboard#72: no score, no rank.
#[tokio::test]
async fn nobody_has_a_rank_without_a_score() {
    let world = World::new().await;
    let app = race(&world, &[]).await;
    laps(&app, &[("ada", 10)]).await;
    let around = board(&app, "?around=nobody").await;
    assert_eq!(
        (&around["user"]["rank"], &around["user"]["score"], &around["data"]),
        (&Value::Null, &Value::Null, &json!([]))
    );
    let asked = app
        .call("POST", "/v1/campaigns/race/leaderboard/query", json!({"user_ids": ["nobody", "ada"]}))
        .await
        .expect(200);
    let friends: Vec<(&str, &Value)> = asked["data"]
        .as_array()
        .unwrap()
        .iter()
        .map(|friend| (friend["user_id"].as_str().unwrap(), &friend["rank"]))
        .collect();
    assert_eq!(friends, [("ada", &json!(1)), ("nobody", &Value::Null)]);
    // Users of the hold-out have a score and no rank.
    let world = World::new().await;
    let app = race(&world, &[("/holdout_percent", json!(100))]).await;
    laps(&app, &[("ada", 10)]).await;
    assert_eq!(rows(&board(&app, "").await), []);
    assert_eq!(board(&app, "?around=ada").await["user"], json!({"user_id": "ada", "rank": null, "score": 10}));
}

#[tokio::test]
async fn a_hidden_user_keeps_the_rank_and_is_shown_without_an_id() {
    let world = World::new().await;
    let app = race(&world, &[]).await;
    laps(&app, &[("ada", 10), ("bob", 20), ("cyd", 30)]).await;
    app.admin("PUT", "/campaigns/race/competitors/bob", json!({"hidden": true})).await.expect(200);
    world.pass(SignedDuration::from_secs(2));
    let shown = board(&app, "").await;
    assert_eq!(rows(&shown), [(1, "cyd", 30), (2, "-", 20), (3, "ada", 10)]);
    assert_eq!(shown["data"][1]["hidden"], true);
    app.admin("DELETE", "/campaigns/race/competitors/bob", Value::Null).await.expect(204);
    world.pass(SignedDuration::from_secs(2));
    assert_eq!(rows(&board(&app, "").await)[1].1, "bob");
}

/// lila#4319: the board, own ranks and the dry run drop a cheater at once, and the places close up.
#[tokio::test]
async fn a_disqualified_user_is_off_the_board_and_nobody_leaves_a_hole() {
    let world = World::new().await;
    let app = race(&world, &[]).await;
    laps(&app, &[("ada", 10), ("bob", 20), ("cyd", 30)]).await;
    app.admin("PUT", "/campaigns/race/competitors/bob", json!({"disqualified": {"reason": "a bot"}})).await.expect(200);
    world.pass(SignedDuration::from_secs(2));
    assert_eq!(rows(&board(&app, "").await), [(1, "cyd", 30), (2, "ada", 10)]);
    assert_eq!(board(&app, "?around=bob").await["user"], json!({"user_id": "bob", "rank": null, "score": 20}));
    assert_eq!(board(&app, "?around=ada").await["user"]["rank"], 2);
}

#[tokio::test]
async fn friends_are_ranked_among_all_players() {
    let world = World::new().await;
    let app = race(&world, &[]).await;
    laps(&app, &[("ada", 10), ("bob", 20), ("cyd", 30), ("dan", 40)]).await;
    let asked =
        app.call("POST", "/v1/campaigns/race/leaderboard/query", json!({"user_ids": ["ada", "cyd"]})).await.expect(200);
    let friends: Vec<(&str, u64)> = asked["data"]
        .as_array()
        .unwrap()
        .iter()
        .map(|friend| (friend["user_id"].as_str().unwrap(), friend["rank"].as_u64().unwrap()))
        .collect();
    assert_eq!(friends, [("cyd", 2), ("ada", 4)]);
    for (ids, code) in [(json!([]), "wrong_type"), (json!(["ada", "ada"]), "repeated"), (json!([""]), "invalid_id")] {
        let refused = app.call("POST", "/v1/campaigns/race/leaderboard/query", json!({"user_ids": ids})).await;
        assert_eq!(refused.field_errors(), [("/user_ids".to_owned(), code.to_owned())]);
    }
}

/// flappy-royale#328: the score just answered is on the own page at once, though the board is remembered.
#[tokio::test]
async fn a_user_sees_the_own_score_as_soon_as_it_is_answered() {
    let world = World::new().await;
    let app = race(&world, &[]).await;
    laps(&app, &[("ada", 10), ("bob", 20)]).await;
    assert_eq!(board(&app, "?around=ada").await["user"]["rank"], 2);
    let event = json!({"user_id": "ada", "action": "lap", "event_id": "now", "quantity": 50});
    app.call("POST", "/v1/moments", event).await.expect(200);
    let around = board(&app, "?around=ada").await;
    assert_eq!(around["user"], json!({"user_id": "ada", "rank": 1, "score": 50}));
    assert_eq!(rows(&around), [(1, "ada", 50), (2, "bob", 20)]);
}

#[tokio::test]
async fn a_user_finds_the_own_scores_of_every_window() {
    let world = World::new().await;
    let app = race(
        &world,
        &[
            ("/competition/window", json!("day")),
            ("/starts_at", json!("2026-11-30T00:00:00Z")),
            ("/ends_at", json!("2026-12-03T00:00:00Z")),
        ],
    )
    .await;
    laps(&app, &[("ada", 10), ("bob", 20)]).await;
    world.set_time("2026-12-02T12:00:00Z");
    laps(&app, &[("bob", 5), ("ada", 6)]).await;
    let own = app.call("GET", "/v1/users/ada/competitions", Value::Null).await.expect(200);
    let standings: Vec<(&str, u64, u64)> = own["data"]
        .as_array()
        .unwrap()
        .iter()
        .map(|of| (of["window"].as_str().unwrap(), of["rank"].as_u64().unwrap(), of["score"].as_u64().unwrap()))
        .collect();
    assert_eq!(standings, [("2026-12-02", 1, 6), ("2026-12-01", 2, 10)]);
    let page = app.call("GET", "/v1/users/ada/competitions?limit=1", Value::Null).await.expect(200);
    let cursor = page["cursor"].as_str().unwrap().replace('#', "%23");
    let rest = app.call("GET", &format!("/v1/users/ada/competitions?cursor={cursor}"), Value::Null).await.expect(200);
    assert_eq!(rest["data"], json!([own["data"][1]]));
    assert_eq!(rows(&board(&app, "?window=2026-12-01").await), [(1, "bob", 20), (2, "ada", 10)]);
    let refused = app.call("GET", "/v1/campaigns/race/leaderboard?window=2026-12-09", Value::Null).await;
    assert_eq!(refused.field_errors(), [("/window".to_owned(), "invalid_parameter".to_owned())]);
}

/// One event scores in two competitions at the same instant, so their times alone are no cursor.
#[tokio::test]
async fn own_scores_of_one_instant_are_paged_to_the_end() {
    let world = World::new().await;
    let app = race(&world, &[]).await;
    app.launch("second", competition()).await;
    laps(&app, &[("ada", 10)]).await;
    let (mut shown, mut cursor) = (Vec::new(), String::new());
    for _ in 0..5 {
        let page =
            app.call("GET", &format!("/v1/users/ada/competitions?limit=1{cursor}"), Value::Null).await.expect(200);
        shown.push(page["data"][0]["campaign_id"].as_str().unwrap().to_owned());
        let Some(next) = page["cursor"].as_str() else { break };
        cursor = format!("&cursor={}", next.replace('#', "%23"));
    }
    assert_eq!(shown, ["second", "race"]);
    let refused = app.call("GET", "/v1/users/ada/competitions?cursor=x", Value::Null).await;
    assert_eq!(refused.field_errors()[0].0, "/cursor");
}

#[tokio::test]
async fn a_test_key_sees_an_empty_board_and_another_app_none() {
    let world = World::new().await;
    let app = race(&world, &[]).await;
    laps(&app, &[("ada", 10)]).await;
    let tested = world.call(&app.test_key, "GET", "/v1/campaigns/race/leaderboard", Value::Null).await.expect(200);
    assert_eq!((&tested["data"], &tested["of"]), (&json!([]), &json!(0)));
    let other = world.app("other").await;
    other.call("GET", "/v1/campaigns/race/leaderboard", Value::Null).await.expect(404);
    app.call("GET", "/v1/campaigns/race/leaderboard?cursor=x", Value::Null).await.field_errors();
}
