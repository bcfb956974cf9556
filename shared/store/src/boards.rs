//! Boards: the scores of one window in their order. While it runs, the index lists it; from its freezing on, the board's
//! item says how far its settlement is. Scores themselves are in `scores`, ranks of large boards in `ladders`.

use domain::Error;
use domain::competition::{Score, WindowId};
use domain::id::{AppId, CampaignId, UserId};
use futures_util::future::try_join_all;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::Store;
use super::item::{self, milliseconds};
use super::schema::{self, BOARD_SHARDS, INDEX, Key};

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

/// How far the settlement of a board is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BoardState {
    /// No score counts any more.
    Frozen,
}

/// A frozen board.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Board {
    /// How far its settlement is.
    pub board_state: BoardState,
    /// When it was frozen.
    #[serde(with = "milliseconds::required")]
    pub frozen_at: Timestamp,
}

/// Freezes a board. Returns `false` if it was frozen before.
pub async fn freeze(store: &Store, id: BoardId<'_>, now: Timestamp) -> Result<bool, Error> {
    let board = Board { board_state: BoardState::Frozen, frozen_at: now };
    store.put_new("freeze board", item::whole(&id.key(), None, &board)?).await
}

/// Returns a board from its freezing on, as every answered write has left it; `None` while it runs.
pub async fn get(store: &Store, id: BoardId<'_>) -> Result<Option<Board>, Error> {
    store.get_shape("get board", "board", &id.key()).await
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
