//! EventBridge as a transport of the SDK: it keeps the published events, or fails on demand.

use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Arc, Mutex};

use aws_smithy_runtime_api::client::http::{
    HttpConnector, HttpConnectorFuture, SharedHttpClient, SharedHttpConnector, http_client_fn,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_types::body::SdkBody;
use serde_json::{Value, json};

/// The published events, and the fault. Clones share them.
#[derive(Debug, Clone, Default)]
pub struct EventBridge(Arc<Kept>);

#[derive(Debug, Default)]
struct Kept {
    entries: Mutex<Vec<Value>>,
    operations: Mutex<Vec<String>>,
    fails: AtomicBool,
}

impl EventBridge {
    /// Returns every accepted entry.
    pub fn entries(&self) -> Vec<Value> {
        self.0.entries.lock().unwrap().clone()
    }

    /// Returns the header `x-amz-target` of each request.
    pub fn operations(&self) -> Vec<String> {
        self.0.operations.lock().unwrap().clone()
    }

    /// Makes every entry but the first of a call fail, or none.
    pub fn fail(&self, fails: bool) {
        self.0.fails.store(fails, Relaxed);
    }

    pub(crate) fn transport(&self) -> SharedHttpClient {
        let connector = SharedHttpConnector::new(self.clone());
        http_client_fn(move |_, _| connector.clone())
    }

    fn put(&self, entry: &Value, number: usize) -> Value {
        if self.0.fails.load(Relaxed) && number > 0 {
            return json!({"ErrorCode": "ThrottlingException", "ErrorMessage": "Rate exceeded"});
        }
        let mut entries = self.0.entries.lock().unwrap();
        entries.push(entry.clone());
        json!({"EventId": entries.len().to_string()})
    }
}

impl HttpConnector for EventBridge {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let target = request.headers().get("x-amz-target").unwrap().to_owned();
        self.0.operations.lock().unwrap().push(target);
        let body: Value = serde_json::from_slice(request.body().bytes().unwrap()).unwrap();
        let entries = body["Entries"].as_array().unwrap();
        let results: Vec<Value> = entries.iter().enumerate().map(|(number, entry)| self.put(entry, number)).collect();
        let failed = results.iter().filter(|result| result["ErrorCode"].is_string()).count();
        let answer = json!({"FailedEntryCount": failed, "Entries": results});
        let status = aws_smithy_runtime_api::http::StatusCode::try_from(200).unwrap();
        HttpConnectorFuture::ready(Ok(HttpResponse::new(status, SdkBody::from(answer.to_string()))))
    }
}
