//! For how many rewards a campaign's budget, stock and caps suffice, and what the expected number of rewards costs. Nobody
//! knows beforehand which rewards users earn, so each answer is the least and the most.

use crate::campaign::{Campaign, Moment};
use crate::id::RewardGroupId;
use crate::instant::Sum as _;
use crate::reward::group::{self, RewardGroup};

/// A number of rewards without a bound.
pub const UNBOUNDED: u64 = u64::MAX;

/// The number of rewards that something suffices for, between what is certain and what is possible.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reach {
    /// Whatever rewards are earned.
    pub least: u64,
    /// If the rewards are those of which there are most; [`UNBOUNDED`] if nothing bounds them.
    pub most: u64,
}

/// Whether something suffices for a number of rewards.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Enough {
    /// Whatever rewards are earned.
    Yes,
    /// For some rewards.
    Depends,
    /// For no rewards.
    No,
}

impl Reach {
    const WITHOUT_BOUND: Self = Self { least: UNBOUNDED, most: UNBOUNDED };

    /// Says if it suffices for that many rewards.
    pub fn is_enough_for(self, rewards: u64) -> Enough {
        if rewards <= self.least {
            Enough::Yes
        } else if rewards <= self.most {
            Enough::Depends
        } else {
            Enough::No
        }
    }

    /// The rewards that an amount pays, of prices from `cheapest` to `dearest`.
    fn of_money(amount: i64, (cheapest, dearest): (i64, i64)) -> Self {
        let paid = |price: i64| amount.checked_div(price).and_then(|rewards| u64::try_from(rewards).ok());
        Self { least: paid(dearest).unwrap_or(UNBOUNDED), most: paid(cheapest).unwrap_or(UNBOUNDED) }
    }

    /// Both bounds hold.
    fn and(self, other: Self) -> Self {
        Self { least: self.least.min(other.least), most: self.most.min(other.most) }
    }

    /// Each part has its own bound, and nobody knows how many rewards are of which part.
    fn of_parts(parts: impl Iterator<Item = Self>) -> Option<Self> {
        parts.reduce(|one, other| Self { least: one.least.min(other.least), most: one.most.saturating_add(other.most) })
    }
}

/// What bounds a campaign's rewards.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Forecast {
    /// The price of the cheapest and of the dearest reward, in minor units.
    pub prices: (i64, i64),
    /// By the budget.
    pub budget: Reach,
    /// By the caps per day, per moment and per reward group. A cap per user bounds no sum of users.
    pub caps: Reach,
}

impl Forecast {
    /// Reckons for a campaign. Returns `None` if the app has none of its reward groups, or one costs another currency than
    /// the budget has: such a campaign cannot be submitted.
    pub fn of(campaign: &Campaign, groups: &[RewardGroup]) -> Option<Self> {
        let is_other =
            |stock: &Vec<&RewardGroup>| stock.iter().any(|group| group.cpa.currency != campaign.budget.currency);
        if stocks(campaign, groups).iter().any(is_other) {
            return None;
        }
        let prices = prices(groups, campaign.moments.iter())?;
        let budget = Reach::of_money(campaign.budget.amount_minor, prices);
        Some(Self { prices, budget, caps: caps(campaign, groups, prices) })
    }

    /// Returns what a number of rewards costs, at least and at most, in minor units.
    pub fn cost(&self, rewards: u64) -> (i64, i64) {
        let rewards = i64::try_from(rewards).unwrap_or(i64::MAX);
        (self.prices.0.saturating_mul(rewards), self.prices.1.saturating_mul(rewards))
    }
}

/// Returns the reward groups that a campaign names, each once, with what can stand in for it.
pub fn stocks<'a>(campaign: &Campaign, groups: &'a [RewardGroup]) -> Vec<Vec<&'a RewardGroup>> {
    let mut named: Vec<&RewardGroupId> = Vec::new();
    for reward in campaign.moments.iter().flat_map(|moment| &moment.rewards) {
        if !named.contains(&&reward.reward_group_id) {
            named.push(&reward.reward_group_id);
        }
    }
    let of = |id: &RewardGroupId| groups.iter().find(|group| group.reward_group_id == *id);
    let with_stand_ins = |group: &'a RewardGroup| {
        let mut all = vec![group];
        all.extend(group::stand_ins(groups, group));
        all
    };
    named.into_iter().filter_map(of).map(with_stand_ins).collect()
}

/// Returns for how many rewards the stock suffices. `left` is what each group has left, [`UNBOUNDED`] for a shared URL.
pub fn reach_of_stock(stocks: &[Vec<&RewardGroup>], left: impl Fn(&RewardGroupId) -> u64) -> Reach {
    let sum = |groups: &[&RewardGroup]| {
        groups.iter().fold(0_u64, |sum, group| sum.saturating_add(left(&group.reward_group_id)))
    };
    let least = stocks.iter().map(|groups| sum(groups)).min().unwrap_or(0);
    let mut all: Vec<&RewardGroup> = Vec::new();
    for group in stocks.iter().flatten() {
        if !all.iter().any(|known| known.reward_group_id == group.reward_group_id) {
            all.push(group);
        }
    }
    Reach { least, most: sum(&all) }
}

fn prices<'a>(groups: &[RewardGroup], moments: impl Iterator<Item = &'a Moment>) -> Option<(i64, i64)> {
    let rewards = moments.flat_map(|moment| &moment.rewards);
    let own = rewards.filter_map(|reward| groups.iter().find(|group| group.reward_group_id == reward.reward_group_id));
    // Whoever stands in has a price of its own.
    let all = own.flat_map(|group| std::iter::once(group).chain(group::stand_ins(groups, group)));
    let prices: Vec<i64> = all.map(|group| group.cpa.amount_minor).collect();
    Some((prices.iter().copied().min()?, prices.iter().copied().max()?))
}

