//! Gives the prizes of an approved board, in the order of the ranks. A claim is idempotent by the reward's key
//! (campaign, moment, user, window), which never holds the place, so a crash between a claim and the board's write
//! costs a look at what is there.

use domain::Error;
use domain::campaign::Moment;
use domain::campaign::guards::Guarded;
use domain::competition::places::FinalPlace;
use domain::instant::Sum as _;
use invocation::Invocation;
use jiff::{SignedDuration, Timestamp};
use rewarding::Environment;
use rewarding::claim::{self, Claim, ClaimRequest};
use rules::eligibility::Subject;
use store::boards::{self, Board, BoardState};
use store::places::{self, Chunk, Place, ROWS};
use store::schema::Key;
use store::{Store, scores, users};
use tokio::time::Instant;

use crate::settle::{Settlement, Step};

/// The most places between two writes of the board.
const SLICE: usize = 100;

/// Rounds of closing prizes while users are erased.
const ROUNDS: u32 = 10;

/// Why a prize of a user who was erased is closed.
const USER_ERASED: &str = "user_erased";

/// The prize of a place after its turn.
struct Turn {
    /// The position of the place in its chunk.
    at: usize,
    prize: Option<usize>,
    /// Why it is closed.
    closed: Option<&'static str>,
}

/// Gives the prizes of the next places. One claim follows on the other: if a group runs short, its users stand in the
/// line in the order of their ranks.
pub(crate) async fn step(
    environment: &Environment,
    settlement: &Settlement<'_>,
    board: &Board,
    invocation: &Invocation,
) -> Result<Step, Error> {
    let (store, id) = (&environment.store, settlement.id);
    let number = u32::try_from(board.paid / ROWS as u64).unwrap_or(u32::MAX);
    let from = usize::try_from(board.paid % ROWS as u64).unwrap_or(ROWS);
    let Some(moment) = settlement.campaign.moments.first() else { return Ok(Step::Stop) };
    if board.paid >= board.players {
        return settled(store, settlement, board, board.clone(), invocation).await;
    }
    let Some(chunk) = places::chunk(store, id, board.count, number).await? else {
        return Err(Error::Internal("a chunk of places is missing".into()));
    };
    let mut next = board.clone();
    next.given.resize(settlement.competition.prizes.len(), 0);
    let (mut turns, mut trouble, mut is_over) = (Vec::new(), None, false);
    // Also later than those that an earlier step gave faster than a millisecond each.
    let places = SignedDuration::from_millis(i64::try_from(board.paid).unwrap_or(0));
    let mut claimed_at = board.approved_at.unwrap_or(board.frozen_at).plus(places);
    for (at, place) in chunk.rows.iter().enumerate().skip(from).take(SLICE) {
        // Behind a rank that wins nothing, none wins anything. The rank says so, not the place: a step that was cut off
        // may have noted already that others with the rank were earlier.
        let Some(prize) = settlement.competition.prize_of(place.rank, board.players) else {
            is_over = true;
            break;
        };
        if Instant::now() >= invocation.deadline {
            break;
        }
        // The line is sorted by this time, to the millisecond, so each place has a later one than the place before.
        let millisecond = SignedDuration::from_millis(1);
        claimed_at = claimed_at.plus(millisecond).max(invocation.by_now());
        let payment = Payment { environment, settlement, moment, invocation, claimed_at };
        match payment.give(board, &next, prize, place).await {
            Ok((prize, closed)) => turns.push(Turn { at, prize, closed }),
            Err(error) => {
                trouble = Some(error);
                break;
            }
        }
        next.paid += 1;
        if let Some(given) = turns.last().and_then(|turn| next.given.get_mut(turn.prize?)) {
            *given += 1;
        }
    }
    note(store, settlement, board, number, chunk, &turns).await?;
    match trouble {
        Some(error) if turns.is_empty() => return Err(error),
        Some(error) => {
            // What was given is written down, and the message comes again for the rest.
            boards::advance(store, id, board, next, invocation.by_now()).await?;
            return Err(error);
        }
        None if is_over => return settled(store, settlement, board, next, invocation).await,
        None if turns.is_empty() => return Ok(Step::OutOfTime),
        None => {}
    }
    Ok(boards::advance(store, id, board, next, invocation.by_now()).await?.into())
}

