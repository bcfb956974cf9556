//! Scores of competitions on the contention model: the fence of an environment that was frozen around the end, lost
//! answers, and a thousand scores a second.

use std::time::Duration;

use futures_util::future::join_all;
use jiff::{SignedDuration, Timestamp};
use local::functions::dispatch;
use local::gateway;
use serde_json::{Value, json};
use store::boards::{self, BoardId, START, Side};
use tests::contention::{Faults, Physics, ServiceTime};
use tests::deployment::{Deployment, Key};
use tests::{competition, group, set};

/// A deployment with a live competition `race` that lasts an hour.
async fn race(physics: Physics, score: Value) -> Deployment {
    let deployment = Deployment::new(physics, "2026-12-01T12:00:00Z".parse().unwrap(), 1, true);
    let mut body = competition();
    set(&mut body, "/ends_at", json!("2026-12-01T13:00:00Z"));
    let prizes = body["competition"]["prizes"].clone();
    set(&mut body, "/competition", score);
    set(&mut body, "/competition/prizes", prizes);
    let admin = |method: &'static str, path: &str, body: Value| {
        let path = format!("/v1/apps/app{path}");
        let deployment = &deployment;
        async move { deployment.prepare(Key::Operator, method, &path, body).await }
    };
    admin("PUT", "", json!({"name": "app", "rate_limit": {"requests_per_second": 100_000, "burst": 100_000}})).await;
    admin("PUT", "/reward-groups/gift", group()).await;
    let urls: Vec<String> = (0..5).map(|n| format!("https://gift.example/{n}")).collect();
    admin("POST", "/reward-groups/gift/stock", json!({"urls": urls})).await;
    tokio::time::sleep(Duration::from_secs(60)).await;
    admin("PUT", "/campaigns/race", body).await;
    admin("POST", "/campaigns/race/submit", Value::Null).await;
    admin("POST", "/campaigns/race/approve", Value::Null).await;
    deployment
}

fn lap(user: &str, event: &str, quantity: u64) -> Value {
    json!({"user_id": user, "action": "lap", "event_id": event, "quantity": quantity})
}

fn steady() -> Physics {
    let time = ServiceTime { median: 8.0, spread: 0.0 };
    Physics { read: time, write: time, ..Physics::default() }
}

fn after_the_end() -> Timestamp {
    "2026-12-01T13:40:00Z".parse().unwrap()
}

/// Reports a lap in an environment whose clock has passed the end by the time that its write is answered.
async fn lap_of_a_frozen_environment(deployment: &Deployment, user: &str) -> Value {
    let environment = deployment.environment("submit-moment", 7);
    let (function, event) = deployment.request(Key::App("app"), "POST", "/v1/moments", lap(user, "late", 50));
    // Processor and timers stood still meanwhile, so the deadline has not passed here; the clock has.
    let invocation = deployment.invocation(&function, SignedDuration::ZERO).with_clock(after_the_end);
    let answer = dispatch(&function, &environment, &deployment.outside(&function, 0), event, invocation).await.unwrap();
    serde_json::from_slice(&gateway::response(&answer).body).unwrap()
}

#[tokio::test(start_paused = true)]
async fn a_score_of_an_environment_frozen_around_the_end_is_answered_by_the_board() {
    let deployment = race(steady(), json!({"score": "highest"})).await;
    // Not frozen yet: the score is in time, and will be on the board.
    let answer = lap_of_a_frozen_environment(&deployment, "ada").await;
    assert_eq!(answer["outcomes"][0]["outcome"], "scored", "{answer}");
    let environment = deployment.environment("settle-competition", 9);
    let (app, campaign) = ("app".try_into().unwrap(), "race".try_into().unwrap());
    let board = BoardId { app: &app, campaign: &campaign, window: domain::competition::WindowId::Campaign };
    assert!(boards::freeze(&environment.store, board, after_the_end()).await.unwrap());
    let answer = lap_of_a_frozen_environment(&deployment, "bob").await;
    assert_eq!(answer["outcomes"][0]["outcome"], "campaign_not_live", "{answer}");
    assert!(answer["outcomes"][0]["reasons"][0].as_str().unwrap().starts_with("board_frozen"), "{answer}");
}

#[tokio::test(start_paused = true)]
async fn scores_survive_lost_answers_and_conflicts_and_count_once() {
    for (score, expected) in [
        (json!({"score": "highest"}), 5),
        (json!({"score": "sum"}), 15),
        (json!({"score": "best_of", "best_of": 4}), 14),
    ] {
        let deployment = race(Physics::default(), score.clone()).await;
        deployment.model.set_faults(Faults { lose_answer: 0.1, lose_request: 0.05, fail: 0.1, ..Faults::default() });
        let users: Vec<String> = (0..10).map(|n| format!("user-{n}")).collect();
        join_all(users.iter().map(async |user| {
            for event in 0..5 {
                // As an app does: the same event again until it is answered.
                while try_lap(&deployment, lap(user, &format!("e{event}"), event + 1)).await.is_none() {}
            }
        }))
        .await;
        deployment.model.set_faults(Faults::default());
        for user in &users {
            let answer = try_lap(&deployment, lap(user, "e4", 5)).await.unwrap();
            assert_eq!(answer["outcomes"][0]["score"], expected, "{score}: {answer}");
        }
    }
}

/// Reports a lap in a new environment. Returns `None` if it has to be repeated.
async fn try_lap(deployment: &Deployment, body: Value) -> Option<Value> {
    let (function, event) = deployment.request(Key::App("app"), "POST", "/v1/moments", body);
    let environment = deployment.environment(&function, 3);
    let invocation = deployment.invocation(&function, SignedDuration::ZERO);
    let answer = dispatch(&function, &environment, &deployment.outside(&function, 0), event, invocation).await.unwrap();
    let answer = gateway::response(&answer);
    (answer.status == 200).then(|| serde_json::from_slice(&answer.body).unwrap())
}

/// A million equal scores would share one partition of an index by score; here they spread by their users.
#[tokio::test(start_paused = true)]
async fn equal_scores_spread_over_all_partitions_of_the_board() {
    let deployment = race(steady(), json!({"score": "highest"})).await;
    join_all((0..320).map(|n| {
        let deployment = &deployment;
        async move { try_lap(deployment, lap(&format!("user-{n}"), "e", 7)).await.unwrap() }
    }))
    .await;
    tokio::time::sleep(Duration::from_secs(60)).await;
    let environment = deployment.environment("show-leaderboard", 9);
    let (app, campaign) = ("app".try_into().unwrap(), "race".try_into().unwrap());
    let board = BoardId { app: &app, campaign: &campaign, window: domain::competition::WindowId::Campaign };
    let kind = domain::competition::Score::Highest;
    for shard in 0..store::schema::BOARD_SHARDS {
        let (rows, _) = boards::page(&environment.store, board, kind, shard, Side::Worse, START, 100).await.unwrap();
        assert!((5..=45).contains(&rows.len()), "shard {shard} has {}", rows.len());
    }
}
