//! The queue of audience shards, with a visibility timeout in real time.

use std::sync::{Mutex, MutexGuard};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::{Failure, lock};

/// The visibility timeout. `template.yaml` has six minutes, which would only prolong the benchmark.
const VISIBILITY: Duration = Duration::from_secs(2);

/// Receives before a message goes to the dead letters, as in `template.yaml`.
const RECEIVES: u32 = 20;

/// The pause between two looks at a queue without visible messages.
const LOOK: Duration = Duration::from_millis(10);

/// The queue.
#[derive(Default)]
pub(super) struct Queue(Mutex<State>);

#[derive(Default)]
struct State {
    waiting: Vec<Message>,
    in_flight: usize,
}

/// A message in the queue.
pub(super) struct Message {
    body: String,
    visible: Instant,
    receives: u32,
}

impl Queue {
    pub(super) fn send(&self, body: String, delay_seconds: u64) {
        let visible = Instant::now() + Duration::from_secs(delay_seconds);
        self.state().waiting.push(Message { body, visible, receives: 0 });
    }

    /// Waits for the next message. Returns `None` when none is left.
    pub(super) async fn receive(&self) -> Option<Message> {
        loop {
            if let Some(received) = self.state().take(Instant::now())? {
                return Some(received);
            }
            tokio::time::sleep(LOOK).await;
        }
    }

    /// Deletes a handled message.
    pub(super) fn done(&self, _: Message) {
        self.state().in_flight -= 1;
    }

    /// Returns an unhandled message to the queue.
    pub(super) fn again(&self, message: Message) -> Result<(), Failure> {
        if message.receives >= RECEIVES {
            return Err(format!("a message would have gone to the dead letters: {}", message.body).into());
        }
        let mut state = self.state();
        state.in_flight -= 1;
        state.waiting.push(Message { visible: Instant::now() + VISIBILITY, ..message });
        Ok(())
    }

    fn state(&self) -> MutexGuard<'_, State> {
        lock(&self.0)
    }
}

impl State {
    /// Takes a visible message. Returns `None` if the queue is empty and no invocation can still send.
    fn take(&mut self, now: Instant) -> Option<Option<Message>> {
        if self.waiting.is_empty() && self.in_flight == 0 {
            return None;
        }
        let visible = self.waiting.iter().enumerate().filter(|(_, message)| message.visible <= now);
        let Some(first) = visible.min_by_key(|(_, message)| message.visible).map(|(at, _)| at) else {
            return Some(None);
        };
        let message = self.waiting.swap_remove(first);
        self.in_flight += 1;
        Some(Some(Message { receives: message.receives + 1, ..message }))
    }
}

impl Message {
    /// Returns Lambda's event for the function.
    pub(super) fn event(&self) -> Value {
        json!({"Records": [{
            "messageId": "059f36b4-87a3-44ab-83d2-661975830a7d", "receiptHandle": "bench", "body": self.body,
            "attributes": {"ApproximateReceiveCount": self.receives.to_string()}, "messageAttributes": {},
            "eventSource": "aws:sqs", "eventSourceARN": "arn:aws:sqs:us-east-1:000000000000:AnnounceQueue",
            "awsRegion": "us-east-1",
        }]})
    }
}
