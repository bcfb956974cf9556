//! A model of DynamoDB's physics between the SDK and the embedded database, for what no emulator shows: service times,
//! item-level transaction conflicts, throttled partition keys, an index that lags, and answers that get lost. It is an
//! HTTP transport of the SDK, so that everything above it is what runs on Lambda; it lives on tokio's paused clock, so
//! that minutes pass in seconds; and all its chance comes from one seed.
//!
//! What it models, and what not, is in `docs/contention-model.md`.

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

/// A modelled table. Clones are the same table.
#[derive(Clone)]
pub struct Model(Arc<Service>);

/// What comes back to the caller.
#[derive(Debug, Clone, PartialEq)]
pub enum Reply {
    /// An HTTP status and a body.
    Answer(u16, Value),
    /// The connection breaks.
    Broken,
    /// Nothing, ever.
    Silence,
}

impl Model {
    /// An empty table as `template` defines it, at the time `start`. Must be called on a tokio runtime whose clock is
    /// paused.
    pub fn new(template: &Template, physics: Physics, start: Timestamp, seed: u64) -> Self {
        Self(Arc::new(Service::new(template, physics, start, seed)))
    }

    /// A new environment's access to the table, with chance of its own.
    pub fn store(&self, settings: &Settings, seed: u64) -> Store {
        Store::through(self.transport(None), settings, StdRng::seed_from_u64(seed))
    }

    /// The same, with a tape in between.
    pub fn taped_store(&self, settings: &Settings, seed: u64, tape: &Tape) -> Store {
        Store::through(self.transport(Some(tape.clone())), settings, StdRng::seed_from_u64(seed))
    }

    /// The table below the model, for checks that see everything at once.
    pub fn database(&self) -> &Database {
        &self.0.database
    }

    /// From now on this goes wrong.
    pub fn set_faults(&self, faults: Faults) {
        *lock(&self.0.faults) = faults;
    }

    /// What has happened so far.
    pub fn figures(&self) -> Figures {
        *lock(&self.0.figures)
    }

    /// Carries out one request as the service would, from its departure to the arrival of its reply.
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
        // A task of its own: what has been sent is carried out, whatever becomes of the one who waits for the answer.
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
