//! The one path from a user and an event to a verdict: the user's segments, the assigned moment, every check of
//! `eligibility`, and the choice of the reward. Pure.

use domain::campaign::assignment;
use domain::campaign::catalog::{Arm, Catalog};
use domain::id::{MomentId, RewardGroupId};
use domain::reward::group::RewardGroup;
use jiff::Timestamp;

use crate::eligibility::{self, Case, EventFacts, Placement, UserHistory, Verdict};

/// Judges one user for one moment.
pub fn judge(catalog: &Catalog, case: Case<'_>, event: EventFacts<'_>, history: &UserHistory<'_>) -> Verdict {
    let Case { campaign, moment, user, wanted, .. } = case;
    let segments = case.segments(event);
    let begun = |moment: &MomentId| history.begun.contains(&moment);
    let assigned = moment.weight.and_then(|_| assignment::moment_arm(campaign, user.user_id, &segments, begun));
    let placement = Placement { segments, assigned, arms: catalog.arms(moment, wanted) };
    eligibility::check(case, event, history, &placement)
}

/// True if [`UserHistory::begun`] must be known for the verdict.
pub fn depends_on_begun(case: Case<'_>, event: EventFacts<'_>) -> bool {
    let Case { campaign, moment, user, .. } = case;
    moment.weight.is_some() && assignment::depends_on_progress(campaign, user.user_id, &case.segments(event))
}

/// The reward chosen for a user.
#[derive(Clone, Copy)]
pub struct Chosen<'a> {
    /// The reward that the app wants or the user is assigned.
    pub arm: &'a RewardGroupId,
    /// Its group, or the fallback in the user's marketplace.
    pub group: &'a RewardGroup,
}

/// Chooses the user's reward. Returns `None` if no reward that is valid in the marketplace is for the user.
pub fn choose<'a>(catalog: &'a Catalog, case: Case<'a>, now: Timestamp) -> Option<Chosen<'a>> {
    let arms = catalog.arms(case.moment, case.wanted);
    let arm = assign(case, &arms, now)?;
    let group = arm.valid_in(case.user.marketplace)?;
    Some(Chosen { arm: &arm.reward.reward_group_id, group })
}

/// Returns the arm that the user holds, or is assigned now.
pub fn assign<'a, 'b>(case: Case<'_>, arms: &'b [Arm<'a>], now: Timestamp) -> Option<&'b Arm<'a>> {
    let Case { campaign, moment, user, held, .. } = case;
    let segments = case.segments(EventFacts::now(now));
    assignment::choose_arm(campaign, moment, user.user_id, arms, held, user.marketplace, &segments)
}
