//! A tape between the SDK and a model: it records the replies to one course of requests and plays them back, for measuring
//! what happens above without what happens below; and it remembers what was asked for, as IAM names it.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, Mutex};

use local::role::Role;
use local::role::guard::denied;
use local::role::request::of_dynamodb;
use serde_json::Value;

use super::{Model, Reply, lock};

/// See the file's first line. Clones are the same tape.
#[derive(Clone, Default)]
pub struct Tape(Arc<Deck>);

#[derive(Default)]
struct Deck {
    mode: Mutex<Mode>,
    replies: Mutex<Vec<Reply>>,
    asked: Mutex<BTreeSet<(String, String)>>,
    position: AtomicUsize,
    role: Mutex<Option<Role>>,
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

    /// From now on what the role does not grant is refused.
    pub fn enforce(&self, role: Role) {
        *lock(&self.0.role) = Some(role);
    }

    /// Every action that was asked for so far, with its resource: `Table` or `Table/index/gsi1`.
    pub fn asked(&self) -> BTreeSet<(String, String)> {
        lock(&self.0.asked).clone()
    }

    pub(super) async fn send(&self, model: &Model, operation: &str, body: Value) -> Reply {
        let needed = of_dynamodb(operation, &body);
        lock(&self.0.asked).extend(needed.iter().map(|needed| (needed.action.clone(), needed.resource.clone())));
        if let Some(role) = &*lock(&self.0.role)
            && let Some(missing) = needed.iter().find(|needed| !role.allows(needed))
        {
            return Reply::Answer(400, denied(&role.name, missing));
        }
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
