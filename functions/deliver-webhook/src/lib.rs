//! Delivers domain events to webhooks: each event from the bus to every webhook of its app that wants it, and by
//! schedule the attempts that are due (`due_attempts`). Another schedule looks for crossed levels (`levels`): no single
//! write makes those events.

mod due_attempts;
mod levels;

use domain::Error;
use domain::delivery::Delivery;
use domain::event::DomainEvent;
use domain::webhook::Webhook;
use futures_util::stream::{self, StreamExt as _};
use invocation::Invocation;
use outbound_webhooks::Environment;
use outbound_webhooks::delivery;
use serde::{Deserialize, Serialize};
use store::webhooks;
use triggers::schedule::Scheduled;

/// Calls at once: an app has at most this many webhooks.
const AT_ONCE: usize = 10;

/// The events that invoke this function.
#[derive(Deserialize)]
#[serde(untagged)]
pub enum Event {
    /// The rule of `template.yaml`: an event off the bus.
    Published {
        /// The domain event.
        detail: Box<DomainEvent>,
    },
    /// A schedule of `template.yaml`.
    Scheduled(Scheduled<Errand>),
}

/// The task of a schedule.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Errand {
    /// Attempts that are due.
    Retries,
    /// A look at levels.
    Levels,
}

/// The answer: the counts of one call.
#[derive(Debug, Serialize)]
pub struct Answer {
    /// Calls that it made, or left to the schedule.
    called: usize,
    /// Signals that it raised.
    raised: usize,
}

/// Handles one event, or one call of a schedule. An event that fails comes again.
pub async fn handle(environment: &Environment, event: Event, invocation: Invocation) -> Result<Answer, Error> {
    match event {
        Event::Published { detail } => {
            let called = invocation.whole_in_time(tell(environment, &detail, &invocation)).await?;
            Ok(Answer { called, raised: 0 })
        }
        Event::Scheduled(schedule) => Ok(match schedule.errand {
            Errand::Retries => {
                let called = invocation.whole_in_time(due_attempts::make(environment, &invocation)).await;
                Answer { called: schedule.conclude(called), raised: 0 }
            }
            Errand::Levels => {
                let raised = invocation.whole_in_time(levels::look(environment, &invocation)).await;
                Answer { called: 0, raised: schedule.conclude(raised) }
            }
        }),
    }
}

/// Begins a delivery to every webhook that wants the event, all at once. A failure at one webhook does not stop the
/// others, and the event comes again. No delivery begins twice.
async fn tell(environment: &Environment, event: &DomainEvent, invocation: &Invocation) -> Result<usize, Error> {
    let webhooks = webhooks::list(&environment.store, &event.app_id).await?;
    let begin = |webhook: Webhook| async move { delivery::begin(environment, &webhook, event, invocation.now).await };
    let wanting = webhooks.into_iter().filter(|webhook| webhook.wants(&event.event_type));
    let begun: Vec<_> = stream::iter(wanting.map(begin)).buffer_unordered(AT_ONCE).collect().await;
    let begun: Vec<Option<Delivery>> = begun.into_iter().collect::<Result<_, _>>()?;
    Ok(begun.into_iter().flatten().count())
}
