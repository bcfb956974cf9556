//! Runs `follow-rewards` on Lambda: configuration in, invocations answered.

use edge::runtime;
use outbound_queue::Queue;
use rewarding::Environment;
use store::Store;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), runtime::StartError> {
    let settings = runtime::start()?;
    let aside = Queue::new(&settings.set_aside_queue, &settings);
    let environment = &*Box::leak(Box::new((Environment::new(Store::new(&settings), &settings), aside)));
    environment.0.store.warm().await;
    runtime::run(env!("CARGO_PKG_NAME"), &settings, |event, invocation| {
        follow_rewards::handle(&environment.0, &environment.1, event, invocation)
    })
    .await
}
