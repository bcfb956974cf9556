//! An app's backend as far as webhooks see it: an HTTP server on this machine that keeps what it is sent, and answers as it
//! is told to.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Response};
use axum::routing::post;
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

/// One call.
#[derive(Debug, Clone)]
pub struct Received {
    /// Its headers.
    pub headers: HeaderMap,
    /// Its body, to the byte.
    pub body: Bytes,
}

impl Received {
    /// A header as text.
    pub fn header(&self, name: &str) -> &str {
        self.headers[name].to_str().unwrap()
    }

    /// The body as JSON.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    /// The event's type.
    pub fn event_type(&self) -> String {
        self.json()["type"].as_str().unwrap().to_owned()
    }

    /// The signature that the published library of the scheme makes of this call.
    pub fn signed_with(&self, secret: &str) -> String {
        let webhook = standardwebhooks::Webhook::new(secret).unwrap();
        let seconds = self.header("webhook-timestamp").parse().unwrap();
        webhook.sign(self.header("webhook-id"), seconds, &self.body).unwrap()
    }
}

#[derive(Default)]
struct Kept {
    received: Mutex<Vec<Received>>,
    status: Mutex<u16>,
    takes: Mutex<Duration>,
}

/// See the file's first lines. It ends when it is dropped.
pub struct Receiver {
    /// Where it is.
    pub url: String,
    kept: Arc<Kept>,
    serving: JoinHandle<()>,
}

impl Receiver {
    /// One that answers 200.
    pub async fn start() -> Self {
        let kept = Arc::new(Kept { status: Mutex::new(200), ..Kept::default() });
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/hook", listener.local_addr().unwrap());
        let router = Router::new().route("/hook", post(take)).with_state(Arc::clone(&kept));
        let serving = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { url, kept, serving }
    }

    /// Sets what it answers from now on.
    pub fn answer(&self, status: u16) {
        *self.kept.status.lock().unwrap() = status;
    }

    /// Sets how long it takes to answer from now on.
    pub fn take_time(&self, takes: Duration) {
        *self.kept.takes.lock().unwrap() = takes;
    }

    /// Everything that was sent so far.
    pub fn received(&self) -> Vec<Received> {
        self.kept.received.lock().unwrap().clone()
    }

    /// Forgets what was sent so far, and returns it.
    pub fn take(&self) -> Vec<Received> {
        std::mem::take(&mut *self.kept.received.lock().unwrap())
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

async fn take(State(kept): State<Arc<Kept>>, headers: HeaderMap, body: Bytes) -> Response {
    kept.received.lock().unwrap().push(Received { headers, body });
    let takes = *kept.takes.lock().unwrap();
    tokio::time::sleep(takes).await;
    let status = StatusCode::from_u16(*kept.status.lock().unwrap()).unwrap();
    // A redirect leads back here: whoever followed it would be seen twice.
    (status, [("location", "/hook")]).into_response()
}
