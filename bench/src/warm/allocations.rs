//! Counts a handler's allocations: the handler runs on a modelled table first, and then with the table's answers from a
//! tape, so that only its own allocations count.

use std::time::Duration;

use jiff::SignedDuration;
use local::functions::Environments;
use local::functions::{Outside, dispatch};
use tests::contention::Physics;

use super::scenarios::{self, Scenario};
use crate::scene;

/// The allocations of one request.
pub(crate) struct Allocated {
    pub(crate) count: u64,
    pub(crate) kilobytes: f64,
}

/// Handles a request six times, warm. Returns the median.
pub(crate) fn count(scenario: &Scenario) -> Allocated {
    let runtime = scene::paused_runtime();
    let (environment, deployment, tape) = runtime.block_on(async {
        let deployment = scene::deployment(Physics::default(), 1);
        scene::prepare(&deployment, scenarios::preparations(deployment.now()), Duration::from_secs(30)).await;
        let (environment, tape) = deployment.taped_environment(scenario.function, 1);
        (environment, deployment, tape)
    });
    let outside = deployment.outside(scenario.function, 1);
    let handle = |number: usize| {
        // On the runtime, since its clock is paused.
        let (event, invocation) = runtime.block_on(async {
            let event = scenario.event(number, deployment.now());
            (event, deployment.invocation(scenario.function, SignedDuration::ZERO))
        });
        allocation_counter::measure(|| runtime.block_on(handled((&environment, &outside), scenario, event, invocation)))
    };
    // Two runs on the table fill the catalog, the pool and the slot.
    handle(0);
    handle(1);
    tape.record();
    handle(2);
    tape.play_back();
    // At most as often as the filled pool lasts.
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
