//! Runs `publish-events` on Lambda: configuration in, invocations answered.

use edge::runtime;
use outbound_events::EventBus;
use outbound_queue::Queue;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), runtime::StartError> {
    let settings = runtime::start()?;
    let pushes = settings.sends_pushes().then(|| Queue::new(&settings.push_queue, &settings));
    let destinations = &*Box::leak(Box::new((pushes, EventBus::new(&settings))));
    runtime::run(env!("CARGO_PKG_NAME"), &settings, |event, invocation| {
        publish_events::handle(destinations.0.as_ref(), &destinations.1, event, invocation)
    })
    .await
}
