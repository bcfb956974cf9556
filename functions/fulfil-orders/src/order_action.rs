//! The steps of a partner with an order: claim it, ship it, report its end. Each step is conditional on the state that
//! it leaves, and a repetition changes nothing.

use std::collections::BTreeSet;
use std::time::Duration;

use domain::Error;
use domain::id::{AppId, PartnerId, RewardId};
use domain::reward::order::{Order, Shipment, may_become};
use domain::reward::{Actor, RewardState};
use store::keys::{self, KeyOwner, ListedKey};
use store::reward_changes::Transition;
use store::{orders, partners};

use crate::RequestContext;
use crate::address;

/// The most attempts at a step that meets another one, and the pause in between.
const ATTEMPTS: u32 = 4;
const TRY_AGAIN: Duration = Duration::from_millis(50);

/// A step to take.
#[derive(Debug, Clone)]
pub(crate) enum Step {
    Claim(PartnerId),
    Ship(Shipment),
    /// Delivered, returned or lost, with the reason, if the partner gives one.
    End(RewardState, Option<String>),
}

/// An order as it is after a step, and whether the step changed anything.
pub(crate) struct Taken {
    pub(crate) order: Order,
    pub(crate) is_new: bool,
}

/// Returns the app's order of that reward, if the caller may see it. A partner sees neither the address nor the
/// progress of an order that another partner has claimed.
pub(crate) async fn find_shown(context: RequestContext<'_>, app: &AppId, reward_id: &RewardId) -> Result<Order, Error> {
    let found = find(context, app, reward_id).await?;
    match is_shown(&found, context.request.caller()?.partner.as_ref()) {
        true => Ok(found),
        false => Err(Error::not_found("order", "of that reward")),
    }
}

async fn find(context: RequestContext<'_>, app: &AppId, reward_id: &RewardId) -> Result<Order, Error> {
    // The id is the key to the reward, so no answer repeats it.
    let unknown = || Error::not_found("order", "of that reward");
    if reward_id.app() != app {
        return Err(unknown());
    }
    orders::get(&context.environment.store, reward_id).await?.ok_or_else(unknown)
}

/// True if the caller may see the order. A partner may see its own orders and those that it may claim.
pub(crate) fn is_shown(order: &Order, caller: Option<&PartnerId>) -> bool {
    caller.is_none() || order.partner.is_none() || order.partner.as_ref() == caller
}

/// Takes a step. The conditions notice a concurrent change, and then the order is read again.
pub(crate) async fn take(
    context: RequestContext<'_>,
    app: &AppId,
    reward_id: &RewardId,
    step: &Step,
) -> Result<Taken, Error> {
    let caller = context.request.caller()?;
    if let (Step::Claim(partner), Some(own)) = (step, &caller.partner)
        && partner != own
    {
        return Err(Error::Forbidden(format!("this key is partner {own}'s, and claims for nobody else")));
    }
    for attempt in 1..=ATTEMPTS {
        let order = match step {
            // A claim that comes too late is refused with that reason, so the order is not hidden here.
            Step::Claim(_) => find(context, app, reward_id).await?,
            _ => find_shown(context, app, reward_id).await?,
        };
        if is_done(&order, step) {
            refuse_another_reason(context, &order, step).await?;
            return Ok(Taken { order, is_new: false });
        }
        match try_to_take(context, &order, step).await {
            Ok(Some(order)) => {
                tracing::info!(
                    app.id = %app, reward.fingerprint = reward_id.fingerprint(), order.state = order.state.as_str(),
                    order.partner = order.partner.as_ref().map(PartnerId::as_str), "order changed"
                );
                return Ok(Taken { order, is_new: true });
            }
            Ok(None) | Err(Error::Unavailable(_)) if attempt < ATTEMPTS => {
                tokio::time::sleep(TRY_AGAIN * attempt).await;
            }
            Ok(None) => break,
            Err(error) => return Err(error),
        }
    }
    Err(Error::Unavailable("the order goes on changing".into()))
}

fn is_done(order: &Order, step: &Step) -> bool {
    match step {
        Step::Claim(partner) => order.partner.as_ref() == Some(partner),
        // Also after its arrival: a partner may send yesterday's file again.
        Step::Ship(shipment) => order.shipment.as_ref() == Some(shipment),
        Step::End(state, _) => order.state == *state,
    }
}

