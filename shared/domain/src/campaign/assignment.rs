//! Assignment of users: to the hold-out, to one of a campaign's moments, to one of a moment's rewards. Deterministic
//! hashes decide, so a user gets the same on every request and machine, independently of other campaigns.

use std::collections::BTreeMap;

use sha2::{Digest, Sha256};

use crate::campaign::catalog::Arm;
use crate::campaign::{Campaign, Moment, is_for};
use crate::id::{MomentId, RewardGroupId, UserId};

/// True if the user is in the hold-out: counted, but never rewarded or sent announcements.
pub fn is_held_out(campaign: &Campaign, user: &UserId) -> bool {
    let draw = draw(&["hold-out", campaign.app_id.as_str(), campaign.campaign_id.as_str(), user.as_str()]);
    draw % 100 < u64::from(campaign.holdout_percent)
}

/// Returns the user's moment among those with a weight.
///
/// The first that holds: the moment that earlier weights assigned, the earliest first, if the user has begun it; any
/// moment that the user has begun, because segments may have changed; the moment that today's weights assign. `begun`
/// is asked only if [`depends_on_progress`].
pub fn moment_arm<'a>(
    campaign: &'a Campaign,
    user: &UserId,
    segments: &[&str],
    begun: impl Fn(&MomentId) -> bool,
) -> Option<&'a MomentId> {
    let draws = draws(campaign, user, segments);
    let earlier = draws.iter().flatten().copied().find(|moment| begun(moment));
    let anywhere = || arms(campaign, segments).map(|arm| &arm.moment_id).find(|moment| begun(moment));
    earlier.or_else(anywhere).or(draws.last().copied().flatten())
}

/// True if the assignment depends on the moments that the user has begun: new weights would move the user, or segments.
pub fn depends_on_progress(campaign: &Campaign, user: &UserId, segments: &[&str]) -> bool {
    let segmented = campaign.moments.iter().any(|moment| moment.weight.is_some() && !moment.segments.is_empty());
    let draws = draws(campaign, user, segments);
    segmented || draws.windows(2).any(|two| two[0] != two[1])
}

/// Returns the moments with a weight that are for a user in these segments.
fn arms<'a>(campaign: &'a Campaign, segments: &[&str]) -> impl Iterator<Item = &'a Moment> {
    campaign.moments.iter().filter(|moment| moment.weight.is_some() && is_for(&moment.segments, segments))
}

/// Returns the moment that each version of the weights assigns, the earliest first.
fn draws<'a>(campaign: &'a Campaign, user: &UserId, segments: &[&str]) -> Vec<Option<&'a MomentId>> {
    let parts = ["moment", campaign.app_id.as_str(), campaign.campaign_id.as_str(), user.as_str()];
    let by = |weights: &BTreeMap<MomentId, u32>| {
        let weighted = arms(campaign, segments).filter_map(|arm| Some((*weights.get(&arm.moment_id)?, &arm.moment_id)));
        weighted_choice(&parts, weighted)
    };
    campaign.weights_before.iter().chain([&campaign.weights()]).map(by).collect()
}

/// Returns the user's arm: the one that the user holds, if it is valid in the marketplace; otherwise one of the open
/// arms, by their weights. Arms with a valid fallback are open, too.
pub fn choose_arm<'a, 'b>(
    campaign: &Campaign,
    moment: &Moment,
    user: &UserId,
    arms: &'b [Arm<'a>],
    held: Option<&RewardGroupId>,
    marketplace: Option<&str>,
    segments: &[&str],
) -> Option<&'b Arm<'a>> {
    let kept = held.and_then(|held| arms.iter().find(|arm| arm.reward.reward_group_id == *held));
    let kept = kept.filter(|arm| arm.valid_in(marketplace).is_some());
    let (app, campaign, moment) = (&campaign.app_id, &campaign.campaign_id, &moment.moment_id);
    let parts = ["reward", app.as_str(), campaign.as_str(), moment.as_str(), user.as_str()];
    let open = arms.iter().filter(|arm| arm.is_open(None, marketplace, segments));
    kept.or_else(|| weighted_choice(&parts, open.map(|arm| (arm.reward.weight, arm))))
}

