//! How the model serves a request: it draws faults, checks the partitions' capacity and the transactions in flight,
//! asks the embedded database, and charges the capacity.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use dynoxide::Database;
use dynoxide::storage_backend::Clock;
use jiff::Timestamp;
use local::template::Template;
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use serde_json::Value;
use tokio::time::{Instant, sleep};

use super::capacity::Capacity;
use super::figures::Figures;
use super::index::Index;
use super::physics::{Faults, Physics};
use super::request::{self, ItemKey, Kind, Request, Written};
use super::{Reply, errors, lock};
use crate::copies;

/// How long DynamoDB keeps a transaction's `ClientRequestToken`.
const TOKEN: Duration = Duration::from_secs(600);

pub(super) struct Service {
    pub(super) database: Database,
    pub(super) faults: Mutex<Faults>,
    pub(super) figures: Mutex<Figures>,
    index: Index,
    physics: Physics,
    random: Mutex<StdRng>,
    pub(super) write_capacity: Mutex<Capacity>,
    read_capacity: Mutex<Capacity>,
    /// Items that transactions in flight hold.
    held: Mutex<HashSet<ItemKey>>,
    /// Transactions by token: `None` in flight, then the time of the commit and the answer.
    tokens: Mutex<HashMap<String, Option<(Instant, Value)>>>,
}

/// The current simulated time.
struct SimulatedClock {
    began: Instant,
    start: Timestamp,
}

impl Clock for SimulatedClock {
    fn now_unix_secs(&self) -> u64 {
        u64::try_from(self.start.as_second()).unwrap_or_default() + self.began.elapsed().as_secs()
    }

    fn now_unix_secs_f64(&self) -> f64 {
        self.start.as_second() as f64 + self.began.elapsed().as_secs_f64()
    }
}

/// The drawn times and faults of a request.
struct Plan {
    travel: Duration,
    service: Duration,
    lose_request: bool,
    lose_answer: bool,
    throttle: bool,
    conflict: bool,
    fail: bool,
    /// For a lost request: the connection breaks, instead of silence. For a failure: it comes before the request is
    /// carried out.
    mild: bool,
}

impl Service {
    pub(super) fn new(template: &Template, physics: Physics, start: Timestamp, seed: u64) -> Self {
        let clock = || Arc::new(SimulatedClock { began: Instant::now(), start });
        let database = Database::memory_with_clock(clock()).unwrap();
        // A table without a stream has a copy of its own.
        if template.table.get("StreamSpecification").is_some() {
            copies::empty_tables(&database);
        }
        local::database::prepare(&database, template).unwrap();
        Self {
            database,
            faults: Mutex::default(),
            figures: Mutex::default(),
            index: Index::new(template, clock(), physics.index_lag.is_some()),
            random: Mutex::new(StdRng::seed_from_u64(seed)),
            write_capacity: Mutex::new(Capacity::new(physics.write_units, physics.burst)),
            read_capacity: Mutex::new(Capacity::new(physics.read_units, physics.burst)),
            held: Mutex::default(),
            tokens: Mutex::default(),
            physics,
        }
    }

    pub(super) async fn serve(&self, request: Request) -> Reply {
        let plan = self.plan(request.kind);
        sleep(plan.travel).await;
        let lost = if plan.mild { Reply::Broken } else { Reply::Silence };
        if plan.lose_request {
            return lost;
        }
        lock(&self.figures).requests += 1;
        if plan.fail && plan.mild {
            return Reply::Answer(500, errors::internal());
        }
        let (status, answer) = match request.kind {
            Kind::Read => self.read(request, &plan).await,
            Kind::Write => self.write(request, &plan).await,
            Kind::Transaction => self.transact(request, &plan).await,
        };
        sleep(plan.travel).await;
        match (plan.lose_answer, plan.fail) {
            (true, _) => lost,
            (false, true) => Reply::Answer(500, errors::internal()),
            (false, false) => Reply::Answer(status, answer),
        }
    }

    fn plan(&self, kind: Kind) -> Plan {
        let (faults, mut random) = (*lock(&self.faults), lock(&self.random));
        let time = match kind {
            Kind::Read => self.physics.read,
            Kind::Write => self.physics.write,
            Kind::Transaction => self.physics.transaction,
        };
        let total = time.sample(&mut *random);
        let travel = self.physics.network.min(total) / 2;
        let mut happens = |probability: f64| random.random::<f64>() < probability;
        Plan {
            travel,
            service: total.saturating_sub(2 * travel),
            lose_request: happens(faults.lose_request),
            lose_answer: happens(faults.lose_answer),
            throttle: happens(faults.throttle),
            conflict: happens(faults.conflict),
            fail: happens(faults.fail),
            mild: happens(0.5),
        }
    }

    async fn read(&self, mut request: Request, plan: &Plan) -> (u16, Value) {
        let partitions = request.read_partitions();
        let admitted = partitions.iter().all(|partition| lock(&self.read_capacity).admits(partition));
        let throttled = plan.throttle || !admitted;
        let unprocessed = if throttled { request.take_half() } else { None };
        if throttled && unprocessed.is_none() {
            return self.refuse_throttled(plan, errors::throttled()).await;
        }
        sleep(plan.service).await;
        let index = self.index.database().filter(|_| request.reads_index());
        let (status, mut answer) = request.execute(index.unwrap_or(&self.database));
        if let Some(unprocessed) = unprocessed {
            lock(&self.figures).throttled += 1;
            answer["UnprocessedKeys"] = unprocessed;
        }
        let (_, units) = request::consumed(&answer);
        lock(&self.figures).read_units += units;
        let mut capacity = lock(&self.read_capacity);
        for partition in &partitions {
            capacity.charge(partition, units / partitions.len() as f64);
        }
        (status, answer)
    }

