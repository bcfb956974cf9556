//! The supplier that is the app's own server: a request signed by the Standard Webhooks scheme
//! (<https://github.com/standard-webhooks/standard-webhooks>), answered with a URL or a code. `docs/suppliers.md` has
//! the contract.

use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use domain::id::DomainEventId;
use domain::reward::Reward;
use domain::secret::{GiftCode, RewardUrl, WebhookSecret, WebhookUrl};
use domain::supplier::{Supplier, Trouble};
use domain::{Error, web_address};
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::{Answer, Made, Tried};

/// The id of every trial: it makes nothing, so nothing tells two of them apart.
const TRIAL: &str = "trial";

/// The longest code that a page shows, in characters.
const LONGEST_CODE: usize = 200;

/// Returns the signed request for an order.
pub(crate) fn order(
    url: &WebhookUrl,
    secret: &WebhookSecret,
    supplier: &Supplier,
    reward: &Reward,
    now: Timestamp,
) -> Result<HttpRequest, Error> {
    let order_id = reward.reward_id.order_id();
    // The reward's id is not in it: whoever has that can open the link.
    let body = json!({
        "order_id": order_id,
        "app_id": supplier.app_id,
        "product": reward.supply.as_ref().and_then(|supply| supply.product.as_deref()),
        "reward_group_id": reward.reward_group_id,
        "campaign_id": reward.campaign_id(),
        "moment_id": reward.moment_id,
        "user_id": reward.user_id,
        "cost": reward.cost,
        "marketplace": reward.marketplace,
        "locale": reward.locale,
        "trial": false,
    });
    signed(url, secret, order_id, &body, now)
}

/// Returns the signed request for a trial.
pub(crate) fn test(
    url: &WebhookUrl,
    secret: &WebhookSecret,
    supplier: &Supplier,
    product: Option<&str>,
    now: Timestamp,
) -> Result<HttpRequest, Error> {
    let body = json!({"order_id": TRIAL, "app_id": supplier.app_id, "product": product, "trial": true});
    signed(url, secret, TRIAL.to_owned(), &body, now)
}

fn signed(
    url: &WebhookUrl,
    secret: &WebhookSecret,
    id: String,
    body: &Value,
    now: Timestamp,
) -> Result<HttpRequest, Error> {
    let body = body.to_string();
    let id = DomainEventId::try_from(id).map_err(|_| Error::Internal("an order has no id".into()))?;
    let mut request = outbound_public::post_json(url.expose(), &body)?;
    let headers = request.headers_mut();
    headers.insert("webhook-id", id.to_string());
    headers.insert("webhook-timestamp", now.as_second().to_string());
    headers.insert("webhook-signature", secret.sign(&id, now.as_second(), &body)?);
    Ok(request)
}

#[derive(Deserialize)]
struct MadeView {
    url: Option<String>,
    code: Option<String>,
}

/// Reads the answer to an order.
pub(crate) fn made(answer: &Answer) -> Result<Made, Trouble> {
    if !matches!(answer.status, 200 | 201) {
        return Err(crate::trouble(answer.status));
    }
    let MadeView { url, code } = crate::json(answer)?;
    let url =
        url.map(|url| web_address::https(&url).map(RewardUrl::new)).transpose().map_err(|_| Trouble::Unreadable)?;
    match (url, code) {
        (redeem_at, Some(code)) if is_code(&code) => Ok(Made::Code { code: GiftCode::new(code), redeem_at }),
        (Some(url), None) => Ok(Made::Url(url)),
        _ => Err(Trouble::Unreadable),
    }
}

/// True if a page can show it.
fn is_code(code: &str) -> bool {
    !code.trim().is_empty() && code.chars().count() <= LONGEST_CODE && !code.chars().any(char::is_control)
}

/// Reads the answer to a trial.
pub(crate) fn tried(answer: &Answer) -> Result<Tried, Trouble> {
    match answer.status {
        204 => Ok(Tried { funds: None }),
        200 | 201 => made(answer).map(|_| Tried { funds: None }),
        status => Err(crate::trouble(status)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(status: u16, body: &str) -> Result<Made, Trouble> {
        made(&Answer { status, body: body.into() })
    }

    #[test]
    fn an_answer_is_a_url_or_a_code_or_says_what_is_wrong() {
        let Ok(Made::Url(url)) = answer(200, r#"{"url": "https://gift.example/a?b=c"}"#) else { panic!("no URL") };
        assert_eq!(url.expose(), "https://gift.example/a?b=c");
        let shown = answer(201, r#"{"code": "ABCD-1234", "url": "https://gift.example/redeem"}"#);
        let Ok(Made::Code { code, redeem_at: Some(url) }) = shown else { panic!("no code") };
        assert_eq!((code.expose(), url.expose()), ("ABCD-1234", "https://gift.example/redeem"));
        for body in [
            "",
            "{}",
            "[]",
            r#"{"url": 1}"#,
            r#"{"url": "http://gift.example/"}"#,
            r#"{"url": "https://x/ y"}"#,
            r#"{"code": " "}"#,
            r#"{"code": "a\nb"}"#,
            r#"{"code": "ABCD", "url": "javascript:alert(1)"}"#,
        ] {
            assert!(matches!(answer(200, body), Err(Trouble::Unreadable)), "{body}");
        }
        assert!(matches!(answer(204, ""), Err(Trouble::Unreadable)), "an order is answered with a reward");
        for (status, trouble) in [
            (302, Trouble::Unreadable),
            (400, Trouble::Unreadable),
            (401, Trouble::Credentials),
            (402, Trouble::Funds),
            (410, Trouble::Product),
            (429, Trouble::Throttled),
            (503, Trouble::Failed),
        ] {
            let found = answer(status, r#"{"url": "https://gift.example/"}"#).map(|_| ());
            assert_eq!(found, Err(trouble), "{status}");
        }
    }
}
