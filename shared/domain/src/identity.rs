//! API keys and their callers: minting a key, recognising it, and the rights of its scope. The authorizer turns a key
//! into a [`Caller`]; API Gateway passes it to every function as the authorizer's context.

use std::collections::HashMap;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rand::RngCore;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use crate::Error;
use crate::id::{AppId, KeyId, PartnerId, RewardId};
use crate::secret::ApiKey;

/// A key's rights.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// Report moments, ask for rewards, manage users.
    App,
    /// Manage campaigns, reward groups, stock and keys.
    Admin,
    /// Claim and ship orders, as one partner and nobody else.
    Partner,
    /// Act as one user, on the routes below `/v1/apps/{app}/me` alone. No API key has it; user tokens do.
    User,
}

impl Scope {
    /// Returns the name in the API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::App => "app",
            Self::Admin => "admin",
            Self::Partner => "partner",
            Self::User => "user",
        }
    }
}

/// Live or test.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// Real users, real rewards.
    Live,
    /// The whole flow, using nothing up.
    Test,
}

/// The SHA-256 of an API key, which the table stores instead of the key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyHash(pub [u8; 32]);

impl KeyHash {
    /// Returns 64 hex digits.
    pub fn to_hex(&self) -> String {
        self.0.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// True if the hash is `hex`. Takes the same time wherever they differ.
    pub fn is(&self, hex: &str) -> bool {
        self.to_hex().as_bytes().ct_eq(hex.as_bytes()).into()
    }
}

impl ApiKey {
    /// Makes a key: `mk_live_` or `mk_test_`, 256 random bits in base64url, and a checksum. By the checksum, secret
    /// scanners recognise a key, and the authorizer refuses other text without reading the table.
    pub fn mint(mode: Mode, random: &mut impl RngCore) -> Self {
        let mut secret = [0; 32];
        random.fill_bytes(&mut secret);
        let prefix = match mode {
            Mode::Live => "mk_live_",
            Mode::Test => "mk_test_",
        };
        let body = format!("{prefix}{}", URL_SAFE_NO_PAD.encode(secret));
        let checksum = checksum(&body);
        Self::new(format!("{body}{checksum}"))
    }

    /// True if the text has the form of a key and a correct checksum.
    pub fn is_well_formed(&self) -> bool {
        let text = self.expose();
        let prefixed = text.starts_with("mk_live_") || text.starts_with("mk_test_");
        prefixed && text.len() == 8 + 43 + 6 && text.is_ascii() && text[51..] == checksum(&text[..51])
    }

