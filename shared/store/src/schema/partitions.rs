//! Partition keys, parts of keys, and the shards of the index. A function ending in `_pk` writes the partition that its
//! name says, or one shard of it. The keys themselves are in the file above.

use domain::campaign::Cap;
use domain::competition::{MOST, Score, WindowId};
use domain::id::{AppId, CampaignId, DomainEventId, PersonId, RewardGroupId, RewardId, UserId, WebhookId};
use domain::person::RoleScope;
use domain::reward::RewardState;
use jiff::Timestamp;
use sha2::{Digest as _, Sha256};

use super::{AUDIENCE_SHARDS, BOARD_SHARDS, DELIVERY_SHARDS, STOCK_SHARDS};

pub(crate) fn keys_of_person(person: &PersonId) -> String {
    format!("PERSON#{person}")
}

pub(crate) fn audit_pk(scope: &RoleScope) -> String {
    format!("AUDIT#{}", String::from(scope.clone()))
}

pub(crate) fn stock_pk(app: &AppId, group: &RewardGroupId, shard: u8) -> String {
    format!("STOCK#{app}#{group}#{shard}")
}

pub(crate) fn retired_pk(app: &AppId, group: &RewardGroupId, shard: u8) -> String {
    format!("RETIRED#{app}#{group}#{shard}")
}

pub(crate) fn rewards_pk(app: &AppId, campaign: &CampaignId, shard: u8) -> String {
    format!("REWARDS#{app}#{campaign}#{shard}")
}

/// The partition of one shard of the line for a group in a campaign. Each group has its own line, so that a sold-out
/// group hides no other group's line.
pub(crate) fn waiting_pk(app: &AppId, campaign: &CampaignId, group: &RewardGroupId, shard: u8) -> String {
    format!("WAITING#{app}#{campaign}#{group}#{shard}")
}

pub(crate) fn review_pk(app: &AppId, campaign: &CampaignId, shard: u8) -> String {
    format!("REVIEW#{app}#{campaign}#{shard}")
}

pub(crate) fn report_pk(app: &AppId, campaign: &CampaignId, shard: u8) -> String {
    format!("REPORT#{app}#{campaign}#{shard}")
}

pub(crate) fn report_cells_pk(app: &AppId, campaign: &CampaignId) -> String {
    format!("REPORT#{app}#{campaign}")
}

/// Padded to the width of any day, so that days sort in order.
pub(super) fn day_sk(day: i32, kind: &str, part: u32) -> String {
    part_sk(&format!("DAY#{day:07}#{kind}"), part)
}

pub(crate) fn hours_sk(day: i32) -> String {
    format!("HOURS#{day:07}")
}

/// The first part has the name of the only part in earlier versions; the others sort behind it.
pub(super) fn part_sk(of: &str, part: u32) -> String {
    if part == 0 { of.to_owned() } else { format!("{of}#{part:06}") }
}

pub(super) fn part(written: &[&str]) -> Option<u32> {
    match written {
        [] => Some(0),
        [part] => part.parse().ok().filter(|part| *part > 0),
        _ => None,
    }
}

pub(crate) fn announcements_pk(app: &AppId, campaign: &CampaignId) -> String {
    format!("ANNOUNCE#{app}#{campaign}")
}

pub(crate) fn audience_pk(app: &AppId, shard: u8) -> String {
    format!("AUDIENCE#{app}#{shard}")
}

pub(crate) fn audience_user(sk: &str) -> Option<UserId> {
    unescape(sk)
}

pub(crate) fn boards_pk(app: &AppId, campaign: &CampaignId) -> String {
    format!("BOARDS#{app}#{campaign}")
}

pub(crate) fn board_pk(app: &AppId, campaign: &CampaignId, window: WindowId) -> String {
    format!("BOARD#{app}#{campaign}#{window}")
}

pub(crate) fn entries_pk(app: &AppId, campaign: &CampaignId, window: WindowId, shard: u8) -> String {
    format!("ENTRIES#{app}#{campaign}#{window}#{shard}")
}

pub(crate) fn scores_pk(app: &AppId, campaign: &CampaignId, window: WindowId, shard: u8) -> String {
    format!("SCORES#{app}#{campaign}#{window}#{shard}")
}

pub(crate) fn competitors_pk(app: &AppId, campaign: &CampaignId) -> String {
    format!("COMPETITORS#{app}#{campaign}")
}

pub(crate) fn bracket_pk(app: &AppId, campaign: &CampaignId) -> String {
    format!("BRACKET#{app}#{campaign}")
}

pub(super) fn window(app: &str, campaign: &str, window: &str) -> Option<(AppId, CampaignId, WindowId)> {
    Some((app.try_into().ok()?, campaign.try_into().ok()?, WindowId::parse(window)?))
}

/// A score's place on its board. Text order is the board's order: the better score first, of equal ones the earlier,
/// of those the smaller salted hash, which is the same everywhere and favours nobody.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ScorePlace {
    /// The score, or what it lacks to the highest one, so that the better one is smaller.
    badness: u64,
    reached_at: Timestamp,
}

impl ScorePlace {
    /// The place of a score of that kind.
    pub fn new(kind: Score, score: u64, reached_at: Timestamp) -> Self {
        Self { badness: badness(kind, score), reached_at }
    }

