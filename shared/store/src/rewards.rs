//! Rewards: the transaction that awards one, and everything that happens to it afterwards. Which URL and which slot to
//! try, and what to do when one is refused, is `claim`'s business. The stored shape is `stored`.

mod stored;

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
use super::expression::{
    CHANGES_UNCHANGED, NO_CHANGES, NOT_YET_WRITTEN, SEALED, STATE_UNCHANGED, STILL_WAITING, UNSEALED,
};
use super::failure::{self, Item, Reason};
use super::ledger::Account;
use super::schema::{INDEX, IndexKey, Key, rewards_pk, waiting_pk};
use super::{Store, guards, item, ledger, requests};

/// Why a claim did not go through.
#[derive(Debug, Clone, PartialEq)]
pub enum Refusal {
    /// The user has this reward for this occurrence already, or waits for it.
    Exists(Box<Reward>),
    /// The waiting reward that was to be awarded is there no more.
    Gone,
    /// Somebody else has the URL.
    CodeTaken,
    /// The slot of that ledger, by its place among those that pay, does not cover the price.
    SlotShort(usize),
    /// What may be spent on the user does not cover the price.
    AllowanceUsed,
    /// Another reward has the device or the payment.
    Used(FingerprintKind),
    /// The slot is closed: the campaign is suspended.
    SlotClosed,
    /// Another transaction was at one of the items, or a partition was throttled.
    Busy,
}

/// What pays for a reward, and what it uses up.
#[derive(Debug, Clone)]
pub struct Payment<'a> {
    /// Ledgers with a slot of each: the campaign's own first, then those of its caps.
    pub slots: Vec<(Account, u16)>,
    /// The most that may be spent on the user, if that is capped.
    pub allowance: Option<i64>,
    /// Fingerprints that there is one reward each for.
    pub held: Vec<(FingerprintKind, &'a FingerprintHash)>,
    /// Until when they are held at least.
    pub held_until: Timestamp,
}

/// What stands where a reward is to be.
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
    /// The reward that stands there.
    pub fn reward(self) -> Option<&'a Reward> {
        match self {
            Self::Nothing => None,
            Self::Waiting(reward) | Self::Voided(reward) => Some(reward),
        }
    }

    /// The reward that is replaced.
    pub fn voided(self) -> Option<&'a Reward> {
        self.reward().filter(|_| matches!(self, Self::Voided(_)))
    }
}

/// Awards a reward: the reward item, the URL and the money, or nothing of the three. `reward` must be awarded or in review,
/// with its slot; its URL is the candidate's, or the group's own for a shared URL (then `candidate` is `None`). It takes the
/// place of what stands there, or there must be nothing.
pub async fn claim(
    store: &Store,
    reward: &Reward,
    candidate: Option<&Candidate>,
    payment: &Payment<'_>,
    predecessor: Predecessor<'_>,
    now: Timestamp,
) -> Result<Result<(), Refusal>, Error> {
    let Some(user) = &reward.user_id else {
        return Err(Error::Internal("claim of a reward without user".into()));
    };
    let (app, campaign) = (reward.reward_id.app(), reward.campaign_id());
    let price = (&reward.reward_group_id, reward.cost.amount_minor);
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
        items.push(ledger::pay(store, account, *slot, price)?);
    }
    let mut codes = 0;
    if let Some(candidate) = candidate {
        let taken = codes::claim(store, (app, &reward.reward_group_id), candidate, &reward.reward_id, now)?;
        codes = taken.len();
        items.extend(taken);
    }
    if let Some(cap) = payment.allowance {
        let allowance = Key::Allowance(app.clone(), user.clone(), campaign.clone());
        items.push(ledger::charge(store, &allowance, (cap, price.1))?);
    }
    if let Some(voided) = predecessor.voided() {
        items.push(set_aside(store, voided, reward)?);
    }
    // Last, so that the others stand where they do without.
    for held in &payment.held {
        items.push(guards::hold(store, reward, *held, (predecessor.voided(), payment.held_until))?);
    }
    match store.transaction("claim", items).await? {
        Ok(()) => Ok(Ok(())),
        Err(reasons) => refusal(&reasons, payment, codes).map(Err),
    }
}

