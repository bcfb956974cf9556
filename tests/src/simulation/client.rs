//! A client of the API. It repeats requests without an answer or with a 5xx, as the contract allows, and sometimes
//! others.

use std::rc::Rc;
use std::time::Duration;

use local::gateway::{self, HttpResponse};
use rand::Rng;
use rand::rngs::StdRng;
use serde_json::Value;
use tokio::time::sleep;

use super::fleet::Fleet;
use crate::deployment::{Deployment, Key};

/// Attempts before a client gives up.
const TRIES: u32 = 5;

pub(super) struct Client {
    pub(super) random: StdRng,
    fleet: Rc<Fleet>,
}

impl Client {
    pub(super) fn new(fleet: Rc<Fleet>, random: StdRng) -> Self {
        Self { random, fleet }
    }

    pub(super) fn deployment(&self) -> &Deployment {
        &self.fleet.deployment
    }

    /// Waits up to so many milliseconds.
    pub(super) async fn pause(&mut self, most: u64) {
        sleep(Duration::from_millis(self.random.random_range(0..most))).await;
    }

    /// Sends a request until it is answered. Returns `None` if it never was.
    pub(super) async fn send(&mut self, key: Key, method: &str, target: &str, body: Value) -> Option<(u16, Value)> {
        let HttpResponse { status, body, .. } = self.until_answered(key, method, target, body).await?;
        Some((status, serde_json::from_slice(&body).unwrap_or_default()))
    }

    /// Opens a public link. Returns the status, and the location or else the page.
    pub(super) async fn visit(&mut self, target: &str) -> Option<(u16, String)> {
        let answer = self.until_answered(Key::None, "GET", target, Value::Null).await?;
        let location = answer.headers.into_iter().find(|(name, _)| name == "location").map(|(_, value)| value);
        Some((answer.status, location.unwrap_or_else(|| String::from_utf8_lossy(&answer.body).into_owned())))
    }

    async fn until_answered(&mut self, key: Key, method: &str, target: &str, body: Value) -> Option<HttpResponse> {
        for _ in 0..TRIES {
            let (function, event) = self.deployment().request(key, method, target, body.clone());
            if self.random.random_bool(0.1) {
                // Sends the request twice at once, and ignores the other answer.
                let (fleet, function, event) = (Rc::clone(&self.fleet), function.clone(), event.clone());
                tokio::task::spawn_local(async move { fleet.invoke(&function, event).await });
            }
            if let Some(answer) = self.fleet.invoke(&function, event).await {
                let answer = gateway::response(&answer);
                assert_ne!(answer.status, 500, "{method} {target} broke: {}", String::from_utf8_lossy(&answer.body));
                if answer.status < 500 {
                    return Some(answer);
                }
            }
            self.pause(2_000).await;
        }
        None
    }
}
