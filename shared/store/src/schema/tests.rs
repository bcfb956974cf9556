//! Every key is read back as it was written, no two share a place, and no id can forge another's.

use super::*;

/// One key per variant; the `match` makes a forgotten variant a compile error.
fn one_of_each() -> Vec<Key> {
    let app: AppId = "demo-shop".try_into().unwrap();
    let user: UserId = "Zoë #1 100%23 %25".try_into().unwrap();
    let (campaign, moment): (CampaignId, MomentId) = ("spring".try_into().unwrap(), "five".try_into().unwrap());
    let mut random = <rand::rngs::StdRng as rand::SeedableRng>::seed_from_u64(1);
    let reward = RewardId::new(&app, &campaign, Timestamp::UNIX_EPOCH, &mut random);
    let keys = vec![
        Key::App(app.clone()),
        Key::ApiKey("ab12".into()),
        Key::AppKey(app.clone(), "k1".try_into().unwrap()),
        Key::TokenKey(app.clone(), "web".try_into().unwrap()),
        Key::Person("ada@shop.example".try_into().unwrap()),
        Key::PersonKey("ada@shop.example".try_into().unwrap(), "k1".try_into().unwrap()),
        Key::Session("ab12".into()),
        Key::Audit(RoleScope::App(app.clone()), EntryId { at: 1_796_126_400_000, number: 12 }),
        Key::Audit(RoleScope::EveryApp, EntryId { at: 1_796_126_400_000, number: 12 }),
        Key::IdentityProvider,
        Key::Identity("ab12".into()),
        Key::SignIn("ab12".into()),
        Key::Campaign(app.clone(), campaign.clone()),
        Key::Change(app.clone(), campaign.clone(), 12),
        Key::Webhook(app.clone(), "backend".try_into().unwrap()),
        Key::Partner(app.clone(), "acme".try_into().unwrap()),
        Key::Supplier(app.clone(), "cards".try_into().unwrap()),
        Key::SupplierPace(app.clone(), "cards".try_into().unwrap()),
        Key::Delivery(app.clone(), "backend".try_into().unwrap(), "evt_1".try_into().unwrap()),
        Key::Threshold(app.clone(), Threshold::BudgetLow(campaign.clone())),
        Key::Threshold(app.clone(), Threshold::CampaignLive(campaign.clone())),
        Key::Threshold(app.clone(), Threshold::CampaignFinished(campaign.clone())),
        Key::Threshold(app.clone(), Threshold::StockLow("gift".try_into().unwrap())),
        Key::RewardGroup(app.clone(), "gift".try_into().unwrap()),
        Key::User(app.clone(), user.clone()),
        Key::Device(app.clone(), user.clone(), "phone#2".try_into().unwrap()),
        Key::Progress(app.clone(), user.clone(), campaign.clone(), moment.clone()),
        Key::TestProgress(app.clone(), user.clone(), campaign.clone(), moment.clone()),
        Key::Reward(app.clone(), user.clone(), campaign.clone(), moment.clone(), 2),
        Key::Notice(app.clone(), user.clone(), NoticeId::Announcement(campaign.clone())),
        Key::Notice(app.clone(), user.clone(), NoticeId::Achievement(campaign.clone(), moment.clone(), 2)),
        Key::Notice(app.clone(), user.clone(), NoticeId::Waiting(campaign.clone(), moment.clone(), 2)),
        Key::Notice(app.clone(), user.clone(), NoticeId::Reminder(campaign.clone(), moment.clone(), 2)),
        Key::Notice(app.clone(), user.clone(), NoticeId::AddressReminder(campaign.clone(), moment.clone(), 2)),
        Key::Announcement(app.clone(), campaign.clone(), 1),
        Key::AnnouncementPart(app.clone(), campaign.clone(), 1, 15),
        Key::Later(app.clone(), user.clone(), NoticeId::Reminder(campaign.clone(), moment.clone(), 2)),
        Key::Address(app.clone(), "hash".into()),
        Key::Replaced(app.clone(), user.clone(), campaign.clone(), moment.clone(), 2, reward.clone()),
        Key::Expiry(reward.clone()),
        Key::Order(reward.clone()),
        Key::ShippingAddress(reward.clone()),
        Key::ErasedReward(reward.clone()),
        Key::Counted(reward),
        Key::Code(app.clone(), "hash".into()),
        Key::Budget(app.clone(), campaign.clone()),
        Key::Slot(app.clone(), campaign.clone(), 7),
        Key::CapBudget(app.clone(), campaign.clone(), Cap::Moment(moment.clone())),
        Key::CapBudget(app.clone(), campaign.clone(), Cap::Group("five".try_into().unwrap())),
        Key::CapBudget(app.clone(), campaign.clone(), Cap::Day(20_000)),
        Key::CapSlot(app.clone(), campaign.clone(), Cap::Moment(moment.clone()), 7),
        Key::Allowance(app.clone(), user.clone(), campaign.clone()),
        Key::Velocity(app.clone(), campaign.clone(), "hash".into(), 60, 29_000_000),
        Key::Fingerprint(app.clone(), campaign.clone(), FingerprintKind::Device, "hash".into()),
        Key::Fingerprint(app.clone(), campaign.clone(), FingerprintKind::Payment, "hash".into()),
        Key::Refusal(app.clone(), user.clone(), campaign.clone(), moment.clone()),
        Key::Score(app.clone(), user.clone(), campaign.clone(), moment.clone(), WindowId::Campaign),
        Key::Score(app.clone(), user.clone(), campaign.clone(), moment.clone(), WindowId::From(20_000)),
        Key::TestScore(app.clone(), user.clone(), campaign.clone(), moment.clone(), WindowId::From(-1)),
        Key::Entry(app.clone(), campaign.clone(), WindowId::From(20_000), user.clone()),
        Key::Board(app.clone(), campaign.clone(), WindowId::From(20_000)),
        Key::Ladder(app.clone(), campaign.clone(), WindowId::Campaign),
        Key::Run(app.clone(), campaign.clone(), WindowId::Campaign, 15, 7),
        Key::Places(app.clone(), campaign.clone(), WindowId::Campaign, 7),
        Key::Competitor(app.clone(), campaign.clone(), user.clone()),
        Key::Bracket(app.clone(), campaign.clone()),
        Key::Match(app.clone(), campaign.clone(), 10, 512),
        Key::Entrant(app.clone(), user.clone(), campaign.clone()),
        Key::Redemptions(app.clone(), campaign.clone(), 7),
        Key::ReportCells(app.clone(), campaign.clone(), 0),
        Key::ReportCells(app.clone(), campaign.clone(), 12),
        Key::ReportDay(app.clone(), campaign.clone(), 7, 20_000, 0),
        Key::ReportDay(app.clone(), campaign.clone(), 7, 20_000, 3_125),
        Key::Funnel(app.clone(), campaign.clone(), 7, 20_000, 1),
        Key::Totals(app.clone(), campaign.clone(), 3),
        Key::Hours(app, campaign, 3, 20_000),
    ];
    for key in &keys {
        match key {
            Key::App(..) | Key::ApiKey(..) | Key::AppKey(..) | Key::Campaign(..) | Key::RewardGroup(..) => {}
            Key::TokenKey(..) | Key::Person(..) | Key::PersonKey(..) | Key::Session(..) | Key::Audit(..) => {}
            Key::IdentityProvider | Key::Identity(..) | Key::SignIn(..) => {}
            Key::User(..) | Key::Device(..) | Key::Progress(..) | Key::TestProgress(..) | Key::Reward(..) => {}
            Key::Announcement(..) | Key::AnnouncementPart(..) => {}
            Key::Notice(..)
            | Key::Later(..)
            | Key::Address(..)
            | Key::ErasedReward(..)
            | Key::Replaced(..)
            | Key::Expiry(..)
            | Key::Partner(..)
            | Key::Supplier(..)
            | Key::SupplierPace(..)
            | Key::Order(..)
            | Key::ShippingAddress(..)
            | Key::Code(..)
            | Key::Change(..) => {}
            Key::CapBudget(..) | Key::CapSlot(..) | Key::Allowance(..) => {}
            Key::Velocity(..) | Key::Fingerprint(..) | Key::Refusal(..) => {}
            Key::Webhook(..) | Key::Delivery(..) | Key::Threshold(..) => {}
            Key::Score(..) | Key::TestScore(..) | Key::Entry(..) | Key::Board(..) | Key::Ladder(..) => {}
            Key::Run(..) | Key::Places(..) | Key::Competitor(..) | Key::Bracket(..) | Key::Match(..) => {}
            Key::Entrant(..) => {}
            Key::Budget(..) | Key::Slot(..) | Key::Redemptions(..) => {}
            Key::Counted(..) | Key::ReportCells(..) | Key::ReportDay(..) | Key::Funnel(..) => {}
            Key::Totals(..) | Key::Hours(..) => {}
        }
    }
    keys
}

