//! Work that repeats in the background until the system stops.

use std::time::Duration;

use crate::LocalError;

/// Decides if delayed work (a retry, a hidden message) waits for its time. Tests ignore delays.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Delays {
    /// Work waits for its time.
    Respected,
    /// Work is due at once.
    Ignored,
}

/// Repeats `step` until `stop` resolves; the step at hand is finished first. `step` returns true if it had work to do.
/// Without work, or after an error, the loop pauses.
pub(crate) async fn repeat<Step: Future<Output = Result<bool, LocalError>>>(
    work: &str,
    step: impl Fn() -> Step,
    stop: impl Future<Output = ()>,
) {
    tokio::pin!(stop);
    loop {
        let pause = match step().await {
            Ok(true) => Duration::ZERO,
            Ok(false) => Duration::from_millis(50),
            Err(error) => {
                tracing::error!(work, error.cause = %error, "background work failed");
                Duration::from_secs(1)
            }
        };
        tokio::select! {
            biased;
            () = &mut stop => return,
            () = tokio::time::sleep(pause) => {}
        }
    }
}
