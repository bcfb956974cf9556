//! Tremendous: gift cards, prepaid cards and donations as links
//! (<https://developers.tremendous.com/docs/link-delivery>). An `external_id` that comes again brings the first order,
//! answered 201; its link is then asked for. An order that failed, for want of money, stays failed under its id
//! (<https://developers.tremendous.com/reference/obj-schema-orders>), so the next one has an id of its own. Ids follow
//! from the reward's, so two visits place the same next order.

use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use domain::Error;
use domain::money::Money;
use domain::reward::Reward;
use domain::secret::{RewardUrl, SupplierSecret};
use domain::supplier::{SupplierMode, Trouble};
use domain::web_address;
use iso_currency::Currency;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::{Answer, Tried};

/// The name of every recipient: Tremendous does not learn who the user is.
const RECIPIENT: &str = "Recipient";

/// The most orders for a reward: each but the last one failed although there was enough money just before.
pub(crate) const MOST_ORDERS: u32 = 8;

/// The longest id of a reward or product that is put into an address.
const LONGEST_ID: usize = 64;

/// An account, and where it is.
#[derive(Clone, Copy)]
pub(crate) struct Account<'a> {
    pub(crate) funding_source: &'a str,
    pub(crate) mode: SupplierMode,
    pub(crate) stand_in: Option<&'a str>,
    pub(crate) api_key: &'a SupplierSecret,
}

impl Account<'_> {
    fn base(&self) -> String {
        match (self.stand_in, self.mode) {
            (Some(stand_in), _) => format!("{stand_in}/tremendous"),
            (None, SupplierMode::Production) => "https://api.tremendous.com/api/v2".to_owned(),
            (None, SupplierMode::Sandbox) => "https://testflight.tremendous.com/api/v2".to_owned(),
        }
    }

    /// Returns the request that places an order of a reward. `number` counts these, from 1.
    pub(crate) fn order(&self, reward: &Reward, number: u32) -> Result<HttpRequest, Error> {
        let product = reward.supply.as_ref().and_then(|supply| supply.product.as_deref());
        let body = json!({
            "external_id": external_id(reward, number),
            "payment": {"funding_source_id": self.funding_source},
            "reward": {
                "value": {"denomination": crate::units(reward.cost), "currency_code": reward.cost.currency.code()},
                "delivery": {"method": "LINK"},
                "recipient": {"name": RECIPIENT},
                "products": [product],
            },
        });
        let mut request = outbound_public::post_json(&format!("{}/orders", self.base()), &body.to_string())?;
        self.identify(&mut request);
        Ok(request)
    }

    /// Returns the request for an order of a reward that may have been placed.
    pub(crate) fn placed(&self, reward: &Reward, number: u32) -> Result<HttpRequest, Error> {
        self.get(&format!("orders/{}", external_id(reward, number)))
    }

    /// Returns the request for the link of a reward that was ordered before.
    pub(crate) fn link(&self, reward: &OrderedReward) -> Result<HttpRequest, Error> {
        let address = format!("{}/rewards/{}/generate_link", self.base(), reward.0);
        let mut request = outbound_public::post_json(&address, "{}")?;
        self.identify(&mut request);
        Ok(request)
    }

    /// Returns the request for what is known of a product.
    pub(crate) fn product(&self, product: &str) -> Result<HttpRequest, Error> {
        let id: String = product.chars().filter(char::is_ascii_alphanumeric).take(LONGEST_ID).collect();
        self.get(&format!("products/{id}"))
    }

    /// Returns the request for the sources of money.
    pub(crate) fn funds(&self) -> Result<HttpRequest, Error> {
        self.get("funding_sources")
    }

    fn get(&self, path: &str) -> Result<HttpRequest, Error> {
        let mut request = outbound_public::get(&format!("{}/{path}", self.base()))?;
        self.identify(&mut request);
        Ok(request)
    }

    fn identify(&self, request: &mut HttpRequest) {
        request.headers_mut().insert("accept", "application/json");
        request.headers_mut().insert("authorization", format!("Bearer {}", self.api_key.expose()));
    }

    /// Reads the answer about the sources of money.
    pub(crate) fn tried(&self, answer: &Answer) -> Result<Tried, Trouble> {
        let Sources { funding_sources } = read(answer)?;
        let Some(source) = funding_sources.into_iter().find(|source| {
            source.id == self.funding_source || (self.funding_source == BALANCE && source.method == "balance")
        }) else {
            return Err(Trouble::Funds);
        };
        let cents = source.meta["available_cents"].as_i64();
        Ok(Tried { funds: cents.map(|amount_minor| Money { currency: Currency::USD, amount_minor }) })
    }
}

/// Returns the id of an order of a reward.
fn external_id(reward: &Reward, number: u32) -> String {
    let id = reward.reward_id.order_id();
    if number == 1 { id } else { format!("{id}-{number}") }
}

/// The funding source that is the account's own balance.
const BALANCE: &str = "BALANCE";

/// The id of a reward at Tremendous: letters and digits.
pub(crate) struct OrderedReward(String);

/// An order, placed now or before.
pub(crate) enum Ordered {
    /// It was executed.
    Made {
        reward: OrderedReward,
        /// Only the first answer has it.
        link: Option<RewardUrl>,
    },
    /// It failed, and always will.
    Failed,
}

