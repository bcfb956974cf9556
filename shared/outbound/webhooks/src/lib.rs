//! Calls webhooks: checks addresses, makes the call, and remembers endpoints that are down. `delivery` retries.

pub mod delivery;
mod environment;
mod public_dns;

use std::collections::HashMap;
use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::Duration;

use aws::Settings;
use aws_lambda_events::http::Uri;
use aws_smithy_http_client::tls::{Provider, rustls_provider::CryptoMode};
use aws_smithy_http_client::{Connector, ConnectorBuilder};
use aws_smithy_runtime_api::client::dns::SharedDnsResolver;
use aws_smithy_runtime_api::client::http::HttpConnector as _;
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_types::body::SdkBody;
use domain::id::{AppId, DomainEventId, WebhookId};
use domain::instant::Sum as _;
use domain::webhook::Webhook;
use domain::{Error, web_address};
use jiff::{SignedDuration, Timestamp};

pub use environment::Environment;

use crate::public_dns::{PublicOnly, SystemDns, is_not_public};

/// The longest time for an endpoint's answer.
pub const TIMEOUT: Duration = Duration::from_secs(15);

/// The result of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CallResult {
    /// A status. Only 2xx means that it took the event.
    Status(u16),
    /// It took longer than [`TIMEOUT`].
    TimedOut,
    /// It was not reached, or broke off.
    Unreachable,
    /// Its address must not be called any more, or its name leads to no public address now.
    Refused,
}

/// Failed calls in a row after which an environment considers an endpoint down.
const DOWN_AFTER: u32 = 3;

/// The time for which it does.
const DOWN_FOR: SignedDuration = SignedDuration::from_secs(60);

/// The failed calls of a webhook in a row.
#[derive(Debug)]
struct Failing {
    /// The version that failed. One whose URL or secret was changed starts anew.
    version: u64,
    times: u32,
    last: Timestamp,
}

/// Makes calls. Connects at the first one.
#[derive(Debug)]
pub struct Sender {
    allow_http: bool,
    /// Resolves names.
    dns: SharedDnsResolver,
    encrypted: OnceLock<Connector>,
    plain: OnceLock<Connector>,
    /// Recent failures. A hint.
    failing: Mutex<HashMap<(AppId, WebhookId), Failing>>,
}

impl Sender {
    /// The sender of the settings. Makes no request.
    pub fn new(settings: &Settings) -> Self {
        Self::with_dns(settings.webhooks_allow_http, SharedDnsResolver::new(SystemDns))
    }

    fn with_dns(allow_http: bool, dns: SharedDnsResolver) -> Self {
        Self { allow_http, dns, encrypted: OnceLock::new(), plain: OnceLock::new(), failing: Mutex::default() }
    }

    /// True if a webhook's endpoint was down just now. The schedule then sends new events. Otherwise an endpoint that
    /// hangs would take up every environment, and no app's events would get anywhere.
    pub fn is_down(&self, webhook: &Webhook, now: Timestamp) -> bool {
        let failing = self.failing.lock().unwrap_or_else(PoisonError::into_inner);
        let of = (webhook.app_id.clone(), webhook.webhook_id.clone());
        let of_it = failing.get(&of).filter(|failing| failing.version == webhook.version);
        of_it.is_some_and(|failing| failing.times >= DOWN_AFTER && now < failing.last.plus(DOWN_FOR))
    }

    /// Notes the result of a call.
    pub fn note(&self, webhook: &Webhook, taken: bool, now: Timestamp) {
        let mut failing = self.failing.lock().unwrap_or_else(PoisonError::into_inner);
        let of = (webhook.app_id.clone(), webhook.webhook_id.clone());
        if taken {
            failing.remove(&of);
        } else {
            let version = webhook.version;
            let earlier = failing.get(&of).filter(|failing| failing.version == version);
            let times = earlier.map_or(0, |failing| failing.times) + 1;
            failing.insert(of, Failing { version, times, last: now });
        }
    }

