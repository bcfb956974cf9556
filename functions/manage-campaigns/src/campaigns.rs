//! Campaigns: writes and shows them, and lists their history. Every write is conditional on the state and version that
//! were checked. `lifecycle` holds the states that a campaign passes through.

use domain::Error;
use domain::campaign::catalog::Catalog;
use domain::campaign::history::{self, Change, ChangeKind, FieldChange};
use domain::campaign::{Campaign, CampaignState};
use domain::id::CampaignId;
use domain::identity::Caller;
use domain::marketplace::Marketplaces;
use edge::http::{self, List, Response};
use serde::Serialize;
use serde_json::{Value, json};
use store::campaigns::{self, Written};
use store::history as stored;
use tokio::time::Instant;

use crate::campaign_body::{self, CampaignView};
use crate::{RequestContext, amendment, apps};

/// The most bytes of a campaign: an item of the table holds 400 KB, and a change of the whole campaign holds it twice.
const MAX_CAMPAIGN_BYTES: usize = 128 * 1024;

/// The most bytes of a change that is recorded field by field; a larger one is recorded as a whole.
const MAX_CHANGES_BYTES: usize = 300 * 1024;

pub(crate) async fn put(context: RequestContext<'_>) -> Result<Response, Error> {
    let campaign_id: CampaignId = context.request.new_path_id("campaign")?;
    let mut campaign = context.request.json(|fields| campaign_body::read(fields, context.app, &campaign_id))?;
    let size = serde_json::to_string(&campaign).map_or(usize::MAX, |text| text.len());
    if size > MAX_CAMPAIGN_BYTES {
        return Err(Error::invalid("/moments", "too_large", "must come to less than 128 KiB with all messages"));
    }
    let app = apps::existing(context).await?;
    let store = &context.environment.store;
    let before = campaigns::get(store, context.app, &campaign_id).await?;
    resolve_marketplaces(&app.marketplaces, &mut campaign, before.as_ref())?;
    if let Some(before) = &before
        && matches!(before.state, CampaignState::Approved | CampaignState::Suspended)
    {
        return amendment::amend(context, &app, before, campaign).await;
    }
    campaign.version = before.as_ref().map_or(1, |before| before.version + 1);
    if let Some(before) = &before
        && (Campaign { version: before.version, ..campaign.clone() }) == *before
    {
        // The same draft again: there is nothing to write, and a repetition gets the answer of the first call.
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

/// Resolves the marketplaces of each moment by those that the app declares.
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

/// Repeats a write until it is made or refused: at that very moment, an award may lease from the budget, another admin
/// may change the campaign, or an answer may be lost.
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

/// Answers a write that was refused. If the campaign already is as wanted, an earlier attempt of this very call was
/// committed and its answer lost, and that is no conflict.
pub(crate) async fn refused(context: RequestContext<'_>, wanted: &Campaign) -> Result<Response, Error> {
    let now = existing(context).await?;
    if now == *wanted { Ok(shown(context, now)) } else { Err(overtaken(&now)) }
}

/// Returns the error for an admin whose write met another's.
pub(crate) fn overtaken(now: &Campaign) -> Error {
    Error::VersionConflict { kind: "the campaign", current: now.version }
}

pub(crate) async fn get(context: RequestContext<'_>) -> Result<Response, Error> {
    Ok(shown(context, existing(context).await?))
}

/// Lists the changes, with their authors and times, the newest first.
pub(crate) async fn history(context: RequestContext<'_>) -> Result<Response, Error> {
    let campaign_id: CampaignId = context.request.path_id("campaign", "campaign")?;
    let page = context.request.page()?;
    let before = page.cursor.as_deref().map(str::parse::<u64>).transpose().map_err(|_| Error::invalid_cursor())?;
    let store = &context.environment.store;
    let (data, cursor) = stored::list(store, context.app, &campaign_id, page.limit, before).await?;
    if data.is_empty() {
        // The last page may end with the last change, so this is not yet a campaign that does not exist.
        existing(context).await?;
    }
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

/// Returns the record of a change that the caller makes now.
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
    let Caller { key_id, person, minted_by, .. } = context.request.caller()?.clone();
    let at = context.invocation.now;
    // The reason in the campaign explains its state. What does not change the state has not that reason.
    let reason = after.reason.clone().filter(|_| action.is_step());
    Ok(Change { version: after.version, at, key_id, person_id: person, minted_by, action, reason, changes })
}

/// Returns the parts of a campaign that can change, with the decided state instead of the one that depends on the time.
pub(crate) fn recorded(campaign: &Campaign) -> Value {
    let state = word(&campaign.state);
    let view = CampaignView::new(campaign.clone(), campaign.starts_at);
    let mut value = serde_json::to_value(view).unwrap_or_default();
    if let Some(fields) = value.as_object_mut() {
        fields.retain(|name, _| !matches!(name.as_str(), "campaign_id" | "version" | "reason"));
        fields.insert("state".into(), state.into());
    }
    value
}

/// Returns the error for a step that is not possible in the campaign's current phase.
pub(crate) fn conflict(context: RequestContext<'_>, verb: &str, found: &Campaign, needed: &str) -> Error {
    let found = word(&found.phase(context.invocation.now));
    let detail = format!("the campaign is {found}; it can be {verb} only from {needed}");
    Error::Conflict { code: "state_conflict", detail }
}

/// Returns the least that a reward of the campaign costs, in minor units.
pub(crate) fn smallest_cpa(catalog: &Catalog, campaign: &Campaign) -> i64 {
    let groups = campaign.moments.iter().flat_map(|moment| catalog.groups_of(moment));
    groups.map(|group| group.cpa.amount_minor).min().unwrap_or(1)
}

/// Returns the state as the API writes it.
pub(crate) fn word(state: &impl Serialize) -> String {
    serde_json::to_value(state).ok().and_then(|value| value.as_str().map(str::to_owned)).unwrap_or_default()
}
