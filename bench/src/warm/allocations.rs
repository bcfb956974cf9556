//! Counts the allocations of a handler. It handles a request once on a modelled table, and again with the table's
//! answers from a tape, so that only its own allocations count.

use jiff::SignedDuration;
use local::functions::Environments;
use local::functions::{Outside, dispatch};
use tests::contention::Physics;
use tests::deployment::{Deployment, Key};

use super::scenarios::{self, Scenario};

/// The allocations of one request.
pub(crate) struct Allocated {
    pub(crate) count: u64,
    pub(crate) kilobytes: f64,
}

/// Handles a request six times, warm, and returns the median.
pub(crate) fn count(scenario: &Scenario) -> Allocated {
    #[expect(clippy::expect_used, reason = "without a runtime there is nothing to measure")]
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().expect("a runtime");
    let (environment, deployment, tape) = runtime.block_on(async {
        #[expect(clippy::expect_used, reason = "a constant")]
        let deployment = Deployment::new(Physics::default(), "2026-12-01T12:00:00Z".parse().expect("a time"), 1, false);
        for (method, path, body) in scenarios::preparations(deployment.now()) {
            deployment.prepare(Key::Operator, method, &format!("/v1/apps/bench{path}"), body).await;
        }
        tokio::time::sleep(std::time::Duration::from_secs(30)).await;
        let (environment, tape) = deployment.taped_environment(scenario.function, 1);
        (environment, deployment, tape)
    });
    let outside = deployment.outside(scenario.function, 1);
    let handle = |number: usize| {
        // Created on the runtime, whose clock is not the machine's.
        let (event, invocation) = runtime.block_on(async {
            let event = scenario.event(number, deployment.now());
            (event, deployment.invocation(scenario.function, SignedDuration::ZERO))
        });
        allocation_counter::measure(|| runtime.block_on(handled((&environment, &outside), scenario, event, invocation)))
    };
    // Twice on the table, to fill the catalog, the pool and the slot.
    handle(0);
    handle(1);
    tape.record();
    handle(2);
    tape.play_back();
    // At most as often as the pool that the table filled lasts.
    let mut each: Vec<_> = (0..6).map(|_| handle(2)).collect();
    each.sort_by_key(|measured| measured.count_total);
    let median = &each[each.len() / 2];
    Allocated { count: median.count_total, kilobytes: median.bytes_total as f64 / 1024.0 }
}

async fn handled(
    (environment, outside): (&Environments, &Outside),
    scenario: &Scenario,
    event: serde_json::Value,
    invocation: invocation::Invocation,
) {
    let answer = dispatch(scenario.function, environment, outside, event, invocation).await;
    let text = answer.map_or_else(|error| error, |answer| answer.to_string());
    assert!(text.contains(scenario.expected), "{}: {text}", scenario.name);
}
