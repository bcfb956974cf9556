//! `GET …/campaigns/{campaign}/rewards`: every reward of a campaign, for spreadsheets and warehouses, page by page as
//! JSON or CSV. The export leaves out the reward URLs, because they are worth money to any reader of the file.

use domain::Error;
use domain::id::{MomentId, RewardGroupId, RewardId, UserId};
use domain::money::Money;
use domain::reward::group::RewardKind;
use domain::reward::{Reward, RewardState, WaitingReason};
use edge::csv;
use edge::http::{self, List, Response};
use jiff::Timestamp;
use serde::Serialize;
use store::reward_pages;

use crate::{RequestContext, campaigns};

/// The columns of a CSV page.
const COLUMNS: &str = "reward_id,user_id,moment_id,occurrence,reward_group_id,arm,kind,state,waiting_reason,currency,\
cost_minor,refunded,marketplace,earned_at,awarded_at,expires_at,redeemed_at,replaces,replaced_by";

#[derive(Serialize)]
struct ExportedReward {
    reward_id: RewardId,
    user_id: Option<UserId>,
    moment_id: MomentId,
    occurrence: u32,
    reward_group_id: RewardGroupId,
    arm: RewardGroupId,
    kind: RewardKind,
    state: RewardState,
    waiting_reason: Option<WaitingReason>,
    cost: Money,
    refunded: bool,
    marketplace: Option<String>,
    earned_at: Timestamp,
    awarded_at: Option<Timestamp>,
    expires_at: Option<Timestamp>,
    redeemed_at: Option<Timestamp>,
    replaces: Option<RewardId>,
    replaced_by: Option<RewardId>,
}

impl ExportedReward {
    fn new(reward: &Reward, now: Timestamp) -> Self {
        let reward = reward.as_of(now).into_owned();
        Self {
            reward_id: reward.reward_id,
            user_id: reward.user_id,
            moment_id: reward.moment_id,
            occurrence: reward.occurrence,
            arm: reward.arm.unwrap_or_else(|| reward.reward_group_id.clone()),
            reward_group_id: reward.reward_group_id,
            kind: reward.kind,
            state: reward.state,
            waiting_reason: reward.waiting_reason,
            cost: reward.cost,
            refunded: reward.is_refunded,
            marketplace: reward.marketplace,
            earned_at: reward.earned_at,
            awarded_at: reward.awarded_at,
            expires_at: reward.expires_at,
            redeemed_at: reward.redeemed_at,
            replaces: reward.replaces,
            replaced_by: reward.replaced_by,
        }
    }
}

/// Answers with a page of at most 100 rewards, in the format of `Accept`. As CSV, `Link` leads to the next page.
pub(crate) async fn list(context: RequestContext<'_>) -> Result<Response, Error> {
    let campaign = campaigns::existing(context).await?;
    let page = context.request.page()?;
    let store = &context.environment.store;
    let catalog = context.environment.catalogs.of(store, context.app, context.invocation.now).await?;
    let groups: Vec<&RewardGroupId> = catalog.groups_of_campaign(&campaign).into_iter().collect();
    let (found, cursor) =
        reward_pages::page(store, context.app, &campaign.campaign_id, &groups, page.limit, page.cursor.as_deref())
            .await?;
    let data: Vec<ExportedReward> =
        found.iter().map(|reward| ExportedReward::new(reward, context.invocation.now)).collect();
    if !context.request.accepts("text/csv") {
        return Ok(http::json(200, &List { data, cursor }));
    }
    let next = cursor.map(|cursor| format!("{}?limit={}&cursor={cursor}", context.request.raw_path(), page.limit));
    let table = csv::table(COLUMNS, data.iter().map(row));
    Ok(http::text_page("text/csv; charset=utf-8; header=present", table, next.as_deref()))
}

fn row(reward: &ExportedReward) -> [String; 19] {
    let time = |at: Option<Timestamp>| at.map(|at| at.to_string()).unwrap_or_default();
    let id = |id: Option<&RewardId>| id.map(|id| id.as_str().to_owned()).unwrap_or_default();
    [
        reward.reward_id.as_str().to_owned(),
        reward.user_id.as_ref().map(ToString::to_string).unwrap_or_default(),
        reward.moment_id.to_string(),
        reward.occurrence.to_string(),
        reward.reward_group_id.to_string(),
        reward.arm.to_string(),
        campaigns::word(&reward.kind),
        campaigns::word(&reward.state),
        reward.waiting_reason.map(|reason| campaigns::word(&reason)).unwrap_or_default(),
        reward.cost.currency.code().to_owned(),
        reward.cost.amount_minor.to_string(),
        reward.refunded.to_string(),
        reward.marketplace.clone().unwrap_or_default(),
        time(Some(reward.earned_at)),
        time(reward.awarded_at),
        time(reward.expires_at),
        time(reward.redeemed_at),
        id(reward.replaces.as_ref()),
        id(reward.replaced_by.as_ref()),
    ]
}
