//! Like `floor`, with one request made at initialization: the floor of a function that is connected at its first
//! event.

use edge::runtime;
use serde_json::Value;
use store::{Environment, Store};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), runtime::StartError> {
    let settings = runtime::start()?;
    let environment = &*Box::leak(Box::new(Environment::new(Store::new(&settings), &settings)));
    environment.store.warm().await;
    runtime::run(env!("CARGO_BIN_NAME"), &settings, |event: Value, _invocation| async move {
        let _ = environment;
        Ok(event)
    })
    .await
}
