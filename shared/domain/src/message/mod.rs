//! Messages to users: their kinds, their texts in several languages, and the choice for a user. `text` fills in
//! placeholders, the crate `outbound/push` sends, `store::notices` remembers what was sent.

mod notice_id;
pub mod text;

use std::collections::BTreeMap;
use std::sync::LazyLock;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::campaign::quiet_hours::QuietPeriod;
use crate::campaign::{Campaign, Moment};
use crate::device::Device;
use crate::id::{AppId, CampaignId};
use crate::instant::Sum as _;
use crate::locale;
use crate::time_zone::TimeZone;
use crate::user::Profile;

pub use notice_id::NoticeId;
pub use text::{RenderedText, Values};

/// The subject of a message. Users opt out of pushes by kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MessageKind {
    /// A challenge has begun.
    Announcement,
    /// A reward was awarded.
    Achievement,
    /// A reward was earned, and the user has to wait for it.
    Waiting,
    /// A reward will expire soon.
    Reminder,
    /// A reward needs a shipping address.
    AddressReminder,
    /// A competition has ended, and the user has won nothing.
    Result,
}

impl MessageKind {
    /// Every kind, in the order of a user's journey.
    pub const ALL: [Self; 6] =
        [Self::Announcement, Self::Achievement, Self::Waiting, Self::Reminder, Self::AddressReminder, Self::Result];

    /// Returns the name in the API and in keys.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Announcement => "announcement",
            Self::Achievement => "achievement",
            Self::Waiting => "waiting",
            Self::Reminder => "reminder",
            Self::AddressReminder => "address_reminder",
            Self::Result => "result",
        }
    }

    /// Returns the kind with that name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == name)
    }
}

/// A message in one language, with placeholders; see [`text`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MessageText {
    /// The headline.
    pub title: String,
    /// The text below it.
    pub body: String,
    /// The target of a tap: a page, or a place in the app. By default the reward, or else the app.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// A picture, for channels that show one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub image_url: Option<String>,
}

/// A message's languages, by BCP 47 tag.
pub type Translations = BTreeMap<String, MessageText>;

/// The urgency on a device.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Priority {
    /// At once, waking the device.
    High,
    /// When convenient for the device.
    Normal,
}

/// The options of a push, for every language.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PushOptions {
    /// The sound's name in the app, or `default`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sound: Option<String>,
    /// The number on the app's icon (APNs).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub badge: Option<u32>,
    /// Seconds that the push service tries to reach a device that is off.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ttl_seconds: Option<u32>,
    /// The urgency on a device.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub priority: Option<Priority>,
}

impl PushOptions {
    /// True if nothing is set.
    pub fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

/// A moment's messages, or a campaign's for moments without their own.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Messages {
    /// Sent when a challenge begins.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub announcement: Option<Translations>,
    /// Sent with the reward.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub achievement: Option<Translations>,
    /// Sent when the user has to wait for the reward.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub waiting: Option<Translations>,
    /// Sent before an unredeemed reward expires.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reminder: Option<Translations>,
    /// Sent while the shipping address is missing; [`ADDRESS_REMINDER`] by default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address_reminder: Option<Translations>,
    /// Sent when a competition has ended, to those who have won nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub result: Option<Translations>,
    /// Hours from the reminder to the expiry; [`REMIND_HOURS`] by default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remind_hours_before: Option<u32>,
    /// The options of their pushes.
    #[serde(default, skip_serializing_if = "PushOptions::is_default")]
    pub delivery: PushOptions,
}

/// A message that would come too late after quiet hours is pushed this long before them: the queue may take minutes.
const BEFORE_QUIET_HOURS: SignedDuration = SignedDuration::from_mins(30);

/// The default hours from the reminder to the expiry.
pub const REMIND_HOURS: u32 = 48;

impl Messages {
    /// True if nothing is set.
    pub fn is_default(&self) -> bool {
        *self == Self::default()
    }

    /// Returns a kind's message in all languages.
    pub fn of(&self, kind: MessageKind) -> Option<&Translations> {
        match kind {
            MessageKind::Announcement => self.announcement.as_ref(),
            MessageKind::Achievement => self.achievement.as_ref(),
            MessageKind::Waiting => self.waiting.as_ref(),
            MessageKind::Reminder => self.reminder.as_ref(),
            MessageKind::AddressReminder => self.address_reminder.as_ref(),
            MessageKind::Result => self.result.as_ref(),
        }
    }

