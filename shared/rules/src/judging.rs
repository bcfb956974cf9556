//! The one way from a user and an event to a verdict: the user's segments, the moment that the user is assigned, every
//! check of `eligibility`. Then the choice of the reward. Pure: everything from the table comes in as a value.

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

/// True if the verdict depends on where the user has begun: then [`UserHistory::begun`] must be known.
pub fn depends_on_begun(case: Case<'_>, event: EventFacts<'_>) -> bool {
    let Case { campaign, moment, user, .. } = case;
    moment.weight.is_some() && assignment::depends_on_progress(campaign, user.user_id, &case.segments(event))
}

/// A user's reward, of all that a moment has.
#[derive(Clone, Copy)]
pub struct Chosen<'a> {
    /// The reward that the app wants, or that the user is assigned.
    pub arm: &'a RewardGroupId,
    /// The group of that name, or the one that stands in for it in the user's marketplace.
    pub group: &'a RewardGroup,
}

/// Chooses the user's reward. Returns `None` if no reward that is valid in the user's marketplace is for the user.
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
    assignment::choose_arm(campaign, moment, user.user_id, (arms, held), user.marketplace, &segments)
}
