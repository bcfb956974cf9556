//! Calls webhooks: signs and makes the call, and remembers endpoints that are down. `delivery` retries.

pub mod delivery;
mod environment;

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use aws::Settings;
use domain::Error;
use domain::id::{AppId, DomainEventId, WebhookId};
use domain::instant::Sum as _;
use domain::webhook::Webhook;
use jiff::{SignedDuration, Timestamp};
use outbound_public::{NoAnswer, PublicHttp};

pub use environment::Environment;

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
    http: PublicHttp,
    /// Recent failures. A hint.
    failing: Mutex<HashMap<(AppId, WebhookId), Failing>>,
}

impl Sender {
    /// The sender of the settings. Makes no request.
    pub fn new(settings: &Settings) -> Self {
        Self::through(PublicHttp::new(settings.allow_loopback_http))
    }

    fn through(http: PublicHttp) -> Self {
        Self { http, failing: Mutex::default() }
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

    /// Fails unless the address may be called: see [`PublicHttp::check`].
    pub fn check(&self, url: &str) -> Result<(), &'static str> {
        self.http.check(url)
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
        let mut request = outbound_public::post_json(url, body)?;
        let headers = request.headers_mut();
        headers.insert("webhook-id", id.to_string());
        headers.insert("webhook-timestamp", now.as_second().to_string());
        headers.insert("webhook-signature", webhook.signature(id, body, now)?);
        Ok(match self.http.call(request, TIMEOUT).await {
            Ok(response) => CallResult::Status(response.status().as_u16()),
            Err(NoAnswer::Refused) => CallResult::Refused,
            Err(NoAnswer::Unreachable) => CallResult::Unreachable,
            Err(NoAnswer::TimedOut) => CallResult::TimedOut,
        })
    }
}

#[cfg(test)]
mod tests {
    use std::net::IpAddr;

    use aws_smithy_runtime_api::client::dns::{DnsFuture, ResolveDns, SharedDnsResolver};

    use domain::secret::{WebhookSecret, WebhookUrl};
    use domain::webhook::ALL;

    use super::*;

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
        let sender = Sender::through(PublicHttp::with_dns(false, SharedDnsResolver::new(Script(Mutex::new(script)))));
        let id = "msg_1".try_into().unwrap();
        let mut answers = Vec::new();
        for _ in 0..6 {
            answers.push(sender.call(&webhook, &id, "{}", Timestamp::UNIX_EPOCH).await.unwrap());
        }
        assert_eq!(answers[0], CallResult::Unreachable);
        assert_eq!(answers[1..], [CallResult::Refused; 5]);
        assert_eq!(listener.accept().unwrap_err().kind(), std::io::ErrorKind::WouldBlock);
    }
}
