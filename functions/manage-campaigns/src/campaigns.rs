//! Campaigns: writing, showing and listing them, and their history. Every write is conditional on the state and version that
//! were judged. The states that a campaign passes through are in `lifecycle`.

use domain::Error;
use domain::campaign::catalog::Catalog;
use domain::campaign::history::{self, Change, ChangeKind, FieldChange};
use domain::campaign::{Campaign, CampaignState};
use domain::id::CampaignId;
use domain::marketplace::Marketplaces;
use edge::http::{self, List, Response};
use serde::Serialize;
use serde_json::{Value, json};
use store::campaigns::{self, Written};
use store::catalogs;
use store::history as stored;
use tokio::time::Instant;

use crate::campaign_body::{self, CampaignView};
use crate::{RequestContext, amendment, apps, page_of};

/// What a campaign may take up in the table, whose items hold 400 KB: a change of all of it holds it twice.
const MAX_CAMPAIGN_BYTES: usize = 128 * 1024;

/// What the record of a change may take up field by field; beyond that it is kept as a whole.
const MAX_CHANGES_BYTES: usize = 300 * 1024;

pub(crate) async fn put(context: RequestContext<'_>) -> Result<Response, Error> {
    let campaign_id: CampaignId = context.request.new_path_id("campaign")?;
    let mut campaign = context.request.json(|fields| campaign_body::read(fields, context.app, &campaign_id))?;
    let size = serde_json::to_string(&campaign).map_or(usize::MAX, |text| text.len());
    if size > MAX_CAMPAIGN_BYTES {
        return Err(Error::invalid("/moments", "too_large", "must come to less than 128 KiB with all messages"));
    }
    let declared = apps::existing(context).await?.marketplaces;
    let store = &context.environment.store;
    let before = campaigns::get(store, context.app, &campaign_id).await?;
    resolve_marketplaces(&declared, &mut campaign, before.as_ref())?;
    if let Some(before) = &before
        && matches!(before.state, CampaignState::Approved | CampaignState::Suspended)
    {
        return amendment::amend(context, before, campaign).await;
    }
    campaign.version = before.as_ref().map_or(1, |before| before.version + 1);
    if let Some(before) = &before
        && (Campaign { version: before.version, ..campaign.clone() }) == *before
    {
        // The same draft again: there is nothing to write, and a repetition answers what the first call did.
        return Ok(shown(context, before.clone()));
    }
    context.request.expect_version("the campaign", before.as_ref().map(|before| before.version))?;
    let action = if before.is_some() { ChangeKind::Edited } else { ChangeKind::Created };
    let change = change(context, action, before.as_ref(), &campaign)?;
    match insist(context, || campaigns::put_draft(store, &campaign, &change)).await? {
        Written::Done => Ok(shown(context, campaign)),
        Written::Found(CampaignState::Draft | CampaignState::Rejected, _) => refused(context, &campaign).await,
        Written::Found(..) | Written::Short => {
            Err(conflict(context, "edited", &existing(context).await?, "draft or rejected"))
        }
    }
}

/// Holds the marketplaces of each moment against what the app declares.
fn resolve_marketplaces(
    declared: &Marketplaces,
    campaign: &mut Campaign,
    before: Option<&Campaign>,
) -> Result<(), Error> {
    let mut mistakes = Vec::new();
    for (index, moment) in campaign.moments.iter_mut().enumerate() {
        let kept = before.and_then(|before| before.moment(&moment.moment_id));
        let kept = kept.map_or(&[][..], |kept| &kept.marketplaces);
        let at = format!("/moments/{index}/marketplaces");
        mistakes.extend(declared.resolve_all(&mut moment.marketplaces, kept, &at).err().into_iter().flatten());
    }
    if mistakes.is_empty() { Ok(()) } else { Err(Error::Invalid(mistakes.into_iter().collect())) }
}

