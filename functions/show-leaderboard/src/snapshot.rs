//! A board as it was a moment ago: all of its rows if it is small, else its ladder. Each environment remembers it for a
//! second, so that many readers cost as much as one.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use domain::Error;
use domain::competition::places::Ranking;
use domain::competition::{Competition, Ties};
use domain::id::{CampaignId, UserId};
use domain::instant::Sum as _;
use jiff::{SignedDuration, Timestamp};
use outbound_queue::Message;
use store::boards::{self, Row};
use store::competitors;
use store::ladders::{self, Ladder};

use crate::RequestContext;
use crate::asked_board::AskedBoard;

/// The time that a snapshot is remembered.
const REMEMBERED: SignedDuration = SignedDuration::from_secs(1);

/// Rows of a shard up to which a board is small: about a thousand in all, which 16 queries of some read units bring.
const SMALL: usize = 64;

/// The time that a board is known to be large: nobody tries to read all of it.
const LARGE_FOR: SignedDuration = SignedDuration::from_mins(10);

/// The time between two orders of a board's first recount.
const ORDERED_FOR: SignedDuration = SignedDuration::from_secs(20);

/// Boards that an environment remembers.
const MOST_REMEMBERED: usize = 100;

/// The rows of a board, or what is known of them.
pub(crate) enum Rows {
    /// Every row, with its rank.
    All(Vec<(u64, Row)>),
    /// A ladder, for a board that is too large to read.
    Ladder(Ladder),
}

/// A board as it was at `as_of`.
pub(crate) struct Snapshot {
    pub(crate) rows: Rows,
    pub(crate) as_of: Timestamp,
    /// Users whom boards show without their id.
    pub(crate) hidden: Vec<UserId>,
    read_at: Timestamp,
}

impl Snapshot {
    /// The number of users with a rank.
    pub(crate) fn players(&self) -> u64 {
        match &self.rows {
            Rows::All(rows) => rows.len() as u64,
            Rows::Ladder(ladder) => ladder.players,
        }
    }
}

/// The snapshots of one environment.
#[derive(Default)]
pub(crate) struct Snapshots(Mutex<HashMap<(CampaignId, String, String), Remembered>>);

#[derive(Clone)]
struct Remembered {
    snapshot: Option<Arc<Snapshot>>,
    large_until: Timestamp,
}

/// Returns the board as it was up to a second ago. Fails with [`Error::Unavailable`] while a large board is counted for
/// the first time.
pub(crate) async fn of(context: &RequestContext<'_>, board: &AskedBoard) -> Result<Arc<Snapshot>, Error> {
    let now = context.invocation.now;
    let id = board.id();
    let name = (id.campaign.clone(), id.app.to_string(), id.window.to_string());
    let known = lock(&context.environment.snapshots).get(&name).cloned();
    if let Some(snapshot) = known.as_ref().and_then(|known| known.snapshot.as_ref())
        && now < snapshot.read_at.plus(REMEMBERED)
        && now >= snapshot.read_at
    {
        return Ok(Arc::clone(snapshot));
    }
    let is_large = known.as_ref().is_some_and(|known| now < known.large_until);
    let snapshot = Arc::new(read(context, board, is_large).await?);
    let large_until = match (&snapshot.rows, known) {
        (Rows::Ladder(_), Some(known)) if is_large => known.large_until,
        (Rows::Ladder(_), _) => now.plus(LARGE_FOR),
        (Rows::All(_), _) => now,
    };
    let mut all = lock(&context.environment.snapshots);
    if all.len() >= MOST_REMEMBERED {
        all.clear();
    }
    all.insert(name, Remembered { snapshot: Some(Arc::clone(&snapshot)), large_until });
    Ok(snapshot)
}

fn lock(Snapshots(all): &Snapshots) -> std::sync::MutexGuard<'_, HashMap<(CampaignId, String, String), Remembered>> {
    all.lock().unwrap_or_else(PoisonError::into_inner)
}

async fn read(context: &RequestContext<'_>, board: &AskedBoard, is_large: bool) -> Result<Snapshot, Error> {
    let (store, now) = (&context.environment.table.store, context.invocation.now);
    let competition = board.competition()?;
    let decisions = competitors::list(store, context.app, board.id().campaign).await?;
    let disqualified = |user: &UserId| decisions.iter().any(|(of, one)| of == user && one.disqualified.is_some());
    let hidden = decisions.iter().filter(|(_, one)| one.hidden).map(|(user, _)| user.clone()).collect();
    if !is_large && let Some(mut rows) = boards::all(store, board.id(), competition.score, SMALL).await? {
        // The index may lag behind a decision.
        rows.retain(|row| !disqualified(&row.user));
        return Ok(Snapshot { rows: Rows::All(ranked(rows, competition.ties)), as_of: now, hidden, read_at: now });
    }
    let ladder = ladder(context, board, competition).await?;
    Ok(Snapshot { as_of: ladder.as_of, rows: Rows::Ladder(ladder), hidden, read_at: now })
}

fn ranked(rows: Vec<Row>, ties: Ties) -> Vec<(u64, Row)> {
    let mut ranking = Ranking::default();
    rows.into_iter().map(|row| (ranking.next(ties, row.score), row)).collect()
}

/// Returns the ladder of a large board. Orders a recount if it is old: one of all who find it so.
async fn ladder(context: &RequestContext<'_>, board: &AskedBoard, competition: &Competition) -> Result<Ladder, Error> {
    let (store, now) = (&context.environment.table.store, context.invocation.now);
    let ladder = ladders::get(store, board.id(), competition.score).await?;
    let apart = match &ladder {
        Some(ladder) if !ladder.is_stale(now) => None,
        Some(ladder) => Some(ladder.lasts()),
        None => Some(ORDERED_FOR),
    };
    if let Some(apart) = apart
        && ladders::order(store, board.id(), apart, now).await?
    {
        let id = board.id();
        let body = serde_json::json!({
            "work": "recount", "app": id.app, "campaign": id.campaign, "window": id.window,
        });
        let message = Message { body: body.to_string(), group: None, deduplication: None, delay_seconds: 0 };
        context.queue.send(&[message]).await?;
    }
    ladder.ok_or_else(|| Error::Unavailable("the board is counted for the first time; ask again in a moment".into()))
}
