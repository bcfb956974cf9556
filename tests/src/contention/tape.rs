//! A tape between the SDK and a model: it records the replies to one course of requests and plays them back, for measuring
//! what happens above without what happens below; and it remembers what was asked for, as IAM names it.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, Mutex};

use super::{Model, Reply, lock};
use serde_json::Value;

/// See the file's first line. Clones are the same tape.
#[derive(Clone, Default)]
pub struct Tape(Arc<Deck>);

#[derive(Default)]
struct Deck {
    mode: Mutex<Mode>,
    replies: Mutex<Vec<Reply>>,
    asked: Mutex<BTreeSet<(String, String)>>,
    position: AtomicUsize,
}

#[derive(Clone, Copy, Default, PartialEq)]
enum Mode {
    #[default]
    Through,
    Record,
    PlayBack,
}

impl Tape {
    /// From now on replies are kept.
    pub fn record(&self) {
        *lock(&self.0.mode) = Mode::Record;
    }

    /// From now on what was kept is played back, over and over.
    pub fn play_back(&self) {
        *lock(&self.0.mode) = Mode::PlayBack;
    }

    /// Every action that was asked for so far, with its resource: `Table` or `Table/index/gsi1`.
    pub fn asked(&self) -> BTreeSet<(String, String)> {
        lock(&self.0.asked).clone()
    }

    pub(super) async fn send(&self, model: &Model, operation: &str, body: Value) -> Reply {
        lock(&self.0.asked).extend(actions(operation, &body));
        let mode = *lock(&self.0.mode);
        if mode == Mode::PlayBack {
            let replies = lock(&self.0.replies);
            return replies[self.0.position.fetch_add(1, Relaxed) % replies.len()].clone();
        }
        let reply = model.send(operation, body).await;
        if mode == Mode::Record {
            lock(&self.0.replies).push(reply.clone());
        }
        reply
    }
}

/// What IAM asks permission for: a transaction needs that of each of its parts.
fn actions(operation: &str, body: &Value) -> Vec<(String, String)> {
    let on_table = |action: &str| (format!("dynamodb:{action}"), "Table".to_owned());
    match (operation, body["IndexName"].as_str()) {
        ("TransactWriteItems", _) => {
            let parts = body["TransactItems"].as_array().into_iter().flatten();
            let names = parts.filter_map(|part| part.as_object()?.keys().next());
            // `Put`, `Update`, `Delete` and `ConditionCheck`.
            names.map(|name| on_table(&format!("{name}Item"))).collect()
        }
        (_, Some(index)) => vec![(format!("dynamodb:{operation}"), format!("Table/index/{index}"))],
        _ => vec![on_table(operation)],
    }
}
