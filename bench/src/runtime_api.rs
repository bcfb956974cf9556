//! A Lambda Runtime API server for one process, and the process: it is handed one event after the other, and it is noted
//! when it asks for one and when it answers.

use std::path::{Path, PathBuf};
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

/// How long a process may take for its start or an answer.
const PATIENCE: Duration = Duration::from_secs(60);

/// The functions that do nothing, with which the others are compared: one only has a client of DynamoDB, the other has made
/// a request with it, as every function does while it is initialised.
pub(crate) const FLOORS: [&str; 2] = ["floor", "floor-connected"];

/// Every function with a sample event that does some work.
pub(crate) const FUNCTIONS: [(&str, &str); 8] = [
    ("authorize", "unknown-key"),
    ("submit-moment", "in-progress"),
    ("check-eligibility", "every-campaign"),
    ("allocate-reward", "campaign-not-live"),
    ("send-notification", "waiting"),
    ("redeem-reward", "no-route"),
    ("manage-users", "unknown-user"),
    ("manage-campaigns", "get-app"),
];

/// What a process did.
enum Happened {
    /// It asked for an event.
    Ready(Instant),
    /// It answered, or reported an error; with what.
    Answered(Instant, bool, Vec<u8>),
}

struct Server {
    events: Mutex<UnboundedReceiver<Vec<u8>>>,
    happened: UnboundedSender<Happened>,
}

/// A function's process. It ends when this is dropped.
pub(crate) struct Process {
    child: Child,
    started: Instant,
    events: UnboundedSender<Vec<u8>>,
    happened: UnboundedReceiver<Happened>,
    _stop: oneshot::Sender<()>,
}

/// An answer of a function.
pub(crate) struct Answer {
    /// From the moment that the process could have had the event to the arrival of its answer.
    pub(crate) took: Duration,
    /// Whether it is a result, and not an error.
    pub(crate) well: bool,
    /// As it came.
    pub(crate) body: Vec<u8>,
}

/// Builds the release binaries of all functions and of the floor, as `sam build` does: without what tests and benchmarks
/// add to the features of their dependencies.
pub(crate) async fn build(root: &Path) -> Result<(), String> {
    eprintln!("building the release binaries; the first time takes minutes");
    let mut cargo = Command::new("cargo");
    cargo.current_dir(root).args(["build", "--release", "--locked", "-p", "floor"]);
    for (name, _) in FUNCTIONS {
        cargo.args(["-p", name]);
    }
    let status = cargo.status().await.map_err(|error| format!("cargo: {error}"))?;
    if status.success() { Ok(()) } else { Err("the release binaries could not be built".into()) }
}

/// Where a release binary is: beside the benchmark itself, wherever the target folder is.
pub(crate) fn binary(root: &Path, name: &str) -> PathBuf {
    let own = std::env::current_exe().ok().and_then(|own| own.parent().map(Path::to_owned));
    let release = own.map(|own| own.with_file_name("release")).filter(|release| release.is_dir());
    release.unwrap_or_else(|| root.join("target/release")).join(name)
}

impl Process {
    /// Starts a binary, with its requests to DynamoDB going to `dynamodb`.
    pub(crate) async fn start(binary: &Path, dynamodb: &str) -> Result<Self, String> {
        let listener = TcpListener::bind("127.0.0.1:0").await.map_err(|error| error.to_string())?;
        let address = listener.local_addr().map_err(|error| error.to_string())?.to_string();
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
        let stopped = async move {
            let _ = stopped.await;
        };
        tokio::spawn(async move { axum::serve(listener, router).with_graceful_shutdown(stopped).await });
        let started = Instant::now();
        let child = Command::new(binary)
            .env_clear()
            .env("AWS_LAMBDA_RUNTIME_API", address)
            .env("AWS_LAMBDA_FUNCTION_NAME", "bench")
            .env("AWS_LAMBDA_FUNCTION_VERSION", "1")
            .env("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "256")
            .env("AWS_REGION", "us-east-1")
            .env("AWS_ACCESS_KEY_ID", "bench")
            .env("AWS_SECRET_ACCESS_KEY", "bench")
            .env("TABLE_NAME", local::database::TABLE)
            .env("DYNAMODB_ENDPOINT", dynamodb)
            .env("LOG_LEVEL", "info")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .map_err(|error| format!("{}: {error}", binary.display()))?;
        Ok(Self { child, started, events, happened, _stop: stop })
    }

    /// Waits until it asks for an event: how long after its start that was.
    pub(crate) async fn ready(&mut self) -> Result<Duration, String> {
        match self.next().await? {
            Happened::Ready(at) => Ok(at - self.started),
            Happened::Answered(..) => Err("it answered before it asked".into()),
        }
    }

    /// Hands it an event, once it is ready, and waits for its answer.
    pub(crate) async fn invoke(&mut self, event: Vec<u8>) -> Result<Answer, String> {
        let given = Instant::now();
        self.events.send(event).map_err(|_| "it is gone".to_owned())?;
        match self.next().await? {
            Happened::Answered(at, well, body) => Ok(Answer { took: at - given, well, body }),
            Happened::Ready(_) => Err("it asked twice".into()),
        }
    }

    /// The processor time it has used so far, all threads together, from Linux's scheduler.
    pub(crate) fn processor_time(&self) -> Result<Duration, String> {
        let failed = |error: std::io::Error| format!("processor time is not to be had here: {error}");
        let mut total = 0;
        for task in std::fs::read_dir(format!("/proc/{}/task", self.id())).map_err(failed)? {
            let file = task.map_err(failed)?.path().join("schedstat");
            let text = std::fs::read_to_string(file).map_err(failed)?;
            total +=
                text.split_whitespace().next().and_then(|nanoseconds| nanoseconds.parse::<u64>().ok()).unwrap_or(0);
        }
        Ok(Duration::from_nanos(total))
    }

    /// The most memory that it had resident so far, in MiB: `VmHWM` of Linux.
    pub(crate) fn peak_memory(&self) -> Result<f64, String> {
        let status =
            std::fs::read_to_string(format!("/proc/{}/status", self.id())).map_err(|error| error.to_string())?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let kilobytes = line.and_then(|line| line.split_whitespace().next()?.parse::<f64>().ok());
        kilobytes.map(|kilobytes| kilobytes / 1024.0).ok_or_else(|| "peak memory is not to be had here".to_owned())
    }

    /// Ends it and waits until it has ended.
    pub(crate) async fn end(mut self) -> Result<(), String> {
        self.child.kill().await.map_err(|error| error.to_string())
    }

    fn id(&self) -> u32 {
        self.child.id().unwrap_or_default()
    }

    async fn next(&mut self) -> Result<Happened, String> {
        let happened = tokio::time::timeout(PATIENCE, self.happened.recv()).await;
        happened.ok().flatten().ok_or_else(|| "it did not answer".to_owned())
    }
}

async fn next(State(server): State<Arc<Server>>) -> Response<Body> {
    let _ = server.happened.send(Happened::Ready(Instant::now()));
    let Some(event) = server.events.lock().await.recv().await else { return Response::new(Body::empty()) };
    #[expect(clippy::disallowed_methods, reason = "the Runtime API tells a deadline by the clock on the wall")]
    let deadline = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |now| now.as_millis()) + 29_000;
    let response = Response::builder()
        .header("lambda-runtime-aws-request-id", "8476a536-e9f4-11e8-9739-2dfe598c3fcd")
        .header("lambda-runtime-deadline-ms", deadline.to_string())
        .header("lambda-runtime-invoked-function-arn", "arn:aws:lambda:us-east-1:000000000000:function:bench")
        .body(Body::from(event));
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
