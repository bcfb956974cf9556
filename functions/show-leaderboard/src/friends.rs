//! `POST /v1/campaigns/{campaign}/leaderboard/query`: the ranks of up to a hundred users, the best first.

use domain::Error;
use domain::competition::{Ties, WindowId};
use domain::id::{CampaignId, UserId};
use edge::fields::{Fields, FromField, Mistake, Value};
use edge::http::{self, Response};
use jiff::Timestamp;
use serde::Serialize;
use store::boards::Row;
use store::schema::ScorePlace;
use store::scores::{self, StoredScore};

use crate::RequestContext;
use crate::asked_board::{self, AskedBoard, State};
use crate::settled::Settled;
use crate::snapshot::{self, Rows, Snapshot};

/// The most users of a question.
const MOST: usize = 100;

#[derive(Serialize)]
struct Friend {
    user_id: UserId,
    /// Null for a user without a score here, of the hold-out, or disqualified.
    rank: Option<u64>,
    score: Option<u64>,
    reached_at: Option<Timestamp>,
}

#[derive(Serialize)]
struct Friends {
    window: WindowId,
    state: State,
    data: Vec<Friend>,
    of: u64,
    as_of: Timestamp,
    exact: bool,
}

struct UserIds(Vec<UserId>);

impl FromField for UserIds {
    fn from_field(value: &Value) -> Result<Self, Mistake> {
        let ids = value.as_array().filter(|ids| (1..=MOST).contains(&ids.len()));
        let ids = ids.ok_or_else(|| Mistake("wrong_type", format!("must be a list of 1 to {MOST} ids of users")))?;
        let mut ids: Vec<UserId> = ids.iter().map(UserId::from_field).collect::<Result<_, _>>()?;
        let given = ids.len();
        ids.sort();
        ids.dedup();
        if ids.len() < given {
            return Err(Mistake("repeated", "names a user twice".to_owned()));
        }
        Ok(Self(ids))
    }
}

pub(crate) async fn query(context: &RequestContext<'_>) -> Result<Response, Error> {
    let request = context.request;
    let campaign: CampaignId = request.path_id("campaign", "competition")?;
    let (UserIds(users), window) = request.json(|fields: &mut Fields<'_>| {
        let users = fields.required::<UserIds>("user_ids");
        let window = fields.optional::<String>("window");
        Some((users?, window))
    })?;
    let board = AskedBoard::of(context, &campaign, window.as_deref()).await?;
    let stored = board.stored(context).await?;
    let mut answer = Friends {
        window: board.window.window,
        state: asked_board::state(stored.as_ref()),
        data: Vec::with_capacity(users.len()),
        of: 0,
        as_of: context.invocation.now,
        exact: true,
    };
    let keys: Vec<_> = users.iter().filter_map(|user| board.score_key(user)).collect();
    let found =
        if context.test { Vec::new() } else { scores::of_users(&context.environment.table.store, &keys).await? };
    let settled = if context.test { None } else { Settled::of(context, &board, stored.as_ref()).await? };
    // A decision after the count changes no counted place.
    let has_rank = |score: &StoredScore| !score.held_out && (!score.disqualified || settled.is_some());
    let (ranked, unranked): (Vec<_>, Vec<_>) = found.into_iter().partition(|(_, score)| has_rank(score));
    let ranked: Vec<_> = ranked.into_iter().map(|(user, score)| (user, score.score, score.reached_at)).collect();
    let ranks = if context.test {
        Vec::new()
    } else if let Some(settled) = &settled {
        (answer.of, answer.as_of) = (settled.players(), settled.counted_at());
        settled.ranks(&ranked).await?
    } else {
        let snapshot = snapshot::of(context, &board).await?;
        (answer.of, answer.as_of) = (snapshot.players(), snapshot.as_of);
        answer.exact = matches!(snapshot.rows, Rows::All(_));
        ranked.iter().map(|of| rank_now(&board, &snapshot, of).map(Some)).collect::<Result<_, _>>()?
    };
    for ((user_id, score, at), rank) in ranked.into_iter().zip(ranks) {
        answer.data.push(Friend { user_id, rank, score: Some(score), reached_at: Some(at) });
    }
    for (user_id, score) in unranked {
        let (score, reached_at) = (Some(score.score), Some(score.reached_at));
        answer.data.push(Friend { user_id, rank: None, score, reached_at });
    }
    for user_id in users {
        if !answer.data.iter().any(|friend| friend.user_id == user_id) {
            answer.data.push(Friend { user_id, rank: None, score: None, reached_at: None });
        }
    }
    // `None` sorts first, so those without a rank are told apart.
    answer.data.sort_by_key(|friend| (friend.rank.is_none(), friend.rank, friend.reached_at));
    Ok(http::json(200, &answer))
}

/// The rank of a score on a running board. On a large one that of the nearest better rung: at most some rows too good.
fn rank_now(
    board: &AskedBoard,
    snapshot: &Snapshot,
    (user_id, score, reached_at): &(UserId, u64, Timestamp),
) -> Result<u64, Error> {
    let (competition, place) = (board.competition()?, board.place(user_id, *score, *reached_at)?);
    let is_better = |row: &Row| match competition.ties {
        Ties::Earliest => row.place < place,
        Ties::Shared => competition.compare(row.score, *score).is_lt(),
    };
    let before = match &snapshot.rows {
        Rows::All(rows) => {
            let others = rows.iter().map(|(_, row)| row).filter(|row| row.user != *user_id);
            others.take_while(|row| is_better(row)).count() as u64
        }
        Rows::Ladder(ladder) if competition.ties == Ties::Shared => {
            let best = ScorePlace::new(competition.score, *score, Timestamp::UNIX_EPOCH).prefix();
            ladder.at_least_before(&best)
        }
        Rows::Ladder(ladder) => ladder.at_least_before(&place),
    };
    Ok(before + 1)
}