    /// Returns a kind's message to fill in.
    pub fn of_mut(&mut self, kind: MessageKind) -> &mut Option<Translations> {
        match kind {
            MessageKind::Announcement => &mut self.announcement,
            MessageKind::Achievement => &mut self.achievement,
            MessageKind::Waiting => &mut self.waiting,
            MessageKind::Reminder => &mut self.reminder,
            MessageKind::AddressReminder => &mut self.address_reminder,
            MessageKind::Result => &mut self.result,
        }
    }
}

/// A user's message with its placeholders.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Message<'a> {
    /// In the user's language.
    pub text: &'a MessageText,
    /// The options of its push.
    pub delivery: &'a PushOptions,
}

/// The default reminder of the address. Every campaign needs one, because nobody can ship a parcel without an address.
static ADDRESS_REMINDER: LazyLock<Translations> = LazyLock::new(|| {
    let text =
        |title: &str, body: &str| MessageText { title: title.into(), body: body.into(), url: None, image_url: None };
    Translations::from([
        (
            "en".to_owned(),
            text("Where shall we send it?", "{reward.name} is yours. Tell us your address, and we send it."),
        ),
        (
            "de".to_owned(),
            text("Wohin damit?", "{reward.name} gehört Ihnen. Sagen Sie uns die Adresse, dann schicken wir es los."),
        ),
    ])
});

/// Returns a user's message about a moment: the moment's own, or else the campaign's, or else the default.
pub fn message<'a>(
    campaign: &'a Campaign,
    moment: &'a Moment,
    kind: MessageKind,
    locale: Option<&str>,
) -> Option<Message<'a>> {
    let own = moment.messages.of(kind).map(|texts| (texts, &moment.messages.delivery));
    let of_campaign = || campaign.messages.of(kind).map(|texts| (texts, &campaign.messages.delivery));
    let ours = || (kind == MessageKind::AddressReminder).then(|| (&*ADDRESS_REMINDER, &campaign.messages.delivery));
    let (texts, delivery) = own.or_else(of_campaign).or_else(ours)?;
    let delivery = if delivery.is_default() { &campaign.messages.delivery } else { delivery };
    translated(texts, locale).map(|text| Message { text, delivery })
}

/// Returns the key by which a device shows a campaign's announcement once, and its latest result in its place. (Messages
/// about a reward use the reward's own.)
pub fn collapse_key(app: &AppId, campaign: &CampaignId) -> String {
    let digest = Sha256::digest(format!("{app}#{campaign}"));
    URL_SAFE_NO_PAD.encode(&digest[..16])
}

/// Returns the time of the reminder before a reward expires, if there is a text: half-way at the earliest.
pub fn remind_at(
    campaign: &Campaign,
    moment: &Moment,
    awarded_at: Timestamp,
    expires_at: Timestamp,
) -> Option<Timestamp> {
    message(campaign, moment, MessageKind::Reminder, None)?;
    let hours = moment.messages.remind_hours_before.or(campaign.messages.remind_hours_before).unwrap_or(REMIND_HOURS);
    let half = expires_at.duration_since(awarded_at) / 2;
    Some(expires_at.minus(half.min(SignedDuration::from_hours(hours.into()))))
}

/// The time to push a message that can wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PushTime {
    /// At once.
    Now,
    /// After the user's quiet hours.
    Later(Timestamp),
    /// Not at all: its subject ends within the quiet hours. The app's list shows it.
    Never,
}

/// Returns the time to push a message that can wait: after quiet hours, if its subject has not ended by then.
pub fn push_time(
    campaign: &Campaign,
    profile: &Profile,
    devices: &[Device],
    now: Timestamp,
    end: Timestamp,
) -> PushTime {
    match quiet_at(campaign, profile, devices, now) {
        None => PushTime::Now,
        Some(quiet) if quiet.over_at < end => PushTime::Later(quiet.over_at),
        Some(_) => PushTime::Never,
    }
}

/// Returns `at`, or shortly before quiet hours if `at` is in them and `end` comes before they are over.
pub fn planned_push_time(
    campaign: &Campaign,
    profile: &Profile,
    devices: &[Device],
    at: Timestamp,
    end: Timestamp,
) -> Timestamp {
    match quiet_at(campaign, profile, devices, at) {
        Some(quiet) if quiet.over_at >= end => quiet.began_at.minus(BEFORE_QUIET_HOURS),
        _ => at,
    }
}

fn quiet_at(campaign: &Campaign, profile: &Profile, devices: &[Device], at: Timestamp) -> Option<QuietPeriod> {
    // A user without a time zone has the devices'.
    let known = profile.time_zone.or_else(|| devices.iter().find_map(|device| device.time_zone));
    let zone = known.or(campaign.time_zone).unwrap_or(TimeZone::UTC);
    campaign.quiet_hours?.around(at, zone)
}

