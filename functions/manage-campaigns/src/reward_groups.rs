//! Reward groups.

use serde::Serialize;
use shared::Error;
use shared::fields::{Fields, FromField, Mistake, Region, Text, Value, Whole};
use shared::http::{self, Response};
use shared::id::RewardGroupId;
use shared::money::Money;
use shared::reward_group::{Customs, RewardGroup, RewardKind, Shipping};
use shared::secret::RewardUrl;
use shared::store::{campaigns, reward_groups};

use crate::{Desk, apps, page_of};

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
    expires_after_days: Option<u32>,
    low_stock_threshold: Option<u64>,
    category: Option<String>,
    shipping: Option<Shipping>,
    fallback_group_id: Option<RewardGroupId>,
    version: u64,
}

impl From<RewardGroup> for GroupView {
    fn from(group: RewardGroup) -> Self {
        Self {
            reward_group_id: group.reward_group_id,
            name: group.name,
            kind: group.kind,
            cpa: group.cpa,
            marketplaces: group.marketplaces,
            test_url: group.test_url,
            url: group.url,
            expires_after_days: group.expires_after_days,
            low_stock_threshold: group.low_stock_threshold,
            category: group.category,
            shipping: group.shipping,
            fallback_group_id: group.fallback_group_id,
            version: group.version,
        }
    }
}

pub(crate) async fn put(desk: Desk<'_>) -> Result<Response, Error> {
    let reward_group_id: RewardGroupId = desk.request.new_path_id("group")?;
    let mut group = desk.request.json(|fields| read(fields, desk, reward_group_id))?;
    apps::existing(desk).await?;
    let store = &desk.environment.store;
    let before = reward_groups::get(store, desk.app, &group.reward_group_id).await?;
    group.version = before.as_ref().map_or(1, |before| before.version + 1);
    if let Some(before) = &before
        && (RewardGroup { version: group.version, ..before.clone() }) == group
    {
        // The same again: there is nothing to write, and a repetition answers what the first call did.
        return Ok(shown(before.clone()));
    }
    desk.request.expect_version("the reward group", before.map(|before| before.version))?;
    check_fallback(desk, &group).await?;
    match reward_groups::put(store, &group).await? {
        None => Ok(shown(group)),
        // What an earlier attempt wrote, whose answer was lost.
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

fn read(fields: &mut Fields<'_>, desk: Desk<'_>, reward_group_id: RewardGroupId) -> Option<RewardGroup> {
    let name = fields.required::<Text<200>>("name");
    let kind = fields.required::<KindField>("kind").map(|kind| kind.0);
    let cpa = fields.required::<Money>("cpa");
    let marketplaces = fields.optional::<Regions>("marketplaces");
    let test_url = fields.required::<RewardUrl>("test_url");
    let url = fields.optional::<RewardUrl>("url");
    let expires_after_days = fields.optional::<Whole<1, 3_650>>("expires_after_days");
    let low_stock_threshold = fields.optional::<Whole<0, 1_000_000_000>>("low_stock_threshold");
    let category = fields.optional::<Text<200>>("category");
    let shipping = fields.optional_object("shipping", shipping);
    let fallback_group_id = fields.optional::<RewardGroupId>("fallback_group_id");
    if fallback_group_id.as_ref() == Some(&reward_group_id) {
        fields.refuse("fallback_group_id", "invalid_fallback", "must be another group");
    }
    if let Some(kind) = kind {
        only_for(fields, kind, RewardKind::SharedUrl, "url");
        only_for(fields, kind, RewardKind::CatalogCredit, "category");
        only_for(fields, kind, RewardKind::Physical, "shipping");
    }
    Some(RewardGroup {
        app_id: desk.app.clone(),
        reward_group_id,
        name: name?.0,
        kind: kind?,
        cpa: cpa?,
        marketplaces: marketplaces.map(|regions| regions.0).unwrap_or_default(),
        test_url: test_url?,
        url,
        expires_after_days: expires_after_days.map(|days| days.small()),
        low_stock_threshold: low_stock_threshold.map(|threshold| threshold.unsigned()),
        category: category.map(|category| category.0),
        shipping,
        fallback_group_id,
        version: 0,
    })
}

/// A field that one kind of group needs, and no other has.
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

/// A group falls back on one that exists and costs in the same currency: a campaign has one budget for both.
async fn check_fallback(desk: Desk<'_>, group: &RewardGroup) -> Result<(), Error> {
    let Some(fallback) = &group.fallback_group_id else { return Ok(()) };
    let found = reward_groups::get(&desk.environment.store, desk.app, fallback).await?;
    let detail = match found {
        None => format!("there is no reward group {fallback} in this app; create it first"),
        Some(found) if found.cpa.currency != group.cpa.currency => {
            format!("costs {}, but this group costs {}", found.cpa.currency, group.cpa.currency)
        }
        Some(_) => return Ok(()),
    };
    Err(Error::invalid("/fallback_group_id", "invalid_fallback", detail))
}

pub(crate) async fn get(desk: Desk<'_>) -> Result<Response, Error> {
    Ok(shown(existing(desk).await?))
}

pub(crate) async fn list(desk: Desk<'_>) -> Result<Response, Error> {
    let catalog = campaigns::catalog(&desk.environment.store, desk.app, true).await?;
    let catalog = catalog.ok_or_else(|| Error::not_found("app", desk.app))?;
    let views = catalog.groups.into_iter().map(GroupView::from).collect();
    Ok(http::json(200, &page_of(desk, views, |view: &GroupView| view.reward_group_id.as_str())?))
}

/// The group in the path, or a 404 that names it.
pub(crate) async fn existing(desk: Desk<'_>) -> Result<RewardGroup, Error> {
    let group_id: RewardGroupId = desk.request.path_id("group", "reward group")?;
    let found = reward_groups::get(&desk.environment.store, desk.app, &group_id).await?;
    found.ok_or_else(|| Error::not_found("reward group", group_id))
}

const KINDS: [RewardKind; 4] =
    [RewardKind::UniqueUrl, RewardKind::CatalogCredit, RewardKind::Physical, RewardKind::SharedUrl];

/// The kind as the API writes it.
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

struct Country(String);

impl FromField for Country {
    fn from_field(value: &Value) -> Result<Self, Mistake> {
        let text = String::from_field(value)?;
        let good = text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_uppercase());
        let mistake =
            || Mistake("invalid_country", "must be an ISO 3166-1 code of two capital letters, like DE".into());
        good.then_some(Self(text)).ok_or_else(mistake)
    }
}

/// Countries or language regions; empty means everywhere.
pub(crate) struct Regions(pub(crate) Vec<String>);

impl FromField for Regions {
    fn from_field(value: &Value) -> Result<Self, Mistake> {
        let mistake = || Mistake("wrong_type", "must be a list of at most 250 countries or language regions".into());
        let values = value.as_array().filter(|values| values.len() <= 250).ok_or_else(mistake)?;
        let regions: Result<Vec<Region>, Mistake> = values.iter().map(Region::from_field).collect();
        Ok(Self(regions?.into_iter().map(|region| region.0).collect()))
    }
}
