//! Calls addresses that somebody else has chosen, such as a webhook's: over HTTPS to public hosts, and nowhere else. So
//! nobody reaches through Moments what only Moments can reach. Signs nothing and knows no service.

mod public_dns;

use std::sync::OnceLock;
use std::time::Duration;

use aws_smithy_http_client::ConnectorBuilder;
use aws_smithy_http_client::tls::{Provider, rustls_provider::CryptoMode};
use aws_smithy_runtime_api::client::dns::SharedDnsResolver;
use aws_smithy_runtime_api::client::http::{HttpConnector as _, SharedHttpConnector};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_types::body::SdkBody;
use domain::Error;
use domain::web_address;
use http::Uri;

use crate::public_dns::{PublicOnly, SystemDns, is_not_public};

/// Why a call has no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NoAnswer {
    /// It took too long.
    #[error("no answer in time")]
    TimedOut,
    /// The host was not reached, or broke off.
    #[error("the host was not reached")]
    Unreachable,
    /// The address must not be called, or its name leads to no public address now.
    #[error("the address is not public")]
    Refused,
}

/// Returns the request that posts a JSON text. What the address needs beside that is up to the caller.
pub fn post_json(url: &str, body: &str) -> Result<HttpRequest, Error> {
    let mut request = request("POST", url, SdkBody::from(body))?;
    request.headers_mut().insert("content-type", "application/json");
    request.headers_mut().insert("content-length", body.len().to_string());
    Ok(request)
}

/// Returns the request that reads an address.
pub fn get(url: &str) -> Result<HttpRequest, Error> {
    request("GET", url, SdkBody::empty())
}

fn request(method: &str, url: &str, body: SdkBody) -> Result<HttpRequest, Error> {
    let unsendable = |_| Error::Internal("a call cannot be made".into());
    let mut request = HttpRequest::new(body);
    request.set_method(method).map_err(unsendable)?;
    request.set_uri(url).map_err(unsendable)?;
    request.headers_mut().insert("user-agent", concat!("moments/", env!("CARGO_PKG_VERSION")));
    Ok(request)
}

/// Makes calls. Connects at the first one and keeps connections.
#[derive(Debug)]
pub struct PublicHttp {
    allow_loopback: bool,
    /// Resolves names.
    dns: SharedDnsResolver,
    encrypted: OnceLock<SharedHttpConnector>,
    plain: OnceLock<SharedHttpConnector>,
}

impl PublicHttp {
    /// Calls public hosts, and this machine over plain HTTP if that is allowed: on a laptop. Makes no request.
    pub fn new(allow_loopback: bool) -> Self {
        Self::with_dns(allow_loopback, SharedDnsResolver::new(SystemDns))
    }

    /// As [`PublicHttp::new`], with another resolver of names, whose answers are checked all the same.
    pub fn with_dns(allow_loopback: bool, dns: SharedDnsResolver) -> Self {
        Self { allow_loopback, dns, encrypted: OnceLock::new(), plain: OnceLock::new() }
    }

    /// As [`PublicHttp::new`], over a transport that stands in for the Internet in tests. Addresses are checked all the
    /// same.
    pub fn through(transport: SharedHttpConnector) -> Self {
        let http = Self::new(false);
        let _ = http.encrypted.set(transport);
        http
    }