async fn settled(
    store: &Store,
    settlement: &Settlement<'_>,
    board: &Board,
    next: Board,
    invocation: &Invocation,
) -> Result<Step, Error> {
    let (id, now) = (settlement.id, invocation.by_now());
    let next = Board { board_state: BoardState::Settled, settled_at: Some(now), ..next };
    let written = boards::advance(store, id, board, next, now).await?;
    if let Some(board) = &written {
        tracing::info!(
            app.id = %id.app, campaign.id = %id.campaign, board.window = %id.window, board.prizes = board.paid,
            "board settled"
        );
    }
    Ok(written.into())
}

/// Notes on the places which prizes are closed, and which went to the next ones because a tie was decided by time.
async fn note(
    store: &Store,
    settlement: &Settlement<'_>,
    board: &Board,
    number: u32,
    mut chunk: Chunk,
    turns: &[Turn],
) -> Result<(), Error> {
    for round in 1..=ROUNDS {
        let mut differs = false;
        for turn in turns {
            let Some(place) = chunk.rows.get_mut(turn.at) else { continue };
            let closed = turn.closed.map(str::to_owned);
            differs |= place.prize != turn.prize || place.closed != closed;
            (place.prize, place.closed) = (turn.prize, closed);
        }
        if !differs || places::change_chunk(store, settlement.id, board.count, number, &chunk).await? {
            return Ok(());
        }
        store.back_off(round).await;
        // A user was erased from it.
        let Some(again) = places::chunk(store, settlement.id, board.count, number).await? else { break };
        chunk = again;
    }
    Err(Error::Unavailable("close prizes: the places change".into()))
}

struct Payment<'a> {
    environment: &'a Environment,
    settlement: &'a Settlement<'a>,
    moment: &'a Moment,
    invocation: &'a Invocation,
    claimed_at: Timestamp,
}

impl Payment<'_> {
    /// Gives the prize of the next place. Returns the prize that it gets, and why it is closed. `None` as the prize
    /// means that others with its rank were earlier.
    async fn give(
        &self,
        board: &Board,
        so_far: &Board,
        prize: usize,
        place: &Place,
    ) -> Result<(Option<usize>, Option<&'static str>), Error> {
        let competition = self.settlement.competition;
        let prize = if board.by_time {
            competition.prize_by_time(prize, so_far.paid + 1, board.players, &so_far.given)
        } else {
            Some(prize)
        };
        let Some(group) = prize.and_then(|prize| competition.prizes.get(prize)) else { return Ok((None, None)) };
        let Some(user) = place.user.as_ref() else { return Ok((prize, Some(USER_ERASED))) };
        let Settlement { id, catalog, campaign, window, .. } = self.settlement;
        let (store, moment) = (&self.environment.store, self.moment);
        let moment_id = moment.moment_id.clone();
        let key = Key::Score(id.app.clone(), user.clone(), id.campaign.clone(), moment_id, id.window);
        let Some(score) = scores::get(store, &key).await? else { return Ok((prize, Some(USER_ERASED))) };
        let profile = users::profile(store, id.app, user).await?.unwrap_or_default();
        let known = Subject::of(user, &profile);
        let marketplace = score.marketplace.as_deref().or(known.marketplace);
        let arms = catalog.arms(moment, Some(&group.reward_group_id));
        let Some(group) = arms.first().and_then(|arm| arm.valid_in(marketplace)) else {
            return Ok((prize, Some("no_valid_reward_group")));
        };
        let request = ClaimRequest {
            campaign,
            moment,
            group,
            substitutes: &catalog.substitutes(group),
            user_id: user,
            occurrence: window.number,
            locale: score.locale.as_deref().or(known.locale),
            marketplace,
            is_unseen: true,
            guarded: Guarded { fingerprints: Some(&score.fingerprints), review: score.review },
            arm: &arms[0].reward.reward_group_id,
            is_completed: true,
            place: Some(FinalPlace { rank: place.rank, of: board.players, score: Some(place.score) }),
        };
        let invocation = self.invocation.at(self.claimed_at);
        let reward = match claim::claim(store, &self.environment.allocator, request, &invocation).await? {
            Claim::Closed(by) => return Ok((prize, Some(by.reason()))),
            Claim::Given(reward) | Claim::Found(reward) => reward,
        };
        // An erasure forgets the score first, and then the rewards that it finds. So either it found this one, or the
        // score is gone by now.
        if scores::get(store, &key).await?.is_none() {
            users::forget_prize(store, id.app, user, &reward).await?;
            return Ok((prize, Some(USER_ERASED)));
        }
        Ok((prize, None))
    }
}
