//! Identifiers, checked once at the edge. A value of these types is safe in a key, a URL or a log line unless its type
//! says otherwise. `store::schema` turns ids into keys.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use jiff::Timestamp;
use rand::RngCore;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq as _;

use crate::secret::LinkKey;

/// Why a string is not a valid identifier, in words for the API's callers.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct InvalidId(pub &'static str);

/// Shards of the reward index. A reward's id carries its shard, so one Query finds it.
pub const REWARD_SHARDS: u8 = 16;

/// Random bytes of a signed reward id. The rest of its 16 bytes is the signature.
const SIGNED_BYTES: usize = 12;

/// Characters that encode the 16 bytes at the end of a reward id.
const SECRET_CHARACTERS: usize = 22;

macro_rules! identifiers {
    ($($(#[$doc:meta])* $name:ident: $check:path,)*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// Returns the text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl TryFrom<String> for $name {
            type Error = InvalidId;
            fn try_from(text: String) -> Result<Self, InvalidId> {
                $check(&text)?;
                Ok(Self(text))
            }
        }

        impl TryFrom<&str> for $name {
            type Error = InvalidId;
            fn try_from(text: &str) -> Result<Self, InvalidId> {
                Self::try_from(text.to_owned())
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> String {
                id.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str(&self.0)
            }
        }
    )*};
}

identifiers! {
    /// An app: the tenant. 1 to 64 of `A-Z a-z 0-9 _ -`.
    AppId: check_name,
    /// A campaign, unique within its app. 1 to 64 of `A-Z a-z 0-9 _ -`.
    CampaignId: check_name,
    /// A moment, unique within its campaign. 1 to 64 of `A-Z a-z 0-9 _ -`.
    MomentId: check_name,
    /// A reward group, unique within its app. 1 to 64 of `A-Z a-z 0-9 _ -`.
    RewardGroupId: check_name,
    /// An API key's public name. It reveals nothing about the secret.
    KeyId: check_name,
    /// A webhook, unique within its app. 1 to 64 of `A-Z a-z 0-9 _ -`.
    WebhookId: check_name,
    /// A partner, unique within its app: a merchant or a shipper. 1 to 64 of `A-Z a-z 0-9 _ -`.
    PartnerId: check_name,
    /// A supplier, unique within its app: who makes reward URLs at the moment of need. 1 to 64 of `A-Z a-z 0-9 _ -`.
    SupplierId: check_name,
    /// A person or a service who administers. 1 to 64 of `A-Z a-z 0-9 _ - . @`.
    PersonId: check_person,
    /// A domain event: `evt_` and a text that sorts by time. The id stays with the event.
    DomainEventId: check_name,
    /// A user's action, in the app's words ("level_completed"). 1 to 64 of `A-Z a-z 0-9 _ - . :`.
    Action: check_action,
    /// A user, by the app's own id: any 1 to 256 bytes of UTF-8 without control characters.
    UserId: check_text,
    /// An event, by the app's own id: any 1 to 256 bytes of UTF-8 without control characters.
    EventId: check_text,
    /// A device, by the app's own id: any 1 to 256 bytes of UTF-8 without control characters.
    DeviceId: check_text,
}

fn check_name(text: &str) -> Result<(), InvalidId> {
    check_characters(text, b"_-", "must be 1 to 64 characters out of A-Z a-z 0-9 _ -")
}

fn check_person(text: &str) -> Result<(), InvalidId> {
    // In an address, a browser takes these for a step up.
    if matches!(text, "." | "..") {
        return Err(InvalidId("must not be . or .."));
    }
    check_characters(text, b"_-.@", "must be 1 to 64 characters out of A-Z a-z 0-9 _ - . @")
}

fn check_action(text: &str) -> Result<(), InvalidId> {
    check_characters(text, b"_-.:", "must be 1 to 64 characters out of A-Z a-z 0-9 _ - . :")
}

fn check_characters(text: &str, special: &[u8], refusal: &'static str) -> Result<(), InvalidId> {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || special.contains(&byte);
    let passes = (1..=64).contains(&text.len()) && text.bytes().all(allowed);
    if passes { Ok(()) } else { Err(InvalidId(refusal)) }
}

fn check_text(text: &str) -> Result<(), InvalidId> {
    if (1..=256).contains(&text.len()) && !text.chars().any(char::is_control) {
        Ok(())
    } else {
        Err(InvalidId("must be 1 to 256 bytes of UTF-8 without control characters"))
    }
}

/// The refusal of an id with U+FFFD.
pub const NOT_UTF8: &str =
    "has bytes that are not UTF-8 (or U+FFFD in their place); encode the id as UTF-8, like M%C3%BCller";

/// Refuses text with U+FFFD, which replaces bytes that are not UTF-8: a caller that writes ISO 8859-1 would merge ids.
/// Only new ids are checked; stored ones stay readable.
pub fn check_utf8(text: &str) -> Result<(), InvalidId> {
    if text.contains(char::REPLACEMENT_CHARACTER) { Err(InvalidId(NOT_UTF8)) } else { Ok(()) }
}

impl EventId {
    /// The first 64 bits of the id's SHA-256, which recognise a repeated event. Two ids among the few hundred of a
    /// progress item collide with a probability below 10⁻¹⁴.
    pub fn fingerprint(&self) -> [u8; 8] {
        let mut fingerprint = [0; 8];
        fingerprint.copy_from_slice(&Sha256::digest(self.0.as_bytes())[..8]);
        fingerprint
    }
}

/// A reward's id: `{app}.{campaign}.{tail}`, which also locates it in the index. The tail is the shard (2 hex digits),
/// the creation time in milliseconds (12 hex digits, so that a shard's ids sort by age) and 128 random bits
/// (base64url). The id opens the reward, so `Debug` hides the tail and logs never show it whole. In a signed id the
/// last 32 bits are a signature by the campaign's [`LinkKey`]; ids of earlier versions have none.
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct RewardId {
    text: String,
    app: AppId,
    campaign: CampaignId,
    shard: u8,
    created_at: Timestamp,
}

impl RewardId {
    /// Makes an unguessable id. `random` must be a cryptographically secure generator.
    pub fn new(app: &AppId, campaign: &CampaignId, now: Timestamp, random: &mut impl RngCore) -> Self {
        let mut bytes = [0; 17];
        random.fill_bytes(&mut bytes);
        let shard = bytes[16] % REWARD_SHARDS;
        let milliseconds = now.as_millisecond().max(0);
        let secret = URL_SAFE_NO_PAD.encode(&bytes[..16]);
        Self {
            text: format!("{app}.{campaign}.{shard:02x}{milliseconds:012x}{secret}"),
            app: app.clone(),
            campaign: campaign.clone(),
            shard,
            created_at: Timestamp::from_millisecond(milliseconds).unwrap_or(Timestamp::UNIX_EPOCH),
        }
    }

    /// Signs the id, so that [`RewardId::is_signed`] recognises a made-up one without reading the table.
    pub fn signed(mut self, key: &LinkKey) -> Self {
        let (place, mut bytes) = self.split();
        let Some(signature) = signature(place, &bytes[..SIGNED_BYTES], key) else { return self };
        bytes[SIGNED_BYTES..].copy_from_slice(&signature);
        self.text = format!("{place}{}", URL_SAFE_NO_PAD.encode(bytes));
        self
    }

    /// True if the id was signed with the key. One guess in 2³² passes.
    pub fn is_signed(&self, key: &LinkKey) -> bool {
        let (place, bytes) = self.split();
        signature(place, &bytes[..SIGNED_BYTES], key)
            .is_some_and(|signature| signature.ct_eq(&bytes[SIGNED_BYTES..]).into())
    }

    /// Returns the text before the 16 bytes, and the bytes.
    fn split(&self) -> (&str, [u8; 16]) {
        let (place, secret) = self.text.split_at(self.text.len() - SECRET_CHARACTERS);
        let mut bytes = [0; 16];
        // Every id holds 16 valid bytes.
        if let Ok(decoded) = URL_SAFE_NO_PAD.decode(secret) {
            bytes.copy_from_slice(&decoded);
        }
        (place, bytes)
    }

    /// Returns the text that separates a shard's ids from before `time` from the later ones.
    pub fn first_at(app: &AppId, campaign: &CampaignId, shard: u8, time: Timestamp) -> String {
        format!("{app}.{campaign}.{shard:02x}{:012x}", time.as_millisecond().max(0))
    }

    /// Returns the text, as in a redeem link.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Returns the app.
    pub fn app(&self) -> &AppId {
        &self.app
    }

    /// Returns the campaign.
    pub fn campaign(&self) -> &CampaignId {
        &self.campaign
    }

    /// Returns the shard, below [`REWARD_SHARDS`].
    pub fn shard(&self) -> u8 {
        self.shard
    }

    /// Returns the creation time, to the millisecond.
    pub fn created_at(&self) -> Timestamp {
        self.created_at
    }

    /// Returns a hash for logs, collapse keys and correlation. It does not open the redeem link.
    pub fn fingerprint(&self) -> String {
        URL_SAFE_NO_PAD.encode(&Sha256::digest(self.text.as_bytes())[..12])
    }
}

impl RewardId {
    /// Returns the id under which a supplier makes this reward: 32 letters and digits. The same reward always has the
    /// same, so an order that is repeated makes nothing new. It does not open the redeem link.
    pub fn order_id(&self) -> String {
        let digest = Sha256::new().chain_update("supplier order:").chain_update(self.text.as_bytes()).finalize();
        digest.iter().take(16).fold(String::new(), |id, byte| format!("{id}{byte:02x}"))
    }
}

fn signature(place: &str, random: &[u8], key: &LinkKey) -> Option<[u8; 16 - SIGNED_BYTES]> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key.expose().as_bytes()).ok()?;
    mac.update(place.as_bytes());
    mac.update(random);
    mac.finalize().into_bytes().first_chunk().copied()
}

