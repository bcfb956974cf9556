//! Campaigns: what they hold, the states they pass through, and what must be true before one is submitted. Judging a
//! user against a campaign is `eligibility`; storing one is `store::campaigns`.

pub mod assignment;
pub mod catalog;
pub mod counting;
pub mod guards;
pub mod history;
pub mod matching;
pub mod quiet_hours;
pub mod rule;

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::campaign::guards::Guards;
use crate::campaign::quiet_hours::QuietHours;
use crate::campaign::rule::Rule;
use crate::id::{Action, AppId, CampaignId, MomentId, RewardGroupId};
use crate::message::{MessageKind, Messages, message};
use crate::money::Money;
use crate::reward::group::{self, RewardGroup};
use crate::secret::LinkKey;
use crate::time_zone::TimeZone;

/// Announced first, never announced, or ranked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CampaignKind {
    /// Announced to users first, who are congratulated when they complete it.
    Challenge,
    /// Users hear of it only when they are rewarded.
    Surprise,
    /// Users are ranked, and prizes are given at the end.
    Competition,
}

/// The state an admin put a campaign in. `live` and `finished` are not stored: the clock decides them, see [`Phase`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CampaignState {
    /// May be edited freely.
    Draft,
    /// Submitted, and waiting for an admin's decision.
    PendingApproval,
    /// In test mode until `starts_at`, live until `ends_at`, finished from then on.
    Approved,
    /// Turned down; a new `PUT` makes it a draft again.
    Rejected,
    /// Stopped by an admin: nothing is counted or awarded until it is resumed.
    Suspended,
}

/// Where a campaign stands at one instant: its state, joined with the clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// Being written.
    Draft,
    /// Waiting for a decision.
    PendingApproval,
    /// Turned down.
    Rejected,
    /// Test mode: the whole flow answers, nothing is consumed.
    Approved,
    /// Counting and awarding.
    Live,
    /// Stopped by an admin.
    Suspended,
    /// Over.
    Finished,
}

/// How a moment counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Count {
    /// Each event counts one ("make 5 deposits").
    Events,
    /// Each event counts its quantity ("collect 10,000 coins").
    Quantity,
    /// The highest quantity seen counts ("reach level 5").
    Highest,
    /// Each day in a row on which something happened counts one ("come back on 7 days in a row").
    Streak,
}

/// A stretch of the calendar in the user's time zone.
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

/// How many rewards of a moment a user may earn in each stretch of the calendar.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct RepeatLimit {
    /// In each of what.
    pub period: Period,
    /// So many at most: 1 to 100.
    pub max_rewards: u32,
}

/// A reward group that a moment may award, and its share among the others.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MomentReward {
    /// The reward group.
    pub reward_group_id: RewardGroupId,
    /// Its share: 1 to 1,000,000, relative to the other rewards of the moment.
    pub weight: u32,
    /// Whom it is for: users in any of these segments of the campaign; empty means everybody.
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
    /// How it counts.
    pub count: Count,
    /// What to reach: 1 to 10¹².
    pub target: u64,
    /// How often one user may be rewarded for it: 1 to 100.
    pub max_rewards_per_user: u32,
    /// How often in each day, week or month.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub repeat_limit: Option<RepeatLimit>,
    /// Of events: only those count that happened within so many hours of each other.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub within_hours: Option<u32>,
    /// Of days in a row: so many in all may be missed.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub grace_days: u8,
    /// Where it is offered; empty means everywhere.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub marketplaces: Vec<String>,
    /// The countries of those that the app declares. Never stored: [`crate::campaign::catalog::Catalog::expand`] sets it.
    #[serde(skip)]
    pub countries: Vec<String>,
    /// Whom it is for: users in any of these segments of the campaign; empty means everybody.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub segments: Vec<String>,
    /// Which events count, by a rule.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub when: Option<Rule>,
    /// Its share, relative to the campaign's other moments that have one: of these, a user is assigned one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub weight: Option<u32>,
    /// What it awards; never empty.
    pub rewards: Vec<MomentReward>,
    /// What users are told, where it is not what the campaign says.
    #[serde(default, skip_serializing_if = "Messages::is_default")]
    pub messages: Messages,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_zero(days: &u8) -> bool {
    *days == 0
}

/// The most that may be spent besides the budget, each of it hard: what exceeds one ends closed, and what exceeds a day's waits
/// for the next.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Caps {
    /// In each day of the campaign's time zone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub per_day: Option<Money>,
    /// On each user.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub per_user: Option<Money>,
    /// On a moment.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub per_moment: BTreeMap<MomentId, Money>,
    /// On a reward group; then it is the turn of what stands in for it.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub per_group: BTreeMap<RewardGroupId, Money>,
}

