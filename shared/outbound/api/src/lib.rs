//! Calls Moments' own public API, with the caller's credential and nothing else. The API alone decides what the caller
//! may do. This crate holds no credential, follows no redirect and reads no table.

use std::sync::OnceLock;
use std::time::Duration;

use aws::Settings;
use aws_smithy_http_client::tls::{Provider, rustls_provider::CryptoMode};
use aws_smithy_http_client::{Connector, ConnectorBuilder};
use aws_smithy_runtime_api::client::http::HttpConnector as _;
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::byte_stream::ByteStream;
use domain::Error;
use serde_json::Value;

/// The longest time for an answer.
const TIMEOUT: Duration = Duration::from_secs(8);

/// The longest time for the answer to a file, of which every row is stored.
const FILE_TIMEOUT: Duration = Duration::from_secs(26);

/// The largest answer that is read: Lambda's own limit.
const MOST_BYTES: usize = 6 << 20;

/// Calls the API. Connects at the first call and keeps its connections.
#[derive(Debug)]
pub struct Api {
    /// The base of the API's addresses. `None` means the host at which the caller called.
    endpoint: Option<String>,
    encrypted: OnceLock<Connector>,
    plain: OnceLock<Connector>,
}

/// One call.
#[derive(Debug, Clone, Copy)]
pub struct Call<'a> {
    /// The host at which the caller called, as API Gateway names it. Never a header of the caller.
    pub host: &'a str,
    /// `GET`, `PUT`, …
    pub method: &'a str,
    /// Path and query, encoded.
    pub path: &'a str,
    /// The caller's session or key.
    pub key: Option<&'a str>,
    /// The version that the caller has seen.
    pub if_match: Option<u64>,
    /// The body, if the call has one.
    pub body: Option<Body<'a>>,
}

/// The body of a call.
#[derive(Debug, Clone, Copy)]
pub enum Body<'a> {
    /// A JSON value.
    Json(&'a Value),
    /// A file as it is.
    File {
        /// Its media type.
        media_type: &'static str,
        /// Its content.
        bytes: &'a [u8],
    },
}

impl Body<'_> {
    fn content(&self) -> (&'static str, Vec<u8>) {
        match self {
            Self::Json(value) => ("application/json", value.to_string().into_bytes()),
            Self::File { media_type, bytes } => (media_type, bytes.to_vec()),
        }
    }
}

/// An answer of the API.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// The version that the answer shows, by its `ETag`.
    pub version: Option<u64>,
    /// The seconds after which a repetition makes sense.
    pub retry_after: Option<u64>,
    /// The body; null if there is none.
    pub body: Value,
}

impl Api {
    /// The API of the settings. Makes no request.
    pub fn new(settings: &Settings) -> Self {
        Self { endpoint: settings.api_endpoint.clone(), encrypted: OnceLock::new(), plain: OnceLock::new() }
    }

    /// Returns the scheme of the addresses at which browsers see the API: plain on a laptop.
    pub fn scheme(&self) -> &'static str {
        let is_plain = self.endpoint.as_ref().is_some_and(|endpoint| endpoint.starts_with("http://"));
        if is_plain { "http" } else { "https" }
    }

    /// Makes a call. Fails with `Unavailable` if no answer arrives.
    pub async fn call(&self, call: Call<'_>) -> Result<Answer, Error> {
        let base = self.endpoint.clone().unwrap_or_else(|| format!("https://{}", call.host));
        let unsendable = |_| Error::Internal("a call of the API cannot be made".into());
        let content = call.body.map(|body| body.content());
        let patience = if matches!(call.body, Some(Body::File { .. })) { FILE_TIMEOUT } else { TIMEOUT };
        let described = content.as_ref().map(|(media_type, bytes)| (*media_type, bytes.len()));
        let mut request = HttpRequest::new(content.map_or_else(SdkBody::empty, |(_, bytes)| SdkBody::from(bytes)));
        request.set_method(call.method).map_err(unsendable)?;
        request.set_uri(format!("{base}{}", call.path)).map_err(unsendable)?;
        let headers = request.headers_mut();
        headers.insert("accept", "application/json");
        headers.insert("user-agent", concat!("moments-console/", env!("CARGO_PKG_VERSION")));
        if let Some((media_type, length)) = described {
            headers.insert("content-type", media_type);
            headers.insert("content-length", length.to_string());
        } else if call.method != "GET" {
            headers.insert("content-length", "0");
        }
        for (name, value) in [
            ("x-api-key", call.key.map(str::to_owned)),
            ("if-match", call.if_match.map(|version| format!("\"{version}\""))),
        ] {
            if let Some(value) = value {
                headers.try_insert(name, value).map_err(|_| Error::Unauthenticated)?;
            }
        }
        let silent = |cause: &str| Error::Unavailable(format!("the API did not answer: {cause}"));
        match tokio::time::timeout(patience, self.send(request)).await {
            Ok(answer) => answer,
            Err(_) => Err(silent("time is over")),
        }
    }

    async fn send(&self, request: HttpRequest) -> Result<Answer, Error> {
        let silent = |cause: &str| Error::Unavailable(format!("the API did not answer: {cause}"));
        let connector = if request.uri().starts_with("http://") {
            self.plain.get_or_init(|| ConnectorBuilder::default().build_http())
        } else {
            let rustls = || ConnectorBuilder::default().tls_provider(Provider::Rustls(CryptoMode::Ring));
            self.encrypted.get_or_init(|| rustls().build())
        };
        let mut response = connector.call(request).await.map_err(|_| silent("no connection"))?;
        let number = |name: &str| response.headers().get(name)?.trim_matches('"').parse::<u64>().ok();
        let (version, retry_after) = (number("etag"), number("retry-after"));
        let (status, body) = (response.status().as_u16(), std::mem::replace(response.body_mut(), SdkBody::taken()));
        let bytes = read(body).await.map_err(silent)?;
        let body = if bytes.is_empty() { Ok(Value::Null) } else { serde_json::from_slice(&bytes) };
        // API Gateway's own answers are JSON, too; anything else is not the API.
        let body = body.map_err(|_| silent("its answer is not JSON"))?;
        Ok(Answer { status, version, retry_after, body })
    }
}

/// Reads a body to its end, up to [`MOST_BYTES`].
async fn read(body: SdkBody) -> Result<Vec<u8>, &'static str> {
    let (mut bytes, mut stream) = (Vec::new(), ByteStream::new(body));
    while let Some(part) = stream.next().await {
        bytes.extend_from_slice(&part.map_err(|_| "its answer broke off")?);
        if bytes.len() > MOST_BYTES {
            return Err("its answer is too large");
        }
    }
    Ok(bytes)
}
