//! Reward groups.

use serde::Serialize;
use shared::Error;
use shared::fields::{FromField, Mistake, Region, Text, Value, Whole};
use shared::http::{self, Response};
use shared::id::RewardGroupId;
use shared::money::Money;
use shared::reward_group::{RewardGroup, RewardKind};
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
}

impl From<RewardGroup> for GroupView {
    fn from(group: RewardGroup) -> Self {
        let RewardGroup { reward_group_id, name, kind, cpa, marketplaces, test_url, url, .. } = group;
        let (expires_after_days, low_stock_threshold) = (group.expires_after_days, group.low_stock_threshold);
        Self { reward_group_id, name, kind, cpa, marketplaces, test_url, url, expires_after_days, low_stock_threshold }
    }
}

pub(crate) async fn put(desk: Desk<'_>) -> Result<Response, Error> {
    let reward_group_id: RewardGroupId = desk.request.new_path_id("group")?;
    let group = desk.request.json(|fields| {
        let name = fields.required::<Text<200>>("name");
        let kind = fields.required::<KindField>("kind");
        let cpa = fields.required::<Money>("cpa");
        let marketplaces = fields.optional::<Regions>("marketplaces");
        let test_url = fields.required::<RewardUrl>("test_url");
        let url = fields.optional::<RewardUrl>("url");
        let expires_after_days = fields.optional::<Whole<1, 3_650>>("expires_after_days");
        let low_stock_threshold = fields.optional::<Whole<0, 1_000_000_000>>("low_stock_threshold");
        if let Some(KindField(kind)) = &kind {
            match (*kind == RewardKind::SharedUrl, &url) {
                (true, None) => fields.refuse("url", "required", "is required for kind shared_url"),
                (false, Some(_)) => {
                    fields.refuse("url", "unknown_field", "is only for kind shared_url; others have stock")
                }
                _ => {}
            }
        }
        Some(RewardGroup {
            app_id: desk.app.clone(),
            reward_group_id,
            name: name?.0,
            kind: kind?.0,
            cpa: cpa?,
            marketplaces: marketplaces.map(|regions| regions.0).unwrap_or_default(),
            test_url: test_url?,
            url,
            expires_after_days: expires_after_days.map(|days| days.small()),
            low_stock_threshold: low_stock_threshold.map(|threshold| threshold.unsigned()),
        })
    })?;
    apps::existing(desk).await?;
    if reward_groups::put(&desk.environment.store, &group).await? {
        Ok(http::json(200, &GroupView::from(group)))
    } else {
        let detail = "the group exists with another kind or currency, which cannot change; use another id";
        Err(Error::Conflict { code: "group_conflict", detail: detail.into() })
    }
}

pub(crate) async fn get(desk: Desk<'_>) -> Result<Response, Error> {
    Ok(http::json(200, &GroupView::from(existing(desk).await?)))
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

struct KindField(RewardKind);

impl FromField for KindField {
    fn from_field(value: &Value) -> Result<Self, Mistake> {
        Ok(Self(match value.as_str() {
            Some("unique_url") => RewardKind::UniqueUrl,
            Some("catalog_credit") => RewardKind::CatalogCredit,
            Some("physical") => RewardKind::Physical,
            Some("shared_url") => RewardKind::SharedUrl,
            _ => {
                let detail = "must be unique_url, catalog_credit, physical or shared_url";
                return Err(Mistake("invalid_kind", detail.into()));
            }
        }))
    }
}

struct Regions(Vec<String>);

impl FromField for Regions {
    fn from_field(value: &Value) -> Result<Self, Mistake> {
        let mistake = || Mistake("wrong_type", "must be a list of at most 250 countries or language regions".into());
        let values = value.as_array().filter(|values| values.len() <= 250).ok_or_else(mistake)?;
        let regions: Result<Vec<Region>, Mistake> = values.iter().map(Region::from_field).collect();
        Ok(Self(regions?.into_iter().map(|region| region.0).collect()))
    }
}
