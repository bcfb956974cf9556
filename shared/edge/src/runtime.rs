//! Runs a function: the only place below `main` that reads the process's environment and the clock. The code inside
//! gets [`Settings`] and an [`Invocation`] as values, so that tests and the laptop choose both.

use std::sync::Arc;
use std::time::Duration;

use aws::Settings;
use domain::Error;
use invocation::{Invocation, whole_milliseconds};
use jiff::Timestamp;
use lambda_runtime::{Diagnostic, LambdaEvent, service_fn};
use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::time::Instant;

use crate::telemetry;

/// The error of a `main`.
pub type StartError = lambda_runtime::Error;

/// Turns logs on and reads the settings.
pub fn start() -> Result<Settings, StartError> {
    #[expect(clippy::disallowed_methods, reason = "the one place where the environment is read")]
    let settings = Settings::read(|name| std::env::var(name).ok())?;
    telemetry::init(&settings.log_level);
    Ok(settings)
}

/// Answers invocations of `function` with `handle` until Lambda ends the environment.
pub async fn run<Event, Output, Handle, Answer>(
    function: &'static str,
    settings: &Settings,
    handle: Handle,
) -> Result<(), StartError>
where
    Event: DeserializeOwned,
    Output: Serialize,
    Handle: Fn(Event, Invocation) -> Answer,
    Answer: Future<Output = Result<Output, Error>>,
{
    let (handle, stage) = (Arc::new(handle), Arc::<str>::from(settings.stage.as_str()));
    lambda_runtime::run(service_fn(move |event: LambdaEvent<Event>| {
        let (handle, stage) = (Arc::clone(&handle), Arc::clone(&stage));
        // Boxed: the runtime wraps the future in many layers, and each would carry the whole state of a handler.
        Box::pin(async move {
            let (invocation, began) = (invocation(&event.context), Instant::now());
            let (now, metrics) = (invocation.now, Arc::clone(&invocation.metrics));
            let answer = handle(event.payload, invocation).await;
            for line in metrics.lines(&stage, function, began.elapsed(), now) {
                telemetry::print(&line);
            }
            answer.map_err(|error| failure(&error))
        })
    }))
    .await
}

fn invocation(context: &lambda_runtime::Context) -> Invocation {
    let now = whole_milliseconds(clock());
    let left = u64::try_from(now.as_millisecond()).map_or(0, |now| context.deadline.saturating_sub(now));
    Invocation::new(now, Duration::from_millis(left), context.request_id.clone()).with_clock(clock)
}

#[expect(clippy::disallowed_methods, reason = "the one place where the clock is read")]
fn clock() -> Timestamp {
    Timestamp::now()
}

/// Returns the error that Lambda shows when a whole invocation fails.
pub fn failure(error: &Error) -> Diagnostic {
    let (error_type, error_message) = match error {
        Error::Unavailable(_) => ("Unavailable", error.to_string()),
        _ => ("Internal", error.to_string()),
    };
    Diagnostic { error_type: error_type.to_owned(), error_message }
}
