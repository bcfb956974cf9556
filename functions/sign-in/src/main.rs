//! Runs `sign-in` on Lambda: configuration in, invocations answered.

use edge::runtime;
use outbound_identity::IdentityClient;
use store::{Environment, Store};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), runtime::StartError> {
    let settings = runtime::start()?;
    let environment = &*Box::leak(Box::new(Environment::new(Store::new(&settings), &settings)));
    let identity = &*Box::leak(Box::new(IdentityClient::new(&settings)));
    environment.store.warm().await;
    runtime::run(env!("CARGO_PKG_NAME"), &settings, |event, invocation| {
        sign_in::handle(environment, identity, event, invocation)
    })
    .await
}
