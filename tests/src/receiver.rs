//! An app's backend for webhooks: an HTTP server on this machine that keeps the calls and answers as a test says.

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

/// A call of the webhook.
#[derive(Debug, Clone)]
pub struct Received {
    /// The headers.
    pub headers: HeaderMap,
    /// The body.
    pub body: Bytes,
}

impl Received {
    /// Returns a header.
    pub fn header(&self, name: &str) -> &str {
        self.headers[name].to_str().unwrap()
    }

    /// Returns the body as JSON.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    /// Returns the event's type.
    pub fn event_type(&self) -> String {
        self.json()["type"].as_str().unwrap().to_owned()
    }

    /// Returns the signature of the scheme's published library for this call.
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

/// The server. Dropping it stops it.
pub struct Receiver {
    /// Its URL.
    pub url: String,
    kept: Arc<Kept>,
    serving: JoinHandle<()>,
}

impl Receiver {
    /// Starts a server that answers 200.
    pub async fn start() -> Self {
        let kept = Arc::new(Kept { status: Mutex::new(200), ..Kept::default() });
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/hook", listener.local_addr().unwrap());
        let router = Router::new().route("/hook", post(take)).with_state(Arc::clone(&kept));
        let serving = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { url, kept, serving }
    }

    /// Sets the status of further answers.
    pub fn answer(&self, status: u16) {
        *self.kept.status.lock().unwrap() = status;
    }

    /// Sets the time of further answers.
    pub fn take_time(&self, takes: Duration) {
        *self.kept.takes.lock().unwrap() = takes;
    }

    /// Returns all calls so far.
    pub fn received(&self) -> Vec<Received> {
        self.kept.received.lock().unwrap().clone()
    }

    /// Returns all calls so far and clears them.
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
    // A redirect leads back here, so a client that follows it calls twice.
    (status, [("location", "/hook")]).into_response()
}
