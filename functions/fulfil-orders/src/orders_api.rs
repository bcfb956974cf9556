//! `/v1/apps/{app}/orders`: the lists of orders, one order with its address, and the steps that partners take. Lists do
//! not hold addresses. One order shows its address once its user can no longer correct it.

use domain::id::{AppId, PartnerId, RewardGroupId, RewardId};
use domain::reward::order::{ORDER_STATES, Order, Shipment};
use domain::reward::shipping::ShippingAddress;
use domain::reward::{Actor, RewardState};
use domain::{Error, web_address};
use edge::fields::{self, FromField, Mistake, Text, Value};
use edge::http::{self, List, Response};
use edge::problem;
use jiff::Timestamp;
use serde::Serialize;
use store::{orders, shipping_addresses};

use crate::order_action::{self, Step};
use crate::{RequestContext, address, table};

/// An order as the API shows it.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct OrderView {
    pub(crate) reward_id: RewardId,
    pub(crate) reward_group_id: RewardGroupId,
    pub(crate) state: RewardState,
    pub(crate) partner: Option<PartnerId>,
    pub(crate) shipment: Option<Shipment>,
    pub(crate) ordered_at: Timestamp,
    pub(crate) claimed_at: Option<Timestamp>,
    pub(crate) changed_at: Timestamp,
}

impl From<Order> for OrderView {
    fn from(order: Order) -> Self {
        let Order { reward_id, reward_group_id, state, partner, shipment, ordered_at, claimed_at, changed_at } = order;
        Self { reward_id, reward_group_id, state, partner, shipment, ordered_at, claimed_at, changed_at }
    }
}

/// One order with its address, for the partner who ships it.
#[derive(Serialize)]
struct OrderWithAddress {
    #[serde(flatten)]
    order: OrderView,
    /// The address, from the claim until it is removed.
    address: Option<ShippingAddress>,
    /// True if the address is stored and cannot be read just now.
    address_unavailable: bool,
    /// When the address is removed; `null` once it is.
    address_removed_at: Option<Timestamp>,
}

/// Reads `?state=`. The default is the orders that wait for a shipment.
fn state(context: RequestContext<'_>) -> Result<RewardState, Error> {
    let Some(text) = context.request.query("state") else { return Ok(RewardState::Ordered) };
    let known = ORDER_STATES.iter().find(|state| state.as_str() == text).copied();
    known.ok_or_else(|| {
        let names: Vec<&str> = ORDER_STATES.iter().map(|state| state.as_str()).collect();
        Error::invalid("/state", "invalid_parameter", format!("must be one of {}", names.join(", ")))
    })
}

/// `GET /v1/apps/{app}/orders`, as JSON or as CSV.
pub(crate) async fn list(context: RequestContext<'_>, app: &AppId) -> Result<Response, Error> {
    let (state, page) = (state(context)?, context.request.page()?);
    let caller = context.request.caller()?.partner.as_ref();
    let of_caller = |order: &Order| order_action::is_shown(order, caller);
    let (found, cursor) =
        orders::list(&context.environment.store, app, state, page.limit, page.cursor.as_deref(), of_caller).await?;
    let data: Vec<OrderView> = found.into_iter().map(OrderView::from).collect();
    if context.request.accepts("text/csv") {
        let next = cursor.map(|cursor| format!("?state={state}&limit={}&cursor={cursor}", page.limit));
        return Ok(table::answer(&data, next.as_deref()));
    }
    Ok(http::json(200, &List { data, cursor }))
}

/// `GET /v1/apps/{app}/orders/{reward_id}`.
pub(crate) async fn get(context: RequestContext<'_>, app: &AppId) -> Result<Response, Error> {
    let order = order_action::find_shown(context, app, &order_id(context)?).await?;
    with_address(context, order, false).await
}

/// Answers with the order and its address. Right after a claim, it also answers if the address cannot be read: the
/// caller has to know that the claim succeeded.
async fn with_address(context: RequestContext<'_>, order: Order, just_claimed: bool) -> Result<Response, Error> {
    let reward_id = &order.reward_id;
    let kept = shipping_addresses::get(&context.environment.store, reward_id, context.invocation.now).await?;
    let address_removed_at = kept.as_ref().map(|kept| kept.remove_at);
    let mut address_unavailable = false;
    let address = match kept.filter(|_| order.partner.is_some()) {
        Some(kept) => match context.cipher.open(reward_id, &kept.sealed).await {
            Ok(address) => {
                address::read(reward_id, &Actor::from(context.request.caller()?));
                Some(address)
            }
            Err(error) if just_claimed => {
                problem::report(&error, &context.invocation.request_id);
                address_unavailable = true;
                None
            }
            Err(error) => return Err(error),
        },
        None => None,
    };
    let order = OrderView::from(order);
    let mut response = http::json(200, &OrderWithAddress { order, address, address_unavailable, address_removed_at });
    address::not_kept(&mut response);
    Ok(response)
}

