//! The whole table on one screen: each item's key and each index key, written in one `match` each. `reading` reads keys
//! back. The rest of an item is in its entity's file.

mod partitions;
mod reading;

pub use partitions::{ScorePlace, board_shard};
pub(crate) use partitions::{
    announcements_pk, audience_pk, audience_user, audit_pk, board_pk, boards_pk, bracket_pk, competitors_pk,
    delivery_pk, due_pk, entries_pk, expiring_pk, hours_sk, keys_of_person, later_at, later_pk, later_until, order_at,
    orders_pk, removals_pk, report_cells_pk, report_pk, retired_pk, review_pk, rewards_pk, score_place, scores_pk,
    stock_pk, test_pk, thresholds_pk, user_pk, waiting_pk,
};
use partitions::{audience_shard, cap_pk, day_sk, delivery_shard, escape, later_sk, part_sk, spread, stock_shard};

use domain::audit::EntryId;
use domain::campaign::Cap;
use domain::campaign::guards::FingerprintKind;
use domain::competition::WindowId;
use domain::event::Threshold;
use domain::id::{
    AppId, CampaignId, DeviceId, DomainEventId, KeyId, MomentId, PartnerId, PersonId, RewardGroupId, RewardId,
    SupplierId, UserId, WebhookId,
};
use domain::message::NoticeId;
use domain::person::RoleScope;
use domain::reward::RewardState;
use jiff::Timestamp;

use super::notices::LATER_SHARDS;

pub(crate) const PK: &str = "pk";
pub(crate) const SK: &str = "sk";
/// The one index with its partition and sort key. It projects `url` and `reward_group_id` besides the keys.
pub(crate) const INDEX: &str = "gsi1";
pub(crate) const INDEX_PK: &str = "gsi1pk";
pub(crate) const INDEX_SK: &str = "gsi1sk";

/// Shards of a reward group's stock in the index. A partition takes 1,000 claims a second; more shards only make it
/// dearer to find an empty stock.
pub const STOCK_SHARDS: u8 = 16;

/// Shards of an app's audience in the index.
pub const AUDIENCE_SHARDS: u8 = 16;

/// Shards of a webhook's deliveries, and of all due deliveries. A partition takes 1,000 writes a second, and each of a
/// thousand awards a second causes a delivery.
pub const DELIVERY_SHARDS: u8 = 16;

/// Shards of expiring rewards in the index: a thousand awards a second expire at that rate.
pub const EXPIRY_SHARDS: u8 = 16;

/// Shards of a campaign's report. An environment writes to the first until that is busy, so a calm campaign fills one.
/// Each other shard costs half a read unit.
pub const REPORT_SHARDS: u8 = 16;

/// Shards of a campaign's totals, and of its awards by hour. Fewer than a report has, because a list of a hundred
/// campaigns reads them all, and more than one, so that workers who count at the same time seldom meet.
pub const TOTAL_SHARDS: u8 = 4;

/// Shards of a board, in the index and of its entries. A partition of the index takes 1,000 writes a second, and each
/// changed score makes two.
pub const BOARD_SHARDS: u8 = 16;

pub(crate) const APPS: &str = "APPS";
pub(crate) const PEOPLE: &str = "PEOPLE";