#[test]
fn every_key_is_read_back_as_it_was_written() {
    for key in one_of_each() {
        let (pk, sk) = key.pair();
        assert_eq!(Key::parse(&pk, &sk), Some(key), "{pk} {sk}");
    }
}

#[test]
fn no_two_keys_share_a_place() {
    let pairs: std::collections::HashSet<_> = one_of_each().iter().map(Key::pair).collect();
    assert_eq!(pairs.len(), one_of_each().len());
}

#[test]
fn hashes_spread_evenly_over_the_shards_of_the_stock() {
    use base64::Engine as _;
    use sha2::{Digest, Sha256};
    let mut counts = [0; STOCK_SHARDS as usize];
    for n in 0..16_000_u32 {
        let digest = Sha256::digest(n.to_be_bytes());
        let hash = base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(digest);
        counts[usize::from(stock_shard(&hash))] += 1;
    }
    assert!(counts.iter().all(|count| (850..1_150).contains(count)), "{counts:?}");
}

#[test]
fn a_user_id_cannot_forge_the_key_of_another_user() {
    let app: AppId = "a".try_into().unwrap();
    let forged: UserId = "b#PROFILE".try_into().unwrap();
    let (pk, _) = Key::User(app.clone(), forged).pair();
    assert_eq!(pk, "USER#a#b%23PROFILE");
    let (escaped, _) = Key::User(app, "b%23PROFILE".try_into().unwrap()).pair();
    assert_ne!(pk, escaped);
}