/// The part of a replacement that keeps the voided reward, and with it its link and its URL.
fn set_aside(store: &Store, voided: &Reward, by: &Reward) -> Result<aws_sdk_dynamodb::types::TransactWriteItem, Error> {
    let (Some(user), id) = (&voided.user_id, voided.reward_id.clone()) else {
        return Err(Error::Internal("replacement of a reward without user".into()));
    };
    let (app, campaign) = (id.app().clone(), voided.campaign_id().clone());
    let aside = Key::Replaced(app, user.clone(), campaign, voided.moment_id.clone(), voided.occurrence, id.clone());
    let voided = stored(&Reward { replaced_by: Some(by.reward_id.clone()), ..voided.clone() });
    // Unconditional: the key ends with the reward's own id, so nothing else can stand there.
    requests::put(store.put_in_transaction(item::whole(&aside, Some(&IndexKey::Reward(id)), &voided)?))
}

/// Reads the reasons by position, the most telling first: an existing reward settles the claim whatever else is wrong.
fn refusal(reasons: &[Reason], payment: &Payment<'_>, codes: usize) -> Result<Refusal, Error> {
    match reasons.first() {
        Some(Reason::Refused(Some(old))) => return Ok(Refusal::Exists(Box::new(read(old.clone())?))),
        Some(Reason::Refused(None)) => return Ok(Refusal::Gone),
        _ => {}
    }
    let slots = payment.slots.len();
    // What is used up for good comes before whatever may come again.
    let held = reasons.iter().skip(reasons.len().saturating_sub(payment.held.len())).zip(&payment.held);
    if let Some((_, (kind, _))) = held.into_iter().find(|(reason, _)| matches!(reason, Reason::Refused(_))) {
        return Ok(Refusal::Used(*kind));
    }
    let paid = reasons.get(1..=slots).unwrap_or_default();
    let mut others = reasons.iter().skip(1 + slots);
    let is_refused = |reason: Option<&Reason>| matches!(reason, Some(Reason::Refused(_)));
    if others.by_ref().take(codes).any(|reason| matches!(reason, Reason::Refused(_))) {
        return Ok(Refusal::CodeTaken);
    }
    if payment.allowance.is_some() && is_refused(others.next()) {
        return Ok(Refusal::AllowanceUsed);
    }
    for (index, reason) in paid.iter().enumerate() {
        match reason {
            Reason::Refused(Some(slot)) => {
                let slot: ledger::StoredSlot = item::shape("slot", slot.clone())?;
                return Ok(if slot.is_open { Refusal::SlotShort(index) } else { Refusal::SlotClosed });
            }
            // No slot there yet: nothing was ever leased into it.
            Reason::Refused(None) => return Ok(Refusal::SlotShort(index)),
            _ => {}
        }
    }
    Ok(Refusal::Busy)
}

/// Removes a user from the waiting line who can no longer get anything. `false` if the place was taken up meanwhile,
/// or is gone.
pub async fn withdraw(store: &Store, waiting: &Reward) -> Result<bool, Error> {
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

/// Records that the user waits for a reward. Returns the reward of this occurrence if one exists.
pub async fn wait(store: &Store, reward: &Reward) -> Result<Option<Reward>, Error> {
    let index = IndexKey::Waiting(reward.reward_id.clone(), reward.reward_group_id.clone());
    let item = item::whole(&key(reward), Some(&index), &stored(reward))?;
    let request = store.put().set_item(Some(item)).condition_expression(NOT_YET_WRITTEN);
    store.put_or_found("record waiting", request).await?.map(read).transpose()
}

/// Returns the user's reward for one occurrence of a moment.
pub async fn get(
    store: &Store,
    (app, user): (&AppId, &UserId),
    (campaign, moment): (&CampaignId, &MomentId),
    occurrence: u32,
) -> Result<Option<Reward>, Error> {
    let at = Key::Reward(app.clone(), user.clone(), campaign.clone(), moment.clone(), occurrence);
    store.get_item("get reward", &at, true).await?.map(read).transpose()
}

/// Returns one page of a user's rewards, and where the next begins.
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
        // A control character follows on no key: this is the first possible place after the last one shown.
        Some(cursor) => format!("{}\u{1}", place(&pk, cursor)?),
    };
    let request = store.range(pk, first, "REWARD$").consistent_read(true).limit(i32::try_from(limit).unwrap_or(100));
    let page = request.send().await.map_err(|error| failure::sort("list rewards", &error))?;
    store.meter().reading(page.consumed_capacity());
    let rewards = page.items.unwrap_or_default().into_iter().map(read).collect::<Result<Vec<_>, _>>()?;
    let more = page.last_evaluated_key.is_some();
    let cursor = rewards.last().filter(|_| more).map(|last| URL_SAFE_NO_PAD.encode(key(last).pair().1));
    Ok((rewards, cursor))
}

