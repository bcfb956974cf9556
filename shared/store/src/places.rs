//! The places of a frozen board. Counting sorts each shard of its scores into runs, which `settle-competition` merges
//! into chunks of places. The state of the count is in the board's item (`boards`).

use std::collections::HashSet;

use domain::Error;
use domain::campaign::Campaign;
use domain::competition::Score;
use domain::id::{MomentId, UserId};
use domain::instant::Sum as _;
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::boards::{self, Board, BoardId, BoardState};
use super::conditions::{BOARD_UNCHANGED, NOT_YET_WRITTEN, PLACES_UNCHANGED};
use super::failure::Item;
use super::item::{self, milliseconds};
use super::schema::{self, Key, ScorePlace};
use super::scores::{self, StoredScore};
use super::{Store, campaigns, requests};

/// The most rows of a run and of a chunk. With user ids of 256 bytes a chunk has some 310 KB, of the 400 KB that an
/// item may have.
pub const ROWS: usize = 1_000;

/// Chunks of one count: 65 million places.
const CHUNKS: u32 = 1 << 16;

/// Runs of one attempt at a shard: four million scores.
const RUNS: u32 = 1 << 12;

/// How long a run is kept: longer than any count. The end of the count deletes it.
const RUN_KEPT: SignedDuration = SignedDuration::from_hours(7 * 24);

/// Scores that are read in one request, and requests at a time.
const BATCH: usize = 100;
const BATCHES: usize = 8;

/// Items that are deleted at a time.
const DELETIONS: usize = 16;

/// Rounds of forgetting a user on a board that changes meanwhile.
const ROUNDS: u32 = 5;

/// A score on its way to its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ranked {
    /// Text order is the board's order.
    pub place: String,
    /// The user.
    pub user: UserId,
    /// The score.
    pub score: u64,
    /// When it was reached.
    pub reached_at: Timestamp,
}

#[derive(Serialize, Deserialize)]
struct StoredRow {
    user: UserId,
    score: u64,
    #[serde(with = "milliseconds::required")]
    at: Timestamp,
}

#[derive(Serialize, Deserialize)]
struct StoredRun {
    rows: Vec<StoredRow>,
    expires: i64,
}

/// Reads one shard of a frozen board, the best score first: every entry whose user has a score and is not `excluded`.
/// Consistent. Holds some 250 bytes per score in memory: 16 MB for a board of a million.
pub async fn shard(
    store: &Store,
    id: BoardId<'_>,
    kind: Score,
    moment: &MomentId,
    shard: u8,
    excluded: &HashSet<UserId>,
) -> Result<Vec<Ranked>, Error> {
    let pk = schema::entries_pk(id.app, id.campaign, id.window, shard);
    let request = store.range(pk, "E", "F").consistent_read(true);
    let (mut ranked, mut start) = (Vec::new(), None);
    loop {
        let page;
        (page, start) = store.query_page("read entries", request.clone().set_exclusive_start_key(start)).await?;
        let mut keys = Vec::with_capacity(page.len());
        for found in &page {
            let Key::Entry(.., user) = item::key_of(found)? else { continue };
            if !excluded.contains(&user) {
                keys.push(Key::Score(id.app.clone(), user, id.campaign.clone(), moment.clone(), id.window));
            }
        }
        let batches: Vec<_> = keys.chunks(BATCH).map(|keys| store.get_items("read scores", keys)).collect();
        let mut batches = stream::iter(batches).buffered(BATCHES);
        while let Some(found) = batches.try_next().await? {
            for found in found {
                ranked.extend(of_score(id, kind, found)?);
            }
        }
        if start.is_none() {
            break;
        }
    }
    ranked.sort_unstable_by(|one, other| one.place.cmp(&other.place));
    Ok(ranked)
}

fn of_score(id: BoardId<'_>, kind: Score, found: Item) -> Result<Option<Ranked>, Error> {
    let Key::Score(_, user, ..) = item::key_of(&found)? else { return Ok(None) };
    let StoredScore { score, reached_at, held_out, .. } = scores::read(found)?;
    Ok((!held_out).then(|| Ranked { place: place(id, kind, score, reached_at, &user), user, score, reached_at }))
}

fn place(id: BoardId<'_>, kind: Score, score: u64, reached_at: Timestamp, user: &UserId) -> String {
    ScorePlace::new(kind, score, reached_at).text(id.app, id.campaign, id.window, user)
}

/// The key of a run. Each attempt at a shard has a number of its own: if scores change between two attempts (an
/// erasure, a late event), their runs do not mix. The board says which attempt counts.
fn run_key(id: BoardId<'_>, shard: u8, attempt: u32, number: u32) -> Key {
    Key::Run(id.app.clone(), id.campaign.clone(), id.window, shard, attempt * RUNS + number)
}

