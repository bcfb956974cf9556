//! Access to AWS: the settings from the environment variables of `template.yaml`, one HTTP stack for every client, and
//! the credentials. The clients themselves live in `store` and in the crates under `outbound/`.

use std::time::Duration;

use aws_credential_types::Credentials;
use aws_smithy_http_client::Builder;
use aws_smithy_http_client::tls::{Provider, rustls_provider::CryptoMode};
use aws_smithy_runtime_api::client::http::SharedHttpClient;

/// The settings of a function.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The table's name.
    pub table: String,
    /// The address of DynamoDB, if not AWS's own.
    pub dynamodb_endpoint: Option<String>,
    /// The time limit of one attempt at a request to DynamoDB.
    pub dynamodb_timeout: Duration,
    /// The address of Pinpoint, if not AWS's own.
    pub pinpoint_endpoint: Option<String>,
    /// The Pinpoint application of all pushes.
    pub pinpoint_application: String,
    /// The address of SQS, if not AWS's own.
    pub sqs_endpoint: Option<String>,
    /// The URL of the queue of pushes; empty in functions without it.
    pub push_queue: String,
    /// The URL of the queue of failed pushes.
    pub push_dead_letters: String,
    /// The URL of the queue of announcements.
    pub announce_queue: String,
    /// The URL of the queue of boards to settle or recount.
    pub competition_queue: String,
    /// The URL of the queue of stream records set aside.
    pub set_aside_queue: String,
    /// The address of EventBridge, if not AWS's own.
    pub events_endpoint: Option<String>,
    /// The bus of domain events; empty publishes none.
    pub event_bus: String,
    /// The address of KMS, if not AWS's own.
    pub kms_endpoint: Option<String>,
    /// The KMS key of shipping addresses; empty encrypts none.
    pub address_key: String,
    /// The KMS key of suppliers' credentials; empty encrypts none.
    pub supplier_key: String,
    /// The address of a stand-in for Amazon Incentives and Tremendous: on a laptop.
    pub supplier_endpoint: Option<String>,
    /// The address of Moments' own API, if not the host at which the caller called.
    pub api_endpoint: Option<String>,
    /// True on a laptop: a webhook or an identity provider may be on this machine, without encryption.
    pub allow_loopback_http: bool,
    /// The base of redeem links; empty means the URL of the app's latest admin request.
    pub public_url: String,
    /// The time that an environment remembers campaigns.
    pub catalog_age: Duration,
    /// The AWS region.
    pub region: String,
    /// The credentials, which Lambda sets for an environment's life.
    pub credentials: Option<Credentials>,
    /// The lowest level that is logged.
    pub log_level: String,
    /// The deployment's name in metrics.
    pub stage: String,
}

impl Settings {
    /// Reads the settings from `variable`, which looks up an environment variable.
    pub fn read(variable: impl Fn(&str) -> Option<String>) -> Result<Self, String> {
        let text = |name: &str| variable(name).filter(|value| !value.is_empty());
        let needed = |name: &str| text(name).ok_or_else(|| format!("environment variable {name} is not set"));
        let seconds = |name: &str, default: f64| {
            let seconds =
                text(name).map_or(Ok(default), |value| value.parse::<f64>().map_err(|error| error.to_string()));
            let duration =
                seconds.and_then(|seconds| Duration::try_from_secs_f64(seconds).map_err(|error| error.to_string()));
            duration.map_err(|error| format!("environment variable {name} must be a number of seconds: {error}"))
        };
        let keys = text("AWS_ACCESS_KEY_ID").zip(text("AWS_SECRET_ACCESS_KEY"));
        Ok(Self {
            table: needed("TABLE_NAME")?,
            dynamodb_endpoint: text("DYNAMODB_ENDPOINT"),
            dynamodb_timeout: seconds("DYNAMODB_TIMEOUT_SECONDS", 2.0)?,
            pinpoint_endpoint: text("PINPOINT_ENDPOINT"),
            pinpoint_application: text("PINPOINT_APPLICATION_ID").unwrap_or_default(),
            sqs_endpoint: text("SQS_ENDPOINT"),
            push_queue: text("PUSH_QUEUE").unwrap_or_default(),
            push_dead_letters: text("PUSH_DEAD_LETTERS").unwrap_or_default(),
            announce_queue: text("ANNOUNCE_QUEUE").unwrap_or_default(),
            competition_queue: text("COMPETITION_QUEUE").unwrap_or_default(),
            set_aside_queue: text("SET_ASIDE_QUEUE").unwrap_or_default(),
            events_endpoint: text("EVENTS_ENDPOINT"),
            event_bus: text("EVENT_BUS").unwrap_or_default(),
            kms_endpoint: text("KMS_ENDPOINT"),
            address_key: text("ADDRESS_KEY").unwrap_or_default(),
            supplier_key: text("SUPPLIER_KEY").unwrap_or_default(),
            supplier_endpoint: text("SUPPLIER_ENDPOINT"),
            api_endpoint: text("API_ENDPOINT"),
            allow_loopback_http: text("ALLOW_LOOPBACK_HTTP").as_deref() == Some("true"),
            public_url: text("PUBLIC_URL").unwrap_or_default().trim_end_matches('/').to_owned(),
            catalog_age: seconds("CATALOG_SECONDS", 15.0)?,
            region: text("AWS_REGION").unwrap_or_else(|| "us-east-1".to_owned()),
            credentials: keys.map(|(access_key, secret_key)| {
                Credentials::new(access_key, secret_key, text("AWS_SESSION_TOKEN"), None, "environment")
            }),
            log_level: text("LOG_LEVEL").unwrap_or_else(|| "info".to_owned()),
            stage: text("STAGE").unwrap_or_else(|| "none".to_owned()),
        })
    }

    /// True if pushes are sent: the deployment names a Pinpoint application.
    pub fn sends_pushes(&self) -> bool {
        !self.pinpoint_application.is_empty()
    }

    /// Returns the credentials. On a laptop, any will do.
    pub fn signing_credentials(&self) -> Credentials {
        self.credentials.clone().unwrap_or_else(|| Credentials::new("none", "none", None, None, "environment"))
    }
}

/// Returns the HTTP stack. Endpoints on this machine get plain HTTP, which spares loading the root certificates.
pub fn http_client(endpoint: Option<&str>) -> SharedHttpClient {
    if endpoint.is_some_and(|endpoint| endpoint.starts_with("http://")) {
        Builder::new().build_http()
    } else {
        Builder::new().tls_provider(Provider::Rustls(CryptoMode::Ring)).build_https()
    }
}
