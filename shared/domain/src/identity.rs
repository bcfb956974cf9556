//! API keys and their callers: minting a key, recognising it, and the rights of its scope. The authorizer turns a key
//! into a [`Caller`]; API Gateway passes it to every function as the authorizer's context.

use std::collections::HashMap;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use rand::RngCore;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use crate::Error;
use crate::id::{AppId, KeyId, PartnerId, PersonId, RewardId};
use crate::person::{MintedBy, PersonKind, Roles, flat_roles};
use crate::secret::{ApiKey, SessionKey, SignInKey};

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
    /// Administer as a person or a service, by the roles in each app.
    Person,
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
            Self::Person => "person",
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
        let prefix = match mode {
            Mode::Live => "mk_live_",
            Mode::Test => "mk_test_",
        };
        Self::new(mint(prefix, random))
    }

    /// True if the text has the form of a key and a correct checksum.
    pub fn is_well_formed(&self) -> bool {
        is_minted("mk_live_", self.expose()) || is_minted("mk_test_", self.expose())
    }

    /// Returns the key's hash.
    pub fn hash(&self) -> KeyHash {
        KeyHash(Sha256::digest(self.expose().as_bytes()).into())
    }
}

impl SessionKey {
    /// Makes a session: `ms_`, 256 random bits in base64url, and a checksum.
    pub fn mint(random: &mut impl RngCore) -> Self {
        Self::new(mint("ms_", random))
    }

    /// True if the text has the form of a session and a correct checksum. An API key never has.
    pub fn is_well_formed(&self) -> bool {
        is_minted("ms_", self.expose())
    }

    /// Returns the session's hash, which the table stores instead of the session.
    pub fn hash(&self) -> KeyHash {
        KeyHash(Sha256::digest(self.expose().as_bytes()).into())
    }
}

impl SignInKey {
    /// Makes the key of a sign-in: `mi_`, 256 random bits in base64url, and a checksum.
    pub fn mint(random: &mut impl RngCore) -> Self {
        Self::new(mint("mi_", random))
    }

    /// True if the text has the form of a sign-in's key and a correct checksum. Neither a session nor an API key has.
    pub fn is_well_formed(&self) -> bool {
        is_minted("mi_", self.expose())
    }

    /// Returns the hash by which the table knows the sign-in.
    pub fn hash(&self) -> KeyHash {
        KeyHash(Sha256::digest(self.expose().as_bytes()).into())
    }
}

/// Characters of 256 bits in base64url, and of the checksum behind them.
const SECRET: usize = 43;
const CHECKSUM: usize = 6;

fn mint(prefix: &str, random: &mut impl RngCore) -> String {
    let mut secret = [0; 32];
    random.fill_bytes(&mut secret);
    let body = format!("{prefix}{}", URL_SAFE_NO_PAD.encode(secret));
    let checksum = checksum(&body);
    format!("{body}{checksum}")
}

fn is_minted(prefix: &str, text: &str) -> bool {
    let body = prefix.len() + SECRET;
    text.starts_with(prefix)
        && text.len() == body + CHECKSUM
        && text.is_ascii()
        && text[body..] == checksum(&text[..body])
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
    /// The person or service, for scope `person`.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub person: Option<PersonId>,
    /// The people behind the key.
    #[serde(skip_serializing_if = "MintedBy::is_empty", default)]
    pub minted_by: MintedBy,
}

/// What the authorizer adds for a caller of scope `person`: read anew each time it is asked, so that a role that was
/// taken away is gone within a minute.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Standing {
    /// For people.
    pub person_name: String,
    /// Human or not.
    pub person_kind: PersonKind,
    /// The roles by app.
    #[serde(with = "flat_roles")]
    pub roles: Roles,
    /// The end of the session, if the caller came with one. The authorizer's answer may be a minute old.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub session_until: Option<Timestamp>,
}

impl Standing {
    /// Reads the standing from the context that API Gateway passes on.
    pub fn from_context(context: &HashMap<String, Value>) -> Option<Self> {
        serde_json::from_value(Value::Object(context.clone().into_iter().collect())).ok()
    }
}

impl Caller {
    /// Returns a caller of a key that belongs to no partner and no person, and that the operator minted.
    pub fn new(app_id: Option<AppId>, scope: Scope, mode: Mode, key_id: KeyId) -> Self {
        Self { app_id, scope, mode, key_id, partner: None, person: None, minted_by: MintedBy::default() }
    }

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
            (Scope::App | Scope::Partner | Scope::Person | Scope::User, _) => Err(self.out_of_scope("admin")),
        }
    }

    /// Passes if the key may handle the app's orders. Returns the partner if it may handle only that partner's.
    pub fn require_orders_of(&self, app: &AppId) -> Result<Option<&PartnerId>, Error> {
        match (self.scope, &self.app_id, &self.partner) {
            (Scope::Partner, Some(own), Some(partner)) if own == app => Ok(Some(partner)),
            (Scope::Partner, ..) => Err(Error::Forbidden(format!("this key is no partner's of app {app}"))),
            (Scope::App | Scope::Person | Scope::User, ..) => Err(self.out_of_scope("admin or partner")),
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
        let session = SessionKey::mint(&mut random);
        assert!(session.is_well_formed() && !ApiKey::new(session.expose()).is_well_formed());
        assert!(!SessionKey::new(ApiKey::mint(Mode::Live, &mut random).expose()).is_well_formed());
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
            person: (scope == Scope::Person).then(|| "ada".try_into().unwrap()),
            minted_by: MintedBy::default(),
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
        // A person's roles decide, route by route, and the key alone opens nothing.
        for app in [None, Some("a")] {
            let person = caller(app, Scope::Person);
            assert!(person.app().is_err() && person.app_or_user().is_err() && person.require_admin_of(&a).is_err());
            assert!(person.require_orders_of(&a).is_err());
        }
        // A partner's key without a partner sees no orders.
        assert!(Caller { partner: None, ..partner }.require_orders_of(&a).is_err());
    }
}
