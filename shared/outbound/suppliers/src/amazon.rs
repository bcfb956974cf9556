//! Amazon Incentives: gift cards and product vouchers as codes
//! (<https://developer.amazon.com/docs/incentives-api/digital-gift-cards.html>). Requests are signed by Signature
//! Version 4. A `creationRequestId` that comes again brings the same card.

use std::time::SystemTime;

use aws_credential_types::Credentials;
use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign};
use aws_sigv4::sign::v4;
use aws_smithy_runtime_api::client::identity::Identity;
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use domain::Error;
use domain::reward::Reward;
use domain::secret::{GiftCode, RewardUrl, SupplierSecret};
use domain::supplier::{AmazonRegion, SupplierMode, Trouble};
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::{Answer, Made, Tried};

/// The name of the service in signatures.
const SERVICE: &str = "AGCODService";

/// The headers that are signed, beside those that the signer adds.
const SIGNED: [&str; 3] = ["accept", "content-type", "x-amz-target"];

/// An account, and where it is.
#[derive(Clone, Copy)]
pub(crate) struct Account<'a> {
    pub(crate) partner_id: &'a str,
    pub(crate) region: AmazonRegion,
    pub(crate) mode: SupplierMode,
    pub(crate) stand_in: Option<&'a str>,
}

