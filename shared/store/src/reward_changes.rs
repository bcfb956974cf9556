//! Changes of a reward after its award: each is one conditional write on the state that it leaves. It adds an entry to
//! the reward's audit, and returns money and URL to ledger and stock where due. Awards are in `rewards`.

use aws_sdk_dynamodb::types::TransactWriteItem;
use domain::Error;
use domain::reward::group::RewardKind;
use domain::reward::order::OrderFacts;
use domain::reward::{Actor, Reward, RewardChange, RewardState};
use jiff::Timestamp;

use super::conditions::{CHANGES_UNCHANGED, NO_CHANGES, NOT_YET_SUPPLIED, OVERDUE, REWARD_IS, SEALED, STATE_UNCHANGED};
use super::failure::Reason;
use super::ledger::Account;
use super::schema::{INDEX_PK, INDEX_SK, Key};
use super::{Store, codes, item, ledger, orders, requests, rewards};

/// The error of a change that conflicted with another one. Nothing was written.
pub const CONFLICT: &str = "change reward: conflict";

/// A change to make to a reward.
#[derive(Debug, Clone)]
pub struct Transition {
    /// The new state.
    pub to: RewardState,
    /// The time.
    pub at: Timestamp,
    /// The actor who makes it.
    pub by: Actor,
    /// The reason, if given.
    pub reason: Option<String>,
    /// True if the money goes back, and with it the URL if nobody has seen that.
    pub refund: bool,
    /// For a redemption: the campaign's counter that counts it.
    pub counter: u16,
    /// For a release after review: the new expiry.
    pub expires_at: Option<Timestamp>,
    /// For a physical reward: the new facts of its order.
    pub order: Option<OrderFacts>,
}

impl Transition {
    /// A change of the state alone.
    pub fn new(to: RewardState, at: Timestamp, by: Actor) -> Self {
        Self { to, at, by, reason: None, refund: false, counter: 0, expires_at: None, order: None }
    }
}

/// Changes a reward as it was read, together with everything that belongs to the change and with `more`, in one
/// transaction. Returns `None`, and writes nothing, if the reward changed since or one of `more` was refused. Also
/// refuses a redemption after the expiry, and an expiry before.
pub(crate) async fn change(
    store: &Store,
    reward: &Reward,
    transition: &Transition,
    more: Vec<TransactWriteItem>,
) -> Result<Option<Reward>, Error> {
    let changed = after(reward, transition);
    let mut items = vec![write(store, reward, transition, &changed)?];
    if transition.refund && !reward.is_refunded {
        let url = reward.url.as_ref().filter(|_| changed.url.is_none());
        // A supplier has made nothing for a reward whose money goes back.
        let gives_back = url.is_some() || reward.supply.is_some();
        items.extend(refunds(store, reward, gives_back, transition.at)?);
        if let Some(url) = url {
            items.extend(codes::restock(store, &reward.reward_group_id, url, &reward.reward_id, transition.at)?);
        }
    }
    if transition.to == RewardState::Redeemed && reward.redeemed_at.is_none() {
        let (app, campaign) = (reward.reward_id.app(), reward.campaign_id());
        items.push(ledger::count_redemption(store, app, campaign, transition.counter)?);
    }
    if transition.to == RewardState::Voided && reward.state != RewardState::Voided {
        items.extend(orders::withdraw(store, reward, transition.at)?);
    }
    items.extend(more);
    match store.transaction("change reward", items).await? {
        Ok(()) => Ok(Some(changed)),
        Err(reasons) if reasons.iter().any(|reason| matches!(reason, Reason::Refused(_))) => Ok(None),
        Err(_) => Err(Error::Unavailable(CONFLICT.into())),
    }
}

/// Changes a reward as it was read. Returns `None` if the reward changed since.
pub async fn advance(store: &Store, reward: &Reward, transition: &Transition) -> Result<Option<Reward>, Error> {
    change(store, reward, transition, Vec::new()).await
}

/// Records that the URL is shown, before it is: from then on it never returns to stock. Returns the reward as it is
/// then, or `None` if it is gone. Does not show the URL of an expired reward, swept or not.
pub async fn unseal(store: &Store, reward: &Reward, now: Timestamp) -> Result<Option<Reward>, Error> {
    if !reward.is_sealed || reward.url.is_none() || !reward.state.is_held() || reward.is_expired(now) {
        return Ok(Some(reward.clone()));
    }
    let at = rewards::key(reward);
    let request = store
        .update(&at)
        .update_expression("REMOVE sealed")
        .condition_expression(STATE_UNCHANGED)
        .expression_attribute_values(":from", item::text(reward.state.as_str()))
        .expression_attribute_values(":reward", item::text(reward.reward_id.as_str()));
    if store.update_item("unseal reward", request).await? {
        return Ok(Some(Reward { is_sealed: false, ..reward.clone() }));
    }
    match rewards::get_found(store, &reward.reward_id, &at).await? {
        // It was redeemed, which unseals it, or voided, which leaves no URL to show.
        Some(now) if !now.is_sealed || !now.state.is_held() => Ok(Some(now)),
        Some(_) => Err(Error::Unavailable("unseal reward: conflict".into())),
        None => Ok(None),
    }
}

/// Notes that a supplier has made what the reward is for. Does nothing if that is noted, or the reward has changed.
pub async fn note_supplied(store: &Store, reward: &Reward, now: Timestamp) -> Result<(), Error> {
    let request = store
        .update(&rewards::key(reward))
        .update_expression("SET supplied_at = :now")
        .condition_expression(NOT_YET_SUPPLIED)
        .expression_attribute_values(":now", item::time(now))
        .expression_attribute_values(":from", item::text(reward.state.as_str()))
        .expression_attribute_values(":reward", item::text(reward.reward_id.as_str()));
    store.update_item("note supply", request).await.map(drop)
}

