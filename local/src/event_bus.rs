//! The event bus: speaks EventBridge's `PutEvents`, and carries each event to the functions whose rules in `template.yaml`
//! match, with retries. An event is kept in the database until it is handled or given up, so that a restart goes on with it.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use dynoxide::Database;
use serde_json::{Value, json};
use tokio::sync::Notify;
use tokio::time::Instant;

use crate::LocalError;
use crate::clock::Clock;
use crate::database;
use crate::functions::Functions;
use crate::template::{EventRule, Template};

/// Attempts at one event, as many as Lambda makes when it is invoked asynchronously.
const ATTEMPTS: u32 = 3;

/// Events that are kept for a look.
const SHOWN: usize = 1_000;

/// Events that are delivered at once.
const AT_ONCE: usize = 16;

/// What the names of notes begin with.
const NOTE: &str = "event#";

/// The bus.
pub(crate) struct EventBus {
    rules: Vec<EventRule>,
    functions: Arc<Functions>,
    database: Database,
    clock: Clock,
    published: AtomicU64,
    waiting: Mutex<VecDeque<Waiting>>,
    shown: Mutex<VecDeque<Value>>,
    arrived: Notify,
}

/// An event on its way to a function.
#[derive(Clone)]
struct Waiting {
    note: String,
    function: String,
    event: Value,
    attempts: u32,
    not_before: Option<Instant>,
}

impl EventBus {
    /// A bus with the events that were left on it.
    pub(crate) fn new(
        template: &Template,
        functions: &Arc<Functions>,
        database: &Database,
        clock: &Clock,
    ) -> Result<Self, LocalError> {
        let left = database::recall_all(database, NOTE)?;
        let number = |note: &str| note.split('#').nth(1).and_then(|number| number.parse::<u64>().ok());
        let published = left.iter().filter_map(|(note, _)| number(note)).max().unwrap_or(0);
        let waiting = left.into_iter().map(|(note, kept)| Waiting {
            note,
            function: kept["function"].as_str().unwrap_or_default().to_owned(),
            event: kept["event"].clone(),
            attempts: 0,
            not_before: None,
        });
        Ok(Self {
            rules: template.rules.clone(),
            functions: Arc::clone(functions),
            database: database.clone(),
            clock: clock.clone(),
            published: AtomicU64::new(published),
            waiting: Mutex::new(waiting.collect()),
            shown: Mutex::default(),
            arrived: Notify::new(),
        })
    }

    /// Takes one `PutEvents` request body and answers with the response body, once everything in it is kept.
    pub(crate) fn put_events(&self, request: &Value) -> Result<Value, LocalError> {
        let (mut results, mut failed) = (Vec::new(), 0);
        for entry in request["Entries"].as_array().into_iter().flatten() {
            match self.event(entry) {
                Some((bus, event)) => {
                    results.push(json!({ "EventId": event["id"] }));
                    self.keep(&bus, event)?;
                }
                None => {
                    failed += 1;
                    results.push(json!({ "ErrorCode": "MalformedDetail", "ErrorMessage": "the entry is incomplete" }));
                }
            }
        }
        self.arrived.notify_one();
        Ok(json!({ "FailedEntryCount": failed, "Entries": results }))
    }

    /// The bus's name and the event as a rule's target gets it.
    fn event(&self, entry: &Value) -> Option<(String, Value)> {
        let detail: Value = serde_json::from_str(entry["Detail"].as_str()?).ok()?;
        let number = self.published.fetch_add(1, Ordering::Relaxed) + 1;
        let event = json!({
            "version": "0",
            "id": format!("00000000-0000-4000-8000-{number:012x}"),
            "detail-type": entry["DetailType"].as_str()?,
            "source": entry["Source"].as_str()?,
            "account": "000000000000",
            "time": self.clock.now().to_string(),
            "region": "local",
            "resources": [],
            "detail": detail,
        });
        Some((entry["EventBusName"].as_str().unwrap_or("default").to_owned(), event))
    }

