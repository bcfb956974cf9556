//! Orders rewards from suppliers: one signed call for an order, with bounds on time and size. An order that is repeated has
//! the same id, so the supplier makes nothing twice. What it makes is returned to the caller and kept nowhere.

mod webhook;

use std::time::Duration;

use aws::Settings;
use aws_smithy_runtime_api::client::http::SharedHttpConnector;
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::byte_stream::ByteStream;
use domain::Error;
use domain::reward::Reward;
use domain::secret::RewardUrl;
use domain::supplier::{Credentials, Service, Supplier, Trouble};
use jiff::Timestamp;
use outbound_public::{NoAnswer, PublicHttp};

/// The longest time for an answer.
pub const TIMEOUT: Duration = Duration::from_secs(6);

/// The largest answer that is read.
const MOST_BYTES: usize = 64 << 10;

/// What is ordered.
#[derive(Debug, Clone, Copy)]
pub enum Order<'a> {
    /// A reward of a user.
    Reward(&'a Reward),
    /// Nothing: an admin tries whether the supplier would make this product.
    Trial {
        /// The product, if the supplier needs one.
        product: Option<&'a str>,
    },
}

/// Makes calls to suppliers. Connects at the first one and keeps connections.
#[derive(Debug)]
pub struct SupplierClient {
    http: PublicHttp,
}

impl SupplierClient {
    /// The client of the settings. Makes no request.
    pub fn new(settings: &Settings) -> Self {
        Self { http: PublicHttp::new(settings.allow_loopback_http) }
    }

    /// As [`SupplierClient::new`], over a transport that stands in for the Internet in tests.
    pub fn through(transport: SharedHttpConnector) -> Self {
        Self { http: PublicHttp::through(transport) }
    }

    /// Fails unless the address may be called: see [`PublicHttp::check`].
    pub fn check(&self, url: &str) -> Result<(), &'static str> {
        self.http.check(url)
    }

    /// Orders a reward, or tries to. Returns the URL that the supplier has made, now or at an earlier call for the same
    /// order; `None` only for a trial. `Ok(Err(trouble))` says why it has made nothing, as far as that is known.
    pub async fn order(
        &self,
        supplier: &Supplier,
        credentials: &Credentials,
        order: Order<'_>,
        now: Timestamp,
    ) -> Result<Result<Option<RewardUrl>, Trouble>, Error> {
        match (&supplier.service, credentials) {
            (Service::Webhook { url }, Credentials::Webhook { secret }) => {
                let request = webhook::request(url, secret, supplier, order, now)?;
                let answer = match self.call(request).await {
                    Ok(answer) => answer,
                    Err(trouble) => return Ok(Err(trouble)),
                };
                Ok(webhook::read(&answer, matches!(order, Order::Trial { .. })))
            }
        }
    }

    /// Makes one call. The time is that of the whole answer.
    async fn call(&self, request: HttpRequest) -> Result<Answer, Trouble> {
        let answered = async {
            let mut response = self.http.call(request, TIMEOUT).await.map_err(|error| match error {
                NoAnswer::TimedOut => Trouble::TimedOut,
                NoAnswer::Unreachable => Trouble::Unreachable,
                NoAnswer::Refused => Trouble::AddressRefused,
            })?;
            let status = response.status().as_u16();
            let (mut body, taken) = (Vec::new(), std::mem::replace(response.body_mut(), SdkBody::taken()));
            let mut stream = ByteStream::new(taken);
            while let Some(part) = stream.next().await {
                // It may have made the reward; the same order brings it.
                body.extend_from_slice(&part.map_err(|_| Trouble::TimedOut)?);
                if body.len() > MOST_BYTES {
                    return Err(Trouble::Unreadable);
                }
            }
            Ok(Answer { status, body })
        };
        tokio::time::timeout(TIMEOUT, answered).await.unwrap_or(Err(Trouble::TimedOut))
    }
}

/// An answer. Its body may hold what the reward is worth: it has no `Debug`.
struct Answer {
    status: u16,
    body: Vec<u8>,
}
