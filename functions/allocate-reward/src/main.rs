//! Runs `allocate-reward` on Lambda: configuration in, invocations answered.

use edge::runtime;
use rewarding::Environment;
use store::Store;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), runtime::StartError> {
    let settings = runtime::start()?;
    let environment = &*Box::leak(Box::new(Environment::new(Store::new(&settings), &settings)));
    environment.store.warm().await;
    runtime::run(env!("CARGO_PKG_NAME"), &settings, |event, invocation| {
        allocate_reward::handle(environment, event, invocation)
    })
    .await
}
