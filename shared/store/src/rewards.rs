//! Rewards: the transaction that awards one, and reads. `claim` chooses the URL and the slot, and reacts to refusals.
//! Later changes of a reward are in `reward_changes`, its stored shape in `stored`.

mod stored;

use aws_sdk_dynamodb::types::TransactWriteItem;
pub use stored::read;
use stored::stored;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use domain::Error;
use domain::campaign::guards::{FingerprintKind, Fingerprints};
use domain::id::{AppId, CampaignId, MomentId, REWARD_SHARDS, RewardGroupId, RewardId, UserId};
use domain::reward::{Reward, RewardState};
use domain::secret::FingerprintHash;
use futures_util::stream::{self, StreamExt as _, TryStreamExt as _};
use jiff::Timestamp;
use serde::Deserialize;

use super::codes::{self, Candidate};
use super::conditions::{
    CHANGES_UNCHANGED, NO_CHANGES, NOT_YET_WRITTEN, SEALED, STATE_UNCHANGED, STILL_WAITING, UNSEALED,
};
use super::failure::{Item, Reason};
use super::ledger::Account;
use super::schema::{INDEX, IndexKey, Key, rewards_pk, waiting_pk};
use super::{Store, guards, item, ledger, requests};

/// Why a claim was refused.
#[derive(Debug, Clone, PartialEq)]
pub enum ClaimRefusal {
    /// The user already has, or waits for, the reward of this occurrence.
    Exists(Box<Reward>),
    /// The waiting or voided reward that the claim replaces is gone.
    Gone,
    /// Another reward has the URL.
    CodeTaken,
    /// A slot does not cover the price. Carries its index in [`Payment::slots`].
    SlotShort(usize),
    /// The cap on the user does not cover the price.
    AllowanceUsed,
    /// Another reward holds the device or the payment.
    Used(FingerprintKind),
    /// The slot is closed: the campaign is suspended.
    SlotClosed,
    /// Another transaction was at one of the items, or a partition was throttled.
    Busy,
}

/// The sources of a reward's money, and the limits that it uses up.
#[derive(Debug, Clone)]
pub struct Payment<'a> {
    /// Ledgers with a slot each: the campaign's own first, then those of its caps.
    pub slots: Vec<(Account, u16)>,
    /// The cap on what the user may cost, if any.
    pub allowance: Option<i64>,
    /// Fingerprints that may hold one reward each.
    pub held: Vec<(FingerprintKind, &'a FingerprintHash)>,
    /// The earliest end of holding them.
    pub held_until: Timestamp,
}

/// The item in the place of the new reward.
#[derive(Debug, Clone, Copy)]
pub enum Predecessor<'a> {
    /// Nothing.
    Nothing,
    /// The same reward, waiting.
    Waiting(&'a Reward),
    /// A voided reward, in whose place it is issued.
    Voided(&'a Reward),
}

impl<'a> Predecessor<'a> {
    /// The predecessor, if any.
    pub fn reward(self) -> Option<&'a Reward> {
        match self {
            Self::Nothing => None,
            Self::Waiting(reward) | Self::Voided(reward) => Some(reward),
        }
    }

    /// The voided reward that is replaced, if any.
    pub fn voided(self) -> Option<&'a Reward> {
        self.reward().filter(|_| matches!(self, Self::Voided(_)))
    }
}