impl Caps {
    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// How much may be spent under a cap that has a ledger, if the campaign has it.
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
    /// Of a moment.
    Moment(MomentId),
    /// Of a reward group.
    Group(RewardGroupId),
    /// Of a day of the campaign's time zone, counted since 1970-01-01.
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
    /// What an admin decided.
    #[serde(rename = "campaign_state")]
    pub state: CampaignState,
    /// From when it counts.
    pub starts_at: Timestamp,
    /// Until when it counts, exclusive.
    pub ends_at: Timestamp,
    /// The most it may ever spend.
    pub budget: Money,
    /// What may be spent at the most besides.
    #[serde(default, skip_serializing_if = "Caps::is_empty")]
    pub caps: Caps,
    /// The share of users who are counted but never rewarded: 0 to 100.
    pub holdout_percent: u8,
    /// Where days, weeks and months begin for users whose own time zone is not known; UTC unless told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time_zone: Option<TimeZone>,
    /// Groups of users that its moments and rewards can be for, by name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub segments: BTreeMap<String, Rule>,
    /// What users are told about every moment that says nothing else.
    #[serde(default, skip_serializing_if = "Messages::is_default")]
    pub messages: Messages,
    /// When users are told of nothing that can wait, in their own time zones.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quiet_hours: Option<QuietHours>,
    /// What it does against fraud; nothing unless told.
    #[serde(default, skip_serializing_if = "Guards::is_empty")]
    pub guards: Guards,
    /// What users can complete; never empty.
    pub moments: Vec<Moment>,
    /// The moments' weights before each change of them while the campaign ran, the earliest first: whoever was assigned by them
    /// stays where they are.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub weights_before: Vec<BTreeMap<MomentId, u32>>,
    /// Why it is in its state, as whoever moved it there said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Ledger slots that its budget is escrowed in; 0 until it is approved.
    pub slots: u16,
    /// What its reward ids are signed with, from its approval on. A campaign that was approved by an earlier version gets its
    /// key with the next change.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub link_key: Option<LinkKey>,
    /// One more with every change.
    pub version: u64,
}

/// How long after the end of a campaign an event still counts that happened before it: a phone may have been offline. Rewards and
/// their budget go on after the end anyway, for those who wait.
pub const LATE_GRACE: SignedDuration = SignedDuration::from_mins(30);

impl Campaign {
    /// Where the campaign stands for an event that happened at `occurred_at` and arrives at `now`: it is live also within
    /// [`LATE_GRACE`] of its end, for what happened before the end.
    pub fn phase_for(&self, occurred_at: Timestamp, now: Timestamp) -> Phase {
        let in_time = occurred_at < self.ends_at && now.duration_since(self.ends_at) < LATE_GRACE;
        match self.phase(now) {
            Phase::Finished if in_time => Phase::Live,
            phase => phase,
        }
    }

    /// Where the campaign stands at `now`.
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

    /// The moment of that id.
    pub fn moment(&self, moment_id: &MomentId) -> Option<&Moment> {
        self.moments.iter().find(|moment| &moment.moment_id == moment_id)
    }

    /// The day that a cap per day counts, in the campaign's own time zone.
    pub fn day(&self, at: Timestamp) -> i32 {
        self.time_zone.unwrap_or(TimeZone::UTC).day(at)
    }

    /// The rules that decide about an event for a moment, those of its siblings' segments included.
    pub fn rules_of<'a>(&'a self, moment: &'a Moment) -> impl Iterator<Item = &'a Rule> {
        let segmented = |moment: &Moment| {
            !moment.segments.is_empty() || moment.rewards.iter().any(|reward| !reward.segments.is_empty())
        };
        let by_segment = segmented(moment) || (moment.weight.is_some() && self.moments.iter().any(segmented));
        let of_segments = self.segments.values().filter(move |_| by_segment);
        moment.when.iter().chain(of_segments).chain(self.guards.rule())
    }

    /// The moments' weights, of those that have one.
    pub fn weights(&self) -> BTreeMap<MomentId, u32> {
        self.moments.iter().filter_map(|moment| Some((moment.moment_id.clone(), moment.weight?))).collect()
    }

    /// Everything that stands in the way of submitting the campaign, as (JSON pointer, what to do) pairs, all at once.
    /// `groups` are the app's reward groups, and `empty` are those of which, and of what stands in for them, nothing is in
    /// stock.
    pub fn obstacles(&self, groups: &[RewardGroup], empty: &[RewardGroupId], now: Timestamp) -> Vec<(String, String)> {
        let mut obstacles = Vec::new();
        if self.ends_at <= now {
            obstacles.push(("/ends_at".into(), format!("is in the past ({}); choose a later end", self.ends_at)));
        }
        if self.kind == CampaignKind::Competition {
            obstacles.push(("/kind".into(), "competitions cannot be run yet; use challenge or surprise".into()));
        }
        for (index, moment) in self.moments.iter().enumerate() {
            if self.kind == CampaignKind::Challenge && message(self, moment, MessageKind::Announcement, None).is_none()
            {
                let pointer = format!("/moments/{index}/messages/announcement");
                obstacles.push((pointer, "is needed: a challenge is announced".into()));
            }
            for (position, reward) in moment.rewards.iter().enumerate() {
                let pointer = format!("/moments/{index}/rewards/{position}/reward_group_id");
                match groups.iter().find(|group| group.reward_group_id == reward.reward_group_id) {
                    None => {
                        obstacles.push((pointer, format!("no reward group {} in this app", reward.reward_group_id)))
                    }
                    Some(group) => self.obstacles_of_group(group, empty, pointer, &mut obstacles),
                }
            }
            for (position, marketplace) in moment.marketplaces.iter().enumerate() {
                let reaches = |reward: &MomentReward| {
                    let group = groups.iter().find(|group| group.reward_group_id == reward.reward_group_id);
                    let stand_ins = group.map_or_else(Vec::new, |group| group::stand_ins(groups, group));
                    group.into_iter().chain(stand_ins).any(|group| group.is_valid_in(Some(marketplace)))
                };
                if !moment.rewards.iter().any(reaches) {
                    let pointer = format!("/moments/{index}/marketplaces/{position}");
                    let detail =
                        format!("{marketplace} has no reward: none of the moment's reward groups is valid there");
                    obstacles.push((pointer, detail));
                }
            }
        }
        self.obstacles_of_caps(groups, &mut obstacles);
        obstacles
    }

