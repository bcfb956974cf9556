//! Begins a new day of campaigns with a daily cap: calls the lines of users who wait for it. The stream serves them
//! (`waiting_line`), so a long line delays no other campaign.

use domain::Error;
use domain::campaign::catalog::Catalog;
use domain::campaign::{Campaign, CampaignState};
use domain::id::AppId;
use domain::instant::Sum as _;
use invocation::Invocation;
use jiff::SignedDuration;
use rewarding::Environment;
use store::catalogs;
use store::reward_groups;
use triggers::every_app::every_app;

/// Time after midnight in which each call of the schedule calls the lines: four calls, so that a later one makes up for
/// a throttled table or an index that lags.
const AFTER_MIDNIGHT: SignedDuration = SignedDuration::from_hours(1);

/// Calls the lines of every campaign whose day has just begun. A failure of one app stops no other.
pub(crate) async fn begin(environment: &Environment, invocation: &Invocation) -> Result<(), Error> {
    let call = |app: AppId| async move {
        let catalog = catalogs::current(&environment.store, &app).await?;
        call_lines(environment, &catalog, invocation).await.map(|()| 0)
    };
    every_app(&environment.store, invocation, "new_day", call).await.map(drop)
}

async fn call_lines(environment: &Environment, catalog: &Catalog, invocation: &Invocation) -> Result<(), Error> {
    for campaign in catalog.campaigns.iter().filter(|campaign| has_begun_a_day(campaign, invocation)) {
        for group in catalog.groups_of_campaign(campaign) {
            reward_groups::serve_line(&environment.store, &campaign.app_id, group).await?;
        }
    }
    Ok(())
}

fn has_begun_a_day(campaign: &Campaign, invocation: &Invocation) -> bool {
    let earlier = campaign.day(invocation.now.minus(AFTER_MIDNIGHT));
    campaign.caps.per_day.is_some()
        && campaign.state == CampaignState::Approved
        && campaign.starts_at <= invocation.now
        && earlier != campaign.day(invocation.now)
}