/// Returns a number for an attempt at a shard.
pub fn new_attempt(store: &Store) -> u32 {
    use rand::Rng as _;
    store.random().random_range(0..u32::MAX / RUNS)
}

/// Writes the scores of one shard as runs of one attempt. Fails if another attempt has the same number.
pub async fn put_runs(
    store: &Store,
    id: BoardId<'_>,
    shard: u8,
    attempt: u32,
    ranked: &[Ranked],
    now: Timestamp,
) -> Result<(), Error> {
    let expires = now.plus(RUN_KEPT).as_second();
    let mut runs = Vec::new();
    for (rows, number) in ranked.chunks(ROWS).zip(0..) {
        if number >= RUNS {
            return Err(Error::Internal("a shard of a board has more than four million scores".into()));
        }
        runs.push(put_run(store, run_key(id, shard, attempt, number), rows, expires));
    }
    stream::iter(runs).buffered(BATCHES).try_collect::<Vec<()>>().await.map(drop)
}

async fn put_run(store: &Store, at: Key, rows: &[Ranked], expires: i64) -> Result<(), Error> {
    let rows = rows.iter().map(|Ranked { user, score, reached_at, .. }| StoredRow {
        user: user.clone(),
        score: *score,
        at: *reached_at,
    });
    let run = StoredRun { rows: rows.collect(), expires };
    if store.put_new("write run", item::whole(&at, None, &run)?).await? {
        return Ok(());
    }
    Err(Error::Unavailable("write run: another attempt has this number".into()))
}

/// Returns the scores of a run, the best first. Empty if it does not exist.
pub async fn run(
    store: &Store,
    id: BoardId<'_>,
    kind: Score,
    shard: u8,
    attempt: u32,
    number: u32,
) -> Result<Vec<Ranked>, Error> {
    let found: Option<StoredRun> = store.get_shape("read run", "run", &run_key(id, shard, attempt, number)).await?;
    let rows = found.map_or_else(Vec::new, |run| run.rows);
    let ranked = rows.into_iter().map(|StoredRow { user, score, at }| Ranked {
        place: place(id, kind, score, at, &user),
        user,
        score,
        reached_at: at,
    });
    Ok(ranked.collect())
}

/// One place of a counted board.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// The rank, from 1.
    pub rank: u64,
    /// The user; `None` if erased since.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<UserId>,
    /// The score.
    pub score: u64,
    /// When it was reached.
    #[serde(with = "milliseconds::required")]
    pub at: Timestamp,
    /// The position of the prize that the rank wins.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prize: Option<usize>,
    /// Why it gets no prize, though the rank wins one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub closed: Option<String>,
}

/// Up to [`ROWS`] places that follow on each other.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Chunk {
    /// The places.
    pub rows: Vec<Place>,
    /// The last one's text on the board, by which a user is found.
    pub last: String,
    /// Grows by one with each change.
    #[serde(default)]
    changes: u64,
}

impl Chunk {
    /// A chunk of a count, before any change.
    pub fn new(rows: Vec<Place>, last: String) -> Self {
        Self { rows, last, changes: 0 }
    }
}

fn chunk_key(id: BoardId<'_>, count: u32, number: u32) -> Result<Key, Error> {
    let at = count.checked_mul(CHUNKS).filter(|_| number < CHUNKS).and_then(|first| first.checked_add(number));
    let at = at.ok_or_else(|| Error::Internal("a board has more chunks or counts than there are numbers".into()))?;
    Ok(Key::Places(id.app.clone(), id.campaign.clone(), id.window, at))
}

/// Writes a chunk of a count. If it is there, it stays as it is: a count always makes the same chunks, and since then
/// a user may have been erased from it.
pub async fn put_chunk(store: &Store, id: BoardId<'_>, count: u32, number: u32, chunk: &Chunk) -> Result<(), Error> {
    let item = item::whole(&chunk_key(id, count, number)?, None, chunk)?;
    store.put_new("write places", item).await.map(drop)
}

/// Returns a chunk of a count, from number 0, as every answered write has left it.
pub async fn chunk(store: &Store, id: BoardId<'_>, count: u32, number: u32) -> Result<Option<Chunk>, Error> {
    store.get_shape("read places", "chunk of places", &chunk_key(id, count, number)?).await
}

/// Changes a chunk. Returns `false` if it was changed since it was read.
pub async fn change_chunk(
    store: &Store,
    id: BoardId<'_>,
    count: u32,
    number: u32,
    chunk: &Chunk,
) -> Result<bool, Error> {
    let next = Chunk { changes: chunk.changes + 1, ..chunk.clone() };
    let put = store
        .put()
        .set_item(Some(item::whole(&chunk_key(id, count, number)?, None, &next)?))
        .condition_expression(PLACES_UNCHANGED)
        .expression_attribute_values(":before", item::number(chunk.changes));
    store.put_item("change places", put).await
}

