//! Places in a bracket. The losers of a round share one: 3–4, 5–8 and so on.

use std::collections::BTreeMap;

use super::super::prizes::{Prize, Tier};
use super::{Bracket, MatchId, MatchResult, Matches, Seat, Side};

/// The place of a player.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Placing {
    /// The best rank of the place.
    pub from: u16,
    /// The last rank of the place; more than `from` if several players share it.
    pub to: u16,
    /// False for the players of a match to which nobody appeared: they win no prize. So no prize has more winners than
    /// its place has ranks.
    pub wins: bool,
}

impl Bracket {
    /// The ranks that the losers of a match share.
    fn ranks_of_losers(self, id: MatchId) -> (u16, u16) {
        if Some(id) == self.third_place_match() {
            return (4, 4);
        }
        let left = self.size() >> id.round.min(15);
        (left + 1, (left * 2).min(self.entrants))
    }

    /// Returns the place of every player who has one yet, by seed.
    pub fn placings(self, matches: &Matches) -> BTreeMap<u16, Placing> {
        let mut placings = BTreeMap::new();
        for id in self.ids() {
            let Some(played) = matches.get(&id) else { continue };
            let (from, to) = self.ranks_of_losers(id);
            if played.result == Some(MatchResult::NoShowOfBoth) {
                for seed in Side::BOTH.into_iter().filter_map(|side| played.seat(side).seed()) {
                    placings.insert(seed, Placing { from, to, wins: false });
                }
            }
            // The losers of the semi-finals get their places from the match for the third one.
            let goes_on = self.third_place_match().is_some_and(|third| id.round + 1 == third.round);
            if let Some(seed) = played.loser().seed().filter(|_| !goes_on) {
                placings.insert(seed, Placing { from, to, wins: true });
            }
            let won = if id == self.final_match() { Some(1) } else { None };
            let won = if Some(id) == self.third_place_match() { Some(3) } else { won };
            if let (Some(rank), Seat::Player(seed)) = (won, played.winner()) {
                placings.insert(seed, Placing { from: rank, to: rank, wins: true });
            }
        }
        placings
    }

    /// The places of the bracket, the best first: 1, 2, 3–4, 5–8 …
    pub fn places(self) -> Vec<(u16, u16)> {
        let mut places = vec![(1, 1)];
        if self.third_place {
            places.extend([(2, 2), (3, 3), (4, 4)]);
        }
        for round in (1..=self.rounds()).rev() {
            let (from, to) = self.ranks_of_losers(MatchId { round, number: 1 });
            if places.last().is_some_and(|(_, last)| from > *last) {
                places.push((from, to));
            }
        }
        places
    }

    /// Returns the prizes that a bracket cannot award, as (position, advice) pairs: one that ends within a shared
    /// place, and a percentage.
    pub fn flaws_of(self, prizes: &[Prize]) -> Vec<(usize, String)> {
        let places = self.places();
        let flaw = |prize: &Prize| match prize.tier {
            Tier::Percent(_) => Some("must have ranks: a bracket has places, and no percentages of them".to_owned()),
            Tier::Ranks(_, last) => {
                let split = places.iter().find(|(from, to)| u32::from(*from) <= last && last < u32::from(*to))?;
                let (from, to) = split;
                Some(format!(
                    "must not end at rank {last}: {} players of this bracket share the places {from} to {to}, so end at {} or {to}",
                    to - from + 1,
                    from - 1
                ))
            }
        };
        prizes.iter().enumerate().filter_map(|(position, prize)| Some((position, flaw(prize)?))).collect()
    }
}
