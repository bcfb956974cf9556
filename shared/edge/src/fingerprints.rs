//! Reads fingerprints. Only their hashes leave this file.

use domain::campaign::guards::{Fingerprints, hash};
use domain::id::AppId;

use crate::fields::{Fields, FromField, Mistake, Value};

/// Reads `fingerprints: {device?, payment?}`, which may be absent.
pub fn read(fields: &mut Fields<'_>, app: &AppId) -> Fingerprints {
    let read = fields.optional_object("fingerprints", |fields| {
        let device = fields.optional::<Fingerprint>("device");
        let payment = fields.optional::<Fingerprint>("payment");
        Some(Fingerprints {
            device: device.map(|sent| hash(app, "device", &sent.0)),
            payment: payment.map(|sent| hash(app, "payment", &sent.0)),
        })
    });
    read.unwrap_or_default()
}

/// A fingerprint as the app sent it, before it is hashed.
struct Fingerprint(String);

impl FromField for Fingerprint {
    fn from_field(value: &Value) -> Result<Self, Mistake> {
        let text = String::from_field(value)?;
        let good = (1..=256).contains(&text.len()) && !text.chars().any(char::is_control);
        let mistake =
            || Mistake("invalid_fingerprint", "must be 1 to 256 bytes of UTF-8 without control characters".into());
        good.then_some(Self(text)).ok_or_else(mistake)
    }
}
