//! The request body: one event of one user.

use jiff::{SignedDuration, Timestamp};
use shared::fields::{Fields, Region, Whole};
use shared::id::{Action, EventId, UserId};
use shared::secret::Attributes;

/// How far a caller's clock may run ahead of ours.
const CLOCK_TOLERANCE: SignedDuration = SignedDuration::from_mins(5);

/// The most that one event may count.
const MAX_QUANTITY: i64 = 1_000_000_000;

/// One event of one user.
pub(crate) struct Event {
    pub(crate) user_id: UserId,
    pub(crate) action: Action,
    pub(crate) event_id: EventId,
    pub(crate) quantity: u64,
    pub(crate) occurred_at: Option<Timestamp>,
    pub(crate) marketplace: Option<String>,
    pub(crate) locale: Option<String>,
}

/// Reads an event; every mistake is reported.
pub(crate) fn event(fields: &mut Fields<'_>, now: Timestamp) -> Option<Event> {
    let user_id = fields.required::<UserId>("user_id");
    let action = fields.required::<Action>("action");
    let event_id = fields.required::<EventId>("event_id");
    let quantity = fields.optional::<Whole<1, MAX_QUANTITY>>("quantity");
    let occurred_at = fields.optional::<Timestamp>("occurred_at");
    // Checked here so that a mistake shows at once; campaigns' rules over attributes come with targeting.
    fields.optional::<Attributes>("attributes");
    let user = fields.optional_object("user", |fields| {
        let marketplace = fields.optional::<Region>("marketplace");
        let locale = fields.optional::<Region>("locale");
        fields.optional::<Attributes>("attributes");
        Some((marketplace, locale))
    });
    if occurred_at.is_some_and(|occurred_at| occurred_at > now + CLOCK_TOLERANCE) {
        fields.refuse("occurred_at", "in_the_future", format!("must not be in the future; it is {now} here"));
    }
    let (marketplace, locale) = user.unwrap_or_default();
    Some(Event {
        user_id: user_id?,
        action: action?,
        event_id: event_id?,
        quantity: quantity.map_or(1, |quantity| quantity.unsigned()),
        occurred_at,
        marketplace: marketplace.map(|region| region.0),
        locale: locale.map(|region| region.0),
    })
}
