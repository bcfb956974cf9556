//! Checks each request of a function to AWS against the function's role, and refuses it in AWS's words. So a missing
//! permission shows on a laptop and in every test.

use std::sync::Arc;

use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, SharedHttpClient, SharedHttpConnector, http_client_fn,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::http::StatusCode;
use aws_smithy_types::body::SdkBody;
use serde_json::{Value, json};

use super::request;
use super::{Permission, Role};

/// Refuses requests that a role does not grant.
#[derive(Debug, Clone)]
pub struct Guard {
    role: Arc<Role>,
    /// The deployment's Pinpoint application.
    application: String,
}

impl Guard {
    /// Makes a guard for a role.
    pub fn new(role: Role, application: &str) -> Self {
        Self { role: Arc::new(role), application: application.to_owned() }
    }

    /// Wraps `transport`: requests that the role grants pass.
    pub fn before(&self, transport: SharedHttpClient) -> SharedHttpClient {
        let guard = self.clone();
        http_client_fn(move |settings, components| {
            let connector = transport.http_connector(settings, components);
            SharedHttpConnector::new(Guarded { guard: guard.clone(), connector })
        })
    }
}

#[derive(Debug)]
struct Guarded {
    guard: Guard,
    connector: SharedHttpConnector,
}

impl HttpConnector for Guarded {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let needed = request::permissions(&request, &self.guard.application);
        match needed.iter().find(|needed| !self.guard.role.allows(needed)) {
            None => self.connector.call(request),
            Some(missing) => HttpConnectorFuture::ready(Ok(refusal(&self.guard.role.name, missing))),
        }
    }
}

fn refusal(role: &str, missing: &Permission) -> HttpResponse {
    let Permission { action, resource, .. } = missing;
    tracing::error!(role, action, resource, "template.yaml: the role does not grant this");
    let mut response = HttpResponse::new(status(), SdkBody::from(denied(role, missing).to_string()));
    // Pinpoint's SDK reads the error code from this header.
    response.headers_mut().insert("x-amzn-errortype", "AccessDeniedException");
    response.headers_mut().insert("x-amzn-requestid", "local");
    response
}

/// The body of a refusal.
pub fn denied(role: &str, Permission { action, resource, .. }: &Permission) -> Value {
    let message = format!(
        "role {role} is not authorized to perform: {action} on resource: {resource} because no identity-based policy allows \
         the {action} action"
    );
    json!({ "__type": "com.amazon.coral.service#AccessDeniedException", "message": message })
}

#[expect(clippy::unwrap_used, reason = "400 is a status")]
fn status() -> StatusCode {
    StatusCode::try_from(400).unwrap()
}
