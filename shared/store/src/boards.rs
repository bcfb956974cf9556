//! Boards: the scores of one window in their order. While it runs, the index lists it; from its freezing on, the
//! board's item says how far its settlement is. Scores themselves are in `scores`, ranks of large boards in `ladders`.

use domain::Error;
use domain::competition::{Score, WindowId};
use domain::id::{AppId, CampaignId, KeyId, PersonId, UserId};
use futures_util::future::try_join_all;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::conditions::{BOARD_UNCHANGED, NO_BRACKET_BEGUN};
use super::failure::Item;
use super::item::{self, milliseconds};
use super::places::ROWS;
use super::schema::{self, BOARD_SHARDS, INDEX, Key};
use super::{Store, requests};

/// Sorts before every place: no place begins with a control character.
pub const START: &str = "\u{1}";

/// Sorts behind every place: places begin with a digit.
pub const END: &str = "~";

/// Rows of a shard that are read for a page at once, besides its share of the page.
const SPARE: usize = 12;

/// A board.
#[derive(Debug, Clone, Copy)]
pub struct BoardId<'a> {
    /// The app.
    pub app: &'a AppId,
    /// The campaign.
    pub campaign: &'a CampaignId,
    /// The window.
    pub window: WindowId,
}

impl BoardId<'_> {
    /// The key of the board's item.
    pub fn key(self) -> Key {
        Key::Board(self.app.clone(), self.campaign.clone(), self.window)
    }
}

/// The progress of a settlement. Each state follows on the one before, except that a decision about a
/// competitor leads from `Counted` and `NeedsDecision` back to `Frozen`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BoardState {
    /// No score counts any more. The places are being counted.
    Frozen,
    /// Counted. More players share the ranks of a prize than it allows, so an admin has to decide.
    NeedsDecision,
    /// Counted: every place is known.
    Counted,
    /// The prizes are being given.
    Approved,
    /// Every prize is given, or closed with a reason.
    Settled,
}

/// The sorted scores of one shard, in runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShardRuns {
    /// Which attempt at the shard wrote the runs: `places::RunId`.
    pub attempt: u32,
    /// The scores in them.
    pub rows: u64,
    /// Those of them that have their place.
    #[serde(default)]
    pub placed: u64,
}

/// A frozen board.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Board {
    /// How far its settlement is.
    pub board_state: BoardState,
    /// When it was frozen.
    #[serde(with = "milliseconds::required")]
    pub frozen_at: Timestamp,
    /// Grows by one with each write.
    #[serde(default)]
    pub revision: u64,
    /// Which count of the board this is, from 1. Chunks of another count have other numbers, so counts never mix.
    #[serde(default)]
    pub count: u32,
    /// The last write.
    #[serde(default, with = "milliseconds::optional", skip_serializing_if = "Option::is_none")]
    pub touched_at: Option<Timestamp>,
    /// The fingerprint of the disqualifications that this count leaves out, from its first shard on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decisions: Option<String>,
    /// The shards that are sorted, in their order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub shards: Vec<ShardRuns>,
    /// The places so far.
    #[serde(default)]
    pub players: u64,
    /// The last place: its score and its rank.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last: Option<(u64, u64)>,
    /// The winners of each prize so far, in the order of the prizes.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub winners: Vec<u64>,
    /// When the places were counted.
    #[serde(default, with = "milliseconds::optional", skip_serializing_if = "Option::is_none")]
    pub counted_at: Option<Timestamp>,
    /// When the prizes were approved.
    #[serde(default, with = "milliseconds::optional", skip_serializing_if = "Option::is_none")]
    pub approved_at: Option<Timestamp>,
    /// The key of the admin who approved them; none if they needed nobody.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approved_by: Option<KeyId>,
    /// The person who approved them, if the key is a person's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approved_by_person: Option<PersonId>,
    /// The revision that was approved.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approved: Option<u64>,
    /// True if an admin has decided that a prize with more winners than it allows goes to the earliest of them.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub by_time: bool,
    /// The places whose prize was given or closed.
    #[serde(default)]
    pub paid: u64,
    /// The winners of each prize among them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub given: Vec<u64>,
    /// When every prize was given or closed.
    #[serde(default, with = "milliseconds::optional", skip_serializing_if = "Option::is_none")]
    pub settled_at: Option<Timestamp>,
    /// The places whose users have their result, if they have won nothing.
    #[serde(default)]
    pub notified: u64,
    /// When everybody who has won nothing had the result.
    #[serde(default, with = "milliseconds::optional", skip_serializing_if = "Option::is_none")]
    pub notified_at: Option<Timestamp>,
}

impl Board {
    /// A board that is frozen now.
    pub fn frozen(now: Timestamp) -> Self {
        Self::of_count(1, now, now)
    }

