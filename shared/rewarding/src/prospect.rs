//! What a user could be rewarded with if the moment were completed now: for whoever asks, and for whom a campaign is announced
//! to. Pure: what is known of the user comes in as a value.

use crate::outcome::{self, Earned};
use domain::campaign::catalog::Catalog;
use domain::campaign::counting::Happened;
use domain::campaign::guards::{Fingerprints, Guarded};
use domain::campaign::{Campaign, Moment, assignment};
use domain::id::{CampaignId, MomentId, RewardGroupId, UserId};
use domain::reward::RewardState;
use domain::reward::group::RewardGroup;
use domain::secret::Attributes;
use domain::time_zone::TimeZone;
use domain::user::Profile;
use jiff::Timestamp;
use store::progress::StoredProgress;
use store::users::Standing;

use rules::eligibility::{self, Occasion, Subject, Verdict};

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
    now: Timestamp,
    test: bool,
) -> Prospect<'a> {
    let Known { user_id, profile, standing, event, fingerprints, wanted } = known;
    let progress_of = |moment_id: &MomentId| {
        let of = |(campaign_id, of, _): &&(CampaignId, MomentId, StoredProgress)| {
            campaign_id == &campaign.campaign_id && of == moment_id
        };
        standing.progress.iter().find(of).map(|(_, _, progress)| progress)
    };
    let progress = progress_of(&moment.moment_id);
    let count = progress.map_or(0, |progress| progress.counted);
    let rewards = standing.rewards.iter();
    let rewards = rewards
        .filter(|reward| *reward.campaign_id() == campaign.campaign_id && reward.moment_id == moment.moment_id)
        .filter(|reward| reward.state != RewardState::Waiting);
    let subject = Subject {
        user_id,
        marketplace: profile.marketplace.as_deref(),
        locale: profile.locale.as_deref(),
        time_zone: profile.time_zone,
        attributes: Some(&profile.attributes),
    };
    let occasion = Occasion {
        attributes: event,
        fingerprints,
        counted: count,
        rewarded: u32::try_from(rewards.count()).unwrap_or(u32::MAX),
        ..Occasion::now(now, test)
    };
    let segments = eligibility::segments_of(campaign, &eligibility::facts(moment, subject, occasion));
    let begun = |moment: &MomentId| progress_of(moment).is_some();
    let assigned = assignment::moment_arm(campaign, user_id, &segments, begun);
    let arms = catalog.arms(moment, wanted);
    let arm = progress.and_then(|progress| progress.arm.as_ref());
    let time_zone = subject.time_zone.or(campaign.time_zone).unwrap_or(TimeZone::UTC);
    let happened = Happened { at: now, zone: time_zone, quantity: 1 };
    let is_full = |progress: &StoredProgress| progress.counted_with(moment, happened).is_none();
    let period_spent = moment.repeat_limit.is_some() && progress.is_some_and(is_full);
    let occasion = Occasion { assigned, period_spent, held: arm, ..occasion };
    let verdict = eligibility::judge(campaign, moment, &arms, subject, occasion);
    let earned = Earned {
        campaign,
        moment,
        subject,
        occurrence: 0,
        completes: false,
        count,
        arm,
        wanted,
        is_unseen: true,
        guarded: Guarded::default(),
    };
    Prospect { verdict, count, group: outcome::choose(catalog, earned, now).ok().map(|chosen| chosen.group), time_zone }
}
