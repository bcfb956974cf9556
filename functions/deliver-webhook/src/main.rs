//! Runs `deliver-webhook` on Lambda: configuration in, invocations answered.

use edge::runtime;
use outbound_webhooks::Environment;
use store::Store;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), runtime::StartError> {
    let settings = runtime::start()?;
    let environment = &*Box::leak(Box::new(Environment::new(Store::new(&settings), &settings)));
    environment.store.warm().await;
    runtime::run(env!("CARGO_PKG_NAME"), &settings, |event, invocation| {
        deliver_webhook::handle(environment, event, invocation)
    })
    .await
}
