//! A campaign's report: its figures, their dimensions, and each reward's contribution. `store::reports` keeps them and
//! counts each reward once, `manage-campaigns` presents them.

use jiff::Timestamp;

use crate::id::{MomentId, RewardGroupId};
use crate::reward::{Reward, RewardState, WaitingReason};

/// A figure of the report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Figure {
    /// Users who began a moment, on the day of their first event. A crash may lose some, and never adds any.
    Participants,
    /// Completions of a moment, on their day.
    Completions,
    /// Each user's first completions.
    Completers,
    /// Completions that ended closed. A crash may lose one of these, and one of the hold-out's completions.
    Closed,
    /// Rewards that wait now, on the day they were earned.
    Waiting,
    /// Rewards in review now, on the day they were earned.
    InReview,
    /// Rewards awarded, on the day of the award, with any later state.
    Awards,
    /// Awards that replace another reward.
    Replacements,
    /// Rewards redeemed, on the day of the first visit.
    Redemptions,
    /// Rewards expired, on the day the expiry was noted.
    Expiries,
    /// Rewards voided, on that day.
    Voids,
    /// Spending without refunds, in minor units, on the day of the award.
    Spend,
}

impl Figure {
    /// Every figure.
    pub const ALL: [Self; 12] = [
        Self::Participants,
        Self::Completions,
        Self::Completers,
        Self::Closed,
        Self::Waiting,
        Self::InReview,
        Self::Awards,
        Self::Replacements,
        Self::Redemptions,
        Self::Expiries,
        Self::Voids,
        Self::Spend,
    ];
}

/// The dimensions of the figures, besides the day.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Cell {
    /// The moment.
    pub moment: MomentId,
    /// The reward's group; `None` without a reward.
    pub group: Option<RewardGroupId>,
    /// The moment's reward that the user was assigned; `None` in the hold-out.
    pub arm: Option<RewardGroupId>,
    /// The user's marketplace, if known; [`OTHER`] beyond the bound on marketplaces.
    pub marketplace: Option<String>,
    /// True for the hold-out.
    pub held_out: bool,
}

/// All marketplaces beyond the bound. No marketplace has this name.
pub const OTHER: &str = "*";

/// One reward's part in the report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contribution {
    /// Rises with every change of the reward, so that older contributions are recognised.
    pub revision: u64,
    /// Its dimensions.
    pub cell: Cell,
    /// Days since 1970 in the campaign's time zone, figures and amounts; sorted.
    pub entries: Vec<(i32, Figure, i64)>,
    /// The award and the spending by hour, counted since 1970 in UTC.
    pub hours: Vec<(i32, Figure, i64)>,
    /// Why it joined the line, while it waits.
    pub waiting_for: Option<WaitingReason>,
}

/// Returns the contribution of a reward. `day` is the campaign's.
pub fn contribution(reward: &Reward, day: impl Fn(Timestamp) -> i32) -> Contribution {
    let earned = day(reward.earned_at);
    let mut entries = completion(reward, earned);
    match reward.state {
        RewardState::Waiting => entries.push((earned, Figure::Waiting, 1)),
        RewardState::InReview => entries.push((earned, Figure::InReview, 1)),
        _ => {}
    }
    let awarded = reward.awarded_at.map(&day);
    entries.extend(awarded.map(|awarded| (awarded, Figure::Awards, 1)));
    let replaces = awarded.filter(|_| reward.replaces.is_some());
    entries.extend(replaces.map(|awarded| (awarded, Figure::Replacements, 1)));
    entries.extend(reward.redeemed_at.map(|at| (day(at), Figure::Redemptions, 1)));
    for (state, figure) in [(RewardState::Expired, Figure::Expiries), (RewardState::Voided, Figure::Voids)] {
        entries.extend(reward.came_to(state).map(|at| (day(at), figure, 1)));
    }
    // Rewards in review are paid, and not awarded yet.
    if reward.state != RewardState::Waiting && !reward.is_refunded {
        entries.push((awarded.unwrap_or(earned), Figure::Spend, reward.cost.amount_minor));
    }
    let hours = hours(reward);
    let waiting_for = reward.waiting_reason.filter(|_| reward.state == RewardState::Waiting);
    entries.sort_unstable();
    let state = match reward.state {
        RewardState::Waiting => 0,
        // 1 is a reward that was given up; see `given_up`.
        RewardState::InReview => 2,
        RewardState::Awarded => 3,
        RewardState::Redeemed => 4,
        RewardState::Ordered => 5,
        RewardState::Shipped => 6,
        RewardState::Delivered | RewardState::Returned | RewardState::Lost => 7,
        RewardState::Expired => 8,
        RewardState::Voided => 9,
    };
    Contribution { revision: revision(reward, state), cell: cell(reward), entries, hours, waiting_for }
}

