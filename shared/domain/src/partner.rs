//! Partners: merchants who confirm redemptions. Each signs its calls with a secret of its own, by Standard Webhooks
//! (<https://github.com/standard-webhooks/standard-webhooks>).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use sha2::Sha256;

use crate::id::{AppId, PartnerId};
use crate::secret::WebhookSecret;
use crate::webhook::{PreviousSecret, rotated};

/// The largest difference between a signature's time and our clock.
const TOLERANCE: SignedDuration = SignedDuration::from_mins(5);

/// The refusal of a wrong signature and of an unknown partner: callers cannot distinguish the two.
pub const REFUSED: &str =
    "webhook-signature is not that of the partner's secret for this webhook-id, webhook-timestamp and body";

/// A merchant who confirms redemptions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Partner {
    /// Its app.
    pub app_id: AppId,
    /// Unique within the app.
    pub partner_id: PartnerId,
    /// For people.
    pub name: String,
    /// The key of its signatures.
    pub secret: WebhookSecret,
    /// Earlier secrets that still hold, the latest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub previous: Vec<PreviousSecret>,
    /// The time of its creation.
    pub created_at: Timestamp,
    /// Rises by one with every change.
    pub version: u64,
}

/// A signed call as received.
#[derive(Debug, Clone, Copy)]
pub struct SignedCall<'a> {
    /// `webhook-id`.
    pub id: &'a str,
    /// `webhook-timestamp`: seconds since 1970.
    pub timestamp: &'a str,
    /// `webhook-signature`: `v1,` and base64, several with spaces between them.
    pub signature: &'a str,
    /// The exact bytes.
    pub body: &'a [u8],
}

impl SignedCall<'_> {
    /// Checks that a call is signed and recent, before its partner is known.
    pub fn check(&self, now: Timestamp) -> Result<(), &'static str> {
        if self.id.is_empty() || self.timestamp.is_empty() || self.signature.is_empty() {
            return Err("the headers webhook-id, webhook-timestamp and webhook-signature are needed");
        }
        let seconds: i64 = self.timestamp.parse().map_err(|_| "webhook-timestamp must be seconds since 1970")?;
        let at = Timestamp::from_second(seconds).map_err(|_| "webhook-timestamp must be seconds since 1970")?;
        if now.duration_since(at).abs() > TOLERANCE {
            return Err("webhook-timestamp is more than 5 minutes away from now; sign the call anew");
        }
        Ok(())
    }
}

impl Partner {
    /// Passes if the partner signed the call. Compares in constant time. Call [`SignedCall::check`] first.
    pub fn verify(&self, signed: &SignedCall<'_>, now: Timestamp) -> Result<(), &'static str> {
        let previous = self.previous.iter().filter(|previous| now < previous.until).map(|previous| &previous.secret);
        let holds = |secret: &WebhookSecret| signed.signature.split(' ').any(|one| is_signature(secret, signed, one));
        if std::iter::once(&self.secret).chain(previous).any(holds) { Ok(()) } else { Err(REFUSED) }
    }

    /// Returns the partner with a new secret. The old one holds until `until`.
    #[must_use]
    pub fn rotated(self, secret: WebhookSecret, until: Timestamp, now: Timestamp) -> Self {
        let previous = rotated(self.secret, self.previous, until, now);
        Self { secret, previous, version: self.version + 1, ..self }
    }
}

fn is_signature(secret: &WebhookSecret, signed: &SignedCall<'_>, one: &str) -> bool {
    let Some(signature) = one.strip_prefix("v1,").and_then(|text| STANDARD.decode(text).ok()) else { return false };
    let Some(mut mac) = secret.key().and_then(|key| Hmac::<Sha256>::new_from_slice(&key).ok()) else { return false };
    mac.update(format!("{}.{}.", signed.id, signed.timestamp).as_bytes());
    mac.update(signed.body);
    mac.verify_slice(&signature).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of the Standard Webhooks specification: secret, message and signature are its own.
    #[test]
    fn a_published_signature_holds_and_nothing_else_does() {
        let partner = Partner {
            app_id: "shop".try_into().unwrap(),
            partner_id: "acme".try_into().unwrap(),
            name: "Acme".into(),
            secret: WebhookSecret::new("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw".to_owned()),
            previous: Vec::new(),
            created_at: Timestamp::UNIX_EPOCH,
            version: 1,
        };
        let published = SignedCall {
            id: "msg_p5jXN8AQM9LWM0D4loKWxJek",
            timestamp: "1614265330",
            signature: "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
            body: br#"{"test": 2432232314}"#,
        };
        let now = Timestamp::from_second(1_614_265_330).unwrap();
        assert_eq!(partner.verify(&published, now), Ok(()));
        assert_eq!(
            partner.verify(&SignedCall { signature: &format!("v1,AAAA {}", published.signature), ..published }, now),
            Ok(())
        );
        for forged in [
            SignedCall { body: br#"{"test": 2432232315}"#, ..published },
            SignedCall { id: "msg_other", ..published },
            SignedCall { timestamp: "1614265331", ..published },
            SignedCall { signature: "v1a,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=", ..published },
        ] {
            assert_eq!(partner.verify(&forged, now), Err(REFUSED));
        }
        let late = now + SignedDuration::from_secs(301);
        assert!(published.check(late).unwrap_err().contains("5 minutes"));
        assert_eq!(published.check(now), Ok(()));
        assert!(SignedCall { signature: "", ..published }.check(now).is_err());
        // A rotated secret holds for a while.
        let other = WebhookSecret::new("whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA".to_owned());
        let after = partner.rotated(other, now + SignedDuration::from_secs(60), now);
        assert_eq!(after.verify(&published, now), Ok(()));
        assert_eq!(after.verify(&published, now + SignedDuration::from_secs(60)), Err(REFUSED));
    }
}
