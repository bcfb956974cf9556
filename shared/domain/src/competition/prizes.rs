//! Prizes: rank ranges and percent tiers, the places that they cover among a number of players, and the most that they
//! can cost.

use serde::{Deserialize, Serialize};

use super::{Competition, Ties};
use crate::campaign::Campaign;
use crate::id::RewardGroupId;
use crate::reward::group::RewardGroup;

/// The ranks that a prize is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Tier {
    /// From a rank to a rank, both included, from 1.
    Ranks(u32, u32),
    /// The best percent of the players who have a rank, rounded up: 1 to 100.
    Percent(u8),
}

/// A prize. Of two whose tiers hold a rank, the first one counts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Prize {
    /// The ranks.
    #[serde(flatten)]
    pub tier: Tier,
    /// The most that win it. A percent needs it, and ties over a tier's edge.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at_most: Option<u32>,
    /// The reward.
    pub reward_group_id: RewardGroupId,
}

impl Prize {
    /// Returns the last rank of the tier among `players`, behind tiers that end at rank `before`.
    fn last_rank(&self, before: u64, players: u64) -> u64 {
        match self.tier {
            Tier::Ranks(_, to) => u64::from(to),
            Tier::Percent(percent) => {
                // Players are at most some billions.
                let share = players.saturating_mul(u64::from(percent)).div_ceil(100);
                let most = self.at_most.map_or(u64::MAX, |most| before.saturating_add(u64::from(most)));
                share.min(most).max(before)
            }
        }
    }

    /// Returns the most that can win it in one window.
    pub fn most_winners(&self) -> u64 {
        let by_rank = match self.tier {
            Tier::Ranks(from, to) => u64::from(to.saturating_sub(from)) + 1,
            Tier::Percent(_) => u64::MAX,
        };
        match self.at_most {
            // With shared ranks more can win than a range has ranks, up to this.
            Some(most) => u64::from(most),
            None => by_rank,
        }
    }
}

impl Competition {
    /// Returns the prize of a rank among `players` who have one, by its position.
    pub fn prize_of(&self, rank: u64, players: u64) -> Option<usize> {
        let mut before = 0;
        self.prizes.iter().position(|prize| {
            let last = prize.last_rank(before, players);
            let first = if let Tier::Ranks(from, _) = prize.tier { u64::from(from) } else { before + 1 };
            before = before.max(last);
            (first..=last).contains(&rank)
        })
    }

    /// Returns what is wrong with the prizes, as (position, advice) pairs: overlaps, a gap at the top, a tier that no
    /// rank can reach, and a percent or a shared edge without a bound.
    pub fn flaws_of_prizes(&self) -> Vec<(usize, String)> {
        let mut flaws = Vec::new();
        // The first rank that no prize before covers.
        let mut next = 1;
        for (position, prize) in self.prizes.iter().enumerate() {
            let is_last = position + 1 == self.prizes.len();
            match prize.tier {
                Tier::Ranks(from, to) => {
                    if to < from {
                        flaws.push((position, format!("must not end ({to}) before it begins ({from})")));
                    } else if from < next {
                        flaws
                            .push((position, format!("overlaps an earlier prize: rank {} is the next free one", next)));
                    } else if from > next {
                        flaws.push((
                            position,
                            format!("leaves a gap: ranks {next} to {} win nothing, though later ones do", from - 1),
                        ));
                    }
                    next = next.max(to.saturating_add(1));
                    let most = to.saturating_sub(from).saturating_add(1);
                    if let Some(at_most) = prize.at_most.filter(|at_most| *at_most < most) {
                        flaws.push((
                            position,
                            format!("has {most} ranks, but at_most is {at_most}: some would win nothing"),
                        ));
                    }
                    if prize.at_most.is_some() && self.ties == Ties::Earliest {
                        flaws.push((
                            position,
                            "needs no at_most: with ties `earliest` a rank has one winner".to_owned(),
                        ));
                    }
                }
                Tier::Percent(_) => {
                    if prize.at_most.is_none() {
                        flaws.push((
                            position,
                            "needs at_most: a percentage of any number of players has no bound".to_owned(),
                        ));
                    }
                    let mut before =
                        self.prizes[..position].iter().filter_map(|earlier| match (earlier.tier, prize.tier) {
                            (Tier::Percent(smaller), Tier::Percent(own)) => Some((smaller, own)),
                            _ => None,
                        });
                    if let Some((smaller, own)) = before.next_back().filter(|(smaller, own)| own <= smaller) {
                        flaws.push((
                            position,
                            format!("can win nothing: the {smaller} percent before it hold all of the {own} percent"),
                        ));
                    }
                    if !is_last && matches!(self.prizes[position + 1].tier, Tier::Ranks(..)) {
                        flaws.push((position + 1, "comes behind a percentage: rank ranges come first".to_owned()));
                    }
                }
            }
        }
        flaws
    }

