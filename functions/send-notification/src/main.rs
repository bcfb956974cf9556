//! Runs `send-notification` on Lambda: configuration in, invocations answered.

use outbound_push::ways::Ways;
use shared::{Environment, runtime};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), runtime::StartError> {
    let settings = runtime::start()?;
    let environment = &*Box::leak(Box::new((Environment::new(&settings), Ways::new(&settings))));
    environment.0.warm().await;
    runtime::run(env!("CARGO_PKG_NAME"), &settings, |event, invocation| {
        send_notification::handle(&environment.0, &environment.1, event, invocation)
    })
    .await
}
