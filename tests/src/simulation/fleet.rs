//! Execution environments at their worst: an invocation may be killed at any await point, or frozen there for minutes
//! and resumed. Each environment's clock has its own error, and an environment may end or start cold at any time.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::panic::AssertUnwindSafe;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use futures_util::FutureExt as _;
use jiff::SignedDuration;
use local::functions::Environments;
use local::functions::{Outside, dispatch};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use serde_json::Value;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tokio::time::{Sleep, sleep, timeout};

use crate::deployment::Deployment;

/// Largest error of an environment's clock, in milliseconds: far more than on AWS.
const SKEW: i64 = 120_000;

/// How long API Gateway or an event source waits for an answer.
const CALLER_WAITS: Duration = Duration::from_secs(29);

/// Ranges of await points at which a fault may come: most invocations have few, some many.
const AWAIT_POINTS: [u32; 3] = [6, 15, 60];

/// Faults of invocations.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Chaos {
    /// Probability of a kill.
    pub(super) kill: f64,
    /// Probability of a freeze.
    pub(super) freeze: f64,
}

/// All environments of all functions.
pub(super) struct Fleet {
    pub(super) deployment: Rc<Deployment>,
    random: RefCell<StdRng>,
    chaos: Cell<Chaos>,
    idle: RefCell<BTreeMap<String, Vec<Running>>>,
    busy: Cell<u64>,
    invocations: Cell<u64>,
    killed: Cell<u64>,
    frozen: Cell<u64>,
    broken: RefCell<Option<String>>,
}

struct Running {
    environment: Environments,
    outside: Outside,
    skew: SignedDuration,
}

/// The fault of an invocation: its kind, and the number of polls before it.
#[derive(Clone, Copy)]
enum Fate {
    Spared,
    Killed(u32),
    Frozen(u32, Duration),
}

impl Fleet {
    pub(super) fn new(deployment: Rc<Deployment>, seed: u64) -> Self {
        Self {
            deployment,
            random: RefCell::new(StdRng::seed_from_u64(seed)),
            chaos: Cell::default(),
            idle: RefCell::default(),
            busy: Cell::default(),
            invocations: Cell::default(),
            killed: Cell::default(),
            frozen: Cell::default(),
            broken: RefCell::default(),
        }
    }

    /// Runs a task beside the run. Its panic fails the run; otherwise it would stay in the task unnoticed.
    pub(super) fn spawn(self: &Rc<Self>, task: impl Future<Output = ()> + 'static) -> JoinHandle<()> {
        let fleet = Rc::clone(self);
        tokio::task::spawn_local(async move {
            if let Err(panic) = AssertUnwindSafe(task).catch_unwind().await {
                fleet.broken.borrow_mut().get_or_insert_with(|| super::text(&*panic));
            }
        })
    }

    /// Fails with the first task's panic, if any.
    pub(super) fn assert_unbroken(&self) {
        let broken = self.broken.borrow().clone();
        assert!(broken.is_none(), "{}", broken.unwrap_or_default());
    }

    pub(super) fn set_chaos(&self, chaos: Chaos) {
        self.chaos.set(chaos);
    }

    pub(super) fn invocations(&self) -> u64 {
        self.invocations.get()
    }

    pub(super) fn killed(&self) -> u64 {
        self.killed.get()
    }

    pub(super) fn frozen(&self) -> u64 {
        self.frozen.get()
    }

    /// Invokes a function. Returns `None` if no answer came in time: the work may be done, undone or still running.
    pub(super) async fn invoke(self: &Rc<Self>, function: &str, event: Value) -> Option<Value> {
        let (fleet, function) = (Rc::clone(self), function.to_owned());
        let (sender, receiver) = oneshot::channel();
        self.spawn(async move {
            let busy = Busy::new(fleet);
            if let Some(answer) = busy.0.run(&function, event).await {
                let _ = sender.send(answer.unwrap_or_else(|error| panic!("{function} failed: {error}")));
            }
        });
        timeout(CALLER_WAITS, receiver).await.ok()?.ok()
    }

    /// Waits until all invocations have ended, frozen ones included.
    pub(super) async fn until_idle(&self) {
        while self.busy.get() > 0 {
            self.assert_unbroken();
            sleep(Duration::from_millis(100)).await;
        }
    }

