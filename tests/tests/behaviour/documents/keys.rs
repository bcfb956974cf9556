//! Writes the keys of `docs/data-model.md` from `Key` and `IndexKey`: each is formatted with the names of its parts.

use domain::audit::EntryId;
use domain::campaign::Cap;
use domain::campaign::guards::FingerprintKind;
use domain::competition::{Score, WindowId};
use domain::event::Threshold;
use domain::id::{AppId, CampaignId, MomentId, RewardGroupId, RewardId, UserId};
use domain::message::NoticeId;
use domain::person::RoleScope;
use domain::reward::RewardState;
use jiff::Timestamp;
use store::schema::{IndexKey, Key, ScorePlace};
use tests::document::{read, rows, section};

use super::data_model::{SCHEMA, doc_comments};

/// An id that says what it identifies. [`pattern`] writes it in braces.
fn id<T: TryFrom<&'static str, Error: std::fmt::Debug>>(name: &'static str) -> T {
    T::try_from(name).unwrap()
}

fn reward() -> RewardId {
    let mut random = <rand::rngs::StdRng as rand::SeedableRng>::seed_from_u64(1);
    RewardId::new(&id("app-id"), &id("campaign-id"), Timestamp::UNIX_EPOCH, &mut random)
}

fn keys() -> Vec<Key> {
    let (app, user): (AppId, UserId) = (id("app-id"), id("user-id"));
    let (campaign, moment): (CampaignId, MomentId) = (id("campaign-id"), id("moment-id"));
    let group: RewardGroupId = id("group-id");
    let hash = || "hash-id".to_owned();
    let achievement = NoticeId::Achievement(campaign.clone(), moment.clone(), 1);
    vec![
        Key::App(app.clone()),
        Key::ApiKey(hash()),
        Key::AppKey(app.clone(), id("key-id")),
        Key::TokenKey(app.clone(), id("key-id")),
        Key::Person(id("person-id")),
        Key::PersonKey(id("person-id"), id("key-id")),
        Key::Session(hash()),
        Key::Audit(RoleScope::App(app.clone()), EntryId { at: 1, number: 1 }),
        Key::IdentityProvider,
        Key::Identity(hash()),
        Key::SignIn(hash()),
        Key::Campaign(app.clone(), campaign.clone()),
        Key::Change(app.clone(), campaign.clone(), 1),
        Key::Webhook(app.clone(), id("webhook-id")),
        Key::Partner(app.clone(), id("partner-id")),
        Key::Supplier(app.clone(), id("supplier-id")),
        Key::SupplierPace(app.clone(), id("supplier-id")),
        Key::Delivery(app.clone(), id("webhook-id"), id("event-id")),
        Key::Threshold(app.clone(), Threshold::BudgetLow(campaign.clone())),
        Key::Threshold(app.clone(), Threshold::CampaignLive(campaign.clone())),
        Key::Threshold(app.clone(), Threshold::CampaignFinished(campaign.clone())),
        Key::Threshold(app.clone(), Threshold::StockLow(group.clone())),
        Key::RewardGroup(app.clone(), group.clone()),
        Key::User(app.clone(), user.clone()),
        Key::Device(app.clone(), user.clone(), id("device-id")),
        Key::Progress(app.clone(), user.clone(), campaign.clone(), moment.clone()),
        Key::TestProgress(app.clone(), user.clone(), campaign.clone(), moment.clone()),
        Key::Reward(app.clone(), user.clone(), campaign.clone(), moment.clone(), 1),
        Key::Replaced(app.clone(), user.clone(), campaign.clone(), moment.clone(), 1, reward()),
        Key::Notice(app.clone(), user.clone(), NoticeId::Announcement(campaign.clone())),
        Key::Notice(app.clone(), user.clone(), achievement.clone()),
        Key::Announcement(app.clone(), campaign.clone(), 1),
        Key::AnnouncementPart(app.clone(), campaign.clone(), 1, 1),
        Key::Later(app.clone(), user.clone(), achievement),
        Key::Address(app.clone(), hash()),
        Key::ErasedReward(reward()),
        Key::Expiry(reward()),
        Key::Order(reward()),
        Key::ShippingAddress(reward()),
        Key::Code(app.clone(), hash()),
        Key::Budget(app.clone(), campaign.clone()),
        Key::Slot(app.clone(), campaign.clone(), 1),
        Key::CapBudget(app.clone(), campaign.clone(), Cap::Moment(moment.clone())),
        Key::CapBudget(app.clone(), campaign.clone(), Cap::Group(group)),
        Key::CapBudget(app.clone(), campaign.clone(), Cap::Day(1)),
        Key::CapSlot(app.clone(), campaign.clone(), Cap::Day(1), 1),
        Key::Allowance(app.clone(), user.clone(), campaign.clone()),
        Key::Velocity(app.clone(), campaign.clone(), hash(), 1, 1),
        Key::Fingerprint(app.clone(), campaign.clone(), FingerprintKind::Device, hash()),
        Key::Fingerprint(app.clone(), campaign.clone(), FingerprintKind::Payment, hash()),
        Key::Refusal(app.clone(), user.clone(), campaign.clone(), moment.clone()),
        Key::Score(app.clone(), user.clone(), campaign.clone(), moment.clone(), WindowId::Campaign),
        Key::Score(app.clone(), user.clone(), campaign.clone(), moment.clone(), WindowId::From(0)),
        Key::TestScore(app.clone(), user.clone(), campaign.clone(), moment, WindowId::Campaign),
        Key::Entry(app.clone(), campaign.clone(), WindowId::Campaign, user.clone()),
        Key::Board(app.clone(), campaign.clone(), WindowId::Campaign),
        Key::Ladder(app.clone(), campaign.clone(), WindowId::Campaign),
        Key::Run(app.clone(), campaign.clone(), WindowId::Campaign, 1, 1),
        Key::Places(app.clone(), campaign.clone(), WindowId::Campaign, 1),
        Key::Competitor(app.clone(), campaign.clone(), user.clone()),
        Key::Bracket(app.clone(), campaign.clone()),
        Key::Match(app.clone(), campaign.clone(), 1, 1),
        Key::Entrant(app.clone(), user, campaign.clone()),
        Key::Redemptions(app.clone(), campaign.clone(), 1),
        Key::Counted(reward()),
        Key::ReportCells(app.clone(), campaign.clone(), 0),
        Key::ReportCells(app.clone(), campaign.clone(), 1),
        Key::ReportDay(app.clone(), campaign.clone(), 1, 1, 0),
        Key::ReportDay(app.clone(), campaign.clone(), 1, 1, 1),
        Key::Funnel(app.clone(), campaign.clone(), 1, 1, 0),
        Key::Totals(app.clone(), campaign.clone(), 1),
        Key::Hours(app, campaign, 1, 1),
    ]
}

