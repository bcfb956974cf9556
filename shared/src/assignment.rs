//! Who falls where: hold-out and the choice among a moment's rewards. Both are deterministic hashes, so that a user
//! lands in the same place on every request, on every machine, and independently from one campaign to the next.

use sha2::{Digest, Sha256};

use crate::campaign::{Campaign, Moment};
use crate::catalog::Arm;
use crate::id::UserId;
use crate::reward_group::RewardGroup;

/// Whether the user is in the campaign's hold-out: counted, but never rewarded or announced to.
pub fn is_held_out(campaign: &Campaign, user: &UserId) -> bool {
    let draw = draw(&["hold-out", campaign.app_id.as_str(), campaign.campaign_id.as_str(), user.as_str()]);
    draw % 100 < u64::from(campaign.holdout_percent)
}

/// The reward group that the user gets for the moment: of its rewards that are valid in the user's marketplace, if only by a
/// group that stands in, one by the moment's weights. `None` if none is valid.
pub fn choose_group<'a>(
    campaign: &Campaign,
    moment: &Moment,
    user: &UserId,
    (arms, marketplace): (&[Arm<'a>], Option<&str>),
) -> Option<&'a RewardGroup> {
    let valid = || arms.iter().filter_map(|arm| Some((u64::from(arm.weight), arm.valid_in(marketplace)?)));
    let total: u64 = valid().map(|(weight, _)| weight).sum();
    let parts = ["reward", campaign.app_id.as_str(), campaign.campaign_id.as_str(), moment.moment_id.as_str()];
    let mut place = draw(&[parts[0], parts[1], parts[2], parts[3], user.as_str()]).checked_rem(total)?;
    let chosen = valid().find(|(weight, _)| match place.checked_sub(*weight) {
        Some(rest) => {
            place = rest;
            false
        }
        None => true,
    });
    chosen.map(|(_, group)| group)
}

/// 64 uniform bits out of the parts, each prefixed by its length so that no two lists of parts read the same.
fn draw(parts: &[&str]) -> u64 {
    let mut hasher = Sha256::new();
    for part in parts {
        hasher.update((part.len() as u64).to_be_bytes());
        hasher.update(part.as_bytes());
    }
    let digest = hasher.finalize();
    let mut bits = [0; 8];
    bits.copy_from_slice(&digest[..8]);
    u64::from_be_bytes(bits)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures;

    #[test]
    fn the_hold_out_has_its_share_and_keeps_its_users() {
        let campaign = Campaign { holdout_percent: 20, ..fixtures::campaign() };
        let held_out = |n: u32| is_held_out(&campaign, &UserId::try_from(format!("user-{n}")).unwrap());
        let count = (0..10_000).filter(|n| held_out(*n)).count();
        assert!((1_850..2_150).contains(&count), "{count}");
        assert!((0..100).all(|n| held_out(n) == held_out(n)));
    }

    #[test]
    fn weights_decide_the_share_and_a_group_that_is_not_valid_is_never_chosen() {
        let (campaign, a) = (fixtures::campaign(), fixtures::group("a"));
        let b = RewardGroup { marketplaces: vec!["DE".into()], ..fixtures::group("b") };
        let arms = [Arm { weight: 1, groups: vec![&a] }, Arm { weight: 3, groups: vec![&b] }];
        let user = |n: u32| UserId::try_from(format!("user-{n}")).unwrap();
        let choose = |n, place| choose_group(&campaign, &campaign.moments[0], &user(n), (&arms, place));
        let chosen = (0..10_000).filter(|n| choose(*n, Some("DE")) == Some(&b)).count();
        assert!((7_300..7_700).contains(&chosen), "{chosen}");
        assert!((0..100).all(|n| choose(n, Some("US")) == Some(&a)));
        assert_eq!(choose_group(&campaign, &campaign.moments[0], &user(1), (&[], None)), None);
    }

    #[test]
    fn where_a_group_is_not_valid_the_one_that_stands_in_for_it_has_its_share() {
        let (campaign, a, c) = (fixtures::campaign(), fixtures::group("a"), fixtures::group("c"));
        let b = RewardGroup { marketplaces: vec!["DE".into()], ..fixtures::group("b") };
        let arms = [Arm { weight: 1, groups: vec![&a] }, Arm { weight: 3, groups: vec![&b, &c] }];
        for n in 0..100 {
            let user = UserId::try_from(format!("user-{n}")).unwrap();
            let choose = |place| choose_group(&campaign, &campaign.moments[0], &user, (&arms, place));
            assert_eq!(choose(Some("DE")) == Some(&b), choose(Some("US")) == Some(&c));
        }
    }
}
