//! Campaigns, and the approval that moves a campaign's budget into its ledger. Every write is a transaction that also
//! adds to the campaign's history.

use aws_sdk_dynamodb::types::TransactWriteItem;
use domain::Error;
use domain::campaign::catalog::Catalog;
use domain::campaign::history::Change;
use domain::campaign::{Campaign, CampaignState};
use domain::id::{AppId, CampaignId};
use domain::secret::LinkKey;

use super::conditions::{CAMPAIGN_IS, EDITABLE, NOT_YET_WRITTEN};
use super::failure::{Item, Reason};
use super::ledger::{self, StoredBudget};
use super::schema::Key;
use super::{Consistency, Store, history, item, reports, requests};

const AMEND: &str = "amend campaign";

/// The outcome of a conditional write on a campaign.
#[derive(Debug, Clone, PartialEq)]
pub enum Written {
    /// It was written.
    Done,
    /// The campaign was in this state and version instead.
    Found(CampaignState, u64),
    /// Slots hold money that the lower budget would take.
    Short,
}

/// Writes a draft over nothing, or over a draft or rejected campaign of the version before `campaign.version`.
pub async fn put_draft(store: &Store, campaign: &Campaign, change: &Change) -> Result<Written, Error> {
    let put = store
        .put_in_transaction(item::whole(&key(campaign), None, campaign)?)
        .condition_expression(EDITABLE)
        .expression_attribute_values(":before", item::number(campaign.version.saturating_sub(1)))
        .expression_attribute_values(":draft", state(CampaignState::Draft))
        .expression_attribute_values(":rejected", state(CampaignState::Rejected));
    resolve(store, "put campaign", campaign, vec![requests::put(put)?], change).await
}

/// Moves a campaign to another state, from the state and version it was read in.
pub async fn transition(
    store: &Store,
    campaign: &Campaign,
    to: CampaignState,
    change: &Change,
) -> Result<Written, Error> {
    let update = transition_update(store, campaign, to, change, None);
    resolve(store, "move campaign", campaign, vec![requests::update(update)?], change).await
}

/// Approves a campaign and puts its whole budget in the ledger, unleased, with `slots` slots; both or neither.
pub async fn approve(store: &Store, campaign: &Campaign, slots: u16, change: &Change) -> Result<Written, Error> {
    let budget = StoredBudget::new(campaign.budget, slots, campaign.version + 1);
    let at = Key::Budget(campaign.app_id.clone(), campaign.campaign_id.clone());
    let budget = store.put_in_transaction(item::whole(&at, None, &budget)?).condition_expression(NOT_YET_WRITTEN);
    let update = transition_update(store, campaign, CampaignState::Approved, change, Some(slots));
    let totals = reports::begin(store, &campaign.app_id, &campaign.campaign_id)?;
    let items = vec![requests::update(update)?, requests::put(budget)?, totals];
    resolve(store, "approve campaign", campaign, items, change).await
}

/// Rewrites an approved or suspended campaign. The same write moves a change of its budget into the ledger; a cut must
/// be unleased.
pub async fn amend(store: &Store, before: &Campaign, after: &Campaign, change: &Change) -> Result<Written, Error> {
    let put = store
        .put_in_transaction(item::whole(&key(after), None, after)?)
        .condition_expression(CAMPAIGN_IS)
        .expression_attribute_values(":from", state(before.state))
        .expression_attribute_values(":version", item::number(before.version));
    let mut items = vec![requests::put(put)?];
    let extra = after.budget.amount_minor - before.budget.amount_minor;
    if extra != 0 {
        items.push(ledger::change_limit(store, &after.app_id, &after.campaign_id, extra, after.slots)?);
    }
    resolve(store, AMEND, after, items, change).await
}

fn transition_update(
    store: &Store,
    campaign: &Campaign,
    to: CampaignState,
    change: &Change,
    slots: Option<u16>,
) -> aws_sdk_dynamodb::types::builders::UpdateBuilder {
    let set_slots = if slots.is_some() { ", slots = :slots" } else { "" };
    // Keep an existing key: it has signed ids.
    let new_key = (to == CampaignState::Approved).then(|| LinkKey::generate(&mut *store.random()));
    let set_key = if new_key.is_some() { ", link_key = if_not_exists(link_key, :link_key)" } else { "" };
    // A change without a reason removes the earlier one.
    let (set_reason, remove_reason) =
        if change.reason.is_some() { (", reason = :reason", "") } else { ("", " REMOVE reason") };
    let mut update = store
        .update_in_transaction(&key(campaign))
        .update_expression(format!(
            "SET campaign_state = :to, version = :next{set_slots}{set_key}{set_reason}{remove_reason}"
        ))
        .condition_expression(CAMPAIGN_IS)
        .expression_attribute_values(":to", state(to))
        .expression_attribute_values(":from", state(campaign.state))
        .expression_attribute_values(":version", item::number(campaign.version))
        .expression_attribute_values(":next", item::number(campaign.version + 1));
    if let Some(reason) = &change.reason {
        update = update.expression_attribute_values(":reason", item::text(reason));
    }
    if let Some(key) = new_key {
        update = update.expression_attribute_values(":link_key", item::text(key.expose()));
    }
    if let Some(slots) = slots {
        update = update.expression_attribute_values(":slots", item::number(slots));
    }
    update
}

async fn resolve(
    store: &Store,
    operation: &'static str,
    campaign: &Campaign,
    mut items: Vec<TransactWriteItem>,
    change: &Change,
) -> Result<Written, Error> {
    items.push(history::record(store, &campaign.app_id, &campaign.campaign_id, change)?);
    match store.transaction(operation, items).await? {
        Ok(()) => Ok(Written::Done),
        Err(reasons) => match reasons.as_slice() {
            [Reason::Refused(Some(old)), ..] => found(old.clone()),
            // The ledger's only condition is that it can give the cut.
            [_, Reason::Refused(_), ..] if operation == AMEND => Ok(Written::Short),
            _ => Err(Error::Unavailable(format!("{operation}: conflict"))),
        },
    }
}

fn found(old: Item) -> Result<Written, Error> {
    let campaign: Campaign = item::shape("campaign", old)?;
    Ok(Written::Found(campaign.state, campaign.version))
}

/// Returns the campaign with that id.
pub async fn get(store: &Store, app: &AppId, campaign: &CampaignId) -> Result<Option<Campaign>, Error> {
    let at = Key::Campaign(app.clone(), campaign.clone());
    store.get_shape("get campaign", "campaign", &at).await
}

/// Returns an app with all its campaigns and reward groups, in one query.
pub async fn catalog(store: &Store, app: &AppId, consistency: Consistency) -> Result<Option<Catalog>, Error> {
    let (pk, first) = Key::App(app.clone()).pair();
    // `APP`, `CAMPAIGN#…` and `GROUP#…` are neighbours (and `$` follows on `#`); `KEY#…` comes behind.
    let request = store.range(pk, first, "GROUP$").consistent_read(consistency == Consistency::Strong);
    let mut items = store.query_all("get catalog", request).await?.into_iter();
    let Some(app) = items.next() else { return Ok(None) };
    let mut catalog = Catalog { app: item::shape("app", app)?, campaigns: Vec::new(), groups: Vec::new() };
    for found in items {
        match item::key_of(&found)? {
            Key::Campaign(..) => catalog.campaigns.push(item::shape("campaign", found)?),
            Key::RewardGroup(..) => catalog.groups.push(item::shape("reward group", found)?),
            _ => return Err(Error::Internal("an unknown item is between an app's campaigns and groups".into())),
        }
    }
    catalog.expand();
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
