//! A user's prospect of a reward, if the moment were completed now. Pure: everything from the table is a parameter.

use domain::campaign::catalog::Catalog;
use domain::campaign::counting::CountedEvent;
use domain::campaign::{Campaign, Moment};
use domain::id::RewardGroupId;
use domain::request_mode::Stakes;
use domain::reward::RewardState;
use domain::reward::group::RewardGroup;
use rules::eligibility::{Case, EventFacts, Subject, UserHistory, Verdict};
use rules::judging;
use store::progress::StoredProgress;
use store::users::UserState;

/// A user, and what is known of the user and the event.
#[derive(Debug, Clone, Copy)]
pub struct Known<'a> {
    /// The user.
    pub user: Subject<'a>,
    /// The user's progress and rewards.
    pub state: &'a UserState,
    /// The event that would complete the moment.
    pub event: EventFacts<'a>,
    /// The one group that the app would ask for, if it chooses itself.
    pub wanted: Option<&'a RewardGroupId>,
}

/// The verdict, and the reward on offer.
pub struct Prospect<'a> {
    /// The user at the moment.
    pub case: Case<'a>,
    /// Every check.
    pub verdict: Verdict,
    /// The group of the reward that the user would get.
    pub group: Option<&'a RewardGroup>,
}

impl<'a> Prospect<'a> {
    /// Judges a user for a moment, as if it were completed now.
    pub fn of(
        catalog: &'a Catalog,
        campaign: &'a Campaign,
        moment: &'a Moment,
        known: Known<'a>,
        stakes: Stakes,
    ) -> Self {
        let Known { user, state, event, wanted } = known;
        let progress = state.progress_of(campaign, moment);
        let rewards = state.rewards.iter();
        let rewards = rewards
            .filter(|reward| *reward.campaign_id() == campaign.campaign_id && reward.moment_id == moment.moment_id)
            .filter(|reward| reward.state != RewardState::Waiting);
        let case = Case {
            campaign,
            moment,
            user,
            stakes,
            counted: progress.map_or(0, |progress| progress.counted),
            held: progress.and_then(|progress| progress.arm.as_ref()),
            wanted,
        };
        let happened = CountedEvent { at: event.now, zone: case.time_zone(), quantity: 1 };
        let is_full = |progress: &StoredProgress| progress.counted_with(moment, happened).is_none();
        let history = UserHistory {
            rewarded: u32::try_from(rewards.count()).unwrap_or(u32::MAX),
            period_spent: moment.repeat_limit.is_some() && progress.is_some_and(is_full),
            begun: state.progress_in(campaign).map(|(moment, _)| moment).collect(),
        };
        let verdict = judging::judge(catalog, case, event, &history);
        let group = judging::choose(catalog, case, event.now).map(|chosen| chosen.group);
        Self { case, verdict, group }
    }
}