/// The sort key that a cursor stands for. Whoever makes one up gets a refusal, not a query of our own making.
fn place(pk: &str, cursor: &str) -> Result<String, Error> {
    let decoded = URL_SAFE_NO_PAD.decode(cursor).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    decoded
        .filter(|sk| matches!(Key::parse(pk, sk), Some(Key::Reward(..))))
        .ok_or_else(|| Error::invalid("/cursor", "invalid_parameter", "is not a cursor that this list gave out"))
}

/// Finds an awarded reward by its id, as far as the index knows.
pub async fn find(store: &Store, reward: &RewardId) -> Result<Option<Key>, Error> {
    let request = store
        .query()
        .index_name(INDEX)
        .key_condition_expression("gsi1pk = :shard AND gsi1sk = :reward")
        .expression_attribute_values(":shard", item::text(rewards_pk(reward.app(), reward.campaign(), reward.shard())))
        .expression_attribute_values(":reward", item::text(reward.as_str()));
    let page = request.send().await.map_err(|error| failure::sort("find reward", &error))?;
    store.meter().reading(page.consumed_capacity());
    page.items.unwrap_or_default().first().map(item::key_of).transpose()
}

/// Returns the head of the waiting line for a group in a campaign: ids and keys, oldest first, as far as the index
/// knows. Up to `limit` from each shard.
pub async fn waiting(
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
        let page = request.send().await.map_err(|error| failure::sort("read line", &error))?;
        store.meter().reading(page.consumed_capacity());
        let more = page.last_evaluated_key.is_some();
        for found in page.items.unwrap_or_default() {
            let place: Place = item::shape("reward", found.clone())?;
            line.push((place.reward_id, item::key_of(&found)?));
        }
        // What a shard did not show is younger than what it did: others' places after that have to wait for it.
        if let Some((last, _)) = line.last().filter(|_| more) {
            complete_until =
                Some(complete_until.map_or(last.created_at(), |until: Timestamp| until.min(last.created_at())));
        }
    }
    line.retain(|(reward, _)| complete_until.is_none_or(|until| reward.created_at() <= until));
    line.sort_by_key(|(reward, _)| reward.created_at());
    Ok(line)
}

/// Finds a reward that waits for a group by its id, as far as the index knows.
pub async fn find_waiting(store: &Store, reward: &RewardId, group: &RewardGroupId) -> Result<Option<Key>, Error> {
    let shard = waiting_pk(reward.app(), reward.campaign(), group, reward.shard());
    let request = store
        .query()
        .index_name(INDEX)
        .key_condition_expression("gsi1pk = :shard AND gsi1sk = :reward")
        .expression_attribute_values(":shard", item::text(shard))
        .expression_attribute_values(":reward", item::text(reward.as_str()));
    let page = request.send().await.map_err(|error| failure::sort("find waiting reward", &error))?;
    store.meter().reading(page.consumed_capacity());
    page.items.unwrap_or_default().first().map(item::key_of).transpose()
}

/// Counts those who wait for a group in a campaign, as far as the index knows.
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

/// Returns the youngest awarded rewards of a campaign, by group and time of earning, as far as the index knows: all
/// since `since` if they are few enough. Also returns the time since when they are complete. Up to `limit` from each
/// shard.
pub async fn recent(
    store: &Store,
    app: &AppId,
    campaign: &CampaignId,
    since: Timestamp,
    limit: i32,
) -> Result<(Timestamp, Vec<RewardGroupId>), Error> {
    let read = (0..REWARD_SHARDS).map(|shard| async move {
        let request = store
            .query()
            .index_name(INDEX)
            .key_condition_expression("gsi1pk = :shard AND gsi1sk >= :since")
            .expression_attribute_values(":shard", item::text(rewards_pk(app, campaign, shard)))
            .expression_attribute_values(":since", item::text(RewardId::first_at(app, campaign, shard, since)))
            .scan_index_forward(false)
            .limit(limit);
        let page = request.send().await.map_err(|error| failure::sort("read recent rewards", &error))?;
        store.meter().reading(page.consumed_capacity());
        let more = page.last_evaluated_key.is_some();
        let found: Vec<Recent> = page
            .items
            .unwrap_or_default()
            .into_iter()
            .map(|found| item::shape("reward", found))
            .collect::<Result<_, _>>()?;
        Ok::<_, Error>((more, found))
    });
    let shards: Vec<(bool, Vec<Recent>)> =
        stream::iter(read).buffered(usize::from(REWARD_SHARDS)).try_collect().await?;
    // A shard that did not show all shows all from its oldest on.
    let oldest =
        |(more, found): &(bool, Vec<Recent>)| found.last().filter(|_| *more).map(|last| last.reward_id.created_at());
    let from = shards.iter().filter_map(oldest).fold(since, Timestamp::max);
    let all = shards.into_iter().flat_map(|(_, found)| found);
    Ok((from, all.filter(|found| found.reward_id.created_at() >= from).map(|found| found.reward_group_id).collect()))
}

