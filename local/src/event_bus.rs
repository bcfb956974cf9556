//! The event bus: answers EventBridge's `PutEvents` and delivers each event, with retries, to the functions whose rules
//! in `template.yaml` match. The database keeps an event until it is handled or given up, so a restart goes on with it.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use dynoxide::Database;
use serde_json::{Value, json};
use tokio::time::Instant;

use crate::background::{self, Delays};
use crate::clock::Clock;
use crate::database;
use crate::functions::Functions;
use crate::template::{EventRule, Template};
use crate::{LocalError, lock};

/// Attempts at one event: as many as Lambda makes at an asynchronous invocation.
const ATTEMPTS: u32 = 3;

/// The number of latest events that `/_local/events` shows.
const SHOWN: usize = 1_000;

/// The number of events delivered at once.
const AT_ONCE: usize = 16;

/// The prefix of the names of notes.
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
}

/// An event that waits for its delivery to a function.
#[derive(Clone)]
struct Waiting {
    note: String,
    function: String,
    event: Value,
    attempts: u32,
    not_before: Option<Instant>,
}

impl EventBus {
    /// Opens the bus with the events that an earlier process left.
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
        })
    }

    /// Answers a `PutEvents` request after the database has kept all its events.
    pub(crate) fn put_events(&self, request: &Value) -> Result<Value, LocalError> {
        let (mut results, mut failed) = (Vec::new(), 0);
        for entry in request["Entries"].as_array().into_iter().flatten() {
            match self.event(entry) {
                Some((bus, number, event)) => {
                    results.push(json!({ "EventId": event["id"] }));
                    self.keep(&bus, number, event)?;
                }
                None => {
                    failed += 1;
                    results.push(json!({ "ErrorCode": "MalformedDetail", "ErrorMessage": "the entry is incomplete" }));
                }
            }
        }
        Ok(json!({ "FailedEntryCount": failed, "Entries": results }))
    }

    /// Returns the name of the bus, the event's number, and the event as a rule's target gets it.
    fn event(&self, entry: &Value) -> Option<(String, u64, Value)> {
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
        Some((entry["EventBusName"].as_str().unwrap_or("default").to_owned(), number, event))
    }

    fn keep(&self, bus: &str, number: u64, event: Value) -> Result<(), LocalError> {
        let matching = self.rules.iter().filter(|rule| rule.bus == bus && rule.pattern.matches(&event));
        for rule in matching {
            let note = format!("{NOTE}{number:020}#{}", rule.function);
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

    /// Returns the latest published events, newest last.
    pub(crate) fn list(&self) -> Vec<Value> {
        lock(&self.shown).iter().cloned().collect()
    }

    /// Delivers until nothing waits, and ignores delays: for tests. Returns true if any event waited.
    pub(crate) async fn settle(&self) -> Result<bool, LocalError> {
        let mut any = false;
        while self.deliver_events(Delays::Ignored).await? {
            any = true;
        }
        Ok(any)
    }

    /// Delivers until `stop` resolves, and finishes the events at hand.
    pub(crate) async fn run(&self, stop: impl Future<Output = ()>) {
        background::repeat("event bus", || self.deliver_events(Delays::Respected), stop).await;
    }

    /// Makes one attempt at each of the first events that wait. Returns true if any waited.
    async fn deliver_events(&self, delays: Delays) -> Result<bool, LocalError> {
        let now = Instant::now();
        let batch: Vec<Waiting> = {
            let mut waiting = lock(&self.waiting);
            let due = |waiting: &Waiting| {
                delays == Delays::Ignored || waiting.not_before.is_none_or(|not_before| not_before <= now)
            };
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
            // As in AWS, a dead-letter queue keeps it.
            tracing::error!(function = event.function, event.id = %event.event["id"], "event given up");
            database::remember(&self.database, &format!("given-up-{}", event.note), &event.event)?;
            database::forget(&self.database, &event.note)?;
        }
        Ok(any)
    }
}
