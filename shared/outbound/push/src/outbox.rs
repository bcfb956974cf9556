//! Pinpoint, and the queues of a function that sends messages to users.

use crate::Push;
use aws::Settings;
use outbound_queue::Queue;

/// Pinpoint and the queues of messages.
pub struct Outbox {
    /// Pinpoint.
    pub push: Push,
    /// Pushes to send, user by user.
    pub pushes: Queue,
    /// Pushes given up.
    pub given_up: Queue,
    /// Parts of audiences to announce to.
    pub announcements: Queue,
}

impl Outbox {
    /// The outbox of the settings. Makes no request.
    pub fn new(settings: &Settings) -> Self {
        Self::with_push(Push::new(settings), |url| Queue::new(url, settings), settings)
    }

    /// As [`Outbox::new`], over stand-ins for Pinpoint and SQS in tests.
    pub fn with_push(push: Push, queue: impl Fn(&str) -> Queue, settings: &Settings) -> Self {
        Self {
            push,
            pushes: queue(&settings.push_queue),
            given_up: queue(&settings.push_dead_letters),
            announcements: queue(&settings.announce_queue),
        }
    }
}
