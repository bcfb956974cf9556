//! A new day has begun where a campaign caps what is spent in one: the line of those whom the last one left waiting is served.

use jiff::SignedDuration;
use shared::campaign::{Campaign, CampaignState};
use shared::catalog;
use shared::store::apps;
use shared::{Environment, Error, Invocation};
use tokio::time::Instant;

use crate::waiting_line;

/// For how long after midnight the line is served at each call: four calls, so that one which found the table throttled, or an
/// index that lags, is made up for by the next.
const AFTER_MIDNIGHT: SignedDuration = SignedDuration::from_hours(1);

/// Apps that are read at a time.
const PAGE: u32 = 100;

/// Serves the line of every campaign whose day has just begun. Where one cannot be served, the others are, and the next call
/// does that one.
pub(crate) async fn begin(environment: &Environment, invocation: &Invocation) -> Result<(), Error> {
    let mut after = None;
    loop {
        let (apps, more) = apps::list(&environment.store, PAGE, after.as_ref()).await?;
        for app in apps {
            if Instant::now() >= invocation.deadline {
                return Err(Error::Unavailable("out of time for the rest of the apps".into()));
            }
            let catalog = catalog::current(&environment.store, &app.app_id).await?;
            for campaign in catalog.campaigns.iter().filter(|campaign| has_begun_a_day(campaign, invocation)) {
                let (app, id) = (&campaign.app_id, &campaign.campaign_id);
                if let Err(error) = waiting_line::serve_campaign(environment, app, id, invocation).await {
                    tracing::warn!(app.id = %app, campaign.id = %id, error.cause = %error, "a new day's line not served");
                }
            }
            after = Some(app.app_id);
        }
        if more.is_none() {
            return Ok(());
        }
    }
}

fn has_begun_a_day(campaign: &Campaign, invocation: &Invocation) -> bool {
    let earlier = campaign.day(invocation.now - AFTER_MIDNIGHT);
    campaign.caps.per_day.is_some()
        && campaign.state == CampaignState::Approved
        && campaign.starts_at <= invocation.now
        && earlier != campaign.day(invocation.now)
}