    /// The same board before a new count, which leaves out whoever is disqualified by then.
    #[must_use]
    pub fn anew(&self, now: Timestamp) -> Self {
        Self { revision: self.revision, ..Self::of_count(self.count + 1, self.frozen_at, now) }
    }

    fn of_count(count: u32, frozen_at: Timestamp, now: Timestamp) -> Self {
        Self {
            board_state: BoardState::Frozen,
            frozen_at,
            revision: 1,
            count,
            touched_at: Some(now),
            decisions: None,
            shards: Vec::new(),
            players: 0,
            last: None,
            winners: Vec::new(),
            counted_at: None,
            approved_at: None,
            approved_by: None,
            approved_by_person: None,
            approved: None,
            by_time: false,
            paid: 0,
            given: Vec::new(),
            settled_at: None,
            notified: 0,
            notified_at: None,
        }
    }

    /// True while the places may still change.
    pub fn is_open(&self) -> bool {
        matches!(self.board_state, BoardState::Frozen | BoardState::NeedsDecision | BoardState::Counted)
    }

    /// The chunks of places so far.
    pub fn chunks(&self) -> u32 {
        u32::try_from(self.players.div_ceil(ROWS as u64)).unwrap_or(u32::MAX)
    }

    /// True once every place is known.
    pub fn has_places(&self) -> bool {
        self.board_state != BoardState::Frozen
    }
}

/// Freezes a board. Returns `false` if it was frozen before.
pub async fn freeze(store: &Store, id: BoardId<'_>, now: Timestamp) -> Result<bool, Error> {
    store.put_new("freeze board", item::whole(&id.key(), None, &Board::frozen(now))?).await
}

/// Writes the next state of a board over the one that was read. Returns it as it is stored; `None` if another call
/// has written since.
pub async fn advance(
    store: &Store,
    id: BoardId<'_>,
    before: &Board,
    next: Board,
    now: Timestamp,
) -> Result<Option<Board>, Error> {
    let next = Board { revision: before.revision + 1, touched_at: Some(now), ..next };
    let put = store
        .put()
        .set_item(Some(item::whole(&id.key(), None, &next)?))
        .condition_expression(BOARD_UNCHANGED)
        .expression_attribute_values(":before", item::number(before.revision));
    let Some(found) = store.put_or_found("advance board", put).await? else { return Ok(Some(next)) };
    // The write may have happened although its answer was lost. Two calls that write the same go on together: each
    // further step is idempotent.
    let found: Option<Board> = item::shape("board", found).ok();
    Ok(found.filter(|found| *found == next))
}

/// As [`advance`], for an approval: the board gives the prizes. Returns `None` also if a bracket gives them by now.
pub async fn approve(
    store: &Store,
    id: BoardId<'_>,
    before: &Board,
    next: Board,
    now: Timestamp,
) -> Result<Option<Board>, Error> {
    let next = Board { revision: before.revision + 1, touched_at: Some(now), ..next };
    let put = store
        .put_in_transaction(item::whole(&id.key(), None, &next)?)
        .condition_expression(BOARD_UNCHANGED)
        .expression_attribute_values(":before", item::number(before.revision));
    let check = store
        .check_in_transaction(&Key::Bracket(id.app.clone(), id.campaign.clone()))
        .condition_expression(NO_BRACKET_BEGUN)
        .expression_attribute_values(":draft", item::text("draft"));
    let written = store.transaction("approve board", vec![requests::put(put)?, requests::check(check)?]).await?;
    Ok(written.is_ok().then_some(next))
}

/// Reads a board from its item.
pub fn read(found: Item) -> Result<Board, Error> {
    item::shape("board", found)
}

/// Returns a board from its freezing on, as every answered write has left it; `None` while it runs.
pub async fn get(store: &Store, id: BoardId<'_>) -> Result<Option<Board>, Error> {
    store.get_shape("get board", "board", &id.key()).await
}

/// Returns every frozen board of a campaign, as every answered write has left them. One query.
pub async fn list(store: &Store, app: &AppId, campaign: &CampaignId) -> Result<Vec<(WindowId, Board)>, Error> {
    let request = store.range(schema::boards_pk(app, campaign), "W", "X").consistent_read(true);
    let mut all = Vec::new();
    for found in store.query_all("list boards", request).await? {
        if let Key::Board(_, _, window) = item::key_of(&found)? {
            all.push((window, item::shape("board", found)?));
        }
    }
    Ok(all)
}

/// A row of a board.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// The score.
    pub score: u64,
    /// When it was reached.
    pub reached_at: Timestamp,
    /// The user.
    pub user: UserId,
    /// Its place: text order is the board's order.
    pub place: String,
}

/// Which rows beside a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// Those behind it, the nearest first.
    Worse,
    /// Those before it, the nearest first.
    Better,
}