    /// Returns the most that each reward group can be won in one window, in the order of the prizes.
    pub fn most_winners(&self) -> Vec<(RewardGroupId, u64)> {
        let mut most: Vec<(RewardGroupId, u64)> = Vec::new();
        for prize in &self.prizes {
            match most.iter_mut().find(|(group, _)| *group == prize.reward_group_id) {
                Some((_, winners)) => *winners = winners.saturating_add(prize.most_winners()),
                None => most.push((prize.reward_group_id.clone(), prize.most_winners())),
            }
        }
        most
    }

    /// Returns the most that all windows of the campaign can cost, in minor units. Groups that do not exist cost
    /// nothing here.
    pub fn worst_case(&self, campaign: &Campaign, groups: &[RewardGroup]) -> i64 {
        let cpa = |id: &RewardGroupId| {
            groups.iter().find(|group| group.reward_group_id == *id).map_or(0, |group| group.cpa.amount_minor)
        };
        let of_window = self.most_winners().iter().fold(0_i64, |sum, (group, winners)| {
            let winners = i64::try_from(*winners).unwrap_or(i64::MAX);
            sum.saturating_add(cpa(group).saturating_mul(winners))
        });
        let windows = i64::try_from(self.windows(campaign).count()).unwrap_or(i64::MAX);
        of_window.saturating_mul(windows)
    }
}

#[cfg(test)]
mod tests {
    use super::super::Score;
    use super::super::tests::competition_of;
    use super::*;
    use crate::fixtures;

    fn ranks(from: u32, to: u32) -> Prize {
        Prize { tier: Tier::Ranks(from, to), at_most: None, reward_group_id: "gift".try_into().unwrap() }
    }

    fn percent(percent: u8, most: u32) -> Prize {
        Prize { tier: Tier::Percent(percent), at_most: Some(most), reward_group_id: "gift".try_into().unwrap() }
    }

    fn competition(prizes: Vec<Prize>) -> Competition {
        Competition { prizes, ..competition_of(Score::Highest) }
    }

    fn flaws(ties: Ties, prizes: Vec<Prize>) -> Vec<(usize, String)> {
        Competition { ties, ..competition(prizes) }.flaws_of_prizes()
    }

    #[test]
    fn the_first_tier_that_holds_a_rank_decides_and_a_percentage_rounds_up() {
        let competition = competition(vec![ranks(1, 1), ranks(2, 10), percent(5, 100)]);
        let of = |rank, players| competition.prize_of(rank, players);
        assert_eq!((of(1, 1), of(2, 50), of(10, 50), of(11, 50)), (Some(0), Some(1), Some(1), None));
        // Five percent of 201 are eleven.
        assert_eq!((of(11, 201), of(12, 201)), (Some(2), None));
        // Behind ten ranks a hundred win it.
        assert_eq!((of(110, 10_000), of(111, 10_000)), (Some(2), None));
        let two = self::competition(vec![percent(5, 50), percent(10, 50)]);
        let of = |rank| two.prize_of(rank, 10_000);
        assert_eq!((of(50), of(51), of(100), of(101)), (Some(0), Some(1), Some(1), None));
    }

    #[test]
    fn tiers_that_overlap_leave_a_gap_or_have_no_bound_are_flaws() {
        let one = |ties, prizes| flaws(ties, prizes).into_iter().map(|(at, _)| at).collect::<Vec<_>>();
        assert!(one(Ties::Earliest, vec![ranks(1, 1), ranks(2, 3), percent(5, 10), percent(10, 20)]).is_empty());
        assert_eq!(one(Ties::Earliest, vec![ranks(1, 3), ranks(3, 4)]), [1]);
        assert_eq!(one(Ties::Earliest, vec![ranks(2, 3)]), [0]);
        assert_eq!(one(Ties::Earliest, vec![ranks(1, 1), ranks(3, 4)]), [1]);
        assert_eq!(one(Ties::Earliest, vec![ranks(3, 1)]), [0]);
        assert_eq!(one(Ties::Earliest, vec![percent(10, 10), percent(5, 5)]), [1]);
        assert_eq!(one(Ties::Earliest, vec![percent(10, 10), ranks(1, 3)]), [1]);
        let unbounded = Prize { at_most: None, ..percent(5, 1) };
        assert_eq!(one(Ties::Earliest, vec![unbounded]), [0]);
        let bounded = |most| Prize { at_most: Some(most), ..ranks(1, 3) };
        assert_eq!(one(Ties::Shared, vec![bounded(2)]), [0]);
        assert!(one(Ties::Shared, vec![bounded(5)]).is_empty());
        assert_eq!(one(Ties::Earliest, vec![bounded(5)]), [0]);
    }

    #[test]
    fn the_worst_case_is_every_prize_in_every_window() {
        let campaign = fixtures::campaign();
        let prizes = vec![ranks(1, 1), ranks(2, 10), percent(5, 90)];
        let competition = Competition { window: super::super::Window::Day, ..competition(prizes) };
        assert_eq!(competition.worst_case(&campaign, &[fixtures::group("gift")]), 365 * 100 * 500);
    }
}
