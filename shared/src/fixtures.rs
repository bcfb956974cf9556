//! Small, valid domain values for this crate's unit tests.

use jiff::Timestamp;

use crate::campaign::{Campaign, CampaignKind, CampaignState, Count, Moment, MomentReward};
use crate::catalog::Catalog;
use crate::marketplace::Marketplaces;
use crate::message::{MessageText, Messages};
use crate::money::Money;
use crate::rate_limit::RateLimit;
use crate::reward_group::{RewardGroup, RewardKind};
use crate::secret::RewardUrl;
use crate::store::apps::App;

pub(crate) fn time(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn eur(amount_minor: i64) -> Money {
    Money { currency: iso_currency::Currency::EUR, amount_minor }
}

pub(crate) fn group(id: &str) -> RewardGroup {
    RewardGroup {
        app_id: "app".try_into().unwrap(),
        reward_group_id: id.try_into().unwrap(),
        name: "Gift card".into(),
        kind: RewardKind::UniqueUrl,
        cpa: eur(500),
        marketplaces: Vec::new(),
        countries: Vec::new(),
        test_url: RewardUrl::new("https://example.com/test"),
        url: None,
        expires_after_days: None,
        low_stock_threshold: None,
        category: None,
        credit: None,
        shipping: None,
        fallback_group_id: None,
        version: 1,
    }
}

pub(crate) fn moment_reward(group: &RewardGroup, weight: u32) -> MomentReward {
    MomentReward { reward_group_id: group.reward_group_id.clone(), weight, segments: Vec::new() }
}

/// What an app offers that has these groups and no campaign.
pub(crate) fn catalog(groups: Vec<RewardGroup>) -> Catalog {
    let (name, public_url) = ("App".to_owned(), String::new());
    let (rate_limit, marketplaces) = (RateLimit::default(), Marketplaces::default());
    let app = App { app_id: "app".try_into().unwrap(), name, public_url, rate_limit, marketplaces, version: 1 };
    Catalog { app, campaigns: Vec::new(), groups }
}

/// Approved, from 2026-01-01 to 2027-01-01, one moment: 5 deposits for one reward out of group `gift`.
pub(crate) fn campaign() -> Campaign {
    let text =
        MessageText { title: "Well done".into(), body: "Here is your gift card".into(), url: None, image_url: None };
    Campaign {
        app_id: "app".try_into().unwrap(),
        campaign_id: "spring".try_into().unwrap(),
        name: "Spring".into(),
        kind: CampaignKind::Surprise,
        state: CampaignState::Approved,
        starts_at: time("2026-01-01T00:00:00Z"),
        ends_at: time("2027-01-01T00:00:00Z"),
        budget: eur(50_000),
        caps: crate::campaign::Caps::default(),
        holdout_percent: 0,
        time_zone: None,
        segments: std::collections::BTreeMap::new(),
        messages: Messages::default(),
        quiet_hours: None,
        guards: crate::guard::Guards::default(),
        weights_before: Vec::new(),
        moments: vec![Moment {
            moment_id: "deposits".try_into().unwrap(),
            action: "deposit".try_into().unwrap(),
            count: Count::Events,
            target: 5,
            max_rewards_per_user: 1,
            repeat_limit: None,
            within_hours: None,
            grace_days: 0,
            marketplaces: Vec::new(),
            countries: Vec::new(),
            segments: Vec::new(),
            when: None,
            weight: None,
            rewards: vec![moment_reward(&group("gift"), 1)],
            messages: Messages { achievement: Some([("en".to_owned(), text)].into()), ..Messages::default() },
        }],
        reason: None,
        slots: 1,
        link_key: None,
        version: 3,
    }
}