    async fn run(&self, function: &str, event: Value) -> Option<Result<Value, String>> {
        self.invocations.set(self.invocations.get() + 1);
        let running = self.environment(function);
        let fate = self.fate();
        let mut invocation = self.deployment.invocation(function, running.skew);
        if let Fate::Frozen(_, long) = fate {
            // A frozen machine does not notice the time: it goes on with its next step.
            invocation.deadline += long;
        }
        let (metrics, now) = (Arc::clone(&invocation.metrics), invocation.now);
        let handling = dispatch(function, &running.environment, &running.outside, event, invocation);
        let whole = self.deployment.patience(function);
        let (inner, ends) = (Box::pin(handling), Some(Box::pin(sleep(whole))));
        let answer = Fated { inner, fate, polls: 0, thaws: None, ends, fleet: self }.await;
        // Deployed code contains a panic and sets an unreadable record aside. In a simulation either fails the run.
        let figures = metrics.lines("model", function, Duration::ZERO, now).concat();
        assert!(!figures.contains("\"Defects\""), "{function} met a defect");
        if answer.is_some() {
            self.idle.borrow_mut().entry(function.to_owned()).or_default().push(running);
        }
        answer
    }

    /// Returns an idle environment, or a cold one.
    fn environment(&self, function: &str) -> Running {
        let mut random = self.random.borrow_mut();
        let mut idle = self.idle.borrow_mut();
        let idle = idle.entry(function.to_owned()).or_default();
        if random.random_bool(0.02) {
            idle.clear();
        }
        if !idle.is_empty() && random.random_bool(0.9) {
            let chosen = random.random_range(0..idle.len());
            return idle.swap_remove(chosen);
        }
        Running {
            environment: self.deployment.environment(function, random.random()),
            outside: self.deployment.outside(function, random.random()),
            skew: SignedDuration::from_millis(random.random_range(-SKEW..=SKEW)),
        }
    }

    fn fate(&self) -> Fate {
        let (chaos, mut random) = (self.chaos.get(), self.random.borrow_mut());
        let (what, most) = (random.random::<f64>(), AWAIT_POINTS[random.random_range(0..AWAIT_POINTS.len())]);
        let when = random.random_range(0..most);
        let long = Duration::from_millis(random.random_range(1_000..900_000));
        if what < chaos.kill {
            Fate::Killed(when)
        } else if what < chaos.kill + chaos.freeze {
            Fate::Frozen(when, long)
        } else {
            Fate::Spared
        }
    }
}

/// Counts an invocation as running until it ends in any way.
struct Busy(Rc<Fleet>);

impl Busy {
    fn new(fleet: Rc<Fleet>) -> Self {
        fleet.busy.set(fleet.busy.get() + 1);
        Self(fleet)
    }
}

impl Drop for Busy {
    fn drop(&mut self) {
        self.0.busy.set(self.0.busy.get() - 1);
    }
}

/// Runs an invocation with its fault. Returns `None` if it was killed or exceeded its time limit.
struct Fated<'a, F> {
    inner: Pin<Box<F>>,
    fate: Fate,
    polls: u32,
    thaws: Option<Pin<Box<Sleep>>>,
    ends: Option<Pin<Box<Sleep>>>,
    fleet: &'a Fleet,
}

impl<F: Future> Future for Fated<'_, F> {
    type Output = Option<F::Output>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        if let Some(thaws) = &mut self.thaws {
            std::task::ready!(thaws.as_mut().poll(context));
            self.thaws = None;
        }
        self.polls += 1;
        let time_is_up = self.ends.as_mut().is_some_and(|ends| ends.as_mut().poll(context).is_ready());
        match self.fate {
            _ if time_is_up => return Poll::Ready(self.kill()),
            Fate::Killed(at) if self.polls > at => return Poll::Ready(self.kill()),
            Fate::Frozen(at, long) if self.polls > at => {
                self.fleet.frozen.set(self.fleet.frozen.get() + 1);
                self.fate = Fate::Spared;
                // Lambda would end it after the freeze; going on is the harder case.
                self.ends = None;
                let mut thaws = Box::pin(sleep(long));
                if thaws.as_mut().poll(context).is_pending() {
                    self.thaws = Some(thaws);
                    return Poll::Pending;
                }
            }
            _ => {}
        }
        self.inner.as_mut().poll(context).map(Some)
    }
}

impl<F: Future> Fated<'_, F> {
    fn kill(&self) -> Option<F::Output> {
        self.fleet.killed.set(self.fleet.killed.get() + 1);
        None
    }
}