#[derive(Deserialize)]
struct OrderAnswer {
    order: OrderView,
}

#[derive(Deserialize)]
struct OrderView {
    status: String,
    #[serde(default)]
    rewards: Vec<RewardView>,
}

#[derive(Deserialize)]
struct RewardAnswer {
    reward: LinkView,
}

#[derive(Deserialize)]
struct LinkView {
    link: String,
}

#[derive(Deserialize)]
struct RewardView {
    id: String,
    delivery: Option<Delivery>,
}

#[derive(Deserialize)]
struct Delivery {
    link: Option<String>,
}

#[derive(Deserialize)]
struct Sources {
    funding_sources: Vec<Source>,
}

#[derive(Deserialize)]
struct Source {
    id: String,
    #[serde(default)]
    method: String,
    #[serde(default)]
    meta: Value,
}

/// Reads the answer to an order, or about one that was placed.
pub(crate) fn ordered(answer: &Answer) -> Result<Ordered, Trouble> {
    let OrderAnswer { order } = read(answer)?;
    match order.status.as_str() {
        "EXECUTED" => {}
        "FAILED" => return Ok(Ordered::Failed),
        // The account lets somebody approve orders, or Tremendous looks at it: the same order again later.
        "OPEN" | "CART" | "PENDING APPROVAL" | "PENDING INTERNAL PAYMENT APPROVAL" | "PENDING SETTLEMENT" => {
            return Err(Trouble::Pending);
        }
        _ => return Err(Trouble::Unreadable),
    }
    let reward = order.rewards.into_iter().next().ok_or(Trouble::Unreadable)?;
    let is_id =
        (1..=LONGEST_ID).contains(&reward.id.len()) && reward.id.bytes().all(|byte| byte.is_ascii_alphanumeric());
    if !is_id {
        return Err(Trouble::Unreadable);
    }
    let link = reward.delivery.and_then(|delivery| delivery.link).map(|link| url(&link)).transpose()?;
    Ok(Ordered::Made { reward: OrderedReward(reward.id), link })
}

/// Reads the answer with a link.
pub(crate) fn link(answer: &Answer) -> Result<RewardUrl, Trouble> {
    url(&read::<RewardAnswer>(answer)?.reward.link)
}

/// Reads the answer about a product.
pub(crate) fn found(answer: &Answer) -> Result<(), Trouble> {
    read::<Value>(answer).map(drop)
}

fn url(text: &str) -> Result<RewardUrl, Trouble> {
    web_address::https(text).map(RewardUrl::new).map_err(|_| Trouble::Unreadable)
}

fn read<T: serde::de::DeserializeOwned>(answer: &Answer) -> Result<T, Trouble> {
    match answer.status {
        200..=202 => crate::json(answer),
        400 => Err(Trouble::Product),
        status => Err(crate::trouble(status)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(status: u16, body: &str) -> Answer {
        Answer { status, body: body.into() }
    }

    /// Source: <https://developers.tremendous.com/docs/link-delivery>, the answer to a LINK order.
    #[test]
    fn an_order_brings_its_link_and_one_that_is_repeated_does_not() {
        let body = |delivery: &str| {
            format!(
                r#"{{"order": {{"id": "SFZCMH4NMC5X", "external_id": "1", "status": "EXECUTED", "channel": "API",
                "payment": {{"subtotal": 50.0, "total": 50.0, "fees": 0.0}},
                "rewards": [{{"id": "4SBVBQGUZOGR", "order_id": "SFZCMH4NMC5X", "delivery": {delivery}}}]}}}}"#
            )
        };
        let link = "https://testflight.tremendous.com/rewards/payout/opa";
        let first = ordered(&answer(200, &body(&format!(r#"{{"method": "LINK", "link": "{link}"}}"#))));
        assert!(matches!(first, Ok(Ordered::Made { link: Some(made), .. }) if made.expose() == link));
        let again = ordered(&answer(201, &body(r#"{"method": "LINK", "status": "SUCCEEDED"}"#)));
        assert!(matches!(again, Ok(Ordered::Made { link: None, reward }) if reward.0 == "4SBVBQGUZOGR"));
        let failed = body("null").replace("EXECUTED", "FAILED");
        assert!(matches!(ordered(&answer(200, &failed)), Ok(Ordered::Failed)));
        for status in ["OPEN", "CART", "PENDING APPROVAL", "PENDING INTERNAL PAYMENT APPROVAL", "PENDING SETTLEMENT"] {
            let waits = ordered(&answer(200, &body("null").replace("EXECUTED", status)));
            assert_eq!(waits.map(|_| ()), Err(Trouble::Pending), "{status}");
        }
        let odd = ordered(&answer(200, &body("null").replace("4SBVBQGUZOGR", "../../orders")));
        assert_eq!(odd.map(|_| ()), Err(Trouble::Unreadable), "an id that leads elsewhere");
        for (status, trouble) in [
            (400, Trouble::Product),
            (401, Trouble::Credentials),
            (402, Trouble::Funds),
            (404, Trouble::Product),
            (422, Trouble::Product),
            (429, Trouble::Throttled),
            (500, Trouble::Failed),
        ] {
            assert_eq!(ordered(&answer(status, "{}")).map(|_| ()), Err(trouble), "{status}");
        }
    }
}
