//! A user's device, and whether pushes reach it.

use jiff::fmt::serde::timestamp::millisecond as milliseconds;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::id::DeviceId;
use crate::instant::Sum as _;
use crate::message::MessageKind;
use crate::secret::DeviceAddress;
use crate::time_zone::TimeZone;

/// The default days of silence before a device is forgotten, as Firebase does with tokens:
/// <https://firebase.google.com/docs/cloud-messaging/manage-tokens>.
pub const SILENCE_DAYS: u32 = 270;

/// The time that a device with a dead address is still shown, so that its app sees why.
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

    /// Returns the name in the API and in Pinpoint's.
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

/// A user's device.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Device {
    /// The app's id of it.
    pub device_id: DeviceId,
    /// The push channel.
    pub channel: Channel,
    /// The token or telephone number.
    pub address: DeviceAddress,
    /// Its language, if it differs from the user's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub locale: Option<String>,
    /// Its time zone, if it differs from the user's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time_zone: Option<TimeZone>,
    /// The version of the app on it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub app_version: Option<String>,
    /// Kinds of messages that it does not get.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub opt_out: Vec<MessageKind>,
    /// Days of silence before it is forgotten. (A device without this field stays until it registers again.)
    #[serde(default = "for_ever")]
    pub expires_after_days: u32,
    /// The time of its last registration.
    #[serde(default = "long_ago", with = "milliseconds::required")]
    pub seen_at: Timestamp,
    /// The time of its first registration; unknown for older devices.
    #[serde(default, with = "milliseconds::optional", skip_serializing_if = "Option::is_none")]
    pub registered_at: Option<Timestamp>,
    /// Set once its address is dead.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retired: Option<Retired>,
}

/// Why and when an address stopped working.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Retired {
    /// The time of Pinpoint's answer.
    #[serde(with = "milliseconds::required")]
    pub at: Timestamp,
    /// Pinpoint's reason.
    pub reason: String,
}

impl Device {
    /// Returns the time when it is forgotten, unless it registers again.
    pub fn expires_at(&self) -> Timestamp {
        match &self.retired {
            Some(retired) => retired.at.plus(RETIRED),
            None => self.seen_at.plus(days(self.expires_after_days)),
        }
    }

    /// True if pushes can reach it. DynamoDB deletes expired items days late, so this compares the time, too.
    pub fn is_live(&self, now: Timestamp) -> bool {
        self.retired.is_none() && self.expires_at() > now
    }

    /// True if it gets messages of that kind.
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
