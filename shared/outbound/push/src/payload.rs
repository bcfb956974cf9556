//! Builds a message in each channel's form, and cuts it to the channel's limit: push services refuse longer ones.

use std::borrow::Cow;

use aws_sdk_pinpoint::types::{
    Action, AdmMessage, ApnsMessage, BaiduMessage, ChannelType, DirectMessageConfiguration, GcmMessage, MessageType,
    SmsMessage,
};
use domain::device::Channel;
use domain::message::{MessageKind, MessageText, Priority, PushOptions, RenderedText, text};

/// The variable of the first name, `{{first_name}}`, which Pinpoint replaces for each address of a call.
pub const FIRST_NAME_VARIABLE: &str = "first_name";

/// Bytes of a payload besides the texts: names of fields, and Pinpoint's own data.
const ENVELOPE: usize = 512;

/// A message, with its variables replaced.
#[derive(Debug, Clone)]
pub struct Notification<'a> {
    /// Its kind.
    pub kind: MessageKind,
    /// In the user's language.
    pub text: &'a RenderedText,
    /// The target of a tap. Without one, the tap opens the app.
    pub url: Option<&'a str>,
    /// A picture beside it.
    pub image_url: Option<&'a str>,
    /// The options of the push.
    pub delivery: &'a PushOptions,
    /// Lets a device show a repeated message once. APNs takes at most 64 bytes.
    pub collapse_key: &'a str,
}

impl Notification<'_> {
    fn action(&self) -> Action {
        match self.url {
            None => Action::OpenApp,
            Some(url) if url.starts_with("https://") || url.starts_with("http://") => Action::Url,
            Some(_) => Action::DeepLink,
        }
    }
}

/// Pinpoint's name of a channel.
pub(super) fn channel_type(channel: Channel) -> ChannelType {
    match channel {
        Channel::Apns => ChannelType::Apns,
        Channel::ApnsSandbox => ChannelType::ApnsSandbox,
        Channel::Gcm => ChannelType::Gcm,
        Channel::Adm => ChannelType::Adm,
        Channel::Baidu => ChannelType::Baidu,
        Channel::Sms => ChannelType::Sms,
    }
}

/// A channel's limit: bytes of a payload, or characters of a text message (1,600, which Pinpoint splits).
pub fn limit(channel: Channel) -> usize {
    match channel {
        Channel::Apns | Channel::ApnsSandbox | Channel::Gcm | Channel::Baidu => 4_096,
        Channel::Adm => 6_144,
        Channel::Sms => 1_600,
    }
}

/// Returns the part of the channel's limit that a message takes.
pub fn size(channel: Channel, notification: &Notification<'_>) -> usize {
    let Notification { text, url, image_url, .. } = notification;
    if channel == Channel::Sms {
        return sms_body(text, *url).chars().count();
    }
    let told = [Some(text.title.as_str()), Some(text.body.as_str()), *url, *image_url];
    ENVELOPE + told.into_iter().flatten().map(escaped).sum::<usize>()
}

/// Returns the most of the channel's limit that a text can take once its variables are replaced.
pub fn most(channel: Channel, message: &MessageText) -> usize {
    let (title, body) = (text::most_bytes(&message.title), text::most_bytes(&message.body));
    // If the text names no page, the tap leads to the reward.
    let url = message.url.as_ref().map_or(text::REDEEM_URL_BYTES, String::len);
    if channel == Channel::Sms {
        return title + body + url + 3;
    }
    ENVELOPE + title + body + url + message.image_url.as_ref().map_or(0, String::len)
}

/// Bytes in a JSON string.
fn escaped(text: &str) -> usize {
    text.bytes().map(|byte| if matches!(byte, b'"' | b'\\' | b'\n') { 2 } else { 1 }).sum()
}

/// Cuts the body so that the message fits. Stored texts fit, but quotation marks in a name may lengthen them.
fn fitted<'a>(channel: Channel, notification: &Notification<'a>) -> Cow<'a, RenderedText> {
    if size(channel, notification) <= limit(channel) {
        return Cow::Borrowed(notification.text);
    }
    let mut text = notification.text.clone();
    let mut left: Vec<char> = std::mem::take(&mut text.body).chars().rev().collect();
    let takes = |character: char| if channel == Channel::Sms { 1 } else { escaped(character.encode_utf8(&mut [0; 4])) };
    let without = size(channel, &Notification { text: &text, ..notification.clone() });
    let mut room = limit(channel).saturating_sub(without + takes('…'));
    while let Some(next) = left.pop().filter(|next| takes(*next) <= room) {
        room -= takes(next);
        text.body.push(next);
    }
    text.body.push('…');
    Cow::Owned(text)
}

/// The message in a channel's form.
pub(super) fn configuration(channel: Channel, notification: &Notification<'_>) -> DirectMessageConfiguration {
    let text = &*fitted(channel, notification);
    let fitted = &Notification { text, ..notification.clone() };
    let whole = DirectMessageConfiguration::builder();
    match channel {
        Channel::Apns | Channel::ApnsSandbox => whole.apns_message(apns(fitted)),
        Channel::Gcm => whole.gcm_message(gcm(fitted)),
        Channel::Adm => whole.adm_message(adm(fitted)),
        Channel::Baidu => whole.baidu_message(baidu(fitted)),
        Channel::Sms => whole.sms_message(sms(fitted)),
    }
    .build()
}

