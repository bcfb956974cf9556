//! Runs `settle-competition` on Lambda: configuration in, invocations answered.

use edge::runtime;
use outbound_queue::Queue;
use rewarding::Environment;
use store::Store;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), runtime::StartError> {
    let settings = runtime::start()?;
    let environment = Environment::new(Store::new(&settings), &settings);
    let queue = Queue::new(&settings.competition_queue, &settings);
    let environment = &*Box::leak(Box::new((environment, queue)));
    environment.0.store.warm().await;
    runtime::run(env!("CARGO_PKG_NAME"), &settings, |event, invocation| {
        settle_competition::handle(&environment.0, &environment.1, event, invocation)
    })
    .await
}
