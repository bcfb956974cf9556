//! Brackets as the API shows them: the players with their places, and every match by round.

use std::collections::BTreeMap;

use domain::competition::bracket::{Bracket, Match, MatchId, MatchResult, Matches, Placing, Seat, Side};
use domain::id::{CampaignId, UserId};
use jiff::Timestamp;
use serde::Serialize;
use store::brackets::{BracketState, StoredBracket};

/// A bracket.
#[derive(Serialize)]
pub(crate) struct BracketView {
    campaign_id: CampaignId,
    state: BracketState,
    third_place: bool,
    entrants: Vec<EntrantView>,
    rounds: Vec<RoundView>,
    made_at: Timestamp,
    started_at: Option<Timestamp>,
    finished_at: Option<Timestamp>,
    prizes_given_at: Option<Timestamp>,
    version: u64,
}

/// A player.
#[derive(Serialize)]
struct EntrantView {
    seed: usize,
    /// Null if the user was erased.
    user_id: Option<UserId>,
    /// Null while the player may still win a match.
    place: Option<PlaceView>,
}

/// The ranks of a place; more than one if several players share it.
#[derive(Serialize)]
struct PlaceView {
    from: u16,
    to: u16,
}

#[derive(Serialize)]
struct RoundView {
    round: u8,
    matches: Vec<MatchView>,
}

/// The state of a match.
#[derive(Serialize)]
#[serde(rename_all = "snake_case")]
enum MatchState {
    /// An earlier match decides who plays.
    Open,
    /// Both players are known.
    Ready,
    /// A player won.
    Played,
    /// A player, or both, did not appear.
    NoShow,
    /// The single player went on without playing.
    Walkover,
    /// Nobody came.
    Empty,
}

/// A match.
#[derive(Serialize)]
pub(crate) struct MatchView {
    round: u8,
    number: u16,
    third_place: bool,
    state: MatchState,
    players: [SeatView; 2],
    /// The seed of the player who went on.
    winner: Option<u16>,
    /// The seeds of those who did not appear.
    no_show: Vec<u16>,
}

/// A side of a match.
#[derive(Serialize)]
struct SeatView {
    seat: &'static str,
    seed: Option<u16>,
    user_id: Option<UserId>,
}

impl SeatView {
    fn new(seat: Seat, bracket: &StoredBracket) -> Self {
        let word = match seat {
            Seat::Open => "open",
            Seat::Nobody => "nobody",
            Seat::Player(_) => "player",
        };
        Self { seat: word, seed: seat.seed(), user_id: seat.seed().and_then(|seed| bracket.user(seed)).cloned() }
    }
}

impl MatchView {
    pub(crate) fn new(id: MatchId, of: &Match, shape: Bracket, bracket: &StoredBracket) -> Self {
        let state = match of.result {
            Some(MatchResult::Won(_)) => MatchState::Played,
            Some(MatchResult::NoShow(_) | MatchResult::NoShowOfBoth) => MatchState::NoShow,
            None if of.has_both_players() => MatchState::Ready,
            None if of.is_walkover() => MatchState::Walkover,
            None if of.is_decided() => MatchState::Empty,
            None => MatchState::Open,
        };
        let absent: &[Side] = match &of.result {
            Some(MatchResult::NoShow(side)) => std::slice::from_ref(side),
            Some(MatchResult::NoShowOfBoth) => &Side::BOTH,
            Some(MatchResult::Won(_)) | None => &[],
        };
        Self {
            round: id.round,
            number: id.number,
            third_place: shape.third_place_match() == Some(id),
            state,
            players: of.seats.map(|seat| SeatView::new(seat, bracket)),
            winner: of.winner().seed(),
            no_show: absent.iter().filter_map(|side| of.seat(*side).seed()).collect(),
        }
    }
}

impl BracketView {
    /// `matches` may be empty, as those of a draft with too few players are.
    pub(crate) fn new(campaign_id: &CampaignId, bracket: &StoredBracket, matches: &Matches) -> Self {
        let shape = bracket.shape();
        let placings = shape.map(|shape| shape.placings(matches)).unwrap_or_default();
        let mut rounds: BTreeMap<u8, Vec<MatchView>> = BTreeMap::new();
        for (id, of) in matches {
            if let Some(shape) = shape {
                rounds.entry(id.round).or_default().push(MatchView::new(*id, of, shape, bracket));
            }
        }
        let entrants = (1..).zip(&bracket.entrants).map(|(seed, user_id)| {
            let place = u16::try_from(seed).ok().and_then(|seed| placings.get(&seed));
            let place = place.map(|Placing { from, to, .. }| PlaceView { from: *from, to: *to });
            EntrantView { seed, user_id: user_id.clone(), place }
        });
        Self {
            campaign_id: campaign_id.clone(),
            state: bracket.bracket_state,
            third_place: shape.is_some_and(|shape| shape.third_place_match().is_some()),
            entrants: entrants.collect(),
            rounds: rounds.into_iter().map(|(round, matches)| RoundView { round, matches }).collect(),
            made_at: bracket.made_at,
            started_at: bracket.started_at,
            finished_at: bracket.finished_at,
            prizes_given_at: bracket.prizes_given_at,
            version: bracket.version,
        }
    }
}
