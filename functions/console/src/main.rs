//! Runs `console` on Lambda: configuration in, invocations answered.

use edge::runtime;
use outbound_api::Api;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), runtime::StartError> {
    let settings = runtime::start()?;
    let api = &*Box::leak(Box::new(Api::new(&settings)));
    runtime::run(env!("CARGO_PKG_NAME"), &settings, |event, invocation| console::handle(api, event, invocation)).await
}
