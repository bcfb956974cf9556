//! Ranks on a board, and how many win what. Pure: it gets players in their order and never sorts a whole board.

use super::{Competition, Ties};

/// Gives ranks to players who come in the board's order, the best first.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Ranking {
    /// Players so far.
    players: u64,
    /// The last score, with its rank.
    last: Option<(u64, u64)>,
}

impl Ranking {
    /// Goes on behind `players`, the last of whom has that score and rank.
    pub fn behind(players: u64, last: Option<(u64, u64)>) -> Self {
        Self { players, last }
    }

    /// Returns the rank of the next player, from 1.
    pub fn next(&mut self, ties: Ties, score: u64) -> u64 {
        self.players += 1;
        let rank = match self.last {
            Some((last, rank)) if ties == Ties::Shared && last == score => rank,
            _ => self.players,
        };
        self.last = Some((score, rank));
        rank
    }
}

/// A tie over a tier's edge that has more winners than the prize allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Overfull {
    /// The position of the prize.
    pub prize: usize,
    /// How many are at its ranks.
    pub winners: u64,
    /// The most that it allows.
    pub at_most: u64,
}

impl Competition {
    /// Returns the prizes that more players share than they allow, by the number of winners of each prize.
    pub fn overfull(&self, winners: &[u64]) -> Vec<Overfull> {
        let of = self.prizes.iter().zip(winners).enumerate();
        of.filter_map(|(prize, (of, winners))| {
            let at_most = of.most_winners();
            (*winners > at_most).then_some(Overfull { prize, winners: *winners, at_most })
        })
        .collect()
    }
}
