//! Adds figures up and derives others: the cost of an action, and the number of actions that there would have been
//! anyway. A figure that cannot be derived is null, with a reason.

use std::collections::BTreeMap;

use domain::campaign::Campaign;
use domain::money::Money;
use domain::reward::report::Figure;
use serde::Serialize;
use store::reports::Entry;

/// Sums of users who can be rewarded, and of the hold-out.
#[derive(Default)]
pub(super) struct Sums {
    treated: BTreeMap<Figure, i64>,
    held_out: BTreeMap<Figure, i64>,
}

/// The ways to divide the figures. Each has some of them.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Division {
    /// It has all figures: users of the hold-out are divided in the same way.
    WithHoldOut,
    /// A user who begins is assigned an arm; a user of the hold-out is not.
    ByArm,
    /// Nobody belongs to a group before the award.
    ByGroup,
}

#[derive(Serialize)]
pub(super) struct SumsView {
    participants: Option<i64>,
    completions: i64,
    closed: i64,
    waiting: i64,
    in_review: i64,
    awards: i64,
    redemptions: i64,
    expiries: i64,
    voids: i64,
    spend: Money,
    cost_per_action: Computed,
    held_out: Option<HeldOut>,
    incremental_actions: Computed,
    cost_per_incremental_action: Computed,
}

#[derive(Serialize)]
struct HeldOut {
    participants: i64,
    completions: i64,
}

/// A derived figure, or the reason why there is none.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct Computed {
    value: Option<f64>,
    reason: Option<&'static str>,
}

impl Computed {
    fn not(reason: &'static str) -> Self {
        Self { value: None, reason: Some(reason) }
    }
}

impl From<f64> for Computed {
    /// Rounds to a hundredth: of a minor unit, or of an action.
    fn from(value: f64) -> Self {
        Self { value: Some((value * 100.0).round() / 100.0), reason: None }
    }
}

/// Adds up entries.
pub(super) fn sums<'a>(entries: impl IntoIterator<Item = &'a Entry>) -> Sums {
    let mut sums = Sums::default();
    for entry in entries {
        let of = if entry.cell.held_out { &mut sums.held_out } else { &mut sums.treated };
        *of.entry(entry.figure).or_default() += entry.amount;
    }
    sums
}

impl Sums {
    fn of(&self, figure: Figure) -> i64 {
        self.treated.get(&figure).copied().unwrap_or(0)
    }

    fn of_hold_out(&self, figure: Figure) -> i64 {
        self.held_out.get(&figure).copied().unwrap_or(0)
    }

    /// Returns the sums as the API shows them.
    pub(super) fn view(&self, campaign: &Campaign, division: Division) -> SumsView {
        let held_out = HeldOut {
            participants: self.of_hold_out(Figure::Participants),
            completions: self.of_hold_out(Figure::Completions),
        };
        let incremental = self.incremental(campaign.holdout_percent, division);
        SumsView {
            participants: (division != Division::ByGroup).then(|| self.of(Figure::Participants)),
            completions: self.of(Figure::Completions),
            closed: self.of(Figure::Closed),
            waiting: self.of(Figure::Waiting),
            in_review: self.of(Figure::InReview),
            awards: self.of(Figure::Awards),
            redemptions: self.of(Figure::Redemptions),
            expiries: self.of(Figure::Expiries),
            voids: self.of(Figure::Voids),
            spend: Money { amount_minor: self.of(Figure::Spend), ..campaign.budget },
            cost_per_action: self.cost_per_action(),
            held_out: (division == Division::WithHoldOut).then_some(held_out),
            cost_per_incremental_action: self.cost_per_incremental(&incremental),
            incremental_actions: incremental,
        }
    }

    /// Returns the spend per rewarded completion. Each completion counts once, however often its reward was issued
    /// anew.
    fn cost_per_action(&self) -> Computed {
        match self.of(Figure::Awards) - self.of(Figure::Replacements) {
            ..=0 => Computed::not("nothing was rewarded"),
            rewarded => (number(self.of(Figure::Spend)) / number(rewarded)).into(),
        }
    }

    /// Returns the completions of users who can be rewarded, less those that as many users would make without rewards,
    /// by the hold-out. The shares are those by which users were assigned, whether or not they began (intention to
    /// treat).
    fn incremental(&self, percent: u8, division: Division) -> Computed {
        let percent = i64::from(percent);
        match (division, percent) {
            (Division::ByArm | Division::ByGroup, _) => Computed::not("the hold-out is not divided that way"),
            (_, 0) => Computed::not("the campaign has no hold-out"),
            (_, 100) => Computed::not("everybody is in the hold-out"),
            _ if self.of_hold_out(Figure::Participants) == 0 => Computed::not("nobody of the hold-out has begun"),
            _ => {
                let anyway = number(self.of_hold_out(Figure::Completions)) * number(100 - percent) / number(percent);
                (number(self.of(Figure::Completions)) - anyway).into()
            }
        }
    }

    fn cost_per_incremental(&self, incremental: &Computed) -> Computed {
        match incremental.value {
            None => incremental.clone(),
            Some(..=0.0) => Computed::not("no more was completed than the hold-out lets expect without rewards"),
            Some(more) => (number(self.of(Figure::Spend)) / more).into(),
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "for ratios; below 10¹⁵, and exact to 10¹⁶")]
fn number(amount: i64) -> f64 {
    amount as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sums(treated: &[(Figure, i64)], held_out: &[(Figure, i64)]) -> Sums {
        let of = |figures: &[(Figure, i64)]| figures.iter().copied().collect();
        Sums { treated: of(treated), held_out: of(held_out) }
    }

    #[test]
    fn what_the_hold_out_does_anyway_is_not_put_down_to_rewards() {
        let hold_out = [(Figure::Participants, 100), (Figure::Completions, 10)];
        let all = sums(&[(Figure::Completions, 140), (Figure::Spend, 50_000)], &hold_out);
        // Of a hundred users in the hold-out, ten did it; of nine hundred others, ninety would have.
        let incremental = all.incremental(10, Division::WithHoldOut);
        assert_eq!(incremental, 50.0.into());
        assert_eq!(all.cost_per_incremental(&incremental), 1_000.0.into());
        assert_eq!(all.incremental(0, Division::WithHoldOut), Computed::not("the campaign has no hold-out"));
        assert_eq!(all.incremental(10, Division::ByArm).value, None);
        let worse = sums(&[(Figure::Completions, 80)], &hold_out);
        let incremental = worse.incremental(10, Division::WithHoldOut);
        assert_eq!((incremental.value, worse.cost_per_incremental(&incremental).value), (Some(-10.0), None));
        let alone = sums(&[(Figure::Completions, 80)], &[]).incremental(10, Division::WithHoldOut);
        assert_eq!(alone, Computed::not("nobody of the hold-out has begun"));
    }

    #[test]
    fn an_action_is_paid_once_however_often_its_reward_is_issued_anew() {
        let figures = [(Figure::Awards, 4), (Figure::Replacements, 1), (Figure::Spend, 1_000)];
        assert_eq!(sums(&figures, &[]).cost_per_action(), 333.33.into());
        assert_eq!(sums(&[], &[]).cost_per_action(), Computed::not("nothing was rewarded"));
    }
}
