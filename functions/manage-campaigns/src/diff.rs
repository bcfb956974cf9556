//! `GET …/campaigns/{campaign}/diff`: what differs between two versions of a campaign, composed from its history.

use domain::Error;
use domain::campaign::Campaign;
use domain::campaign::history::{self, FieldChange};
use domain::id::CampaignId;
use edge::http::{self, IfMatch, Response};
use serde::Serialize;
use store::{Store, history as stored};

use crate::{RequestContext, campaigns};

/// Changes in one request.
const TOGETHER: u32 = 100;

#[derive(Serialize)]
struct DiffView {
    campaign_id: CampaignId,
    from: u64,
    to: u64,
    changes: Vec<FieldChange>,
}

pub(crate) async fn get(context: RequestContext<'_>) -> Result<Response, Error> {
    let campaign = campaigns::existing(context).await?;
    let current = campaign.version;
    let detail = || format!("must be a version of the campaign, from 1 to {current}");
    let version = |name: &'static str| {
        let read = |text: &str| text.parse::<u64>().ok().filter(|version| (1..=current).contains(version));
        let wrong = || Error::invalid(format!("/{name}"), "invalid_parameter", detail());
        context.request.query(name).map(|text| read(text).ok_or_else(wrong)).transpose()
    };
    let from = version("from")?.ok_or_else(|| Error::invalid("/from", "required", detail()))?;
    let to = version("to")?.unwrap_or(current);
    if from > to {
        return Err(Error::invalid("/to", "invalid_parameter", "must not be before from"));
    }
    let changes = between(&context.environment.store, &campaign, from, to).await?;
    Ok(http::json(200, &DiffView { campaign_id: campaign.campaign_id, from, to, changes }))
}

/// Fails if `If-Match` names another version than the campaign's, with what has changed since that one.
pub(crate) async fn expect_seen(context: RequestContext<'_>, campaign: &Campaign) -> Result<(), Error> {
    let Err(refused) = context.request.expect_version("the campaign", Some(campaign.version)) else { return Ok(()) };
    match context.request.if_match()? {
        Some(IfMatch::Version(seen)) if (1..campaign.version).contains(&seen) => {
            let changes = between(&context.environment.store, campaign, seen, campaign.version).await?;
            Err(Error::ChangedSince { kind: "the campaign", current: campaign.version, changes })
        }
        _ => Err(refused),
    }
}

/// Returns the fields that differ between two versions of a campaign: with its own version as `to`, what has changed
/// since somebody saw `from`. A field that changed and changed back is not among them. Goes back from the campaign as
/// it is, change by change. Fails with a 404 that names a version of which no change is recorded.
pub(crate) async fn between(store: &Store, campaign: &Campaign, from: u64, to: u64) -> Result<Vec<FieldChange>, Error> {
    let (mut state, mut version) = (campaigns::recorded(campaign), campaign.version);
    let mut after = state.clone();
    while version > from {
        // Another admin may have changed the campaign since it was read: later changes are none of this version.
        let place = Some(version + 1);
        let (changes, _) = stored::list(store, &campaign.app_id, &campaign.campaign_id, TOGETHER, place).await?;
        let reached = version;
        for change in changes.iter().take_while(|change| change.version > from) {
            if change.version != version {
                break;
            }
            history::undo(&mut state, &change.changes)?;
            version -= 1;
            if version == to {
                after = state.clone();
            }
        }
        if version == reached {
            return Err(Error::not_found("version", version));
        }
    }
    Ok(history::differences(&state, &after))
}