    /// A cap that does not cover one reward would close whatever is completed.
    fn obstacles_of_caps(&self, groups: &[RewardGroup], obstacles: &mut Vec<(String, String)>) {
        let cheapest = |moments: &mut dyn Iterator<Item = &Moment>| {
            let rewards = moments.flat_map(|moment| &moment.rewards);
            let of = |id: &RewardGroupId| groups.iter().find(|group| group.reward_group_id == *id);
            rewards.filter_map(|reward| of(&reward.reward_group_id)).map(|group| group.cpa.amount_minor).min()
        };
        let mut unknown = Vec::new();
        let mut check = |pointer: String, cap: &Money, cheapest: Option<i64>| {
            if let Some(cpa) = cheapest.filter(|cpa| cap.amount_minor < *cpa) {
                obstacles.push((format!("{pointer}/amount_minor"), format!("does not cover one reward ({cpa})")));
            }
        };
        let all = cheapest(&mut self.moments.iter());
        self.caps.per_day.iter().for_each(|cap| check("/caps/per_day".into(), cap, all));
        self.caps.per_user.iter().for_each(|cap| check("/caps/per_user".into(), cap, all));
        for (moment, cap) in &self.caps.per_moment {
            let own = cheapest(&mut self.moments.iter().filter(|own| own.moment_id == *moment));
            check(format!("/caps/per_moment/{moment}"), cap, own);
        }
        for (group, cap) in &self.caps.per_group {
            let pointer = format!("/caps/per_group/{group}");
            match groups.iter().find(|own| own.reward_group_id == *group) {
                Some(own) => check(pointer, cap, Some(own.cpa.amount_minor)),
                None => unknown.push((pointer, format!("no reward group {group} in this app"))),
            }
        }
        obstacles.append(&mut unknown);
    }

    fn obstacles_of_group(
        &self,
        group: &RewardGroup,
        empty: &[RewardGroupId],
        pointer: String,
        obstacles: &mut Vec<(String, String)>,
    ) {
        let id = &group.reward_group_id;
        if empty.contains(id) {
            let detail =
                format!("reward group {id} has nothing in stock; load it first (new stock shows after a second)");
            obstacles.push((pointer.clone(), detail));
        }
        if group.cpa.currency != self.budget.currency {
            let detail = format!("costs {}, but the budget is in {}", group.cpa.currency, self.budget.currency);
            obstacles.push((pointer, detail));
        } else if group.cpa.amount_minor > self.budget.amount_minor {
            let detail = format!("does not cover one reward of group {id} ({})", group.cpa.amount_minor);
            obstacles.push(("/budget/amount_minor".into(), detail));
        }
    }
}

/// Whether what is for these segments is for a user who is in those; what names none is for everybody.
pub fn is_for(segments: &[String], of_user: &[&str]) -> bool {
    segments.is_empty() || segments.iter().any(|segment| of_user.contains(&segment.as_str()))
}

impl Moment {
    /// Whether the moment is offered in a marketplace. A user whose marketplace is unknown is offered only what is offered
    /// everywhere.
    pub fn is_offered_in(&self, marketplace: Option<&str>) -> bool {
        self.marketplaces.is_empty()
            || marketplace.is_some_and(|marketplace| {
                let mut offered = self.marketplaces.iter().chain(&self.countries);
                offered.any(|offered| offered.eq_ignore_ascii_case(marketplace))
            })
    }

    /// Whether counting an event takes knowledge of those before it; see `counting`.
    pub fn needs_history(&self) -> bool {
        self.count == Count::Streak || self.within_hours.is_some() || self.repeat_limit.is_some()
    }

    /// Whether it matters which day it is where the user is.
    pub fn needs_day(&self) -> bool {
        self.count == Count::Streak || self.repeat_limit.is_some()
    }

    /// The count that a user can reach at most: the target, once per reward that the moment allows.
    pub fn cap(&self) -> u64 {
        self.target * u64::from(self.max_rewards_per_user)
    }

    /// How many rewards a count has earned.
    pub fn earned(&self, count: u64) -> u32 {
        let earned = (count / self.target).min(u64::from(self.max_rewards_per_user));
        u32::try_from(earned).unwrap_or(self.max_rewards_per_user)
    }
}