/// The same award and money as in the entries, by hour.
fn hours(reward: &Reward) -> Vec<(i32, Figure, i64)> {
    let mut hours: Vec<(i32, Figure, i64)> =
        reward.awarded_at.map(|at| (hour(at), Figure::Awards, 1)).into_iter().collect();
    if reward.state != RewardState::Waiting && !reward.is_refunded {
        let at = reward.awarded_at.unwrap_or(reward.earned_at);
        hours.push((hour(at), Figure::Spend, reward.cost.amount_minor));
    }
    hours
}

/// Returns the hour of an instant, counted since 1970 in UTC.
pub fn hour(at: Timestamp) -> i32 {
    i32::try_from(at.as_second().div_euclid(3_600)).unwrap_or(i32::MAX)
}

/// Returns the contribution of a waiting reward that is gone, by an erasure or a cap. The completion still counts.
pub fn given_up(reward: &Reward, day: impl Fn(Timestamp) -> i32) -> Contribution {
    let entries = completion(reward, day(reward.earned_at));
    let (cell, hours) = (cell(reward), Vec::new());
    Contribution { revision: revision(reward, 1), cell, entries, hours, waiting_for: None }
}

/// Orders the images of a reward: by the number of changes, which earlier versions lack, then by state.
fn revision(reward: &Reward, state: u64) -> u64 {
    reward.changes.len() as u64 * 16 + state
}

fn cell(reward: &Reward) -> Cell {
    Cell {
        moment: reward.moment_id.clone(),
        group: Some(reward.reward_group_id.clone()),
        arm: Some(reward.arm.clone().unwrap_or_else(|| reward.reward_group_id.clone())),
        marketplace: reward.marketplace.clone(),
        held_out: false,
    }
}

