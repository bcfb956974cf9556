//! `GET …/campaigns/{campaign}/forecast`: the number of rewards that is expected, against budget, stock and caps.

use std::collections::HashMap;

use domain::Error;
use domain::campaign::forecast::{self, Enough, Forecast, Reach, UNBOUNDED};
use domain::id::{CampaignId, RewardGroupId};
use domain::money::Money;
use domain::reward::group::RewardGroup;
use domain::reward::report::Figure;
use edge::http::{self, Response};
use jiff::Timestamp;
use serde::Serialize;
use store::{Store, catalogs, codes, reports};

use crate::RequestContext;

/// URLs to count in each group if no number of rewards is expected: beyond it, a page says "more than".
const COUNTED: u64 = 10_000;

#[derive(Serialize)]
struct ForecastView {
    campaign_id: CampaignId,
    as_of: Timestamp,
    expected_rewards: Option<u64>,
    /// What the expected rewards cost.
    cost: Option<CostView>,
    budget: ReachView,
    stock: ReachView,
    caps: ReachView,
}

#[derive(Serialize)]
struct CostView {
    least: Money,
    most: Money,
}

#[derive(Serialize)]
struct ReachView {
    /// `None` if nothing bounds it.
    least: Option<u64>,
    most: Option<u64>,
    /// `None` if no number of rewards is expected.
    enough: Option<&'static str>,
}

impl ReachView {
    fn new(reach: Reach, expected: Option<u64>) -> Self {
        let bounded = |rewards: u64| (rewards < UNBOUNDED).then_some(rewards);
        let enough = |expected| match reach.is_enough_for(expected) {
            Enough::Yes => "yes",
            Enough::Depends => "depends",
            Enough::No => "no",
        };
        Self { least: bounded(reach.least), most: bounded(reach.most), enough: expected.map(enough) }
    }
}

/// Answers for the whole campaign: what it has given already is within its budget, and is added to its stock.
pub(crate) async fn get(context: RequestContext<'_>) -> Result<Response, Error> {
    let campaign_id: CampaignId = context.request.path_id("campaign", "campaign")?;
    let store = &context.environment.store;
    let catalog = catalogs::current(store, context.app).await?;
    let campaign = catalog.campaign(&campaign_id)?;
    let Some(found) = Forecast::of(campaign, &catalog.groups) else {
        let detail = "the campaign has no price: the app has none of its reward groups, or one costs another currency than the \
                      budget has; choose others in its moments";
        return Err(Error::Conflict { code: "state_conflict", detail: detail.into() });
    };
    let totals = reports::totals(store, context.app, std::slice::from_ref(&campaign_id)).await?;
    let given = totals.get(&campaign_id).map_or(0, |totals| totals.of(Figure::Awards));
    let given = u64::try_from(given).unwrap_or(0);
    let expected = campaign.expected_rewards;
    let stocks = forecast::stocks(campaign, &catalog.groups);
    let left = left(store, &stocks, expected.unwrap_or(COUNTED)).await?;
    let stock = forecast::reach_of_stock(&stocks, |group| left.get(group).copied().unwrap_or(0));
    let stock = Reach { least: stock.least.saturating_add(given), most: stock.most.saturating_add(given) };
    let money = |amount_minor| Money { amount_minor, ..campaign.budget };
    let cost = |expected| {
        let (least, most) = found.cost(expected);
        CostView { least: money(least), most: money(most) }
    };
    let view = ForecastView {
        as_of: context.invocation.now,
        expected_rewards: expected,
        cost: expected.map(cost),
        budget: ReachView::new(found.budget, expected),
        stock: ReachView::new(stock, expected),
        caps: ReachView::new(found.caps, expected),
        campaign_id,
    };
    Ok(http::json(200, &view))
}

/// Counts what each group has in stock, up to `most`: a large stock costs no more to look at than what is needed of it.
async fn left(store: &Store, stocks: &[Vec<&RewardGroup>], most: u64) -> Result<HashMap<RewardGroupId, u64>, Error> {
    let mut left = HashMap::new();
    for group in stocks.iter().flatten() {
        if left.contains_key(&group.reward_group_id) {
            continue;
        }
        let counted = if group.has_stock() {
            codes::count_up_to(store, &group.app_id, &group.reward_group_id, most).await?
        } else {
            UNBOUNDED
        };
        left.insert(group.reward_group_id.clone(), counted);
    }
    Ok(left)
}
