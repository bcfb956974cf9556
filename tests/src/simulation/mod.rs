//! Whole seasons of an app in seconds, with every fault. Each run plays submitters, claimers, visitors, admins and
//! erasures, and rewards that are redeemed, voided, replaced and expired at the same moment. The table is modelled;
//! environments are killed and frozen at any point and their clocks are wrong; the stream and the queues repeat and
//! reorder; Pinpoint is down at times or loses answers. Each run checks promises 1 to 7 at its end, and 1 to 3 at
//! random instants. A seed determines a run.

mod aftermath;
mod client;
mod competition;
mod fleet;
mod outage;
mod queue;
mod stream;
mod supplies;
mod truth;
mod workload;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;
use std::time::Duration;

use derive_more::Add;
use jiff::{SignedDuration, Timestamp};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use tokio::task::LocalSet;
use tokio::time::sleep;

use crate::contention::{Faults, Figures, Physics};
use crate::deployment::Deployment;
use crate::promises;
pub use competition::{Competition, competition};
use fleet::{Chaos, Fleet};
pub use outage::{Outage, outage};
pub use supplies::{Supplies, supplied_season, supplies};
use truth::Truth;

/// Progress items turn a page every 8 days. Half of all runs happen around such an instant.
const PAGE_SECONDS: i64 = 8 * 24 * 3_600;

/// Counts what happened in a run, to show that the run was not empty.
#[derive(Debug, Clone, Copy, Default, PartialEq, Add)]
pub struct Report {
    /// The table's counters.
    pub figures: Figures,
    /// Invocations of functions.
    pub invocations: u64,
    /// Killed invocations.
    pub killed: u64,
    /// Frozen invocations.
    pub frozen: u64,
    /// Awarded rewards at the end.
    pub awarded: u64,
    /// Users in line at the end.
    pub waiting: u64,
    /// Redeemed rewards.
    pub redeemed: u64,
    /// Expired rewards.
    pub expired: u64,
    /// Voided rewards.
    pub voided: u64,
    /// Voided rewards with a replacement.
    pub replaced: u64,
    /// Unseen URLs that went back to stock.
    pub restocked: u64,
    /// Stream records handled, repetitions included.
    pub records: u64,
    /// Checks of the promises.
    pub checks: u64,
}

/// Plays one run. Fails with the broken promise.
pub fn run(seed: u64) -> Result<Report, String> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
    let played = catch_unwind(AssertUnwindSafe(|| {
        let tasks = LocalSet::new();
        let report = runtime.block_on(tasks.run_until(play(seed)));
        // Remaining tasks must not outlive the run.
        drop(tasks);
        report
    }));
    played.map_err(|panic| text(&*panic))
}

/// Returns a panic's message.
fn text(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().cloned();
    text.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned())).unwrap_or_default()
}

