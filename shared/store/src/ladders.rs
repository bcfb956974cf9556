//! Ladders: ranks of some rows of a large running board, counted from the index on demand. An own rank is the rank of
//! the nearest better rung, and a count of the few rows between. Each recount starts from the index, so no error
//! accumulates; a board that nobody watches costs nothing.

use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::AttributeValue;
use domain::Error;
use domain::competition::Score;
use domain::instant::Sum as _;
use futures_util::future::try_join_all;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::Store;
use super::boards::{self, BoardId, Row, Side};
use super::conditions::NOT_ORDERED_SINCE;
use super::item::{self, milliseconds};
use super::schema::{BOARD_SHARDS, Key, ScorePlace};

/// The most rungs: 18 bytes each, 74 KB together.
const MOST_RUNGS: usize = 4_096;

/// Bytes of a rung: score, time, rows before it.
const RUNG_BYTES: usize = 18;

/// Rows of a shard that one request reads: about a megabyte.
const PAGE: usize = 4_000;

/// The shortest time between two recounts, in seconds.
const LEAST_AGE: i64 = 5;

/// Players that add a second to the time between two recounts, so that a watched board costs at most 510 read units a
/// second: a million players cost 30,500 units, once a minute.
const PLAYERS_PER_SECOND: u64 = 16_667;

/// A row whose position is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Rung {
    place: ScorePlace,
    /// The number of rows before the first one at this score and time.
    before: u64,
}

/// A ladder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ladder {
    /// When its count began.
    pub as_of: Timestamp,
    /// The number of rows.
    pub players: u64,
    rungs: Vec<Rung>,
}

#[derive(Serialize, Deserialize)]
struct Stored {
    #[serde(with = "milliseconds::required")]
    as_of: Timestamp,
    players: u64,
}

impl Ladder {
    /// True if the ladder is old enough for a recount.
    pub fn is_stale(&self, now: Timestamp) -> bool {
        now >= self.as_of.plus(self.lasts())
    }

    /// Returns the time from its count to the next one.
    pub fn lasts(&self) -> SignedDuration {
        let seconds = i64::try_from(self.players / PLAYERS_PER_SECOND).unwrap_or(i64::MAX);
        SignedDuration::from_secs(seconds.max(LEAST_AGE))
    }

    /// Returns the last rung before a place: where to count from, and the number of rows before it.
    fn before(&self, place: &str) -> (String, u64) {
        let next = self.rungs.partition_point(|rung| rung.place.prefix().as_str() < place);
        let rung = next.checked_sub(1).and_then(|at| self.rungs.get(at));
        rung.map_or_else(|| (boards::START.to_owned(), 0), |rung| (rung.place.prefix(), rung.before))
    }

    /// Returns the number of rows before the nearest better rung: at most the rows between two rungs too few.
    pub fn at_least_before(&self, place: &str) -> u64 {
        self.before(place).1
    }
}

/// Counts the rows before a place: from the nearest better rung on.
pub async fn better_than(store: &Store, id: BoardId<'_>, ladder: &Ladder, place: &str) -> Result<u64, Error> {
    let (from, before) = ladder.before(place);
    Ok(before + boards::count(store, id, &from, place).await?)
}

/// Returns a board's ladder, if one was counted. Eventually consistent: an older one is as good for a moment.
pub async fn get(store: &Store, id: BoardId<'_>, kind: Score) -> Result<Option<Ladder>, Error> {
    let Some(mut found) = store.get_item_eventually("get ladder", &key(id)).await? else { return Ok(None) };
    let Some(AttributeValue::B(rungs)) = found.remove("rungs") else { return Ok(None) };
    let Stored { as_of, players } = item::shape("ladder", found)?;
    let rungs = rungs.as_ref().chunks_exact(RUNG_BYTES).filter_map(|bytes| read(kind, bytes)).collect();
    Ok(Some(Ladder { as_of, players, rungs }))
}

