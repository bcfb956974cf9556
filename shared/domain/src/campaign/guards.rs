//! Guards against fraud, all off by default: limits on the speed of a user or a device, one reward per device or
//! payment, and review before the award. `store::guards` remembers the fingerprints.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::campaign::rule::Rule;
use crate::id::{AppId, UserId};
use crate::secret::FingerprintHash;

/// A campaign's guards.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Guards {
    /// Limits on the number of events.
    #[serde(default, skip_serializing_if = "Velocity::is_empty")]
    pub velocity: Velocity,
    /// The kinds of fingerprint that earn one reward each in the whole campaign.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub one_reward_per: Vec<FingerprintKind>,
    /// The rewards that an admin has to release.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub review: Option<Review>,
}

/// Limits on the events that count.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Velocity {
    /// Per user.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub per_user: Option<Limit>,
    /// Per device, across its users.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub per_device: Option<Limit>,
}

/// At most `events` in each stretch of `within_minutes`, by our clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limit {
    /// 1 to 1,000.
    pub events: u32,
    /// 1 to 10,080, a week.
    pub within_minutes: u32,
}

/// The thing that a fingerprint identifies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FingerprintKind {
    /// A device.
    Device,
    /// A card or an account.
    Payment,
}

/// The rewards that are held until an admin releases them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Review {
    /// All of them. (`false` is not stored.)
    Always(bool),
    /// Those whose user and event pass a rule.
    When {
        /// The rule.
        when: Rule,
    },
}

impl Guards {
    /// True if no guard is on.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Returns the kinds of fingerprint that an event needs.
    pub fn needed(&self) -> impl Iterator<Item = FingerprintKind> {
        let per_device = self.velocity.per_device.is_some();
        let all = [FingerprintKind::Device, FingerprintKind::Payment].into_iter();
        all.filter(move |kind| self.one_reward_per.contains(kind) || (*kind == FingerprintKind::Device && per_device))
    }

    /// Returns one sentence for each fingerprint that the campaign needs and the event lacks.
    pub fn lacking(&self, given: &Fingerprints) -> Vec<String> {
        let lacking = self.needed().filter(|kind| given.get(*kind).is_none());
        lacking
            .map(|kind| {
                let why = if self.one_reward_per.contains(&kind) {
                    format!("gives one reward per {}", kind.as_str())
                } else {
                    format!("counts events by {}", kind.as_str())
                };
                format!("send fingerprints.{}: the campaign {why}", kind.as_str())
            })
            .collect()
    }

    /// Returns the rule that decides about review, if one does.
    pub fn rule(&self) -> Option<&Rule> {
        match &self.review {
            Some(Review::When { when }) => Some(when),
            _ => None,
        }
    }
}

impl Velocity {
    fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

impl Limit {
    /// Returns the reason of a refusal. `of` names whose events the limit counts.
    pub fn reason(self, of: &str) -> String {
        let Self { events, within_minutes } = self;
        format!("more than {events} events of this {of} within {within_minutes} minutes")
    }
}

impl FingerprintKind {
    /// Returns the name in the API.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Device => "device",
            Self::Payment => "payment",
        }
    }

    /// Returns the close reason when another reward already used this fingerprint.
    pub fn used(self) -> &'static str {
        match self {
            Self::Device => "device_used",
            Self::Payment => "payment_used",
        }
    }
}

/// The fingerprints that an app sent, as hashes. The originals are not stored.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fingerprints {
    /// The device's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub device: Option<FingerprintHash>,
    /// The payment's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub payment: Option<FingerprintHash>,
}

impl Fingerprints {
    /// True if both are absent.
    pub fn is_empty(&self) -> bool {
        self.device.is_none() && self.payment.is_none()
    }

    /// Returns the fingerprint of a kind.
    pub fn get(&self, kind: FingerprintKind) -> Option<&FingerprintHash> {
        match kind {
            FingerprintKind::Device => self.device.as_ref(),
            FingerprintKind::Payment => self.payment.as_ref(),
        }
    }