/// Writes until the write is made or refused: the budget may be leased from at that very moment, another admin may be at the
/// campaign, or an answer may have been lost.
pub(crate) async fn insist<Writing>(context: RequestContext<'_>, write: impl Fn() -> Writing) -> Result<Written, Error>
where
    Writing: Future<Output = Result<Written, Error>>,
{
    let mut meetings = 0;
    loop {
        match write().await {
            Err(Error::Unavailable(_)) if Instant::now() < context.invocation.deadline => {
                meetings += 1;
                context.environment.store.back_off(meetings).await;
            }
            written => return written,
        }
    }
}

/// The answer to a write that was refused: if the campaign is as it was to be already, an earlier attempt of this very call
/// was committed and its answer lost, and that is no conflict.
pub(crate) async fn refused(context: RequestContext<'_>, wanted: &Campaign) -> Result<Response, Error> {
    let now = existing(context).await?;
    if now == *wanted { Ok(shown(context, now)) } else { Err(overtaken(&now)) }
}

/// What an admin is told whose write met another's.
pub(crate) fn overtaken(now: &Campaign) -> Error {
    Error::VersionConflict { kind: "the campaign", current: now.version }
}

pub(crate) async fn get(context: RequestContext<'_>) -> Result<Response, Error> {
    Ok(shown(context, existing(context).await?))
}

pub(crate) async fn list(context: RequestContext<'_>) -> Result<Response, Error> {
    let catalog = catalogs::current(&context.environment.store, context.app).await?;
    let views =
        catalog.campaigns.into_iter().map(|campaign| CampaignView::new(campaign, context.invocation.now)).collect();
    Ok(http::json(200, &page_of(context, views, |view: &CampaignView| view.campaign_id.as_str())?))
}

/// Who changed what, and when: the newest first.
pub(crate) async fn history(context: RequestContext<'_>) -> Result<Response, Error> {
    let campaign = existing(context).await?;
    let page = context.request.page()?;
    let before = page.cursor.as_deref().map(str::parse::<u64>).transpose().map_err(|_| Error::invalid_cursor())?;
    let store = &context.environment.store;
    let (data, cursor) = stored::list(store, context.app, &campaign.campaign_id, page.limit, before).await?;
    Ok(http::json(200, &List::of(data, &page, cursor.is_some(), |last| last.version.to_string())))
}

pub(crate) async fn existing(context: RequestContext<'_>) -> Result<Campaign, Error> {
    let campaign_id: CampaignId = context.request.path_id("campaign", "campaign")?;
    let found = campaigns::get(&context.environment.store, context.app, &campaign_id).await?;
    found.ok_or_else(|| Error::not_found("campaign", campaign_id))
}

pub(crate) fn shown(context: RequestContext<'_>, campaign: Campaign) -> Response {
    let version = campaign.version;
    http::versioned(&CampaignView::new(campaign, context.invocation.now), version)
}

/// The record of a change, by whoever asks for it now.
pub(crate) fn change(
    context: RequestContext<'_>,
    action: ChangeKind,
    before: Option<&Campaign>,
    after: &Campaign,
) -> Result<Change, Error> {
    let (old, new) = (before.map_or_else(|| json!({}), recorded), recorded(after));
    let mut changes = history::differences(&old, &new);
    if serde_json::to_string(&changes).map_or(usize::MAX, |text| text.len()) > MAX_CHANGES_BYTES {
        changes = vec![FieldChange { pointer: String::new(), before: old, after: new }];
    }
    let key_id = context.request.caller()?.key_id.clone();
    let at = context.invocation.now;
    // What stands in the campaign is why it is in its state; an amendment is not the reason for it, nor by it.
    let reason = after.reason.clone().filter(|_| action != ChangeKind::Amended);
    Ok(Change { version: after.version, at, key_id, action, reason, changes })
}

/// What of a campaign can change: the state as it was decided, without what the clock makes of it.
fn recorded(campaign: &Campaign) -> Value {
    let state = word(&campaign.state);
    let view = CampaignView::new(campaign.clone(), campaign.starts_at);
    let mut value = serde_json::to_value(view).unwrap_or_default();
    if let Some(fields) = value.as_object_mut() {
        fields.retain(|name, _| !matches!(name.as_str(), "campaign_id" | "version" | "reason"));
        fields.insert("state".into(), state.into());
    }
    value
}

/// What an admin is told who takes a step that does not lead on from where the campaign stands now.
pub(crate) fn conflict(context: RequestContext<'_>, verb: &str, found: &Campaign, needed: &str) -> Error {
    let found = word(&found.phase(context.invocation.now));
    let detail = format!("the campaign is {found}; it can be {verb} only from {needed}");
    Error::Conflict { code: "state_conflict", detail }
}

/// The least that a reward of the campaign costs.
pub(crate) fn smallest_cpa(catalog: &Catalog, campaign: &Campaign) -> i64 {
    let groups = campaign.moments.iter().flat_map(|moment| catalog.groups_of(moment));
    groups.map(|group| group.cpa.amount_minor).min().unwrap_or(1)
}

/// The state as the API writes it.
pub(crate) fn word(state: &impl Serialize) -> String {
    serde_json::to_value(state).ok().and_then(|value| value.as_str().map(str::to_owned)).unwrap_or_default()
}