/// Awards a reward: writes the reward, takes the URL and pays, or does none of these. `reward` must be awarded or in
/// review, with its slot. Its URL is the candidate's, or the group's shared URL if `candidate` is `None`. It replaces
/// `predecessor`, or fails if an item is there.
pub async fn claim(
    store: &Store,
    reward: &Reward,
    candidate: Option<&Candidate>,
    payment: &Payment<'_>,
    predecessor: Predecessor<'_>,
    now: Timestamp,
) -> Result<Result<(), ClaimRefusal>, Error> {
    let Some(user) = &reward.user_id else {
        return Err(Error::Internal("claim of a reward without user".into()));
    };
    let (app, campaign) = (reward.reward_id.app(), reward.campaign_id());
    let (group, cpa) = (&reward.reward_group_id, reward.cost.amount_minor);
    let put = store.put_in_transaction(item::whole(&key(reward), Some(&place_of(reward)), &stored(reward))?);
    let put = match predecessor {
        Predecessor::Nothing => put.condition_expression(NOT_YET_WRITTEN),
        Predecessor::Waiting(_) => put
            .condition_expression(STILL_WAITING)
            .expression_attribute_values(":waiting", item::text("waiting"))
            .expression_attribute_values(":reward", item::text(reward.reward_id.as_str())),
        Predecessor::Voided(voided) => put
            .condition_expression(STATE_UNCHANGED)
            .expression_attribute_values(":from", item::text("voided"))
            .expression_attribute_values(":reward", item::text(voided.reward_id.as_str())),
    };
    let mut items = vec![requests::put(put)?];
    for (account, slot) in &payment.slots {
        items.push(ledger::pay(store, account, *slot, group, cpa)?);
    }
    let mut codes = 0;
    if let Some(candidate) = candidate {
        let taken = codes::claim(store, app, group, candidate, &reward.reward_id, now)?;
        codes = taken.len();
        items.extend(taken);
    }
    if let Some(cap) = payment.allowance {
        let allowance = Key::Allowance(app.clone(), user.clone(), campaign.clone());
        items.push(ledger::charge(store, &allowance, cap, cpa)?);
    }
    if let Some(voided) = predecessor.voided() {
        items.push(set_aside(store, voided, reward)?);
    }
    // Last, so that the other items keep their positions.
    for held in &payment.held {
        items.push(guards::hold(store, reward, *held, predecessor.voided(), payment.held_until)?);
    }
    match store.transaction("claim", items).await? {
        Ok(()) => Ok(Ok(())),
        Err(reasons) => refusal(&reasons, payment, codes).map(Err),
    }
}

/// The part of a replacement that keeps the voided reward, with its link and its URL.
fn set_aside(store: &Store, voided: &Reward, by: &Reward) -> Result<TransactWriteItem, Error> {
    let (Some(user), id) = (&voided.user_id, voided.reward_id.clone()) else {
        return Err(Error::Internal("replacement of a reward without user".into()));
    };
    let (app, campaign) = (id.app().clone(), voided.campaign_id().clone());
    let aside = Key::Replaced(app, user.clone(), campaign, voided.moment_id.clone(), voided.occurrence, id.clone());
    let voided = stored(&Reward { replaced_by: Some(by.reward_id.clone()), ..voided.clone() });
    // Unconditional: the key ends with the reward's own id, so nothing else can be there.
    requests::put(store.put_in_transaction(item::whole(&aside, Some(&IndexKey::Reward(id)), &voided)?))
}

/// Reads the reasons by position. An existing reward settles the claim; then come the refusals that are final.
fn refusal(reasons: &[Reason], payment: &Payment<'_>, codes: usize) -> Result<ClaimRefusal, Error> {
    match reasons.first() {
        Some(Reason::Refused(Some(old))) => return Ok(ClaimRefusal::Exists(Box::new(read(old.clone())?))),
        Some(Reason::Refused(None)) => return Ok(ClaimRefusal::Gone),
        _ => {}
    }
    let slots = payment.slots.len();
    // A used fingerprint is final; the other refusals may pass.
    let held = reasons.iter().skip(reasons.len().saturating_sub(payment.held.len())).zip(&payment.held);
    if let Some((_, (kind, _))) = held.into_iter().find(|(reason, _)| matches!(reason, Reason::Refused(_))) {
        return Ok(ClaimRefusal::Used(*kind));
    }
    let paid = reasons.get(1..=slots).unwrap_or_default();
    let mut others = reasons.iter().skip(1 + slots);
    let is_refused = |reason: Option<&Reason>| matches!(reason, Some(Reason::Refused(_)));
    if others.by_ref().take(codes).any(|reason| matches!(reason, Reason::Refused(_))) {
        return Ok(ClaimRefusal::CodeTaken);
    }
    if payment.allowance.is_some() && is_refused(others.next()) {
        return Ok(ClaimRefusal::AllowanceUsed);
    }
    for (index, reason) in paid.iter().enumerate() {
        match reason {
            Reason::Refused(Some(slot)) => {
                let slot: ledger::StoredSlot = item::shape("slot", slot.clone())?;
                return Ok(if slot.is_open { ClaimRefusal::SlotShort(index) } else { ClaimRefusal::SlotClosed });
            }
            // No slot yet: nothing was ever leased into it.
            Reason::Refused(None) => return Ok(ClaimRefusal::SlotShort(index)),
            _ => {}
        }
    }
    Ok(ClaimRefusal::Busy)
}

