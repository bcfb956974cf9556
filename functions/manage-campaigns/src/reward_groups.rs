//! Reward groups.

use domain::Error;
use domain::app::Approval;
use domain::campaign::catalog::Catalog;
use domain::campaign::{Campaign, CampaignState};
use domain::id::{RewardGroupId, SupplierId};
use domain::money::Money;
use domain::reward::Reward;
use domain::reward::credit::Credit;
use domain::reward::group::{Customs, MAX_STAND_INS, RewardGroup, RewardKind, Shipping, stand_ins};
use domain::secret::RewardUrl;
use domain::supplier::Supply;
use edge::fields::{Fields, FromField, Mistake, Text, Value, Whole};
use edge::http::{self, Response};
use edge::marketplaces::{Country, MarketplaceNames};
use serde::Serialize;
use store::{Consistency, campaigns, reward_groups, rewards, suppliers};

use crate::{RequestContext, apps, page_of};

/// A group as the API shows it.
#[derive(Serialize)]
struct GroupView {
    reward_group_id: RewardGroupId,
    name: String,
    kind: RewardKind,
    cpa: Money,
    marketplaces: Vec<String>,
    test_url: RewardUrl,
    url: Option<RewardUrl>,
    supplier: Option<SupplyView>,
    expires_after_days: Option<u32>,
    low_stock_threshold: Option<u64>,
    category: Option<String>,
    credit: Option<Money>,
    shipping: Option<Shipping>,
    fallback_group_id: Option<RewardGroupId>,
    version: u64,
}

/// What a group orders from a supplier.
#[derive(Serialize)]
pub(crate) struct SupplyView {
    id: SupplierId,
    product: Option<String>,
    /// For a reward: the id of its order at the supplier.
    #[serde(skip_serializing_if = "Option::is_none")]
    order_id: Option<String>,
}

impl SupplyView {
    /// As it is shown with a reward.
    pub(crate) fn of(reward: &Reward) -> Option<Self> {
        let view = Self::from(reward.supply.clone()?);
        Some(Self { order_id: Some(reward.reward_id.order_id()), ..view })
    }
}

impl From<Supply> for SupplyView {
    fn from(supply: Supply) -> Self {
        Self { id: supply.supplier_id, product: supply.product, order_id: None }
    }
}

impl From<RewardGroup> for GroupView {
    fn from(group: RewardGroup) -> Self {
        // For a credit, its amount, also if the group's body names none.
        let credit = Credit::of(&group).map(|credit| credit.amount);
        Self {
            reward_group_id: group.reward_group_id,
            name: group.name,
            kind: group.kind,
            cpa: group.cpa,
            marketplaces: group.marketplaces,
            test_url: group.test_url,
            url: group.url,
            supplier: group.supplier.map(SupplyView::from),
            expires_after_days: group.expires_after_days,
            low_stock_threshold: group.low_stock_threshold,
            credit,
            category: group.category,
            shipping: group.shipping,
            fallback_group_id: group.fallback_group_id,
            version: group.version,
        }
    }
}

pub(crate) async fn put(context: RequestContext<'_>) -> Result<Response, Error> {
    let reward_group_id: RewardGroupId = context.request.new_path_id("group")?;
    let mut group = context.request.json(|fields| read(fields, context, reward_group_id))?;
    let declared = apps::existing(context).await?.marketplaces;
    let store = &context.environment.store;
    let before = reward_groups::get(store, context.app, &group.reward_group_id).await?;
    let kept = before.as_ref().map_or(&[][..], |before| &before.marketplaces);
    let resolved = declared.resolve_all(&mut group.marketplaces, kept, "/marketplaces");
    resolved.map_err(|mistakes| Error::Invalid(mistakes.into_iter().collect()))?;
    if let Some(before) = &before
        && before.supplier.as_ref().map(|supply| &supply.supplier_id)
            != group.supplier.as_ref().map(|supply| &supply.supplier_id)
    {
        // A link that is out leads to the supplier that it was given for, and a stock would never be used up.
        let detail = "the group exists with another supplier, or without one, which cannot change; use another id";
        return Err(Error::Conflict { code: "group_conflict", detail: detail.into() });
    }
    if let Some(supply) = group.supplier.as_ref().filter(|_| before.is_none())
        && suppliers::get(store, context.app, &supply.supplier_id).await?.is_none()
    {
        let detail = format!("there is no supplier {} in this app; PUT it first", supply.supplier_id);
        return Err(Error::invalid("/supplier/id", "unknown_supplier", detail));
    }
    group.version = before.as_ref().map_or(1, |before| before.version + 1);
    if let Some(before) = &before
        && (RewardGroup { version: group.version, ..before.clone() }) == group
    {
        // The same again: there is nothing to write, and a repetition gets the answer of the first call.
        return Ok(shown(before.clone()));
    }
    context.request.expect_version("the reward group", before.as_ref().map(|before| before.version))?;
    let catalog = campaigns::catalog(store, context.app, Consistency::Strong)
        .await?
        .ok_or_else(|| Error::not_found("app", context.app))?;
    let expanded = |group: &RewardGroup| {
        let countries = catalog.app.marketplaces.countries_of(&group.marketplaces);
        RewardGroup { countries, ..group.clone() }
    };
    check_fallbacks(&catalog.groups, &expanded(&group))?;
    if let Some(before) = &before {
        check_campaigns(context, &catalog, &expanded(before), &expanded(&group))?;
        check_lines(context, &catalog, before, &group).await?;
    }
    match reward_groups::put(store, &group).await? {
        None => {
            let key = &context.request.caller()?.key_id;
            tracing::info!(
                app.id = %context.app, key.id = %key, group.id = %group.reward_group_id, group.version = group.version,
                "reward group written"
            );
            Ok(shown(group))
        }
        // An earlier attempt wrote the group, and its answer was lost.
        Some(found) if found == group => Ok(shown(group)),
        Some(found) if found.kind != group.kind || found.cpa.currency != group.cpa.currency => {
            let detail = "the group exists with another kind or currency, which cannot change; use another id";
            Err(Error::Conflict { code: "group_conflict", detail: detail.into() })
        }
        Some(found) => Err(Error::VersionConflict { kind: "the reward group", current: found.version }),
    }
}