fn read(kind: Score, bytes: &[u8]) -> Option<Rung> {
    let number = |bytes: &[u8]| bytes.iter().fold(0_u64, |sum, byte| (sum << 8) | u64::from(*byte));
    let (score, rest) = bytes.split_at_checked(8)?;
    let (reached_at, before) = rest.split_at_checked(6)?;
    let reached_at = Timestamp::from_millisecond(i64::try_from(number(reached_at)).ok()?).ok()?;
    Some(Rung { place: ScorePlace::new(kind, number(score), reached_at), before: number(before) })
}

/// Orders a recount. Returns `false` if somebody has ordered one within the last `apart`.
pub async fn order(store: &Store, id: BoardId<'_>, apart: SignedDuration, now: Timestamp) -> Result<bool, Error> {
    let update = store
        .update(&key(id))
        .update_expression("SET ordered_at = :now")
        .condition_expression(NOT_ORDERED_SINCE)
        .expression_attribute_values(":now", item::time(now))
        .expression_attribute_values(":since", item::time(now.minus(apart)));
    store.update_item("order recount", update).await
}

/// Counts a board anew and stores its ladder. Memory holds a page of each shard and the rungs, whatever the board's
/// size. The write is unconditional: of two recounts, either is right as of its time.
pub async fn recount(store: &Store, id: BoardId<'_>, kind: Score, now: Timestamp) -> Result<Ladder, Error> {
    let mut builder = Builder::default();
    let mut shards: Vec<Shard> = (0..BOARD_SHARDS).map(Shard::new).collect();
    loop {
        let empty = shards.iter_mut().filter(|shard| shard.rows.is_empty() && shard.has_more);
        try_join_all(empty.map(|shard| shard.read_on(store, id, kind))).await?;
        // The best row at hand is the board's next one: every shard has one at hand, or none left.
        let at_hand = shards.iter_mut().filter(|shard| !shard.rows.is_empty());
        let Some(next) = at_hand.min_by(|one, other| one.place().cmp(other.place())) else { break };
        if let Some(row) = next.rows.pop_front() {
            builder.add(kind, &row);
        }
    }
    let ladder = Ladder { as_of: now, players: builder.players, rungs: builder.rungs };
    put(store, id, kind, &ladder).await?;
    Ok(ladder)
}

async fn put(store: &Store, id: BoardId<'_>, kind: Score, ladder: &Ladder) -> Result<(), Error> {
    let mut bytes = Vec::with_capacity(ladder.rungs.len() * RUNG_BYTES);
    for Rung { place, before } in &ladder.rungs {
        bytes.extend(place.score(kind).to_be_bytes());
        bytes.extend(&place.reached_at().as_millisecond().max(0).to_be_bytes()[2..]);
        bytes.extend(&before.to_be_bytes()[4..]);
    }
    let stored = Stored { as_of: ladder.as_of, players: ladder.players };
    let mut item = item::whole(&key(id), None, &stored)?;
    item.insert("rungs".to_owned(), AttributeValue::B(Blob::new(bytes)));
    item.insert("ordered_at".to_owned(), item::time(ladder.as_of));
    store.put_item("put ladder", store.put().set_item(Some(item))).await.map(drop)
}

fn key(id: BoardId<'_>) -> Key {
    Key::Ladder(id.app.clone(), id.campaign.clone(), id.window)
}

/// A shard on the way through its rows.
struct Shard {
    shard: u8,
    rows: std::collections::VecDeque<Row>,
    after: String,
    has_more: bool,
}

impl Shard {
    fn new(shard: u8) -> Self {
        Self { shard, rows: std::collections::VecDeque::new(), after: boards::START.to_owned(), has_more: true }
    }

    fn place(&self) -> &str {
        self.rows.front().map_or("", |row| row.place.as_str())
    }

