//! What keeps a campaign from being submitted: each obstacle with the field that has to change, the reason for programs,
//! and the values that decided.

use jiff::Timestamp;

use super::{Campaign, CampaignKind, Moment, MomentReward};
use crate::error::FieldError;
use crate::id::RewardGroupId;
use crate::message::{MessageKind, message};
use crate::money::Money;
use crate::reward::group::{self, RewardGroup};

/// Returns an obstacle. Its `reason` tells obstacles apart, which all have the same code.
pub fn obstacle(reason: &'static str, pointer: impl Into<String>, detail: impl Into<String>) -> FieldError {
    FieldError::new(pointer, "obstacle", detail).with("reason", reason)
}

impl Campaign {
    /// Returns everything that keeps the campaign from being submitted. `groups` are the app's reward groups. `empty` are
    /// the groups without stock whose fallbacks have none either.
    pub fn obstacles(&self, groups: &[RewardGroup], empty: &[RewardGroupId], now: Timestamp) -> Vec<FieldError> {
        let mut obstacles = Vec::new();
        if self.ends_at <= now {
            let detail = format!("is in the past ({}); choose a later end", self.ends_at);
            obstacles.push(obstacle("ends_in_the_past", "/ends_at", detail));
        }
        self.obstacles_of_competition(groups, &mut obstacles);
        for (index, moment) in self.moments.iter().enumerate() {
            if self.kind == CampaignKind::Challenge && message(self, moment, MessageKind::Announcement, None).is_none()
            {
                let pointer = format!("/moments/{index}/messages/announcement");
                let detail = "is needed: a challenge is announced";
                obstacles.push(obstacle("no_announcement", pointer, detail));
            }
            for (position, reward) in moment.rewards.iter().enumerate() {
                let pointer = format!("/moments/{index}/rewards/{position}/reward_group_id");
                match groups.iter().find(|group| group.reward_group_id == reward.reward_group_id) {
                    None => obstacles.push(unknown_group(pointer, &reward.reward_group_id)),
                    Some(group) => self.obstacles_of_group(group, empty, pointer, &mut obstacles),
                }
            }
            obstacles_of_marketplaces(moment, index, groups, &mut obstacles);
        }
        self.obstacles_of_caps(groups, &mut obstacles);
        obstacles
    }

    fn obstacles_of_competition(&self, groups: &[RewardGroup], obstacles: &mut Vec<FieldError>) {
        if let Some(competition) = &self.competition {
            let worst = competition.worst_case(self, groups);
            if worst > self.budget.amount_minor {
                let detail = format!(
                    "does not cover every prize in every window: they can cost {worst}, which is {} more",
                    worst.saturating_sub(self.budget.amount_minor)
                );
                let error = obstacle("prizes_over_budget", "/budget/amount_minor", detail);
                obstacles.push(error.with("cost_minor", worst).with("currency", self.budget.currency.code()));
            }
        }
        if self.kind == CampaignKind::Competition && self.competition.is_none() {
            let detail = "is needed: put the campaign again with `competition`, which says how it ranks and what wins";
            obstacles.push(obstacle("no_competition", "/competition", detail));
        }
    }

    /// A cap below the price of one reward would close everything that users complete.
    fn obstacles_of_caps(&self, groups: &[RewardGroup], obstacles: &mut Vec<FieldError>) {
        let cheapest = |moments: &mut dyn Iterator<Item = &Moment>| {
            let rewards = moments.flat_map(|moment| &moment.rewards);
            let of = |id: &RewardGroupId| groups.iter().find(|group| group.reward_group_id == *id);
            rewards.filter_map(|reward| of(&reward.reward_group_id)).map(|group| group.cpa.amount_minor).min()
        };
        let mut unknown = Vec::new();
        let mut check = |pointer: String, cap: &Money, cheapest: Option<i64>| {
            if let Some(cpa) = cheapest.filter(|cpa| cap.amount_minor < *cpa) {
                let pointer = format!("{pointer}/amount_minor");
                let error = obstacle("cap_too_low", pointer, format!("does not cover one reward ({cpa})"));
                obstacles.push(error.with("cost_minor", cpa).with("currency", cap.currency.code()));
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
                None => unknown.push(unknown_group(pointer, group)),
            }
        }
        obstacles.append(&mut unknown);
    }

    fn obstacles_of_group(
        &self,
        group: &RewardGroup,
        empty: &[RewardGroupId],
        pointer: String,
        obstacles: &mut Vec<FieldError>,
    ) {
        let id = &group.reward_group_id;
        if empty.contains(id) {
            let detail =
                format!("reward group {id} has nothing in stock; load it first (new stock shows after a second)");
            obstacles.push(obstacle("no_stock", pointer.clone(), detail).with("group", id));
        }
        let (own, other) = (group.cpa.currency, self.budget.currency);
        if own != other {
            let error = obstacle("other_currency", pointer, format!("costs {own}, but the budget is in {other}"));
            obstacles.push(error.with("group", id).with("currency", own.code()).with("budget", other.code()));
        } else if group.cpa.amount_minor > self.budget.amount_minor {
            let detail = format!("does not cover one reward of group {id} ({})", group.cpa.amount_minor);
            let error = obstacle("budget_too_low", "/budget/amount_minor", detail);
            obstacles
                .push(error.with("group", id).with("cost_minor", group.cpa.amount_minor).with("currency", own.code()));
        }
    }
}

fn unknown_group(pointer: String, group: &RewardGroupId) -> FieldError {
    obstacle("unknown_group", pointer, format!("no reward group {group} in this app")).with("group", group)
}

fn obstacles_of_marketplaces(moment: &Moment, index: usize, groups: &[RewardGroup], obstacles: &mut Vec<FieldError>) {
    for (position, marketplace) in moment.marketplaces.iter().enumerate() {
        let reaches = |reward: &MomentReward| {
            let group = groups.iter().find(|group| group.reward_group_id == reward.reward_group_id);
            let stand_ins = group.map_or_else(Vec::new, |group| group::stand_ins(groups, group));
            group.into_iter().chain(stand_ins).any(|group| group.is_valid_in(Some(marketplace)))
        };
        if !moment.rewards.iter().any(reaches) {
            let pointer = format!("/moments/{index}/marketplaces/{position}");
            let detail = format!("{marketplace} has no reward: none of the moment's reward groups is valid there");
            obstacles.push(obstacle("no_reward_there", pointer, detail).with("marketplace", marketplace));
        }
    }
}
