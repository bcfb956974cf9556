//! Runs `manage-campaigns` on Lambda: configuration in, invocations answered.

use edge::runtime;
use rewarding::Environment;
use store::Store;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), runtime::StartError> {
    let settings = runtime::start()?;
    let store = Store::new(&settings);
    let webhooks = &*Box::leak(Box::new(outbound_webhooks::Environment::new(store.clone(), &settings)));
    let environment = &*Box::leak(Box::new(Environment::new(store, &settings)));
    environment.store.warm().await;
    runtime::run(env!("CARGO_PKG_NAME"), &settings, |event, invocation| {
        manage_campaigns::handle(environment, webhooks, event, invocation)
    })
    .await
}
