//! What was put off until later: reminders before a reward expires, and what would have come in somebody's quiet hours. Each is
//! put into the queue of pushes when it is due, and forgotten after that.

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

/// Puts all that is due into the queue. Where that fails for a shard, it is done for the others, and the first failure
/// is told.
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

/// One page of a shard; whether there may be more.
async fn call_page(
    environment: &Environment,
    outbox: &Outbox,
    shard: u8,
    invocation: &Invocation,
) -> Result<bool, Error> {
    let due = notices::due(&environment.store, shard, invocation.now, PAGE).await?;
    if !outbox.push.is_off() {
        // First into the queue, then forgotten: what dies in between is put there again, and the queue or the results of the
        // pushes know it by what it is.
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
    // What cannot be forgotten is first in the next page, too: as long as there is anything else, that has its turn.
    Ok(passed > 0
        && due.len() == usize::try_from(PAGE).unwrap_or_default()
        && tokio::time::Instant::now() < invocation.deadline)
}