impl Side {
    fn is_nearer(self, one: &str, other: &str) -> bool {
        match self {
            Self::Worse => one < other,
            Self::Better => one > other,
        }
    }
}

/// Returns up to `limit` rows beside a place, the nearest first. As far as the index knows. Each shard is read up to
/// where the page ends, so a page of 100 rows costs little more than its rows.
pub async fn rows(
    store: &Store,
    id: BoardId<'_>,
    kind: Score,
    side: Side,
    place: &str,
    limit: usize,
) -> Result<Vec<Row>, Error> {
    let each = limit / usize::from(BOARD_SHARDS) + SPARE;
    let mut shards: Vec<ShardRows> =
        (0..BOARD_SHARDS).map(|shard| ShardRows { shard, rows: Vec::new(), has_more: true }).collect();
    loop {
        let last = |shard: &ShardRows| shard.rows.last().map_or_else(|| place.to_owned(), |row| row.place.clone());
        // Up to here every shard is known. Only shards that end there keep the page from growing.
        let open = shards.iter().filter(|shard| shard.has_more).map(last);
        let known = open.reduce(|one, other| if side.is_nearer(&one, &other) { one } else { other });
        let within = |row: &&Row| known.as_ref().is_none_or(|known| !side.is_nearer(known, &row.place));
        if known.is_none() || shards.iter().flat_map(|shard| &shard.rows).filter(within).count() >= limit {
            let mut rows: Vec<Row> = shards.iter().flat_map(|shard| &shard.rows).filter(within).cloned().collect();
            rows.sort_unstable_by(|one, other| one.place.cmp(&other.place));
            if side == Side::Better {
                rows.reverse();
            }
            rows.truncate(limit);
            return Ok(rows);
        }
        let behind = shards.iter_mut().filter(|shard| shard.has_more && Some(last(shard)) == known);
        try_join_all(behind.map(|shard| async {
            let (rows, has_more) = page(store, id, kind, shard.shard, side, &last(shard), each).await?;
            shard.rows.extend(rows);
            shard.has_more = has_more;
            Ok::<_, Error>(())
        }))
        .await?;
    }
}

struct ShardRows {
    shard: u8,
    rows: Vec<Row>,
    has_more: bool,
}

/// Returns a page of one shard beside a place, the nearest rows first, and whether more follow.
pub async fn page(
    store: &Store,
    id: BoardId<'_>,
    kind: Score,
    shard: u8,
    side: Side,
    place: &str,
    limit: usize,
) -> Result<(Vec<Row>, bool), Error> {
    let pk = schema::scores_pk(id.app, id.campaign, id.window, shard);
    let comparison = if side == Side::Worse { ">" } else { "<" };
    let request = store
        .query_index(pk, comparison, place)
        .scan_index_forward(side == Side::Worse)
        .limit(i32::try_from(limit).unwrap_or(i32::MAX));
    let (found, next) = store.query_page("read board", request).await?;
    let row = |found| {
        let place = item::index_sort_key(&found);
        let (score, reached_at) = schema::score_place(kind, &place)?;
        let Ok(Key::Score(_, user, ..)) = item::key_of(&found) else { return None };
        Some(Row { score, reached_at, user, place })
    };
    Ok((found.into_iter().filter_map(row).collect(), next.is_some()))
}

/// Returns all rows of a board that has at most `most` in each shard; `None` if it is larger. One query a shard.
pub async fn all(store: &Store, id: BoardId<'_>, kind: Score, most: usize) -> Result<Option<Vec<Row>>, Error> {
    let shards = (0..BOARD_SHARDS).map(|shard| page(store, id, kind, shard, Side::Worse, START, most));
    let mut rows = Vec::new();
    for (of_shard, has_more) in try_join_all(shards).await? {
        if has_more {
            return Ok(None);
        }
        rows.extend(of_shard);
    }
    rows.sort_unstable_by(|one, other| one.place.cmp(&other.place));
    Ok(Some(rows))
}

/// Counts the rows from a place (included) to another one (excluded, if it is a row's). As far as the index knows.
pub async fn count(store: &Store, id: BoardId<'_>, from: &str, to: &str) -> Result<u64, Error> {
    let shards = (0..BOARD_SHARDS).map(|shard| {
        let pk = schema::scores_pk(id.app, id.campaign, id.window, shard);
        let request = store
            .query()
            .index_name(INDEX)
            .key_condition_expression("gsi1pk = :pk AND gsi1sk BETWEEN :from AND :to")
            .expression_attribute_values(":pk", item::text(pk))
            .expression_attribute_values(":from", item::text(from))
            .expression_attribute_values(":to", item::text(to));
        store.count_of("count on board", request, u64::MAX)
    });
    Ok(try_join_all(shards).await?.into_iter().sum())
}
