//! Campaigns: their content, their states, and the checks before one is submitted. Judging users is `rules`' business.

pub mod assignment;
pub mod catalog;
pub mod counting;
pub mod forecast;
pub mod guards;
pub mod history;
pub mod matching;
pub mod obstacles;
pub mod quiet_hours;
pub mod rule;

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::campaign::guards::Guards;
use crate::campaign::quiet_hours::QuietHours;
use crate::campaign::rule::Rule;
use crate::competition::Competition;
use crate::id::{Action, AppId, CampaignId, MomentId, RewardGroupId};
use crate::instant::Sum as _;
use crate::message::Messages;
use crate::money::Money;
use crate::secret::LinkKey;
use crate::time_zone::TimeZone;

/// A campaign's kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CampaignKind {
    /// Announced to users before they can complete it.
    Challenge,
    /// Users hear of it when they are rewarded.
    Surprise,
    /// Ranks users, with prizes at the end.
    Competition,
}

/// The state that an admin set. `live` and `finished` are not stored: the clock decides them, see [`Phase`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CampaignState {
    /// Editable.
    Draft,
    /// Submitted; an admin has to decide.
    PendingApproval,
    /// In test mode until `starts_at`, live until `ends_at`, finished from then on.
    Approved,
    /// Rejected; a new `PUT` makes it a draft again.
    Rejected,
    /// Stopped by an admin: nothing counts or is awarded until it resumes.
    Suspended,
}

/// A campaign's state at one instant: the stored state, joined with the clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// Being written.
    Draft,
    /// An admin has to decide.
    PendingApproval,
    /// An admin said no.
    Rejected,
    /// Test mode: requests get real answers and use nothing up.
    Approved,
    /// Counting and awarding.
    Live,
    /// Stopped by an admin.
    Suspended,
    /// Over.
    Finished,
}

/// The sum of events that makes a moment's count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Count {
    /// Counts one per event ("make 5 deposits").
    Events,
    /// Counts each event's quantity ("collect 10,000 coins").
    Quantity,
    /// Keeps the highest quantity ("reach level 5").
    Highest,
    /// Counts days in a row with an event ("come back on 7 days in a row").
    Streak,
}

/// A calendar period in the user's time zone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Period {
    /// From midnight.
    Day,
    /// From Monday.
    Week,
    /// From the first.
    Month,
}

/// The most rewards of a moment that a user may earn in each period.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct RepeatLimit {
    /// The period.
    pub period: Period,
    /// 1 to 100.
    pub max_rewards: u32,
}

/// A reward group that a moment may award.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MomentReward {
    /// The reward group.
    pub reward_group_id: RewardGroupId,
    /// 1 to 1,000,000, relative to the other rewards of the moment.
    pub weight: u32,
    /// Segments of the campaign, of which a user needs one; empty means everybody.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub segments: Vec<String>,
}

/// An action to complete, with a target.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Moment {
    /// Unique within the campaign.
    pub moment_id: MomentId,
    /// The action that counts.
    pub action: Action,
    /// The sum that makes the count.
    pub count: Count,
    /// The count to reach: 1 to 10¹².
    pub target: u64,
    /// The most rewards for one user: 1 to 100.
    pub max_rewards_per_user: u32,
    /// The most rewards in each day, week or month.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub repeat_limit: Option<RepeatLimit>,
    /// For events: only those count that happened within this many hours of each other.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub within_hours: Option<u32>,
    /// For days in a row: the number of days that a user may miss in all.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub grace_days: u8,
    /// The marketplaces that offer it; empty means all.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub marketplaces: Vec<String>,
    /// The countries of `marketplaces`. Never stored: [`crate::campaign::catalog::Catalog::expand`] sets them.
    #[serde(skip)]
    pub countries: Vec<String>,
    /// Segments of the campaign, of which a user needs one; empty means everybody.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub segments: Vec<String>,
    /// The rule that an event must pass.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub when: Option<Rule>,
    /// Its share among the campaign's moments with a weight: each user is assigned one of these.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub weight: Option<u32>,
    /// Never empty.
    pub rewards: Vec<MomentReward>,
    /// Its own messages; the campaign's fill the gaps.
    #[serde(default, skip_serializing_if = "Messages::is_default")]
    pub messages: Messages,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_zero(days: &u8) -> bool {
    *days == 0
}