/// Deletes one page of what a count has left behind: its runs, and the chunks of earlier counts. Returns `true` once
/// nothing is left.
pub async fn clear(store: &Store, id: BoardId<'_>, count: u32) -> Result<bool, Error> {
    let pk = schema::board_pk(id.app, id.campaign, id.window);
    let (_, first_of_count) = chunk_key(id, count, 0)?.pair();
    for (first, end) in [("RUN#", "RUN$"), ("PLACES#", first_of_count.as_str())] {
        let (found, _) = store.query_page("find runs", store.range(&pk, first, end).limit(100)).await?;
        // Both ends are included in a range.
        let old: Vec<Item> = found.iter().map(item::place).filter(|place| sort_key(place) != first_of_count).collect();
        if !old.is_empty() {
            // Unconditional: a count reads its own runs and chunks alone, and this one has made its chunks.
            let deletions: Vec<_> =
                old.into_iter().map(|place| store.delete_item("clear board", store.delete_at(place))).collect();
            stream::iter(deletions).buffered(DELETIONS).try_collect::<Vec<bool>>().await?;
            return Ok(false);
        }
    }
    Ok(true)
}

fn sort_key(place: &Item) -> &str {
    place.get(schema::SK).and_then(|sk| sk.as_s().ok()).map_or("", String::as_str)
}

/// Forgets a user's score for an erasure, with its entry, and the user on a frozen board: the place stays without an
/// id. Fails with [`Error::Unavailable`] while the board is being counted. The score goes only while the board is as it
/// was found, so no count that begins meanwhile brings the user back.
pub(crate) async fn forget(store: &Store, key: &Key, score: &StoredScore) -> Result<(), Error> {
    let Key::Score(app, user, campaign, _, window) = key else { return Ok(()) };
    let id = BoardId { app, campaign, window: *window };
    for round in 1..=ROUNDS {
        let board = boards::get(store, id).await?;
        match &board {
            Some(board) if !board.has_places() => {
                return Err(Error::Unavailable("the user's board is being counted; erase again in a minute".into()));
            }
            Some(board) => blank(store, id, board, user, score).await?,
            None => {}
        }
        if erase_score(store, id, key, user, board.as_ref()).await? {
            return Ok(());
        }
        store.back_off(round).await;
    }
    Err(Error::Unavailable("erase score: the board changes".into()))
}

/// Returns where a user stands on a counted board: the number of places before, and the place. `guess` is a number of
/// places before, by which the chunk is found in one read if it is about right. Returns `None` for a user without a
/// place there.
pub async fn find(
    store: &Store,
    id: BoardId<'_>,
    board: &Board,
    place: &str,
    user: &UserId,
    guess: Option<u64>,
) -> Result<Option<(u64, Place)>, Error> {
    let chunks = board.chunks();
    let guess = guess.and_then(|before| u32::try_from(before / ROWS as u64).ok()).filter(|number| *number < chunks);
    if let Some(number) = guess
        && let Some(found) = find_in(store, id, board.count, number, user).await?
    {
        return Ok(Some(found));
    }
    let number = first_reaching(store, id, board.count, chunks, place).await?;
    find_in(store, id, board.count, number, user).await
}

async fn find_in(
    store: &Store,
    id: BoardId<'_>,
    count: u32,
    number: u32,
    user: &UserId,
) -> Result<Option<(u64, Place)>, Error> {
    let Some(chunk) = chunk(store, id, count, number).await? else { return Ok(None) };
    let at = chunk.rows.iter().position(|row| row.user.as_ref() == Some(user));
    let found = at.and_then(|at| Some((at as u64, chunk.rows.into_iter().nth(at)?)));
    Ok(found.map(|(at, row)| (u64::from(number) * ROWS as u64 + at, row)))
}

/// Returns up to `limit` places of a counted board behind the first `before`.
pub async fn page(
    store: &Store,
    id: BoardId<'_>,
    board: &Board,
    before: u64,
    limit: usize,
) -> Result<Vec<Place>, Error> {
    let (mut places, rows) = (Vec::with_capacity(limit), ROWS as u64);
    let mut skipped = usize::try_from(before % rows).unwrap_or(0);
    let mut number = u32::try_from(before / rows).unwrap_or(u32::MAX);
    while places.len() < limit && number < board.chunks() {
        let Some(chunk) = chunk(store, id, board.count, number).await? else { break };
        places.extend(chunk.rows.into_iter().skip(skipped).take(limit - places.len()));
        (skipped, number) = (0, number + 1);
    }
    Ok(places)
}