/// Removes a waiting reward from the line. Returns `false` if it is gone or no longer waits.
pub async fn leave_line(store: &Store, waiting: &Reward) -> Result<bool, Error> {
    let delete = store
        .delete_in_transaction(&key(waiting))
        .condition_expression(STILL_WAITING)
        .expression_attribute_values(":waiting", item::text("waiting"))
        .expression_attribute_values(":reward", item::text(waiting.reward_id.as_str()));
    match store.transaction("leave line", vec![requests::delete(delete)?]).await? {
        Ok(()) => Ok(true),
        Err(reasons) if matches!(reasons.first(), Some(Reason::Refused(_))) => Ok(false),
        Err(_) => Err(Error::Unavailable("leave line: conflict".into())),
    }
}

/// Records that the user waits for a reward. Returns the existing one if the occurrence already has a reward.
pub async fn join_line(store: &Store, reward: &Reward) -> Result<Option<Reward>, Error> {
    let index = IndexKey::Waiting(reward.reward_id.clone(), reward.reward_group_id.clone());
    let item = item::whole(&key(reward), Some(&index), &stored(reward))?;
    let request = store.put().set_item(Some(item)).condition_expression(NOT_YET_WRITTEN);
    store.put_or_found("record waiting", request).await?.map(read).transpose()
}

/// Returns the user's reward for one occurrence of a moment.
pub async fn get(
    store: &Store,
    app: &AppId,
    user: &UserId,
    campaign: &CampaignId,
    moment: &MomentId,
    occurrence: u32,
) -> Result<Option<Reward>, Error> {
    let at = Key::Reward(app.clone(), user.clone(), campaign.clone(), moment.clone(), occurrence);
    store.get_item("get reward", &at).await?.map(read).transpose()
}

/// Returns one page of a user's rewards, and the cursor of the next.
pub async fn list(
    store: &Store,
    app: &AppId,
    user: &UserId,
    limit: u32,
    after: Option<&str>,
) -> Result<(Vec<Reward>, Option<String>), Error> {
    let (pk, _) = Key::User(app.clone(), user.clone()).pair();
    let first = match after {
        None => "REWARD#".to_owned(),
        // A control character follows on no key: this is the first possible place behind the last one shown.
        Some(cursor) => format!("{}\u{1}", read_cursor(&pk, cursor)?),
    };
    let request = store.range(pk, first, "REWARD$").consistent_read(true).limit(i32::try_from(limit).unwrap_or(100));
    let (items, next) = store.query_page("list rewards", request).await?;
    let rewards = items.into_iter().map(read).collect::<Result<Vec<_>, _>>()?;
    let more = next.is_some();
    let cursor = rewards.last().filter(|_| more).map(|last| URL_SAFE_NO_PAD.encode(key(last).pair().1));
    Ok((rewards, cursor))
}

/// The sort key of a cursor. Refuses a forged one.
fn read_cursor(pk: &str, cursor: &str) -> Result<String, Error> {
    let decoded = URL_SAFE_NO_PAD.decode(cursor).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    decoded.filter(|sk| matches!(Key::parse(pk, sk), Some(Key::Reward(..)))).ok_or_else(Error::invalid_cursor)
}

/// Returns the key of an awarded reward, as far as the index knows.
pub async fn find(store: &Store, reward: &RewardId) -> Result<Option<Key>, Error> {
    store.find_in_index("find reward", &IndexKey::Reward(reward.clone())).await
}

