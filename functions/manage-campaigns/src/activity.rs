//! `GET …/campaigns/{campaign}/activity`: awards and spending by hour in UTC, for a chart.

use domain::Error;
use domain::id::CampaignId;
use domain::money::Money;
use domain::reward::report::hour;
use edge::http::{self, Response};
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use store::reports::{self, Counted};

use crate::RequestContext;

const DEFAULT: SignedDuration = SignedDuration::from_hours(24);

/// The longest time that is shown: 31 days.
const LONGEST: SignedDuration = SignedDuration::from_hours(31 * 24);

#[derive(Serialize)]
struct ActivityView {
    campaign_id: CampaignId,
    as_of: Timestamp,
    from: Timestamp,
    to: Timestamp,
    /// `None` for a campaign whose hours were not counted from the start.
    hours: Option<Vec<HourView>>,
}

#[derive(Serialize)]
struct HourView {
    hour: Timestamp,
    awards: i64,
    spend: Money,
}

/// Answers with every hour from that of `from` to that of `to`, both included, except those to come. Figures follow
/// within some seconds.
pub(crate) async fn get(context: RequestContext<'_>) -> Result<Response, Error> {
    let campaign_id: CampaignId = context.request.path_id("campaign", "campaign")?;
    let (store, now) = (&context.environment.store, context.invocation.now);
    let (from, to) = window(context)?;
    let (first, last) = (hour(from), hour(to.min(now)));
    let days = first.div_euclid(24)..=last.div_euclid(24);
    let found = reports::counted(store, context.app, &campaign_id, days).await?;
    let Counted { campaign, totals, hours } = found.ok_or_else(|| Error::not_found("campaign", &campaign_id))?;
    let is_counted = campaign.slots == 0 || totals.is_complete;
    let view = |number: i32| {
        let counted = hours.get(&number).copied().unwrap_or_default();
        let spend = Money { amount_minor: counted.spend, ..campaign.budget };
        HourView { hour: beginning(number), awards: counted.awards, spend }
    };
    // Without an hour in the past, first is behind last.
    let hours = is_counted.then(|| (first..=last).map(view).collect());
    Ok(http::json(200, &ActivityView { campaign_id, as_of: now, from, to, hours }))
}

/// Reads `from` and `to`.
fn window(context: RequestContext<'_>) -> Result<(Timestamp, Timestamp), Error> {
    let time = |name: &'static str| {
        let wrong =
            |_| Error::invalid(format!("/{name}"), "invalid_parameter", "must be a time, like 2026-12-24T18:00:00Z");
        context.request.query(name).map(|text| text.parse::<Timestamp>().map_err(wrong)).transpose()
    };
    let (from, to) = (time("from")?, time("to")?);
    let to = to.unwrap_or(context.invocation.now);
    let from = from.unwrap_or_else(|| to.saturating_sub(DEFAULT).unwrap_or(to));
    if from > to {
        return Err(Error::invalid("/to", "invalid_parameter", "must not be before from"));
    }
    if to.duration_since(from) > LONGEST {
        return Err(Error::invalid("/from", "invalid_parameter", "must be 31 days before to at most"));
    }
    Ok((from, to))
}

/// Returns when an hour begins, by its number since 1970.
fn beginning(hour: i32) -> Timestamp {
    Timestamp::from_second(i64::from(hour) * 3_600).unwrap_or(Timestamp::MAX)
}
