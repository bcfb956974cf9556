//! A model of DynamoDB's physics between the SDK and the embedded database. It adds what no emulator has: service
//! times, conflicts of transactions on items, throttled partition keys, a lagging index and lost answers. It is an HTTP
//! transport of the SDK, so all code above it is the deployed code. It runs on tokio's paused clock, and one seed
//! determines all chance.
//!
//! `docs/contention-model.md` says what it models, and what not.

mod capacity;
mod errors;
mod figures;
mod index;
mod physics;
mod request;
mod service;
mod tape;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use aws::Settings;
use aws_smithy_runtime_api::client::http::{
    HttpConnector, HttpConnectorFuture, SharedHttpClient, SharedHttpConnector, http_client_fn,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_types::body::SdkBody;
use dynoxide::Database;
use jiff::Timestamp;
use local::template::Template;
use rand::SeedableRng;
use rand::rngs::StdRng;
use serde_json::Value;
use store::Store;
use tokio::sync::oneshot;

pub use figures::Figures;
pub use physics::{Faults, Physics, ServiceTime};
use request::Request;
use service::Service;
pub use tape::Tape;

/// A modelled table. Clones share it.
#[derive(Clone)]
pub struct Model(Arc<Service>);

/// The reply to a request.
#[derive(Debug, Clone, PartialEq)]
pub enum Reply {
    /// An HTTP status and a body.
    Answer(u16, Value),
    /// The connection breaks.
    Broken,
    /// No reply at all.
    Silence,
}

impl Model {
    /// Makes the template's table, empty, at the time `start`. Needs a tokio runtime with a paused clock.
    pub fn new(template: &Template, physics: Physics, start: Timestamp, seed: u64) -> Self {
        Self(Arc::new(Service::new(template, physics, start, seed)))
    }

    /// Returns a new environment's store, with its own seed.
    pub fn store(&self, settings: &Settings, seed: u64) -> Store {
        Store::through(self.transport(None), settings, StdRng::seed_from_u64(seed))
    }

    /// Returns a store with a tape before the table.
    pub fn taped_store(&self, settings: &Settings, seed: u64, tape: &Tape) -> Store {
        Store::through(self.transport(Some(tape.clone())), settings, StdRng::seed_from_u64(seed))
    }

    /// The table itself, for checks.
    pub fn database(&self) -> &Database {
        &self.0.database
    }

    /// Sets the faults.
    pub fn set_faults(&self, faults: Faults) {
        *lock(&self.0.faults) = faults;
    }

    /// Returns the counters.
    pub fn figures(&self) -> Figures {
        *lock(&self.0.figures)
    }

    /// Forgets what the partitions of boards in the index were charged.
    pub fn forget_charges(&self) {
        lock(&self.0.write_capacity).forget_charges();
    }

    /// Returns the most write units that one partition of a board in the index was charged since.
    pub fn most_charged(&self) -> f64 {
        lock(&self.0.write_capacity).most_charged()
    }

    /// Handles a request as the service does, from its departure to the arrival of the reply.
    pub async fn send(&self, operation: &str, body: Value) -> Reply {
        match Request::read(operation, body) {
            Some(request) => self.0.serve(request).await,
            None => Reply::Answer(400, errors::unknown_operation()),
        }
    }

    fn transport(&self, tape: Option<Tape>) -> SharedHttpClient {
        let connector = SharedHttpConnector::new(Connector { model: self.clone(), tape });
        http_client_fn(move |_, _| connector.clone())
    }
}

/// The SDK's connection to the model.
struct Connector {
    model: Model,
    tape: Option<Tape>,
}

impl std::fmt::Debug for Connector {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Connector")
    }
}

impl HttpConnector for Connector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let target = request.headers().get("x-amz-target").unwrap_or_default();
        let operation = target.rsplit('.').next().unwrap_or_default().to_owned();
        let body = request.body().bytes().and_then(|body| serde_json::from_slice(body).ok()).unwrap_or_default();
        let (model, tape, (sender, receiver)) = (self.model.clone(), self.tape.clone(), oneshot::channel());
        // A task of its own: the service handles a request even if the caller goes away.
        tokio::spawn(async move {
            let reply = match tape {
                Some(tape) => tape.send(&model, &operation, body).await,
                None => model.send(&operation, body).await,
            };
            let _ = sender.send(reply);
        });
        HttpConnectorFuture::new(async move {
            match receiver.await {
                Ok(Reply::Answer(status, body)) => Ok(response(status, &body)),
                Ok(Reply::Broken) => Err(ConnectorError::io("the connection broke".into())),
                Ok(Reply::Silence) | Err(_) => std::future::pending().await,
            }
        })
    }
}

fn response(status: u16, body: &Value) -> HttpResponse {
    let status = aws_smithy_runtime_api::http::StatusCode::try_from(status).unwrap();
    let mut response = HttpResponse::new(status, SdkBody::from(body.to_string()));
    response.headers_mut().insert("x-amzn-requestid", "model");
    response
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