fn shown(group: RewardGroup) -> Response {
    let version = group.version;
    http::versioned(&GroupView::from(group), version)
}

fn read(fields: &mut Fields<'_>, context: RequestContext<'_>, reward_group_id: RewardGroupId) -> Option<RewardGroup> {
    let name = fields.required::<Text<200>>("name");
    let kind = fields.required::<KindField>("kind").map(|kind| kind.0);
    let cpa = fields.required::<Money>("cpa");
    let marketplaces = fields.optional::<MarketplaceNames>("marketplaces");
    let test_url = fields.required::<RewardUrl>("test_url");
    let url = fields.optional::<RewardUrl>("url");
    let supplier = fields.optional_object("supplier", |fields| {
        let supplier_id = fields.required::<SupplierId>("id");
        let product = fields.optional::<Text<200>>("product").map(|product| product.0);
        Some(Supply { supplier_id: supplier_id?, product })
    });
    let expires_after_days = fields.optional::<Whole<1, 3_650>>("expires_after_days");
    let low_stock_threshold = fields.optional::<Whole<0, 1_000_000_000>>("low_stock_threshold");
    let category = fields.optional::<Text<200>>("category");
    let credit = fields.optional::<Money>("credit");
    let shipping = fields.optional_object("shipping", shipping);
    let fallback_group_id = fields.optional::<RewardGroupId>("fallback_group_id");
    if let Some(kind) = kind {
        only_for(fields, kind, RewardKind::SharedUrl, "url");
        only_for(fields, kind, RewardKind::CatalogCredit, "category");
        only_for(fields, kind, RewardKind::Physical, "shipping");
        if supplier.is_some() && matches!(kind, RewardKind::Physical | RewardKind::SharedUrl) {
            fields.refuse("supplier", "unknown_field", "is only for kinds unique_url and catalog_credit");
        }
        if supplier.is_some() && low_stock_threshold.is_some() {
            fields.refuse(
                "low_stock_threshold",
                "unknown_field",
                "is only for a group with stock; this one has a supplier",
            );
        }
        if kind != RewardKind::CatalogCredit && credit.is_some() {
            fields.refuse("credit", "unknown_field", "is only for kind catalog_credit");
        }
    }
    Some(RewardGroup {
        app_id: context.app.clone(),
        reward_group_id,
        name: name?.0,
        kind: kind?,
        cpa: cpa?,
        marketplaces: marketplaces.map(|names| names.0).unwrap_or_default(),
        countries: Vec::new(),
        test_url: test_url?,
        url,
        supplier,
        expires_after_days: expires_after_days.map(|days| days.small()),
        low_stock_threshold: low_stock_threshold.map(|threshold| threshold.unsigned()),
        category: category.map(|category| category.0),
        credit,
        shipping,
        fallback_group_id,
        version: 0,
    })
}

/// Checks a field that one kind of group needs, and no other has.
fn only_for(fields: &mut Fields<'_>, kind: RewardKind, needs: RewardKind, name: &'static str) {
    match (kind == needs, fields.value(name).is_some()) {
        (true, false) => fields.refuse(name, "required", format!("is required for kind {}", word(needs))),
        (false, true) => fields.refuse(name, "unknown_field", format!("is only for kind {}", word(needs))),
        _ => {}
    }
}

