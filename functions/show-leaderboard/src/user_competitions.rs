//! `GET /v1/users/{user_id}/competitions`: a user's scores with their ranks, the latest window first.

use domain::Error;
use domain::competition::WindowId;
use domain::id::{CampaignId, UserId};
use edge::http::{self, List, Response};
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use jiff::Timestamp;
use serde::Serialize;
use store::scores::{self, UserScore};

use crate::RequestContext;
use crate::asked_board::{self, AskedBoard, State};
use crate::leaderboard;
use crate::settled::Settled;
use crate::snapshot::{self, Rows};

/// Boards that are looked at side by side.
const AT_ONCE: usize = 4;

#[derive(Serialize)]
struct Standing {
    campaign_id: CampaignId,
    window: WindowId,
    state: State,
    /// Null for users of the hold-out, and for those who are disqualified.
    rank: Option<u64>,
    score: u64,
    reached_at: Timestamp,
    of: u64,
    as_of: Timestamp,
    exact: bool,
}

pub(crate) async fn list(context: &RequestContext<'_>) -> Result<Response, Error> {
    let user: UserId = context.request.path_id("user_id", "user")?;
    let page = context.request.page()?;
    let mut all = if context.test {
        Vec::new()
    } else {
        scores::of_user(&context.environment.table.store, context.app, &user, None).await?
    };
    // Padded to the width of any time, so that text order is the order of time.
    let place = |score: &UserScore| {
        format!("{:015}#{}#{}", score.stored.reached_at.as_millisecond(), score.window, score.campaign)
    };
    all.sort_by_key(|score| std::cmp::Reverse(place(score)));
    if let Some(after) = &page.cursor {
        if after.split('#').count() != 3 {
            return Err(Error::invalid_cursor());
        }
        all.retain(|score| place(score) < *after);
    }
    let limit = usize::try_from(page.limit).unwrap_or(1);
    let cursor = all.get(limit.saturating_sub(1)).filter(|_| all.len() > limit).map(place);
    all.truncate(limit);
    let user = &user;
    let standings = all.into_iter().map(|score| standing(context, user, score));
    let standings: Vec<Option<Standing>> =
        stream::iter(standings.collect::<Vec<_>>()).buffered(AT_ONCE).try_collect().await?;
    Ok(http::json(200, &List { data: standings.into_iter().flatten().collect(), cursor }))
}

/// Returns `None` for a score of a campaign that is not shown.
async fn standing(context: &RequestContext<'_>, user: &UserId, score: UserScore) -> Result<Option<Standing>, Error> {
    let board = AskedBoard::of(context, &score.campaign, Some(&score.window.to_string())).await;
    let board = match board {
        Ok(board) => board,
        Err(Error::NotFound { .. } | Error::Invalid(_)) => return Ok(None),
        Err(error) => return Err(error),
    };
    let stored = board.stored(context).await?;
    let state = asked_board::state(stored.as_ref());
    let UserScore { campaign: campaign_id, window, stored: own, .. } = score;
    let standing = Standing {
        campaign_id,
        window,
        state,
        rank: None,
        score: own.score,
        reached_at: own.reached_at,
        of: 0,
        as_of: context.invocation.now,
        exact: true,
    };
    if let Some(settled) = Settled::of(context, &board, stored.as_ref()).await? {
        let found = settled.find(user, (own.score, own.reached_at)).await?;
        let (of, as_of) = (settled.players(), settled.counted_at());
        return Ok(Some(Standing { rank: found.map(|(_, place)| place.rank), of, as_of, ..standing }));
    }
    let snapshot = snapshot::of(context, &board).await?;
    let now = leaderboard::neighbours(context, &board, &snapshot, user, 1).await?;
    let (of, as_of, exact) = (snapshot.players(), snapshot.as_of, matches!(snapshot.rows, Rows::All(_)));
    Ok(Some(Standing { rank: now.rank, score: now.score.unwrap_or(own.score), of, as_of, exact, ..standing }))
}