/// An item of the table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Key {
    /// An app.
    App(AppId),
    /// An API key, by the SHA-256 (hex) of its text.
    ApiKey(String),
    /// The entry of an API key in its app's list.
    AppKey(AppId, KeyId),
    /// A key with which an app's backend signs user tokens.
    TokenKey(AppId, KeyId),
    /// A person or a service who administers.
    Person(PersonId),
    /// The entry of a person's API key in the person's list.
    PersonKey(PersonId, KeyId),
    /// A person's session, by the SHA-256 (hex) of its text.
    Session(String),
    /// A change of an app's administration, or of everything, by its time.
    Audit(RoleScope, EntryId),
    /// The identity provider of the deployment.
    IdentityProvider,
    /// Whose an identity at the provider is, by the SHA-256 (hex) of issuer and subject.
    Identity(String),
    /// A sign-in that has begun, by the SHA-256 (hex) of its text.
    SignIn(String),
    /// A campaign.
    Campaign(AppId, CampaignId),
    /// A change of a campaign, by the version that it made.
    Change(AppId, CampaignId, u64),
    /// An app's endpoint for domain events.
    Webhook(AppId, WebhookId),
    /// A merchant who confirms redemptions.
    Partner(AppId, PartnerId),
    /// A supplier of reward URLs.
    Supplier(AppId, SupplierId),
    /// When a supplier may be called next, and what was wrong with it last.
    SupplierPace(AppId, SupplierId),
    /// A domain event on its way to a webhook.
    Delivery(AppId, WebhookId, DomainEventId),
    /// A crossed threshold, until it is left again.
    Threshold(AppId, Threshold),
    /// A reward group.
    RewardGroup(AppId, RewardGroupId),
    /// A user's profile.
    User(AppId, UserId),
    /// A user's device.
    Device(AppId, UserId, DeviceId),
    /// A user's progress towards a moment.
    Progress(AppId, UserId, CampaignId, MomentId),
    /// Progress in test mode: a partition of its own, which no stream filter and no report sees.
    TestProgress(AppId, UserId, CampaignId, MomentId),
    /// A user's reward, by occurrence from 1.
    Reward(AppId, UserId, CampaignId, MomentId, u32),
    /// A voided reward that another one replaced.
    Replaced(AppId, UserId, CampaignId, MomentId, u32, RewardId),
    /// A message to a user: its push results, and when the user read it.
    Notice(AppId, UserId, NoticeId),
    /// The nth announcement of a campaign, from 1.
    Announcement(AppId, CampaignId, u32),
    /// The progress of an announcement through one shard of the audience.
    AnnouncementPart(AppId, CampaignId, u32, u8),
    /// A message that is pushed later.
    Later(AppId, UserId, NoticeId),
    /// The owner of a device address, by the hash of channel and address.
    Address(AppId, String),
    /// A reward whose user was erased.
    ErasedReward(RewardId),
    /// When a reward expires.
    Expiry(RewardId),
    /// The order of a physical reward.
    Order(RewardId),
    /// The shipping address of a physical reward.
    ShippingAddress(RewardId),
    /// A unique reward URL, by the hash of the URL.
    Code(AppId, String),
    /// A campaign's budget.
    Budget(AppId, CampaignId),
    /// A part of the budget, in escrow.
    Slot(AppId, CampaignId, u16),
    /// The budget of a cap of a campaign.
    CapBudget(AppId, CampaignId, Cap),
    /// A part of a cap's budget, in escrow.
    CapSlot(AppId, CampaignId, Cap, u16),
    /// The amount spent on a user in a campaign that caps it.
    Allowance(AppId, UserId, CampaignId),
    /// Counted events of a user or a device (by hash) in a stretch of time: its length in minutes, and its number
    /// since 1970.
    Velocity(AppId, CampaignId, String, u32, i64),
    /// The one reward of a campaign that holds a device or a payment, by its hash.
    Fingerprint(AppId, CampaignId, FingerprintKind, String),
    /// Why the user's latest events did not count for a moment.
    Refusal(AppId, UserId, CampaignId, MomentId),
    /// A user's score in one window of a competition.
    Score(AppId, UserId, CampaignId, MomentId, WindowId),
    /// A score in test mode, beside the progress in test mode.
    TestScore(AppId, UserId, CampaignId, MomentId, WindowId),
    /// The entry of a user in a board's list, written before the user's first score there. The list needs no index, so
    /// it lacks nobody.
    Entry(AppId, CampaignId, WindowId, UserId),
    /// The board of a window, from its freezing on.
    Board(AppId, CampaignId, WindowId),
    /// Ranks of some scores of a running board, counted on demand.
    Ladder(AppId, CampaignId, WindowId),
    /// A chunk of a shard's scores in their order, while a frozen board is counted.
    Run(AppId, CampaignId, WindowId, u8, u32),
    /// A chunk of the places of a counted board.
    Places(AppId, CampaignId, WindowId, u32),
    /// An admin's decision about a user in a competition: disqualified, or hidden.
    Competitor(AppId, CampaignId, UserId),
    /// A single-elimination tournament of a competition.
    Bracket(AppId, CampaignId),
    /// A pairing of a bracket, by round and number, from 1.
    Match(AppId, CampaignId, u8, u16),
    /// Says that a user is in a campaign's bracket, for the export and for erasing the user.
    Entrant(AppId, UserId, CampaignId),
    /// Redeemed rewards. Not in the slot, so that a visit never conflicts with a claim.
    Redemptions(AppId, CampaignId, u16),
    /// The report's record of what it has counted of a reward.
    Counted(RewardId),
    /// A page of the numbered cells of a campaign's report.
    ReportCells(AppId, CampaignId, u32),
    /// A shard of a day's reward figures of a campaign, for the cells of one part.
    ReportDay(AppId, CampaignId, u8, i32, u32),
    /// A shard of a day's users who began, or completed without a reward, for the cells of one part. Its own item, so
    /// that it never conflicts with a transaction.
    Funnel(AppId, CampaignId, u8, i32, u32),
    /// A shard of a campaign's reward figures in all.
    Totals(AppId, CampaignId, u8),
    /// A shard of a campaign's awards and spending in each hour of a day in UTC.
    Hours(AppId, CampaignId, u8, i32),
}

