//! The journey through a competition: its dry run, a disqualification, the end, an approval and the prizes.

use std::time::Duration;

use domain::instant::Sum as _;
use jiff::SignedDuration;
use local::gateway;
use local::template::Schedule;
use serde_json::{Value, json};
use store::schema::board_shard;
use tests::deployment::Key;
use tests::{competition, group, set};

use super::Journey;

pub(super) async fn competitions(journey: &Journey) {
    journey.admin("PUT", "/reward-groups/trophy", group()).await;
    let urls: Vec<String> = (0..4).map(|n| format!("https://gift.example/trophy/{n}")).collect();
    journey.admin("POST", "/reward-groups/trophy/stock", json!({"urls": urls})).await;
    tokio::time::sleep(Duration::from_secs(30)).await;
    let mut body = competition();
    set(&mut body, "/competition/prizes/0/reward_group_id", json!("trophy"));
    set(&mut body, "/competition/settle", json!("by_hand"));
    let day = SignedDuration::from_hours(24);
    set(&mut body, "/starts_at", json!(journey.deployment.now().minus(day)));
    set(&mut body, "/ends_at", json!(journey.deployment.now().plus(day)));
    journey.admin("PUT", "/campaigns/derby", body).await;
    for step in ["submit", "approve"] {
        journey.admin("POST", &format!("/campaigns/derby/{step}"), Value::Null).await;
    }
    tokio::time::sleep(Duration::from_secs(30)).await;
    for user in ["ada", "bob", "cyd"] {
        let lap = json!({"user_id": user, "action": "lap", "event_id": "lap", "quantity": 7});
        journey.app("POST", "/v1/moments", lap).await;
    }
    boards(journey).await;
    journey.admin("GET", "/campaigns/derby/settlement", Value::Null).await;
    let disqualified = json!({"disqualified": {"reason": "bot"}});
    for (method, body) in [("PUT", disqualified), ("GET", Value::Null), ("DELETE", Value::Null)] {
        journey.admin(method, "/campaigns/derby/competitors/cyd", body).await;
    }
    tokio::time::sleep(Duration::from_secs(2 * 24 * 3_600)).await;
    journey.invoke("settle-competition", Schedule::event()).await;
    journey.queue("settle-competition", "CompetitionQueue").await;
    let version = journey.admin("GET", "/campaigns/derby/settlement", Value::Null).await["version"].clone();
    journey.admin("POST", "/campaigns/derby/settlement/approve", json!({"version": version})).await;
    journey.admin("POST", "/campaigns/derby/settlement/settle", Value::Null).await;
    journey.queue("settle-competition", "CompetitionQueue").await;
    assert_eq!(journey.admin("GET", "/campaigns/derby/settlement", Value::Null).await["state"], "settled");
}

/// Looks at the board: while it is small, and once one of its shards is too large to be read whole.
async fn boards(journey: &Journey) {
    let board = "/v1/campaigns/derby/leaderboard";
    journey.app("GET", board, Value::Null).await;
    let of_one_shard = (0..).map(|n| format!("player-{n}"));
    let of_one_shard = of_one_shard.filter(|user| board_shard(&user.as_str().try_into().unwrap()) == 0).take(65);
    for user in of_one_shard {
        let lap = json!({"user_id": user, "action": "lap", "event_id": "lap", "quantity": 3});
        journey.app("POST", "/v1/moments", lap).await;
    }
    tokio::time::sleep(Duration::from_secs(30)).await;
    // The first reader of a large board orders its count, and is asked to come again.
    let (function, event) = journey.deployment.request(Key::App("app"), "GET", board, Value::Null);
    let counting = gateway::response(&journey.invoke(&function, event).await);
    assert_eq!(counting.status, 503);
    journey.queue("settle-competition", "CompetitionQueue").await;
    let top = journey.app("GET", &format!("{board}?limit=5"), Value::Null).await;
    assert_eq!((&top["of"], &top["data"][2]["rank"]), (&json!(68), &json!(3)));
    let around = journey.app("GET", &format!("{board}?around=cyd"), Value::Null).await;
    assert_eq!(around["user"]["score"], 7);
    journey.app("POST", &format!("{board}/query"), json!({"user_ids": ["ada", "player-1"]})).await;
    journey.admin("GET", "/campaigns/derby/leaderboard", Value::Null).await;
    journey.app("GET", "/v1/users/ada/competitions", Value::Null).await;
}