fn index_keys() -> Vec<IndexKey> {
    let (app, user, group): (AppId, UserId, RewardGroupId) = (id("app-id"), id("user-id"), id("group-id"));
    let achievement = NoticeId::Achievement(id("campaign-id"), id("moment-id"), 1);
    let (at, hash) = (Timestamp::UNIX_EPOCH, || "hash-id".to_owned());
    vec![
        IndexKey::App(app.clone()),
        IndexKey::Stock(app.clone(), group.clone(), hash()),
        IndexKey::Retired(app.clone(), group.clone(), hash()),
        IndexKey::Reward(reward()),
        IndexKey::Waiting(reward(), group),
        IndexKey::Review(reward()),
        IndexKey::Due(1, id("event-id")),
        IndexKey::Audience(app.clone(), user.clone()),
        IndexKey::Expiring(reward(), at),
        IndexKey::Later(app.clone(), user.clone(), achievement, at),
        IndexKey::Score(app, id("campaign-id"), WindowId::Campaign, user, ScorePlace::new(Score::Highest, 1, at)),
        IndexKey::Order(reward(), RewardState::Ordered, at),
        IndexKey::Removal(reward(), at),
    ]
}

/// A key with its parts in braces. Numbers are `{n}`; those with leading zeros sort as numbers.
fn pattern(key: &str) -> String {
    let part = |part: &str| match part {
        part if part == reward().as_str() => "{reward}".to_owned(),
        "ordered" => "{state}".to_owned(),
        part if part.bytes().all(|byte| byte.is_ascii_digit()) && part.len() > 3 => format!("{{n:0{}}}", part.len()),
        part if part.bytes().all(|byte| byte.is_ascii_digit()) => "{n}".to_owned(),
        part => part.strip_suffix("-id").map_or_else(|| part.to_owned(), |name| format!("{{{name}}}")),
    };
    format!("`{}`", key.split('#').map(part).collect::<Vec<_>>().join("#"))
}

/// A row for each key: its variant, both patterns and the variant's doc comment.
fn table(name: &str, keys: Vec<(String, (String, String))>) -> String {
    let comments = doc_comments(&read(SCHEMA), name);
    let variants: Vec<&str> = keys.iter().map(|(key, _)| key.split('(').next().unwrap()).collect();
    for (variant, _) in &comments {
        assert!(variants.contains(&variant.as_str()), "{name}::{variant} has no row in {}", file!());
    }
    let comment = |variant: &str| comments.iter().find(|(found, _)| found == variant).unwrap().1.clone();
    let rows =
        rows(keys.iter().zip(&variants).map(|((_, (pk, sk)), variant)| {
            [format!("`{name}::{variant}`"), pattern(pk), pattern(sk), comment(variant)]
        }));
    format!("| item | partition key | sort key | what it is |\n|---|---|---|---|\n{rows}")
}

#[test]
fn the_keys_of_the_data_model_are_those_of_the_code() {
    let keys = keys().into_iter().map(|key| (format!("{key:?}"), key.pair())).collect();
    section("docs/data-model.md", "keys", &table("Key", keys));
}

#[test]
fn the_index_of_the_data_model_is_that_of_the_code() {
    let keys = index_keys().into_iter().map(|key| (format!("{key:?}"), key.pair())).collect();
    section("docs/data-model.md", "index keys", &table("IndexKey", keys));
}
