//! Catalog credits: how much a user may choose for, of which sub-category of the catalog and where. What the app pays for it is
//! the group's CPA, which need not be the same.

use serde::{Deserialize, Serialize};

use crate::money::Money;
use crate::reward::Reward;
use crate::reward::group::{RewardGroup, RewardKind};

/// What a user was given, as it was when the reward was awarded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Credit {
    /// How much the user may choose for.
    pub amount: Money,
    /// Of what.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub category: Option<String>,
}

/// A credit as it is shown with a reward, wherever that is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CreditView {
    amount: Money,
    category: Option<String>,
    /// Where it can be used; null is wherever the user is.
    marketplace: Option<String>,
}

impl Credit {
    /// What a group gives; nothing if it is of another kind. One that was put before there were amounts gives its CPA.
    pub fn of(group: &RewardGroup) -> Option<Self> {
        let is_credit = group.kind == RewardKind::CatalogCredit;
        is_credit.then(|| Self { amount: group.credit.unwrap_or(group.cpa), category: group.category.clone() })
    }

    /// What a reward gives, or its group where the reward does not tell yet.
    pub fn of_reward(reward: &Reward, group: Option<&RewardGroup>) -> Option<Self> {
        let of_group = || group.filter(|group| group.kind == reward.kind).and_then(Self::of);
        let of_price = || Self { amount: reward.cost, category: None };
        let is_credit = reward.kind == RewardKind::CatalogCredit;
        reward.credit.clone().or_else(of_group).or_else(|| is_credit.then(of_price))
    }
}

impl CreditView {
    /// The credit of a group, for a user who is there.
    pub fn of_group(group: &RewardGroup, marketplace: Option<&str>) -> Option<Self> {
        let Credit { amount, category } = Credit::of(group)?;
        Some(Self { amount, category, marketplace: place(Some(group), marketplace) })
    }

    /// The credit of a reward.
    pub fn of_reward(reward: &Reward, group: Option<&RewardGroup>) -> Option<Self> {
        let Credit { amount, category } = Credit::of_reward(reward, group)?;
        Some(Self { amount, category, marketplace: place(group, reward.marketplace.as_deref()) })
    }
}

/// Where the user is, or the one place where the group is valid.
fn place(group: Option<&RewardGroup>, marketplace: Option<&str>) -> Option<String> {
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
