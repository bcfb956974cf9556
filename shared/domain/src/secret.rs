//! Values that never show in a log, an error or a trace: their `Debug` hides them. Reviews can search for `expose`.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use rand::RngCore;
use serde::{Deserialize, Serialize};
use sha2::Sha256;

macro_rules! secrets {
    ($($(#[$doc:meta])* $name:ident,)*) => {$(
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            /// Wraps a valid text.
            pub fn new(text: impl Into<String>) -> Self {
                Self(text.into())
            }

            /// Returns the secret: for answers, requests and the table, never for a log.
            pub fn expose(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str(concat!("[", stringify!($name), " redacted]"))
            }
        }
    )*};
}

secrets! {
    /// A reward's URL: seeing it is enough to take the reward.
    RewardUrl,
    /// An API key as sent.
    ApiKey,
    /// A session as sent: whoever has it acts as its person.
    SessionKey,
    /// A sign-in as sent: it belongs to the browser that began it.
    SignInKey,
    /// The secret of the client as which Moments is registered at an identity provider.
    ClientSecret,
    /// A device token or telephone number.
    DeviceAddress,
    /// A campaign's key for signing reward ids, as text of 32 random bytes.
    LinkKey,
    /// The key of webhook signatures, as `whsec_` and base64.
    WebhookSecret,
    /// The secret of a token key: whoever has it can sign tokens of every user of the app.
    TokenSecret,
    /// A webhook's address: seeing it is enough to call it.
    WebhookUrl,
    /// A key of an account at a supplier: whoever has it can buy.
    SupplierSecret,
    /// A code that a supplier has made: seeing it is enough to spend it.
    GiftCode,
    /// The hash of a device's or payment's fingerprint: anybody with the fingerprint can recognise it.
    FingerprintHash,
}

impl LinkKey {
    /// Makes a key. `random` must be a cryptographically secure generator.
    pub fn generate(random: &mut impl RngCore) -> Self {
        let mut bytes = [0; 32];
        random.fill_bytes(&mut bytes);
        Self(URL_SAFE_NO_PAD.encode(bytes))
    }

    /// Hides a hash that belongs to a position, or shows a hidden one: the same again undoes it. Without the key,
    /// nobody can compare it with the hash of a guess.
    pub fn hide(&self, position: &str, hash: u64) -> u64 {
        let mac = Hmac::<Sha256>::new_from_slice(self.expose().as_bytes());
        let pad = mac.ok().and_then(|mac| mac.chain_update(position).finalize().into_bytes().first_chunk().copied());
        hash ^ pad.map_or(0, u64::from_be_bytes)
    }
}

/// An app's attributes of a user or an event. Only campaigns' rules read them.
#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Attributes(pub serde_json::Map<String, serde_json::Value>);

impl fmt::Debug for Attributes {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "[{} attributes redacted]", self.0.len())
    }
}

impl Attributes {
    /// Returns the attribute `first_name`, if it is text.
    pub fn first_name(&self) -> Option<&str> {
        self.0.get("first_name").and_then(serde_json::Value::as_str)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_do_not_show_in_debug_output() {
        let mut attributes = serde_json::Map::new();
        attributes.insert("income".into(), 90_000.into());
        let shown = format!(
            "{:?} {:?} {:?} {:?} {:?} {:?} {:?} {:?}",
            FingerprintHash::new("f1ng3r"),
            WebhookSecret::new("whsec_x"),
            LinkKey::new("l1nk"),
            WebhookUrl::new("https://example.com/hook"),
            RewardUrl::new("https://example.com/gift/1"),
            ApiKey::new("mk_live_x"),
            DeviceAddress::new("token"),
            Attributes(attributes),
        );
        for secret in ["https", "f1ng3r", "whsec", "l1nk", "mk_live", "token", "income", "90"] {
            assert!(!shown.contains(secret), "{shown}");
        }
    }
}
