//! The table's stream at its worst. Each trigger reads several shards at its own pace, so the records of a transaction
//! arrive in any order. Handled batches come again, and so do batches whose answer is lost, while the first invocation
//! may still run. Only the order of one item's records is kept, as in DynamoDB.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::rc::Rc;
use std::time::Duration;

use local::template::Trigger;
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use serde_json::{Value, json};
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep};

use super::fleet::Fleet;

/// Number of shards.
const SHARDS: usize = 3;

/// The pause between two reads of the stream.
const POLL: Duration = Duration::from_millis(1_000);

/// Without faults everything is handled long before.
const PATIENCE: Duration = Duration::from_secs(3_600);

pub(super) struct Stream {
    fleet: Rc<Fleet>,
    readers: Rc<Vec<Reader>>,
    seed: u64,
}

/// A trigger's position in a shard.
struct Reader {
    trigger: Trigger,
    waiting: RefCell<VecDeque<Value>>,
    busy: Cell<bool>,
    handled: Cell<u64>,
}

impl Stream {
    pub(super) fn new(fleet: Rc<Fleet>, seed: u64) -> Self {
        let triggers = fleet.deployment.template.triggers.iter();
        let readers = triggers.flat_map(|trigger| {
            let reader = || Reader {
                trigger: trigger.clone(),
                waiting: RefCell::default(),
                busy: Cell::new(false),
                handled: Cell::default(),
            };
            (0..SHARDS).map(move |_| reader())
        });
        Self { readers: Rc::new(readers.collect()), fleet, seed }
    }

    /// Starts delivering. The tasks run until they are aborted.
    pub(super) fn deliver(&self) -> JoinHandle<()> {
        let mut random = StdRng::seed_from_u64(self.seed);
        for number in 0..self.readers.len() {
            let (fleet, readers) = (Rc::clone(&self.fleet), Rc::clone(&self.readers));
            let random = StdRng::seed_from_u64(random.random());
            self.fleet.spawn(async move { read(&fleet, &readers[number], random).await });
        }
        let (fleet, readers) = (Rc::clone(&self.fleet), Rc::clone(&self.readers));
        self.fleet.spawn(async move { distribute(&fleet, &readers).await })
    }

    /// Waits until every record is handled, and the records that this wrote.
    pub(super) async fn until_quiet(&self) {
        let (mut quiet, began) = (0, Instant::now());
        while quiet < 10 {
            sleep(POLL).await;
            self.fleet.assert_unbroken();
            if began.elapsed() > PATIENCE {
                let stuck = self.readers.iter().find_map(|reader| reader.waiting.borrow().front().cloned());
                panic!("the stream does not come to rest; this record is never handled: {stuck:?}");
            }
            let nothing = self.readers.iter().all(|reader| reader.waiting.borrow().is_empty() && !reader.busy.get());
            quiet = if nothing { quiet + 1 } else { 0 };
        }
    }

    /// Number of handled records, repetitions included.
    pub(super) fn records(&self) -> u64 {
        self.readers.iter().map(|reader| reader.handled.get()).sum()
    }
}

/// Gives new records to the readers of their shards.
async fn distribute(fleet: &Fleet, readers: &[Reader]) {
    let database = fleet.deployment.model.database();
    let stream = local::database::stream(database).unwrap();
    let mut after: Option<String> = None;
    let mut seen = None;
    loop {
        // Without requests to the table, nothing is new.
        let now = Some(fleet.deployment.model.figures());
        if now == seen {
            sleep(POLL).await;
            continue;
        }
        seen = now;
        let records = local::database::records(database, &stream, after.as_deref(), 1_000).unwrap();
        for record in records {
            after = record["dynamodb"]["SequenceNumber"].as_str().map(str::to_owned);
            let shard = shard(&record);
            for (number, reader) in readers.iter().enumerate() {
                let filters = &reader.trigger.filters;
                let passes = filters.is_empty() || filters.iter().any(|filter| filter.matches(&record));
                if number % SHARDS == shard && passes {
                    reader.waiting.borrow_mut().push_back(record.clone());
                }
            }
        }
        sleep(POLL).await;
    }
}

fn shard(record: &Value) -> usize {
    let key = record["dynamodb"]["Keys"]["pk"]["S"].as_str().unwrap_or_default();
    key.bytes().fold(0_usize, |sum, byte| sum.wrapping_mul(31).wrapping_add(usize::from(byte))) % SHARDS
}

async fn read(fleet: &Rc<Fleet>, reader: &Reader, mut random: StdRng) {
    loop {
        sleep(Duration::from_millis(random.random_range(10..1_500))).await;
        let batch: Vec<Value> = {
            let waiting = reader.waiting.borrow();
            let most = random.random_range(1..=reader.trigger.batch_size.min(10));
            waiting.iter().take(most).cloned().collect()
        };
        if batch.is_empty() {
            continue;
        }
        reader.busy.set(true);
        let answer = fleet.invoke(&reader.trigger.function, json!({ "Records": batch })).await;
        reader.handled.set(reader.handled.get() + batch.len() as u64);
        // Without an answer the whole batch comes again, without limit; Lambda gives up after hours.
        if let Some(answer) = answer {
            let failed = answer["batchItemFailures"][0]["itemIdentifier"].as_str();
            let done = failed.map_or(batch.len(), |failed| {
                batch.iter().position(|record| record["dynamodb"]["SequenceNumber"] == failed).unwrap_or(0)
            });
            // Sometimes a handled record comes again: delivery is at least once.
            if !random.random_bool(0.1) {
                reader.waiting.borrow_mut().drain(..done);
            }
        }
        reader.busy.set(false);
    }
}