/// Returns the head of the line for a group in a campaign: ids and keys of waiting rewards, first in first, as far as
/// the index knows. Up to `limit` from each shard.
pub async fn waiting_line(
    store: &Store,
    app: &AppId,
    campaign: &CampaignId,
    group: &RewardGroupId,
    limit: i32,
) -> Result<Vec<(RewardId, Key)>, Error> {
    let mut line: Vec<(RewardId, Key)> = Vec::new();
    let mut complete_until = None;
    for shard in 0..REWARD_SHARDS {
        let request = store
            .query()
            .index_name(INDEX)
            .key_condition_expression("gsi1pk = :shard")
            .expression_attribute_values(":shard", item::text(waiting_pk(app, campaign, group, shard)))
            .limit(limit);
        let (items, next) = store.query_page("read line", request).await?;
        let more = next.is_some();
        for found in items {
            let at = item::key_of(&found)?;
            line.push((item::shape::<IndexedReward>("reward", found)?.reward_id, at));
        }
        // Rewards that a shard did not return are younger than those it did. Rewards of other shards must not overtake
        // them.
        if let Some((last, _)) = line.last().filter(|_| more) {
            complete_until =
                Some(complete_until.map_or(last.created_at(), |until: Timestamp| until.min(last.created_at())));
        }
    }
    line.retain(|(reward, _)| complete_until.is_none_or(|until| reward.created_at() <= until));
    line.sort_by_key(|(reward, _)| reward.created_at());
    Ok(line)
}

/// Returns the key of a reward that waits for a group, as far as the index knows.
pub async fn find_waiting(store: &Store, reward: &RewardId, group: &RewardGroupId) -> Result<Option<Key>, Error> {
    store.find_in_index("find waiting reward", &IndexKey::Waiting(reward.clone(), group.clone())).await
}

/// Counts the rewards that wait for a group in a campaign, as far as the index knows.
pub async fn count_waiting(
    store: &Store,
    app: &AppId,
    campaign: &CampaignId,
    group: &RewardGroupId,
) -> Result<u64, Error> {
    let shards = (0..REWARD_SHARDS).map(|shard| waiting_pk(app, campaign, group, shard));
    let counted = shards.map(|pk| async move { store.count("count line", pk).await });
    let counted: Vec<u64> = stream::iter(counted).buffered(usize::from(REWARD_SHARDS)).try_collect().await?;
    Ok(counted.into_iter().sum())
}

/// Returns the youngest awarded rewards of a campaign, with group and time, as far as the index knows; and the time
/// since which they are complete. That is `since` if no shard has more than `limit` since then.
pub async fn recent(
    store: &Store,
    app: &AppId,
    campaign: &CampaignId,
    since: Timestamp,
    limit: i32,
) -> Result<(Timestamp, Vec<RewardGroupId>), Error> {
    let read = (0..REWARD_SHARDS).map(|shard| async move {
        let request = store
            .query_index(rewards_pk(app, campaign, shard), ">=", RewardId::first_at(app, campaign, shard, since))
            .scan_index_forward(false)
            .limit(limit);
        let (items, next) = store.query_page("read recent rewards", request).await?;
        let more = next.is_some();
        let found: Vec<IndexedReward> =
            items.into_iter().map(|found| item::shape("reward", found)).collect::<Result<_, _>>()?;
        Ok::<_, Error>((more, found))
    });
    let shards: Vec<(bool, Vec<IndexedReward>)> =
        stream::iter(read).buffered(usize::from(REWARD_SHARDS)).try_collect().await?;
    // A shard that has more is complete from its oldest returned reward on.
    let oldest = |(more, found): &(bool, Vec<IndexedReward>)| {
        found.last().filter(|_| *more).map(|last| last.reward_id.created_at())
    };
    let from = shards.iter().filter_map(oldest).fold(since, Timestamp::max);
    let all = shards.into_iter().flat_map(|(_, found)| found);
    Ok((from, all.filter(|found| found.reward_id.created_at() >= from).map(|found| found.reward_group_id).collect()))
}

#[derive(Deserialize)]
struct IndexedReward {
    #[serde(rename = "gsi1sk")]
    reward_id: RewardId,
    reward_group_id: RewardGroupId,
}

