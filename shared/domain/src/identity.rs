//! API keys and the caller they stand for: minting a key, recognising one, and what its scope allows. The authorizer
//! turns a key into a [`Caller`]; API Gateway hands it to every function as the authorizer's context.

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

/// What a key may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// Report moments, ask for rewards, manage users.
    App,
    /// Manage campaigns, reward groups, stock and keys.
    Admin,
    /// Claim and ship orders, as one partner and nobody else.
    Partner,
}

impl Scope {
    /// As in the API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::App => "app",
            Self::Admin => "admin",
            Self::Partner => "partner",
        }
    }
}

/// Whether what a key does is real.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// Real users, real rewards.
    Live,
    /// The whole flow, consuming nothing.
    Test,
}

/// The SHA-256 of an API key: what the table knows of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyHash(pub [u8; 32]);

impl KeyHash {
    /// As 64 hex digits.
    pub fn to_hex(&self) -> String {
        self.0.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// Whether the hash is that one, in a time that does not depend on where they differ.
    pub fn is(&self, hex: &str) -> bool {
        self.to_hex().as_bytes().ct_eq(hex.as_bytes()).into()
    }
}

impl ApiKey {
    /// A new key: `mk_live_` or `mk_test_`, 256 random bits in base64url, and a checksum by which a secret scanner (and
    /// the authorizer, before it asks the table) tells a key from text that looks like one.
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

    /// Whether the text has the form of a key and its checksum is right.
    pub fn is_well_formed(&self) -> bool {
        let text = self.expose();
        let prefixed = text.starts_with("mk_live_") || text.starts_with("mk_test_");
        prefixed && text.len() == 8 + 43 + 6 && text.is_ascii() && text[51..] == checksum(&text[..51])
    }

    /// The key's hash.
    pub fn hash(&self) -> KeyHash {
        KeyHash(Sha256::digest(self.expose().as_bytes()).into())
    }
}

fn checksum(body: &str) -> String {
    Sha256::digest(body.as_bytes())[..3].iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Who calls: what the authorizer found out about the key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Caller {
    /// The app whose key it is; `None` is the operator's key, which administers every app.
    #[serde(rename = "app", skip_serializing_if = "Option::is_none", default)]
    pub app_id: Option<AppId>,
    /// What the key may do.
    pub scope: Scope,
    /// Whether it is real.
    pub mode: Mode,
    /// The key's public name.
    pub key_id: KeyId,
    /// Of a key of scope `partner`: which one.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub partner: Option<PartnerId>,
}

impl Caller {
    /// The caller in the context that API Gateway passes on from the authorizer.
    pub fn from_context(context: &HashMap<String, Value>) -> Option<Self> {
        serde_json::from_value(Value::Object(context.clone().into_iter().collect())).ok()
    }

    /// The app, if the key may act for one.
    pub fn app(&self) -> Result<&AppId, Error> {
        match (self.scope, &self.app_id) {
            (Scope::App, Some(app)) => Ok(app),
            _ => Err(self.out_of_scope("app")),
        }
    }

    /// Passes if the reward is there for this key of scope `app`: it is the app's own, and the key is live. Rewards are always
    /// live, so a test key finds none, by whatever route.
    pub fn require_reward(&self, reward: &RewardId, unknown: impl FnOnce() -> Error) -> Result<(), Error> {
        if reward.app() == self.app()? && !self.is_test() { Ok(()) } else { Err(unknown()) }
    }

    /// Passes if the key administers that app.
    pub fn require_admin_of(&self, app: &AppId) -> Result<(), Error> {
        match (self.scope, &self.app_id) {
            (Scope::Admin, None) => Ok(()),
            (Scope::Admin, Some(own)) if own == app => Ok(()),
            (Scope::Admin, Some(_)) => Err(Error::Forbidden(format!("this key does not administer app {app}"))),
            (Scope::App | Scope::Partner, _) => Err(self.out_of_scope("admin")),
        }
    }

    /// Passes if the key may handle that app's orders: all of them, or as the partner that is returned, whom the orders of others
    /// are none of its business.
    pub fn require_orders_of(&self, app: &AppId) -> Result<Option<&PartnerId>, Error> {
        match (self.scope, &self.app_id, &self.partner) {
            (Scope::Partner, Some(own), Some(partner)) if own == app => Ok(Some(partner)),
            (Scope::Partner, ..) => Err(Error::Forbidden(format!("this key is no partner's of app {app}"))),
            (Scope::App, ..) => Err(self.out_of_scope("admin or partner")),
            (Scope::Admin, ..) => self.require_admin_of(app).map(|()| None),
        }
    }

    /// The key's scope is another one.
    pub fn out_of_scope(&self, needed: &str) -> Error {
        let scope = self.scope.as_str();
        Error::Forbidden(format!("this route needs a key of scope {needed}; this key has scope {scope}"))
    }

    /// Whether nothing that the caller does may count.
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
        // One that says of no partner whose it is sees nobody's orders.
        assert!(Caller { partner: None, ..partner }.require_orders_of(&a).is_err());
    }
}