    /// Returns the key's hash.
    pub fn hash(&self) -> KeyHash {
        KeyHash(Sha256::digest(self.expose().as_bytes()).into())
    }
}

fn checksum(body: &str) -> String {
    Sha256::digest(body.as_bytes())[..3].iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The caller, as the authorizer found it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Caller {
    /// The key's app; `None` for the operator's key, which administers every app.
    #[serde(rename = "app", skip_serializing_if = "Option::is_none", default)]
    pub app_id: Option<AppId>,
    /// The key's scope.
    pub scope: Scope,
    /// Live or test.
    pub mode: Mode,
    /// The key's public name; of a user, that of the token key.
    pub key_id: KeyId,
    /// The partner, for a key of scope `partner`.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub partner: Option<PartnerId>,
}

impl Caller {
    /// Reads the caller from the context that API Gateway passes on.
    pub fn from_context(context: &HashMap<String, Value>) -> Option<Self> {
        serde_json::from_value(Value::Object(context.clone().into_iter().collect())).ok()
    }

    /// Returns the app. Fails with a 403 unless the key's scope is `app`.
    pub fn app(&self) -> Result<&AppId, Error> {
        match (self.scope, &self.app_id) {
            (Scope::App, Some(app)) => Ok(app),
            _ => Err(self.out_of_scope("app")),
        }
    }

    /// Returns the app, for routes that an app calls for its users, and that a user calls alone. Fails with a 403 for
    /// other scopes. The request's own user bounds what a user reaches.
    pub fn app_or_user(&self) -> Result<&AppId, Error> {
        match (self.scope, &self.app_id) {
            (Scope::App | Scope::User, Some(app)) => Ok(app),
            _ => Err(self.out_of_scope("app")),
        }
    }

    /// Passes if the key is live and of the reward's app. Rewards are always live: a test key finds none on any route.
    pub fn require_reward(&self, reward: &RewardId, unknown: impl FnOnce() -> Error) -> Result<(), Error> {
        if reward.app() == self.app()? && !self.is_test() { Ok(()) } else { Err(unknown()) }
    }

    /// Passes if the key administers the app.
    pub fn require_admin_of(&self, app: &AppId) -> Result<(), Error> {
        match (self.scope, &self.app_id) {
            (Scope::Admin, None) => Ok(()),
            (Scope::Admin, Some(own)) if own == app => Ok(()),
            (Scope::Admin, Some(_)) => Err(Error::Forbidden(format!("this key does not administer app {app}"))),
            (Scope::App | Scope::Partner | Scope::User, _) => Err(self.out_of_scope("admin")),
        }
    }

    /// Passes if the key may handle the app's orders. Returns the partner if it may handle only that partner's.
    pub fn require_orders_of(&self, app: &AppId) -> Result<Option<&PartnerId>, Error> {
        match (self.scope, &self.app_id, &self.partner) {
            (Scope::Partner, Some(own), Some(partner)) if own == app => Ok(Some(partner)),
            (Scope::Partner, ..) => Err(Error::Forbidden(format!("this key is no partner's of app {app}"))),
            (Scope::App | Scope::User, ..) => Err(self.out_of_scope("admin or partner")),
            (Scope::Admin, ..) => self.require_admin_of(app).map(|()| None),
        }
    }

    /// Returns the 403 for a key of another scope.
    pub fn out_of_scope(&self, needed: &str) -> Error {
        let scope = self.scope.as_str();
        Error::Forbidden(format!("this route needs a key of scope {needed}; this key has scope {scope}"))
    }

    /// True if nothing that the caller does may count.
    pub fn is_test(&self) -> bool {
        self.mode == Mode::Test
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::SeedableRng;

    #[test]
    fn a_minted_key_is_well_formed_and_any_altered_one_is_not() {
        let mut random = rand::rngs::StdRng::seed_from_u64(1);
        for mode in [Mode::Live, Mode::Test] {
            let key = ApiKey::mint(mode, &mut random);
            assert!(key.is_well_formed());
            for position in 0..key.expose().len() {
                let mut altered = key.expose().as_bytes().to_vec();
                altered[position] = if altered[position] == b'x' { b'y' } else { b'x' };
                assert!(!ApiKey::new(String::from_utf8(altered).unwrap()).is_well_formed(), "{position}");
            }
        }
        assert!(!ApiKey::new("").is_well_formed());
        assert!(!ApiKey::new("é".repeat(40)).is_well_formed());
    }

    #[test]
    fn a_hash_is_itself_and_no_other() {
        let hash = ApiKey::new("a").hash();
        assert!(hash.is(&hash.to_hex()));
        assert!(!hash.is(&ApiKey::new("b").hash().to_hex()));
        assert!(!hash.is(""));
    }

    #[test]
    fn scopes_and_apps_do_not_leak_into_each_other() {
        let caller = |app: Option<&str>, scope| Caller {
            app_id: app.map(|app| app.try_into().unwrap()),
            scope,
            mode: Mode::Live,
            key_id: "k".try_into().unwrap(),
            partner: (scope == Scope::Partner).then(|| "acme".try_into().unwrap()),
        };
        let (a, b): (AppId, AppId) = ("a".try_into().unwrap(), "b".try_into().unwrap());
        assert!(caller(None, Scope::Admin).require_admin_of(&a).is_ok());
        assert!(caller(Some("a"), Scope::Admin).require_admin_of(&a).is_ok());
        assert!(caller(Some("a"), Scope::Admin).require_admin_of(&b).is_err());
        assert!(caller(Some("a"), Scope::App).require_admin_of(&a).is_err());
        assert_eq!(caller(Some("a"), Scope::App).app().unwrap(), &a);
        assert!(caller(Some("a"), Scope::Admin).app().is_err());
        assert!(caller(None, Scope::App).app().is_err());
        let partner = caller(Some("a"), Scope::Partner);
        assert!(partner.app().is_err() && partner.require_admin_of(&a).is_err());
        assert_eq!(partner.require_orders_of(&a).unwrap().unwrap().as_str(), "acme");
        assert!(partner.require_orders_of(&b).is_err());
        assert_eq!(caller(Some("a"), Scope::Admin).require_orders_of(&a).unwrap(), None);
        assert!(caller(Some("a"), Scope::Admin).require_orders_of(&b).is_err());
        assert!(caller(Some("a"), Scope::App).require_orders_of(&a).is_err());
        let user = caller(Some("a"), Scope::User);
        assert!(user.app().is_err() && user.require_admin_of(&a).is_err() && user.require_orders_of(&a).is_err());
        assert_eq!(user.app_or_user().unwrap(), &a);
        assert!(caller(None, Scope::User).app_or_user().is_err() && partner.app_or_user().is_err());
        // A partner's key without a partner sees no orders.
        assert!(Caller { partner: None, ..partner }.require_orders_of(&a).is_err());
    }
}