/// Returns the reward with that id, found by the index at a key. Looks elsewhere too: an erasure or a replacement may
/// have moved it, and another reward may be at the key.
pub async fn get_found(store: &Store, reward: &RewardId, at: &Key) -> Result<Option<Reward>, Error> {
    if let Some(found) = get_at(store, at).await?.filter(|found| found.reward_id == *reward) {
        return Ok(Some(found));
    }
    // It was replaced since.
    if let Key::Reward(app, user, campaign, moment, n) = at.clone()
        && let Some(found) = get_at(store, &Key::Replaced(app, user, campaign, moment, n, reward.clone())).await?
    {
        return Ok(Some(found));
    }
    get_at(store, &Key::ErasedReward(reward.clone())).await
}

/// Returns the reward at a key from [`find`] or [`waiting_line`].
pub async fn get_at(store: &Store, at: &Key) -> Result<Option<Reward>, Error> {
    store.get_item("get reward", at).await?.map(read).transpose()
}

/// Moves a reward out of its user's partition, for erasure: figures, the link and the URL's uniqueness stay. Forgets a
/// waiting reward, which has none of these.
pub(crate) async fn erase(store: &Store, found: Item) -> Result<(), Error> {
    let from = item::key_of(&found)?;
    let reward = read(found.clone())?;
    // The copy is as read: the condition keeps it from undoing a later change, or that the URL was shown.
    let seal = if reward.is_sealed { SEALED } else { UNSEALED };
    let changes = if reward.changes.is_empty() { NO_CHANGES } else { CHANGES_UNCHANGED };
    let mut delete = store
        .delete_in_transaction(&from)
        .condition_expression(format!("{STATE_UNCHANGED} AND {seal} AND {changes}"))
        .expression_attribute_values(":reward", item::text(reward.reward_id.as_str()))
        .expression_attribute_values(":from", found.get("reward_state").cloned().unwrap_or_else(|| item::text("")));
    if reward.is_sealed {
        delete = delete.expression_attribute_values(":true", item::flag(true));
    }
    if !reward.changes.is_empty() {
        delete = delete.expression_attribute_values(":changes", item::number(reward.changes.len()));
    }
    let mut items = vec![requests::delete(delete)?];
    if reward.state != RewardState::Waiting {
        let forgotten = Fingerprints::default();
        let anonymous = Reward { locale: None, marketplace: None, fingerprints: forgotten, ..reward.clone() };
        let index = place_of(&reward);
        let to = Key::ErasedReward(reward.reward_id);
        // Unconditional: the key is the reward's own id, so nothing else can be there.
        items.push(requests::put(store.put_in_transaction(item::whole(&to, Some(&index), &stored(&anonymous))?))?);
    }
    match store.transaction("erase reward", items).await? {
        Ok(()) => Ok(()),
        Err(_) => Err(Error::Unavailable("erase reward: conflict".into())),
    }
}

/// The reward state in a stream record's image, even if the rest cannot be read.
pub fn state_of(image: &Item) -> Option<RewardState> {
    serde_dynamo::from_attribute_value(image.get("reward_state")?.clone()).ok()
}

/// The reward's place in the index. Rewards in review have a list of their own.
pub(crate) fn place_of(reward: &Reward) -> IndexKey {
    match reward.state {
        RewardState::Waiting => IndexKey::Waiting(reward.reward_id.clone(), reward.reward_group_id.clone()),
        RewardState::InReview => IndexKey::Review(reward.reward_id.clone()),
        _ => IndexKey::Reward(reward.reward_id.clone()),
    }
}

/// The reward's key: in its user's partition, with another sort key once it is replaced, or in its own partition once
/// the user is erased.
pub fn key(reward: &Reward) -> Key {
    let Some(user) = &reward.user_id else { return Key::ErasedReward(reward.reward_id.clone()) };
    let (app, campaign) = (reward.reward_id.app().clone(), reward.campaign_id().clone());
    let (user, moment) = (user.clone(), reward.moment_id.clone());
    match &reward.replaced_by {
        None => Key::Reward(app, user, campaign, moment, reward.occurrence),
        Some(_) => Key::Replaced(app, user, campaign, moment, reward.occurrence, reward.reward_id.clone()),
    }
}
