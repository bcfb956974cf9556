//! The supplier that is the app's own server: a request signed by the Standard Webhooks scheme
//! (<https://github.com/standard-webhooks/standard-webhooks>), answered with a URL. `docs/suppliers.md` has the contract.

use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_types::body::SdkBody;
use domain::id::DomainEventId;
use domain::secret::{RewardUrl, WebhookSecret, WebhookUrl};
use domain::supplier::{Supplier, Trouble};
use domain::{Error, web_address};
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::{Answer, Order};

/// The id of every trial: it makes nothing, so nothing tells two of them apart.
const TRIAL: &str = "trial";

/// Returns the signed request for an order.
pub(crate) fn request(
    url: &WebhookUrl,
    secret: &WebhookSecret,
    supplier: &Supplier,
    order: Order<'_>,
    now: Timestamp,
) -> Result<HttpRequest, Error> {
    let unsendable = |_| Error::Internal("a call to a supplier cannot be made".into());
    let (order_id, body) = body(supplier, order);
    let body = body.to_string();
    let id = DomainEventId::try_from(order_id).map_err(|_| Error::Internal("an order has no id".into()))?;
    let mut request = HttpRequest::new(SdkBody::from(body.as_str()));
    request.set_method("POST").map_err(unsendable)?;
    request.set_uri(url.expose()).map_err(unsendable)?;
    let headers = request.headers_mut();
    headers.insert("content-type", "application/json");
    headers.insert("content-length", body.len().to_string());
    headers.insert("user-agent", concat!("moments/", env!("CARGO_PKG_VERSION")));
    headers.insert("webhook-id", id.to_string());
    headers.insert("webhook-timestamp", now.as_second().to_string());
    headers.insert("webhook-signature", secret.sign(&id, now.as_second(), &body)?);
    Ok(request)
}

fn body(supplier: &Supplier, order: Order<'_>) -> (String, Value) {
    let reward = match order {
        Order::Trial { product } => {
            let body = json!({"order_id": TRIAL, "app_id": supplier.app_id, "product": product, "trial": true});
            return (TRIAL.to_owned(), body);
        }
        Order::Reward(reward) => reward,
    };
    let order_id = reward.reward_id.order_id();
    let body = json!({
        "order_id": order_id,
        "app_id": supplier.app_id,
        "product": reward.supply.as_ref().and_then(|supply| supply.product.as_deref()),
        "reward_id": reward.reward_id,
        "reward_group_id": reward.reward_group_id,
        "campaign_id": reward.campaign_id(),
        "moment_id": reward.moment_id,
        "user_id": reward.user_id,
        "cost": reward.cost,
        "marketplace": reward.marketplace,
        "locale": reward.locale,
        "trial": false,
    });
    (order_id, body)
}

#[derive(Deserialize)]
struct Made {
    url: String,
}

/// Reads an answer.
pub(crate) fn read(answer: &Answer, is_trial: bool) -> Result<Option<RewardUrl>, Trouble> {
    match answer.status {
        204 if is_trial => Ok(None),
        200 | 201 => {
            let made: Made = serde_json::from_slice(&answer.body).map_err(|_| Trouble::Unreadable)?;
            let url = web_address::https(&made.url).map_err(|_| Trouble::Unreadable)?;
            Ok(Some(RewardUrl::new(url)))
        }
        401 | 403 => Err(Trouble::Credentials),
        402 => Err(Trouble::Funds),
        404 | 410 | 422 => Err(Trouble::Product),
        429 => Err(Trouble::Throttled),
        500..=599 => Err(Trouble::Failed),
        _ => Err(Trouble::Unreadable),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(status: u16, body: &str) -> Result<Option<RewardUrl>, Trouble> {
        read(&Answer { status, body: body.into() }, false)
    }

    #[test]
    fn an_answer_is_a_url_or_says_what_is_wrong() {
        let made = answer(200, r#"{"url": "https://gift.example/a?b=c"}"#).unwrap().unwrap();
        assert_eq!(made.expose(), "https://gift.example/a?b=c");
        for body in
            ["", "{}", "[]", r#"{"url": 1}"#, r#"{"url": "http://gift.example/"}"#, r#"{"url": "https://x/ y"}"#]
        {
            assert_eq!(answer(200, body), Err(Trouble::Unreadable), "{body}");
        }
        assert_eq!(answer(204, ""), Err(Trouble::Unreadable), "an order is answered with a URL");
        for (status, trouble) in [
            (302, Trouble::Unreadable),
            (400, Trouble::Unreadable),
            (401, Trouble::Credentials),
            (402, Trouble::Funds),
            (410, Trouble::Product),
            (429, Trouble::Throttled),
            (503, Trouble::Failed),
        ] {
            assert_eq!(answer(status, r#"{"url": "https://gift.example/"}"#), Err(trouble), "{status}");
        }
    }
}