    /// Fails unless the address is `https://` and a name, without a user. Refuses numeric addresses and private names,
    /// so that nobody reaches with a webhook what only Moments can reach. Each call checks where the name leads.
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
        if uri.scheme_str() == Some("http") && self.allow_http && matches!(host, "localhost" | "127.0.0.1") {
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

    /// Makes one signed call. Follows no redirects, and reads only the status of the answer.
    pub async fn call(
        &self,
        webhook: &Webhook,
        id: &DomainEventId,
        body: &str,
        now: Timestamp,
    ) -> Result<CallResult, Error> {
        let url = webhook.url.expose();
        if self.check(url).is_err() {
            return Ok(CallResult::Refused);
        }
        let mut request = HttpRequest::new(SdkBody::from(body));
        let unsendable = |_| Error::Internal("a webhook call cannot be made".into());
        request.set_method("POST").map_err(unsendable)?;
        request.set_uri(url).map_err(unsendable)?;
        let headers = request.headers_mut();
        headers.insert("content-type", "application/json");
        headers.insert("content-length", body.len().to_string());
        headers.insert("user-agent", concat!("moments/", env!("CARGO_PKG_VERSION")));
        headers.insert("webhook-id", id.to_string());
        headers.insert("webhook-timestamp", now.as_second().to_string());
        headers.insert("webhook-signature", webhook.signature(id, body, now)?);
        // An earlier version stored a scheme in capitals: it encrypts, too.
        let connector = if !url.starts_with("http://") {
            let rustls = || ConnectorBuilder::default().tls_provider(Provider::Rustls(CryptoMode::Ring));
            self.encrypted.get_or_init(|| rustls().build_with_resolver(PublicOnly(self.dns.clone())))
        } else {
            // Only to this machine by its own name, see `check`.
            self.plain.get_or_init(|| ConnectorBuilder::default().build_http())
        };
        Ok(match tokio::time::timeout(TIMEOUT, connector.call(request)).await {
            Ok(Ok(response)) => CallResult::Status(response.status().as_u16()),
            Ok(Err(error)) if is_not_public(&error) => CallResult::Refused,
            Ok(Err(_)) => CallResult::Unreachable,
            Err(_) => CallResult::TimedOut,
        })
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
    use std::net::IpAddr;

    use aws_smithy_runtime_api::client::dns::{DnsFuture, ResolveDns};

    use domain::secret::{WebhookSecret, WebhookUrl};
    use domain::webhook::ALL;

    use super::*;

    fn sender(allow_http: bool) -> Sender {
        Sender::with_dns(allow_http, SharedDnsResolver::new(SystemDns))
    }

    /// Answers each look with the next list of addresses.
    #[derive(Debug)]
    struct Script(Mutex<Vec<Vec<IpAddr>>>);

    impl ResolveDns for Script {
        fn resolve_dns<'a>(&'a self, _: &'a str) -> DnsFuture<'a> {
            DnsFuture::ready(Ok(self.0.lock().unwrap().pop().unwrap()))
        }
    }

    /// Source: a webhook whose name resolved to 127.0.0.1 was connected to.
    #[tokio::test]
    async fn a_name_that_leads_inside_is_never_connected_to() {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let webhook = Webhook {
            app_id: "app".to_owned().try_into().unwrap(),
            webhook_id: "backend".to_owned().try_into().unwrap(),
            url: WebhookUrl::new(format!("https://hooks.example:{}/", listener.local_addr().unwrap().port())),
            events: vec![ALL.to_owned()],
            disabled: None,
            secret: WebhookSecret::new("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"),
            previous: Vec::new(),
            created_at: Timestamp::UNIX_EPOCH,
            version: 1,
        };
        // Each attempt resolves the name again: it led nowhere at first, and leads inside later.
        let script = ["", "127.0.0.1", "::1 ::ffff:127.0.0.1", "10.0.0.1", "169.254.169.254", "fd00:ec2::254"];
        let addresses = |line: &&str| line.split_whitespace().map(|address| address.parse().unwrap()).collect();
        let script = script.iter().rev().map(addresses).collect();
        let sender = Sender::with_dns(false, SharedDnsResolver::new(Script(Mutex::new(script))));
        let id = "msg_1".try_into().unwrap();
        let mut answers = Vec::new();
        for _ in 0..6 {
            answers.push(sender.call(&webhook, &id, "{}", Timestamp::UNIX_EPOCH).await.unwrap());
        }
        assert_eq!(answers[0], CallResult::Unreachable);
        assert_eq!(answers[1..], [CallResult::Refused; 5]);
        assert_eq!(listener.accept().unwrap_err().kind(), std::io::ErrorKind::WouldBlock);
    }

    #[test]
    fn only_public_names_over_https_may_be_called() {
        let sender = sender(false);
        for good in [
            "https://hooks.example/moments?x=1",
            "https://a.b.example:8443/",
            "https://1.example",
            "HTTPS://HOOKS.EXAMPLE/",
        ] {
            assert_eq!(sender.check(good), Ok(()), "{good}");
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
            assert!(sender.check(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn plain_http_goes_to_this_machine_where_it_is_allowed_and_nowhere_else() {
        let sender = sender(true);
        assert_eq!(sender.check("http://localhost:8080/hook"), Ok(()));
        assert_eq!(sender.check("http://127.0.0.1:8080/hook"), Ok(()));
        for bad in ["http://hooks.example/", "https://127.0.0.1/", "http://127.0.0.1.example/", "http://10.0.0.1/"] {
            assert!(sender.check(bad).is_err(), "{bad}");
        }
    }
}
