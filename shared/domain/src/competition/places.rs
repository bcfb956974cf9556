//! Ranks on a board, and how many win what. Pure: it gets players in their order and never sorts a whole board.

use serde::{Deserialize, Serialize};

use super::{Competition, Ties};

/// Where a user stands at the end of a competition, as prizes and messages say it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct FinalPlace {
    /// The rank, from 1. In a bracket, the best of the ranks that its losers of one round share.
    pub rank: u64,
    /// The number of players.
    pub of: u64,
    /// The score. A bracket has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub score: Option<u64>,
}

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
        self.players = self.players.saturating_add(1);
        let rank = match self.last {
            Some((last, rank)) if ties == Ties::Shared && last == score => rank,
            _ => self.players,
        };
        self.last = Some((score, rank));
        rank
    }
}

/// A tie over a tier's edge that has more winners than the prize allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Overfull {
    /// The position of the prize.
    pub prize: usize,
    /// The players at its ranks.
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

    /// Returns the prize of a place if prizes that more players share than they allow go to the earliest of them.
    /// `prize` is the one of its rank, `position` its place from 1, `given` how many of each prize the places before it
    /// have. Whom a prize has no room for gets the one of the position, if that is a later one with room.
    pub fn prize_by_time(&self, prize: usize, position: u64, players: u64, given: &[u64]) -> Option<usize> {
        let has_room = |prize: &usize| {
            let given = given.get(*prize).copied().unwrap_or(0);
            self.prizes.get(*prize).is_some_and(|prize| given < prize.most_winners())
        };
        let by_position = || self.prize_of(position, players).filter(|next| *next > prize).filter(has_room);
        Some(prize).filter(has_room).or_else(by_position)
    }
}

#[cfg(test)]
mod tests {
    use super::super::prizes::{Prize, Tier};
    use super::super::tests::competition_of;
    use super::super::{Score, Ties};
    use super::*;

    fn prizes(of: &[(u32, u32, u32)]) -> Competition {
        let prize = |(from, to, most): &(u32, u32, u32)| Prize {
            tier: Tier::Ranks(*from, *to),
            at_most: Some(*most),
            reward_group_id: "gift".try_into().unwrap(),
        };
        Competition { ties: Ties::Shared, prizes: of.iter().map(prize).collect(), ..competition_of(Score::Highest) }
    }

    /// The prizes of these scores, in their order, if ties over an edge are decided by time.
    fn by_time(competition: &Competition, scores: &[u64]) -> Vec<Option<usize>> {
        let (mut ranking, mut given) = (Ranking::default(), vec![0; competition.prizes.len()]);
        let players = scores.len() as u64;
        let of = scores.iter().zip(1..).map(|(score, position)| {
            let prize = competition.prize_of(ranking.next(competition.ties, *score), players)?;
            let prize = competition.prize_by_time(prize, position, players, &given)?;
            given[prize] += 1;
            Some(prize)
        });
        of.collect()
    }

    #[test]
    fn equal_scores_share_a_rank_and_the_ranks_after_it_are_left_out() {
        let mut ranking = Ranking::default();
        let ranks: Vec<u64> = [9, 7, 7, 7, 5].into_iter().map(|score| ranking.next(Ties::Shared, score)).collect();
        assert_eq!(ranks, [1, 2, 2, 2, 5]);
        let mut ranking = Ranking::behind(4, Some((7, 2)));
        assert_eq!((ranking.next(Ties::Shared, 7), ranking.next(Ties::Shared, 6)), (2, 6));
        let mut ranking = Ranking::behind(4, Some((7, 4)));
        assert_eq!(ranking.next(Ties::Earliest, 7), 5);
    }

    #[test]
    fn of_more_winners_than_a_prize_allows_the_earliest_get_it() {
        let competition = prizes(&[(1, 1, 1), (2, 4, 3)]);
        assert_eq!(competition.overfull(&[2, 1]), [Overfull { prize: 0, winners: 2, at_most: 1 }]);
        // The second at rank 1 gets the prize of the second place.
        assert_eq!(by_time(&competition, &[9, 9, 8, 7, 6]), [Some(0), Some(1), Some(1), Some(1), None]);
        // Of five at rank 2, three get the prize.
        assert_eq!(by_time(&competition, &[9, 8, 8, 8, 8, 8]), [Some(0), Some(1), Some(1), Some(1), None, None]);
        // A tie that the prize has room for leaves everybody the better prize.
        let competition = prizes(&[(1, 1, 2), (2, 4, 3)]);
        assert!(competition.overfull(&[2, 2]).is_empty());
        assert_eq!(by_time(&competition, &[9, 9, 8]), [Some(0), Some(0), Some(1)]);
    }
}
