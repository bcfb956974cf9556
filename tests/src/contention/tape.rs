//! A tape between the SDK and a model: it records the replies to one course of requests and plays them back, for measuring
//! what happens above without what happens below.

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

    pub(super) async fn send(&self, model: &Model, operation: &str, body: Value) -> Reply {
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
