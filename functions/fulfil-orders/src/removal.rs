//! By schedule: removes the addresses whose time has come. DynamoDB removes those that this misses some days later, and
//! no answer shows them in between.

use domain::Error;
use domain::id::REWARD_SHARDS;
use futures_util::{StreamExt as _, stream};
use invocation::Invocation;
use store::Environment;
use store::shipping_addresses;
use tokio::time::Instant;

/// Addresses that are read at a time.
const PAGE: i32 = 100;

/// Removals at a time.
const AT_ONCE: usize = 16;

/// Removes every address that is due.
pub(crate) async fn remove_due(environment: &Environment, invocation: &Invocation) -> Result<(), Error> {
    let (mut removed, mut failed) = (0, None);
    for shard in 0..REWARD_SHARDS {
        // For a moment, the index still shows what is removed: a shard is finished once a page removes nothing.
        loop {
            // A failure in one shard, or at one address, does not stop the others.
            let (found, error) = match remove_page(environment, shard, invocation).await {
                Ok(page) => page,
                Err(error) => (0, Some(error)),
            };
            if let Some(error) = error {
                tracing::warn!(error.cause = %error, "not every address that is due was removed");
                failed = Some(error);
            }
            removed += found;
            if found == 0 || Instant::now() >= invocation.deadline {
                break;
            }
        }
    }
    if removed > 0 {
        tracing::info!(addresses.removed = removed, "addresses removed");
    }
    failed.map_or(Ok(()), Err)
}

/// Handles one page of a shard. Returns how many addresses it removed, and a failure, if there was one.
async fn remove_page(
    environment: &Environment,
    shard: u8,
    invocation: &Invocation,
) -> Result<(usize, Option<Error>), Error> {
    let (store, now) = (&environment.store, invocation.now);
    let due = shipping_addresses::due(store, shard, now, PAGE).await?;
    let removals: Vec<_> =
        due.iter().map(|removal| invocation.contained(shipping_addresses::remove(store, removal, now))).collect();
    let removed: Vec<Result<bool, Error>> = stream::iter(removals).buffer_unordered(AT_ONCE).collect().await;
    // A failure at one address does not stop the others.
    let (mut count, mut failed) = (0, None);
    for result in removed {
        match result {
            Ok(removed) => count += usize::from(removed),
            Err(error) => failed = Some(error),
        }
    }
    Ok((count, failed))
}
