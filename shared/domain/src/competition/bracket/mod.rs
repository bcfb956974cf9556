//! Single-elimination brackets: who meets whom, what a result changes, and which places follow. Pure. A player is a
//! seed here, from 1; the table knows whose. `placings` ranks the players.

mod placings;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

pub use placings::Placing;

/// The fewest players of a bracket.
pub const FEWEST: usize = 2;

/// The most players of a bracket: ten rounds.
pub const MOST_ENTRANTS: usize = 1_024;

/// The fewest players of a bracket with a match for the third place: two semi-finals have two losers.
pub const FEWEST_WITH_THIRD_PLACE: usize = 4;

/// A match, by its round and its number in the round, from 1. The match for the third place is number 2 of the last
/// round.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MatchId {
    /// The round.
    pub round: u8,
    /// The number in the round.
    pub number: u16,
}

impl fmt::Display for MatchId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "match {} of round {}", self.number, self.round)
    }
}

/// One of the two sides of a match.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    /// The upper one in a drawing.
    First,
    /// The lower one.
    Second,
}

impl Side {
    /// Both sides.
    pub const BOTH: [Self; 2] = [Self::First, Self::Second];

    /// Returns the other side.
    pub fn other(self) -> Self {
        match self {
            Self::First => Self::Second,
            Self::Second => Self::First,
        }
    }
}

/// One side of a match. Stored as nothing, 0, or the seed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Option<u16>", into = "Option<u16>")]
pub enum Seat {
    /// An earlier match decides it.
    Open,
    /// Nobody comes: a bye, or an earlier match to which nobody appeared.
    Nobody,
    /// The player with this seed.
    Player(u16),
}

impl Seat {
    /// Returns the seed of the player, if one is known.
    pub fn seed(self) -> Option<u16> {
        match self {
            Self::Player(seed) => Some(seed),
            Self::Open | Self::Nobody => None,
        }
    }
}

impl From<Option<u16>> for Seat {
    fn from(stored: Option<u16>) -> Self {
        match stored {
            None => Self::Open,
            Some(0) => Self::Nobody,
            Some(seed) => Self::Player(seed),
        }
    }
}

impl From<Seat> for Option<u16> {
    fn from(seat: Seat) -> Self {
        match seat {
            Seat::Open => None,
            Seat::Nobody => Some(0),
            Seat::Player(seed) => Some(seed),
        }
    }
}

/// The recorded result of a match.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MatchResult {
    /// This side won.
    Won(Side),
    /// This side did not appear, so the other one goes on.
    NoShow(Side),
    /// Nobody appeared, so nobody goes on.
    NoShowOfBoth,
}

impl MatchResult {
    /// Returns the side that goes on, if one does.
    pub fn winner(self) -> Option<Side> {
        match self {
            Self::Won(side) => Some(side),
            Self::NoShow(side) => Some(side.other()),
            Self::NoShowOfBoth => None,
        }
    }
}

/// A match.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Match {
    /// The first and the second side.
    pub seats: [Seat; 2],
    /// The recorded result. A match with a single player needs none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub result: Option<MatchResult>,
    /// True once the bracket is finished: no result may change the match any more. Only the last round has it.
    #[serde(default)]
    pub closed: bool,
}

/// Which player of a match goes on to another one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Role {
    Winner,
    Loser,
}

impl Match {
    /// A match without a result.
    pub fn between(first: Seat, second: Seat) -> Self {
        Self { seats: [first, second], result: None, closed: false }
    }

    /// Returns what stands on a side.
    pub fn seat(&self, side: Side) -> Seat {
        let [first, second] = self.seats;
        match side {
            Side::First => first,
            Side::Second => second,
        }
    }

    fn set_seat(&mut self, side: Side, seat: Seat) {
        let [first, second] = &mut self.seats;
        match side {
            Side::First => *first = seat,
            Side::Second => *second = seat,
        }
    }

    /// True if both players are known.
    pub fn has_both_players(&self) -> bool {
        matches!(self.seats, [Seat::Player(_), Seat::Player(_)])
    }

