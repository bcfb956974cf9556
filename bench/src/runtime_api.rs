//! A Lambda Runtime API server for one process: it notes when the process asks for its first event, hands it that one
//! event, and notes when the answer comes.

use std::sync::Arc;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{Response, StatusCode};
use axum::routing::{get, post};
use tokio::net::TcpListener;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::sync::{Mutex, oneshot};

/// What the process did.
pub(crate) enum Happened {
    /// It asked for its first event.
    Ready(Instant),
    /// It answered, or reported an error; with what.
    Answered(Instant, bool, Vec<u8>),
}

struct Server {
    event: Mutex<Option<Vec<u8>>>,
    happened: UnboundedSender<Happened>,
}

/// A running server; it ends when this is dropped.
pub(crate) struct RuntimeApi {
    /// `host:port`, as `AWS_LAMBDA_RUNTIME_API` wants it.
    pub(crate) address: String,
    /// What the process did, as it happens.
    pub(crate) happened: UnboundedReceiver<Happened>,
    _stop: oneshot::Sender<()>,
}

/// Starts a server that hands out `event`, once.
pub(crate) async fn start(event: Vec<u8>) -> Result<RuntimeApi, String> {
    let listener = TcpListener::bind("127.0.0.1:0").await.map_err(|error| error.to_string())?;
    let address = listener.local_addr().map_err(|error| error.to_string())?.to_string();
    let (sender, happened) = unbounded_channel();
    let (stop, stopped) = oneshot::channel::<()>();
    let server = Arc::new(Server { event: Mutex::new(Some(event)), happened: sender });
    let router = Router::new()
        .route("/2018-06-01/runtime/invocation/next", get(next))
        .route("/2018-06-01/runtime/invocation/{id}/response", post(response))
        .route("/2018-06-01/runtime/invocation/{id}/error", post(error))
        .with_state(server);
    let stopped = async move {
        let _ = stopped.await;
    };
    tokio::spawn(async move { axum::serve(listener, router).with_graceful_shutdown(stopped).await });
    Ok(RuntimeApi { address, happened, _stop: stop })
}

async fn next(State(server): State<Arc<Server>>) -> Response<Body> {
    let now = Instant::now();
    let Some(event) = server.event.lock().await.take() else {
        // There is no second event: the process waits until it is ended.
        std::future::pending::<()>().await;
        return Response::new(Body::empty());
    };
    let _ = server.happened.send(Happened::Ready(now));
    #[expect(clippy::disallowed_methods, reason = "the Runtime API tells a deadline by the clock on the wall")]
    let deadline = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |now| now.as_millis()) + 10_000;
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
