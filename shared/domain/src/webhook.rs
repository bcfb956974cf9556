//! Webhooks by the Standard Webhooks scheme (<https://github.com/standard-webhooks/standard-webhooks>): their
//! subscriptions, secrets and signatures. The crate `outbound/webhooks` calls them and retries.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use jiff::{SignedDuration, Timestamp};
use rand::RngCore;
use serde::{Deserialize, Serialize};
use sha2::Sha256;

use crate::Error;
use crate::id::{AppId, DomainEventId, WebhookId};
use crate::secret::{WebhookSecret, WebhookUrl};

/// The time that a rotated secret still signs.
pub const OVERLAP: SignedDuration = SignedDuration::from_hours(24);

const PREFIX: &str = "whsec_";

const MAX_PREVIOUS: usize = 4;

/// The subscription to every type.
pub const ALL: &str = "*";

/// Why a webhook gets no events.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DisabledReason {
    /// An admin disabled it.
    Admin,
    /// Its endpoint answered 410 Gone.
    Gone,
}

/// An app's subscription to domain events.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Webhook {
    /// The app.
    pub app_id: AppId,
    /// Unique within the app.
    pub webhook_id: WebhookId,
    /// The address of the calls.
    pub url: WebhookUrl,
    /// The types of events, or [`ALL`].
    pub events: Vec<String>,
    /// Absent while it is enabled.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub disabled: Option<DisabledReason>,
    /// The key of the signatures.
    pub secret: WebhookSecret,
    /// Earlier secrets that still sign, the latest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub previous: Vec<PreviousSecret>,
    /// The time of its creation.
    pub created_at: Timestamp,
    /// Rises by one with every change.
    pub version: u64,
}

/// A rotated secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PreviousSecret {
    /// The secret.
    pub secret: WebhookSecret,
    /// When it stops signing.
    pub until: Timestamp,
}

impl WebhookSecret {
    /// Makes a secret of 256 random bits. `random` must be a cryptographically secure generator.
    pub fn mint(random: &mut impl RngCore) -> Self {
        let mut bytes = [0; 32];
        random.fill_bytes(&mut bytes);
        Self::new(format!("{PREFIX}{}", STANDARD.encode(bytes)))
    }

    /// True if it is `whsec_` and the base64 of 24 to 64 bytes, as the Standard Webhooks specification asks.
    pub fn is_strong(&self) -> bool {
        self.expose().starts_with(PREFIX) && self.key().is_some_and(|key| (24..=64).contains(&key.len()))
    }

    /// Returns the key that signs, if the secret is valid.
    pub(crate) fn key(&self) -> Option<Vec<u8>> {
        STANDARD.decode(self.expose().trim_start_matches(PREFIX)).ok()
    }

    /// Returns `v1,` and a call's signature, for a time in seconds since 1970.
    pub fn sign(&self, id: &DomainEventId, seconds: i64, body: &str) -> Result<String, Error> {
        let broken = || Error::Internal("a webhook's secret cannot be read".into());
        let key = self.key().ok_or_else(broken)?;
        let mut mac = Hmac::<Sha256>::new_from_slice(&key).map_err(|_| broken())?;
        mac.update(format!("{id}.{seconds}.{body}").as_bytes());
        Ok(format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes())))
    }
}

impl Webhook {
    /// True if it subscribes to the type and is enabled.
    pub fn wants(&self, event_type: &str) -> bool {
        self.disabled.is_none() && self.events.iter().any(|wanted| wanted == ALL || wanted == event_type)
    }

    /// Returns the webhook with a new secret. The earlier ones sign until `until` at the latest: if the answer with the
    /// new secret is lost, another rotation still keeps the one that the endpoint knows.
    pub fn rotated(self, secret: WebhookSecret, until: Timestamp, now: Timestamp) -> Self {
        let previous = rotated(self.secret, self.previous, until, now);
        Self { secret, previous, version: self.version + 1, ..self }
    }

    /// Returns the header `webhook-signature`: one signature for each secret that holds.
    pub fn signature(&self, id: &DomainEventId, body: &str, now: Timestamp) -> Result<String, Error> {
        let previous = self.previous.iter().filter(|previous| now < previous.until);
        let secrets = std::iter::once(&self.secret).chain(previous.map(|previous| &previous.secret));
        let signed: Vec<String> =
            secrets.map(|secret| secret.sign(id, now.as_second(), body)).collect::<Result<_, _>>()?;
        Ok(signed.join(" "))
    }
}

/// Returns the earlier secrets after a rotation, each until `until` at the latest.
pub(crate) fn rotated(
    secret: WebhookSecret,
    earlier: Vec<PreviousSecret>,
    until: Timestamp,
    now: Timestamp,
) -> Vec<PreviousSecret> {
    let earlier = earlier.into_iter().map(|earlier| PreviousSecret { until: earlier.until.min(until), ..earlier });
    let previous = std::iter::once(PreviousSecret { secret, until }).chain(earlier);
    previous.filter(|previous| now < previous.until).take(MAX_PREVIOUS).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// From the scheme's documentation.
    #[test]
    fn a_call_is_signed_as_the_scheme_says() {
        let secret = WebhookSecret::new("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
        let id = "msg_p5jXN8AQM9LWM0D4loKWxJek".try_into().unwrap();
        let signature = secret.sign(&id, 1_614_265_330, r#"{"test": 2432232314}"#).unwrap();
        assert_eq!(signature, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }
}