fn shipping(fields: &mut Fields<'_>) -> Option<Shipping> {
    let weight_grams = fields.required::<Whole<1, 1_000_000>>("weight_grams");
    let mut size = |name| fields.optional::<Whole<1, 10_000>>(name).map(|millimetres| millimetres.small());
    let (length_mm, width_mm, height_mm) = (size("length_mm"), size("width_mm"), size("height_mm"));
    let sku = fields.optional::<Text<100>>("sku").map(|sku| sku.0);
    let customs = fields.optional_object("customs", |fields| {
        let description = fields.required::<Text<200>>("description");
        let hs_code = fields.required::<HsCode>("hs_code");
        let origin = fields.required::<Country>("origin");
        Some(Customs { description: description?.0, hs_code: hs_code?.0, origin: origin?.0 })
    });
    Some(Shipping { weight_grams: weight_grams?.small(), length_mm, width_mm, height_mm, sku, customs })
}

/// Refuses a group that cannot fall back on the group that it names, or on which others could not fall back any more.
/// This does not notice two admins who lead two groups to each other at once: code that follows fallbacks stops at a
/// group that comes twice.
fn check_fallbacks(groups: &[RewardGroup], group: &RewardGroup) -> Result<(), Error> {
    let mut groups = groups.to_vec();
    groups.retain(|other| other.reward_group_id != group.reward_group_id);
    groups.insert(0, group.clone());
    let wrong = |pointer, detail| Err(Error::invalid(pointer, "invalid_fallback", detail));
    let known = |id: &RewardGroupId| groups.iter().find(|known| known.reward_group_id == *id);
    if let Some(id) = &group.fallback_group_id {
        let Some(fallback) = known(id) else {
            return wrong("/fallback_group_id", format!("there is no reward group {id} in this app; create it first"));
        };
        if fallback.cpa.currency != group.cpa.currency {
            let (theirs, ours) = (fallback.cpa.currency, group.cpa.currency);
            return wrong("/fallback_group_id", format!("costs {theirs}, but this group costs {ours}"));
        }
        if !fallback.covers(group) {
            let detail = format!("must be valid wherever this group is: {id} is valid in {}", places(fallback));
            return wrong("/fallback_group_id", detail);
        }
    }
    for other in &groups {
        let mut path = vec![&other.reward_group_id];
        let mut next = other.fallback_group_id.as_ref().and_then(known);
        while let Some(fallback) = next {
            path.push(&fallback.reward_group_id);
            let here = path.contains(&&group.reward_group_id);
            let cycle = path[..path.len() - 1].contains(&&fallback.reward_group_id);
            if here && (cycle || path.len() > MAX_STAND_INS + 1) {
                let path: Vec<&str> = path.iter().map(|id| id.as_str()).collect();
                let why = if cycle { "leads in a circle" } else { "is one of too many in a row" };
                let detail = format!("{why}: {} (at most {MAX_STAND_INS} may follow a group)", path.join(" → "));
                return wrong("/fallback_group_id", detail);
            }
            if cycle {
                break;
            }
            next = fallback.fallback_group_id.as_ref().and_then(known);
        }
        if other.fallback_group_id.as_ref() == Some(&group.reward_group_id) && !group.covers(other) {
            let detail = format!(
                "must take in those of {}, which falls back on this group: it is valid in {}",
                other.reward_group_id,
                places(other)
            );
            return wrong("/marketplaces", detail);
        }
    }
    Ok(())
}

/// Refuses a change that would undo the approval of a campaign: while a campaign runs that awards the group, the group
/// costs no more than it did and is valid wherever it was. This does not see a campaign that is approved at this very
/// moment; its budget holds all the same.
fn check_campaigns(
    context: RequestContext<'_>,
    catalog: &Catalog,
    before: &RewardGroup,
    group: &RewardGroup,
) -> Result<(), Error> {
    // The product decides what the supplier charges, which another person has approved.
    let is_approved = group.supplier == before.supplier || catalog.app.approval != Approval::AnotherPerson;
    if group.cpa.amount_minor <= before.cpa.amount_minor && group.covers(before) && is_approved {
        return Ok(());
    }
    let runs = |campaign: &&Campaign| {
        matches!(campaign.state, CampaignState::Approved | CampaignState::Suspended)
            && context.invocation.now < campaign.ends_at
            && catalog.groups_of_campaign(campaign).contains(&before.reward_group_id)
    };
    let Some(campaign) = catalog.campaigns.iter().find(runs) else { return Ok(()) };
    if !is_approved {
        let detail = format!(
            "campaign {} awards the group until {}, and another person has approved the product that its supplier makes; make \
             another group for what is to come",
            campaign.campaign_id, campaign.ends_at
        );
        return Err(Error::Conflict { code: "state_conflict", detail });
    }
    let detail = format!(
        "campaign {} awards the group until {}: until then it may cost no more than {} and must be valid in {}; make another \
         group for what is to come",
        campaign.campaign_id,
        campaign.ends_at,
        before.cpa.amount_minor,
        places(before)
    );
    Err(Error::Conflict { code: "state_conflict", detail })
}

