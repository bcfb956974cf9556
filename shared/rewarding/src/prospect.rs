//! What a user could be rewarded with if the moment were completed now: for whoever asks, and for whom a campaign is announced
//! to. Pure: what is known of the user comes in as a value.

use domain::campaign::catalog::Catalog;
use domain::campaign::counting::Happened;
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
use store::users::Standing;

/// Who is asked about, and what is known.
#[derive(Debug, Clone, Copy)]
pub struct Known<'a> {
    /// Who.
    pub user_id: &'a UserId,
    /// What the app told.
    pub profile: &'a Profile,
    /// How far the user is, and what the user has.
    pub standing: &'a Standing,
    /// What would be known of the event.
    pub event: Option<&'a Attributes>,
    /// The fingerprints that would be told.
    pub fingerprints: Option<&'a Fingerprints>,
    /// The one group that the app would ask for, if it chooses itself.
    pub wanted: Option<&'a RewardGroupId>,
}

/// What came out.
pub struct Prospect<'a> {
    /// Every check.
    pub verdict: Verdict,
    /// How far the user is.
    pub count: u64,
    /// What the user would get.
    pub group: Option<&'a RewardGroup>,
    /// Where the user's days begin.
    pub time_zone: TimeZone,
}

/// Judges a user for a moment, as if it were completed now.
pub fn judge<'a>(
    catalog: &'a Catalog,
    campaign: &'a Campaign,
    moment: &'a Moment,
    known: Known<'a>,
    stakes: Stakes,
    now: Timestamp,
) -> Prospect<'a> {
    let Known { user_id, profile, standing, event, fingerprints, wanted } = known;
    let progress =
        standing.progress_in(campaign).find(|(of, _)| **of == moment.moment_id).map(|(_, progress)| progress);
    let count = progress.map_or(0, |progress| progress.counted);
    let rewards = standing.rewards.iter();
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
    let happened = Happened { at: now, zone: time_zone, quantity: 1 };
    let is_full = |progress: &StoredProgress| progress.counted_with(moment, happened).is_none();
    let history = UserHistory {
        rewarded: u32::try_from(rewards.count()).unwrap_or(u32::MAX),
        period_spent: moment.repeat_limit.is_some() && progress.is_some_and(is_full),
        begun: standing.progress_in(campaign).map(|(moment, _)| moment).collect(),
    };
    let verdict = judging::judge(catalog, case, event, &history);
    let group = judging::choose(catalog, case, now).map(|chosen| chosen.group);
    Prospect { verdict, count, group, time_zone }
}