/// Hard limits on spending besides the budget. Rewards beyond one end closed; beyond a day's, they wait for the next
/// day.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Caps {
    /// For each day of the campaign's time zone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub per_day: Option<Money>,
    /// For each user.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub per_user: Option<Money>,
    /// For single moments.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub per_moment: BTreeMap<MomentId, Money>,
    /// For single reward groups. Beyond the limit, the group's fallback takes its place.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub per_group: BTreeMap<RewardGroupId, Money>,
}

impl Caps {
    /// True if no cap is set.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Returns the limit of a cap, if the campaign sets it.
    pub fn limit(&self, cap: &Cap) -> Option<Money> {
        match cap {
            Cap::Moment(moment) => self.per_moment.get(moment).copied(),
            Cap::Group(group) => self.per_group.get(group).copied(),
            Cap::Day(_) => self.per_day,
        }
    }
}

/// A cap that has a ledger of its own.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cap {
    /// A moment's.
    Moment(MomentId),
    /// A reward group's.
    Group(RewardGroupId),
    /// A day's, in the campaign's time zone, counted since 1970-01-01.
    Day(i32),
}

/// A time-bounded plan holding moments.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Campaign {
    /// The app that runs it.
    pub app_id: AppId,
    /// Unique within the app.
    pub campaign_id: CampaignId,
    /// For people.
    pub name: String,
    /// Challenge, surprise or competition.
    pub kind: CampaignKind,
    /// The stored state.
    #[serde(rename = "campaign_state")]
    pub state: CampaignState,
    /// The start, inclusive.
    pub starts_at: Timestamp,
    /// The end, exclusive.
    pub ends_at: Timestamp,
    /// The most it may spend in all.
    pub budget: Money,
    /// Further limits on spending.
    #[serde(default, skip_serializing_if = "Caps::is_empty")]
    pub caps: Caps,
    /// The number of rewards that its author expects: it is compared with budget, stock and caps, and decides nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expected_rewards: Option<u64>,
    /// The share of users who are counted but never rewarded: 0 to 100.
    pub holdout_percent: u8,
    /// The time zone of users who have none of their own; UTC by default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time_zone: Option<TimeZone>,
    /// Groups of users by name, each with its rule.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub segments: BTreeMap<String, Rule>,
    /// Messages for moments without their own.
    #[serde(default, skip_serializing_if = "Messages::is_default")]
    pub messages: Messages,
    /// When no message that can wait is pushed, in the user's time zone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quiet_hours: Option<QuietHours>,
    /// Protection against fraud; none by default.
    #[serde(default, skip_serializing_if = "Guards::is_empty")]
    pub guards: Guards,
    /// Never empty. A competition has one, whose rewards are the competition's prizes.
    pub moments: Vec<Moment>,
    /// For a competition: how it ranks, and what places win.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub competition: Option<Competition>,
    /// The moments' weights before each change of a running campaign, the earliest first. Their users keep their
    /// moment.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub weights_before: Vec<BTreeMap<MomentId, u32>>,
    /// The reason that was given with the last change of state.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Ledger slots that hold the budget; 0 until it is approved.
    pub slots: u16,
    /// The higher budget, in minor units, that waits for another person's approval.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proposed_budget_minor: Option<i64>,
    /// Signs reward ids, from the approval on. Campaigns that were approved without one get it with the next change.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub link_key: Option<LinkKey>,
    /// Rises by one with every change.
    pub version: u64,
}

/// The time after a campaign's end in which an earlier event may still arrive and count: a phone may have been offline.
/// Users who wait for rewards get them after the end anyway.
pub const LATE_GRACE: SignedDuration = SignedDuration::from_mins(30);

