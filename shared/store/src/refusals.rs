//! Refusals, for support: why a user's latest events did not count for a moment. Keeps the latest reasons and the time
//! of the first; nothing depends on them.

use domain::Error;
use domain::campaign::{Campaign, Moment};
use domain::id::UserId;
use domain::instant::Sum as _;
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;

use super::failure::Item;
use super::item::milliseconds;
use super::schema::Key;
use super::{Store, item};

const KEPT: SignedDuration = SignedDuration::from_hours(90 * 24);

/// The stored facts about events that did not count.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Refusal {
    /// Why the latest one did not.
    pub reasons: Vec<String>,
    /// The time of the first.
    #[serde(with = "milliseconds::required")]
    pub first_at: Timestamp,
    /// The time of the latest one noted.
    #[serde(with = "milliseconds::required")]
    pub last_at: Timestamp,
    /// The number of refused events, at least.
    pub times: u64,
}

/// Records why events did not count: `times` since the last record. Unconditional: nothing depends on it, and the last
/// writer wins.
pub async fn note(
    store: &Store,
    campaign: &Campaign,
    moment: &Moment,
    user: &UserId,
    reasons: &[String],
    times: u64,
    now: Timestamp,
) -> Result<(), Error> {
    let Campaign { app_id, campaign_id, .. } = campaign;
    let at = Key::Refusal(app_id.clone(), user.clone(), campaign_id.clone(), moment.moment_id.clone());
    let update = store
        .update(&at)
        .update_expression(
            "SET reasons = :reasons, first_at = if_not_exists(first_at, :now), last_at = :now, expires = :expires ADD times :times",
        )
        .expression_attribute_values(":reasons", item::value(&reasons)?)
        .expression_attribute_values(":now", item::time(now))
        .expression_attribute_values(":expires", item::number(now.plus(KEPT).as_second()))
        .expression_attribute_values(":times", item::number(times));
    store.update_item("note refusal", update).await.map(drop)
}

pub(crate) fn read(found: Item) -> Result<Refusal, Error> {
    item::shape("refusal", found)
}