impl TryFrom<String> for RewardId {
    type Error = InvalidId;

    fn try_from(text: String) -> Result<Self, InvalidId> {
        const INVALID: InvalidId = InvalidId("is not a reward id");
        let mut parts = text.split('.');
        let (Some(app), Some(campaign), Some(tail), None) = (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(INVALID);
        };
        let app = AppId::try_from(app).map_err(|_| INVALID)?;
        let campaign = CampaignId::try_from(campaign).map_err(|_| INVALID)?;
        if tail.len() != 36 || !tail.is_ascii() {
            return Err(INVALID);
        }
        let (place, secret) = tail.split_at(14);
        let lowercase_hex = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
        if !place.bytes().all(lowercase_hex) || !URL_SAFE_NO_PAD.decode(secret).is_ok_and(|bytes| bytes.len() == 16) {
            return Err(INVALID);
        }
        let shard = u8::from_str_radix(&place[..2], 16).map_err(|_| INVALID)?;
        let milliseconds = i64::from_str_radix(&place[2..], 16).map_err(|_| INVALID)?;
        let created_at = Timestamp::from_millisecond(milliseconds).map_err(|_| INVALID)?;
        if shard >= REWARD_SHARDS {
            return Err(INVALID);
        }
        Ok(Self { text, app, campaign, shard, created_at })
    }
}

