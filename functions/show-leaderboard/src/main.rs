//! Runs `show-leaderboard` on Lambda: configuration in, invocations answered.

use edge::runtime;
use outbound_queue::Queue;
use show_leaderboard::Environment;
use store::Store;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), runtime::StartError> {
    let settings = runtime::start()?;
    let queue = Queue::new(&settings.competition_queue, &settings);
    let environment = &*Box::leak(Box::new((Environment::new(Store::new(&settings), &settings), queue)));
    environment.0.table.store.warm().await;
    runtime::run(env!("CARGO_PKG_NAME"), &settings, |event, invocation| {
        show_leaderboard::handle(&environment.0, &environment.1, event, invocation)
    })
    .await
}
