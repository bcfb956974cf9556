//! Walks through every app for a schedule. An app that takes long, cannot be read or panics delays no other.

use domain::Error;
use domain::id::AppId;
use futures_util::stream::{self, Stream, StreamExt as _, TryStreamExt as _};
use invocation::Invocation;
use store::{Store, apps};
use tokio::time::Instant;

/// Apps that are read in one request.
const PAGE: u32 = 100;

/// Apps that work at the same time: it takes as many slow ones to delay the others.
const AT_ONCE: usize = 16;

/// Runs a schedule's work for every app while time is left, and returns the sum. Fails if the apps cannot be listed.
pub async fn every_app<F>(
    store: &Store,
    invocation: &Invocation,
    schedule: &'static str,
    work: impl Fn(AppId) -> F,
) -> Result<usize, Error>
where
    F: Future<Output = Result<usize, Error>>,
{
    let one = |listed: Result<AppId, Error>| {
        let begun = listed.map(|app| (invocation.in_time(work(app.clone())), app));
        async move {
            let (done, app) = begun?;
            done.await.or_else(|error| {
                tracing::warn!(app.id = %app, schedule, error.cause = %error, "an app's work for a schedule failed");
                Ok(0)
            })
        }
    };
    let has_time = |_: &Result<AppId, Error>| std::future::ready(Instant::now() < invocation.deadline);
    let done: Vec<Result<usize, Error>> =
        listed(store).take_while(has_time).map(one).buffer_unordered(AT_ONCE).collect().await;
    done.into_iter().sum()
}

/// Lists every app, page by page. Ends after an error.
fn listed(store: &Store) -> impl Stream<Item = Result<AppId, Error>> {
    let pages = stream::try_unfold(Some(None), move |after: Option<Option<AppId>>| async move {
        let Some(after) = after else { return Ok::<_, Error>(None) };
        let (page, more) = apps::list(store, PAGE, after.as_ref()).await?;
        let ids = page.into_iter().map(|app| Ok(app.app_id));
        Ok(Some((stream::iter(ids.collect::<Vec<_>>()), more.map(Some))))
    });
    pages.try_flatten()
}