    async fn read_on(&mut self, store: &Store, id: BoardId<'_>, kind: Score) -> Result<(), Error> {
        let (rows, has_more) = boards::page(store, id, kind, self.shard, Side::Worse, &self.after, PAGE).await?;
        if let Some(last) = rows.last() {
            self.after.clone_from(&last.place);
        }
        (self.rows, self.has_more) = (rows.into(), has_more);
        Ok(())
    }
}

/// Chooses rungs from rows in their order: every row at first, and every second of them whenever there are too many.
#[derive(Default)]
struct Builder {
    players: u64,
    /// Rows from one rung to the next.
    step: u64,
    /// The last row's place, with the number of rows before the first one at that place.
    last: Option<Rung>,
    rungs: Vec<Rung>,
}

impl Builder {
    fn add(&mut self, kind: Score, row: &Row) {
        let place = ScorePlace::new(kind, row.score, row.reached_at);
        let is_new = self.last.is_none_or(|last| last.place != place);
        if is_new {
            let rung = Rung { place, before: self.players };
            self.last = Some(rung);
            let due = self.rungs.last().is_none_or(|last| rung.before >= last.before + self.step.max(1));
            self.rungs.extend(due.then_some(rung));
        }
        self.players += 1;
        if self.rungs.len() > MOST_RUNGS {
            self.step = self.step.max(1) * 2;
            let mut keep = false;
            self.rungs.retain(|_| {
                keep = !keep;
                keep
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(score: u64, millisecond: i64) -> Row {
        let reached_at = Timestamp::from_millisecond(millisecond).unwrap();
        Row { score, reached_at, user: "u".try_into().unwrap(), place: String::new() }
    }

    /// The naive count of the rows before each, against the rung that would be used.
    fn check(rows: &[Row]) {
        let mut builder = Builder::default();
        rows.iter().for_each(|row| builder.add(Score::Highest, row));
        let ladder = Ladder { as_of: Timestamp::UNIX_EPOCH, players: builder.players, rungs: builder.rungs };
        assert_eq!(ladder.players, rows.len() as u64);
        assert!(ladder.rungs.len() <= MOST_RUNGS);
        let prefix = |row: &Row| ScorePlace::new(Score::Highest, row.score, row.reached_at).prefix();
        let far = (rows.len() / (MOST_RUNGS / 4)).max(1) as u64;
        for row in rows.iter().step_by(97) {
            let own = prefix(row);
            let truth = rows.iter().take_while(|other| prefix(other) < own).count() as u64;
            let (from, before) = ladder.before(&own);
            // Rows at the rung's place are counted from the index, so none counts twice.
            let between = rows.iter().filter(|other| prefix(other) >= from && prefix(other) < own).count() as u64;
            assert_eq!(before + between, truth);
            assert!(between <= far * 2, "{between} rows between rungs");
        }
    }

    #[test]
    fn a_rank_is_the_nearest_better_rung_and_the_rows_between() {
        check(&[]);
        check(&(0..100).map(|n| row(1_000 - n, 5)).collect::<Vec<_>>());
        check(&(0..20_000).map(|n| row(1_000_000 - n, 5)).collect::<Vec<_>>());
    }

    #[test]
    fn a_rank_among_equal_scores_counts_by_time() {
        check(&(0..20_000).map(|n| row(7, n)).collect::<Vec<_>>());
        // Whole groups at one score and one time are one rung.
        check(&(0..20_000).map(|n| row(7, n / 3)).collect::<Vec<_>>());
    }

    #[test]
    fn a_rung_is_read_back_as_it_was_written() {
        for (kind, score) in [(Score::Highest, 10), (Score::Lowest, domain::competition::MOST), (Score::Sum, 0)] {
            let place = ScorePlace::new(kind, score, Timestamp::from_millisecond(1_796_126_400_123).unwrap());
            let mut bytes = score.to_be_bytes().to_vec();
            bytes.extend(&1_796_126_400_123_i64.to_be_bytes()[2..]);
            bytes.extend(&77_u64.to_be_bytes()[4..]);
            assert_eq!(read(kind, &bytes), Some(Rung { place, before: 77 }));
        }
    }
}
