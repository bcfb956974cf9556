//! Small, valid domain values for unit tests of this crate and the ones above it.

use jiff::Timestamp;

use domain::app::App;
use domain::campaign::catalog::Catalog;
use domain::campaign::{Campaign, CampaignKind, CampaignState, Count, Moment, MomentReward};
use domain::marketplace::Marketplaces;
use domain::message::{MessageText, Messages};
use domain::money::Money;
use domain::rate_limit::RateLimit;
use domain::reward::group::{RewardGroup, RewardKind};
use domain::secret::RewardUrl;

/// Parses an instant.
pub fn time(text: &str) -> Timestamp {
    text.parse().unwrap()
}

pub(crate) fn eur(amount_minor: i64) -> Money {
    Money { currency: "EUR".parse().unwrap(), amount_minor }
}

/// A reward group of EUR 5.00.
pub fn group(id: &str) -> RewardGroup {
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
        supplier: None,
        expires_after_days: None,
        low_stock_threshold: None,
        category: None,
        credit: None,
        shipping: None,
        fallback_group_id: None,
        version: 1,
    }
}

/// The group as a moment's reward.
pub fn moment_reward(group: &RewardGroup, weight: u32) -> MomentReward {
    MomentReward { reward_group_id: group.reward_group_id.clone(), weight, segments: Vec::new() }
}

/// A catalog with these groups and no campaign.
pub fn catalog(groups: Vec<RewardGroup>) -> Catalog {
    let (name, public_url) = ("App".to_owned(), String::new());
    let (rate_limit, marketplaces) = (RateLimit::default(), Marketplaces::default());
    let app = App {
        app_id: "app".try_into().unwrap(),
        name,
        public_url,
        rate_limit,
        marketplaces,
        cors_origins: Vec::new(),
        client_actions: Vec::new(),
        users_may: Vec::new(),
        approval: domain::app::Approval::Anybody,
        version: 1,
    };
    Catalog { app, campaigns: Vec::new(), groups }
}

/// Approved, from 2026-01-01 to 2027-01-01, one moment: 5 deposits for one reward out of group `gift`.
pub fn campaign() -> Campaign {
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
        caps: domain::campaign::Caps::default(),
        expected_rewards: None,
        holdout_percent: 0,
        time_zone: None,
        segments: std::collections::BTreeMap::new(),
        messages: Messages::default(),
        quiet_hours: None,
        guards: domain::campaign::guards::Guards::default(),
        competition: None,
        weights_before: Vec::new(),
        proposed_budget_minor: None,
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
