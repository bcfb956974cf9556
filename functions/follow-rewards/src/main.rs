//! Runs `follow-rewards` on Lambda: configuration in, invocations answered.

use outbound_queue::Queue;
use shared::{Environment, runtime};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), runtime::StartError> {
    let settings = runtime::start()?;
    let aside = Queue::new(&settings.set_aside_queue, &settings);
    let environment = &*Box::leak(Box::new((Environment::new(&settings), aside)));
    environment.0.warm().await;
    runtime::run(env!("CARGO_PKG_NAME"), &settings, |event, invocation| {
        follow_rewards::handle(&environment.0, &environment.1, event, invocation)
    })
    .await
}