/// Returns the reward in the path.
fn order_id(context: RequestContext<'_>) -> Result<RewardId, Error> {
    context.request.path_id("reward_id", "order").map_err(|_| Error::not_found("order", "of that reward"))
}

/// `POST …/claim`: the answer to a claim holds the address.
pub(crate) async fn claim(context: RequestContext<'_>, app: &AppId) -> Result<Response, Error> {
    let partner = context.request.json(|fields| fields.required::<PartnerId>("partner"))?;
    let taken = order_action::take(context, app, &order_id(context)?, &Step::Claim(partner)).await?;
    with_address(context, taken.order, true).await
}

/// The URL that tracks a parcel: shown as a link, so never one that a browser would run.
struct TrackingUrl(String);

impl FromField for TrackingUrl {
    fn from_field(value: &Value) -> Result<Self, Mistake> {
        let text = String::from_field(value)?;
        web_address::https(&text).map(Self).map_err(|detail| Mistake("invalid_url", detail.into()))
    }
}

/// Reads the shipment of an order: its carrier and tracking number.
pub(crate) fn shipment(fields: &mut fields::Fields<'_>) -> Option<Shipment> {
    let (carrier, tracking) = (fields.required::<Line<60>>("carrier"), fields.required::<Tracking>("tracking"));
    let tracking_url = fields.optional::<TrackingUrl>("tracking_url").map(|url| url.0);
    Some(Shipment { carrier: carrier?.0, tracking: tracking?.0, tracking_url })
}

/// One line of text, without blanks around it.
struct Line<const MAX: usize>(String);

impl<const MAX: usize> FromField for Line<MAX> {
    fn from_field(value: &Value) -> Result<Self, Mistake> {
        let text = Text::<MAX>::from_field(value)?.0;
        match text.contains('\n') {
            true => Err(Mistake("invalid_text", format!("must be one line of 1 to {MAX} bytes"))),
            false => Ok(Self(text.trim().to_owned())),
        }
    }
}

/// The tracking number of a parcel.
struct Tracking(String);

impl FromField for Tracking {
    fn from_field(value: &Value) -> Result<Self, Mistake> {
        let text = Line::<100>::from_field(value)?.0;
        if is_rounded(&text) {
            let detail = "is what a spreadsheet made of a long number, and its last digits are lost; format the column as \
                          text before the numbers go in, and send the file again";
            return Err(Mistake("rounded_number", detail.into()));
        }
        Ok(Self(text))
    }
}

/// True if a text is a number in the form in which spreadsheets show long ones, like `1.23457E+21` or `1,23457E+21`.
fn is_rounded(text: &str) -> bool {
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let Some((mantissa, exponent)) = text.split_once(['E', 'e']) else { return false };
    let (whole, fraction) = mantissa.split_once(['.', ',']).unwrap_or((mantissa, "0"));
    digits(whole) && digits(fraction) && exponent.strip_prefix('+').is_some_and(digits)
}

/// `POST …/ship`.
pub(crate) async fn ship(context: RequestContext<'_>, app: &AppId) -> Result<Response, Error> {
    let shipment = context.request.json(shipment)?;
    advance(context, app, Step::Ship(shipment)).await
}

/// `POST …/deliver`.
pub(crate) async fn deliver(context: RequestContext<'_>, app: &AppId) -> Result<Response, Error> {
    end(context, app, RewardState::Delivered).await
}

/// `POST …/return`.
pub(crate) async fn give_back(context: RequestContext<'_>, app: &AppId) -> Result<Response, Error> {
    end(context, app, RewardState::Returned).await
}

/// `POST …/lose`.
pub(crate) async fn lose(context: RequestContext<'_>, app: &AppId) -> Result<Response, Error> {
    end(context, app, RewardState::Lost).await
}

async fn end(context: RequestContext<'_>, app: &AppId, to: RewardState) -> Result<Response, Error> {
    let reason =
        context.request.json_or_nothing(|fields| Some(fields.optional::<Text<200>>("reason").map(|text| text.0)))?;
    advance(context, app, Step::End(to, reason)).await
}

async fn advance(context: RequestContext<'_>, app: &AppId, step: Step) -> Result<Response, Error> {
    let taken = order_action::take(context, app, &order_id(context)?, &step).await?;
    Ok(http::json(200, &OrderView::from(taken.order)))
}