    async fn write(&self, request: Request, plan: &Plan) -> (u16, Value) {
        if plan.throttle || !self.admits(&request.items[0]) {
            return self.refuse_throttled(plan, errors::throttled()).await;
        }
        sleep(plan.service).await;
        if plan.conflict || lock(&self.held).contains(&request.items[0].key) {
            lock(&self.figures).writes_in_conflict += 1;
            self.bill_refusal(&request.items, 1.0);
            return (400, errors::conflict());
        }
        self.commit(&request, 1.0)
    }

    async fn transact(&self, mut request: Request, plan: &Plan) -> (u16, Value) {
        lock(&self.figures).transactions += 1;
        let Some(token) = request.take_token() else { return self.transact_once(&request, plan).await };
        match lock(&self.tokens).get(&token) {
            Some(None) => return (400, errors::transaction_in_progress()),
            Some(Some((at, answer))) if at.elapsed() < TOKEN => return (200, answer.clone()),
            _ => {}
        }
        lock(&self.tokens).insert(token.clone(), None);
        let (status, answer) = self.transact_once(&request, plan).await;
        if status == 200 {
            lock(&self.tokens).insert(token, Some((Instant::now(), answer.clone())));
        } else {
            lock(&self.tokens).remove(&token);
        }
        (status, answer)
    }

    async fn transact_once(&self, request: &Request, plan: &Plan) -> (u16, Value) {
        let throttled: Vec<bool> = request.items.iter().map(|item| plan.throttle || !self.admits(item)).collect();
        if throttled.contains(&true) {
            return self.refuse_throttled(plan, errors::cancelled(&throttled, "ThrottlingError")).await;
        }
        let held = plan.service.mul_f64(self.physics.held);
        sleep(plan.service - held).await;
        let conflicts = self.hold(&request.items, plan);
        if conflicts.contains(&true) {
            lock(&self.figures).transactions_in_conflict += 1;
            self.bill_refusal(&request.items, 2.0);
            sleep(held / 2).await;
            return (400, errors::cancelled(&conflicts, "TransactionConflict"));
        }
        sleep(held).await;
        let done = self.commit(request, 2.0);
        let mut held = lock(&self.held);
        for item in &request.items {
            held.remove(&item.key);
        }
        done
    }

    /// Holds all items, or returns the held ones and holds none.
    fn hold(&self, items: &[Written], plan: &Plan) -> Vec<bool> {
        let mut held = lock(&self.held);
        let conflicts: Vec<bool> = items.iter().map(|item| plan.conflict || held.contains(&item.key)).collect();
        if !conflicts.contains(&true) {
            held.extend(items.iter().map(|item| item.key.clone()));
        }
        conflicts
    }

    /// Carries out a write and charges it. `refused` is each item's cost if a condition fails.
    fn commit(&self, request: &Request, refused: f64) -> (u16, Value) {
        let before: Vec<Option<String>> = request.items.iter().map(|item| self.index.partition(&item.key)).collect();
        let (status, answer) = request.execute(&self.database);
        if status != 200 {
            self.bill_refusal(&request.items, refused);
            return (status, answer);
        }
        let mut index_partitions: Vec<String> = Vec::new();
        for (item, before) in request.items.iter().zip(before) {
            if item.may_index || before.is_some() {
                self.carry_to_index(&item.key);
                index_partitions.extend(before);
                index_partitions.extend(self.index.partition(&item.key));
            }
        }
        index_partitions.dedup();
        let (table, total) = request::consumed(&answer);
        lock(&self.figures).write_units += total;
        let mut capacity = lock(&self.write_capacity);
        for item in &request.items {
            capacity.charge(&item.key.0, table / request.items.len() as f64);
        }
        for partition in &index_partitions {
            capacity.charge(&request::index_partition(partition), (total - table) / index_partitions.len() as f64);
        }
        (status, answer)
    }

    fn carry_to_index(&self, key: &ItemKey) {
        let carry = self.index.changed(&self.database, key);
        if let Some(lag) = self.physics.index_lag {
            let lag = lag.sample(&mut *lock(&self.random));
            tokio::spawn(async move {
                sleep(lag).await;
                carry();
            });
        }
    }

    /// True if the item's partition has capacity, and so have the index partitions that it leaves and enters.
    fn admits(&self, item: &Written) -> bool {
        let capacity = lock(&self.write_capacity);
        let index = self.index.partition(&item.key).into_iter().chain(item.put_into.clone());
        capacity.admits(&item.key.0)
            && index.map(|partition| request::index_partition(&partition)).all(|partition| capacity.admits(&partition))
    }

    async fn refuse_throttled(&self, plan: &Plan, refusal: Value) -> (u16, Value) {
        lock(&self.figures).throttled += 1;
        sleep(plan.service / 2).await;
        (400, refusal)
    }

    fn bill_refusal(&self, items: &[Written], each: f64) {
        lock(&self.figures).write_units += each * items.len() as f64;
        let mut capacity = lock(&self.write_capacity);
        for item in items {
            capacity.charge(&item.key.0, each);
        }
    }
}