    /// Returns score and time alone. A prefix sorts before every place that begins with it.
    pub fn prefix(self) -> String {
        format!("{:016}#{}", self.badness, later_sk(self.reached_at))
    }

    /// Returns the time of the place.
    pub(crate) fn reached_at(self) -> Timestamp {
        self.reached_at
    }

    /// Returns the score of the place, of that kind.
    pub(crate) fn score(self, kind: Score) -> u64 {
        badness(kind, self.badness)
    }

    /// Returns the place without the user's id: what decides among users.
    pub fn text(self, app: &AppId, campaign: &CampaignId, window: WindowId, user: &UserId) -> String {
        let salted = Sha256::digest(format!("{app}\n{campaign}\n{window}\n{}", user.as_str()).as_bytes());
        let hash: String = salted.iter().take(8).map(|byte| format!("{byte:02x}")).collect();
        format!("{}#{hash}", self.prefix())
    }
}

fn badness(kind: Score, score: u64) -> u64 {
    if kind == Score::Lowest { score } else { MOST.saturating_sub(score) }
}

/// Returns the score and the time of a place in the index.
pub(crate) fn score_place(kind: Score, sk: &str) -> Option<(u64, Timestamp)> {
    let (first, rest) = sk.split_once('#')?;
    // The transformation is its own inverse.
    Some((badness(kind, first.parse().ok()?), later_at(rest)?))
}

/// Returns the shard of a board that holds a user.
pub fn board_shard(user: &UserId) -> u8 {
    spread(user.as_str()) % BOARD_SHARDS
}

pub(crate) fn later_pk(shard: u8) -> String {
    format!("LATER#{shard}")
}

pub(crate) fn expiring_pk(shard: u8) -> String {
    format!("EXPIRING#{shard}")
}

/// Padded to the width of the latest time, so that due items sort by time. (Nothing is due before 1970.)
pub(super) fn later_sk(at: Timestamp) -> String {
    format!("{:015}", at.as_millisecond().max(0))
}

/// The first place behind everything due by `now`: no place holds a `$` there, and it follows on `#`.
pub(crate) fn later_until(now: Timestamp) -> String {
    format!("{}$", later_sk(now))
}

pub(crate) fn later_at(sk: &str) -> Option<Timestamp> {
    Timestamp::from_millisecond(sk.split('#').next()?.parse().ok()?).ok()
}

pub(crate) fn orders_pk(app: &AppId, state: RewardState, shard: u8) -> String {
    format!("ORDERS#{app}#{state}#{shard}")
}

/// When an order entered its state, and its reward, from its place.
pub(crate) fn order_at(sk: &str) -> Option<(Timestamp, RewardId)> {
    Some((later_at(sk)?, sk.split_once('#')?.1.try_into().ok()?))
}

pub(crate) fn removals_pk(shard: u8) -> String {
    format!("REMOVALS#{shard}")
}

pub(crate) fn delivery_pk(app: &AppId, webhook: &WebhookId, shard: u8) -> String {
    format!("DELIVERY#{app}#{webhook}#{shard}")
}

pub(crate) fn due_pk(shard: u8) -> String {
    format!("DUE#webhook#{shard}")
}

pub(crate) fn thresholds_pk(app: &AppId) -> String {
    format!("SIGNAL#{app}")
}

pub(crate) fn user_pk(app: &AppId, user: &UserId) -> String {
    format!("USER#{app}#{}", escape(user.as_str()))
}

/// The partition of a user's progress in test mode.
pub(crate) fn test_pk(app: &AppId, user: &UserId) -> String {
    format!("TEST#{}", user_pk(app, user))
}

pub(super) fn cap_pk(app: &AppId, campaign: &CampaignId, cap: &Cap) -> String {
    match cap {
        Cap::Moment(moment) => format!("CAP#{app}#{campaign}#moment#{moment}"),
        Cap::Group(group) => format!("CAP#{app}#{campaign}#group#{group}"),
        Cap::Day(day) => format!("CAP#{app}#{campaign}#day#{day}"),
    }
}

pub(super) fn cap(kind: &str, of: &str) -> Option<Cap> {
    Some(match kind {
        "moment" => Cap::Moment(of.try_into().ok()?),
        "group" => Cap::Group(of.try_into().ok()?),
        "day" => Cap::Day(of.parse().ok()?),
        _ => return None,
    })
}

pub(super) fn stock_shard(hash: &str) -> u8 {
    spread(hash) % STOCK_SHARDS
}

pub(super) fn delivery_shard(event: &DomainEventId) -> u8 {
    spread(event.as_str()) % DELIVERY_SHARDS
}

pub(super) fn audience_shard(user: &UserId) -> u8 {
    spread(user.as_str()) % AUDIENCE_SHARDS
}

/// A number that depends on every byte of the text: a single character of a hash or an id is not evenly spread.
pub(super) fn spread(text: &str) -> u8 {
    let sum = text.bytes().fold(0_u32, |sum, byte| sum.wrapping_mul(31).wrapping_add(u32::from(byte)));
    sum.to_be_bytes().into_iter().fold(0, |folded, byte| folded ^ byte)
}

/// Escapes `#`, which separates the parts of a key.
pub(super) fn escape(text: &str) -> String {
    text.replace('%', "%25").replace('#', "%23")
}

pub(super) fn unescape<T: TryFrom<String>>(text: &str) -> Option<T> {
    T::try_from(text.replace("%23", "#").replace("%25", "%")).ok()
}
