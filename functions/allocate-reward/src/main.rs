//! Runs `allocate-reward` on Lambda: configuration in, invocations answered.

use shared::{Environment, runtime};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), runtime::StartError> {
    let settings = runtime::start()?;
    let environment = &*Box::leak(Box::new(Environment::new(&settings)));
    environment.warm().await;
    runtime::run(env!("CARGO_PKG_NAME"), &settings, |event, invocation| {
        allocate_reward::handle(environment, event, invocation)
    })
    .await
}