    /// Fails unless the address is `https://` and a name, without a user. Refuses numeric addresses and private names.
    /// Each call checks where the name leads.
    pub fn check(&self, url: &str) -> Result<(), &'static str> {
        let printable = url.bytes().all(|byte| byte.is_ascii_graphic()) && !url.contains('#');
        if url.len() > 2_048 || !printable {
            return Err("must be at most 2,048 bytes of printable ASCII without spaces and fragment");
        }
        let uri: Uri = url.parse().map_err(|_| "must be a URL")?;
        let (host, authority) = (uri.host().unwrap_or_default(), uri.authority().map_or("", |found| found.as_str()));
        if authority.contains('@') {
            return Err("must not name a user");
        }
        if uri.scheme_str() == Some("http") && self.allow_loopback && matches!(host, "localhost" | "127.0.0.1") {
            return Ok(());
        }
        if uri.scheme_str() != Some("https") {
            return Err("must begin with https://");
        }
        if !is_public_name(host) {
            return Err("must name a public host, not an address or a private name");
        }
        web_address::https(url).map(drop)
    }

    /// Makes one call. Follows no redirects.
    pub async fn call(&self, request: HttpRequest, patience: Duration) -> Result<HttpResponse, NoAnswer> {
        let url = request.uri();
        if self.check(url).is_err() {
            return Err(NoAnswer::Refused);
        }
        // A scheme in capitals encrypts, too.
        let connector = if !url.starts_with("http://") {
            let rustls = || ConnectorBuilder::default().tls_provider(Provider::Rustls(CryptoMode::Ring));
            let build = || SharedHttpConnector::new(rustls().build_with_resolver(PublicOnly(self.dns.clone())));
            self.encrypted.get_or_init(build)
        } else {
            // Only to this machine by its own name, see `check`.
            self.plain.get_or_init(|| SharedHttpConnector::new(ConnectorBuilder::default().build_http()))
        };
        match tokio::time::timeout(patience, connector.call(request)).await {
            Ok(Ok(response)) => Ok(response),
            Ok(Err(error)) if is_not_public(&error) => Err(NoAnswer::Refused),
            Ok(Err(_)) => Err(NoAnswer::Unreachable),
            Err(_) => Err(NoAnswer::TimedOut),
        }
    }
}

/// True if a host is a name of at least two parts, the last of which is neither a number (resolvers take it for an
/// address, in any notation) nor known only in private networks.
fn is_public_name(host: &str) -> bool {
    let host = host.trim_end_matches('.').to_ascii_lowercase();
    let Some((rest, last)) = host.rsplit_once('.') else { return false };
    let number = last.starts_with(|first: char| first.is_ascii_digit()) || host.contains([':', '[']);
    !rest.is_empty() && !number && !matches!(last, "" | "local" | "localhost" | "internal" | "lan" | "home" | "arpa")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn http(allow_loopback: bool) -> PublicHttp {
        PublicHttp::new(allow_loopback)
    }

    #[test]
    fn only_public_names_over_https_may_be_called() {
        let http = http(false);
        for good in [
            "https://hooks.example/moments?x=1",
            "https://a.b.example:8443/",
            "https://1.example",
            "HTTPS://HOOKS.EXAMPLE/",
        ] {
            assert_eq!(http.check(good), Ok(()), "{good}");
        }
        let bad = [
            "http://hooks.example/",
            "http://localhost:1/",
            "https://localhost/",
            "https://127.0.0.1/",
            "https://10.0.0.1/",
            "https://169.254.169.254/latest/meta-data",
            "https://2130706433/",
            "https://127.1/",
            "https://0x7f.0.0.1/",
            "https://a.0x7f000001/",
            "https://[::1]/",
            "https://[fd00::1]:443/",
            "https://user@hooks.example/",
            "https://user:word@hooks.example/",
            "https://metadata.google.internal/",
            "https://printer.local./",
            "https://hooks/",
            "https:///x",
            "ftp://hooks.example/",
            "hooks.example",
            "https://hooks.example/a b",
            "https://hooks.example/#a",
            // Source: these were taken.
            "https://hooks.example:99999/",
            "https://a..example/",
            "https://[::1/x",
            "",
        ];
        for bad in bad {
            assert!(http.check(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn plain_http_goes_to_this_machine_where_it_is_allowed_and_nowhere_else() {
        let http = http(true);
        assert_eq!(http.check("http://localhost:8080/hook"), Ok(()));
        assert_eq!(http.check("http://127.0.0.1:8080/hook"), Ok(()));
        for bad in ["http://hooks.example/", "https://127.0.0.1/", "http://127.0.0.1.example/", "http://10.0.0.1/"] {
            assert!(http.check(bad).is_err(), "{bad}");
        }
    }
}
