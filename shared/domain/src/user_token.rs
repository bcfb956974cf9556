//! Users' own tokens: the keys with which an app's backend signs them, what a token may do, and why one is refused. The
//! crate `user_tokens` signs and verifies them.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::{SignedDuration, Timestamp};
use rand::RngCore;
use serde::{Deserialize, Serialize};

use crate::id::{AppId, KeyId};
use crate::identity::Mode;
use crate::instant::Sum as _;
use crate::secret::TokenSecret;

/// The longest time from now, and from its making, to a token's end.
pub const LONGEST_LIFE: SignedDuration = SignedDuration::from_hours(24);

/// The most that the clock of an app's backend may differ from ours.
pub const CLOCK_SKEW: SignedDuration = SignedDuration::from_secs(60);

/// The most bytes of a token. Longer ones are refused unread.
pub const MOST_BYTES: usize = 4_096;

/// True if a token with this end is no longer good.
pub fn is_over(expires_at: Timestamp, now: Timestamp) -> bool {
    now >= expires_at.plus(CLOCK_SKEW)
}

/// A key of an app that signs user tokens. It never changes: an app puts another one, and deletes this one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TokenKey {
    /// The app.
    pub app_id: AppId,
    /// Unique within the app; tokens name it as `kid`.
    pub token_key_id: KeyId,
    /// The mode of every token that it signs.
    pub mode: Mode,
    /// The algorithm with its material: a token cannot choose another one.
    #[serde(flatten)]
    pub verifier: Verifier,
    /// The time of its creation.
    pub created_at: Timestamp,
}

/// The material that verifies a key's tokens, by algorithm.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "algorithm")]
pub enum Verifier {
    /// ECDSA on the curve P-256 with SHA-256 (RFC 7518, section 3.4).
    #[serde(rename = "ES256")]
    Es256 {
        /// The public key as PEM. The app keeps the private one.
        public_key: String,
    },
    /// HMAC with SHA-256 (RFC 7518, section 3.2).
    #[serde(rename = "HS256")]
    Hs256 {
        /// The shared secret. Whoever has it can sign.
        secret: TokenSecret,
    },
}

impl Verifier {
    /// Returns the algorithm's name in a token's header.
    pub const fn algorithm(&self) -> &'static str {
        match self {
            Self::Es256 { .. } => "ES256",
            Self::Hs256 { .. } => "HS256",
        }
    }
}

impl TokenSecret {
    /// Makes a secret of 256 random bits, `mts_` and base64url. The text itself is the key of the HMAC.
    pub fn mint(random: &mut impl RngCore) -> Self {
        let mut bytes = [0; 32];
        random.fill_bytes(&mut bytes);
        Self::new(format!("mts_{}", URL_SAFE_NO_PAD.encode(bytes)))
    }
}

/// What a token's claim `scope` allows. A token without the claim may do all of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum TokenScope {
    /// See what is the user's: profile, rewards, inbox, eligibility, competitions.
    Read,
    /// Mark messages as read, keep devices, give an address.
    Write,
    /// Report moments.
    Report,
    /// Export and erase the user's data.
    Privacy,
}

impl TokenScope {
    /// Returns the name in the claim.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Write => "write",
            Self::Report => "report",
            Self::Privacy => "privacy",
        }
    }

    /// True if the claim allows it. Names that are not ours are ignored.
    pub fn is_in(self, claim: Option<&str>) -> bool {
        claim.is_none_or(|claim| claim.split(' ').any(|name| name == self.as_str()))
    }
}

/// What an app lets its users do with their own tokens, besides what every token may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UserRight {
    /// Export their own data.
    Export,
    /// Erase themselves.
    Erase,
    /// See the ids of the other users on leaderboards.
    SeePlayers,
}

impl UserRight {
    /// Every right.
    pub const ALL: [Self; 3] = [Self::Export, Self::Erase, Self::SeePlayers];

    /// Returns the name in the API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Export => "export",
            Self::Erase => "erase",
            Self::SeePlayers => "see_players",
        }
    }
}

/// Why a token is refused. The texts say the way out, and never repeat the token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TokenFault {
    /// The header has no bearer token.
    NotBearer,
    /// An API key instead of a token.
    ApiKey,
    /// Longer than [`MOST_BYTES`].
    TooLong,
    /// Not a JWT of ours.
    Malformed,
    /// No key of that app has that id, or the app is unknown.
    UnknownKey,
    /// Another signature or algorithm than the key's.
    Signature,
    /// Its end has passed.
    Expired,
    /// It begins in the future.
    NotYet,
    /// It lives too long.
    TooFar,
    /// Its `sub` is no user id.
    Subject,
    /// It is for another app than the path names.
    OtherApp,
}

impl fmt::Display for TokenFault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::NotBearer => "the header Authorization must be Bearer and a user token, signed by the app's backend",
            Self::ApiKey => {
                "this is an API key: it belongs on a server, in the header x-api-key; send a user token here, and \
                 revoke the key if a client has it"
            }
            Self::TooLong => "the token is longer than 4,096 bytes; put less into its claims",
            Self::Malformed => {
                "this is no JWT of ours: its header needs alg (ES256 or HS256) and kid, its claims sub, aud and exp, \
                 sub and aud as texts, times in seconds since 1970"
            }
            Self::UnknownKey => {
                "aud must be the app, and kid one of its token keys that was not deleted; GET \
                 /v1/apps/{app}/token-keys lists them"
            }
            Self::Signature => {
                "the signature or its algorithm is not that of the key that kid names; sign with that key, and take \
                 an HS256 secret as it is, as text"
            }
            Self::Expired => "the token has expired; have the app's backend sign a new one",
            Self::NotYet => "iat or nbf is more than 60 seconds in the future; set the clock of the app's backend",
            Self::TooFar => "exp must be at most 24 hours after now, iat and nbf; sign short-lived tokens",
            Self::Subject => "sub must be a user id: 1 to 256 bytes of UTF-8 without control characters",
            Self::OtherApp => "the token's aud is another app than the one in the path",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scope_allows_what_it_names_and_none_allows_all() {
        assert!(TokenScope::Read.is_in(None));
        assert!(TokenScope::Read.is_in(Some("openid read")));
        for claim in ["", "write", "reads", "READ", "read,write"] {
            assert!(!TokenScope::Read.is_in(Some(claim)), "{claim}");
        }
    }

    #[test]
    fn a_secret_has_256_bits_and_does_not_show() {
        let mut random = <rand::rngs::StdRng as rand::SeedableRng>::seed_from_u64(1);
        let secret = TokenSecret::mint(&mut random);
        assert_eq!(URL_SAFE_NO_PAD.decode(secret.expose().trim_start_matches("mts_")).unwrap().len(), 32);
        let verifier = Verifier::Hs256 { secret: secret.clone() };
        assert!(!format!("{verifier:?}").contains(secret.expose()));
    }

    #[test]
    fn a_key_is_stored_with_its_algorithm() {
        let key = TokenKey {
            app_id: "shop".try_into().unwrap(),
            token_key_id: "web".try_into().unwrap(),
            mode: Mode::Live,
            verifier: Verifier::Es256 { public_key: "pem".into() },
            created_at: Timestamp::UNIX_EPOCH,
        };
        let stored = serde_json::to_value(&key).unwrap();
        assert_eq!(stored["algorithm"], "ES256");
        assert_eq!(serde_json::from_value::<TokenKey>(stored).unwrap(), key);
    }
}
