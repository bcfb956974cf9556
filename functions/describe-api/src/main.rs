//! Runs `describe-api` on Lambda: configuration in, invocations answered.

use edge::runtime;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), runtime::StartError> {
    let settings = runtime::start()?;
    runtime::run(env!("CARGO_PKG_NAME"), &settings, describe_api::handle).await
}