/// redis#15824: neighbours at the highest score are told apart. codewars.com#2050: the earlier of two equals leads.
#[test]
fn a_board_sorts_by_score_then_time_then_a_salted_hash() {
    let (app, campaign): (AppId, CampaignId) = ("a".try_into().unwrap(), "c".try_into().unwrap());
    let place = |kind, score, millisecond, user: &str| {
        let at = Timestamp::from_millisecond(millisecond).unwrap();
        let place = ScorePlace::new(kind, score, at);
        IndexKey::Score(app.clone(), campaign.clone(), WindowId::Campaign, user.try_into().unwrap(), place).pair().1
    };
    use domain::competition::{MOST, Score};
    assert!(place(Score::Highest, MOST, 5, "b") < place(Score::Highest, MOST - 1, 4, "a"));
    assert!(place(Score::Highest, 10, 4, "zoe") < place(Score::Highest, 10, 5, "adam"));
    assert!(place(Score::Lowest, 9, 5, "b") < place(Score::Lowest, 10, 4, "a"));
    for (kind, score) in [(Score::Highest, 10), (Score::Lowest, 0), (Score::Sum, MOST), (Score::Latest, 0)] {
        let found = score_place(kind, &place(kind, score, 1_796_126_400_123, "Zoë #1"));
        assert_eq!(found, Some((score, Timestamp::from_millisecond(1_796_126_400_123).unwrap())));
    }
    // Same score, same millisecond: the order is no order of names, and is another one in another window.
    let users: Vec<String> = (0..20).map(|n| format!("user-{n:02}")).collect();
    let order = |window| {
        let mut sorted = users.clone();
        let place = ScorePlace::new(Score::Highest, 1, Timestamp::UNIX_EPOCH);
        sorted.sort_by_key(|user| place.text(&app, &campaign, window, &user.as_str().try_into().unwrap()));
        sorted
    };
    assert_ne!(order(WindowId::Campaign), users);
    assert_ne!(order(WindowId::Campaign), order(WindowId::From(1)));
}