/// The reward after the change.
fn after(reward: &Reward, transition: &Transition) -> Reward {
    let Transition { to, at, by, reason, refund, order, .. } = transition.clone();
    let mut changed = Reward { state: to, is_refunded: reward.is_refunded || refund, ..reward.clone() };
    changed.changes.push(RewardChange { state: to, at, by, reason, order });
    match to {
        RewardState::Redeemed => {
            changed.redeemed_at = changed.redeemed_at.or(Some(at));
            changed.is_sealed = false;
        }
        RewardState::Awarded => {
            changed.awarded_at = Some(at);
            changed.expires_at = transition.expires_at;
        }
        _ => {}
    }
    if refund && reward.is_sealed && reward.kind != RewardKind::SharedUrl {
        changed.url = None;
    }
    changed
}

/// The part of a change that writes the reward.
fn write(
    store: &Store,
    reward: &Reward,
    transition: &Transition,
    changed: &Reward,
) -> Result<TransactWriteItem, Error> {
    let mut sets = vec!["reward_state = :to", "changes = list_append(if_not_exists(changes, :none), :change)"];
    let mut removes = Vec::new();
    let mut condition = condition(reward, transition.to);
    let mut update = store
        .update_in_transaction(&rewards::key(reward))
        .expression_attribute_values(":reward", item::text(reward.reward_id.as_str()))
        .expression_attribute_values(":from", item::text(reward.state.as_str()))
        .expression_attribute_values(":to", item::text(transition.to.as_str()))
        .expression_attribute_values(":none", item::empty_list())
        .expression_attribute_values(":change", item::value(&[changed.changes.last()])?);
    if [REWARD_IS, OVERDUE].contains(&condition.as_str()) {
        update = update.expression_attribute_values(":now", item::time(transition.at));
    }
    if condition.contains(CHANGES_UNCHANGED) {
        update = update.expression_attribute_values(":changes", item::number(reward.changes.len()));
    }
    if changed.redeemed_at != reward.redeemed_at {
        sets.push("redeemed_at = :now");
    }
    if reward.is_sealed && !changed.is_sealed {
        removes.push("sealed");
    }
    if changed.awarded_at != reward.awarded_at {
        sets.push("awarded_at = :awarded");
        update = update.expression_attribute_values(":awarded", item::time(transition.at));
        if let Some(expires_at) = changed.expires_at {
            sets.push("expires_at = :expires");
            update = update.expression_attribute_values(":expires", item::time(expires_at));
        }
    }
    // A decided review moves the reward to the list of awarded rewards.
    let place = rewards::place_of(changed);
    let moves = format!("{INDEX_PK} = :place, {INDEX_SK} = :id");
    if place != rewards::place_of(reward) {
        let (pk, sk) = place.pair();
        sets.push(&moves);
        update = update.expression_attribute_values(":place", item::text(pk));
        update = update.expression_attribute_values(":id", item::text(sk));
    }
    if changed.is_refunded && !reward.is_refunded {
        sets.push("refunded = :true");
        update = update.expression_attribute_values(":true", item::flag(true));
    }
    if reward.url.is_some() && changed.url.is_none() {
        removes.push("#url");
        update = update.expression_attribute_names("#url", "url");
        condition = format!("{condition} AND {SEALED}");
    }
    let remove = if removes.is_empty() { String::new() } else { format!(" REMOVE {}", removes.join(", ")) };
    requests::update(
        update.update_expression(format!("SET {}{remove}", sets.join(", "))).condition_expression(condition),
    )
}

fn condition(reward: &Reward, to: RewardState) -> String {
    let condition = match to {
        // A merchant's confirmation of a redemption, and a note on a voided reward: each counts once, however many
        // arrive at a time. An earlier version redeemed without an entry in the changes.
        RewardState::Redeemed | RewardState::Voided if reward.state == to => {
            let changes = if reward.changes.is_empty() { NO_CHANGES } else { CHANGES_UNCHANGED };
            return format!("{STATE_UNCHANGED} AND {changes}");
        }
        RewardState::Redeemed => REWARD_IS,
        RewardState::Expired => OVERDUE,
        _ => STATE_UNCHANGED,
    };
    condition.to_owned()
}

/// The parts of a change that return the money: to the slots that paid, and to the user's allowance. The ledger of a
/// day is kept for a while only; after that nothing returns to it.
fn refunds(
    store: &Store,
    reward: &Reward,
    is_restocked: bool,
    now: Timestamp,
) -> Result<Vec<TransactWriteItem>, Error> {
    let (group, cpa) = (&reward.reward_group_id, reward.cost.amount_minor);
    let mut items = Vec::new();
    for (account, slot) in accounts(reward).into_iter().filter(|(account, _)| account.is_kept(now)) {
        items.push(ledger::refund(store, &account, slot, group, cpa, is_restocked)?);
    }
    if let Some(user) = reward.user_id.as_ref().filter(|_| reward.is_charged) {
        let (app, campaign) = (reward.reward_id.app().clone(), reward.campaign_id().clone());
        items.push(ledger::discharge(store, &Key::Allowance(app, user.clone(), campaign), cpa)?);
    }
    Ok(items)
}

/// The ledgers that pay for a reward, each with its slot.
pub fn accounts(reward: &Reward) -> Vec<(Account, u16)> {
    let whole = Account::whole(reward.reward_id.app(), reward.campaign_id());
    let caps =
        reward.cap_slots.iter().map(|paid| (Account { cap: Some(paid.cap.clone()), ..whole.clone() }, paid.slot));
    let caps: Vec<(Account, u16)> = caps.collect();
    reward.slot.map(|slot| (whole, slot)).into_iter().chain(caps).collect()
}
