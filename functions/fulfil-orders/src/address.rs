//! Taking a user's address: redeems the reward if it is not redeemed yet, orders it if it has no order, and corrects
//! the address of an order that nobody has claimed. Also holds the two routes by which apps do that themselves.

use std::time::Duration;

use domain::Error;
use domain::error::FieldError;
use domain::id::RewardId;
use domain::reward::group::RewardKind;
use domain::reward::order::{Order, Shipment};
use domain::reward::shipping::ShippingAddress;
use domain::reward::{Actor, Reward, RewardState};
use domain::sealed::Sealed;
use edge::http::{self, Response};
use jiff::{SignedDuration, Timestamp};
use rand::Rng as _;
use serde::Serialize;
use store::reward_changes::{self, Transition};
use store::{orders, rewards, shipping_addresses};
use tokio::time::Instant;

use crate::RequestContext;
use crate::rules::{self, Checked, Draft};

/// Time after a reward was made in which the index may not show it yet.
const INDEX_LAG: SignedDuration = SignedDuration::from_secs(5);

/// The most attempts at a step that others may take at the same time, and the pause in between.
const ATTEMPTS: u32 = 5;
const TRY_AGAIN: Duration = Duration::from_millis(50);

/// Counters over which a campaign's redemptions are spread, like those of visits.
const REDEMPTION_COUNTERS: u16 = 16;

/// The state of a reward and its order, for its user. It does not hold the address, because a user may pass the link
/// on.
#[derive(Serialize)]
pub(crate) struct AddressStatus {
    reward_id: RewardId,
    pub(crate) state: RewardState,
    /// True if the address is known.
    pub(crate) address_given: bool,
    /// True if the user can still correct the address.
    pub(crate) correctable: bool,
    pub(crate) shipment: Option<Shipment>,
    changed_at: Option<Timestamp>,
    /// The fields that were left out of a new address.
    warnings: Vec<FieldError>,
}

impl AddressStatus {
    pub(crate) fn new(reward: &Reward, order: Option<&Order>) -> Self {
        let correctable = |order: &Order| order.state == RewardState::Ordered && order.partner.is_none();
        Self {
            reward_id: reward.reward_id.clone(),
            state: order.map_or(reward.state, |order| order.state),
            address_given: order.is_some(),
            correctable: order.is_none_or(correctable),
            shipment: order.and_then(|order| order.shipment.clone()),
            changed_at: order.map(|order| order.changed_at).or(reward.redeemed_at),
            warnings: Vec::new(),
        }
    }
}

/// Returns the reward of that id and its order, if the reward is shipped and a user has it. The id is the key to the
/// reward, so no answer repeats it, not even to its sender.
pub(crate) async fn find(context: RequestContext<'_>, reward_id: &RewardId) -> Result<(Reward, Option<Order>), Error> {
    let unknown = || Error::not_found("reward", "of that id that is shipped");
    let (store, now) = (&context.environment.store, context.invocation.now);
    let reward = look_up(context, reward_id).await?.ok_or_else(unknown)?;
    let is_over = matches!(reward.state, RewardState::Voided) || reward.is_expired(now) || !reward.state.is_held();
    if reward.kind != RewardKind::Physical || is_over {
        return Err(unknown());
    }
    let order = orders::get(store, reward_id).await?;
    Ok((reward, order))
}

/// Returns a reward by its id. The index follows the table by a moment: a young id is looked up again, if its campaign
/// gave it out.
pub(crate) async fn look_up(context: RequestContext<'_>, reward_id: &RewardId) -> Result<Option<Reward>, Error> {
    let store = &context.environment.store;
    let is_young = context.invocation.now.duration_since(reward_id.created_at()).abs() < INDEX_LAG;
    let looks = if is_young { ATTEMPTS } else { 1 };
    for look in 1..=looks {
        if let Some(at) = rewards::find(store, reward_id).await? {
            return rewards::get_found(store, reward_id, &at).await;
        }
        let catalogs = &context.environment.catalogs;
        if look == looks || !catalogs.gave_out(store, reward_id, context.invocation.now).await? {
            break;
        }
        tokio::time::sleep(TRY_AGAIN * 4).await;
    }
    Ok(None)
}

/// Has a reward shipped to an address. The conditions notice a concurrent change (by another tab, a partner, an admin),
/// and then the reward is read again.
pub(crate) async fn give(
    context: RequestContext<'_>,
    reward_id: &RewardId,
    Checked { address, warnings }: &Checked,
    by: &Actor,
) -> Result<AddressStatus, Error> {
    let mut sealed = None;
    for attempt in 1..=ATTEMPTS {
        let (reward, order) = find(context, reward_id).await?;
        check_open(&reward, order.as_ref())?;
        // Encrypts before anything is written: a reward that cannot be ordered now must not be redeemed now either.
        let sealed = match &mut sealed {
            Some(sealed) => sealed,
            none => none.insert(context.cipher.seal(reward_id, address).await?),
        };
        match try_to_give(context, &reward, order, sealed, by).await {
            Ok(Some(given)) => {
                tracing::info!(
                    app.id = %reward_id.app(), campaign.id = %reward_id.campaign(),
                    reward.fingerprint = reward_id.fingerprint(), "address given"
                );
                return Ok(AddressStatus { warnings: warnings.clone(), ..given });
            }
            Err(Error::Unavailable(cause)) if Instant::now() >= context.invocation.deadline => {
                return Err(Error::Unavailable(cause));
            }
            Ok(None) | Err(Error::Unavailable(_)) => tokio::time::sleep(TRY_AGAIN * attempt).await,
            Err(error) => return Err(error),
        }
    }
    Err(Error::Unavailable("the reward goes on changing".into()))
}