async fn play(seed: u64) -> Report {
    let mut random = StdRng::seed_from_u64(seed);
    let deployment = Rc::new(Deployment::new(Physics::default(), start(&mut random), seed, true));
    // The SDK's jitter is the only source of chance that does not take a seed. Making the deployment draws from it,
    // too.
    fastrand::seed(seed);
    let truth = Rc::new(Truth::default());
    let campaigns = workload::prepare(&deployment, &mut random).await;
    let fleet = Rc::new(Fleet::new(Rc::clone(&deployment), random.random()));
    let stream = stream::Stream::new(Rc::clone(&fleet), random.random());
    let queues = queue::Queues::new(Rc::clone(&fleet), random.random());
    let mut delivering = queues.deliver();
    delivering.push(stream.deliver());
    let checks = Rc::new(std::cell::Cell::new(0));
    let checking = fleet.spawn(check_now_and_then(Rc::clone(&deployment), random.random(), Rc::clone(&checks)));
    let weather = fleet.spawn(weather(Rc::clone(&deployment), Rc::clone(&fleet), random.random()));
    workload::play(&fleet, &campaigns, &truth, &mut random).await;
    aftermath::play(&fleet, &truth, &mut random).await;
    weather.abort();
    deployment.model.set_faults(Faults::default());
    fleet.set_chaos(Chaos::default());
    deployment.inbox.set_down(false);
    deployment.inbox.lose_answers(false);
    // Frozen invocations resume and do their next steps.
    fleet.until_idle().await;
    aftermath::finish(&fleet).await;
    workload::finish(&fleet).await;
    stream.until_quiet().await;
    queues.until_quiet().await;
    stream.until_quiet().await;
    fleet.until_idle().await;
    checking.abort();
    delivering.iter().for_each(tokio::task::JoinHandle::abort);
    fleet.assert_unbroken();
    let items = local::database::scan(deployment.model.database()).unwrap();
    promises::check(&items);
    truth.check(&items, &deployment.inbox.list(), deployment.now().as_second().div_euclid(24 * 3_600));
    let rewards = |state| {
        let those = promises::rewards(&items).filter(|reward| promises::text(reward, "reward_state") == Some(state));
        those.count() as u64
    };
    Report {
        figures: deployment.model.figures(),
        invocations: fleet.invocations(),
        killed: fleet.killed(),
        frozen: fleet.frozen(),
        awarded: rewards("awarded") + rewards("redeemed"),
        waiting: rewards("waiting"),
        redeemed: rewards("redeemed"),
        expired: rewards("expired"),
        voided: rewards("voided"),
        replaced: promises::rewards(&items).filter(|reward| reward["replaced_by"].is_object()).count() as u64,
        restocked: promises::rewards(&items)
            .filter(|reward| reward["refunded"]["BOOL"] == true && reward["url"].is_null())
            .count() as u64,
        records: stream.records(),
        checks: checks.get() + 1,
    }
}

fn start(random: &mut StdRng) -> Timestamp {
    let ordinary: Timestamp = crate::NOW.parse().unwrap();
    if random.random_bool(0.5) {
        return ordinary;
    }
    let page = ordinary.as_second().div_euclid(PAGE_SECONDS) * PAGE_SECONDS;
    Timestamp::from_second(page).unwrap() - SignedDuration::from_secs(random.random_range(0..300))
}

/// Changes the faults of the table and the functions at random times.
async fn weather(deployment: Rc<Deployment>, fleet: Rc<Fleet>, seed: u64) {
    let mut random = StdRng::seed_from_u64(seed);
    loop {
        let mut faults = Faults::default();
        let mut chaos = Chaos { kill: 0.02, freeze: 0.01 };
        match random.random_range(0..7) {
            0 => faults.throttle = 0.5,
            1 => faults.conflict = 0.5,
            2 => faults.lose_answer = 0.2,
            3 => faults = Faults { lose_request: 0.2, lose_answer: 0.2, ..faults },
            4 => faults.fail = 0.3,
            5 => chaos = Chaos { kill: 0.25, freeze: 0.1 },
            _ => chaos = Chaos::default(),
        }
        deployment.model.set_faults(faults);
        fleet.set_chaos(chaos);
        // Pinpoint's faults are independent.
        deployment.inbox.set_down(random.random_bool(0.15));
        deployment.inbox.lose_answers(random.random_bool(0.1));
        sleep(Duration::from_millis(random.random_range(500..15_000))).await;
    }
}

async fn check_now_and_then(deployment: Rc<Deployment>, seed: u64, checks: Rc<std::cell::Cell<u64>>) {
    let mut random = StdRng::seed_from_u64(seed);
    let mut seen = deployment.model.figures();
    loop {
        sleep(Duration::from_millis(random.random_range(100..20_000))).await;
        if std::mem::replace(&mut seen, deployment.model.figures()) == deployment.model.figures() {
            continue;
        }
        promises::hold_now(&local::database::scan(deployment.model.database()).unwrap());
        checks.set(checks.get() + 1);
    }
}