    /// Returns those that earn one reward each.
    pub fn of<'a>(
        &'a self,
        guards: &'a Guards,
    ) -> impl Iterator<Item = (FingerprintKind, &'a FingerprintHash)> + use<'a> {
        guards.one_reward_per.iter().filter_map(|kind| Some((*kind, self.get(*kind)?)))
    }
}

/// Returns the hash that counts a user's events, so that the counter holds no id.
pub fn hash_of_user(app: &AppId, user: &UserId) -> FingerprintHash {
    hash(app, "user", user.as_str())
}

/// Hashes a text. The hash differs between apps and between kinds of fingerprint.
pub fn hash(app: &AppId, kind: &str, text: &str) -> FingerprintHash {
    let digest = Sha256::digest(format!("{app}\n{kind}\n{text}").as_bytes());
    FingerprintHash::new(URL_SAFE_NO_PAD.encode(digest))
}

/// A reward's facts that the guards need before it is given.
#[derive(Debug, Clone, Copy, Default)]
pub struct Guarded<'a> {
    /// The event's fingerprints, if it had any.
    pub fingerprints: Option<&'a Fingerprints>,
    /// True if an admin has to release it.
    pub review: bool,
}

impl<'a> Guarded<'a> {
    /// Returns the fingerprints that earn one reward each in the campaign.
    pub fn held(self, guards: &'a Guards) -> impl Iterator<Item = (FingerprintKind, &'a FingerprintHash)> + use<'a> {
        self.fingerprints.into_iter().flat_map(|fingerprints| fingerprints.of(guards))
    }

    /// Returns the fingerprints to keep until the reward is given, if the campaign needs any.
    pub fn kept(self, guards: &Guards) -> Option<Fingerprints> {
        let wanted = |kind| guards.one_reward_per.contains(&kind);
        let given = self.fingerprints?;
        let device = given.device.clone().filter(|_| wanted(FingerprintKind::Device));
        let payment = given.payment.clone().filter(|_| wanted(FingerprintKind::Payment));
        Some(Fingerprints { device, payment }).filter(|kept| !kept.is_empty())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fingerprint_is_another_one_in_another_app_and_of_another_kind() {
        let (a, b): (AppId, AppId) = ("a".try_into().unwrap(), "b".try_into().unwrap());
        assert_eq!(hash(&a, "device", "x"), hash(&a, "device", "x"));
        assert_ne!(hash(&a, "device", "x"), hash(&b, "device", "x"));
        assert_ne!(hash(&a, "device", "x"), hash(&a, "payment", "x"));
        assert!(!format!("{:?}", hash(&a, "device", "x")).contains(hash(&a, "device", "x").expose()));
    }

    #[test]
    fn what_is_lacking_is_named_with_its_reason() {
        let per_device = Some(Limit { events: 1, within_minutes: 1 });
        let velocity = Velocity { per_device, per_user: None };
        let guards = Guards { velocity, one_reward_per: vec![FingerprintKind::Payment], review: None };
        assert_eq!(
            guards.lacking(&Fingerprints::default()),
            [
                "send fingerprints.device: the campaign counts events by device",
                "send fingerprints.payment: the campaign gives one reward per payment"
            ]
        );
        assert!(Guards::default().lacking(&Fingerprints::default()).is_empty());
    }

    #[test]
    fn guards_are_stored_as_the_api_shows_them() {
        for text in [
            r#"{"review":true}"#,
            r#"{"velocity":{"per_user":{"events":10,"within_minutes":60}},"one_reward_per":["device","payment"]}"#,
            r#"{"review":{"when":"user.marketplace == 'US'"}}"#,
        ] {
            let guards: Guards = serde_json::from_str(text).unwrap();
            assert_eq!(serde_json::to_string(&guards).unwrap(), text);
        }
    }
}