/// The fields that all channels share. The SDK's builders have these methods by the same names, but no trait for them.
macro_rules! shown {
    ($message:ident, $notification:expr) => {
        $message::builder()
            .action($notification.action())
            .title(&$notification.text.title)
            .body(&$notification.text.body)
            .set_url($notification.url.map(str::to_owned))
            .set_sound($notification.delivery.sound.clone())
    };
}

fn apns(notification: &Notification<'_>) -> ApnsMessage {
    let delivery = notification.delivery;
    let priority = delivery.priority.map(|priority| if priority == Priority::High { "10" } else { "5" });
    shown!(ApnsMessage, notification)
        .apns_push_type("alert")
        .set_media_url(notification.image_url.map(str::to_owned))
        .set_badge(delivery.badge.and_then(|badge| i32::try_from(badge).ok()))
        .set_time_to_live(seconds(delivery))
        .set_priority(priority.map(str::to_owned))
        .collapse_id(notification.collapse_key)
        .build()
}

fn gcm(notification: &Notification<'_>) -> GcmMessage {
    let delivery = notification.delivery;
    let priority = delivery.priority.map(|priority| if priority == Priority::High { "high" } else { "normal" });
    shown!(GcmMessage, notification)
        // The key authentication of Firebase's old interface is gone.
        .preferred_authentication_method("TOKEN")
        .set_image_url(notification.image_url.map(str::to_owned))
        .set_time_to_live(seconds(delivery))
        .set_priority(priority.map(str::to_owned))
        .collapse_key(notification.collapse_key)
        .build()
}

fn adm(notification: &Notification<'_>) -> AdmMessage {
    let delivery = notification.delivery;
    shown!(AdmMessage, notification)
        .set_image_url(notification.image_url.map(str::to_owned))
        .set_expires_after(delivery.ttl_seconds.map(|seconds| seconds.to_string()))
        .consolidation_key(notification.collapse_key)
        .build()
}

fn baidu(notification: &Notification<'_>) -> BaiduMessage {
    let delivery = notification.delivery;
    shown!(BaiduMessage, notification)
        .set_image_url(notification.image_url.map(str::to_owned))
        .set_time_to_live(seconds(delivery))
        .build()
}

fn sms(notification: &Notification<'_>) -> SmsMessage {
    // Announcements are promotional; users wait for the other messages.
    let promotional = notification.kind == MessageKind::Announcement;
    let message_type = if promotional { MessageType::Promotional } else { MessageType::Transactional };
    SmsMessage::builder().body(sms_body(notification.text, notification.url)).message_type(message_type).build()
}

fn sms_body(text: &RenderedText, url: Option<&str>) -> String {
    let told = format!("{}: {}", text.title, text.body);
    match url {
        Some(url) if !told.contains(url) => format!("{told} {url}"),
        _ => told,
    }
}

fn seconds(delivery: &PushOptions) -> Option<i32> {
    delivery.ttl_seconds.and_then(|seconds| i32::try_from(seconds).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn notification<'a>(text: &'a RenderedText, delivery: &'a PushOptions) -> Notification<'a> {
        let kind = MessageKind::Achievement;
        Notification {
            kind,
            text,
            url: Some("https://example.com/r/1"),
            image_url: None,
            delivery,
            collapse_key: "key",
        }
    }

    #[test]
    fn what_does_not_fit_is_cut_between_characters() {
        let text = RenderedText { title: "T".into(), body: "\"ü".repeat(3_000) };
        let delivery = PushOptions::default();
        for channel in Channel::ALL {
            let notification = notification(&text, &delivery);
            let cut = fitted(channel, &notification);
            let size = size(channel, &Notification { text: &cut, ..notification.clone() });
            assert!(size <= limit(channel), "{channel:?} {size}");
            assert!(size + 8 > limit(channel), "{channel:?} {size}: no more is cut than must be");
            assert!(cut.body.ends_with('…'));
        }
    }

    #[test]
    fn a_tap_leads_to_a_page_into_the_app_or_just_opens_it() {
        let (text, delivery) = (RenderedText { title: "T".into(), body: "B".into() }, PushOptions::default());
        let action = |url| Notification { url, ..notification(&text, &delivery) }.action();
        assert_eq!(action(Some("https://example.com")), Action::Url);
        assert_eq!(action(Some("shop://rewards/1")), Action::DeepLink);
        assert_eq!(action(None), Action::OpenApp);
    }

    #[test]
    fn a_text_message_names_the_link_once() {
        let url = "https://example.com/r/1";
        let text = |body: &str| RenderedText { title: "T".into(), body: body.into() };
        assert_eq!(sms_body(&text("B"), Some(url)), "T: B https://example.com/r/1");
        assert_eq!(
            sms_body(&text("Go to https://example.com/r/1 now"), Some(url)),
            "T: Go to https://example.com/r/1 now"
        );
    }
}
