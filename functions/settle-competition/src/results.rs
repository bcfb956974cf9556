//! Tells users who have won nothing how a competition ended: notes the result, which puts it into the inbox. The stream
//! brings the note to `publish-events`, which queues its push. Winners have the message about their reward.

use domain::Error;
use domain::campaign::{Campaign, Moment};
use domain::competition::WindowId;
use domain::competition::places::FinalPlace;
use domain::id::UserId;
use domain::message::{self, MessageKind, NoticeId};
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use invocation::Invocation;
use store::boards::{self, Board};
use store::places::{self, Place, ROWS};
use store::{Store, notices};

use crate::settle::{Settlement, Step};

/// Notes that are written at a time.
const AT_ONCE: usize = 32;

/// Gives results to the users of the next chunk of places.
pub(crate) async fn step(
    store: &Store,
    settlement: &Settlement<'_>,
    board: &Board,
    invocation: &Invocation,
) -> Result<Step, Error> {
    let (id, now) = (settlement.id, invocation.by_now());
    let results = Results::of(store, settlement.campaign, id.window).filter(|_| board.notified < board.players);
    let Some(results) = results else {
        let next = Board { notified_at: Some(now), ..board.clone() };
        return Ok(boards::advance(store, id, board, next, now).await?.into());
    };
    let number = u32::try_from(board.notified / ROWS as u64).unwrap_or(u32::MAX);
    let chunk = places::chunk(store, id, board.count, number).await?;
    let places = chunk.ok_or_else(|| Error::Internal("a chunk of places is missing".into()))?.rows;
    let without_prize = |place: &&Place| place.prize.is_none() || place.closed.is_some();
    let result = |place: &Place| {
        let Place { rank, score, .. } = *place;
        Some((place.user.clone()?, FinalPlace { rank, of: board.players, score: Some(score) }))
    };
    let all: Vec<_> = places.iter().filter(without_prize).filter_map(result).collect();
    results.give(&all, invocation).await?;
    let next = Board { notified: board.notified + places.len() as u64, ..board.clone() };
    Ok(boards::advance(store, id, board, next, now).await?.into())
}

/// The results of one board, or of a bracket.
pub(crate) struct Results<'a> {
    store: &'a Store,
    campaign: &'a Campaign,
    moment: &'a Moment,
    notice: NoticeId,
}

impl<'a> Results<'a> {
    /// Returns `None` if the campaign has no text for a result: then nobody gets one.
    pub(crate) fn of(store: &'a Store, campaign: &'a Campaign, window: WindowId) -> Option<Self> {
        let moment = campaign.moments.first()?;
        message::message(campaign, moment, MessageKind::Result, None)?;
        let notice = NoticeId::Result(campaign.campaign_id.clone(), window);
        Some(Self { store, campaign, moment, notice })
    }

    /// Notes every result. A repetition changes nothing.
    pub(crate) async fn give(&self, all: &[(UserId, FinalPlace)], invocation: &Invocation) -> Result<(), Error> {
        let Self { store, moment, notice, .. } = self;
        let (app, now) = (&self.campaign.app_id, invocation.by_now());
        let notes: Vec<_> = all
            .iter()
            .map(|(user, place)| notices::note_result(store, app, user, notice, &moment.moment_id, *place, now))
            .collect();
        stream::iter(notes).buffer_unordered(AT_ONCE).try_collect::<Vec<()>>().await.map(drop)
    }
}
