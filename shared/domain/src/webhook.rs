//! Webhooks as the Standard Webhooks scheme has them (<https://github.com/standard-webhooks/standard-webhooks>): secrets,
//! signatures, which addresses may be called, and the call itself. What is tried again and when is `delivery`.

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

/// For how long the secret that was rotated out goes on signing.
pub const OVERLAP: SignedDuration = SignedDuration::from_hours(24);

/// What every secret begins with.
const PREFIX: &str = "whsec_";

/// Earlier secrets that can hold at once.
const MAX_PREVIOUS: usize = 4;

/// Asks for every type of event.
pub const ALL: &str = "*";

/// Why a webhook is sent nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DisabledReason {
    /// An admin said so.
    Admin,
    /// Its endpoint answered 410 Gone.
    Gone,
}

/// Where an app wants to hear of domain events.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Webhook {
    /// Whose.
    pub app_id: AppId,
    /// Unique within the app.
    pub webhook_id: WebhookId,
    /// What is called.
    pub url: WebhookUrl,
    /// Types of events, or [`ALL`].
    pub events: Vec<String>,
    /// Absent while it is enabled.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub disabled: Option<DisabledReason>,
    /// What calls are signed with.
    pub secret: WebhookSecret,
    /// What they were signed with before, and until when they still are, too. The latest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub previous: Vec<PreviousSecret>,
    /// When it was made.
    pub created_at: Timestamp,
    /// One more with every change.
    pub version: u64,
}

/// A secret that was rotated out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PreviousSecret {
    /// The secret.
    pub secret: WebhookSecret,
    /// When it ends.
    pub until: Timestamp,
}

impl WebhookSecret {
    /// A new secret: 256 random bits. `random` must be a cryptographically secure generator.
    pub fn mint(random: &mut impl RngCore) -> Self {
        let mut bytes = [0; 32];
        random.fill_bytes(&mut bytes);
        Self::new(format!("{PREFIX}{}", STANDARD.encode(bytes)))
    }

    /// What signs, if it can be read.
    pub(crate) fn key(&self) -> Option<Vec<u8>> {
        STANDARD.decode(self.expose().trim_start_matches(PREFIX)).ok()
    }

    /// `v1,` and the signature of a call.
    fn sign(&self, id: &DomainEventId, seconds: i64, body: &str) -> Result<String, Error> {
        let broken = || Error::Internal("a webhook's secret cannot be read".into());
        let key = self.key().ok_or_else(broken)?;
        let mut mac = Hmac::<Sha256>::new_from_slice(&key).map_err(|_| broken())?;
        mac.update(format!("{id}.{seconds}.{body}").as_bytes());
        Ok(format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes())))
    }
}

impl Webhook {
    /// Whether it is to be sent events of that type.
    pub fn wants(&self, event_type: &str) -> bool {
        self.disabled.is_none() && self.events.iter().any(|wanted| wanted == ALL || wanted == event_type)
    }

    /// The webhook with a new secret. The one that it has, and those before, go on signing until `until` at the latest: should
    /// the answer that shows the new one be lost, rotating again leaves the one that the endpoint knows.
    pub fn rotated(self, secret: WebhookSecret, until: Timestamp, now: Timestamp) -> Self {
        let previous = rotated(self.secret, self.previous, until, now);
        Self { secret, previous, version: self.version + 1, ..self }
    }

    /// The header `webhook-signature`: by the secret, and by those before it that still hold.
    pub fn signature(&self, id: &DomainEventId, body: &str, now: Timestamp) -> Result<String, Error> {
        let previous = self.previous.iter().filter(|previous| now < previous.until);
        let secrets = std::iter::once(&self.secret).chain(previous.map(|previous| &previous.secret));
        let signed: Vec<String> =
            secrets.map(|secret| secret.sign(id, now.as_second(), body)).collect::<Result<_, _>>()?;
        Ok(signed.join(" "))
    }
}

/// The secrets that still hold once one is rotated out: that one, and those before it, until `until` at the latest.
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

    /// The example of the scheme's own documentation.
    #[test]
    fn a_call_is_signed_as_the_scheme_says() {
        let secret = WebhookSecret::new("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
        let id = "msg_p5jXN8AQM9LWM0D4loKWxJek".try_into().unwrap();
        let signature = secret.sign(&id, 1_614_265_330, r#"{"test": 2432232314}"#).unwrap();
        assert_eq!(signature, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }
}
