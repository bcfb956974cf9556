//! A board that is counted: every rank is final, or waits for an admin's decision. Read from its places, so the shown
//! rank, the announced one and the prize agree.

use domain::Error;
use domain::id::UserId;
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use jiff::Timestamp;
use store::boards::Board;
use store::places::{self, Place};
use store::{competitors, ladders};

use crate::RequestContext;
use crate::asked_board::AskedBoard;
use crate::leaderboard::RowView;

/// Users who are looked up side by side.
const AT_ONCE: usize = 8;

/// A counted board, and who is hidden on it.
pub(crate) struct Settled<'a> {
    context: &'a RequestContext<'a>,
    asked: &'a AskedBoard,
    board: &'a Board,
    hidden: Vec<UserId>,
}

impl<'a> Settled<'a> {
    /// Returns the board if its places are counted.
    pub(crate) async fn of(
        context: &'a RequestContext<'a>,
        asked: &'a AskedBoard,
        board: Option<&'a Board>,
    ) -> Result<Option<Self>, Error> {
        let Some(board) = board.filter(|board| board.has_places()) else { return Ok(None) };
        let store = &context.environment.table.store;
        let decisions = competitors::list(store, context.app, asked.id().campaign).await?;
        let hidden = decisions.into_iter().filter(|(_, decision)| decision.hidden).map(|(user, _)| user).collect();
        Ok(Some(Self { context, asked, board, hidden }))
    }

    pub(crate) fn players(&self) -> u64 {
        self.board.players
    }

    pub(crate) fn counted_at(&self) -> Timestamp {
        self.board.counted_at.unwrap_or(self.board.frozen_at)
    }

    /// Returns a page behind the first `before` places.
    pub(crate) async fn page(&self, before: u64, limit: usize) -> Result<Vec<RowView>, Error> {
        let store = &self.context.environment.table.store;
        let rows = places::page(store, self.asked.id(), self.board, before, limit).await?;
        Ok(rows.into_iter().map(|place| self.view(place)).collect())
    }

    /// Returns the number of places before a user, and the user's place. `score` is the user's score.
    pub(crate) async fn find(&self, user: &UserId, score: (u64, Timestamp)) -> Result<Option<(u64, Place)>, Error> {
        let (store, id) = (&self.context.environment.table.store, self.asked.id());
        let text = self.asked.place(user, score.0, score.1)?;
        // A ladder of the time before the end is a good guess, and none is needed for a board of one chunk.
        let ladder = if self.board.chunks() > 1 {
            ladders::get(store, id, self.asked.competition()?.score).await?
        } else {
            None
        };
        let guess = ladder.map(|ladder| ladder.at_least_before(&text));
        places::find(store, id, self.board, &text, user, guess).await
    }

    /// Returns the ranks of users with these scores, in their order.
    pub(crate) async fn ranks(&self, users: &[(UserId, u64, Timestamp)]) -> Result<Vec<Option<u64>>, Error> {
        if self.board.chunks() <= 1 {
            let store = &self.context.environment.table.store;
            let all = places::page(store, self.asked.id(), self.board, 0, places::ROWS).await?;
            let rank = |user: &UserId| Some(all.iter().find(|place| place.user.as_ref() == Some(user))?.rank);
            return Ok(users.iter().map(|(user, ..)| rank(user)).collect());
        }
        let found = users.iter().map(|(user, score, at)| self.find(user, (*score, *at))).collect::<Vec<_>>();
        let found: Vec<_> = stream::iter(found).buffered(AT_ONCE).try_collect().await?;
        Ok(found.into_iter().map(|found| found.map(|(_, place)| place.rank)).collect())
    }

    fn view(&self, place: Place) -> RowView {
        let Place { rank, user, score, at, .. } = place;
        let hidden = user.as_ref().is_some_and(|user| self.hidden.contains(user));
        RowView { rank, score, user_id: user.filter(|_| !hidden), hidden, reached_at: at }
    }
}
