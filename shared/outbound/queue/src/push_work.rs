//! A message of the queue of pushes: the notice and the user. Each user is one group of messages, so that a user's
//! pushes keep their order and one user's trouble delays nobody else. The text is read when it is sent.

use domain::Error;
use domain::id::{AppId, DeviceId, UserId};
use domain::message::NoticeId;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::Message;

/// A notice to push to a user's devices.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PushWork {
    /// The app.
    pub app: AppId,
    /// The user.
    pub user: UserId,
    /// The notice.
    pub notice: NoticeId,
    /// Only these devices. `None` means all that have not settled the notice.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub devices: Option<Vec<DeviceId>>,
    /// The number of times that the work was given up. After each, devices start their attempts again.
    #[serde(default)]
    pub given_up: u32,
}

impl PushWork {
    /// Work for all of the user's devices.
    pub fn new(app: &AppId, user: &UserId, notice: NoticeId) -> Self {
        Self { app: app.clone(), user: user.clone(), notice, devices: None, given_up: 0 }
    }

    /// Returns the message. The queue drops one with the same notice, user and `once` for five minutes.
    pub fn message(&self, once: &str) -> Result<Message, Error> {
        let body = serde_json::to_string(self).map_err(|error| Error::Internal(format!("cannot queue: {error}")))?;
        let group = hash(&[self.app.as_str(), self.user.as_str()]);
        let deduplication = hash(&[self.app.as_str(), self.user.as_str(), &self.notice.to_string(), once]);
        Ok(Message { body, group: Some(group), deduplication: Some(deduplication), delay_seconds: 0 })
    }

    /// Reads a body. The error names the column and not the text, which holds a user id.
    pub fn read(body: &str) -> Result<Self, Error> {
        serde_json::from_str(body).map_err(|error| {
            Error::Internal(format!("a message of the queue cannot be read: column {}", error.column()))
        })
    }
}

/// Returns 64 characters, which SQS allows for any id.
fn hash(parts: &[&str]) -> String {
    let digest = Sha256::digest(parts.join("\u{0}"));
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn work_is_read_back_and_keeps_to_its_user() {
        let user = |name: &str| UserId::try_from(name.to_owned()).unwrap();
        let notice = NoticeId::try_from("achievement.spring.five.1".to_owned()).unwrap();
        let app: AppId = "shop".try_into().unwrap();
        let ada = PushWork::new(&app, &user("ada"), notice.clone());
        let message = ada.message("1").unwrap();
        assert_eq!(PushWork::read(&message.body).unwrap(), ada);
        let bob = PushWork::new(&app, &user("bob"), notice).message("1").unwrap();
        assert_ne!(message.group, bob.group);
        assert_eq!(message.group, ada.message("2").unwrap().group);
        assert_ne!(message.deduplication, ada.message("2").unwrap().deduplication);
        assert!(PushWork::read("{").is_err());
    }
}