impl Campaign {
    /// Returns the phase for an event that happened at `occurred_at` and arrives at `now`. Within the
    /// [`Campaign::late_grace`] of its end, a campaign is still live for earlier events.
    pub fn phase_for(&self, occurred_at: Timestamp, now: Timestamp) -> Phase {
        let in_time = occurred_at < self.ends_at && now < self.ends_at.plus(self.late_grace());
        match self.phase(now) {
            Phase::Finished if in_time => Phase::Live,
            phase => phase,
        }
    }

    /// Returns the time after the end in which an earlier event counts. A competition names its own.
    pub fn late_grace(&self) -> SignedDuration {
        let minutes = self.competition.as_ref().map(|competition| i64::from(competition.grace_minutes));
        minutes.map_or(LATE_GRACE, SignedDuration::from_mins)
    }

    /// Returns the phase at `now`.
    pub fn phase(&self, now: Timestamp) -> Phase {
        match self.state {
            CampaignState::Draft => Phase::Draft,
            CampaignState::PendingApproval => Phase::PendingApproval,
            CampaignState::Rejected => Phase::Rejected,
            CampaignState::Suspended => Phase::Suspended,
            CampaignState::Approved if now < self.starts_at => Phase::Approved,
            CampaignState::Approved if now < self.ends_at => Phase::Live,
            CampaignState::Approved => Phase::Finished,
        }
    }

    /// Returns the moment with that id.
    pub fn moment(&self, moment_id: &MomentId) -> Option<&Moment> {
        self.moments.iter().find(|moment| &moment.moment_id == moment_id)
    }

    /// Returns the day that a cap per day counts, in the campaign's own time zone.
    pub fn day(&self, at: Timestamp) -> i32 {
        self.time_zone.unwrap_or(TimeZone::UTC).day(at)
    }

    /// Returns the rules that decide about an event for a moment, with all segments that can decide about its
    /// assignment.
    pub fn rules_of<'a>(&'a self, moment: &'a Moment) -> impl Iterator<Item = &'a Rule> {
        let segmented = |moment: &Moment| {
            !moment.segments.is_empty() || moment.rewards.iter().any(|reward| !reward.segments.is_empty())
        };
        let by_segment = segmented(moment) || (moment.weight.is_some() && self.moments.iter().any(segmented));
        let of_segments = self.segments.values().filter(move |_| by_segment);
        moment.when.iter().chain(of_segments).chain(self.guards.rule())
    }

    /// Returns the weights of the moments that have one.
    pub fn weights(&self) -> BTreeMap<MomentId, u32> {
        self.moments.iter().filter_map(|moment| Some((moment.moment_id.clone(), moment.weight?))).collect()
    }
}

/// True if something for `segments` is for a user in `of_user`. No segments means everybody.
pub fn is_for(segments: &[String], of_user: &[&str]) -> bool {
    segments.is_empty() || segments.iter().any(|segment| of_user.contains(&segment.as_str()))
}

impl Moment {
    /// True if the marketplace offers the moment. Users without a marketplace get only what all marketplaces offer.
    pub fn is_offered_in(&self, marketplace: Option<&str>) -> bool {
        self.marketplaces.is_empty()
            || marketplace.is_some_and(|marketplace| {
                let mut offered = self.marketplaces.iter().chain(&self.countries);
                offered.any(|offered| offered.eq_ignore_ascii_case(marketplace))
            })
    }

    /// True if counting an event depends on earlier ones; see `counting`.
    pub fn needs_history(&self) -> bool {
        self.count == Count::Streak || self.within_hours.is_some() || self.repeat_limit.is_some()
    }

    /// True if counting depends on the user's calendar day.
    pub fn needs_day(&self) -> bool {
        self.count == Count::Streak || self.repeat_limit.is_some()
    }

    /// Returns the highest count that a user can reach: the target, once per reward.
    pub fn cap(&self) -> u64 {
        self.target * u64::from(self.max_rewards_per_user)
    }

    /// Returns the number of rewards that a count has earned.
    pub fn earned(&self, count: u64) -> u32 {
        let earned = (count / self.target).min(u64::from(self.max_rewards_per_user));
        u32::try_from(earned).unwrap_or(self.max_rewards_per_user)
    }
}