    /// True if the single player of the match went on without playing.
    pub fn is_walkover(&self) -> bool {
        matches!(self.seats, [Seat::Player(_), Seat::Nobody] | [Seat::Nobody, Seat::Player(_)])
    }

    /// Returns who goes on: the winner, or the single player.
    pub fn winner(&self) -> Seat {
        if let Some(result) = self.result {
            return result.winner().map_or(Seat::Nobody, |side| self.seat(side));
        }
        match self.seats {
            [Seat::Player(seed), Seat::Nobody] | [Seat::Nobody, Seat::Player(seed)] => Seat::Player(seed),
            [Seat::Nobody, Seat::Nobody] => Seat::Nobody,
            _ => Seat::Open,
        }
    }

    /// Returns who lost. Of a match to which nobody appeared, that is nobody: no second chance follows.
    pub fn loser(&self) -> Seat {
        if let Some(result) = self.result {
            return result.winner().map_or(Seat::Nobody, |side| self.seat(side.other()));
        }
        match self.seats {
            [Seat::Player(_) | Seat::Nobody, Seat::Nobody] | [Seat::Nobody, Seat::Player(_)] => Seat::Nobody,
            _ => Seat::Open,
        }
    }

    /// True if it is known who goes on, or that nobody does.
    pub fn is_decided(&self) -> bool {
        self.winner() != Seat::Open
    }

    fn outcome(&self, role: Role) -> Seat {
        match role {
            Role::Winner => self.winner(),
            Role::Loser => self.loser(),
        }
    }
}

/// Matches by their ids.
pub type Matches = BTreeMap<MatchId, Match>;

/// Why a result was not recorded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// The match does not have two players.
    WithoutBothPlayers(Match),
    /// This later match has a result that relies on the present one.
    LaterResult(MatchId),
    /// The bracket is finished.
    Finished,
    /// The caller has not read this match.
    Unread(MatchId),
}

/// The shape of a bracket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bracket {
    entrants: u16,
    third_place: bool,
}

impl Bracket {
    /// A bracket of so many players. Returns `None` for fewer than [`FEWEST`] or more than [`MOST_ENTRANTS`]. Ignores
    /// `third_place` below [`FEWEST_WITH_THIRD_PLACE`].
    pub fn new(entrants: usize, third_place: bool) -> Option<Self> {
        let third_place = third_place && entrants >= FEWEST_WITH_THIRD_PLACE;
        let entrants = u16::try_from(entrants).ok().filter(|_| (FEWEST..=MOST_ENTRANTS).contains(&entrants))?;
        Some(Self { entrants, third_place })
    }

    /// The number of players.
    pub fn entrants(self) -> u16 {
        self.entrants
    }

    /// The number of players with the byes: a power of two.
    fn size(self) -> u16 {
        self.entrants.next_power_of_two()
    }

    /// The number of rounds.
    pub fn rounds(self) -> u8 {
        u8::try_from(self.size().trailing_zeros()).unwrap_or(u8::MAX)
    }

    /// The final.
    pub fn final_match(self) -> MatchId {
        MatchId { round: self.rounds(), number: 1 }
    }

    /// The match for the third place, if the bracket has one.
    pub fn third_place_match(self) -> Option<MatchId> {
        self.third_place.then(|| MatchId { round: self.rounds(), number: 2 })
    }

    /// The matches of the last round, which decide the bracket.
    pub fn last_round(self) -> impl Iterator<Item = MatchId> {
        [Some(self.final_match()), self.third_place_match()].into_iter().flatten()
    }

    /// The number of matches of a round.
    pub fn matches_in(self, round: u8) -> u16 {
        let third = u16::from(self.third_place && round == self.rounds());
        (self.size() >> round.min(15)) + third
    }

    /// True if the bracket has that match.
    pub fn contains(self, id: MatchId) -> bool {
        (1..=self.rounds()).contains(&id.round) && (1..=self.matches_in(id.round)).contains(&id.number)
    }

