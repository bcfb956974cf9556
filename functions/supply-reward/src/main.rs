//! Runs `supply-reward` on Lambda: configuration in, invocations answered.

use edge::runtime;
use outbound_kms::CredentialsCipher;
use outbound_suppliers::SupplierClient;
use store::{Environment, Store};
use supply_reward::Suppliers;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), runtime::StartError> {
    let settings = runtime::start()?;
    let environment = &*Box::leak(Box::new(Environment::new(Store::new(&settings), &settings)));
    let (cipher, client) = (CredentialsCipher::new(&settings), SupplierClient::new(&settings));
    let suppliers = &*Box::leak(Box::new(Suppliers::new(cipher, client)));
    environment.store.warm().await;
    runtime::run(env!("CARGO_PKG_NAME"), &settings, |event, invocation| {
        supply_reward::handle(environment, suppliers, event, invocation)
    })
    .await
}
