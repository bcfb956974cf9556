//! `POST …/bracket/matches/{round}/{number}`: records or corrects the result of a match.

use domain::Error;
use domain::competition::bracket::{Bracket, Match, MatchId, MatchResult, Matches, Refusal, Seat, Side};
use domain::id::UserId;
use edge::fields::{Fields, FromField as _, Mistake};
use edge::http::{self, Request, Response};
use store::Store;
use store::brackets::{self, BracketId, BracketState, StoredBracket};

use crate::bracket_view::MatchView;
use crate::brackets_api::{ATTEMPTS, existing, not_started, state_conflict};

/// The result that a body reports. A missing user is one who was erased.
enum Reported {
    Winner(UserId),
    NoShow(Vec<Option<UserId>>),
}

fn reported(fields: &mut Fields<'_>) -> Option<Reported> {
    let winner = fields.optional::<UserId>("winner");
    if fields.value("no_show").is_none() {
        if winner.is_none() && fields.value("winner").is_none() {
            fields.refuse("winner", "required", "is required, or else no_show");
        }
        return winner.map(Reported::Winner);
    }
    if winner.is_some() {
        fields.refuse("no_show", "out_of_range", "must be left out where winner is given: a match has one result");
    }
    let values = fields.array("no_show", 1..=2)?;
    let mut absent = Vec::new();
    for (position, value) in values.iter().enumerate() {
        match if value.is_null() { Ok(None) } else { UserId::from_field(value).map(Some) } {
            Ok(user) => absent.push(user),
            Err(Mistake(code, detail)) => fields.refuse_at(&format!("no_show/{position}"), code, detail),
        }
    }
    Some(Reported::NoShow(absent))
}

/// Records a result: one transaction over the match, the next one, and later ones that a walkover decides. The same
/// result again changes nothing, so a lost answer may be asked for again.
pub(crate) async fn record(store: &Store, request: &Request, id: BracketId<'_>) -> Result<Response, Error> {
    if request.caller()?.is_test() {
        return Err(Error::Forbidden("a test key reports no results: a bracket is always real; use a live key".into()));
    }
    let reported = request.json(reported)?;
    let mut first: Option<Option<MatchResult>> = None;
    for attempt in 1..=ATTEMPTS {
        let bracket = existing(store, id).await?;
        let (shape, at) = place(request, &bracket)?;
        let read = brackets::some_matches(store, id, &shape.path(at)).await?;
        let known: Matches = read.iter().map(|(at, stored)| (*at, stored.of)).collect();
        let before = known.get(&at).copied().ok_or_else(|| Error::Internal(format!("{at} was never written")))?;
        let result = result_of(&reported, at, &before, &bracket)?;
        let first = *first.get_or_insert(before.result);
        // The caller has not seen the result that was written between the two reads, so this is no correction of it.
        if before.result != first && before.result != Some(result) {
            let detail = format!("{at} got another result at this moment; read it, and send yours again to correct it");
            return Err(Error::Conflict { code: "version_conflict", detail });
        }
        let changed = shape.record(at, result, &known).map_err(|refusal| refused(at, refusal))?;
        if changed.is_empty() || brackets::change(store, id, &read, &changed).await? {
            let after = changed.first().map_or(before, |(_, after)| *after);
            return Ok(http::json(200, &MatchView::new(at, &after, shape, &bracket)));
        }
        store.back_off(attempt).await;
    }
    Err(Error::Unavailable("record result: the matches change".into()))
}

/// Returns the match that the path names. Fails with a 404 that names it, and with a 409 before the start.
fn place(request: &Request, bracket: &StoredBracket) -> Result<(Bracket, MatchId), Error> {
    if matches!(bracket.bracket_state, BracketState::Draft | BracketState::Starting) {
        return Err(not_started());
    }
    let (round, number) = (request.path_text("round"), request.path_text("number"));
    let shape = bracket.shape().ok_or_else(|| Error::Internal("a bracket started without a shape".into()))?;
    let at = round.parse().ok().zip(number.parse().ok()).map(|(round, number)| MatchId { round, number });
    let at = at.filter(|at| shape.contains(*at));
    Ok((shape, at.ok_or_else(|| Error::not_found("match", format!("{number} of round {round}")))?))
}

fn result_of(reported: &Reported, at: MatchId, of: &Match, bracket: &StoredBracket) -> Result<MatchResult, Error> {
    if !of.has_both_players() {
        return Err(refused(at, Refusal::WithoutBothPlayers(*of)));
    }
    let user = |side| of.seat(side).seed().and_then(|seed| bracket.user(seed));
    let stranger = |pointer: String| {
        let names = Side::BOTH.map(|side| user(side).map_or_else(|| "an erased user".to_owned(), ToString::to_string));
        let detail = format!("is no player of {at}: its players are {} and {}", names[0], names[1]);
        Error::invalid(pointer, "unknown_player", detail)
    };
    let side_of = |wanted: &UserId| Side::BOTH.into_iter().find(|side| user(*side) == Some(wanted));
    match reported {
        Reported::Winner(winner) => side_of(winner).map(MatchResult::Won).ok_or_else(|| stranger("/winner".to_owned())),
        Reported::NoShow(absent) => {
            let mut sides: Vec<Side> = Vec::new();
            for (position, wanted) in absent.iter().enumerate() {
                let side = match wanted {
                    Some(wanted) => side_of(wanted),
                    None => Side::BOTH.into_iter().find(|side| user(*side).is_none() && !sides.contains(side)),
                };
                let side = side.ok_or_else(|| stranger(format!("/no_show/{position}")))?;
                if sides.contains(&side) {
                    let detail = "names the same player twice; name both players, or one of them once";
                    return Err(Error::invalid(format!("/no_show/{position}"), "duplicate", detail));
                }
                sides.push(side);
            }
            Ok(match sides[..] {
                [side] => MatchResult::NoShow(side),
                _ => MatchResult::NoShowOfBoth,
            })
        }
    }
}

/// Returns the 409 of a refused result, which names the way out.
fn refused(at: MatchId, refusal: Refusal) -> Error {
    match refusal {
        Refusal::WithoutBothPlayers(of) if of.seats.contains(&Seat::Open) => {
            state_conflict(format!("{at} does not have both players yet; report the matches before it first"))
        }
        Refusal::WithoutBothPlayers(_) => {
            state_conflict(format!("{at} does not have two players, so it takes no result; the single player goes on"))
        }
        Refusal::LaterResult(later) => Error::Conflict {
            code: "later_result",
            detail: format!(
                "{at} is corrected too late: {later} already has a result, and its players come from here. A result can be corrected until the next match has one"
            ),
        },
        Refusal::Finished => state_conflict("the bracket is finished, so no result changes any more"),
        Refusal::Unread(missing) => Error::Internal(format!("{missing} was never written")),
    }
}
