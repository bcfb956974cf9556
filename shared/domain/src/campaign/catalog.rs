//! An app's campaigns and reward groups. Each environment remembers them for some seconds, so the hot path reads
//! nothing. An outdated catalog is harmless: budget, stock and suspension are conditions of the writes.

use std::collections::BTreeSet;

use crate::Error;
use crate::app::App;
use crate::campaign::{self, Campaign, Moment, MomentReward};
use crate::id::{CampaignId, MomentId, RewardGroupId};
use crate::reward::group::{self, RewardGroup};

/// Everything an app offers.
#[derive(Debug, Clone)]
pub struct Catalog {
    /// The app.
    pub app: App,
    /// All its campaigns, whatever their state.
    pub campaigns: Vec<Campaign>,
    /// All its reward groups.
    pub groups: Vec<RewardGroup>,
}

impl Catalog {
    /// Fills in the countries of each group's and moment's marketplaces.
    pub fn expand(&mut self) {
        let declared = &self.app.marketplaces;
        for group in &mut self.groups {
            group.countries = declared.countries_of(&group.marketplaces);
        }
        for moment in self.campaigns.iter_mut().flat_map(|campaign| &mut campaign.moments) {
            moment.countries = declared.countries_of(&moment.marketplaces);
        }
    }

    /// Returns the marketplaces that groups and moments name.
    pub fn marketplaces_in_use(&self) -> impl Iterator<Item = &String> {
        let of_moments = self.campaigns.iter().flat_map(|campaign| &campaign.moments);
        let of_moments = of_moments.flat_map(|moment| &moment.marketplaces);
        self.groups.iter().flat_map(|group| &group.marketplaces).chain(of_moments)
    }

    /// Returns the stored name of a marketplace or country. Also accepts names stored before names were checked.
    pub fn marketplace(&self, name: &str) -> Option<String> {
        let in_use = || self.marketplaces_in_use().find(|known| known.eq_ignore_ascii_case(name)).cloned();
        self.app.marketplaces.resolve(name).or_else(in_use)
    }

    /// Returns the campaign. Fails with a 404 that names the id.
    pub fn campaign(&self, id: &CampaignId) -> Result<&Campaign, Error> {
        self.campaigns
            .iter()
            .find(|campaign| &campaign.campaign_id == id)
            .ok_or_else(|| Error::not_found("campaign", id))
    }

    /// Returns the moment. Fails with a 404 that names the id.
    pub fn moment<'a>(&self, campaign: &'a Campaign, id: &MomentId) -> Result<&'a Moment, Error> {
        campaign.moment(id).ok_or_else(|| Error::not_found("moment", id))
    }

    /// Returns the group with that id.
    pub fn group(&self, id: &RewardGroupId) -> Option<&RewardGroup> {
        self.groups.iter().find(|group| &group.reward_group_id == id)
    }

    /// Returns the rewards of a moment, each with its group and that group's fallbacks. `wanted` restricts them to one.
    pub fn arms<'a>(&'a self, moment: &'a Moment, wanted: Option<&RewardGroupId>) -> Vec<Arm<'a>> {
        let rewards = moment.rewards.iter();
        let rewards = rewards.filter(|reward| wanted.is_none_or(|wanted| reward.reward_group_id == *wanted));
        let arm = |reward: &'a MomentReward| {
            let group = self.group(&reward.reward_group_id)?;
            let groups = std::iter::once(group).chain(group::stand_ins(&self.groups, group)).collect();
            Some(Arm { reward, groups })
        };
        rewards.filter_map(arm).collect()
    }

    /// Returns the groups that a moment may award, with their fallbacks.
    pub fn groups_of<'a>(&'a self, moment: &'a Moment) -> Vec<&'a RewardGroup> {
        self.arms(moment, None).into_iter().flat_map(|arm| arm.groups).collect()
    }

    /// Returns the groups that a campaign may award, with their fallbacks.
    pub fn groups_of_campaign<'a>(&'a self, campaign: &'a Campaign) -> BTreeSet<&'a RewardGroupId> {
        let groups = campaign.moments.iter().flat_map(|moment| self.groups_of(moment));
        groups.map(|group| &group.reward_group_id).collect()
    }

    /// Returns the fallbacks that users who wait for a group may get, in order. A fallback must be valid wherever the
    /// group is, because the line is served without a look at each user's marketplace.
    pub fn substitutes(&self, group: &RewardGroup) -> Vec<&RewardGroup> {
        let mut stand_ins = group::stand_ins(&self.groups, group);
        stand_ins.retain(|stand_in| stand_in.covers(group));
        stand_ins
    }
}

/// A reward of a moment.
#[derive(Debug, Clone, PartialEq)]
pub struct Arm<'a> {
    /// Its share and its segments. Its group's id names the arm.
    pub reward: &'a MomentReward,
    /// Its group and the fallbacks, in the order of trial; never empty.
    pub groups: Vec<&'a RewardGroup>,
}

impl<'a> Arm<'a> {
    /// True if a user can get it in the marketplace: the holder, or a user in its segments while its weight is above 0.
    pub fn is_open(&self, held: Option<&RewardGroupId>, marketplace: Option<&str>, segments: &[&str]) -> bool {
        let newly = self.reward.weight > 0 && campaign::is_for(&self.reward.segments, segments);
        self.valid_in(marketplace).is_some() && (newly || held == Some(&self.reward.reward_group_id))
    }

    /// Returns the first group that is valid in the marketplace.
    pub fn valid_in(&self, marketplace: Option<&str>) -> Option<&'a RewardGroup> {
        self.groups.iter().copied().find(|group| group.is_valid_in(marketplace))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures;

    #[test]
    fn who_waits_is_not_given_what_may_not_be_valid_for_everybody_in_the_line() {
        let german = RewardGroup { marketplaces: vec!["DE".into()], ..fixtures::group("german") };
        let german = RewardGroup { fallback_group_id: Some("all".try_into().unwrap()), ..german };
        let gift = RewardGroup { fallback_group_id: Some("german".try_into().unwrap()), ..fixtures::group("gift") };
        let catalog = fixtures::catalog(vec![gift.clone(), german, fixtures::group("all")]);
        let substitutes: Vec<&str> =
            catalog.substitutes(&gift).into_iter().map(|group| group.reward_group_id.as_str()).collect();
        assert_eq!(substitutes, ["all"]);
    }
}
