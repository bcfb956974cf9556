//! Orders rewards from suppliers: one signed call for an order, with bounds on time and size. An order that is repeated
//! has the same id, so the supplier makes nothing twice. What it makes is returned to the caller and kept nowhere.

mod amazon;
mod tremendous;
mod webhook;

use std::fmt;
use std::time::Duration;

use aws::Settings;
use aws_smithy_runtime_api::client::http::SharedHttpConnector;
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::byte_stream::ByteStream;
use domain::Error;
use domain::money::Money;
use domain::reward::Reward;
use domain::secret::{GiftCode, RewardUrl};
use domain::supplier::{Credentials, Service, Supplier, Trouble};
use jiff::Timestamp;
use outbound_public::{NoAnswer, PublicHttp};

use tremendous::Ordered;

/// The longest time for an answer.
pub const TIMEOUT: Duration = Duration::from_secs(6);

/// The largest answer that is read.
const MOST_BYTES: usize = 64 << 10;

/// What a supplier has made, now or at an earlier call for the same order. It is the reward: it has no `Debug`.
pub enum Made {
    /// A link.
    Url(RewardUrl),
    /// A code, which a page shows.
    Code {
        /// The code.
        code: GiftCode,
        /// Where it is spent.
        redeem_at: Option<RewardUrl>,
    },
}

/// What a trial has found out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tried {
    /// The money that is left on the account, if the supplier says so.
    pub funds: Option<Money>,
}

/// Makes calls to suppliers. Connects at the first one and keeps connections.
#[derive(Debug)]
pub struct SupplierClient {
    http: PublicHttp,
    /// The address of a stand-in for suppliers that have an address of their own.
    stand_in: Option<String>,
}

impl SupplierClient {
    /// The client of the settings. Makes no request.
    pub fn new(settings: &Settings) -> Self {
        Self { http: PublicHttp::new(settings.allow_loopback_http), stand_in: settings.supplier_endpoint.clone() }
    }

    /// As [`SupplierClient::new`], over a transport that stands in for the Internet in tests.
    pub fn through(transport: SharedHttpConnector) -> Self {
        Self { http: PublicHttp::through(transport), stand_in: None }
    }

