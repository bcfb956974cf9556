//! The journey through a competition: its dry run, a disqualification, the end, an approval and the prizes.

use std::time::Duration;

use jiff::SignedDuration;
use local::template::Schedule;
use serde_json::{Value, json};
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
    let until = |days: i64| {
        json!(journey.deployment.now().checked_add(SignedDuration::from_hours(24 * days)).unwrap().to_string())
    };
    set(&mut body, "/starts_at", until(-1));
    set(&mut body, "/ends_at", until(2));
    journey.admin("PUT", "/campaigns/derby", body).await;
    for step in ["submit", "approve"] {
        journey.admin("POST", &format!("/campaigns/derby/{step}"), Value::Null).await;
    }
    tokio::time::sleep(Duration::from_secs(30)).await;
    for user in ["ada", "bob", "cyd"] {
        let lap = json!({"user_id": user, "action": "lap", "event_id": "lap", "quantity": 7});
        journey.app("POST", "/v1/moments", lap).await;
    }
    journey.admin("GET", "/campaigns/derby/settlement", Value::Null).await;
    let disqualified = json!({"disqualified": {"reason": "bot"}});
    for (method, body) in [("PUT", disqualified), ("GET", Value::Null), ("DELETE", Value::Null)] {
        journey.admin(method, "/campaigns/derby/competitors/cyd", body).await;
    }
    tokio::time::sleep(Duration::from_secs(3 * 24 * 3_600)).await;
    journey.invoke("settle-competition", Schedule::event()).await;
    journey.queue("settle-competition", "CompetitionQueue").await;
    let version = journey.admin("GET", "/campaigns/derby/settlement", Value::Null).await["version"].clone();
    journey.admin("POST", "/campaigns/derby/settlement/approve", json!({"version": version})).await;
    journey.admin("POST", "/campaigns/derby/settlement/settle", Value::Null).await;
    journey.queue("settle-competition", "CompetitionQueue").await;
    assert_eq!(journey.admin("GET", "/campaigns/derby/settlement", Value::Null).await["state"], "settled");
}
