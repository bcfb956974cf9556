//! Pushes by device address through `SendMessages`, which outlives the rest of Amazon Pinpoint. It does not retry and
//! takes no idempotency token, so a collapse key lets a device show a repeated message once.

pub mod outbox;
pub mod payload;
pub mod verdict;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use aws::{Settings, http_client};
use aws_sdk_pinpoint::Client;
use aws_sdk_pinpoint::config::retry::RetryConfig;
use aws_sdk_pinpoint::config::timeout::TimeoutConfig;
use aws_sdk_pinpoint::config::{BehaviorVersion, Credentials, Region, SharedHttpClient};
use aws_sdk_pinpoint::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_pinpoint::operation::RequestId;
use aws_sdk_pinpoint::operation::send_messages::SendMessagesError;
use aws_sdk_pinpoint::types::{AddressConfiguration, MessageRequest};
use aws_smithy_runtime_api::client::http::{HttpConnector, HttpConnectorFuture, SharedHttpConnector, http_client_fn};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_runtime_api::client::result::ConnectorError;
use domain::Error;
use domain::device::Channel;
use domain::secret::DeviceAddress;
use serde_json::Value;

pub use payload::Notification;
pub use verdict::{PushVerdict, Sent};

/// The most addresses of one call.
pub const MAX_ADDRESSES: usize = 100;

/// The destination of pushes.
pub enum Push {
    /// To a Pinpoint application; on a laptop, to the push inbox, which speaks the same protocol.
    Pinpoint {
        /// The same SDK client in both cases.
        client: Box<Client>,
        /// The Pinpoint application's id.
        application: String,
    },
    /// Nowhere: no application is configured, so messages show only in the app.
    Off,
}

/// An address, and the first name for messages that use it.
#[derive(Debug, Clone)]
pub struct Recipient {
    /// The address.
    pub address: DeviceAddress,
    /// The value of [`payload::FIRST_NAME_VARIABLE`].
    pub first_name: Option<String>,
}

/// The cause why a whole call failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Failed {
    /// Pinpoint took nothing. A retry may work.
    Later(String),
    /// The answer was lost, so Pinpoint may have taken some.
    Unknown(String),
    /// Pinpoint took nothing, and takes nothing of this application before its operator changes something.
    Application(String),
    /// Pinpoint took nothing, and no retry of this request helps.
    Never(String),
}

impl From<Failed> for Error {
    fn from(failed: Failed) -> Self {
        match failed {
            Failed::Later(text) | Failed::Unknown(text) | Failed::Application(text) => Self::Unavailable(text),
            Failed::Never(text) => Self::Internal(text),
        }
    }
}

impl Push {
    /// The application of the settings. Makes no request.
    pub fn new(settings: &Settings) -> Self {
        Self::through(http_client(settings.pinpoint_endpoint.as_deref()), settings)
    }

    /// As [`Push::new`], over a transport that stands in for Pinpoint in tests.
    pub fn through(transport: SharedHttpClient, settings: &Settings) -> Self {
        if !settings.sends_pushes() {
            return Self::Off;
        }
        let mut config = config(transport, &settings.region, settings.signing_credentials());
        if let Some(endpoint) = &settings.pinpoint_endpoint {
            config = config.endpoint_url(endpoint);
        }
        let client = Box::new(Client::from_conf(config.build()));
        Self::Pinpoint { client, application: settings.pinpoint_application.clone() }
    }

    /// True if pushes go nowhere.
    pub fn is_off(&self) -> bool {
        matches!(self, Self::Off)
    }

    /// Sends one message to up to [`MAX_ADDRESSES`] different addresses of one channel. Returns the results in their
    /// order. The result of an address that Pinpoint omits is unknown, which is not a success.
    pub async fn send(
        &self,
        channel: Channel,
        recipients: &[Recipient],
        notification: &Notification<'_>,
    ) -> Result<Vec<Sent>, Failed> {
        let Self::Pinpoint { client, application } = self else { return Ok(Vec::new()) };
        let request = request(channel, recipients, notification);
        let answer = client.send_messages().application_id(application).message_request(request).send().await;
        let answer = answer.map_err(|error| failed(&error))?;
        let results = answer.message_response.and_then(|response| response.result).unwrap_or_default();
        Ok(recipients.iter().map(|to| verdict::judge(results.get(to.address.expose()))).collect())
    }
}

