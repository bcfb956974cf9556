//! A function that panics when its event says so, on the same rim as every function: what Lambda hears of a panic, and
//! whether the next invocation works, is a matter of that rim and not of what a function does.

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
