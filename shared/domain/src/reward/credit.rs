//! Catalog credits: an amount to spend in a sub-category and marketplace. The app pays the group's CPA instead.

use serde::{Deserialize, Serialize};

use crate::money::Money;
use crate::reward::Reward;
use crate::reward::group::{RewardGroup, RewardKind};

/// A user's credit when the reward was awarded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Credit {
    /// The amount to spend.
    pub amount: Money,
    /// The catalog's sub-category.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub category: Option<String>,
}

/// A credit in the API.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CreditView {
    amount: Money,
    category: Option<String>,
    /// The marketplace; null means the user's.
    marketplace: Option<String>,
}

impl Credit {
    /// Returns a group's credit, or `None` for other kinds. Groups from before amounts existed give their CPA.
    pub fn of(group: &RewardGroup) -> Option<Self> {
        let is_credit = group.kind == RewardKind::CatalogCredit;
        is_credit.then(|| Self { amount: group.credit.unwrap_or(group.cpa), category: group.category.clone() })
    }

    /// Returns a reward's credit, or its group's for rewards that don't store one.
    pub fn of_reward(reward: &Reward, group: Option<&RewardGroup>) -> Option<Self> {
        let of_group = || group.filter(|group| group.kind == reward.kind).and_then(Self::of);
        let of_price = || Self { amount: reward.cost, category: None };
        let is_credit = reward.kind == RewardKind::CatalogCredit;
        reward.credit.clone().or_else(of_group).or_else(|| is_credit.then(of_price))
    }
}

impl CreditView {
    /// Shows a group's credit to a user in a marketplace.
    pub fn of_group(group: &RewardGroup, marketplace: Option<&str>) -> Option<Self> {
        let Credit { amount, category } = Credit::of(group)?;
        Some(Self { amount, category, marketplace: usable_in(Some(group), marketplace) })
    }

    /// Shows a reward's credit.
    pub fn of_reward(reward: &Reward, group: Option<&RewardGroup>) -> Option<Self> {
        let Credit { amount, category } = Credit::of_reward(reward, group)?;
        Some(Self { amount, category, marketplace: usable_in(group, reward.marketplace.as_deref()) })
    }
}

/// The user's marketplace, or else the group's only one.
fn usable_in(group: Option<&RewardGroup>, marketplace: Option<&str>) -> Option<String> {
    let only = || match group.map(|group| group.marketplaces.as_slice()) {
        Some([only]) => Some(only.clone()),
        _ => None,
    };
    marketplace.map(str::to_owned).or_else(only)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures;

    #[test]
    fn a_group_gives_its_credit_or_its_cpa_and_no_other_kind_gives_any() {
        assert_eq!(Credit::of(&fixtures::group("gift")), None);
        let group = RewardGroup {
            kind: RewardKind::CatalogCredit,
            category: Some("Toys".into()),
            marketplaces: vec!["DE".into()],
            ..fixtures::group("credit")
        };
        let credit = Credit::of(&group).unwrap();
        assert_eq!((credit.amount, credit.category.as_deref()), (group.cpa, Some("Toys")));
        let amount = Money { amount_minor: 750, ..group.cpa };
        let group = RewardGroup { credit: Some(amount), ..group };
        assert_eq!(Credit::of(&group).unwrap().amount, amount);
        let place = |marketplace| CreditView::of_group(&group, marketplace).unwrap().marketplace;
        assert_eq!((place(Some("AT")), place(None)), (Some("AT".into()), Some("DE".into())));
    }
}
