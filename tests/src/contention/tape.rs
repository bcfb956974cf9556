//! A tape between the SDK and a model. It records replies and plays them back, to measure the code above without the
//! table. It also keeps the requested IAM actions, and can enforce a role.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, Mutex};

use local::role::Role;
use local::role::guard::denied;
use local::role::request::of_dynamodb;
use serde_json::Value;

use super::{Model, Reply, lock};

/// A tape. Clones share it.
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
    /// Starts recording replies.
    pub fn record(&self) {
        *lock(&self.0.mode) = Mode::Record;
    }

    /// Plays the recorded replies back, in a loop.
    pub fn play_back(&self) {
        *lock(&self.0.mode) = Mode::PlayBack;
    }

    /// Refuses requests that the role does not grant.
    pub fn enforce(&self, role: Role) {
        *lock(&self.0.role) = Some(role);
    }

    /// Returns all requested actions with their resources: `Table` or `Table/index/gsi1`.
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
