//! Runs `announce-campaign` on Lambda: configuration in, invocations answered.

use edge::runtime;
use outbound_push::outbox::Outbox;
use store::{Environment, Store};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), runtime::StartError> {
    let settings = runtime::start()?;
    let environment =
        &*Box::leak(Box::new((Environment::new(Store::new(&settings), &settings), Outbox::new(&settings))));
    environment.0.store.warm().await;
    runtime::run(env!("CARGO_PKG_NAME"), &settings, |event, invocation| {
        announce_campaign::handle(&environment.0, &environment.1, event, invocation)
    })
    .await
}