/// A replacement is no further completion.
fn completion(reward: &Reward, earned: i32) -> Vec<(i32, Figure, i64)> {
    let mut entries = Vec::new();
    if reward.replaces.is_none() {
        entries.push((earned, Figure::Completions, 1));
        entries.extend((reward.occurrence == 1).then_some((earned, Figure::Completers, 1)));
    }
    entries
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures::time;
    use crate::id::RewardId;
    use crate::money::Money;
    use crate::reward::group::RewardKind;
    use crate::reward::{Actor, RewardChange};
    use rand::SeedableRng as _;

    fn reward(state: RewardState) -> Reward {
        let (app, campaign) = ("app".try_into().unwrap(), "spring".try_into().unwrap());
        let earned_at = time("2026-12-01T12:00:00Z");
        let mut random = rand::rngs::StdRng::seed_from_u64(1);
        Reward {
            reward_id: RewardId::new(&app, &campaign, earned_at, &mut random),
            user_id: None,
            moment_id: "deposits".try_into().unwrap(),
            occurrence: 1,
            reward_group_id: "gift".try_into().unwrap(),
            kind: RewardKind::UniqueUrl,
            state,
            cost: Money { currency: iso_currency::Currency::EUR, amount_minor: 500 },
            url: None,
            supply: None,
            supplied_at: None,
            slot: None,
            waiting_reason: None,
            cap_slots: Vec::new(),
            credit: None,
            fingerprints: crate::campaign::guards::Fingerprints::default(),
            is_for_review: false,
            is_completed: true,
            place: None,
            is_charged: false,
            is_sealed: false,
            is_refunded: false,
            locale: None,
            marketplace: Some("DE".into()),
            arm: None,
            earned_at,
            awarded_at: (state != RewardState::Waiting).then(|| time("2026-12-02T12:00:00Z")),
            expires_at: None,
            redeemed_at: None,
            replaces: None,
            replaced_by: None,
            changes: Vec::new(),
        }
    }

    /// Days since the first of December.
    fn day(at: Timestamp) -> i32 {
        i32::try_from(at.duration_since(time("2026-12-01T00:00:00Z")).as_hours() / 24).unwrap()
    }

    fn changed(reward: &Reward, state: RewardState, at: &str) -> Reward {
        let mut changed = Reward { state, ..reward.clone() };
        changed.changes.push(RewardChange { state, at: time(at), by: Actor::Schedule, reason: None, order: None });
        changed
    }

    #[test]
    fn each_figure_stands_on_its_own_day() {
        let waiting = contribution(&reward(RewardState::Waiting), day);
        let completed = [(0, Figure::Completions, 1), (0, Figure::Completers, 1)];
        assert_eq!(waiting.entries, [&completed[..], &[(0, Figure::Waiting, 1)]].concat());
        let awarded = reward(RewardState::Awarded);
        let spent = [(1, Figure::Awards, 1), (1, Figure::Spend, 500)];
        assert_eq!(contribution(&awarded, day).entries, [&completed[..], &spent].concat());
        let voided = Reward { is_refunded: true, ..changed(&awarded, RewardState::Voided, "2026-12-04T12:00:00Z") };
        let taken_back = [(1, Figure::Awards, 1), (3, Figure::Voids, 1)];
        assert_eq!(contribution(&voided, day).entries, [&completed[..], &taken_back].concat());
        assert_eq!(given_up(&reward(RewardState::Waiting), day).entries, completed);
        let instead = Reward { replaces: Some(awarded.reward_id.clone()), ..awarded };
        assert_eq!(
            contribution(&instead, day).entries,
            [(1, Figure::Awards, 1), (1, Figure::Replacements, 1), spent[1]]
        );
    }

    #[test]
    fn an_hour_has_the_award_and_the_money_until_a_refund() {
        let hour_of_award = 20_789 * 24 + 12;
        let awarded = reward(RewardState::Awarded);
        let spent = [(hour_of_award, Figure::Awards, 1), (hour_of_award, Figure::Spend, 500)];
        assert_eq!(contribution(&awarded, day).hours, spent);
        assert_eq!(contribution(&Reward { is_refunded: true, ..awarded }, day).hours, spent[..1]);
        let reason = Some(WaitingReason::NoBudget);
        let waiting = Reward { waiting_reason: reason, ..reward(RewardState::Waiting) };
        assert_eq!((contribution(&waiting, day).hours, contribution(&waiting, day).waiting_for), (vec![], reason));
        assert_eq!(given_up(&waiting, day).waiting_for, None);
    }

    #[test]
    fn whatever_comes_later_has_a_higher_revision() {
        let waiting = reward(RewardState::Waiting);
        let awarded = reward(RewardState::Awarded);
        let shipped = changed(
            &changed(&awarded, RewardState::Ordered, "2026-12-03T12:00:00Z"),
            RewardState::Shipped,
            "2026-12-04T12:00:00Z",
        );
        let back = changed(&shipped, RewardState::Returned, "2026-12-05T12:00:00Z");
        let again = changed(&back, RewardState::Shipped, "2026-12-06T12:00:00Z");
        let course = [&waiting, &awarded, &shipped, &back, &again].map(|reward| contribution(reward, day).revision);
        assert!(course.is_sorted_by(|earlier, later| earlier < later), "{course:?}");
        assert!((course[0] + 1..course[1]).contains(&given_up(&waiting, day).revision));
    }
}