impl Key {
    /// The item's partition and sort key. Ids of apps, campaigns, moments and groups hold no `#`; those of users and
    /// devices are escaped, so no id can forge another's key.
    pub fn pair(&self) -> (String, String) {
        match self {
            Self::App(app) => (format!("APP#{app}"), "APP".into()),
            Self::ApiKey(hash) => (format!("KEY#{hash}"), "KEY".into()),
            Self::AppKey(app, key) => (format!("APP#{app}"), format!("KEY#{key}")),
            Self::TokenKey(app, key) => (format!("APP#{app}"), format!("TOKENKEY#{key}")),
            Self::Person(person) => (PEOPLE.into(), format!("PERSON#{person}")),
            Self::PersonKey(person, key) => (keys_of_person(person), format!("KEY#{key}")),
            Self::Session(hash) => (format!("SESSION#{hash}"), "SESSION".into()),
            Self::Audit(scope, entry) => (audit_pk(scope), format!("ENTRY#{:015}#{:020}", entry.at, entry.number)),
            Self::IdentityProvider => ("IDENTITY".into(), "PROVIDER".into()),
            Self::Identity(hash) => (format!("IDENTITY#{hash}"), "IDENTITY".into()),
            Self::SignIn(hash) => (format!("SIGNIN#{hash}"), "SIGNIN".into()),
            Self::Campaign(app, campaign) => (format!("APP#{app}"), format!("CAMPAIGN#{campaign}")),
            // Padded to the largest version's width, so that changes sort by version.
            Self::Change(app, campaign, version) => {
                (format!("HISTORY#{app}#{campaign}"), format!("CHANGE#{version:020}"))
            }
            Self::Webhook(app, webhook) => (format!("APP#{app}"), format!("WEBHOOK#{webhook}")),
            Self::Partner(app, partner) => (format!("APP#{app}"), format!("PARTNER#{partner}")),
            Self::Supplier(app, supplier) => (format!("APP#{app}"), format!("SUPPLIER#{supplier}")),
            // Apart from the app's partition, because every call writes it.
            Self::SupplierPace(app, supplier) => (format!("PACE#{app}#{supplier}"), "PACE".into()),
            Self::Delivery(app, webhook, event) => {
                (delivery_pk(app, webhook, delivery_shard(event)), format!("DELIVERY#{event}"))
            }
            Self::Threshold(app, threshold) => (thresholds_pk(app), format!("{}#{}", threshold.name(), threshold.of())),
            Self::RewardGroup(app, group) => (format!("APP#{app}"), format!("GROUP#{group}")),
            Self::User(app, user) => (user_pk(app, user), "PROFILE".into()),
            Self::Device(app, user, device) => (user_pk(app, user), format!("DEVICE#{}", escape(device.as_str()))),
            Self::Progress(app, user, campaign, moment) => {
                (user_pk(app, user), format!("PROGRESS#{campaign}#{moment}"))
            }
            Self::TestProgress(app, user, campaign, moment) => {
                (test_pk(app, user), format!("PROGRESS#{campaign}#{moment}"))
            }
            Self::Reward(app, user, campaign, moment, n) => {
                (user_pk(app, user), format!("REWARD#{campaign}#{moment}#{n}"))
            }
            // Ids of rewards hold no `#`.
            Self::Replaced(app, user, campaign, moment, n, reward) => {
                (user_pk(app, user), format!("REPLACED#{campaign}#{moment}#{n}#{}", reward.as_str()))
            }
            Self::Notice(app, user, notice) => (user_pk(app, user), format!("NOTICE#{}", notice.parts().join("#"))),
            // Padded to the largest number's width, so that they sort by number.
            Self::Announcement(app, campaign, number) => {
                (announcements_pk(app, campaign), format!("ANNOUNCEMENT#{number:010}"))
            }
            Self::AnnouncementPart(app, campaign, number, shard) => {
                (announcements_pk(app, campaign), format!("PART#{number:010}#{shard}"))
            }
            Self::Later(app, user, notice) => (user_pk(app, user), format!("LATER#{}", notice.parts().join("#"))),
            Self::Address(app, hash) => (format!("ADDRESS#{app}#{hash}"), "ADDRESS".into()),
            Self::Expiry(reward) => (format!("EXPIRY#{}", reward.as_str()), "EXPIRY".into()),
            Self::ErasedReward(reward) => (format!("ERASED#{}", reward.as_str()), "REWARD".into()),
            Self::Order(reward) => (format!("ORDER#{}", reward.as_str()), "ORDER".into()),
            Self::ShippingAddress(reward) => (format!("SHIPPING#{}", reward.as_str()), "SHIPPING".into()),
            Self::Code(app, hash) => (format!("CODE#{app}#{hash}"), "CODE".into()),
            Self::Budget(app, campaign) => (format!("LEDGER#{app}#{campaign}"), "BUDGET".into()),
            Self::Slot(app, campaign, slot) => (format!("LEDGER#{app}#{campaign}#{slot}"), "SLOT".into()),
            Self::CapBudget(app, campaign, cap) => (cap_pk(app, campaign, cap), "CAP".into()),
            Self::CapSlot(app, campaign, cap, slot) => {
                (format!("{}#{slot}", cap_pk(app, campaign, cap)), "CAPSLOT".into())
            }
            Self::Allowance(app, user, campaign) => (user_pk(app, user), format!("ALLOWANCE#{campaign}")),
            Self::Velocity(app, campaign, hash, minutes, stretch) => {
                (format!("VELOCITY#{app}#{campaign}#{hash}"), format!("STRETCH#{minutes}#{stretch}"))
            }
            Self::Fingerprint(app, campaign, kind, hash) => {
                (format!("FINGERPRINT#{app}#{campaign}#{}#{hash}", kind.as_str()), "FINGERPRINT".into())
            }
            // Sorts behind the range that every eligibility check reads.
            Self::Refusal(app, user, campaign, moment) => {
                (user_pk(app, user), format!("TURNED_AWAY#{campaign}#{moment}"))
            }
            // Sorts behind that range, too.
            Self::Score(app, user, campaign, moment, window) => {
                (user_pk(app, user), format!("SCORE#{campaign}#{moment}#{window}"))
            }
            Self::TestScore(app, user, campaign, moment, window) => {
                (test_pk(app, user), format!("SCORE#{campaign}#{moment}#{window}"))
            }
            Self::Entry(app, campaign, window, user) => {
                (entries_pk(app, campaign, *window, board_shard(user)), format!("ENTRY#{}", escape(user.as_str())))
            }
            Self::Board(app, campaign, window) => (boards_pk(app, campaign), format!("WINDOW#{window}")),
            Self::Ladder(app, campaign, window) => (board_pk(app, campaign, *window), "LADDER".into()),
            // Padded to the largest number's width, so that they sort by number.
            Self::Run(app, campaign, window, shard, number) => {
                (board_pk(app, campaign, *window), format!("RUN#{shard:02}#{number:010}"))
            }
            Self::Places(app, campaign, window, number) => {
                (board_pk(app, campaign, *window), format!("PLACES#{number:010}"))
            }
            Self::Competitor(app, campaign, user) => {
                (competitors_pk(app, campaign), format!("COMPETITOR#{}", escape(user.as_str())))
            }
            Self::Bracket(app, campaign) => (bracket_pk(app, campaign), "BRACKET".into()),
            Self::Match(app, campaign, round, number) => {
                (bracket_pk(app, campaign), format!("MATCH#{round:02}#{number:04}"))
            }
            // Sorts before the ranges that eligibility checks and announcements read.
            Self::Entrant(app, user, campaign) => (user_pk(app, user), format!("BRACKET#{campaign}")),
            Self::Redemptions(app, campaign, slot) => (format!("LEDGER#{app}#{campaign}#{slot}"), "REDEEMED".into()),
            Self::Counted(reward) => (format!("COUNTED#{}", reward.as_str()), "COUNTED".into()),
            Self::ReportCells(app, campaign, page) => (report_cells_pk(app, campaign), part_sk("CELLS", *page)),
            Self::ReportDay(app, campaign, shard, day, part) => {
                (report_pk(app, campaign, *shard), day_sk(*day, "REWARDS", *part))
            }
            Self::Funnel(app, campaign, shard, day, part) => {
                (report_pk(app, campaign, *shard), day_sk(*day, "FUNNEL", *part))
            }
            // Both sort behind the days, which a report reads.
            Self::Totals(app, campaign, shard) => (report_pk(app, campaign, *shard), "TOTALS".into()),
            Self::Hours(app, campaign, shard, day) => (report_pk(app, campaign, *shard), hours_sk(*day)),
        }
    }
}

