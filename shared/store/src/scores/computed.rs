//! Scores that depend on earlier events: sums, numbers, the best of some. Reads, computes, and writes if nobody has
//! written since. One read and one write; one more write for each concurrent event of the user.

use domain::Error;
use domain::competition::Score;
use jiff::Timestamp;
use rand::Rng as _;

use super::{Counted, NewScore, StoredScore, create, read, whole};
use crate::conditions::{NO_REVISION, SCORE_UNCHANGED};
use crate::progress::{MOST_EVENTS, epoch};
use crate::{Store, item};

/// Bytes of a remembered event: 8 of its id, 3 of its content.
const EVENT_BYTES: usize = 11;

/// The most concurrent events of one user to wait for.
const ROUNDS: u32 = 100;

pub(super) async fn count(store: &Store, new: &NewScore<'_>, now: Timestamp) -> Result<Counted, Error> {
    // The write decides, so a read that lags costs a round and nothing else.
    let found = store.get_item_eventually("get score", &new.key()).await?;
    let mut found = found.map(read).transpose()?;
    for round in 1..=ROUNDS {
        if let Some(counted) = found.as_ref().and_then(|found| found.settled(new, now)) {
            return Ok(counted);
        }
        let Some(next) = next(store, new, found.as_ref(), now) else {
            return Ok(Counted::NotImproved(found.map_or(0, |found| found.score)));
        };
        let Some(before) = &found else {
            match create(store, new, &next).await? {
                Ok(counted) => return Ok(counted),
                Err(other) => found = Some(other),
            }
            continue;
        };
        let put = store.put().set_item(Some(whole(new, &next)?));
        let put = match before.revision {
            Some(revision) => {
                put.condition_expression(SCORE_UNCHANGED).expression_attribute_values(":before", item::number(revision))
            }
            // Compared before, when the draft asked for another score in test mode.
            None => put.condition_expression(NO_REVISION),
        };
        match store.put_or_found("count score", put).await? {
            None => return Ok(Counted::Scored { score: next.score, first: false }),
            // An answer that was lost: this very write is there.
            Some(other) => found = if other.is_empty() { None } else { Some(read(other)?) },
        }
        if found.as_ref().is_some_and(|found| found.revision == next.revision) {
            return Ok(Counted::Scored { score: next.score, first: false });
        }
        store.back_off(round).await;
    }
    Err(Error::Unavailable("count score: too many events of the user at once".into()))
}

/// Returns what to write; `None` if the event changes nothing.
fn next(store: &Store, new: &NewScore<'_>, before: Option<&StoredScore>, now: Timestamp) -> Option<StoredScore> {
    let standing = new.competition.after(before.map(StoredScore::standing).as_ref(), new.happened())?;
    let mut next = StoredScore { revision: Some(store.random().random()), ..new.stored(standing, now) };
    if !remembers(new) {
        return Some(next);
    }
    let epoch = epoch(now);
    if let Some(before) = before {
        // If this environment's clock is behind, a page that others have turned stays turned.
        let turned = before.epoch.is_none_or(|before| before < epoch);
        next.epoch = Some(before.epoch.map_or(epoch, |before| before.max(epoch)));
        (next.events, next.events_before) = if turned {
            (Vec::new(), before.events.clone())
        } else {
            (before.events.clone(), before.events_before.clone())
        };
    } else {
        next.epoch = Some(epoch);
    }
    next.events.extend(new.event_id.fingerprint());
    next.events.extend(new.content.as_bytes());
    Some(next)
}

/// True if every counted event is remembered. The best of some remembers those alone.
fn remembers(new: &NewScore<'_>) -> bool {
    matches!(new.competition.score, Score::Sum | Score::Count)
}

/// Looks for an event among the remembered ones. Returns whether its content differed then; `None` if it was not
/// counted.
pub(super) fn seen(stored: &StoredScore, new: &NewScore<'_>) -> Option<bool> {
    let fingerprint = new.event_id.fingerprint();
    let mut events = stored.events.chunks(EVENT_BYTES).chain(stored.events_before.chunks(EVENT_BYTES));
    let event = events.find(|event| event.starts_with(&fingerprint))?;
    Some(!event.ends_with(new.content.as_bytes()))
}

/// True if no further event counts before the page turns.
pub(super) fn is_full(stored: &StoredScore, now: Timestamp) -> bool {
    stored.epoch.is_some_and(|page| page >= epoch(now)) && stored.events.len() >= MOST_EVENTS * EVENT_BYTES
}
