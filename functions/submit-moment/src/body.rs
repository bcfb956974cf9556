//! The request body: one event of one user.

use domain::campaign::guards::Fingerprints;
use domain::event_content::EventContent;
use domain::id::{Action, AppId, EventId, UserId};
use domain::instant::Sum as _;
use domain::secret::Attributes;
use edge::described_user::DescribedUser;
use edge::fields::{Fields, Whole};
use edge::fingerprints;
use jiff::{SignedDuration, Timestamp};

/// The most that a caller's clock may run ahead of ours.
const CLOCK_TOLERANCE: SignedDuration = SignedDuration::from_mins(5);

/// The most that one event may count, outside competitions.
pub(crate) const MAX_QUANTITY: u64 = 1_000_000_000;

/// The most that one event may be: the highest score of a competition.
const MAX_SCORE: i64 = 1_000_000_000_000_000;

/// One event of one user.
pub(crate) struct Event {
    pub(crate) user_id: UserId,
    pub(crate) action: Action,
    pub(crate) event_id: EventId,
    /// The id's place in the body.
    pub(crate) event_id_at: String,
    /// Its content, which tells a repetition from another event.
    pub(crate) content: EventContent,
    /// 1 if the event names none.
    pub(crate) quantity: u64,
    /// True if the event names its quantity.
    pub(crate) has_quantity: bool,
    pub(crate) occurred_at: Option<Timestamp>,
    pub(crate) attributes: Option<Attributes>,
    pub(crate) user: DescribedUser,
    pub(crate) fingerprints: Fingerprints,
}

/// Reads an event that a user reports with a user token. A client says what its user did, and nothing about who the user
/// is, about a device or a payment (that could use up another user's reward), or about another time than now.
pub(crate) fn own_event(fields: &mut Fields<'_>, user: &UserId) -> Option<Event> {
    let action = fields.required::<Action>("action");
    let event_id = fields.required::<EventId>("event_id");
    let quantity = fields.optional::<Whole<0, MAX_SCORE>>("quantity");
    let attributes = fields.optional::<Attributes>("attributes");
    let (action, event_id) = (action?, event_id?);
    let has_quantity = quantity.is_some();
    let quantity = quantity.map_or(1, |quantity| quantity.unsigned());
    Some(Event {
        user_id: user.clone(),
        content: EventContent::new(&event_id, &action, quantity, None, attributes.as_ref()),
        action,
        event_id,
        event_id_at: fields.pointer_to("event_id"),
        quantity,
        has_quantity,
        occurred_at: None,
        attributes,
        user: DescribedUser::default(),
        fingerprints: Fingerprints::default(),
    })
}

/// Reads an event; every mistake is reported.
pub(crate) fn event(fields: &mut Fields<'_>, app: &AppId, now: Timestamp) -> Option<Event> {
    let user_id = fields.required::<UserId>("user_id");
    let action = fields.required::<Action>("action");
    let event_id = fields.required::<EventId>("event_id");
    let quantity = fields.optional::<Whole<0, MAX_SCORE>>("quantity");
    let occurred_at = fields.optional::<Timestamp>("occurred_at");
    let attributes = fields.optional::<Attributes>("attributes");
    let user = DescribedUser::read(fields);
    let fingerprints = fingerprints::read(fields, app);
    if occurred_at.is_some_and(|occurred_at| occurred_at > now.plus(CLOCK_TOLERANCE)) {
        fields.refuse("occurred_at", "in_the_future", format!("must not be in the future; it is {now} here"));
    }
    let (action, event_id) = (action?, event_id?);
    let has_quantity = quantity.is_some();
    let quantity = quantity.map_or(1, |quantity| quantity.unsigned());
    Some(Event {
        user_id: user_id?,
        content: EventContent::new(&event_id, &action, quantity, occurred_at, attributes.as_ref()),
        action,
        event_id,
        event_id_at: fields.pointer_to("event_id"),
        quantity,
        has_quantity,
        occurred_at,
        attributes,
        user,
        fingerprints,
    })
}