/// Takes one step. Returns `None` if the reward has to be read again.
async fn try_to_give(
    context: RequestContext<'_>,
    reward: &Reward,
    order: Option<Order>,
    sealed: &Sealed,
    by: &Actor,
) -> Result<Option<AddressStatus>, Error> {
    let (store, now) = (&context.environment.store, context.invocation.now);
    let transition = |to| Transition::new(to, now, by.clone());
    match (reward.state, order) {
        (RewardState::Awarded, None) => {
            let counter = store.random().random_range(0..REDEMPTION_COUNTERS);
            let redeem = Transition { counter, ..transition(RewardState::Redeemed) };
            reward_changes::advance(store, reward, &redeem).await?;
            Ok(None)
        }
        (RewardState::Redeemed, None) => {
            let ordered = orders::place(store, reward, &transition(RewardState::Ordered), sealed).await?;
            let Some(ordered) = ordered else { return Ok(None) };
            let order = orders::get(store, &reward.reward_id).await?;
            Ok(Some(AddressStatus::new(&ordered, order.as_ref())))
        }
        (_, Some(order)) => {
            let corrected = orders::readdress(store, &order, sealed, now).await?;
            Ok(corrected.then(|| AddressStatus::new(reward, Some(&order))))
        }
        // The reward has just changed.
        (_, None) => Ok(None),
    }
}

/// Fails if it is too late to set the address.
fn check_open(reward: &Reward, order: Option<&Order>) -> Result<(), Error> {
    match (reward.state, order) {
        (RewardState::Awarded | RewardState::Redeemed, None) => Ok(()),
        (_, Some(order)) if order.state == RewardState::Ordered && order.partner.is_none() => Ok(()),
        (_, Some(order)) => Err(settled(order)),
        (state, None) => {
            let detail = format!("the reward is {state}; only one that is awarded or redeemed can be ordered");
            Err(Error::Conflict { code: "state_conflict", detail })
        }
    }
}

fn settled(order: &Order) -> Error {
    let detail = match order.state {
        RewardState::Ordered => "somebody is just sending it; the address cannot be corrected any more".to_owned(),
        state => {
            format!("the order is {state}; only the address of one that is ordered and not claimed can be corrected")
        }
    };
    Error::Conflict { code: "order_claimed", detail }
}

/// Returns the reward in the path, if the caller may have it.
async fn own_reward(context: RequestContext<'_>) -> Result<(RewardId, Actor), Error> {
    let caller = context.request.caller()?;
    let app = caller.app_or_user()?;
    let reward_id = reward_id(context)?;
    let Some(user) = context.request.user() else {
        caller.require_reward(&reward_id, unknown)?;
        return Ok((reward_id, Actor::from(caller)));
    };
    // A user may know the id of another one's reward, whose link was passed on.
    if reward_id.app() != app || caller.is_test() {
        return Err(unknown());
    }
    let reward = look_up(context, &reward_id).await?.filter(|reward| reward.user_id.as_ref() == Some(user));
    reward.map(|_| (reward_id, Actor::User)).ok_or_else(unknown)
}

/// Returns the reward in the path. A malformed id names nothing, and is not repeated either.
pub(crate) fn reward_id(context: RequestContext<'_>) -> Result<RewardId, Error> {
    context.request.path_id("reward_id", "reward").map_err(|_| unknown())
}

fn unknown() -> Error {
    Error::not_found("reward", "of that id that is shipped")
}

/// `PUT /v1/rewards/{reward_id}/address`, for apps that ask for the address themselves.
pub(crate) async fn put(context: RequestContext<'_>) -> Result<Response, Error> {
    let (reward_id, by) = own_reward(context).await?;
    let draft = context.request.json(Draft::read)?;
    let address = rules::check(&draft).map_err(|mistakes| Error::Invalid(mistakes.into_iter().collect()))?;
    Ok(http::json(200, &give(context, &reward_id, &address, &by).await?))
}

#[derive(Serialize)]
struct AddressView {
    reward_id: RewardId,
    address: ShippingAddress,
    remove_at: Timestamp,
}

/// `GET /v1/rewards/{reward_id}/address`: the stored address, for a caller who may have the reward.
pub(crate) async fn get(context: RequestContext<'_>) -> Result<Response, Error> {
    let (reward_id, by) = own_reward(context).await?;
    let kept = shipping_addresses::get(&context.environment.store, &reward_id, context.invocation.now).await?;
    let kept = kept.ok_or_else(|| Error::not_found("address", "of that reward"))?;
    let address = context.cipher.open(&reward_id, &kept.sealed).await?;
    read(&reward_id, &by);
    let mut response = http::json(200, &AddressView { reward_id, address, remove_at: kept.remove_at });
    not_kept(&mut response);
    Ok(response)
}

/// Logs who has read an address.
pub(crate) fn read(reward_id: &RewardId, by: &Actor) {
    let (app, fingerprint) = (reward_id.app(), reward_id.fingerprint());
    match by {
        Actor::Key(key) => {
            tracing::info!(app.id = %app, key.id = %key, reward.fingerprint = fingerprint, "address read");
        }
        Actor::Person(person) => {
            tracing::info!(app.id = %app, person.id = %person, reward.fingerprint = fingerprint, "address read");
        }
        Actor::User | Actor::Partner | Actor::Schedule => {}
    }
}

/// Keeps a response out of all caches, because it holds an address or the result of a link.
pub(crate) fn not_kept(response: &mut Response) {
    let no_store = aws_lambda_events::http::HeaderValue::from_static("no-store");
    response.headers.insert("cache-control", no_store);
}
