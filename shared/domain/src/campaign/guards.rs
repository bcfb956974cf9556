//! Guards against fraud that a campaign may ask for: how fast a user or a device may go, one reward per device or payment, and
//! holding rewards for review. None of them is on unless the campaign says so. What is remembered of a fingerprint, and under
//! which conditions, is `store::guards`.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::campaign::rule::Rule;
use crate::id::{AppId, UserId};
use crate::secret::FingerprintHash;

/// What a campaign asks for.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Guards {
    /// How fast somebody may go.
    #[serde(default, skip_serializing_if = "Velocity::is_empty")]
    pub velocity: Velocity,
    /// Of what there is one reward each, in all of the campaign.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub one_reward_per: Vec<FingerprintKind>,
    /// Which rewards an admin has to release.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub review: Option<Review>,
}

/// How many events count in a stretch of time.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Velocity {
    /// Of one user.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub per_user: Option<Limit>,
    /// Of one device, whoever uses it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub per_device: Option<Limit>,
}

/// So many events in each stretch of so many minutes, by our clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limit {
    /// 1 to 1,000.
    pub events: u32,
    /// 1 to 10,080, a week.
    pub within_minutes: u32,
}

/// What a fingerprint is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FingerprintKind {
    /// A device.
    Device,
    /// A card or an account.
    Payment,
}

/// Which rewards are held until an admin releases them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Review {
    /// `true`: every one. (`false` is not stored.)
    Always(bool),
    /// Those whose user and event a rule holds of.
    When {
        /// The rule.
        when: Rule,
    },
}

impl Guards {
    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// The fingerprints that an event must tell.
    pub fn needed(&self) -> impl Iterator<Item = FingerprintKind> {
        let per_device = self.velocity.per_device.is_some();
        let all = [FingerprintKind::Device, FingerprintKind::Payment].into_iter();
        all.filter(move |kind| self.one_reward_per.contains(kind) || (*kind == FingerprintKind::Device && per_device))
    }

    /// Of what is asked for, what was not told: a sentence for each.
    pub fn lacking(&self, told: &Fingerprints) -> Vec<String> {
        let lacking = self.needed().filter(|kind| told.get(*kind).is_none());
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

    /// The rule that decides about review.
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
    /// What a refusal says: `of` is whose events it bounds.
    pub fn reason(self, of: &str) -> String {
        let Self { events, within_minutes } = self;
        format!("more than {events} events of this {of} within {within_minutes} minutes")
    }
}

impl FingerprintKind {
    /// As the API writes it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Device => "device",
            Self::Payment => "payment",
        }
    }

    /// What a completed moment is closed with whose reward another one has kept from being given.
    pub fn used(self) -> &'static str {
        match self {
            Self::Device => "device_used",
            Self::Payment => "payment_used",
        }
    }
}

/// The fingerprints that an app told, as hashes: what it told itself is kept nowhere.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fingerprints {
    /// Of the device.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub device: Option<FingerprintHash>,
    /// Of the payment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub payment: Option<FingerprintHash>,
}

impl Fingerprints {
    /// Whether none was told.
    pub fn is_empty(&self) -> bool {
        self.device.is_none() && self.payment.is_none()
    }

    /// One of them.
    pub fn get(&self, kind: FingerprintKind) -> Option<&FingerprintHash> {
        match kind {
            FingerprintKind::Device => self.device.as_ref(),
            FingerprintKind::Payment => self.payment.as_ref(),
        }
    }

    /// Those that a campaign gives one reward each for.
    pub fn of<'a>(
        &'a self,
        guards: &'a Guards,
    ) -> impl Iterator<Item = (FingerprintKind, &'a FingerprintHash)> + use<'a> {
        guards.one_reward_per.iter().filter_map(|kind| Some((*kind, self.get(*kind)?)))
    }
}

/// What stands for a user where events are counted by users: no id.
pub fn hash_of_user(app: &AppId, user: &UserId) -> FingerprintHash {
    hash(app, "user", user.as_str())
}

/// The same text is another hash in another app, and as a fingerprint of another kind.
pub fn hash(app: &AppId, kind: &str, text: &str) -> FingerprintHash {
    let digest = Sha256::digest(format!("{app}\n{kind}\n{text}").as_bytes());
    FingerprintHash::new(URL_SAFE_NO_PAD.encode(digest))
}

/// What is known of a reward that is to be given, as far as the campaign's guards look at it.
#[derive(Debug, Clone, Copy, Default)]
pub struct Guarded<'a> {
    /// The fingerprints that were told, if any.
    pub fingerprints: Option<&'a Fingerprints>,
    /// Whether an admin has to release it.
    pub review: bool,
}

impl<'a> Guarded<'a> {
    /// Those fingerprints that the campaign gives one reward each for.
    pub fn held(self, guards: &'a Guards) -> impl Iterator<Item = (FingerprintKind, &'a FingerprintHash)> + use<'a> {
        self.fingerprints.into_iter().flat_map(|told| told.of(guards))
    }

    /// Those that a campaign asks for, to be kept until the reward is given; none where it asks for none.
    pub fn kept(self, guards: &Guards) -> Option<Fingerprints> {
        let wanted = |kind| guards.one_reward_per.contains(&kind);
        let told = self.fingerprints?;
        let device = told.device.clone().filter(|_| wanted(FingerprintKind::Device));
        let payment = told.payment.clone().filter(|_| wanted(FingerprintKind::Payment));
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
