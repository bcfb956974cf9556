//! The HTTP calls that the library asks for, made with our own client: to public hosts, without redirects, with bounds
//! on time and size.

use std::pin::Pin;
use std::time::Duration;

use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::byte_stream::ByteStream;
use openidconnect::{AsyncHttpClient, HttpRequest as Asked, HttpResponse as Answered};
use outbound_public::NoAnswer;

use crate::IdentityClient;

/// The longest time for one answer.
const TIMEOUT: Duration = Duration::from_secs(3);

/// The largest answer that is read.
const MOST_BYTES: usize = 1 << 20;

impl<'a> AsyncHttpClient<'a> for IdentityClient {
    type Error = NoAnswer;
    type Future = Pin<Box<dyn Future<Output = Result<Answered, NoAnswer>> + Send + 'a>>;

    /// Makes one call. The time is that of the whole answer.
    fn call(&'a self, asked: Asked) -> Self::Future {
        Box::pin(
            async move { tokio::time::timeout(TIMEOUT, self.sent(asked)).await.unwrap_or(Err(NoAnswer::TimedOut)) },
        )
    }
}

impl IdentityClient {
    async fn sent(&self, asked: Asked) -> Result<Answered, NoAnswer> {
        let (parts, body) = asked.into_parts();
        let length = body.len();
        let mut request = HttpRequest::new(SdkBody::from(body));
        request.set_method(parts.method.as_str()).map_err(|_| NoAnswer::Refused)?;
        request.set_uri(parts.uri.to_string()).map_err(|_| NoAnswer::Refused)?;
        for (name, value) in &parts.headers {
            let value = value.to_str().map_err(|_| NoAnswer::Refused)?;
            request
                .headers_mut()
                .try_insert(name.as_str().to_owned(), value.to_owned())
                .map_err(|_| NoAnswer::Refused)?;
        }
        request.headers_mut().insert("user-agent", concat!("moments/", env!("CARGO_PKG_VERSION")));
        if length > 0 {
            request.headers_mut().insert("content-length", length.to_string());
        }
        let mut response = self.http.call(request, TIMEOUT).await?;
        let mut answered = http::Response::builder().status(response.status().as_u16());
        for name in ["content-type", "cache-control"] {
            if let Some(value) = response.headers().get(name) {
                answered = answered.header(name, value);
            }
        }
        let body = read(std::mem::replace(response.body_mut(), SdkBody::taken())).await?;
        answered.body(body).map_err(|_| NoAnswer::Unreachable)
    }
}

/// Reads a body to its end, up to [`MOST_BYTES`].
async fn read(body: SdkBody) -> Result<Vec<u8>, NoAnswer> {
    let (mut bytes, mut stream) = (Vec::new(), ByteStream::new(body));
    while let Some(part) = stream.next().await {
        bytes.extend_from_slice(&part.map_err(|_| NoAnswer::Unreachable)?);
        if bytes.len() > MOST_BYTES {
            return Err(NoAnswer::Unreachable);
        }
    }
    Ok(bytes)
}
