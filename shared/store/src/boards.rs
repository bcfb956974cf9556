//! Boards: the scores of one window in their order. While it runs, the index lists it; from its freezing on, the board's
//! item says how far its settlement is. Scores themselves are in `scores`.

use domain::Error;
use domain::competition::{Score, WindowId};
use domain::id::{AppId, CampaignId, UserId};
use futures_util::future::try_join_all;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::Store;
use super::item::{self, milliseconds};
use super::schema::{self, BOARD_SHARDS, INDEX, Key};

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

/// Returns up to `limit` rows behind a place of the index, the best first. As far as the index knows.
pub async fn rows(store: &Store, id: BoardId<'_>, kind: Score, after: &str, limit: usize) -> Result<Vec<Row>, Error> {
    let shards = (0..BOARD_SHARDS).map(|shard| rows_of_shard(store, id, kind, shard, after, limit));
    let mut rows: Vec<Row> = try_join_all(shards).await?.into_iter().flatten().collect();
    rows.sort_unstable_by(|one, other| one.place.cmp(&other.place));
    rows.truncate(limit);
    Ok(rows)
}

async fn rows_of_shard(
    store: &Store,
    id: BoardId<'_>,
    kind: Score,
    shard: u8,
    after: &str,
    limit: usize,
) -> Result<Vec<Row>, Error> {
    let pk = schema::scores_pk(id.app, id.campaign, id.window, shard);
    // A control character sorts before every place.
    let after = if after.is_empty() { "\u{1}" } else { after };
    let request = store.query_index(pk, ">", after).limit(i32::try_from(limit).unwrap_or(i32::MAX));
    let (found, _) = store.query_page("read board", request).await?;
    let row = |found| {
        let place = item::index_sort_key(&found);
        let (score, reached_at) = schema::score_place(kind, &place)?;
        let Ok(Key::Score(_, user, ..)) = item::key_of(&found) else { return None };
        Some(Row { score, reached_at, user, place })
    };
    Ok(found.into_iter().filter_map(row).collect())
}

/// Counts the rows from a place (included) to another one (excluded). As far as the index knows.
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
