//! The rim of a function: the only place below `main` that reads the process's environment and the clock. Everything
//! inside gets [`Settings`] and an [`Invocation`] as values, so that tests and the laptop decide both.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt as _;
use jiff::{SignedDuration, Timestamp};
use lambda_runtime::{Diagnostic, LambdaEvent, service_fn};
use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::time::Instant;

use crate::error::Error;
use crate::instant::Sum as _;
use crate::metrics::Metrics;
use crate::telemetry;

/// What a `main` may fail with.
pub type StartError = lambda_runtime::Error;

/// How long before Lambda's time limit nothing new is begun, so that an answer still gets out.
pub const RESERVE: Duration = Duration::from_millis(500);

/// How far into the reserve one piece of work (an event of a batch, a stream record) may still take.
const PIECE: Duration = Duration::from_millis(250);

/// How far into the reserve the whole may take, before the answer is that there was no time.
const WHOLE: Duration = Duration::from_millis(350);

/// What the environment variables of `template.yaml` say.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The table's name.
    pub table: String,
    /// Where DynamoDB is, if not where AWS has it.
    pub dynamodb_endpoint: Option<String>,
    /// How long one attempt at a request to DynamoDB may take.
    pub dynamodb_timeout: Duration,
    /// Where Pinpoint is, if not where AWS has it.
    pub pinpoint_endpoint: Option<String>,
    /// The Pinpoint application that pushes go through.
    pub pinpoint_application: String,
    /// Where SQS is, if not where AWS has it.
    pub sqs_endpoint: Option<String>,
    /// The URL of the queue of pushes; empty where pushes are neither sent nor queued.
    pub push_queue: String,
    /// The URL of the queue of pushes that were given up.
    pub push_dead_letters: String,
    /// The URL of the queue of announcements.
    pub announce_queue: String,
    /// The URL of the queue of stream records that were set aside.
    pub set_aside_queue: String,
    /// Where EventBridge is, if not where AWS has it.
    pub events_endpoint: Option<String>,
    /// The bus that domain events are published on; empty publishes none.
    pub event_bus: String,
    /// Where KMS is, if not where AWS has it.
    pub kms_endpoint: Option<String>,
    /// The KMS key that shipping addresses are encrypted under; empty encrypts none.
    pub address_key: String,
    /// Whether a webhook may be on this machine, without encryption: on a laptop.
    pub webhooks_allow_http: bool,
    /// The base of redeem links; empty means the URL at which the app was last administered.
    pub public_url: String,
    /// How long campaigns are remembered.
    pub catalog_age: Duration,
    /// AWS region.
    pub region: String,
    /// AWS access key, secret and session token.
    pub credentials: Option<Credentials>,
    /// The least severe level that is logged.
    pub log_level: String,
    /// The deployment's name in metrics.
    pub stage: String,
}

/// What requests to AWS are signed with. Lambda sets it for the life of an environment.
#[derive(Clone)]
pub struct Credentials {
    pub(crate) access_key: String,
    pub(crate) secret_key: String,
    pub(crate) session_token: Option<String>,
}

impl std::fmt::Debug for Credentials {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("[Credentials redacted]")
    }
}

impl Settings {
    /// True if pushes are sent: the deployment names a Pinpoint application.
    pub fn sends_pushes(&self) -> bool {
        !self.pinpoint_application.is_empty()
    }

    /// Reads the settings from `variable`, which looks up an environment variable.
    pub fn read(variable: impl Fn(&str) -> Option<String>) -> Result<Self, String> {
        let text = |name: &str| variable(name).filter(|value| !value.is_empty());
        let needed = |name: &str| text(name).ok_or_else(|| format!("environment variable {name} is not set"));
        let seconds = |name: &str, default: f64| {
            let seconds =
                text(name).map_or(Ok(default), |value| value.parse::<f64>().map_err(|error| error.to_string()));
            let duration =
                seconds.and_then(|seconds| Duration::try_from_secs_f64(seconds).map_err(|error| error.to_string()));
            duration.map_err(|error| format!("environment variable {name} must be a number of seconds: {error}"))
        };
        let credentials = text("AWS_ACCESS_KEY_ID").zip(text("AWS_SECRET_ACCESS_KEY"));
        Ok(Self {
            table: needed("TABLE_NAME")?,
            dynamodb_endpoint: text("DYNAMODB_ENDPOINT"),
            dynamodb_timeout: seconds("DYNAMODB_TIMEOUT_SECONDS", 2.0)?,
            pinpoint_endpoint: text("PINPOINT_ENDPOINT"),
            pinpoint_application: text("PINPOINT_APPLICATION_ID").unwrap_or_default(),
            sqs_endpoint: text("SQS_ENDPOINT"),
            push_queue: text("PUSH_QUEUE").unwrap_or_default(),
            push_dead_letters: text("PUSH_DEAD_LETTERS").unwrap_or_default(),
            announce_queue: text("ANNOUNCE_QUEUE").unwrap_or_default(),
            set_aside_queue: text("SET_ASIDE_QUEUE").unwrap_or_default(),
            events_endpoint: text("EVENTS_ENDPOINT"),
            event_bus: text("EVENT_BUS").unwrap_or_default(),
            kms_endpoint: text("KMS_ENDPOINT"),
            address_key: text("ADDRESS_KEY").unwrap_or_default(),
            webhooks_allow_http: text("WEBHOOKS_ALLOW_HTTP").as_deref() == Some("true"),
            public_url: text("PUBLIC_URL").unwrap_or_default().trim_end_matches('/').to_owned(),
            catalog_age: seconds("CATALOG_SECONDS", 15.0)?,
            region: text("AWS_REGION").unwrap_or_else(|| "us-east-1".to_owned()),
            credentials: credentials.map(|(access_key, secret_key)| Credentials {
                access_key,
                secret_key,
                session_token: text("AWS_SESSION_TOKEN"),
            }),
            log_level: text("LOG_LEVEL").unwrap_or_else(|| "info".to_owned()),
            stage: text("STAGE").unwrap_or_else(|| "none".to_owned()),
        })
    }
}