impl TryFrom<&str> for RewardId {
    type Error = InvalidId;
    fn try_from(text: &str) -> Result<Self, InvalidId> {
        Self::try_from(text.to_owned())
    }
}

impl From<RewardId> for String {
    fn from(id: RewardId) -> String {
        id.text
    }
}

impl fmt::Debug for RewardId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "RewardId({}.{}.…{})", self.app, self.campaign, self.fingerprint())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::SeedableRng as _;

    #[test]
    fn ids_that_could_forge_a_key_or_a_log_line_are_refused() {
        for bad in ["", "a b", "a#b", "a/b", "a.b", "é", &"x".repeat(65)] {
            assert!(AppId::try_from(bad).is_err(), "{bad:?}");
        }
        for bad in ["", "a\nb", "\u{0}", "\u{7f}", "\u{85}", &"x".repeat(257)] {
            assert!(UserId::try_from(bad).is_err(), "{bad:?}");
        }
        for good in ["a", "user#1", "Zoë Ω", "a/b%23", &"x".repeat(256)] {
            assert!(UserId::try_from(good).is_ok(), "{good:?}");
        }
    }

    #[test]
    fn a_reward_id_names_its_place_and_survives_the_way_through_text() {
        let mut random = rand::rngs::StdRng::seed_from_u64(7);
        let now = Timestamp::from_millisecond(1_795_000_000_123).unwrap();
        let app = AppId::try_from("demo-shop").unwrap();
        let campaign = CampaignId::try_from("five_deposits").unwrap();
        let id = RewardId::new(&app, &campaign, now, &mut random);
        let read = RewardId::try_from(id.as_str()).unwrap();
        assert_eq!(read, id);
        assert_eq!((read.app(), read.campaign(), read.created_at()), (&app, &campaign, now));
        assert!(read.shard() < REWARD_SHARDS);
    }

    #[test]
    fn an_id_is_signed_by_the_key_that_signed_it_and_by_no_other_and_for_its_place_and_time_alone() {
        let mut random = rand::rngs::StdRng::seed_from_u64(7);
        let [key, other] = [(); 2].map(|()| LinkKey::generate(&mut random));
        let (app, campaign) = ("app".try_into().unwrap(), "spring".try_into().unwrap());
        let now = Timestamp::from_millisecond(1_795_000_000_123).unwrap();
        let unsigned = RewardId::new(&app, &campaign, now, &mut random);
        let signed = unsigned.clone().signed(&key);
        assert_eq!((signed.created_at(), signed.shard()), (unsigned.created_at(), unsigned.shard()));
        let read = RewardId::try_from(signed.as_str()).unwrap();
        assert!(read == signed && read.is_signed(&key) && !read.is_signed(&other) && !unsigned.is_signed(&key));
        // The same secret at another time, in another campaign or app.
        let forged = [("1a1ee565e7b", "1a1ee565e7c"), (".spring.", ".autumn."), ("app.", "apps.")];
        for (from, to) in forged {
            let forged = signed.as_str().replacen(from, to, 1);
            assert_ne!(forged, signed.as_str());
            assert!(!RewardId::try_from(forged.as_str()).unwrap().is_signed(&key), "{forged}");
        }
    }

    #[test]
    fn debug_output_of_a_reward_id_does_not_open_its_link() {
        let mut random = rand::rngs::StdRng::seed_from_u64(1);
        let id = RewardId::new(
            &AppId::try_from("a").unwrap(),
            &CampaignId::try_from("c").unwrap(),
            Timestamp::UNIX_EPOCH,
            &mut random,
        );
        let tail = id.as_str().rsplit('.').next().unwrap();
        assert!(!format!("{id:?}").contains(tail));
    }

    #[test]
    fn text_that_is_no_reward_id_is_refused() {
        for bad in ["", "a.b", "a.b.c", "a.b.c.d", "a b.c.AAAA", "a.b._____________________________________"] {
            assert!(RewardId::try_from(bad).is_err(), "{bad:?}");
        }
    }
}