/// A place in the index.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum IndexKey {
    /// An app.
    App(AppId),
    /// A claimable URL, by its hash. The item leaves the index when it is claimed.
    Stock(AppId, RewardGroupId, String),
    /// A retired URL, by its hash.
    Retired(AppId, RewardGroupId, String),
    /// An awarded reward.
    Reward(RewardId),
    /// A reward that waits for a group. Its id begins with the time, so a shard is sorted by age.
    Waiting(RewardId, RewardGroupId),
    /// A reward that an admin must release, also sorted by age.
    Review(RewardId),
    /// A delivery by the time of its next attempt, in milliseconds since 1970.
    Due(i64, DomainEventId),
    /// A user in the audience of announcements.
    Audience(AppId, UserId),
    /// A score on its board, the better ones first, of equal ones the earlier.
    Score(AppId, CampaignId, WindowId, UserId, ScorePlace),
    /// A reward by its expiry.
    Expiring(RewardId, Timestamp),
    /// A message by the time of its push.
    Later(AppId, UserId, NoticeId, Timestamp),
    /// An order in a state, by when it entered that state.
    Order(RewardId, RewardState, Timestamp),
    /// An address by the time of its removal.
    Removal(RewardId, Timestamp),
}

impl IndexKey {
    /// The place's partition and sort key.
    pub fn pair(&self) -> (String, String) {
        match self {
            Self::App(app) => (APPS.into(), app.to_string()),
            Self::Retired(app, group, hash) => (retired_pk(app, group, stock_shard(hash)), hash.clone()),
            Self::Stock(app, group, hash) => (stock_pk(app, group, stock_shard(hash)), hash.clone()),
            Self::Reward(reward) => {
                (rewards_pk(reward.app(), reward.campaign(), reward.shard()), reward.as_str().into())
            }
            Self::Waiting(reward, group) => {
                (waiting_pk(reward.app(), reward.campaign(), group, reward.shard()), reward.as_str().into())
            }
            Self::Review(reward) => {
                (review_pk(reward.app(), reward.campaign(), reward.shard()), reward.as_str().into())
            }
            // Padded to the width of any time, so that deliveries sort by time.
            Self::Due(at, event) => (due_pk(delivery_shard(event)), format!("{at:015}#{event}")),
            Self::Expiring(reward, at) => {
                (expiring_pk(spread(reward.as_str()) % EXPIRY_SHARDS), format!("{}#{}", later_sk(*at), reward.as_str()))
            }
            Self::Audience(app, user) => (audience_pk(app, audience_shard(user)), escape(user.as_str())),
            Self::Score(app, campaign, window, user, place) => (
                scores_pk(app, campaign, *window, board_shard(user)),
                format!("{}#{}", place.text(app, campaign, *window, user), escape(user.as_str())),
            ),
            Self::Later(app, user, notice, at) => {
                let shard = spread(user.as_str()) % LATER_SHARDS;
                let of = format!("{app}#{}#{}", escape(user.as_str()), notice.parts().join("#"));
                (later_pk(shard), format!("{}#{of}", later_sk(*at)))
            }
            Self::Order(reward, state, at) => {
                let place = format!("{}#{}", later_sk(*at), reward.as_str());
                (orders_pk(reward.app(), *state, reward.shard()), place)
            }
            Self::Removal(reward, at) => {
                (removals_pk(reward.shard()), format!("{}#{}", later_sk(*at), reward.as_str()))
            }
        }
    }
}

#[cfg(test)]
mod tests;
