//! The apps and campaigns that benchmarks measure, and the paused clock of those on the contention model.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use tests::contention::Physics;
use tests::deployment::{Deployment, Key};

/// A request of the operator: method, path and body.
pub(crate) type Request = (&'static str, String, Value);

/// Runs a scenario on a paused clock, on one thread.
pub(crate) fn simulate<T, F: Future<Output = T>>(seed: u64, scenario: impl FnOnce() -> F) -> T {
    // The SDK's jitter is the only source of chance that does not take a seed.
    fastrand::seed(seed);
    paused_runtime().block_on(scenario())
}

/// A runtime with a paused clock.
pub(crate) fn paused_runtime() -> tokio::runtime::Runtime {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build();
    #[expect(clippy::expect_used, reason = "without a runtime there is nothing to measure")]
    runtime.expect("a runtime")
}

/// An empty deployment on the contention model.
pub(crate) fn deployment(physics: Physics, seed: u64) -> Deployment {
    #[expect(clippy::expect_used, reason = "a constant")]
    Deployment::new(physics, tests::NOW.parse().expect("a time"), seed, false)
}

/// A moment that awards a `gift`.
pub(crate) fn moment(id: &str, action: &str, target: u32) -> Value {
    json!({
        "moment_id": id, "action": action, "count": "events", "target": target,
        "rewards": [{"reward_group_id": "gift"}],
        "messages": {"achievement": {"en": {"title": "Well done", "body": "Here is your gift card."}}},
    })
}

/// A campaign from a day ago to 30 days ahead.
pub(crate) fn campaign(now: Timestamp, budget_minor: u64, moments: &[Value]) -> Value {
    let days = |days: i64| (now + SignedDuration::from_hours(24 * days)).to_string();
    json!({
        "name": "Season", "kind": "surprise", "starts_at": days(-1), "ends_at": days(30),
        "budget": {"currency": "EUR", "amount_minor": budget_minor}, "moments": moments,
    })
}

/// Returns the requests that make an app with a group `gift`, its stock and a campaign. The last one approves it.
pub(crate) fn requests(app: &str, id: &str, campaign: Value, stock: u64) -> Vec<Request> {
    let app = format!("/v1/apps/{app}");
    let (group, path) = (format!("{app}/reward-groups/gift"), format!("{app}/campaigns/{id}"));
    let urls: Vec<String> = (0..stock).map(|n| format!("https://gift.example/{n}")).collect();
    let mut requests = vec![("PUT", app, json!({"name": "Bench"})), ("PUT", group.clone(), tests::group())];
    requests.extend(urls.chunks(5_000).map(|urls| ("POST", format!("{group}/stock"), json!({"urls": urls}))));
    requests.push(("PUT", path.clone(), campaign));
    requests.push(("POST", format!("{path}/submit"), Value::Null));
    requests.push(("POST", format!("{path}/approve"), Value::Null));
    requests
}

/// Makes the requests in a deployment. Before a campaign and at the end it waits for the index to show the stock.
pub(crate) async fn prepare(deployment: &Deployment, requests: Vec<Request>, index_lag: Duration) {
    for (method, path, body) in requests {
        if body["moments"].is_array() {
            tokio::time::sleep(index_lag).await;
        }
        deployment.prepare(Key::Operator, method, &path, body).await;
    }
    tokio::time::sleep(index_lag).await;
}
