//! The audit of an app: who asked for which change of its administration, and whether it was made. The differences of a
//! campaign stand in its history, and what happens to rewards in the rewards themselves.

use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::id::{InvalidId, KeyId, PersonId};

/// What a change is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Subject {
    /// The app's settings.
    App,
    /// An API key of the app.
    Key,
    /// A key that signs user tokens.
    TokenKey,
    /// A webhook.
    Webhook,
    /// A partner.
    Partner,
    /// A supplier.
    Supplier,
    /// A campaign.
    Campaign,
    /// A reward group.
    RewardGroup,
    /// The stock of a reward group, by the group's id.
    Stock,
    /// A person's or a service's name and roles.
    Person,
    /// The keys of a person or a service, by the person's id.
    PersonKey,
    /// The identity provider that people sign in with.
    IdentityProvider,
}

/// What was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// Made or rewritten.
    Written,
    /// Deleted.
    Deleted,
    /// Minted.
    Minted,
    /// Replaced by a new key or secret.
    Rotated,
    /// Revoked.
    Revoked,
    /// Submitted for approval.
    Submitted,
    /// Approved.
    Approved,
    /// Rejected.
    Rejected,
    /// Suspended.
    Suspended,
    /// Resumed.
    Resumed,
    /// URLs were loaded.
    Loaded,
    /// URLs were retired.
    Retired,
    /// A sign-in at the identity provider changed the person's roles.
    SignedIn,
}

/// Whether the change was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// The request succeeded.
    Done,
    /// The request is still running, or ended without an answer: the change may have been made, wholly or in part.
    Unknown,
}

/// The name of an entry: its time in milliseconds since 1970, and a random number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct EntryId {
    /// Milliseconds since 1970.
    pub at: i64,
    /// Tells entries of one millisecond apart.
    pub number: u64,
}

impl fmt::Display for EntryId {
    /// Both are padded to the width of any value, so that names sort by time.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{:015}-{:020}", self.at, self.number)
    }
}

impl From<EntryId> for String {
    fn from(id: EntryId) -> Self {
        id.to_string()
    }
}

impl TryFrom<String> for EntryId {
    type Error = InvalidId;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let read = || {
            let (at, number) = text.split_once('-')?;
            Some(Self { at: at.parse().ok()?, number: number.parse().ok()? })
        };
        let is_same = |id: &Self| id.to_string() == text;
        read().filter(is_same).ok_or(InvalidId("must be the id of an entry"))
    }
}

/// One change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// Its name.
    pub entry_id: EntryId,
    /// When it was asked for.
    pub at: Timestamp,
    /// The public name of the key that asked.
    pub key_id: KeyId,
    /// The person who asked, if the key is a person's.
    pub person_id: Option<PersonId>,
    /// What it is of.
    pub subject: Subject,
    /// The id of that.
    pub id: String,
    /// What was done.
    pub action: Action,
    /// Whether it was done.
    pub outcome: Outcome,
    /// The version that it made, where there are versions.
    pub version: Option<u64>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_of_entries_sort_by_time_and_are_read_back() {
        let id = |at, number| EntryId { at, number };
        for (one, other) in [(id(9, u64::MAX), id(10, 0)), (id(1_796_126_400_000, 3), id(1_796_126_400_000, 20))] {
            assert!(one.to_string() < other.to_string());
            assert_eq!(EntryId::try_from(other.to_string()), Ok(other));
        }
        for wrong in ["", "-", "1-1", "APP", "000000000000001-0000000000000000000x"] {
            assert!(EntryId::try_from(wrong.to_owned()).is_err(), "{wrong}");
        }
    }
}