fn caps(campaign: &Campaign, groups: &[RewardGroup], all: (i64, i64)) -> Reach {
    let caps = &campaign.caps;
    let per_moment = campaign.moments.iter().map(|moment| match caps.per_moment.get(&moment.moment_id) {
        None => Reach::WITHOUT_BOUND,
        Some(cap) => Reach::of_money(cap.amount_minor, prices(groups, std::iter::once(moment)).unwrap_or(all)),
    });
    let per_group = stocks(campaign, groups).into_iter().map(|stock| {
        let [group, stand_ins @ ..] = stock.as_slice() else { return Reach::WITHOUT_BOUND };
        match caps.per_group.get(&group.reward_group_id) {
            // Beyond its cap, the group that stands in for it is given.
            Some(cap) if stand_ins.is_empty() => {
                Reach::of_money(cap.amount_minor, (group.cpa.amount_minor, group.cpa.amount_minor))
            }
            _ => Reach::WITHOUT_BOUND,
        }
    });
    let per_day = caps.per_day.map(|cap| {
        let last = campaign.ends_at.minus(jiff::SignedDuration::from_millis(1));
        let days = campaign.day(last).saturating_sub(campaign.day(campaign.starts_at)).saturating_add(1);
        let one = Reach::of_money(cap.amount_minor, all);
        let days = u64::try_from(days).unwrap_or(1);
        Reach { least: one.least.saturating_mul(days), most: one.most.saturating_mul(days) }
    });
    let bounds = [Reach::of_parts(per_moment), Reach::of_parts(per_group), per_day];
    bounds.into_iter().flatten().fold(Reach::WITHOUT_BOUND, Reach::and)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures::{self, eur, moment_reward};

    fn priced(id: &str, cpa: i64) -> RewardGroup {
        RewardGroup { cpa: eur(cpa), ..fixtures::group(id) }
    }

    #[test]
    fn one_price_is_exact_and_a_cent_less_is_a_reward_less() {
        let groups = [priced("gift", 500)];
        let of = |budget| Forecast::of(&Campaign { budget: eur(budget), ..fixtures::campaign() }, &groups).unwrap();
        assert_eq!(of(50_000).budget, Reach { least: 100, most: 100 });
        assert_eq!(of(49_999).budget, Reach { least: 99, most: 99 });
        assert_eq!(of(50_000).cost(100), (50_000, 50_000));
        assert_eq!(of(50_000).caps, Reach::WITHOUT_BOUND);
        assert_eq!(of(50_000).budget.is_enough_for(100), Enough::Yes);
        assert_eq!(of(50_000).budget.is_enough_for(101), Enough::No);
    }

    #[test]
    fn with_two_prices_it_depends_on_what_users_earn() {
        let groups = [priced("gift", 500), priced("large", 2_000)];
        let mut campaign = fixtures::campaign();
        campaign.moments[0].rewards.push(moment_reward(&groups[1], 1));
        let forecast = Forecast::of(&campaign, &groups).unwrap();
        assert_eq!(forecast.budget, Reach { least: 25, most: 100 });
        assert_eq!(forecast.budget.is_enough_for(26), Enough::Depends);
        assert_eq!(forecast.cost(10), (5_000, 20_000));
        let left = |id: &RewardGroupId| if id.as_str() == "gift" { 7 } else { 3 };
        assert_eq!(reach_of_stock(&stocks(&campaign, &groups), left), Reach { least: 3, most: 10 });
    }

    #[test]
    fn what_stands_in_counts_once_and_has_its_own_price() {
        let spare = priced("spare", 900);
        let fallback = Some(spare.reward_group_id.clone());
        let groups = [RewardGroup { fallback_group_id: fallback, ..priced("gift", 500) }, spare];
        let mut campaign = fixtures::campaign();
        campaign.moments[0].rewards.push(moment_reward(&groups[1], 1));
        campaign.caps.per_group = [(groups[0].reward_group_id.clone(), eur(500))].into();
        let forecast = Forecast::of(&campaign, &groups).unwrap();
        assert_eq!(forecast.prices, (500, 900));
        assert_eq!(forecast.caps, Reach::WITHOUT_BOUND);
        let left = |id: &RewardGroupId| if id.as_str() == "gift" { 7 } else { 3 };
        assert_eq!(reach_of_stock(&stocks(&campaign, &groups), left), Reach { least: 3, most: 10 });
    }

    #[test]
    fn the_tightest_cap_decides_and_a_day_counts_as_often_as_it_comes() {
        let groups = [priced("gift", 500)];
        let mut campaign = fixtures::campaign();
        // 365 days of two rewards each.
        campaign.caps.per_day = Some(eur(1_000));
        assert_eq!(Forecast::of(&campaign, &groups).unwrap().caps, Reach { least: 730, most: 730 });
        campaign.caps.per_moment = [(campaign.moments[0].moment_id.clone(), eur(2_999))].into();
        assert_eq!(Forecast::of(&campaign, &groups).unwrap().caps, Reach { least: 5, most: 5 });
        campaign.caps.per_group = [(groups[0].reward_group_id.clone(), eur(1_500))].into();
        assert_eq!(Forecast::of(&campaign, &groups).unwrap().caps, Reach { least: 3, most: 3 });
    }
}