fn config(transport: SharedHttpClient, region: &str, credentials: Credentials) -> aws_sdk_pinpoint::config::Builder {
    let timeouts = TimeoutConfig::builder()
        .connect_timeout(Duration::from_secs(1))
        .operation_attempt_timeout(Duration::from_secs(10))
        .build();
    aws_sdk_pinpoint::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new(region.to_owned()))
        .http_client(transport)
        // The queue retries the devices that are not settled. No other layer retries.
        .retry_config(RetryConfig::disabled())
        .timeout_config(timeouts)
        .credentials_provider(credentials)
}

fn request(channel: Channel, recipients: &[Recipient], notification: &Notification<'_>) -> MessageRequest {
    let addresses = recipients.iter().map(|to| {
        let substitutions = to
            .first_name
            .as_ref()
            .map(|name| HashMap::from([(payload::FIRST_NAME_VARIABLE.to_owned(), vec![name.clone()])]));
        let address = AddressConfiguration::builder()
            .channel_type(payload::channel_type(channel))
            .set_substitutions(substitutions);
        (to.address.expose().to_owned(), address.build())
    });
    MessageRequest::builder()
        .set_addresses(Some(addresses.collect::<HashMap<_, _>>()))
        .message_configuration(payload::configuration(channel, notification))
        .build()
}

fn failed(error: &SdkError<SendMessagesError>) -> Failed {
    let code = error.code().unwrap_or("no answer");
    let text = format!("send messages: {code} (AWS request {})", error.request_id().unwrap_or("none"));
    // A connection that broke may have carried the whole request. An unreadable answer says no more than none.
    let unread = error.raw_response().is_some_and(|response| response.status().is_success());
    match error {
        SdkError::ConstructionFailure(_) => return Failed::Never(text),
        _ if never_connected(error) => return Failed::Later(text),
        SdkError::ServiceError(_) if !unread => {}
        _ => return Failed::Unknown(text),
    }
    match error.as_service_error() {
        Some(SendMessagesError::ForbiddenException(_) | SendMessagesError::NotFoundException(_)) => {
            Failed::Application(text)
        }
        Some(SendMessagesError::BadRequestException(_) | SendMessagesError::PayloadTooLargeException(_)) => {
            Failed::Never(text)
        }
        _ => Failed::Later(text),
    }
}

/// True if no connection was made, so that nothing was sent. Only the text of the HTTP client's error says so.
fn never_connected(error: &SdkError<SendMessagesError>) -> bool {
    let mut cause: Option<&(dyn std::error::Error + 'static)> = Some(error);
    while let Some(error) = cause {
        let words = error.to_string();
        if words.contains("(Connect)") || words.contains("HTTP connect timeout") {
            return true;
        }
        cause = error.source();
    }
    false
}

/// Returns the body of the request of [`Push::send`] as JSON. The same client builds it, and sends it nowhere.
pub async fn request_body(
    channel: Channel,
    recipients: &[Recipient],
    notification: &Notification<'_>,
) -> Result<Value, Error> {
    let kept = Keeper::default();
    let connector = SharedHttpConnector::new(kept.clone());
    let transport = http_client_fn(move |_, _| connector.clone());
    let nobody = Credentials::new("none", "none", None, None, "preview");
    let client = Client::from_conf(config(transport, "us-east-1", nobody).build());
    let request = request(channel, recipients, notification);
    let _ = client.send_messages().application_id("preview").message_request(request).send().await;
    let body = kept.0.lock().unwrap_or_else(PoisonError::into_inner).take();
    body.ok_or_else(|| Error::Internal("a preview has no body".into()))
}

/// Keeps the body of a request instead of sending it.
#[derive(Debug, Clone, Default)]
struct Keeper(Arc<Mutex<Option<Value>>>);

impl HttpConnector for Keeper {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let body = request.body().bytes().and_then(|body| serde_json::from_slice(body).ok());
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = body;
        HttpConnectorFuture::ready(Err(ConnectorError::io("a preview is not sent".into())))
    }
}
