//! Campaigns, and the approval that puts a campaign's budget in its ledger.

use super::expression::{CAMPAIGN_IS, EDITABLE, NOT_YET_WRITTEN};
use super::failure::{Item, Reason};
use super::ledger::{self, StoredBudget};
use super::schema::Key;
use super::{Store, item, requests};
use crate::campaign::{Campaign, CampaignState};
use crate::catalog::Catalog;
use crate::error::Error;
use crate::id::{AppId, CampaignId};

/// What a conditional write on a campaign came to.
#[derive(Debug, Clone, PartialEq)]
pub enum Written {
    /// It holds.
    Done,
    /// The campaign was in this state and version instead.
    Found(CampaignState, u64),
}

/// Writes a draft over nothing, or over a draft or rejected campaign of the version before `campaign.version`.
pub async fn put_draft(store: &Store, campaign: &Campaign) -> Result<Written, Error> {
    let item = item::whole(&key(campaign), None, campaign)?;
    let request = store
        .put()
        .set_item(Some(item))
        .condition_expression(EDITABLE)
        .expression_attribute_values(":before", item::number(campaign.version.saturating_sub(1)))
        .expression_attribute_values(":draft", state(CampaignState::Draft))
        .expression_attribute_values(":rejected", state(CampaignState::Rejected));
    store.put_or_found("put campaign", request).await?.map_or(Ok(Written::Done), found)
}

/// Moves a campaign from the state and version it was read in to another state.
pub async fn transition(store: &Store, campaign: &Campaign, to: CampaignState) -> Result<Written, Error> {
    let update = transition_update(store, campaign, to, None);
    resolve(store, "move campaign", vec![requests::update(update)?]).await
}

/// Approves a campaign and puts its whole budget in the ledger, unleased, in `slots` slots: both or neither.
pub async fn approve(store: &Store, campaign: &Campaign, slots: u16) -> Result<Written, Error> {
    let budget = StoredBudget::new(campaign.budget, slots, campaign.version + 1);
    let at = Key::Budget(campaign.app_id.clone(), campaign.campaign_id.clone());
    let budget = store.put_in_transaction(item::whole(&at, None, &budget)?).condition_expression(NOT_YET_WRITTEN);
    let update = transition_update(store, campaign, CampaignState::Approved, Some(slots));
    resolve(store, "approve campaign", vec![requests::update(update)?, requests::put(budget)?]).await
}

/// Writes an approved or suspended campaign anew, with a budget that is larger or the same; the difference is in the ledger
/// with the same write.
pub async fn amend(store: &Store, before: &Campaign, after: &Campaign) -> Result<Written, Error> {
    let put = store
        .put_in_transaction(item::whole(&key(after), None, after)?)
        .condition_expression(CAMPAIGN_IS)
        .expression_attribute_values(":from", state(before.state))
        .expression_attribute_values(":version", item::number(before.version));
    let mut items = vec![requests::put(put)?];
    let extra = after.budget.amount_minor - before.budget.amount_minor;
    if extra > 0 {
        items.push(ledger::raise(store, &after.app_id, &after.campaign_id, (extra, after.slots))?);
    }
    resolve(store, "amend campaign", items).await
}

fn transition_update(
    store: &Store,
    campaign: &Campaign,
    to: CampaignState,
    slots: Option<u16>,
) -> aws_sdk_dynamodb::types::builders::UpdateBuilder {
    let set_slots = if slots.is_some() { ", slots = :slots" } else { "" };
    let mut update = store
        .update_in_transaction(&key(campaign))
        .update_expression(format!("SET campaign_state = :to, version = :next{set_slots}"))
        .condition_expression(CAMPAIGN_IS)
        .expression_attribute_values(":to", state(to))
        .expression_attribute_values(":from", state(campaign.state))
        .expression_attribute_values(":version", item::number(campaign.version))
        .expression_attribute_values(":next", item::number(campaign.version + 1));
    if let Some(slots) = slots {
        update = update.expression_attribute_values(":slots", item::number(slots));
    }
    update
}

async fn resolve(
    store: &Store,
    operation: &'static str,
    items: Vec<aws_sdk_dynamodb::types::TransactWriteItem>,
) -> Result<Written, Error> {
    match store.transaction(operation, items).await? {
        Ok(()) => Ok(Written::Done),
        Err(reasons) => match reasons.into_iter().next() {
            Some(Reason::Refused(Some(old))) => found(old),
            _ => Err(Error::Unavailable(format!("{operation}: conflict"))),
        },
    }
}

fn found(old: Item) -> Result<Written, Error> {
    let campaign: Campaign = item::shape("campaign", old)?;
    Ok(Written::Found(campaign.state, campaign.version))
}

/// The campaign of that id.
pub async fn get(store: &Store, app: &AppId, campaign: &CampaignId) -> Result<Option<Campaign>, Error> {
    let at = Key::Campaign(app.clone(), campaign.clone());
    let found = store.get_item("get campaign", &at, true).await?;
    found.map(|found| item::shape("campaign", found)).transpose()
}

/// An app with all its campaigns and reward groups, in one query. `consistent` sees every write that was answered.
pub async fn catalog(store: &Store, app: &AppId, consistent: bool) -> Result<Option<Catalog>, Error> {
    let (pk, first) = Key::App(app.clone()).pair();
    // `APP`, `CAMPAIGN#…` and `GROUP#…` are neighbours (and `$` follows on `#`); `KEY#…` comes after.
    let request = store.range(pk, first, "GROUP$").consistent_read(consistent);
    let mut items = store.query_all("get catalog", request).await?.into_iter();
    let Some(app) = items.next() else { return Ok(None) };
    let mut catalog = Catalog { app: item::shape("app", app)?, campaigns: Vec::new(), groups: Vec::new() };
    for found in items {
        match item::key_of(&found)? {
            Key::Campaign(..) => catalog.campaigns.push(item::shape("campaign", found)?),
            Key::RewardGroup(..) => catalog.groups.push(item::shape("reward group", found)?),
            _ => return Err(Error::Internal("an unknown item stands between an app's campaigns and groups".into())),
        }
    }
    Ok(Some(catalog))
}

fn key(campaign: &Campaign) -> Key {
    Key::Campaign(campaign.app_id.clone(), campaign.campaign_id.clone())
}

fn state(state: CampaignState) -> aws_sdk_dynamodb::types::AttributeValue {
    item::text(match state {
        CampaignState::Draft => "draft",
        CampaignState::PendingApproval => "pending_approval",
        CampaignState::Approved => "approved",
        CampaignState::Rejected => "rejected",
        CampaignState::Suspended => "suspended",
    })
}