    fn keep(&self, bus: &str, event: Value) -> Result<(), LocalError> {
        let id = event["id"].as_str().and_then(|id| u64::from_str_radix(id.rsplit('-').next()?, 16).ok());
        let matching = self.rules.iter().filter(|rule| rule.bus == bus && rule.pattern.matches(&event));
        for rule in matching {
            let note = format!("{NOTE}{:020}#{}", id.unwrap_or_default(), rule.function);
            let kept = json!({ "function": rule.function, "event": event });
            database::remember(&self.database, &note, &kept)?;
            let (function, event) = (rule.function.clone(), event.clone());
            lock(&self.waiting).push_back(Waiting { note, function, event, attempts: 0, not_before: None });
        }
        let mut shown = lock(&self.shown);
        shown.push_back(event);
        if shown.len() > SHOWN {
            shown.pop_front();
        }
        Ok(())
    }

    /// What was published, the latest last.
    pub(crate) fn list(&self) -> Vec<Value> {
        lock(&self.shown).iter().cloned().collect()
    }

    /// Delivers until nothing waits, without waiting between retries: for tests. `true` if there was anything.
    pub(crate) async fn settle(&self) -> Result<bool, LocalError> {
        let mut any = false;
        while self.step(false).await? {
            any = true;
        }
        Ok(any)
    }

    /// Delivers until `stop` resolves, and finishes what is at hand.
    pub(crate) async fn run(&self, stop: impl Future<Output = ()>) {
        tokio::pin!(stop);
        loop {
            let pause = match self.step(true).await {
                Ok(true) => Duration::ZERO,
                Ok(false) => Duration::from_millis(500),
                Err(error) => {
                    tracing::error!(error.cause = %error, "the event bus failed");
                    Duration::from_secs(1)
                }
            };
            tokio::select! {
                biased;
                () = &mut stop => return,
                () = self.arrived.notified(), if !pause.is_zero() => {}
                () = tokio::time::sleep(pause) => {}
            }
        }
    }

    /// One attempt at each of the first that wait. `true` if there were any.
    async fn step(&self, patient: bool) -> Result<bool, LocalError> {
        let now = Instant::now();
        let batch: Vec<Waiting> = {
            let mut waiting = lock(&self.waiting);
            let due = |waiting: &Waiting| !patient || waiting.not_before.is_none_or(|not_before| not_before <= now);
            let (due, later): (Vec<Waiting>, Vec<Waiting>) = waiting.drain(..).partition(due);
            let (batch, rest) = due.split_at(due.len().min(AT_ONCE));
            waiting.extend(rest.iter().chain(&later).cloned());
            batch.to_vec()
        };
        let mut running = tokio::task::JoinSet::new();
        for event in batch {
            let functions = Arc::clone(&self.functions);
            running.spawn(async move {
                let request_id = format!("event-{}", event.event["id"].as_str().unwrap_or_default());
                let answer = functions.invoke(&event.function, event.event.clone(), &request_id).await;
                (event, answer)
            });
        }
        let mut any = false;
        while let Some(done) = running.join_next().await {
            any = true;
            let Ok((mut event, answer)) = done else { continue };
            let Err(error) = answer else {
                database::forget(&self.database, &event.note)?;
                continue;
            };
            event.attempts += 1;
            tracing::error!(function = event.function, error.cause = %error, "an event was not handled");
            if event.attempts < ATTEMPTS {
                event.not_before = Some(Instant::now() + Duration::from_secs(60) * event.attempts);
                lock(&self.waiting).push_back(event);
                continue;
            }
            // As in AWS: a queue keeps it, and somebody looks.
            tracing::error!(function = event.function, event.id = %event.event["id"], "event given up");
            database::remember(&self.database, &format!("given-up-{}", event.note), &event.event)?;
            database::forget(&self.database, &event.note)?;
        }
        Ok(any)
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
