//! A device of a user, and whether it can be reached.

use jiff::fmt::serde::timestamp::millisecond as milliseconds;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::id::DeviceId;
use crate::instant::Sum as _;
use crate::message::MessageKind;
use crate::secret::DeviceAddress;
use crate::time_zone::TimeZone;

/// Days of silence after which a device is forgotten, unless its app chooses otherwise: as long as Firebase keeps the token of a
/// silent device, <https://firebase.google.com/docs/cloud-messaging/manage-tokens>.
pub const SILENCE_DAYS: u32 = 270;

/// How long a device whose address no longer works is still shown, so that its app can see why it is not reached.
const RETIRED: SignedDuration = SignedDuration::from_hours(30 * 24);

/// A push channel, by Pinpoint's name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Channel {
    /// Apple, production.
    Apns,
    /// Apple, development.
    ApnsSandbox,
    /// Firebase: Android and web.
    Gcm,
    /// Amazon devices.
    Adm,
    /// Baidu.
    Baidu,
    /// Text message.
    Sms,
}

impl Channel {
    /// Every channel.
    pub const ALL: [Self; 6] = [Self::Apns, Self::ApnsSandbox, Self::Gcm, Self::Adm, Self::Baidu, Self::Sms];

    /// Its name in the API, and in Pinpoint's.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Apns => "APNS",
            Self::ApnsSandbox => "APNS_SANDBOX",
            Self::Gcm => "GCM",
            Self::Adm => "ADM",
            Self::Baidu => "BAIDU",
            Self::Sms => "SMS",
        }
    }
}

/// A device that a user can be reached on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Device {
    /// The app's own id of it.
    pub device_id: DeviceId,
    /// How it is reached.
    pub channel: Channel,
    /// Where it is reached.
    pub address: DeviceAddress,
    /// Its language, if it differs from the user's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub locale: Option<String>,
    /// Where it is, if that differs from the user's time zone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time_zone: Option<TimeZone>,
    /// The version of the app on it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub app_version: Option<String>,
    /// Kinds of messages that are not pushed to it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub opt_out: Vec<MessageKind>,
    /// Days of silence after which it is forgotten. (One from before there was such a thing is not, until it is registered again.)
    #[serde(default = "for_ever")]
    pub expires_after_days: u32,
    /// When it was last registered.
    #[serde(default = "long_ago", with = "milliseconds::required")]
    pub seen_at: Timestamp,
    /// When it was first registered. (Of one from before that was kept, it is not known.)
    #[serde(default, with = "milliseconds::optional", skip_serializing_if = "Option::is_none")]
    pub registered_at: Option<Timestamp>,
    /// Why it is reached no more: its address turned out to be nobody's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retired: Option<Retired>,
}

/// That an address no longer works.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Retired {
    /// When that turned out.
    #[serde(with = "milliseconds::required")]
    pub at: Timestamp,
    /// What Pinpoint said.
    pub reason: String,
}

impl Device {
    /// When it is forgotten, unless it is registered again before.
    pub fn expires_at(&self) -> Timestamp {
        match &self.retired {
            Some(retired) => retired.at.plus(RETIRED),
            None => self.seen_at.plus(days(self.expires_after_days)),
        }
    }

    /// Whether it can be reached. DynamoDB deletes what has expired days late, so the time is compared here too.
    pub fn is_live(&self, now: Timestamp) -> bool {
        self.retired.is_none() && self.expires_at() > now
    }

    /// Whether messages of a kind are pushed to it.
    pub fn wants(&self, kind: MessageKind) -> bool {
        !self.opt_out.contains(&kind)
    }
}

fn long_ago() -> Timestamp {
    Timestamp::UNIX_EPOCH
}

fn for_ever() -> u32 {
    200 * 365
}

fn days(days: u32) -> SignedDuration {
    SignedDuration::from_hours(24 * i64::from(days))
}
