//! Decisions of admins about users in a competition: disqualified with a reason, or hidden. They are few, so a board
//! reads all of them.

use domain::Error;
use domain::id::{AppId, CampaignId, KeyId, PersonId, UserId};
use domain::reward::Actor;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::Store;
use super::failure::Item;
use super::item::{self, milliseconds};
use super::schema::{self, Key};

/// The most decisions in one campaign, so that a board can read them all.
pub const MOST: usize = 1_000;

/// Why a user has no rank.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Disqualified {
    /// The reason, for the audit.
    pub reason: String,
}

/// A decision about a user.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Competitor {
    /// The user has no rank and wins nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub disqualified: Option<Disqualified>,
    /// True if boards show the rank without the user.
    #[serde(default)]
    pub hidden: bool,
    /// When it was decided.
    #[serde(with = "milliseconds::required")]
    pub decided_at: Timestamp,
    /// The key of the admin.
    pub key_id: KeyId,
    /// The person who decided, if the key is a person's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub person_id: Option<PersonId>,
}

impl Competitor {
    /// Returns who decided.
    pub fn decided_by(&self) -> Actor {
        self.person_id.clone().map_or_else(|| Actor::Key(self.key_id.clone()), Actor::Person)
    }
}

/// Writes a decision. Unconditional: the last one holds.
pub async fn put(
    store: &Store,
    app: &AppId,
    campaign: &CampaignId,
    user: &UserId,
    decision: &Competitor,
) -> Result<(), Error> {
    let at = Key::Competitor(app.clone(), campaign.clone(), user.clone());
    let put = store.put().set_item(Some(item::whole(&at, None, decision)?));
    store.put_item("decide about competitor", put).await.map(drop)
}

/// Takes a decision back. Unconditional: deleting a missing item changes nothing.
pub async fn delete(store: &Store, app: &AppId, campaign: &CampaignId, user: &UserId) -> Result<(), Error> {
    let at = Key::Competitor(app.clone(), campaign.clone(), user.clone());
    store.delete_item("forget competitor", store.delete(&at)).await.map(drop)
}

/// Returns the decision about a user, if there is one, as every answered write has left it.
pub async fn get(
    store: &Store,
    app: &AppId,
    campaign: &CampaignId,
    user: &UserId,
) -> Result<Option<Competitor>, Error> {
    let at = Key::Competitor(app.clone(), campaign.clone(), user.clone());
    store.get_shape("get competitor", "competitor", &at).await
}

/// Reads a decision from its item.
pub fn read(found: Item) -> Result<Competitor, Error> {
    item::shape("competitor", found)
}

/// Returns every decision in a campaign, as every answered write has left them.
pub async fn list(store: &Store, app: &AppId, campaign: &CampaignId) -> Result<Vec<(UserId, Competitor)>, Error> {
    let request = store.range(schema::competitors_pk(app, campaign), "C", "D").consistent_read(true);
    let mut all = Vec::new();
    for found in store.query_all("list competitors", request).await? {
        if let Key::Competitor(_, _, user) = item::key_of(&found)? {
            all.push((user, item::shape("competitor", found)?));
        }
    }
    Ok(all)
}

/// Returns a fingerprint of who is disqualified: equal for equal users, whatever the reasons.
pub fn fingerprint(decisions: &[(UserId, Competitor)]) -> String {
    let mut users: Vec<&str> = disqualified(decisions).map(UserId::as_str).collect();
    users.sort_unstable();
    // No user id has a line break.
    let hash = Sha256::digest(users.join("\n").as_bytes());
    hash.iter().take(16).map(|byte| format!("{byte:02x}")).collect()
}

/// Returns the users who have no rank.
pub fn disqualified(decisions: &[(UserId, Competitor)]) -> impl Iterator<Item = &UserId> {
    decisions.iter().filter(|(_, decision)| decision.disqualified.is_some()).map(|(user, _)| user)
}
