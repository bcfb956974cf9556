//! The id of a message to a user, by its subject, so that it is made once. With dots, a notification's id in the API.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::MessageKind;
use crate::competition::WindowId;
use crate::id::{CampaignId, MomentId};

/// A message's id.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum NoticeId {
    /// A campaign's announcement: one per user, for all its moments.
    Announcement(CampaignId),
    /// A reward was awarded: the campaign, the moment, and which award of the moment this is, from 1.
    Achievement(CampaignId, MomentId, u32),
    /// The user waits for the reward.
    Waiting(CampaignId, MomentId, u32),
    /// The reward will expire soon.
    Reminder(CampaignId, MomentId, u32),
    /// The reward needs a shipping address.
    AddressReminder(CampaignId, MomentId, u32),
    /// One window of a competition has ended, and the user has won nothing. A bracket counts as the whole campaign.
    Result(CampaignId, WindowId),
}

impl NoticeId {
    /// Returns the kind of message.
    pub fn kind(&self) -> MessageKind {
        match self {
            Self::Announcement(..) => MessageKind::Announcement,
            Self::Achievement(..) => MessageKind::Achievement,
            Self::Waiting(..) => MessageKind::Waiting,
            Self::Reminder(..) => MessageKind::Reminder,
            Self::AddressReminder(..) => MessageKind::AddressReminder,
            Self::Result(..) => MessageKind::Result,
        }
    }

    /// Returns the campaign.
    pub fn campaign(&self) -> &CampaignId {
        match self {
            Self::Announcement(campaign)
            | Self::Achievement(campaign, ..)
            | Self::Waiting(campaign, ..)
            | Self::Reminder(campaign, ..)
            | Self::AddressReminder(campaign, ..)
            | Self::Result(campaign, _) => campaign,
        }
    }

    /// Returns the reward's moment and number.
    pub fn reward(&self) -> Option<(&MomentId, u32)> {
        match self {
            Self::Announcement(_) | Self::Result(..) => None,
            Self::Achievement(_, moment, n)
            | Self::Waiting(_, moment, n)
            | Self::Reminder(_, moment, n)
            | Self::AddressReminder(_, moment, n) => Some((moment, *n)),
        }
    }

    /// Returns its parts, without any `#` or dot.
    pub fn parts(&self) -> Vec<String> {
        let mut parts = vec![self.kind().as_str().to_owned(), self.campaign().to_string()];
        match self {
            Self::Announcement(_) => {}
            Self::Result(_, window) => parts.push(window.to_string()),
            Self::Achievement(_, moment, n)
            | Self::Waiting(_, moment, n)
            | Self::Reminder(_, moment, n)
            | Self::AddressReminder(_, moment, n) => parts.extend([moment.to_string(), n.to_string()]),
        }
        parts
    }

    /// Parses the output of [`NoticeId::parts`].
    pub fn from_parts(parts: &[&str]) -> Option<Self> {
        let (kind, rest) = parts.split_first()?;
        match (MessageKind::parse(kind)?, rest) {
            (MessageKind::Announcement, [campaign]) => Some(Self::Announcement((*campaign).try_into().ok()?)),
            (MessageKind::Result, [campaign, window]) => {
                Some(Self::Result((*campaign).try_into().ok()?, WindowId::parse(window)?))
            }
            (kind, [campaign, moment, n]) => {
                let of = match kind {
                    MessageKind::Achievement => Self::Achievement,
                    MessageKind::Waiting => Self::Waiting,
                    MessageKind::Reminder => Self::Reminder,
                    MessageKind::AddressReminder => Self::AddressReminder,
                    MessageKind::Announcement | MessageKind::Result => return None,
                };
                let n: u32 = n.parse().ok()?;
                Some(of((*campaign).try_into().ok()?, (*moment).try_into().ok()?, n))
            }
            _ => None,
        }
    }
}

impl fmt::Display for NoticeId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.parts().join("."))
    }
}

impl From<NoticeId> for String {
    fn from(id: NoticeId) -> Self {
        id.to_string()
    }
}

impl TryFrom<String> for NoticeId {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let parsed = Self::from_parts(&text.split('.').collect::<Vec<_>>()).filter(|id| id.to_string() == text);
        parsed.ok_or_else(|| "is not the id of a notification".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_read_back_as_it_was_written() {
        let (campaign, moment): (CampaignId, MomentId) = ("spring_1".try_into().unwrap(), "five-a".try_into().unwrap());
        for id in [
            NoticeId::Announcement(campaign.clone()),
            NoticeId::Achievement(campaign.clone(), moment.clone(), 1),
            NoticeId::Waiting(campaign.clone(), moment.clone(), 2),
            NoticeId::Reminder(campaign.clone(), moment.clone(), 100),
            NoticeId::AddressReminder(campaign.clone(), moment, 1),
            NoticeId::Result(campaign.clone(), WindowId::Campaign),
            NoticeId::Result(campaign, WindowId::parse("2026-11-30").unwrap()),
        ] {
            assert_eq!(NoticeId::try_from(id.to_string()).unwrap(), id);
        }
        for text in [
            "",
            "achievement",
            "achievement.a.b.01",
            "achievement.a.b.c",
            "announcement.a.b.1",
            "result.a",
            "result.a.b",
            "result.a.2026-11-31",
            "result.a.b.1",
        ] {
            assert!(NoticeId::try_from(text.to_owned()).is_err(), "{text}");
        }
    }
}
