//! A function's runtime: how it reports a panic to Lambda, and what it answers when its time is nearly over.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use jiff::SignedDuration;
use local::functions::dispatch;
use local::gateway;
use local::process::Process;
use serde_json::{Value, json};
use tests::contention::{Physics, ServiceTime};
use tests::deployment::{Deployment, Key};
use tests::promises;
use tokio::time::Instant;

const LIMIT: Duration = Duration::from_secs(20);

#[tokio::test]
async fn a_panic_is_reported_as_an_error_and_the_next_invocation_works() {
    let variables: BTreeMap<String, String> = [("TABLE_NAME".to_owned(), "none".to_owned())].into();
    let binary = Path::new(env!("CARGO_BIN_EXE_panicking"));
    let mut process = Process::start(binary, "panicking", &variables, Stdio::null()).await.unwrap();
    let panicked = process.invoke(json!({"panic": true}).to_string().into_bytes(), "1", LIMIT).await.unwrap();
    let report: Value = serde_json::from_slice(&panicked.body).unwrap();
    assert!(!panicked.well && report["errorMessage"].as_str().unwrap().contains("as the event wishes"), "{report}");
    let id = process.id();
    let next = process.invoke(json!({"panic": false}).to_string().into_bytes(), "2", LIMIT).await.unwrap();
    assert!(next.well && process.id() == id, "{next:?}");
}

/// The release profile unwinds, too: with `abort` the first panic would end the environment.
#[test]
fn the_release_profile_unwinds() {
    let manifest = include_str!("../../../../Cargo.toml");
    let (_, release) = manifest.split_once("[profile.release]").unwrap();
    let release = release.split("\n[").next().unwrap();
    assert!(release.lines().any(|line| line.trim() == r#"panic = "unwind""#), "{release}");
    assert!(!manifest.contains(r#"panic = "abort""#));
}

/// A table with this service time.
fn slow(milliseconds: f64) -> Physics {
    let time = ServiceTime { median: milliseconds, spread: 0.0 };
    Physics { read: time, write: time, transaction: time, index_lag: None, ..Physics::default() }
}

#[tokio::test(start_paused = true)]
async fn a_batch_out_of_time_answers_counted_events_and_503_for_the_rest() {
    let deployment = Deployment::season(100, 100, slow(300.0)).await;
    let deposit = |n: usize| json!({"user_id": format!("user-{n}"), "action": "deposit", "event_id": n.to_string()});
    let deposits: Vec<Value> = (0..60).map(deposit).collect();
    let (function, event) =
        deployment.request(Key::App("app"), "POST", "/v1/moments/batch", json!({"moments": deposits}));
    let environment = deployment.environment(&function, 1);
    let mut invocation = deployment.invocation(&function, SignedDuration::ZERO);
    let limit = Instant::now() + Duration::from_secs(2);
    invocation.deadline = limit - invocation::RESERVE;
    let answer = Box::pin(dispatch(&function, &environment, &deployment.outside(&function, 0), event, invocation))
        .await
        .unwrap();
    assert!(Instant::now() < limit, "answered before Lambda would have ended it");
    let answer = gateway::response(&answer);
    let body: Value = serde_json::from_slice(&answer.body).unwrap();
    let results = body["results"].as_array().unwrap();
    let with = |status: u64| results.iter().filter(|result| result["status"] == status).count();
    assert!(answer.status == 200 && with(200) > 0 && with(503) > 0 && with(200) + with(503) == 60, "{body}");
    // Answered events are counted. Events in flight may be, and are safe to send again.
    tokio::time::sleep(Duration::from_secs(1)).await;
    let items = local::database::scan(deployment.model.database()).unwrap();
    let counted: i64 =
        promises::of(&items, "PROGRESS#spring#deposits").map(|item| promises::number(item, "counted")).sum();
    let answered = i64::try_from(with(200)).unwrap();
    assert!((answered..=answered + 16).contains(&counted), "{answered} answered, {counted} counted");
}

#[tokio::test(start_paused = true)]
async fn a_request_to_a_table_that_does_not_answer_is_503_before_the_time_is_up() {
    let deployment = Deployment::season(10, 10, slow(8.0)).await;
    deployment.model.set_faults(tests::contention::Faults { lose_request: 1.0, ..Default::default() });
    let deposit = json!({"user_id": "ada", "action": "deposit", "event_id": "1"});
    let (function, event) = deployment.request(Key::App("app"), "POST", "/v1/moments", deposit);
    let environment = deployment.environment(&function, 1);
    let limit = Instant::now() + deployment.patience(&function);
    let invocation = deployment.invocation(&function, SignedDuration::ZERO);
    let answer = Box::pin(dispatch(&function, &environment, &deployment.outside(&function, 0), event, invocation))
        .await
        .unwrap();
    let answer = gateway::response(&answer);
    assert!(Instant::now() < limit);
    assert_eq!(answer.status, 503, "{}", String::from_utf8_lossy(&answer.body));
    assert!(answer.headers.iter().any(|(name, value)| name == "retry-after" && value == "1"));
}
