//! One execution environment, as on Lambda: a function's binary behind its own Runtime API server. It gets one event
//! after the other; the server notes when it asks for one and when it answers.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Stdio;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{DefaultBodyLimit, State};
use axum::http::{Response, StatusCode};
use axum::routing::{get, post};
use tokio::net::TcpListener;
use tokio::process::{Child, Command};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::sync::{Mutex, oneshot};

/// Lambda's limit for the initialisation.
const INITIALISATION: Duration = Duration::from_secs(10);

/// Why a process did not answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ProcessError {
    /// The process did not start.
    #[error("{0}")]
    NotStarted(String),
    /// The process exited or was killed.
    #[error("the process ended: {0}")]
    Ended(String),
    /// The process exceeded its time limit.
    #[error("the process did not answer in time")]
    TimedOut,
    /// The process broke the Runtime API's protocol.
    #[error("the process {0}")]
    Confused(&'static str),
}

/// A step of a process.
enum Happened {
    /// The process asked for an event.
    Ready(Instant),
    /// The process answered (true) or reported an error (false), with the body.
    Answered(Instant, bool, Vec<u8>),
}

/// An event for the process.
struct Event {
    payload: Vec<u8>,
    request_id: String,
    timeout: Duration,
}

struct Server {
    events: Mutex<UnboundedReceiver<Event>>,
    happened: UnboundedSender<Happened>,
}

/// A running process. Dropping it kills the process.
pub struct Process {
    child: Child,
    started: Instant,
    ready: bool,
    events: UnboundedSender<Event>,
    happened: UnboundedReceiver<Happened>,
    _stop: oneshot::Sender<()>,
}

/// An answer of a function.
#[derive(Debug)]
pub struct Answer {
    /// Time from handing over the event to the answer.
    pub took: Duration,
    /// True for a result, false for an error.
    pub well: bool,
    /// The body of the answer.
    pub body: Vec<u8>,
}

impl Process {
    /// Starts a binary as the function `name`, with these variables and none of the caller's. Its log goes to `log`.
    pub async fn start(
        binary: &Path,
        name: &str,
        variables: &BTreeMap<String, String>,
        log: Stdio,
    ) -> Result<Self, ProcessError> {
        let failed = |error: std::io::Error| ProcessError::NotStarted(format!("{}: {error}", binary.display()));
        let listener = TcpListener::bind("127.0.0.1:0").await.map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?.to_string();
        let (events, waiting) = unbounded_channel();
        let (sender, happened) = unbounded_channel();
        let (stop, stopped) = oneshot::channel::<()>();
        let server = Arc::new(Server { events: Mutex::new(waiting), happened: sender });
        let router = Router::new()
            .route("/2018-06-01/runtime/invocation/next", get(next))
            .route("/2018-06-01/runtime/invocation/{id}/response", post(response))
            .route("/2018-06-01/runtime/invocation/{id}/error", post(error))
            .layer(DefaultBodyLimit::disable())
            .with_state(server);
        tokio::spawn(async move {
            tokio::select! {
                _ = axum::serve(listener, router) => {}
                _ = stopped => {}
            }
        });
        let started = Instant::now();
        let child = Command::new(binary)
            .env_clear()
            .env("AWS_LAMBDA_RUNTIME_API", address)
            .env("AWS_LAMBDA_FUNCTION_NAME", name)
            .env("AWS_LAMBDA_FUNCTION_VERSION", "1")
            .env("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "256")
            .env("AWS_REGION", "us-east-1")
            .envs(variables)
            .stdin(Stdio::null())
            .stdout(log)
            .stderr(Stdio::inherit())
            .kill_on_drop(true)
            .spawn()
            .map_err(failed)?;
        Ok(Self { child, started, ready: false, events, happened, _stop: stop })
    }

    /// Waits until the process asks for an event. Returns the time since its start.
    pub async fn ready(&mut self) -> Result<Duration, ProcessError> {
        match self.next(INITIALISATION).await? {
            Happened::Ready(at) => {
                self.ready = true;
                Ok(at - self.started)
            }
            Happened::Answered(..) => Err(ProcessError::Confused("answered before it was asked")),
        }
    }

    /// Hands the process an event once it is ready, and waits for the answer.
    pub async fn invoke(
        &mut self,
        payload: Vec<u8>,
        request_id: &str,
        timeout: Duration,
    ) -> Result<Answer, ProcessError> {
        if !self.ready {
            self.ready().await?;
        }
        self.ready = false;
        let given = Instant::now();
        let event = Event { payload, request_id: request_id.to_owned(), timeout };
        self.events.send(event).map_err(|_| ProcessError::Confused("no longer asks"))?;
        match self.next(timeout).await? {
            Happened::Answered(at, well, body) => Ok(Answer { took: at - given, well, body }),
            Happened::Ready(_) => Err(ProcessError::Confused("asked twice")),
        }
    }

    /// The process id; 0 after the process ended.
    pub fn id(&self) -> u32 {
        self.child.id().unwrap_or_default()
    }

    /// Kills the process and waits until it has ended.
    pub async fn end(mut self) {
        let _ = self.child.kill().await;
    }

    async fn next(&mut self, patience: Duration) -> Result<Happened, ProcessError> {
        tokio::select! {
            // A step before the end counts.
            biased;
            happened = self.happened.recv() => happened.ok_or(ProcessError::Confused("is no longer heard")),
            ended = self.child.wait() => {
                Err(ProcessError::Ended(ended.map_or_else(|error| error.to_string(), |status| status.to_string())))
            }
            () = tokio::time::sleep(patience) => Err(ProcessError::TimedOut),
        }
    }
}

async fn next(State(server): State<Arc<Server>>) -> Response<Body> {
    let _ = server.happened.send(Happened::Ready(Instant::now()));
    let Some(event) = server.events.lock().await.recv().await else { return Response::new(Body::empty()) };
    #[expect(clippy::disallowed_methods, reason = "the Runtime API tells a deadline by the clock on the wall")]
    let deadline = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default() + event.timeout;
    let response = Response::builder()
        .header("lambda-runtime-aws-request-id", event.request_id)
        .header("lambda-runtime-deadline-ms", deadline.as_millis().to_string())
        .header("lambda-runtime-invoked-function-arn", "arn:aws:lambda:us-east-1:000000000000:function:local")
        .body(Body::from(event.payload));
    response.unwrap_or_default()
}

async fn response(State(server): State<Arc<Server>>, body: Bytes) -> StatusCode {
    let _ = server.happened.send(Happened::Answered(Instant::now(), true, body.to_vec()));
    StatusCode::ACCEPTED
}

async fn error(State(server): State<Arc<Server>>, body: Bytes) -> StatusCode {
    let _ = server.happened.send(Happened::Answered(Instant::now(), false, body.to_vec()));
    StatusCode::ACCEPTED
}
