//! The template's queues at their worst: batches of any size, handled messages that come again, and batches whose
//! answer is lost, which come again after the visibility timeout while the first invocation may still run. Also runs
//! the schedules.

use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;

use local::background::Delays;
use local::queues::Received;
use local::template::{QueueTrigger, Schedule};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use serde_json::{Value, json};
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep};

use super::fleet::Fleet;

/// Readers of each queue.
const READERS: usize = 3;

/// The period of the schedules.
const MINUTE: Duration = Duration::from_secs(60);

/// Without faults everything is handled long before, even after the longest pause.
const PATIENCE: Duration = Duration::from_secs(4 * 3_600);

pub(super) struct Queues {
    fleet: Rc<Fleet>,
    busy: Rc<Cell<usize>>,
    seed: u64,
}

impl Queues {
    pub(super) fn new(fleet: Rc<Fleet>, seed: u64) -> Self {
        Self { fleet, busy: Rc::default(), seed }
    }

    /// Starts delivering. The tasks run until they are aborted.
    pub(super) fn deliver(&self) -> Vec<JoinHandle<()>> {
        let mut random = StdRng::seed_from_u64(self.seed);
        let mut tasks = Vec::new();
        for trigger in &self.fleet.deployment.template.queue_triggers {
            for _ in 0..READERS {
                let (fleet, busy, trigger) = (Rc::clone(&self.fleet), Rc::clone(&self.busy), trigger.clone());
                let random = StdRng::seed_from_u64(random.random());
                tasks.push(self.fleet.spawn(async move { read(&fleet, &trigger, &busy, random).await }));
            }
        }
        for function in ["announce-campaign", "send-notification"] {
            let fleet = Rc::clone(&self.fleet);
            tasks.push(self.fleet.spawn(async move {
                loop {
                    sleep(MINUTE).await;
                    fleet.invoke(function, Schedule::event()).await;
                }
            }));
        }
        tasks
    }

    /// Waits until every message is handled, hidden ones included.
    pub(super) async fn until_quiet(&self) {
        let (mut quiet, began) = (0, Instant::now());
        while quiet < 70 {
            sleep(Duration::from_secs(1)).await;
            self.fleet.assert_unbroken();
            let left = self.left();
            assert!(began.elapsed() < PATIENCE, "the queues do not come to rest: {left:?}");
            quiet = if left.is_empty() && self.busy.get() == 0 { quiet + 1 } else { 0 };
        }
    }

    fn left(&self) -> Vec<Value> {
        let deployment = &self.fleet.deployment;
        let names = deployment.template.queue_triggers.iter().map(|trigger| &trigger.queue);
        names.flat_map(|name| deployment.queues.list(name)).collect()
    }
}

async fn read(fleet: &Rc<Fleet>, trigger: &QueueTrigger, busy: &Cell<usize>, mut random: StdRng) {
    let deployment = &fleet.deployment;
    loop {
        sleep(Duration::from_millis(random.random_range(10..1_500))).await;
        let most = random.random_range(1..=trigger.batch_size);
        let batch = deployment.queues.receive(&trigger.queue, most, deployment.now(), Delays::Respected).unwrap();
        if batch.is_empty() {
            continue;
        }
        busy.set(busy.get() + 1);
        let records: Vec<&Value> = batch.iter().map(|message| &message.record).collect();
        // Without an answer the whole batch comes again.
        if let Some(answer) = fleet.invoke(&trigger.function, json!({ "Records": records })).await {
            let failed = answer["batchItemFailures"].as_array().cloned().unwrap_or_default();
            let failed =
                |message: &Received| failed.iter().any(|failed| failed["itemIdentifier"] == message.message_id);
            for message in batch.iter().filter(|message| !failed(message)) {
                // Sometimes a handled message comes again: delivery is at least once.
                if !random.random_bool(0.05) {
                    deployment.queues.delete(&trigger.queue, &message.receipt_handle).unwrap();
                }
            }
        }
        busy.set(busy.get() - 1);
    }
}
