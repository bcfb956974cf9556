//! Amazon Incentives on a laptop: `/_local/suppliers/amazon/{operation}`. It checks Signature Version 4 with AWS's own
//! signer, and knows the mock ids of Amazon's sandbox
//! (<https://developer.amazon.com/docs/incentives-api/gift-codes-errors.html>).

use std::time::SystemTime;

use aws_credential_types::Credentials;
use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign};
use aws_sigv4::sign::v4;
use aws_smithy_runtime_api::client::identity::Identity;
use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use serde_json::{Value, json};

use super::{Answer, Order, Refusal, SupplierDesk, TOLERANCE, dawdle, webhook};

/// The keys of the laptop's account. They protect nothing.
pub const ACCESS_KEY_ID: &str = "AKIALAPTOPSUPPLIER00";
/// See [`ACCESS_KEY_ID`].
pub const SECRET_ACCESS_KEY: &str = "laptop-supplier-key-which-is-not-a-secret";

/// A call as it arrived. Names of headers are in small letters.
#[derive(Debug, Clone, Copy)]
pub struct Call<'a> {
    /// The address, with the host.
    pub url: &'a str,
    /// The operation in the address.
    pub operation: &'a str,
    /// The headers.
    pub headers: &'a [(String, String)],
    /// The body.
    pub body: &'a str,
}

impl<'a> Call<'a> {
    fn header(&self, name: &str) -> Option<&'a str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

/// Answers a call.
pub async fn answer(desk: &SupplierDesk, call: Call<'_>, now: Timestamp) -> Answer {
    let Some(region) = signed_for(call, now) else {
        return (
            403,
            json!({
                "__type": "com.amazon.coral.service#InvalidSignatureException",
                "message": "The request signature we calculated does not match the signature you provided.",
            }),
        );
    };
    if call.header("x-amz-target") != Some(&format!("com.amazonaws.agcod.AGCODService.{}", call.operation)) {
        return (400, json!({"__type": "com.amazon.coral.service#UnknownOperationException"}));
    }
    let request: Value = serde_json::from_str(call.body).unwrap_or_default();
    match call.operation {
        "CreateGiftCard" => create(desk, &request).await,
        "GetAvailableFunds" => funds(desk, region),
        _ => (400, json!({"__type": "com.amazon.coral.service#UnknownOperationException"})),
    }
}

async fn create(desk: &SupplierDesk, request: &Value) -> Answer {
    let (id, product) = (request["creationRequestId"].as_str().unwrap_or_default(), request["productType"].as_str());
    let partner = request["partnerId"].as_str().unwrap_or_default();
    if let Some(refusal) = mock(id) {
        return refused(refusal);
    }
    let is_id = id.len() <= 40 && id.bytes().all(|byte| byte.is_ascii_alphanumeric());
    if partner.is_empty() || !is_id || !id.starts_with(partner) {
        return failure("F200", "InvalidRequestIdInput", "the id must be alphanumeric and begin with the partner's");
    }
    let Some(amount) = request["value"]["amount"].as_f64().filter(|amount| *amount > 0.0) else {
        return failure("F200", "InvalidAmountInput", "Amount can't be null");
    };
    let made = desk.admit(product).and_then(|()| {
        desk.make(Order {
            id: id.to_owned(),
            kind: "amazon_incentives",
            product: product.map(str::to_owned),
            #[expect(clippy::cast_possible_truncation, reason = "money of a laptop")]
            price_minor: (amount * 100.0).round() as i64,
            made: webhook::code(id),
        })
    });
    match made {
        Ok(made) => {
            dawdle(product).await;
            let card = json!({
                "cardNumber": null,
                "cardStatus": "Fulfilled",
                "expirationDate": null,
                "value": request["value"],
            });
            let answer = json!({
                "cardInfo": card,
                "creationRequestId": id,
                "gcClaimCode": made.made,
                "gcExpirationDate": null,
                "gcId": format!("A{}", &id[..id.len().min(13)]),
                "status": "SUCCESS",
            });
            (200, answer)
        }
        Err(refusal) => refused(refusal),
    }
}

fn funds(desk: &SupplierDesk, region: &str) -> Answer {
    if let Err(refusal) = desk.admit(None) {
        return refused(refusal);
    }
    let (currency, decimals) = match region {
        "eu-west-1" => ("EUR", 100.0),
        "us-west-2" => ("JPY", 1.0),
        _ => ("USD", 100.0),
    };
    #[expect(clippy::cast_precision_loss, reason = "money of a laptop")]
    let amount = desk.funds() as f64 / decimals;
    (200, json!({"availableFunds": {"amount": amount, "currencyCode": currency}, "status": "SUCCESS"}))
}

/// The mock ids, by their class.
fn mock(id: &str) -> Option<Refusal> {
    match id {
        "F1000" | "F4000" => Some(Refusal::Broken),
        "F2000" | "F2005" => Some(Refusal::Gone),
        "F3000" | "F3001" => Some(Refusal::Denied),
        "F3003" => Some(Refusal::NoFunds),
        _ => None,
    }
}

fn refused(refusal: Refusal) -> Answer {
    match refusal {
        Refusal::Denied => failure("F300", "CustomerSuspended", "Customer Account is suspended"),
        Refusal::NoFunds => failure("F300", "InsufficientFunds", "Insufficient Funds"),
        Refusal::Gone => failure("F200", "InvalidProductTypeInput", "ProductType is not valid"),
        Refusal::Throttled => {
            (400, json!({"__type": "com.amazon.coral.availability#ThrottlingException", "message": "Rate exceeded"}))
        }
        Refusal::Broken | Refusal::Lost => failure("F400", "SystemTemporarilyUnavailable", "System is not available"),
    }
}

fn failure(code: &str, kind: &str, message: &str) -> Answer {
    let status = if code == "F200" || code == "F300" { 400 } else { 500 };
    (status, json!({"errorCode": code, "errorType": kind, "message": message}))
}

/// Returns the region that a call is signed for, if its signature is valid.
fn signed_for<'a>(call: Call<'a>, now: Timestamp) -> Option<&'a str> {
    let authorization = call.header("authorization")?;
    let scope = authorization.split_once("Credential=")?.1.split(',').next()?;
    let names = authorization.split_once("SignedHeaders=")?.1.split(',').next()?;
    let [key, _, region, "AGCODService", "aws4_request"] = scope.split('/').collect::<Vec<_>>()[..] else {
        return None;
    };
    let time = DateTime::strptime("%Y%m%dT%H%M%SZ", call.header("x-amz-date")?).ok()?;
    let time = time.to_zoned(TimeZone::UTC).ok()?.timestamp();
    if key != ACCESS_KEY_ID || (now.as_second() - time.as_second()).abs() > TOLERANCE {
        return None;
    }
    let identity: Identity = Credentials::new(key, SECRET_ACCESS_KEY, None, None, "laptop").into();
    let params = v4::SigningParams::builder()
        .identity(&identity)
        .region(region)
        .name("AGCODService")
        .time(SystemTime::from(time))
        .settings(SigningSettings::default())
        .build()
        .ok()?;
    let signed = |name: &str| !matches!(name, "host" | "x-amz-date") && names.split(';').any(|known| known == name);
    let headers =
        call.headers.iter().filter(|(name, _)| signed(name)).map(|(name, value)| (name.as_str(), value.as_str()));
    let request = SignableRequest::new("POST", call.url, headers, SignableBody::Bytes(call.body.as_bytes())).ok()?;
    let ours = sign(request, &params.into()).ok()?.into_parts().0;
    ours.headers().any(|(name, value)| name == "authorization" && value == authorization).then_some(region)
}
