//! What users are told: the kinds of messages, their texts in several languages, and which of them a user gets. Filling in a
//! text is `text`; sending one is `push`, and remembering what was sent `store::notices`.

mod notice_id;
pub mod text;

use std::collections::BTreeMap;
use std::sync::LazyLock;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::campaign::quiet_hours::Quiet;
use crate::campaign::{Campaign, Moment};
use crate::device::Device;
use crate::id::{AppId, CampaignId};
use crate::instant::Sum as _;
use crate::locale;
use crate::time_zone::TimeZone;
use crate::user::Profile;

pub use notice_id::NoticeId;
pub use text::{RenderedText, Values};

/// What a message is about. Users opt out of pushes by kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MessageKind {
    /// There is something to be had.
    Announcement,
    /// A reward was awarded.
    Achievement,
    /// A reward was earned, and there is none left just now.
    Waiting,
    /// A reward that was not redeemed yet will soon expire.
    Reminder,
    /// It is not known yet where a reward is to be shipped.
    AddressReminder,
    /// How a competition ended.
    Result,
}

impl MessageKind {
    /// Every kind, in the order in which a user meets them.
    pub const ALL: [Self; 6] =
        [Self::Announcement, Self::Achievement, Self::Waiting, Self::Reminder, Self::AddressReminder, Self::Result];

    /// Its name in the API and in keys.
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

    /// The kind of that name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == name)
    }
}

/// One message in one language, with placeholders; see [`text`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MessageText {
    /// The headline.
    pub title: String,
    /// The text below it.
    pub body: String,
    /// Where a tap leads: a page, or a place in the app. Without one it leads to the reward, or else opens the app.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// A picture beside it, where the channel shows one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub image_url: Option<String>,
}

/// A message in every language it is written in, by BCP 47 tag.
pub type Translations = BTreeMap<String, MessageText>;

/// How soon a device shall show it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Priority {
    /// At once, waking the device.
    High,
    /// When it suits the device.
    Normal,
}

/// How a message is pushed, whatever its language.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delivery {
    /// The sound's name in the app, or `default`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sound: Option<String>,
    /// The number on the app's icon, where the channel has one (APNs).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub badge: Option<u32>,
    /// Seconds that the push service keeps trying to reach a device that is off.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ttl_seconds: Option<u32>,
    /// How soon it shall be shown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub priority: Option<Priority>,
}

impl Delivery {
    /// Whether nothing is said.
    pub fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

/// What users are told about a moment; of a campaign, what they are told about each of its moments that says nothing else.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Messages {
    /// Sent when a challenge begins.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub announcement: Option<Translations>,
    /// Sent with the reward.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub achievement: Option<Translations>,
    /// Sent to whoever has to wait for the reward.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub waiting: Option<Translations>,
    /// Sent before a reward expires that was not redeemed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reminder: Option<Translations>,
    /// Sent to whoever has not said yet where a reward is to be shipped; [`ADDRESS_REMINDER`] unless told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address_reminder: Option<Translations>,
    /// Sent when a competition has ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub result: Option<Translations>,
    /// How long before the reward expires the reminder is sent; [`REMIND_HOURS`] unless told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remind_hours_before: Option<u32>,
    /// How they are pushed.
    #[serde(default, skip_serializing_if = "Delivery::is_default")]
    pub delivery: Delivery,
}

/// How long before quiet hours what would come too late after them is pushed: the queue may take some minutes.
const BEFORE_QUIET_HOURS: SignedDuration = SignedDuration::from_mins(30);

/// Hours before a reward expires when its user is reminded.
pub const REMIND_HOURS: u32 = 48;

impl Messages {
    /// Whether nothing is said.
    pub fn is_default(&self) -> bool {
        *self == Self::default()
    }

    /// The message of a kind, in all its languages.
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

