//! Reward groups: one item or product as a reward, with its cost. `store::codes` holds the stock of URLs.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::id::{AppId, RewardGroupId};
use crate::money::Money;
use crate::secret::RewardUrl;
use crate::supplier::Supply;

/// The kind of a reward.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RewardKind {
    /// One URL for one user.
    UniqueUrl,
    /// Credit for a sub-category, behind a URL of its own.
    CatalogCredit,
    /// Shipped to the user, who orders it behind a URL of its own.
    Physical,
    /// The same URL for everyone, with a count.
    SharedUrl,
}

/// An item or product as a reward.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RewardGroup {
    /// The app that offers it.
    pub app_id: AppId,
    /// Unique within the app.
    pub reward_group_id: RewardGroupId,
    /// For people.
    pub name: String,
    /// The kind of its rewards.
    pub kind: RewardKind,
    /// Cost per action: the app owner's cost of one reward.
    pub cpa: Money,
    /// The marketplaces where it is valid; empty means all.
    #[serde(default)]
    pub marketplaces: Vec<String>,
    /// The countries of `marketplaces`. Never stored: [`crate::campaign::catalog::Catalog::expand`] sets them.
    #[serde(skip)]
    pub countries: Vec<String>,
    /// The URL in test mode.
    pub test_url: RewardUrl,
    /// The URL of a `shared_url` group; absent for every other kind.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<RewardUrl>,
    /// Who makes each reward's URL when its user opens the link. Such a group has no stock.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub supplier: Option<Supply>,
    /// The days from the award until the reward expires.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_after_days: Option<u32>,
    /// With fewer URLs in stock, `GET …/stock` shows `low_stock`, and an event `stock.low` is published.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub low_stock_threshold: Option<u64>,
    /// The catalog's sub-category that the credit is for; `catalog_credit` only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub category: Option<String>,
    /// The amount of the credit; `catalog_credit` only. Absent means the CPA.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub credit: Option<Money>,
    /// Facts for the carrier; `physical` only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shipping: Option<Shipping>,
    /// The group that replaces this one when it is out of stock or not valid; see [`stand_ins`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fallback_group_id: Option<RewardGroupId>,
    /// Rises by one with every edit.
    pub version: u64,
}

/// A carrier's facts about a reward.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shipping {
    /// Packed, in grams.
    pub weight_grams: u32,
    /// Packed, in millimetres.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub length_mm: Option<u32>,
    /// Packed, in millimetres.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub width_mm: Option<u32>,
    /// Packed, in millimetres.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub height_mm: Option<u32>,
    /// The warehouse's code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sku: Option<String>,
    /// For shipments across borders.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub customs: Option<Customs>,
}

/// A reward's customs declaration; its value is the CPA.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Customs {
    /// In plain words.
    pub description: String,
    /// The Harmonized System's code: 6 to 10 digits.
    pub hs_code: String,
    /// The country of origin, by its ISO 3166-1 code of two letters.
    pub origin: String,
}

/// The most fallbacks of a group.
pub const MAX_STAND_INS: usize = 4;

/// Returns a group's fallbacks in order: its fallback, that one's fallback, and so on. Stops at the bound, at a
/// different currency, and at a circle, which two admins can close at the same time.
pub fn stand_ins<'a>(groups: &'a [RewardGroup], group: &RewardGroup) -> Vec<&'a RewardGroup> {
    let mut found: Vec<&RewardGroup> = Vec::new();
    let mut next = group.fallback_group_id.as_ref();
    while let Some(id) = next.filter(|_| found.len() < MAX_STAND_INS) {
        let known = *id == group.reward_group_id || found.iter().any(|earlier| earlier.reward_group_id == *id);
        let fits = |found: &&RewardGroup| found.reward_group_id == *id && found.cpa.currency == group.cpa.currency;
        let Some(fallback) = groups.iter().find(fits).filter(|_| !known) else { break };
        found.push(fallback);
        next = fallback.fallback_group_id.as_ref();
    }
    found
}

impl RewardGroup {
    /// True if each of its rewards takes a URL out of a stock.
    pub fn has_stock(&self) -> bool {
        self.kind != RewardKind::SharedUrl && self.supplier.is_none()
    }

    /// True if this group is valid wherever the other is.
    pub fn covers(&self, other: &Self) -> bool {
        let valid = |marketplace| self.is_valid_in(Some(marketplace));
        self.marketplaces.is_empty() || (!other.marketplaces.is_empty() && other.marketplaces.iter().all(|m| valid(m)))
    }

    /// True if the group is valid in the marketplace. Without a marketplace, only unrestricted groups are.
    pub fn is_valid_in(&self, marketplace: Option<&str>) -> bool {
        self.marketplaces.is_empty()
            || marketplace.is_some_and(|marketplace| {
                let mut valid = self.marketplaces.iter().chain(&self.countries);
                valid.any(|valid| valid.eq_ignore_ascii_case(marketplace))
            })
    }

    /// Returns the expiry of a reward awarded at `awarded_at`, if it has one.
    pub fn expires_at(&self, awarded_at: Timestamp) -> Option<Timestamp> {
        let days = self.expires_after_days?;
        awarded_at.checked_add(SignedDuration::from_hours(24 * i64::from(days))).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures;

    fn falling_back(id: &str, fallback: &str, marketplaces: &[&str]) -> RewardGroup {
        let fallback_group_id = (!fallback.is_empty()).then(|| fallback.try_into().unwrap());
        let marketplaces = marketplaces.iter().map(|place| (*place).to_owned()).collect();
        RewardGroup { fallback_group_id, marketplaces, ..fixtures::group(id) }
    }

    fn after(groups: &[RewardGroup]) -> Vec<&str> {
        stand_ins(groups, &groups[0]).into_iter().map(|group| group.reward_group_id.as_str()).collect()
    }

    #[test]
    fn stand_ins_follow_each_other_once_and_not_without_end() {
        let row: Vec<RewardGroup> =
            ["a", "b", "c", "d", "e", "f", "g"].windows(2).map(|pair| falling_back(pair[0], pair[1], &[])).collect();
        assert_eq!(after(&row), ["b", "c", "d", "e"]);
        // Two admins may have closed a circle at the same time.
        let circle = [falling_back("a", "b", &[]), falling_back("b", "c", &[]), falling_back("c", "b", &[])];
        assert_eq!(after(&circle), ["b", "c"]);
        assert_eq!(after(&[falling_back("a", "a", &[])]), Vec::<&str>::new());
        assert_eq!(after(&[falling_back("a", "gone", &[])]), Vec::<&str>::new());
    }

    #[test]
    fn a_group_covers_another_if_it_is_valid_wherever_that_one_is() {
        let places = |marketplaces: &[&str]| falling_back("a", "", marketplaces);
        assert!(places(&[]).covers(&places(&["DE"])) && places(&[]).covers(&places(&[])));
        assert!(places(&["DE", "AT"]).covers(&places(&["DE"])));
        assert!(!places(&["DE"]).covers(&places(&["DE", "AT"])) && !places(&["DE"]).covers(&places(&[])));
    }
}