    /// Fails unless the address may be called: see [`PublicHttp::check`].
    pub fn check(&self, url: &str) -> Result<(), &'static str> {
        self.http.check(url)
    }

    /// Orders a reward. `Ok(Err(trouble))` says why the supplier has made nothing, as far as that is known.
    pub async fn order(
        &self,
        supplier: &Supplier,
        credentials: &Credentials,
        reward: &Reward,
        now: Timestamp,
    ) -> Result<Result<Made, Trouble>, Error> {
        let stand_in = self.stand_in.as_deref();
        match (&supplier.service, credentials) {
            (Service::Webhook { url }, Credentials::Webhook { secret }) => {
                let request = webhook::order(url, secret, supplier, reward, now)?;
                Ok(self.call(request).await.and_then(|answer| webhook::made(&answer)))
            }
            (
                Service::AmazonIncentives { partner_id, region, mode },
                Credentials::AmazonIncentives { access_key_id, secret_access_key },
            ) => {
                let account = amazon::Account { partner_id, region: *region, mode: *mode, stand_in };
                let request = account.order(reward)?;
                let request = account.signed(request, access_key_id, secret_access_key, now)?;
                Ok(self.call(request).await.and_then(|answer| amazon::made(&answer, reward)))
            }
            (Service::Tremendous { funding_source, mode }, Credentials::Tremendous { api_key }) => {
                let account = tremendous::Account { funding_source, mode: *mode, stand_in, api_key };
                if reward.supply.as_ref().is_none_or(|supply| supply.product.is_none()) {
                    return Ok(Err(Trouble::Product));
                }
                match self.link_of(account, reward).await {
                    Ok(made) => Ok(Ok(made)),
                    Err(NotMade::Trouble(trouble)) => Ok(Err(trouble)),
                    Err(NotMade::Error(error)) => Err(error),
                }
            }
            _ => Err(foreign(supplier)),
        }
    }

    /// Orders a link from Tremendous. A new order follows one that failed only if there is enough money now, so that
    /// failed orders do not pile up behind an empty account.
    async fn link_of(&self, account: tremendous::Account<'_>, reward: &Reward) -> Result<Made, NotMade> {
        let mut answer = self.call(account.order(reward, 1)?).await?;
        let mut is_new = answer.status == 200;
        if answer.status == 409 {
            // Placed before, with another funding source.
            answer = self.call(account.placed(reward, 1)?).await?;
        }
        for next in 2..=tremendous::MOST_ORDERS {
            match tremendous::ordered(&answer)? {
                Ordered::Made { link: Some(link), .. } => return Ok(Made::Url(link)),
                Ordered::Made { link: None, reward } => {
                    let answer = self.call(account.link(&reward)?).await?;
                    return Ok(Made::Url(tremendous::link(&answer)?));
                }
                Ordered::Failed if is_new => break,
                Ordered::Failed => {}
            }
            answer = self.call(account.placed(reward, next)?).await?;
            is_new = answer.status == 404;
            if is_new {
                let Tried { funds } = account.tried(&self.call(account.funds()?).await?)?;
                let price = reward.cost;
                let is_short = |funds: Money| {
                    funds.amount_minor == 0
                        || (funds.currency == price.currency && funds.amount_minor < price.amount_minor)
                };
                if funds.is_some_and(is_short) {
                    break;
                }
                answer = self.call(account.order(reward, next)?).await?;
            }
        }
        Err(Trouble::Funds.into())
    }

    /// Tries whether the supplier would make a product. Makes and buys nothing.
    pub async fn test(
        &self,
        supplier: &Supplier,
        credentials: &Credentials,
        product: Option<&str>,
        now: Timestamp,
    ) -> Result<Result<Tried, Trouble>, Error> {
        let stand_in = self.stand_in.as_deref();
        match (&supplier.service, credentials) {
            (Service::Webhook { url }, Credentials::Webhook { secret }) => {
                let request = webhook::test(url, secret, supplier, product, now)?;
                Ok(self.call(request).await.and_then(|answer| webhook::tried(&answer)))
            }
            (
                Service::AmazonIncentives { partner_id, region, mode },
                Credentials::AmazonIncentives { access_key_id, secret_access_key },
            ) => {
                let account = amazon::Account { partner_id, region: *region, mode: *mode, stand_in };
                let request = account.signed(account.funds()?, access_key_id, secret_access_key, now)?;
                Ok(self.call(request).await.and_then(|answer| amazon::tried(&answer)))
            }
            (Service::Tremendous { funding_source, mode }, Credentials::Tremendous { api_key }) => {
                let account = tremendous::Account { funding_source, mode: *mode, stand_in, api_key };
                if let Some(product) = product {
                    let found =
                        self.call(account.product(product)?).await.and_then(|answer| tremendous::found(&answer));
                    if let Err(trouble) = found {
                        return Ok(Err(trouble));
                    }
                }
                Ok(self.call(account.funds()?).await.and_then(|answer| account.tried(&answer)))
            }
            _ => Err(foreign(supplier)),
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

/// Why several calls together have made nothing.
enum NotMade {
    Trouble(Trouble),
    Error(Error),
}

impl From<Trouble> for NotMade {
    fn from(trouble: Trouble) -> Self {
        Self::Trouble(trouble)
    }
}

impl From<Error> for NotMade {
    fn from(error: Error) -> Self {
        Self::Error(error)
    }
}

/// Stored credentials belong to the supplier's kind, which never changes.
fn foreign(supplier: &Supplier) -> Error {
    Error::Internal(format!("supplier {} has the credentials of another kind", supplier.supplier_id))
}

/// An answer. Its body may hold what the reward is worth: it has no `Debug`.
struct Answer {
    status: u16,
    body: Vec<u8>,
}

/// Reads the body of an answer.
fn json<T: serde::de::DeserializeOwned>(answer: &Answer) -> Result<T, Trouble> {
    serde_json::from_slice(&answer.body).map_err(|_| Trouble::Unreadable)
}

/// Returns the trouble behind a status of which nothing better is known.
fn trouble(status: u16) -> Trouble {
    match status {
        401 | 403 => Trouble::Credentials,
        402 => Trouble::Funds,
        404 | 410 | 422 => Trouble::Product,
        429 => Trouble::Throttled,
        500..=599 => Trouble::Failed,
        _ => Trouble::Unreadable,
    }
}

/// Returns an amount in whole units, as suppliers count: the shortest decimal text of it is exact, since an amount has
/// at most 15 digits.
fn units(money: Money) -> f64 {
    let decimals = money.currency.exponent().unwrap_or(0);
    #[expect(clippy::cast_precision_loss, reason = "below 2^53")]
    let minor = money.amount_minor as f64;
    minor / 10_f64.powi(decimals.into())
}

/// Returns an amount that a supplier counts in whole units, to the minor unit.
fn from_units(currency: &str, amount: f64) -> Option<Money> {
    let currency: iso_currency::Currency = currency.parse().ok()?;
    let minor = (amount * 10_f64.powi(currency.exponent().unwrap_or(0).into())).round();
    #[expect(clippy::cast_possible_truncation, reason = "within the bounds")]
    let amount_minor = (0.0..=9e15).contains(&minor).then_some(minor as i64)?;
    Some(Money { currency, amount_minor })
}

impl fmt::Debug for Made {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("[made reward redacted]")
    }
}
