//! Deferred messages: reminders before a reward expires, and messages that would have come in a user's quiet hours.
//! Each goes into the queue of pushes when it is due, and is then deleted.

use domain::Error;
use futures_util::{StreamExt as _, stream};
use invocation::Invocation;
use outbound_push::outbox::Outbox;
use outbound_queue::push_work::PushWork;
use store::Environment;
use store::notices::{self, LATER_SHARDS};

/// Messages that are read at a time.
const PAGE: i32 = 100;

/// Deletions at a time.
const AT_ONCE: usize = 16;

/// Puts every message that is due into the queue. A failure in one shard does not stop the others. Fails with the first
/// failure.
pub(crate) async fn call(environment: &Environment, outbox: &Outbox, invocation: &Invocation) -> Result<(), Error> {
    let mut called = Ok(());
    for shard in 0..LATER_SHARDS {
        called = called.and(call_shard(environment, outbox, shard, invocation).await);
    }
    called
}

async fn call_shard(
    environment: &Environment,
    outbox: &Outbox,
    shard: u8,
    invocation: &Invocation,
) -> Result<(), Error> {
    while call_page(environment, outbox, shard, invocation).await? {}
    Ok(())
}

/// Handles one page of a shard. Returns true if there may be more.
async fn call_page(
    environment: &Environment,
    outbox: &Outbox,
    shard: u8,
    invocation: &Invocation,
) -> Result<bool, Error> {
    let due = notices::due(&environment.store, shard, invocation.now, PAGE).await?;
    if !outbox.push.is_off() {
        // Queues first, then deletes. If the process ends in between, the messages are queued again, and the queue's
        // deduplication or the recorded results recognise them.
        let messages = due.iter().map(|later| {
            let work = PushWork::new(&later.app, &later.user, later.id.clone());
            work.message(&format!("later {}", later.at.as_millisecond()))
        });
        outbox.pushes.send(&messages.collect::<Result<Vec<_>, _>>()?).await?;
    }
    let forget = |later| invocation.contained(notices::forget_scheduled(&environment.store, later));
    let forgotten: Vec<_> = due.iter().map(forget).collect();
    let forgotten: Vec<Result<(), Error>> = stream::iter(forgotten).buffer_unordered(AT_ONCE).collect().await;
    let passed = forgotten.iter().filter(|forgotten| forgotten.is_ok()).count();
    if let Some(error) = forgotten.into_iter().find_map(Result::err) {
        tracing::warn!(error.cause = %error, "not all that was put into the queue is forgotten; it is put there again");
    }
    // A message that cannot be deleted is first in the next page, too. As long as others are deleted, those behind it
    // have their turn.
    Ok(passed > 0
        && due.len() == usize::try_from(PAGE).unwrap_or_default()
        && tokio::time::Instant::now() < invocation.deadline)
}