/// Returns the text that fits the user best (see [`locale::choose`]), else the English one, else the first.
fn translated<'a>(texts: &'a Translations, wanted: Option<&str>) -> Option<&'a MessageText> {
    let choose = |wanted| locale::choose(texts.keys().map(String::as_str), wanted).and_then(|tag| texts.get(tag));
    wanted.and_then(choose).or_else(|| choose("en")).or_else(|| texts.values().next())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::campaign::quiet_hours::{ClockTime, QuietHours};
    use crate::fixtures;

    fn texts(titles: &[(&str, &str)]) -> Option<Translations> {
        let text = |title: &str| MessageText { title: title.into(), body: String::new(), url: None, image_url: None };
        Some(titles.iter().map(|(tag, title)| ((*tag).to_owned(), text(title))).collect())
    }

    #[test]
    fn a_message_falls_back_from_region_to_language_to_english() {
        let achievement =
            texts(&[("en", "Well done"), ("pt", "Parabéns"), ("fr-CA", "Bravo"), ("zh-Hant", "幹得好")]).unwrap();
        let title = |locale| translated(&achievement, locale).unwrap().title.as_str();
        assert_eq!(title(Some("pt-BR")), "Parabéns");
        assert_eq!(title(Some("fr-CA")), "Bravo");
        assert_eq!(title(Some("fr-ca")), "Bravo");
        assert_eq!(title(Some("zh-Hant-TW")), "幹得好");
        assert_eq!(title(Some("de")), "Well done");
        assert_eq!(title(None), "Well done");
    }

    #[test]
    fn a_moment_s_own_message_goes_before_the_campaign_s() {
        let mut campaign = fixtures::campaign();
        campaign.messages.achievement = texts(&[("en", "of all"), ("de", "von allen")]);
        campaign.messages.waiting = texts(&[("en", "wait")]);
        campaign.messages.delivery.sound = Some("coins".into());
        let moment = &campaign.moments[0];
        let title = |kind| message(&campaign, moment, kind, Some("de")).map(|message| message.text.title.as_str());
        // The moment's own message, even in another language: two messages are never mixed.
        assert_eq!(title(MessageKind::Achievement), Some("Well done"));
        assert_eq!(title(MessageKind::Waiting), Some("wait"));
        assert_eq!(title(MessageKind::Reminder), None);
        let sound = message(&campaign, moment, MessageKind::Achievement, None).unwrap().delivery.sound.as_deref();
        assert_eq!(sound, Some("coins"));
    }

    #[test]
    fn what_can_wait_waits_for_the_morning_where_the_user_is_and_what_ends_before_is_not_pushed_at_night() {
        let hour = |text: &str| ClockTime::try_from(text.to_owned()).unwrap();
        let zone = |name: &str| Some(TimeZone::try_from(name.to_owned()).unwrap());
        let quiet_hours = Some(QuietHours { from: hour("22:00"), until: hour("08:00") });
        let campaign = Campaign { quiet_hours, time_zone: zone("Asia/Tokyo"), ..fixtures::campaign() };
        let device = |time_zone: Option<TimeZone>| -> Device {
            let known = json!({"device_id": "phone", "channel": "GCM", "address": "token", "time_zone": time_zone});
            serde_json::from_value(known).unwrap()
        };
        let devices = [device(None), device(zone("America/Los_Angeles"))];
        let (now, end) = (fixtures::time("2026-12-01T12:00:00Z"), campaign.ends_at);
        let until = |zone, devices: &[Device], end| {
            let profile = Profile { time_zone: zone, ..Profile::default() };
            push_time(&campaign, &profile, devices, now, end)
        };
        // In Tokyo it is nine in the evening, in Berlin noon, in Los Angeles four in the morning, in Auckland one.
        assert_eq!(until(None, &[], end), PushTime::Now);
        assert_eq!(until(zone("Europe/Berlin"), &devices, end), PushTime::Now);
        let morning = fixtures::time("2026-12-01T16:00:00Z");
        assert_eq!(until(None, &devices, end), PushTime::Later(morning));
        assert_eq!(until(None, &devices, morning), PushTime::Never);
        assert_eq!(until(zone("Pacific/Auckland"), &[], end), PushTime::Later(fixtures::time("2026-12-01T19:00:00Z")));
        // A planned message comes in the evening: 21:30 in Los Angeles.
        let plan = |end| planned_push_time(&campaign, &Profile::default(), &devices, now, end);
        assert_eq!((plan(end), plan(morning)), (now, fixtures::time("2026-12-01T05:30:00Z")));
        let awake = Campaign { quiet_hours: None, ..fixtures::campaign() };
        assert_eq!(push_time(&awake, &Profile::default(), &devices, now, now), PushTime::Now);
    }
}
