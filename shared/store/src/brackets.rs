//! Brackets: the players by seed, and an item for each match. `domain` decides who advances where; here a result is one
//! transaction over every match that it changes, and over those that decided it.

use aws_sdk_dynamodb::types::TransactWriteItem;
use domain::Error;
use domain::competition::bracket::{Bracket, Match, MatchId, Matches};
use domain::id::{AppId, CampaignId, KeyId, PersonId, UserId};
use futures_util::stream::{self, StreamExt as _, TryStreamExt as _};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::conditions::{IS_THAT_VERSION, MATCH_UNCHANGED};
use super::failure::Item;
use super::item::{self, milliseconds};
use super::schema::{self, Key};
use super::{Store, requests};

/// Concurrent writes when a bracket is made.
const AT_ONCE: usize = 32;

/// Attempts to erase a player from a bracket that changes at the same time.
const ERASE_ATTEMPTS: u32 = 8;

/// A campaign's bracket.
#[derive(Debug, Clone, Copy)]
pub struct BracketId<'a> {
    /// The app.
    pub app: &'a AppId,
    /// The campaign.
    pub campaign: &'a CampaignId,
}

impl BracketId<'_> {
    fn key(self) -> Key {
        Key::Bracket(self.app.clone(), self.campaign.clone())
    }

    fn key_of(self, id: MatchId) -> Key {
        Key::Match(self.app.clone(), self.campaign.clone(), id.round, id.number)
    }
}

/// How far a bracket is. Each state follows on the one before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BracketState {
    /// The players may still change.
    Draft,
    /// The players are fixed, and the matches are being written.
    Starting,
    /// Every match is there and takes results.
    Started,
    /// No result changes any more.
    Finished,
}

/// A bracket without its matches.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredBracket {
    /// How far it is.
    pub bracket_state: BracketState,
    /// The players, the best seed first. A started bracket keeps the place of an erased user.
    pub entrants: Vec<Option<UserId>>,
    /// True if it has a match for the third place.
    pub third_place: bool,
    /// Grows by one with each write.
    pub version: u64,
    /// When its players were set.
    #[serde(with = "milliseconds::required")]
    pub made_at: Timestamp,
    /// When it began to take results.
    #[serde(default, with = "milliseconds::optional", skip_serializing_if = "Option::is_none")]
    pub started_at: Option<Timestamp>,
    /// When it stopped taking results.
    #[serde(default, with = "milliseconds::optional", skip_serializing_if = "Option::is_none")]
    pub finished_at: Option<Timestamp>,
    /// The key of the admin who finished it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub finished_by: Option<KeyId>,
    /// The person who finished it, if the key is a person's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub finished_by_person: Option<PersonId>,
    /// When every prize was given or closed.
    #[serde(default, with = "milliseconds::optional", skip_serializing_if = "Option::is_none")]
    pub prizes_given_at: Option<Timestamp>,
}

impl StoredBracket {
    /// The shape of the bracket; `None` if erasures left too few players of a draft.
    pub fn shape(&self) -> Option<Bracket> {
        Bracket::new(self.entrants.len(), self.third_place)
    }

    /// Returns the user with that seed, unless erased.
    pub fn user(&self, seed: u16) -> Option<&UserId> {
        self.entrants.get(usize::from(seed).checked_sub(1)?)?.as_ref()
    }

    /// The next version, before it is written.
    #[must_use]
    pub fn next(&self) -> Self {
        Self { version: self.version + 1, ..self.clone() }
    }
}

/// A match with the version that was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredMatch {
    /// The match.
    #[serde(flatten)]
    pub of: Match,
    /// Grows by one with each write.
    pub version: u64,
}

/// Returns a campaign's bracket, as every answered write has left it.
pub async fn get(store: &Store, id: BracketId<'_>) -> Result<Option<StoredBracket>, Error> {
    store.get_shape("get bracket", "bracket", &id.key()).await
}

/// Reads a bracket from its item.
pub fn read(found: Item) -> Result<StoredBracket, Error> {
    item::shape("bracket", found)
}

/// True if the bracket gives the campaign's prizes: it has begun. A draft stops no board.
pub async fn gives_prizes(store: &Store, id: BracketId<'_>) -> Result<bool, Error> {
    Ok(get(store, id).await?.is_some_and(|bracket| bracket.bracket_state != BracketState::Draft))
}

/// Writes a draft over nothing, or over the version before `bracket.version`. Returns `false`, and writes no bracket,
/// if another version is there. Notes the bracket with each of its players first, so that an erasure finds it.
pub async fn put_draft(store: &Store, id: BracketId<'_>, bracket: &StoredBracket) -> Result<bool, Error> {
    note_entrants(store, id, bracket).await?;
    store.put_version("put bracket", &id.key(), bracket.version, bracket).await
}

/// Unconditional: every writer writes the same, and a note about a bracket without the user harms nothing.
async fn note_entrants(store: &Store, id: BracketId<'_>, bracket: &StoredBracket) -> Result<(), Error> {
    let note = async |user: UserId| {
        let at = Key::Entrant(id.app.clone(), user, id.campaign.clone());
        let put = store.put().set_item(Some(item::key(&at)));
        store.put_item("note entrant", put).await.map(drop)
    };
    stream::iter(bracket.entrants.iter().flatten().cloned().map(note)).buffer_unordered(AT_ONCE).try_collect().await
}

/// Writes a bracket over the version before `bracket.version`. Returns `false`, and writes nothing, if that was changed
/// meanwhile.
pub async fn replace(store: &Store, id: BracketId<'_>, bracket: &StoredBracket) -> Result<bool, Error> {
    store.replace_version("change bracket", &id.key(), bracket.version, bracket).await
}

