//! `POST /v1/campaigns/{campaign}/leaderboard/query`: the ranks of up to a hundred users, the best first.

use domain::Error;
use domain::competition::WindowId;
use domain::id::{CampaignId, UserId};
use edge::fields::{Fields, FromField, Mistake, Value};
use edge::http::{self, Response};
use jiff::Timestamp;
use serde::Serialize;
use store::scores::{self, StoredScore};

use crate::RequestContext;
use crate::asked_board::{self, AskedBoard, State};
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
    let state = asked_board::state(board.stored(context).await?.as_ref());
    let unranked = |user_id| Friend { user_id, rank: None, score: None, reached_at: None };
    let (mut data, of, as_of, exact) = if context.test {
        (users.into_iter().map(unranked).collect(), 0, context.invocation.now, true)
    } else {
        let snapshot = snapshot::of(context, &board).await?;
        let keys: Vec<_> = users.iter().filter_map(|user| board.score_key(user)).collect();
        let mut found = scores::of_users(&context.environment.table.store, &keys).await?;
        let mut data: Vec<Friend> = Vec::with_capacity(users.len());
        for user in users {
            let at = found.iter().position(|(of, _)| *of == user);
            data.push(match at.map(|at| found.swap_remove(at)) {
                Some((_, score)) => friend(&board, &snapshot, user, &score)?,
                None => unranked(user),
            });
        }
        let exact = matches!(snapshot.rows, Rows::All(_));
        (data, snapshot.players(), snapshot.as_of, exact)
    };
    // `None` sorts first, so those without a rank are told apart.
    data.sort_by_key(|friend: &Friend| (friend.rank.is_none(), friend.rank, friend.reached_at));
    Ok(http::json(200, &Friends { window: board.window.window, state, data, of, as_of, exact }))
}

/// A user with a score. On a large board the rank is that of the nearest better rung: at most some rows too good.
fn friend(board: &AskedBoard, snapshot: &Snapshot, user_id: UserId, score: &StoredScore) -> Result<Friend, Error> {
    let (score, reached_at) = if score.held_out || score.disqualified {
        return Ok(Friend { user_id, rank: None, score: Some(score.score), reached_at: Some(score.reached_at) });
    } else {
        (score.score, score.reached_at)
    };
    let competition = board.competition()?;
    let rank = match &snapshot.rows {
        Rows::All(rows) => {
            let place = board.place(&user_id, score, reached_at)?;
            let before =
                rows.iter().filter(|(_, row)| row.user != user_id).take_while(|(_, row)| match competition.ties {
                    domain::competition::Ties::Earliest => row.place < place,
                    domain::competition::Ties::Shared => competition.compare(row.score, score).is_lt(),
                });
            before.count() as u64 + 1
        }
        Rows::Ladder(ladder) => ladder.at_least_before(&board.place(&user_id, score, reached_at)?) + 1,
    };
    Ok(Friend { user_id, rank: Some(rank), score: Some(score), reached_at: Some(reached_at) })
}
