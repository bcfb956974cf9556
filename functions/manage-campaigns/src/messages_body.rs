//! The messages in a campaign's body: texts in several languages, checked down to their placeholders and to the limits
//! of the channels, and the options of their pushes.

use std::collections::BTreeMap;

use domain::campaign::quiet_hours::{ClockTime, QuietHours};
use domain::device::Channel;
use domain::locale::Locale;
use domain::message::{MessageKind, MessageText, Messages, Priority, PushOptions, Translations, text};
use domain::web_address;
use edge::fields::{self, Fields, FromField, Mistake, Text, Value, Whole};
use outbound_push::payload;

const MAX_LANGUAGES: usize = 50;

/// The longest time for which FCM and APNs keep trying: 28 days.
const MAX_TTL_SECONDS: i64 = 28 * 24 * 60 * 60;

/// Reads messages. `refuse_silence` checks that every moment has one for its rewards.
pub(crate) fn messages(fields: &mut Fields<'_>) -> Option<Messages> {
    let mut messages = Messages {
        remind_hours_before: fields.optional::<Whole<1, 8_784>>("remind_hours_before").map(|hours| hours.small()),
        delivery: fields.optional_object("delivery", delivery).unwrap_or_default(),
        ..Messages::default()
    };
    for kind in MessageKind::ALL {
        let texts = fields.value(kind.as_str()).and_then(|value| translations(fields, kind, &value));
        *messages.of_mut(kind) = texts;
    }
    if messages.remind_hours_before.is_some() && messages.reminder.is_none() {
        fields.refuse("remind_hours_before", "out_of_range", "is only for a message reminder, which is not here");
    }
    Some(messages)
}

fn delivery(fields: &mut Fields<'_>) -> Option<PushOptions> {
    Some(PushOptions {
        sound: fields.optional::<Text<100>>("sound").map(|sound| sound.0),
        badge: fields.optional::<Whole<0, 99_999>>("badge").map(|badge| badge.small()),
        ttl_seconds: fields.optional::<Whole<0, MAX_TTL_SECONDS>>("ttl_seconds").map(|seconds| seconds.small()),
        priority: fields.optional::<PriorityField>("priority").map(|priority| priority.0),
    })
}

struct PriorityField(Priority);

impl FromField for PriorityField {
    fn from_field(value: &Value) -> Result<Self, Mistake> {
        match value.as_str() {
            Some("high") => Ok(Self(Priority::High)),
            Some("normal") => Ok(Self(Priority::Normal)),
            _ => Err(Mistake("invalid_priority", "must be high or normal".into())),
        }
    }
}

/// The link of a tap: a page, or a place in the app. Never one that a browser would run.
struct Link(String);

impl FromField for Link {
    fn from_field(value: &Value) -> Result<Self, Mistake> {
        let text = String::from_field(value)?;
        let scheme = text.split_once(':').map(|(scheme, _)| scheme.to_ascii_lowercase()).unwrap_or_default();
        let well_formed = scheme.starts_with(|first: char| first.is_ascii_lowercase())
            && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte));
        let runs = ["javascript", "data", "vbscript", "file", "blob"].contains(&scheme.as_str());
        let plain = text.bytes().all(|byte| byte.is_ascii_graphic()) && !text.contains("{{");
        let fits = well_formed && !runs && plain && text.len() <= text::REDEEM_URL_BYTES;
        if fits && matches!(scheme.as_str(), "http" | "https") {
            let rest = &text[scheme.len()..];
            let opened = web_address::https(&format!("https{rest}"));
            opened.map(|_| Self(format!("{scheme}{rest}"))).map_err(|detail| Mistake("invalid_url", detail.into()))
        } else if fits {
            Ok(Self(text))
        } else {
            let detail = "must be a link of at most 512 bytes, like https://shop.example/gift or shop://rewards";
            Err(Mistake("invalid_url", detail.into()))
        }
    }
}

struct Picture(String);

impl FromField for Picture {
    fn from_field(value: &Value) -> Result<Self, Mistake> {
        let text = Link::from_field(value)?.0;
        web_address::https(&text).map(Self).map_err(|detail| Mistake("invalid_url", detail.into()))
    }
}

fn translations(fields: &mut Fields<'_>, kind: MessageKind, value: &Value) -> Option<Translations> {
    let name = kind.as_str();
    let entries = fields.entries(name, value, |fields| message_text(fields, kind))?;
    if !(1..=MAX_LANGUAGES).contains(&entries.len()) {
        fields.refuse(name, "wrong_length", format!("must have 1 to {MAX_LANGUAGES} languages, like en or pt-BR"));
        return None;
    }
    let mut translations = BTreeMap::new();
    for (tag, text) in entries {
        let at = format!("{name}/{}", fields::escape(&tag));
        if let Err(Mistake(code, detail)) = Locale::from_field(&Value::String(tag.clone())) {
            fields.refuse_at(&at, code, format!("every language {detail}"));
            return None;
        }
        if translations.keys().any(|known: &String| known.eq_ignore_ascii_case(&tag)) {
            fields.refuse_at(&at, "repeated", "is there twice, in different spelling");
            return None;
        }
        translations.insert(tag, text);
    }
    Some(translations)
}

fn message_text(fields: &mut Fields<'_>, kind: MessageKind) -> Option<MessageText> {
    let title = fields.required::<Text<200>>("title");
    let body = fields.required::<Text<1000>>("body");
    let url = fields.optional::<Link>("url").map(|link| link.0);
    let image_url = fields.optional::<Picture>("image_url").map(|picture| picture.0);
    let (title, body) = (title?.0, body?.0);
    for (name, text) in [("title", &title), ("body", &body)] {
        if let Some(flaw) = text::flaw(text, kind) {
            fields.refuse(name, "invalid_placeholder", flaw);
        }
    }
    let text = MessageText { title, body, url, image_url };
    for channel in Channel::ALL {
        let (most, limit) = (payload::most(channel, &text), payload::limit(channel));
        if most > limit {
            let detail = format!(
                "comes to as much as {most} of the {limit} that {} takes, once its placeholders are filled in",
                channel.as_str()
            );
            fields.refuse("body", "too_large", detail);
            break;
        }
    }
    Some(text)
}

struct ClockField(ClockTime);

impl FromField for ClockField {
    fn from_field(value: &Value) -> Result<Self, Mistake> {
        let text = String::from_field(value)?;
        ClockTime::try_from(text).map(Self).map_err(|detail| Mistake("invalid_time", detail))
    }
}

/// Reads quiet hours.
pub(crate) fn quiet_hours(fields: &mut Fields<'_>) -> Option<QuietHours> {
    let (from, until) = (fields.required::<ClockField>("from"), fields.required::<ClockField>("until"));
    let hours = QuietHours { from: from?.0, until: until?.0 };
    if hours.from == hours.until {
        fields.refuse("until", "out_of_range", "must be another time than from");
    }
    Some(hours)
}

/// Refuses a moment without a message for its rewards, its own or the campaign's: every rewarded user gets one.
pub(crate) fn refuse_silence(fields: &mut Fields<'_>, campaign: &Messages, moments: &[domain::campaign::Moment]) {
    for (index, moment) in moments.iter().enumerate() {
        if moment.messages.achievement.is_none() && campaign.achievement.is_none() {
            fields.refuse_at(
                &format!("moments/{index}/messages/achievement"),
                "required",
                "is required, here or in messages of the campaign",
            );
        }
    }
}