/// Writes the matches that are not there yet. A repetition finishes what a crash left, and changes no match that has a
/// result.
pub async fn write_matches(store: &Store, id: BracketId<'_>, drawn: &Matches) -> Result<(), Error> {
    let write = async |(at, of): (MatchId, Match)| {
        let stored = StoredMatch { of, version: 1 };
        let item = item::whole(&id.key_of(at), None, &stored)?;
        store.put_new("write match", item).await.map(drop)
    };
    stream::iter(drawn.clone().into_iter().map(write)).buffer_unordered(AT_ONCE).try_collect().await
}

/// Returns every match, sorted, as every answered write has left them. Not an instant's view: a result that is written
/// meanwhile may show in one match and not yet in the next.
pub async fn matches(store: &Store, id: BracketId<'_>) -> Result<Vec<(MatchId, StoredMatch)>, Error> {
    let request = store.range(schema::bracket_pk(id.app, id.campaign), "MATCH#", "MATCH$").consistent_read(true);
    read_matches(store.query_all("list matches", request).await?)
}

/// Returns some matches, at most a hundred, sorted, as every answered write has left them.
pub async fn some_matches(
    store: &Store,
    id: BracketId<'_>,
    ids: &[MatchId],
) -> Result<Vec<(MatchId, StoredMatch)>, Error> {
    let keys: Vec<Key> = ids.iter().map(|of| id.key_of(*of)).collect();
    let mut found = read_matches(store.get_items("get matches", &keys).await?)?;
    found.sort_unstable_by_key(|(id, _)| *id);
    Ok(found)
}

fn read_matches(items: Vec<Item>) -> Result<Vec<(MatchId, StoredMatch)>, Error> {
    let mut all = Vec::with_capacity(items.len());
    for found in items {
        if let Key::Match(_, _, round, number) = item::key_of(&found)? {
            all.push((MatchId { round, number }, item::shape("match", found)?));
        }
    }
    Ok(all)
}

/// Writes matches over the versions that were read, all or none. Returns `false`, and writes nothing, if one of those
/// that were read was changed meanwhile.
pub async fn change(
    store: &Store,
    id: BracketId<'_>,
    read: &[(MatchId, StoredMatch)],
    changed: &[(MatchId, Match)],
) -> Result<bool, Error> {
    let mut writes = changes(store, id, read, changed)?;
    // What was read and stays as it is has decided, too: a match that somebody changed meanwhile may have a result.
    for (at, stored) in read.iter().filter(|(at, _)| !changed.iter().any(|(id, _)| id == at)) {
        let check = store
            .check_in_transaction(&id.key_of(*at))
            .condition_expression(MATCH_UNCHANGED)
            .expression_attribute_values(":before", item::number(stored.version));
        writes.push(requests::check(check)?);
    }
    Ok(store.transaction("record result", writes).await?.is_ok())
}

/// Finishes a bracket: writes it over the version before `bracket.version`, and the closed matches of its last round
/// over those that were read; all or none. Returns `false`, and writes nothing, if one of them was changed meanwhile.
pub async fn finish(
    store: &Store,
    id: BracketId<'_>,
    bracket: &StoredBracket,
    last_round: &[(MatchId, StoredMatch)],
) -> Result<bool, Error> {
    let closed: Vec<(MatchId, Match)> =
        last_round.iter().map(|(at, stored)| (*at, Match { closed: true, ..stored.of })).collect();
    let mut writes = changes(store, id, last_round, &closed)?;
    let put = store
        .put_in_transaction(item::whole(&id.key(), None, bracket)?)
        .condition_expression(IS_THAT_VERSION)
        .expression_attribute_values(":version", item::number(bracket.version.saturating_sub(1)));
    writes.push(requests::put(put)?);
    Ok(store.transaction("finish bracket", writes).await?.is_ok())
}

fn changes(
    store: &Store,
    id: BracketId<'_>,
    read: &[(MatchId, StoredMatch)],
    changed: &[(MatchId, Match)],
) -> Result<Vec<TransactWriteItem>, Error> {
    let write = |(at, of): &(MatchId, Match)| {
        let before = read.iter().find(|(id, _)| id == at).map_or(0, |(_, stored)| stored.version);
        let stored = StoredMatch { of: *of, version: before + 1 };
        let put = store
            .put_in_transaction(item::whole(&id.key_of(*at), None, &stored)?)
            .condition_expression(MATCH_UNCHANGED)
            .expression_attribute_values(":before", item::number(before));
        requests::put(put)
    };
    changed.iter().map(write).collect()
}

/// Removes an erased user from a campaign's bracket. A draft closes up; a started bracket keeps the place without the
/// user, whose opponent goes on once an admin or the app says so. A repetition finishes what a crash left.
pub(crate) async fn erase(store: &Store, at: &Key) -> Result<(), Error> {
    let Key::Entrant(app, user, campaign) = at else { return Ok(()) };
    let id = BracketId { app, campaign };
    for attempt in 1..=ERASE_ATTEMPTS {
        let Some(before) = get(store, id).await? else { break };
        if !before.entrants.iter().flatten().any(|entrant| entrant == user) {
            break;
        }
        let mut after = before.next();
        if before.bracket_state == BracketState::Draft {
            after.entrants.retain(|entrant| entrant.as_ref() != Some(user));
        } else {
            after
                .entrants
                .iter_mut()
                .filter(|entrant| entrant.as_ref() == Some(user))
                .for_each(|entrant| *entrant = None);
        }
        if replace(store, id, &after).await? {
            break;
        }
        if attempt == ERASE_ATTEMPTS {
            return Err(Error::Unavailable("erase entrant: the bracket changes".into()));
        }
        store.back_off(attempt).await;
    }
    // Unconditional: deleting a missing item changes nothing.
    store.delete_item("delete", store.delete(at)).await.map(drop)
}
