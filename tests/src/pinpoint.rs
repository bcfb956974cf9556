//! Pinpoint as a transport of the SDK: the laptop's push inbox behind a network with latency. Checks every request
//! against the model that AWS publishes.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use aws_smithy_runtime_api::client::http::{
    HttpConnector, HttpConnectorFuture, SharedHttpClient, SharedHttpConnector, http_client_fn,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_types::body::SdkBody;
use local::push_inbox::PushInbox;
use rand::SeedableRng;
use rand::rngs::StdRng;

use crate::contention::ServiceTime;
use crate::published_model;

/// Assumed. No measured figure depends on it.
const SERVICE_TIME: ServiceTime = ServiceTime { median: 80.0, spread: 0.5 };

/// Method and path of each request to Pinpoint.
pub(crate) type Asked = Arc<Mutex<BTreeSet<String>>>;

/// Returns a transport to the inbox.
pub(crate) fn transport(inbox: Arc<PushInbox>, asked: Asked, seed: u64) -> SharedHttpClient {
    let connector = Connector { inbox, asked, random: Arc::new(Mutex::new(StdRng::seed_from_u64(seed))) };
    let connector = SharedHttpConnector::new(connector);
    http_client_fn(move |_, _| connector.clone())
}

struct Connector {
    inbox: Arc<PushInbox>,
    asked: Asked,
    random: Arc<Mutex<StdRng>>,
}

impl std::fmt::Debug for Connector {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Connector")
    }
}

impl HttpConnector for Connector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let path =
            request.uri().split_once("://").and_then(|(_, rest)| rest.split_once('/')).map_or("", |(_, path)| path);
        self.asked.lock().unwrap().insert(format!("{} /{path}", request.method()));
        let body = request.body().bytes().map(|body| serde_json::from_slice(body).unwrap()).unwrap_or_default();
        published_model::check_request(&body);
        let (inbox, takes) = (Arc::clone(&self.inbox), SERVICE_TIME.sample(&mut *self.random.lock().unwrap()));
        HttpConnectorFuture::new(async move {
            tokio::time::sleep(takes / 2).await;
            let (status, answer) = inbox.send_messages("model", &body);
            if answer == local::push_inbox::LOST {
                return Err(ConnectorError::timeout("the answer is lost".into()));
            }
            if status == 200 {
                published_model::check_response(&answer);
            }
            tokio::time::sleep(takes / 2).await;
            let status = aws_smithy_runtime_api::http::StatusCode::try_from(status).unwrap();
            Ok(HttpResponse::new(status, SdkBody::from(answer.to_string())))
        })
    }
}