#[derive(Deserialize)]
struct Recent {
    #[serde(rename = "gsi1sk")]
    reward_id: RewardId,
    reward_group_id: RewardGroupId,
}

#[derive(Deserialize)]
struct Place {
    #[serde(rename = "gsi1sk")]
    reward_id: RewardId,
}

/// Returns the reward of that id, which the index showed at a key. Its user may have been erased since: then it
/// stands apart, and another one of a user who came back may stand there.
pub async fn get_found(store: &Store, reward: &RewardId, at: &Key) -> Result<Option<Reward>, Error> {
    if let Some(found) = get_at(store, at).await?.filter(|found| found.reward_id == *reward) {
        return Ok(Some(found));
    }
    // Another one was issued in its place since.
    if let Key::Reward(app, user, campaign, moment, n) = at.clone()
        && let Some(found) = get_at(store, &Key::Replaced(app, user, campaign, moment, n, reward.clone())).await?
    {
        return Ok(Some(found));
    }
    get_at(store, &Key::ErasedReward(reward.clone())).await
}

/// The reward at a key that [`find`] or [`waiting`] found.
pub async fn get_at(store: &Store, at: &Key) -> Result<Option<Reward>, Error> {
    store.get_item("get reward", at, true).await?.map(read).transpose()
}

/// Moves a reward out of its user's partition, for erasure. Figures, the link and the URL's uniqueness stay. One that
/// waits has none of these and is forgotten.
pub(crate) async fn erase(store: &Store, found: Item) -> Result<(), Error> {
    let from = item::key_of(&found)?;
    let reward = read(found.clone())?;
    // What is put elsewhere is what was read: whatever has become of the reward since, and that its URL was shown, must not be
    // undone by that.
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
        // Unconditional: the id is the reward's own, so nothing else can stand there.
        items.push(requests::put(store.put_in_transaction(item::whole(&to, Some(&index), &stored(&anonymous))?))?);
    }
    match store.transaction("erase reward", items).await? {
        Ok(()) => Ok(()),
        Err(_) => Err(Error::Unavailable("erase reward: it just changed".into())),
    }
}

/// The state that a stream record's image of a reward shows, also of one that cannot be read otherwise.
pub fn state_of(image: &Item) -> Option<RewardState> {
    serde_dynamo::from_attribute_value(image.get("reward_state")?.clone()).ok()
}

/// Where a reward stands in the index: those that an admin has to release are a list of their own.
pub(crate) fn place_of(reward: &Reward) -> IndexKey {
    match reward.state {
        RewardState::Waiting => IndexKey::Waiting(reward.reward_id.clone(), reward.reward_group_id.clone()),
        RewardState::InReview => IndexKey::Review(reward.reward_id.clone()),
        _ => IndexKey::Reward(reward.reward_id.clone()),
    }
}

/// Where a reward stands: in its user's partition, there apart once it was replaced, or elsewhere once the user was erased.
pub fn key(reward: &Reward) -> Key {
    let Some(user) = &reward.user_id else { return Key::ErasedReward(reward.reward_id.clone()) };
    let (app, campaign) = (reward.reward_id.app().clone(), reward.campaign_id().clone());
    let (user, moment) = (user.clone(), reward.moment_id.clone());
    match &reward.replaced_by {
        None => Key::Reward(app, user, campaign, moment, reward.occurrence),
        Some(_) => Key::Replaced(app, user, campaign, moment, reward.occurrence, reward.reward_id.clone()),
    }
}