    /// The place of a message of a kind, to be filled.
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

/// A message that a user gets, before it is filled in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Message<'a> {
    /// In the user's language.
    pub text: &'a MessageText,
    /// How it is pushed.
    pub delivery: &'a Delivery,
}

/// What everybody is told whose reward cannot be shipped yet, where the campaign says nothing else: a parcel that nobody can
/// send is no kind of reward that a campaign could leave out.
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

/// What a campaign tells about a moment in a language: the moment's own message, or else the campaign's, or else ours. `None`
/// where none has one of the kind.
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

/// Lets a device show an announcement once, however often it comes. (What is told about a reward has the reward's own.)
pub fn collapse_key(app: &AppId, campaign: &CampaignId) -> String {
    let digest = Sha256::digest(format!("{app}#{campaign}"));
    URL_SAFE_NO_PAD.encode(&digest[..16])
}

/// When the user of a reward is reminded before it expires; `None` where nobody is. Of one that lasts less than twice as long as
/// that, half-way: not as soon as it is awarded.
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

/// When a message that can wait is pushed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum When {
    /// At once.
    Now,
    /// When the user's quiet hours are over.
    Later(Timestamp),
    /// Not at all: it is quiet, and what the message is about ends before that. It stands in the app's list.
    Never,
}

/// When a message is pushed that can wait, and that is about something which ends at `end`. It is never pushed in the campaign's
/// quiet hours where the user is.
pub fn when(campaign: &Campaign, profile: &Profile, devices: &[Device], (now, end): (Timestamp, Timestamp)) -> When {
    match quiet_at(campaign, profile, devices, now) {
        None => When::Now,
        Some(quiet) if quiet.over_at < end => When::Later(quiet.over_at),
        Some(_) => When::Never,
    }
}

/// The time for a message that is known before: `at`, or, where that is in quiet hours and `end` comes before they are over, shortly
/// before they begin.
pub fn planned(
    campaign: &Campaign,
    profile: &Profile,
    devices: &[Device],
    (at, end): (Timestamp, Timestamp),
) -> Timestamp {
    match quiet_at(campaign, profile, devices, at) {
        Some(quiet) if quiet.over_at >= end => quiet.began_at.minus(BEFORE_QUIET_HOURS),
        _ => at,
    }
}

fn quiet_at(campaign: &Campaign, profile: &Profile, devices: &[Device], at: Timestamp) -> Option<Quiet> {
    // Of a user whose zone was never told, where the devices are.
    let known = profile.time_zone.or_else(|| devices.iter().find_map(|device| device.time_zone));
    let zone = known.or(campaign.time_zone).unwrap_or(TimeZone::UTC);
    campaign.quiet_hours?.around(at, zone)
}

/// The text that suits the user best (see [`locale::choose`]), else in English, else the first.
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
        // In its own words, if not in the user's language: texts of two places are not mixed.
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
            when(&campaign, &profile, devices, (now, end))
        };
        // In Tokyo it is nine in the evening, in Berlin noon, in Los Angeles four in the morning, in Auckland one.
        assert_eq!(until(None, &[], end), When::Now);
        assert_eq!(until(zone("Europe/Berlin"), &devices, end), When::Now);
        let morning = fixtures::time("2026-12-01T16:00:00Z");
        assert_eq!(until(None, &devices, end), When::Later(morning));
        assert_eq!(until(None, &devices, morning), When::Never);
        assert_eq!(until(zone("Pacific/Auckland"), &[], end), When::Later(fixtures::time("2026-12-01T19:00:00Z")));
        // Known before, it is planned for the evening: 21:30 in Los Angeles.
        let plan = |end| planned(&campaign, &Profile::default(), &devices, (now, end));
        assert_eq!((plan(end), plan(morning)), (now, fixtures::time("2026-12-01T05:30:00Z")));
        let awake = Campaign { quiet_hours: None, ..fixtures::campaign() };
        assert_eq!(when(&awake, &Profile::default(), &devices, (now, now)), When::Now);
    }
}