/// Notes on a user's place that its prize, which waited in the line, is closed. Does nothing if the board gives no
/// prizes, or the user has no place there any more.
pub async fn close_prize(
    store: &Store,
    campaign: &Campaign,
    (user, moment, occurrence): (&UserId, &MomentId, u32),
    reason: &str,
) -> Result<(), Error> {
    let Campaign { app_id: app, campaign_id, .. } = campaign;
    let Some(competition) = &campaign.competition else { return Ok(()) };
    let nth = usize::try_from(occurrence.saturating_sub(1)).unwrap_or(usize::MAX);
    let Some(window) = competition.windows(campaign).nth(nth).map(|bounds| bounds.window) else { return Ok(()) };
    let id = BoardId { app, campaign: campaign_id, window };
    let key = Key::Score(app.clone(), user.clone(), campaign_id.clone(), moment.clone(), window);
    let (board, score) = (boards::get(store, id).await?, scores::get(store, &key).await?);
    let board = board.filter(|board| matches!(board.board_state, BoardState::Approved | BoardState::Settled));
    let (Some(board), Some(score)) = (board, score) else { return Ok(()) };
    let text = place(id, competition.score, score.score, score.reached_at, user);
    let number = first_reaching(store, id, board.count, board.chunks(), &text).await?;
    for round in 1..=ROUNDS {
        let Some(mut chunk) = chunk(store, id, board.count, number).await? else { return Ok(()) };
        let found = chunk.rows.iter_mut().find(|place| place.user.as_ref() == Some(user));
        let Some(place) = found.filter(|place| place.closed.is_none()) else { return Ok(()) };
        place.closed = Some(reason.to_owned());
        if change_chunk(store, id, board.count, number, &chunk).await? {
            return Ok(());
        }
        store.back_off(round).await;
    }
    Err(Error::Unavailable("close prize: the places change".into()))
}

/// Takes the user's id off the user's place, if there is one.
async fn blank(store: &Store, id: BoardId<'_>, board: &Board, user: &UserId, score: &StoredScore) -> Result<(), Error> {
    // Users of the hold-out have no place.
    if score.held_out {
        return Ok(());
    }
    let chunks = board.chunks();
    let near = match campaigns::get(store, id.app, id.campaign).await?.and_then(|campaign| campaign.competition) {
        Some(competition) => {
            let place = place(id, competition.score, score.score, score.reached_at, user);
            first_reaching(store, id, board.count, chunks, &place).await?
        }
        None => 0,
    };
    // The score may have changed after the board was counted. So if the place is not where the score says, it may be
    // anywhere. A disqualified user's score cannot change, and has a place only if the board was approved before.
    let others = if score.disqualified { near + 1 } else { chunks };
    for number in (near..others.min(chunks)).chain(0..if score.disqualified { 0 } else { near }) {
        for round in 1..=ROUNDS {
            let Some(mut chunk) = chunk(store, id, board.count, number).await? else { break };
            let Some(place) = chunk.rows.iter_mut().find(|place| place.user.as_ref() == Some(user)) else { break };
            place.user = None;
            if change_chunk(store, id, board.count, number, &chunk).await? {
                return Ok(());
            }
            if round == ROUNDS {
                return Err(Error::Unavailable("erase place: the places change".into()));
            }
            store.back_off(round).await;
        }
    }
    Ok(())
}

/// Returns the first chunk whose last place is not before `place`.
async fn first_reaching(store: &Store, id: BoardId<'_>, count: u32, chunks: u32, place: &str) -> Result<u32, Error> {
    let (mut first, mut end) = (0, chunks);
    while first < end {
        let middle = first + (end - first) / 2;
        let found = chunk(store, id, count, middle).await?;
        if found.is_some_and(|found| found.last.as_str() < place) {
            first = middle + 1;
        } else {
            end = middle;
        }
    }
    Ok(first)
}

/// Erases the score with its entry, and an admin's decision about the user: all or none, because a score without its
/// entry would be missing on the board when the user comes back. Returns `false` if the board is not as it was found.
async fn erase_score(
    store: &Store,
    id: BoardId<'_>,
    key: &Key,
    user: &UserId,
    board: Option<&Board>,
) -> Result<bool, Error> {
    let entry = Key::Entry(id.app.clone(), id.campaign.clone(), id.window, user.clone());
    let check = store.check_in_transaction(&id.key());
    let check = match board {
        None => check.condition_expression(NOT_YET_WRITTEN),
        Some(board) => check
            .condition_expression(BOARD_UNCHANGED)
            .expression_attribute_values(":before", item::number(board.revision)),
    };
    let decision = Key::Competitor(id.app.clone(), id.campaign.clone(), user.clone());
    // The deletions are unconditional: deleting a missing item changes nothing.
    let items = vec![
        requests::delete(store.delete_in_transaction(&decision))?,
        requests::delete(store.delete_in_transaction(key))?,
        requests::delete(store.delete_in_transaction(&entry))?,
        requests::check(check)?,
    ];
    Ok(store.transaction("erase score", items).await?.is_ok())
}