    /// Every match, round by round.
    pub fn ids(self) -> impl Iterator<Item = MatchId> {
        (1..=self.rounds())
            .flat_map(move |round| (1..=self.matches_in(round)).map(move |number| MatchId { round, number }))
    }

    /// The next matches of the players of a match.
    fn next(self, id: MatchId) -> impl Iterator<Item = (Role, MatchId, Side)> {
        let side = if id.number % 2 == 1 { Side::First } else { Side::Second };
        let winner = MatchId { round: id.round.saturating_add(1), number: id.number.div_ceil(2) };
        let winner = (id.round < self.rounds()).then_some((Role::Winner, winner, side));
        let loser = self.third_place_match().filter(|third| id.round + 1 == third.round);
        winner.into_iter().chain(loser.map(|third| (Role::Loser, third, side)))
    }

    /// The match and every later one that its result can change: at most twelve.
    pub fn path(self, id: MatchId) -> Vec<MatchId> {
        let mut path = vec![id];
        let mut done = 0;
        while let Some(from) = path.get(done).copied() {
            path.extend(self.next(from).map(|(_, to, _)| to));
            done += 1;
        }
        path
    }

    /// Every match as it is before the first result: the seeds in the order in which the best ones meet last, and byes
    /// for the best of them.
    pub fn drawn(self) -> Matches {
        let mut order = vec![1_u16];
        while order.len() < usize::from(self.size()) {
            let pairs = u16::try_from(2 * order.len() + 1).unwrap_or(u16::MAX);
            order = order.into_iter().flat_map(|seed| [seed, pairs - seed]).collect();
        }
        let seat = |seed: u16| if seed <= self.entrants { Seat::Player(seed) } else { Seat::Nobody };
        let mut matches: Matches = self.ids().map(|id| (id, Match::between(Seat::Open, Seat::Open))).collect();
        for (number, pair) in (1..).zip(order.chunks_exact(2)) {
            if let &[first, second] = pair {
                matches.insert(MatchId { round: 1, number }, Match::between(seat(first), seat(second)));
            }
        }
        for id in self.ids() {
            for (role, to, side) in self.next(id) {
                let seat = matches.get(&id).map_or(Seat::Open, |drawn| drawn.outcome(role));
                if let Some(later) = matches.get_mut(&to) {
                    later.set_seat(side, seat);
                }
            }
        }
        matches
    }

    /// Returns the matches that a result changes, as they are afterwards: its own, the next, and later ones that a
    /// walkover decides. Returns an empty list if the match already has this result. `known` holds at least the path of
    /// the match.
    pub fn record(self, id: MatchId, result: MatchResult, known: &Matches) -> Result<Vec<(MatchId, Match)>, Refusal> {
        let before = known.get(&id).ok_or(Refusal::Unread(id))?;
        if before.result == Some(result) {
            return Ok(Vec::new());
        }
        if !before.has_both_players() {
            return Err(Refusal::WithoutBothPlayers(*before));
        }
        if before.closed {
            return Err(Refusal::Finished);
        }
        let mut changed = vec![(id, Match { result: Some(result), ..*before })];
        let mut done = 0;
        while let Some((from, played)) = changed.get(done).copied() {
            done += 1;
            for (role, to, side) in self.next(from) {
                let mut later = *known.get(&to).ok_or(Refusal::Unread(to))?;
                let seat = played.outcome(role);
                if later.seat(side) == seat {
                    continue;
                }
                if later.closed {
                    return Err(Refusal::Finished);
                }
                if later.result.is_some() {
                    return Err(Refusal::LaterResult(to));
                }
                later.set_seat(side, seat);
                changed.push((to, later));
            }
        }
        Ok(changed)
    }

    /// True if every match is decided: then the last round is.
    pub fn is_decided(self, matches: &Matches) -> bool {
        self.last_round().all(|id| matches.get(&id).is_some_and(Match::is_decided))
    }
}
