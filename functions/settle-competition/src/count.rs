//! Counts a frozen board. First each shard is read and sorted into runs, then the runs are merged into places, chunk by
//! chunk. A count leaves out who was disqualified when it began. A later disqualification begins a new count from the
//! first shard on: it is rare and costs $0.20 at a million players, and so no place ever depends on two lists of
//! decisions. Counts have numbers of their own for everything they write, so a late worker of an old one disturbs
//! nothing.

use std::collections::HashSet;

use domain::Error;
use domain::competition::places::Ranking;
use invocation::Invocation;
use store::Store;
use store::boards::{self, Board, BoardState, ShardRuns};
use store::competitors;
use store::places::{self, Chunk, Place, ROWS, Ranked};
use store::schema::BOARD_SHARDS;

use crate::merge::{Merge, Run};
use crate::settle::{Settlement, Step, has_time, is_current};

/// Sorts the next shard, or merges as much as there is time for.
pub(crate) async fn step(
    store: &Store,
    settlement: &Settlement<'_>,
    board: &Board,
    invocation: &Invocation,
) -> Result<Step, Error> {
    if board.shards.len() < usize::from(BOARD_SHARDS) {
        sort_shard(store, settlement, board, invocation).await
    } else {
        merge(store, settlement, board, invocation).await
    }
}

async fn sort_shard(
    store: &Store,
    settlement: &Settlement<'_>,
    board: &Board,
    invocation: &Invocation,
) -> Result<Step, Error> {
    let Settlement { id, campaign, competition, .. } = *settlement;
    let now = invocation.by_now();
    let decisions = competitors::list(store, id.app, id.campaign).await?;
    if !board.shards.is_empty() && !is_current(board, &decisions) {
        return Ok(boards::advance(store, id, board, board.anew(now), now).await?.into());
    }
    let Some(moment) = campaign.moments.first() else { return Ok(Step::Stop) };
    let excluded: HashSet<_> = competitors::disqualified(&decisions).cloned().collect();
    let shard = u8::try_from(board.shards.len()).unwrap_or(BOARD_SHARDS);
    let ranked = places::shard(store, id, competition.score, &moment.moment_id, shard, &excluded).await?;
    let attempt = places::new_attempt(store);
    places::put_runs(store, id, shard, attempt, &ranked, now).await?;
    let mut next = Board { decisions: Some(competitors::fingerprint(&decisions)), ..board.clone() };
    next.shards.push(ShardRuns { attempt, rows: ranked.len() as u64, placed: 0 });
    Ok(boards::advance(store, id, board, next, now).await?.into())
}

/// Merges the runs, chunk by chunk. Writes each chunk before the board says so: after a crash the same chunk is made
/// again.
async fn merge(
    store: &Store,
    settlement: &Settlement<'_>,
    board: &Board,
    invocation: &Invocation,
) -> Result<Step, Error> {
    let Settlement { id, competition, .. } = *settlement;
    let mut board = board.clone();
    let mut merge = Merge::new(board.shards.iter().map(|shard| shard.rows - shard.placed).collect());
    loop {
        let (next, chunk) = next_chunk(store, settlement, &board, &mut merge).await?;
        let Some(chunk) = chunk else { break };
        places::put_chunk(store, id, board.count, board.chunks(), &chunk).await?;
        match boards::advance(store, id, &board, next, invocation.by_now()).await? {
            Some(written) => board = written,
            None => return Ok(Step::Stop),
        }
        if !has_time(invocation) {
            return Ok(Step::OutOfTime);
        }
    }
    while !places::clear(store, id, board.count).await? {
        if !has_time(invocation) {
            return Ok(Step::OutOfTime);
        }
    }
    let now = invocation.by_now();
    let is_clear = competition.overfull(&board.winners).is_empty();
    let board_state = if is_clear { BoardState::Counted } else { BoardState::NeedsDecision };
    let next = Board { board_state, counted_at: Some(now), ..board.clone() };
    tracing::info!(
        app.id = %id.app, campaign.id = %id.campaign, board.window = %id.window, board.players = board.players,
        board.state = ?board_state, "board counted"
    );
    Ok(boards::advance(store, id, &board, next, now).await?.into())
}

/// Makes the next chunk, and the board as it is after it. Returns no chunk at the end.
async fn next_chunk(
    store: &Store,
    settlement: &Settlement<'_>,
    board: &Board,
    merge: &mut Merge<Ranked>,
) -> Result<(Board, Option<Chunk>), Error> {
    let Settlement { id, competition, .. } = *settlement;
    let mut next = board.clone();
    next.winners.resize(competition.prizes.len(), 0);
    let players: u64 = board.shards.iter().map(|shard| shard.rows).sum();
    let mut ranking = Ranking::behind(board.players, board.last);
    let (mut rows, mut last) = (Vec::new(), String::new());
    while rows.len() < ROWS {
        while let Some(shard) = merge.wants() {
            let run = read_run(store, settlement, &next.shards, shard).await?;
            merge.add(shard, run);
        }
        let Some((shard, ranked)) = merge.next(|one, other| one.place.cmp(&other.place)) else { break };
        next.shards[shard].placed += 1;
        let Ranked { place, user, score, reached_at } = ranked;
        let rank = ranking.next(competition.ties, score);
        let prize = competition.prize_of(rank, players);
        if let Some(winners) = prize.and_then(|prize| next.winners.get_mut(prize)) {
            *winners += 1;
        }
        next.last = Some((score, rank));
        next.players += 1;
        last = place;
        rows.push(Place { rank, user: Some(user), score, at: reached_at, prize, closed: None });
    }
    let chunk = (!rows.is_empty()).then(|| Chunk::new(rows, last));
    tracing::debug!(board.window = %id.window, board.players = next.players, "places made");
    Ok((next, chunk))
}

/// Reads the scores of a shard that come next, up to the end of their run.
async fn read_run(
    store: &Store,
    settlement: &Settlement<'_>,
    shards: &[ShardRuns],
    shard: usize,
) -> Result<Run<Ranked>, Error> {
    let Settlement { id, competition, .. } = *settlement;
    let ShardRuns { attempt, placed, .. } = shards[shard];
    let of_run = |placed: u64| (u32::try_from(placed / ROWS as u64), usize::try_from(placed % ROWS as u64));
    let (Ok(number), Ok(behind)) = of_run(placed) else {
        return Err(Error::Internal("a shard has more scores than there are numbers".into()));
    };
    let name = u8::try_from(shard).unwrap_or(BOARD_SHARDS);
    let rows = places::run(store, id, competition.score, name, attempt, number).await?;
    if rows.len() <= behind {
        return Err(Error::Internal("a run of a board is missing or too short".into()));
    }
    Ok(rows.into_iter().skip(behind).collect())
}