/// Chooses an entry by weight and by the hash of the parts.
fn weighted_choice<T>(parts: &[&str], entries: impl Iterator<Item = (u32, T)>) -> Option<T> {
    let entries: Vec<(u32, T)> = entries.collect();
    let total: u64 = entries.iter().map(|(weight, _)| u64::from(*weight)).sum();
    let mut place = draw(parts).checked_rem(total)?;
    let chosen = entries.into_iter().find(|(weight, _)| match place.checked_sub(u64::from(*weight)) {
        Some(rest) => {
            place = rest;
            false
        }
        None => true,
    });
    chosen.map(|(_, entry)| entry)
}

/// Returns 64 uniform bits. Each part is prefixed by its length, so that different lists never hash alike.
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
    use crate::campaign::MomentReward;
    use crate::fixtures;
    use crate::reward::group::RewardGroup;

    fn user(n: u32) -> UserId {
        UserId::try_from(format!("user-{n}")).unwrap()
    }

    /// The group that each of the users gets, by arms that are for everybody.
    fn chosen<'a>(campaign: &Campaign, arms: &[Arm<'a>], n: u32, marketplace: Option<&str>) -> Option<&'a RewardGroup> {
        let arm = choose_arm(campaign, &campaign.moments[0], &user(n), arms, None, marketplace, &[]);
        arm.and_then(|arm| arm.valid_in(marketplace))
    }

    #[test]
    fn the_hold_out_has_its_share_and_keeps_its_users() {
        let campaign = Campaign { holdout_percent: 20, ..fixtures::campaign() };
        let held_out = |n: u32| is_held_out(&campaign, &user(n));
        let count = (0..10_000).filter(|n| held_out(*n)).count();
        assert!((1_850..2_150).contains(&count), "{count}");
        assert!((0..100).all(|n| held_out(n) == held_out(n)));
    }

    #[test]
    fn weights_decide_the_share_and_a_group_that_is_not_valid_is_never_chosen() {
        let (campaign, a) = (fixtures::campaign(), fixtures::group("a"));
        let b = RewardGroup { marketplaces: vec!["DE".into()], ..fixtures::group("b") };
        let rewards = [fixtures::moment_reward(&a, 1), fixtures::moment_reward(&b, 3)];
        let arms = [Arm { reward: &rewards[0], groups: vec![&a] }, Arm { reward: &rewards[1], groups: vec![&b] }];
        let count = (0..10_000).filter(|n| chosen(&campaign, &arms, *n, Some("DE")) == Some(&b)).count();
        assert!((7_300..7_700).contains(&count), "{count}");
        assert!((0..100).all(|n| chosen(&campaign, &arms, n, Some("US")) == Some(&a)));
        assert_eq!(chosen(&campaign, &[], 1, None), None);
    }

    #[test]
    fn where_a_group_is_not_valid_the_one_that_stands_in_for_it_has_its_share() {
        let (campaign, a, c) = (fixtures::campaign(), fixtures::group("a"), fixtures::group("c"));
        let b = RewardGroup { marketplaces: vec!["DE".into()], ..fixtures::group("b") };
        let rewards = [fixtures::moment_reward(&a, 1), fixtures::moment_reward(&b, 3)];
        let arms = [Arm { reward: &rewards[0], groups: vec![&a] }, Arm { reward: &rewards[1], groups: vec![&b, &c] }];
        for n in 0..100 {
            let choose = |place| chosen(&campaign, &arms, n, Some(place));
            assert_eq!(choose("DE") == Some(&b), choose("US") == Some(&c));
        }
    }

    #[test]
    fn a_user_keeps_an_arm_while_it_is_valid_whatever_became_of_its_weight_and_its_segment() {
        let (campaign, a) = (fixtures::campaign(), fixtures::group("a"));
        let b = RewardGroup { marketplaces: vec!["DE".into()], ..fixtures::group("b") };
        let closed = MomentReward { segments: vec!["nobody".into()], ..fixtures::moment_reward(&b, 0) };
        let rewards = [fixtures::moment_reward(&a, 1_000_000), closed];
        let arms = [Arm { reward: &rewards[0], groups: vec![&a] }, Arm { reward: &rewards[1], groups: vec![&b] }];
        let moment = &campaign.moments[0];
        let held = |arms: &[Arm<'_>], id: &RewardGroupId, place| {
            let arm = choose_arm(&campaign, moment, &user(1), arms, Some(id), Some(place), &[]);
            arm.map(|arm| arm.reward.reward_group_id.clone())
        };
        let b = &b.reward_group_id;
        assert_eq!(held(&arms, b, "DE").as_ref(), Some(b));
        assert_eq!(held(&arms, b, "US"), Some(a.reward_group_id.clone()), "not valid any more: assigned anew");
        assert_eq!(held(&arms[..1], b, "DE"), Some(a.reward_group_id.clone()), "removed: assigned anew");
        assert_eq!(held(&[], b, "DE"), None);
    }

    #[test]
    fn arms_are_independent_of_each_other_and_weights_at_their_end_do_not_overflow() {
        let (spring, a, b) = (fixtures::campaign(), fixtures::group("a"), fixtures::group("b"));
        let autumn = Campaign { campaign_id: "autumn".try_into().unwrap(), ..fixtures::campaign() };
        let reward = |group: &RewardGroup| MomentReward { weight: u32::MAX, ..fixtures::moment_reward(group, 1) };
        let rewards = [reward(&a), reward(&b)];
        let arms = [Arm { reward: &rewards[0], groups: vec![&a] }, Arm { reward: &rewards[1], groups: vec![&b] }];
        let in_a = |campaign, n| chosen(campaign, &arms, n, None) == Some(&a);
        let both = (0..10_000).filter(|n| in_a(&spring, *n) && in_a(&autumn, *n)).count();
        assert!((2_300..2_700).contains(&both), "a quarter of the users is in the same arm of both: {both}");
    }

    /// A campaign whose moments `a` and `b` are arms of these weights, now and before.
    fn arms_of(weights: [u32; 2], before: &[[u32; 2]]) -> Campaign {
        let mut campaign = fixtures::campaign();
        let moment = campaign.moments.remove(0);
        campaign.moments = ["a", "b"]
            .into_iter()
            .zip(weights)
            .map(|(id, weight)| Moment { moment_id: id.try_into().unwrap(), weight: Some(weight), ..moment.clone() })
            .collect();
        let table =
            |[a, b]: &[u32; 2]| [("a", *a), ("b", *b)].map(|(id, weight)| (id.try_into().unwrap(), weight)).into();
        campaign.weights_before = before.iter().map(table).collect();
        campaign
    }

    #[test]
    fn a_moment_is_assigned_by_weight_and_where_weights_changed_by_each_of_them() {
        let assigned =
            |campaign: &Campaign, n| moment_arm(campaign, &user(n), &[], |_| false).map(|id| id.as_str().to_owned());
        let even = arms_of([1, 1], &[]);
        let in_a = |campaign: &Campaign, n| assigned(campaign, n).as_deref() == Some("a");
        let count = (0..10_000).filter(|n| in_a(&even, *n)).count();
        assert!((4_850..5_150).contains(&count), "{count}");
        assert!((0..100).all(|n| !depends_on_progress(&even, &user(n), &[])));
        // Four tenths were in `a` and would be in `b`: their arm depends on the moment they began.
        let changed = arms_of([1, 9], &[[1, 1]]);
        let moved: Vec<u32> = (0..10_000).filter(|n| depends_on_progress(&changed, &user(*n), &[])).collect();
        assert!((3_800..4_200).contains(&moved.len()), "{}", moved.len());
        for n in moved {
            let begun = |in_what: &'static str| moment_arm(&changed, &user(n), &[], |id| id.as_str() == in_what);
            assert_eq!((in_a(&even, n), in_a(&changed, n)), (true, false));
            assert_eq!(begun("a").map(MomentId::as_str), Some("a"));
            assert_eq!(begun("b").map(MomentId::as_str), Some("b"));
        }
        // A closed arm keeps its users and takes no others, even if no other arm is for them.
        let mut closed = arms_of([0, 1], &[[1, 1]]);
        closed.moments[1].segments = vec!["elsewhere".into()];
        assert!((0..100).all(|n| assigned(&closed, n).is_none()));
        assert!((0..100).all(|n| moment_arm(&closed, &user(n), &[], |_| true).map(MomentId::as_str) == Some("a")));
        // A user who comes into another segment keeps the moment that is begun.
        let mut segmented = arms_of([1, 1_000_000], &[]);
        segmented.moments[1].segments = vec!["vip".into()];
        assert!((0..100).all(|n| assigned(&segmented, n).as_deref() == Some("a")));
        assert!((0..100).all(|n| depends_on_progress(&segmented, &user(n), &["vip"])));
        let vip = |n| moment_arm(&segmented, &user(n), &["vip"], |id| id.as_str() == "a").map(MomentId::as_str);
        assert!((0..100).all(|n| vip(n) == Some("a")));
        // Without weights, nobody is assigned a moment.
        assert!(moment_arm(&fixtures::campaign(), &user(1), &[], |_| true).is_none());
    }
}
