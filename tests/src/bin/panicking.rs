//! A function that panics if its event says so, on the runtime that all functions share. The runtime reports the panic
//! to Lambda and handles the next invocation.

use edge::runtime;
use serde_json::Value;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), runtime::StartError> {
    let settings = runtime::start()?;
    runtime::run("panicking", &settings, |event: Value, _invocation| async move {
        assert!(event["panic"] != true, "as the event wishes");
        Ok(event)
    })
    .await
}