/// One invocation: when it happens, until when it may run, and what it is called.
#[derive(Debug, Clone)]
pub struct Invocation {
    /// The time, read once.
    pub now: Timestamp,
    /// When to stop beginning anything new.
    pub deadline: Instant,
    /// Names the request in answers and logs.
    pub request_id: String,
    /// What it does, in figures.
    pub metrics: Arc<Metrics>,
    began: Instant,
}

impl Invocation {
    /// One that begins now, at the time `now`, and ends at the latest in so long.
    pub fn new(now: Timestamp, left: Duration, request_id: String) -> Self {
        let began = Instant::now();
        Self { now, deadline: began + left.saturating_sub(RESERVE), request_id, metrics: Arc::default(), began }
    }

    /// The time by now, for what takes most of a minute.
    pub fn by_now(&self) -> Timestamp {
        whole_milliseconds(self.now.plus(SignedDuration::try_from(self.began.elapsed()).unwrap_or_default()))
    }

    /// Does a piece of work, unless there is no time left to begin it or it takes too long. Given up in the middle, it is as
    /// if the function had been killed there, which whatever is written survives; but it is answered. A panic ends this piece
    /// alone ([`Invocation::contained`]).
    pub fn in_time<T>(&self, work: impl Future<Output = Result<T, Error>>) -> impl Future<Output = Result<T, Error>> {
        self.until(PIECE, self.contained(work))
    }

    /// Does a piece of work beside others: a panic in it is an [`Error::Internal`] of this piece, and the others go on. An
    /// alarm counts the panics. The panic hook has written to the log where it was.
    pub fn contained<T>(
        &self,
        work: impl Future<Output = Result<T, Error>>,
    ) -> impl Future<Output = Result<T, Error>> + Unpin {
        // What a panic leaves behind is a memory of the environment at worst, and no memory is trusted.
        let work = AssertUnwindSafe(Box::pin(work)).catch_unwind();
        let metrics = Arc::clone(&self.metrics);
        Box::pin(async move {
            work.await.unwrap_or_else(|_| {
                metrics.defect();
                Err(Error::Internal("the code panicked".into()))
            })
        })
    }

    /// The same for all of an invocation's work: what its pieces came to still gets out.
    pub fn whole_in_time<T>(
        &self,
        work: impl Future<Output = Result<T, Error>>,
    ) -> impl Future<Output = Result<T, Error>> {
        // A panic here ends the invocation: nothing else is in it, and Lambda counts the failure.
        self.until(WHOLE, Box::pin(work))
    }

    // Boxed by its callers: each layer around a handler's future would carry all of its state once more.
    async fn until<T>(&self, into_reserve: Duration, work: impl Future<Output = Result<T, Error>>) -> Result<T, Error> {
        if Instant::now() >= self.deadline {
            return Err(Error::Unavailable("no time is left to begin".into()));
        }
        let done = tokio::time::timeout_at(self.deadline + into_reserve, work).await;
        done.unwrap_or_else(|_| Err(Error::Unavailable("out of time".into())))
    }
}

/// Starts a function: logs on, settings read.
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
    #[expect(clippy::disallowed_methods, reason = "the one place where the clock is read")]
    let now = whole_milliseconds(Timestamp::now());
    let left = u64::try_from(now.as_millisecond()).map_or(0, |now| context.deadline.saturating_sub(now));
    Invocation::new(now, Duration::from_millis(left), context.request_id.clone())
}

/// The time as the table stores it: what an answer shows now is what any later one shows.
pub fn whole_milliseconds(time: Timestamp) -> Timestamp {
    Timestamp::from_millisecond(time.as_millisecond()).unwrap_or(time)
}

/// What Lambda is told when a function fails as a whole.
pub fn failure(error: &Error) -> Diagnostic {
    let (error_type, error_message) = match error {
        Error::Unavailable(_) => ("Unavailable", error.to_string()),
        _ => ("Internal", error.to_string()),
    };
    Diagnostic { error_type: error_type.to_owned(), error_message }
}
