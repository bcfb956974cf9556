//! The supplier that is an app's own server: signed orders at `/_local/suppliers/webhook`.

use domain::secret::WebhookSecret;
use jiff::Timestamp;
use serde_json::{Value, json};

use super::{Answer, Order, Refusal, SupplierDesk, TOLERANCE, dawdle};

/// The secret of the laptop's supplier. It protects nothing: what is made here is worth nothing.
pub const SECRET: &str = "whsec_bGFwdG9wIHN1cHBsaWVyLCBub3QgYSBzZWNyZXQ=";

/// A call as it arrived.
#[derive(Debug, Clone, Copy)]
pub struct Call<'a> {
    /// Header `webhook-id`.
    pub id: &'a str,
    /// Header `webhook-timestamp`.
    pub timestamp: &'a str,
    /// Header `webhook-signature`.
    pub signature: &'a str,
    /// The body.
    pub body: &'a str,
}

/// Answers a call. A product that begins with `code` gets a code, any other a URL.
pub async fn answer(desk: &SupplierDesk, call: Call<'_>, now: Timestamp) -> Answer {
    if !is_signed(call, now) {
        return (401, json!({ "error": "the signature is not valid" }));
    }
    let order: Value = serde_json::from_str(call.body).unwrap_or_default();
    let product = order["product"].as_str();
    let made = desk.admit(product).and_then(|()| {
        if order["trial"] == true {
            return Ok(None);
        }
        let is_code = product.is_some_and(|product| product.starts_with("code"));
        let id = call.id.to_owned();
        let made = if is_code { code(&id) } else { format!("https://supplier.example/{id}") };
        let price_minor = order["cost"]["amount_minor"].as_i64().unwrap_or_default();
        desk.make(Order { id, kind: "webhook", product: product.map(str::to_owned), price_minor, made }).map(Some)
    });
    match made {
        Ok(None) => (204, Value::Null),
        Ok(Some(made)) => {
            dawdle(product).await;
            let is_url = made.made.starts_with("https://");
            (200, if is_url { json!({"url": made.made}) } else { json!({"code": made.made}) })
        }
        Err(refusal) => refused(refusal),
    }
}

/// Returns the code of an order.
pub(super) fn code(order_id: &str) -> String {
    let letters: String = order_id.chars().rev().take(14).collect::<String>().to_ascii_uppercase();
    let (first, rest) = letters.split_at_checked(4).unwrap_or((&letters, ""));
    let (second, third) = rest.split_at_checked(6).unwrap_or((rest, ""));
    [first, second, third].join("-")
}

fn refused(refusal: Refusal) -> Answer {
    let (status, error) = match refusal {
        Refusal::Denied => (401, "denied"),
        Refusal::NoFunds => (402, "the account is empty"),
        Refusal::Gone => (410, "there is no such product"),
        Refusal::Throttled => (429, "more than 10 calls in a second"),
        Refusal::Broken => (500, "broken"),
        Refusal::Lost => (500, "made, and the answer was lost"),
    };
    (status, json!({ "error": error }))
}

fn is_signed(call: Call<'_>, now: Timestamp) -> bool {
    let Ok(seconds) = call.timestamp.parse::<i64>() else { return false };
    let Ok(id) = call.id.try_into() else { return false };
    let signed = WebhookSecret::new(SECRET).sign(&id, seconds, call.body);
    let is_ours = signed.is_ok_and(|signed| call.signature.split(' ').any(|signature| signature == signed));
    is_ours && (now.as_second() - seconds).abs() <= TOLERANCE
}
