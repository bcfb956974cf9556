//! A user's prospect of a reward, if the moment were completed now. Pure: everything from the table is a parameter.

use domain::campaign::catalog::Catalog;
use domain::campaign::counting::CountedEvent;
use domain::campaign::guards::Fingerprints;
use domain::campaign::{Campaign, Moment};
use domain::id::{RewardGroupId, UserId};
use domain::request_mode::Stakes;
use domain::reward::RewardState;
use domain::reward::group::RewardGroup;
use domain::secret::Attributes;
use domain::time_zone::TimeZone;
use domain::user::Profile;
use jiff::Timestamp;
use rules::eligibility::{Case, EventFacts, Subject, UserHistory, Verdict};
use rules::judging;
use store::progress::StoredProgress;
use store::users::UserState;

/// A user, and what is known of the user and the event.
#[derive(Debug, Clone, Copy)]
pub struct Known<'a> {
    /// The app's id of the user.
    pub user_id: &'a UserId,
    /// The user's profile.
    pub profile: &'a Profile,
    /// The user's progress and rewards.
    pub state: &'a UserState,
    /// The attributes that the event would have.
    pub event: Option<&'a Attributes>,
    /// The fingerprints that the event would have.
    pub fingerprints: Option<&'a Fingerprints>,
    /// The one group that the app would ask for, if it chooses itself.
    pub wanted: Option<&'a RewardGroupId>,
}

/// The verdict, and the reward on offer.
pub struct Prospect<'a> {
    /// Every check.
    pub verdict: Verdict,
    /// The user's count.
    pub count: u64,
    /// The group of the reward that the user would get.
    pub group: Option<&'a RewardGroup>,
    /// The time zone of the user's days.
    pub time_zone: TimeZone,
}

impl<'a> Prospect<'a> {
    /// Judges a user for a moment, as if it were completed now.
    pub fn of(
        catalog: &'a Catalog,
        campaign: &'a Campaign,
        moment: &'a Moment,
        known: Known<'a>,
        stakes: Stakes,
        now: Timestamp,
    ) -> Self {
        let Known { user_id, profile, state, event, fingerprints, wanted } = known;
        let progress =
            state.progress_in(campaign).find(|(of, _)| **of == moment.moment_id).map(|(_, progress)| progress);
        let count = progress.map_or(0, |progress| progress.counted);
        let rewards = state.rewards.iter();
        let rewards = rewards
            .filter(|reward| *reward.campaign_id() == campaign.campaign_id && reward.moment_id == moment.moment_id)
            .filter(|reward| reward.state != RewardState::Waiting);
        let case = Case {
            campaign,
            moment,
            user: Subject::of(user_id, profile),
            stakes,
            counted: count,
            held: progress.and_then(|progress| progress.arm.as_ref()),
            wanted,
        };
        let event = EventFacts { attributes: event, fingerprints, ..EventFacts::now(now) };
        let time_zone = case.time_zone();
        let happened = CountedEvent { at: now, zone: time_zone, quantity: 1 };
        let is_full = |progress: &StoredProgress| progress.counted_with(moment, happened).is_none();
        let history = UserHistory {
            rewarded: u32::try_from(rewards.count()).unwrap_or(u32::MAX),
            period_spent: moment.repeat_limit.is_some() && progress.is_some_and(is_full),
            begun: state.progress_in(campaign).map(|(moment, _)| moment).collect(),
        };
        let verdict = judging::judge(catalog, case, event, &history);
        let group = judging::choose(catalog, case, now).map(|chosen| chosen.group);
        Self { verdict, count, group, time_zone }
    }
}