impl Account<'_> {
    /// Returns the base address, and the region in signatures.
    fn place(&self) -> (String, &'static str) {
        let (host, region) = match (self.region, self.mode) {
            (AmazonRegion::NorthAmerica, SupplierMode::Production) => ("agcod-v2.amazon.com", "us-east-1"),
            (AmazonRegion::NorthAmerica, SupplierMode::Sandbox) => ("agcod-v2-gamma.amazon.com", "us-east-1"),
            (AmazonRegion::Europe, SupplierMode::Production) => ("agcod-v2-eu.amazon.com", "eu-west-1"),
            (AmazonRegion::Europe, SupplierMode::Sandbox) => ("agcod-v2-eu-gamma.amazon.com", "eu-west-1"),
            (AmazonRegion::FarEast, SupplierMode::Production) => ("agcod-v2-fe.amazon.com", "us-west-2"),
            (AmazonRegion::FarEast, SupplierMode::Sandbox) => ("agcod-v2-fe-gamma.amazon.com", "us-west-2"),
        };
        (self.stand_in.map_or_else(|| format!("https://{host}"), |stand_in| format!("{stand_in}/amazon")), region)
    }

    /// Returns the request for a card. The order's id begins with the partner's, as Amazon asks for.
    pub(crate) fn order(&self, reward: &Reward) -> Result<HttpRequest, Error> {
        let product = reward.supply.as_ref().and_then(|supply| supply.product.as_deref());
        let mut body = json!({
            "creationRequestId": format!("{}{}", self.partner_id, reward.reward_id.order_id()),
            "partnerId": self.partner_id,
            "value": {
                "currencyCode": reward.cost.currency.code(),
                "amount": crate::units(reward.cost),
            },
        });
        if let Some(product) = product {
            body["productType"] = product.into();
        }
        self.request("CreateGiftCard", &body)
    }

    /// Returns the request for the money that is left.
    pub(crate) fn funds(&self) -> Result<HttpRequest, Error> {
        self.request("GetAvailableFunds", &json!({ "partnerId": self.partner_id }))
    }

    fn request(&self, operation: &str, body: &Value) -> Result<HttpRequest, Error> {
        let mut request = outbound_public::post_json(&format!("{}/{operation}", self.place().0), &body.to_string())?;
        request.headers_mut().insert("accept", "application/json");
        request.headers_mut().insert("x-amz-target", format!("com.amazonaws.agcod.{SERVICE}.{operation}"));
        Ok(request)
    }

    /// Signs a request.
    pub(crate) fn signed(
        &self,
        mut request: HttpRequest,
        key_id: &str,
        key: &SupplierSecret,
        now: Timestamp,
    ) -> Result<HttpRequest, Error> {
        let identity: Identity = Credentials::new(key_id, key.expose(), None, None, "supplier").into();
        let unsigned = |_| Error::Internal("a call to Amazon Incentives cannot be signed".into());
        let params = v4::SigningParams::builder()
            .identity(&identity)
            .region(self.place().1)
            .name(SERVICE)
            .time(SystemTime::from(now))
            .settings(SigningSettings::default())
            .build()
            .map_err(|_| Error::Internal("a signature lacks a part".into()))?;
        let signed = {
            let body = request.body().bytes().unwrap_or_default();
            let headers = request.headers().iter().filter(|(name, _)| SIGNED.contains(name));
            let signable = SignableRequest::new("POST", request.uri(), headers, SignableBody::Bytes(body));
            let signable = signable.map_err(unsigned)?;
            sign(signable, &params.into()).map_err(unsigned)?.into_parts().0
        };
        for (name, value) in signed.headers() {
            request.headers_mut().insert(name.to_owned(), value.to_owned());
        }
        Ok(request)
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Card {
    status: String,
    gc_claim_code: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Funds {
    available_funds: Amount,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Amount {
    amount: f64,
    currency_code: String,
}

/// A refusal: of the service, or of what stands before it (`__type`).
#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct Refusal {
    error_code: String,
    error_type: String,
    message: String,
    #[serde(rename = "__type")]
    gateway: String,
}

/// Reads the answer to an order.
pub(crate) fn made(answer: &Answer, reward: &Reward) -> Result<Made, Trouble> {
    let card: Card = read(answer)?;
    match (card.status.as_str(), card.gc_claim_code) {
        ("SUCCESS", Some(code)) if !code.is_empty() && code.len() <= 100 => {
            let redeem_at = reward.marketplace.as_deref().and_then(shop).map(RewardUrl::new);
            Ok(Made::Code { code: GiftCode::new(code), redeem_at })
        }
        // "A temporary failure": the same order again.
        ("RESEND", _) => Err(Trouble::Failed),
        _ => Err(Trouble::Unreadable),
    }
}

/// Reads the answer about the money that is left.
pub(crate) fn tried(answer: &Answer) -> Result<Tried, Trouble> {
    let Amount { amount, currency_code } = read::<Funds>(answer)?.available_funds;
    Ok(Tried { funds: crate::from_units(&currency_code, amount) })
}

fn read<T: serde::de::DeserializeOwned>(answer: &Answer) -> Result<T, Trouble> {
    if answer.status == 200 { crate::json(answer) } else { Err(refused(answer)) }
}

/// Sorts a refusal (<https://developer.amazon.com/docs/incentives-api/gift-codes-errors.html>).
fn refused(answer: &Answer) -> Trouble {
    let Refusal { error_code, error_type, message, gateway } = crate::json(answer).unwrap_or_default();
    if gateway.contains("Throttling") || error_type.contains("Throttl") {
        return Trouble::Throttled;
    }
    let is_of_keys = ["AccessDenied", "UnrecognizedClient", "Signature", "InvalidClientToken", "MissingAuthentication"]
        .iter()
        .any(|name| gateway.contains(name) || error_type.contains(name));
    match error_code.get(..2) {
        // A signature that does not fit is among the invalid requests.
        _ if is_of_keys || message.contains("request signature") => Trouble::Credentials,
        Some("F3") if error_type.contains("Funds") => Trouble::Funds,
        Some("F3") => Trouble::Credentials,
        Some("F2") => Trouble::Product,
        Some("F1" | "F4" | "F5") => Trouble::Failed,
        _ => crate::trouble(answer.status),
    }
}

/// Returns the page where the codes of a marketplace are spent.
fn shop(marketplace: &str) -> Option<String> {
    let domain = match marketplace {
        "US" => "com",
        "CA" => "ca",
        "MX" => "com.mx",
        "GB" | "UK" => "co.uk",
        "DE" | "AT" => "de",
        "FR" => "fr",
        "IT" => "it",
        "ES" => "es",
        "NL" => "nl",
        "BE" => "com.be",
        "PL" => "pl",
        "SE" => "se",
        "TR" => "com.tr",
        "AE" => "ae",
        "SA" => "sa",
        "EG" => "eg",
        "ZA" => "co.za",
        "JP" => "co.jp",
        "AU" => "com.au",
        "SG" => "sg",
        "IN" => "in",
        _ => return None,
    };
    Some(format!("https://www.amazon.{domain}/gc/redeem"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(status: u16, body: &str) -> Answer {
        Answer { status, body: body.into() }
    }

    fn account(region: AmazonRegion, mode: SupplierMode) -> Account<'static> {
        Account { partner_id: "Test", region, mode, stand_in: None }
    }

    /// The signer is AWS's own. What it signs is that of
    /// <https://developer.amazon.com/docs/incentives-api/digital-gift-cards.html>, "Example operation requests with
    /// signing details".
    #[test]
    fn a_request_names_its_operation_and_is_signed_for_the_service() {
        let account = account(AmazonRegion::NorthAmerica, SupplierMode::Sandbox);
        let request = account.request("GetAvailableFunds", &json!({"partnerId": "Test"})).unwrap();
        let key = SupplierSecret::new("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY");
        let now = "2014-02-05T17:15:24Z".parse().unwrap();
        let signed = account.signed(request, "AKIAIOSFODNN7EXAMPLE", &key, now).unwrap();
        assert_eq!(signed.uri(), "https://agcod-v2-gamma.amazon.com/GetAvailableFunds");
        assert_eq!(signed.headers().get("x-amz-target"), Some("com.amazonaws.agcod.AGCODService.GetAvailableFunds"));
        assert_eq!(signed.headers().get("x-amz-date"), Some("20140205T171524Z"));
        let authorization = signed.headers().get("authorization").unwrap();
        let scope = "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20140205/us-east-1/AGCODService/aws4_request, ";
        assert!(authorization.starts_with(scope), "{authorization}");
        assert!(
            authorization.contains("SignedHeaders=accept;content-type;host;x-amz-date;x-amz-target"),
            "{authorization}"
        );
    }

    #[test]
    fn each_region_has_a_host_and_a_sandbox() {
        for (region, production, sandbox, signed_for) in [
            (AmazonRegion::NorthAmerica, "agcod-v2.", "agcod-v2-gamma.", "us-east-1"),
            (AmazonRegion::Europe, "agcod-v2-eu.", "agcod-v2-eu-gamma.", "eu-west-1"),
            (AmazonRegion::FarEast, "agcod-v2-fe.", "agcod-v2-fe-gamma.", "us-west-2"),
        ] {
            for (mode, host) in [(SupplierMode::Production, production), (SupplierMode::Sandbox, sandbox)] {
                assert_eq!(account(region, mode).place(), (format!("https://{host}amazon.com"), signed_for));
            }
        }
    }

    /// Sources: <https://developer.amazon.com/docs/incentives-api/digital-gift-cards.html> and
    /// `gift-codes-errors.html`.
    #[test]
    fn each_refusal_has_its_trouble() {
        for (status, body, trouble) in [
            (400, r#"{"errorCode": "F200", "errorType": "InvalidAmountInput", "message": "Amount"}"#, Trouble::Product),
            (400, r#"{"errorCode": "F300", "errorType": "InsufficientFunds", "message": "Funds"}"#, Trouble::Funds),
            (400, r#"{"errorCode": "F300", "errorType": "CustomerSuspended", "message": ""}"#, Trouble::Credentials),
            (
                400,
                r#"{"errorCode": "F200", "message": "The request signature we calculated does not match"}"#,
                Trouble::Credentials,
            ),
            (500, r#"{"errorCode": "F100", "errorType": "RequestError", "message": ""}"#, Trouble::Failed),
            (500, r#"{"errorCode": "F400", "errorType": "SystemTemporarilyUnavailable"}"#, Trouble::Failed),
            (500, r#"{"errorCode": "F500", "errorType": "UnknownError"}"#, Trouble::Failed),
            (
                400,
                r#"{"__type": "com.amazon.coral.availability#ThrottlingException", "message": "Rate exceeded"}"#,
                Trouble::Throttled,
            ),
            (
                403,
                r#"{"__type": "com.amazon.coral.service#AccessDeniedException", "Message": "not authorized"}"#,
                Trouble::Credentials,
            ),
            (503, "<html>", Trouble::Failed),
            (400, "", Trouble::Unreadable),
            (200, "", Trouble::Unreadable),
        ] {
            assert_eq!(tried(&answer(status, body)), Err(trouble), "{status} {body}");
        }
        let funds = r#"{"availableFunds": {"amount": 1234.5, "currencyCode": "EUR"}, "status": "SUCCESS"}"#;
        let funds = tried(&answer(200, funds)).unwrap().funds.unwrap();
        assert_eq!((funds.currency.code(), funds.amount_minor), ("EUR", 123_450));
    }
}
