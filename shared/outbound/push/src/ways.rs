//! The ways out of a function that tells users something: to Pinpoint, and to the queues where what is to be told waits.

use crate::Push;
use aws::Settings;
use outbound_queue::Queue;

/// See the file's first lines.
pub struct Ways {
    /// To Pinpoint.
    pub push: Push,
    /// What is to be pushed, user by user.
    pub pushes: Queue,
    /// Pushes that were given up.
    pub given_up: Queue,
    /// Which parts of an audience are to be announced to.
    pub announcements: Queue,
}

impl Ways {
    /// As the settings say. Makes no request.
    pub fn new(settings: &Settings) -> Self {
        Self::with_push(Push::new(settings), |url| Queue::new(url, settings), settings)
    }

    /// As [`Ways::new`], over what tests stand in for Pinpoint and SQS.
    pub fn with_push(push: Push, queue: impl Fn(&str) -> Queue, settings: &Settings) -> Self {
        Self {
            push,
            pushes: queue(&settings.push_queue),
            given_up: queue(&settings.push_dead_letters),
            announcements: queue(&settings.announce_queue),
        }
    }
}
