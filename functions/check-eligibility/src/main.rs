//! Runs `check-eligibility` on Lambda: configuration in, invocations answered.

use edge::runtime;
use store::{Environment, Store};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), runtime::StartError> {
    let settings = runtime::start()?;
    let environment = &*Box::leak(Box::new(Environment::new(Store::new(&settings), &settings)));
    environment.store.warm().await;
    runtime::run(env!("CARGO_PKG_NAME"), &settings, |event, invocation| {
        check_eligibility::handle(environment, event, invocation)
    })
    .await
}