/// Fails if the order has ended the same way with another reason: this reason would be stored nowhere.
async fn refuse_another_reason(context: RequestContext<'_>, order: &Order, step: &Step) -> Result<(), Error> {
    let Step::End(state, Some(reason)) = step else { return Ok(()) };
    let Some(reward) = address::look_up(context, &order.reward_id).await? else { return Ok(()) };
    let mut ends = reward.changes.iter().filter(|change| change.state == *state);
    if ends.any(|change| change.reason.as_ref() == Some(reason)) {
        return Ok(());
    }
    let detail = format!("the order is {state} already, with another reason or none; repeat it without a reason");
    Err(Error::Conflict { code: "state_conflict", detail })
}

async fn try_to_take(context: RequestContext<'_>, order: &Order, step: &Step) -> Result<Option<Order>, Error> {
    let (store, now) = (&context.environment.store, context.invocation.now);
    let caller = context.request.caller()?;
    let (to, shipment, reason) = match step {
        Step::Claim(_) if order.partner.is_some() || order.state != RewardState::Ordered => {
            return Err(claimed_by_another(order, caller.partner.is_some()));
        }
        Step::Claim(_) => (RewardState::Ordered, None, None),
        Step::Ship(shipment) => (RewardState::Shipped, Some(shipment), None),
        Step::End(state, reason) => (*state, None, reason.clone()),
    };
    if to != RewardState::Ordered && !may_become(order.state, to) {
        return Err(not_from(order.state, to));
    }
    if to != RewardState::Ordered && order.partner.is_none() {
        let detail = "nobody has claimed the order, so its user may still correct the address; claim it first";
        return Err(Error::Conflict { code: "not_claimed", detail: detail.into() });
    }
    let Some(reward) = address::look_up(context, &order.reward_id).await? else {
        return Err(Error::Unavailable("the order's reward is not to be found just now".into()));
    };
    let transition = Transition { reason, ..Transition::new(to, now, Actor::from(caller)) };
    if let Step::Claim(partner) = step {
        refuse_unknown(context, order.reward_id.app(), partner).await?;
        return orders::claim(store, &reward, order, partner, &transition).await;
    }
    orders::advance(store, &reward, order, &transition, shipment).await
}

/// Fails unless the app has that partner: one of its partners, or one who has a key. A caller with a partner's key is
/// one.
async fn refuse_unknown(context: RequestContext<'_>, app: &AppId, partner: &PartnerId) -> Result<(), Error> {
    let store = &context.environment.store;
    if context.request.caller()?.partner.is_some() || partners::get(store, app, partner).await?.is_some() {
        return Ok(());
    }
    let mut known: BTreeSet<PartnerId> =
        partners::list(store, app).await?.into_iter().map(|partner| partner.partner_id).collect();
    let mut after = None;
    loop {
        let (page, cursor) = keys::list(store, &KeyOwner::App(app.clone()), 100, after.as_ref()).await?;
        let lives = |key: &ListedKey| key.expires_at.is_none_or(|at| at > context.invocation.now);
        known.extend(page.iter().filter(|key| lives(key)).filter_map(|key| key.caller.partner.clone()));
        after = page.last().map(|key| key.caller.key_id.clone());
        if cursor.is_none() {
            break;
        }
    }
    if known.contains(partner) {
        return Ok(());
    }
    let names = known.iter().map(PartnerId::as_str).collect::<Vec<_>>().join(", ");
    let there_are = match names.as_str() {
        "" => format!("the app has no partner yet; add one with PUT /v1/apps/{app}/partners/{partner}"),
        names => format!("the app's partners are {names}"),
    };
    Err(Error::not_found("partner", format!("{partner}: {there_are}")))
}

fn claimed_by_another(found: &Order, is_partner: bool) -> Error {
    let detail = match &found.partner {
        // A partner does not learn who the other partners are.
        Some(_) if is_partner => "another partner has claimed the order".to_owned(),
        Some(partner) => format!("partner {partner} has claimed the order"),
        None => format!("the order is {}; only one that is ordered can be claimed", found.state),
    };
    Error::Conflict { code: "order_claimed", detail }
}

fn not_from(from: RewardState, to: RewardState) -> Error {
    let needed = if to == RewardState::Shipped { "ordered" } else { "shipped" };
    let detail = format!("the order is {from}; only one that is {needed} can become {to}");
    Error::Conflict { code: "state_conflict", detail }
}