/// Refuses to remove or replace the fallback of a group while a campaign awards the group: users may wait for the
/// fallback, and a line is found by the groups of its campaign. In a campaign that is over, only users who still wait
/// count.
async fn check_lines(
    context: RequestContext<'_>,
    catalog: &Catalog,
    before: &RewardGroup,
    group: &RewardGroup,
) -> Result<(), Error> {
    let Some(fallback) = before.fallback_group_id.as_ref() else { return Ok(()) };
    if group.fallback_group_id.as_ref() == Some(fallback) {
        return Ok(());
    }
    let mut dropped = vec![fallback];
    dropped.extend(stand_ins(&catalog.groups, before).into_iter().map(|group| &group.reward_group_id));
    for campaign in &catalog.campaigns {
        let approved = matches!(campaign.state, CampaignState::Approved | CampaignState::Suspended);
        if !approved || !catalog.groups_of_campaign(campaign).contains(&before.reward_group_id) {
            continue;
        }
        let mut in_use = context.invocation.now < campaign.ends_at;
        for group in dropped.iter().filter(|_| !in_use) {
            let (store, id) = (&context.environment.store, &campaign.campaign_id);
            if rewards::count_waiting(store, context.app, id, group).await? > 0 {
                in_use = true;
                break;
            }
        }
        if in_use {
            let detail = format!(
                "campaign {} awards {fallback} where this group has nothing: it stays the fallback until the campaign is over \
                 (at {}) and nobody waits any more; make another group for what is to come",
                campaign.campaign_id, campaign.ends_at
            );
            return Err(Error::Conflict { code: "state_conflict", detail });
        }
    }
    Ok(())
}

fn places(group: &RewardGroup) -> String {
    if group.marketplaces.is_empty() {
        "every marketplace".into()
    } else {
        format!("[{}]", group.marketplaces.join(", "))
    }
}

pub(crate) async fn get(context: RequestContext<'_>) -> Result<Response, Error> {
    Ok(shown(existing(context).await?))
}

pub(crate) async fn list(context: RequestContext<'_>) -> Result<Response, Error> {
    let catalog = campaigns::catalog(&context.environment.store, context.app, Consistency::Strong).await?;
    let catalog = catalog.ok_or_else(|| Error::not_found("app", context.app))?;
    let views = catalog.groups.into_iter().map(GroupView::from).collect();
    Ok(http::json(200, &page_of(context, views, |view: &GroupView| view.reward_group_id.as_str())?))
}

/// Returns the group in the path. Fails with a 404 that names it if there is none.
pub(crate) async fn existing(context: RequestContext<'_>) -> Result<RewardGroup, Error> {
    let group_id: RewardGroupId = context.request.path_id("group", "reward group")?;
    let found = reward_groups::get(&context.environment.store, context.app, &group_id).await?;
    found.ok_or_else(|| Error::not_found("reward group", group_id))
}

const KINDS: [RewardKind; 4] =
    [RewardKind::UniqueUrl, RewardKind::CatalogCredit, RewardKind::Physical, RewardKind::SharedUrl];

/// Returns the kind as the API writes it.
fn word(kind: RewardKind) -> &'static str {
    match kind {
        RewardKind::UniqueUrl => "unique_url",
        RewardKind::CatalogCredit => "catalog_credit",
        RewardKind::Physical => "physical",
        RewardKind::SharedUrl => "shared_url",
    }
}

struct KindField(RewardKind);

impl FromField for KindField {
    fn from_field(value: &Value) -> Result<Self, Mistake> {
        let kind = KINDS.into_iter().find(|kind| value.as_str() == Some(word(*kind)));
        let mistake = || Mistake("invalid_kind", format!("must be one of {}", KINDS.map(word).join(", ")));
        kind.map(Self).ok_or_else(mistake)
    }
}

struct HsCode(String);

impl FromField for HsCode {
    fn from_field(value: &Value) -> Result<Self, Mistake> {
        let text = String::from_field(value)?;
        let good = (6..=10).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
        let mistake =
            || Mistake("invalid_hs_code", "must be 6 to 10 digits of the Harmonized System, without dots".into());
        good.then_some(Self(text)).ok_or_else(mistake)
    }
}
