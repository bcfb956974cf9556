//! A campaign at a glance: its state, its window, its money, and the figures of its rewards.

use std::collections::BTreeMap;

use domain::Error;
use domain::campaign::{Campaign, CampaignKind, Phase};
use domain::id::CampaignId;
use domain::money::Money;
use domain::reward::WaitingReason;
use domain::reward::report::Figure;
use domain::time_zone::TimeZone;
use edge::http::{self, Response};
use jiff::Timestamp;
use serde::Serialize;
use store::announcements::{Announcement, Counts, Part};
use store::balances::{self, Balance};
use store::ledger::Account;
use store::reports::{self, Counted, Totals};
use store::{Store, announcements};

use crate::RequestContext;

/// The figures of a campaign's rewards, as the report has them.
#[derive(Serialize)]
pub(crate) struct FiguresView {
    awards: i64,
    redemptions: i64,
    expiries: i64,
    voids: i64,
    in_review: i64,
    waiting: i64,
    /// By the reason why each joined the line; `None` if that was not counted from the start.
    waiting_for: Option<BTreeMap<WaitingReason, i64>>,
    spend: Money,
}

impl FiguresView {
    fn new(campaign: &Campaign, of: impl Fn(Figure) -> i64, waiting_for: Option<BTreeMap<WaitingReason, i64>>) -> Self {
        Self {
            awards: of(Figure::Awards),
            redemptions: of(Figure::Redemptions),
            expiries: of(Figure::Expiries),
            voids: of(Figure::Voids),
            in_review: of(Figure::InReview),
            waiting: of(Figure::Waiting),
            waiting_for,
            spend: Money { amount_minor: of(Figure::Spend), ..campaign.budget },
        }
    }

    /// Returns the figures of a campaign from its totals. `None` if the totals do not hold every reward, because an
    /// earlier version approved the campaign.
    pub(crate) fn of_totals(campaign: &Campaign, totals: Option<&Totals>) -> Option<Self> {
        if campaign.slots == 0 {
            // Never approved: there is nothing to count.
            return Some(Self::new(campaign, |_| 0, Some(BTreeMap::new())));
        }
        let totals = totals.filter(|totals| totals.is_complete)?;
        Some(Self::new(campaign, |figure| totals.of(figure), Some(totals.waiting_for().collect())))
    }
}

/// A campaign in the list of summaries.
#[derive(Serialize)]
pub(crate) struct ListedSummary {
    campaign_id: CampaignId,
    name: String,
    kind: CampaignKind,
    state: Phase,
    version: u64,
    starts_at: Timestamp,
    ends_at: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    time_zone: Option<TimeZone>,
    budget: Money,
    figures: Option<FiguresView>,
}

impl ListedSummary {
    pub(crate) fn new(figures: Option<FiguresView>, campaign: Campaign, now: Timestamp) -> Self {
        Self {
            state: campaign.phase(now),
            campaign_id: campaign.campaign_id,
            name: campaign.name,
            kind: campaign.kind,
            version: campaign.version,
            starts_at: campaign.starts_at,
            ends_at: campaign.ends_at,
            time_zone: campaign.time_zone,
            budget: campaign.budget,
            figures,
        }
    }
}

#[derive(Serialize)]
struct SummaryView {
    campaign_id: CampaignId,
    as_of: Timestamp,
    name: String,
    kind: CampaignKind,
    state: Phase,
    version: u64,
    starts_at: Timestamp,
    ends_at: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    time_zone: Option<TimeZone>,
    budget: BudgetView,
    figures: FiguresView,
    announced_at: Option<Timestamp>,
    announcement: Option<AnnouncementView>,
}

/// How far the latest announcement is.
#[derive(Serialize)]
struct AnnouncementView {
    created_at: Timestamp,
    finished_at: Option<Timestamp>,
    #[serde(flatten)]
    counts: Counts,
}

impl AnnouncementView {
    fn new((announcement, parts): &(Announcement, Vec<Part>)) -> Self {
        Self {
            created_at: announcement.created_at,
            finished_at: announcement.finished_at,
            counts: parts.iter().map(|part| part.counts).sum(),
        }
    }
}

/// The terms of `limit = unleased + remaining + spent`, exact at one instant.
#[derive(Serialize)]
struct BudgetView {
    limit: Money,
    unleased: Money,
    remaining: Money,
    spent: Money,
}

impl BudgetView {
    fn new(budget: Money, Balance { limit, unleased, remaining, spent }: Balance) -> Self {
        let money = |amount_minor| Money { amount_minor, ..budget };
        Self { limit: money(limit), unleased: money(unleased), remaining: money(remaining), spent: money(spent) }
    }
}

/// `GET …/campaigns/{campaign}/summary`. The money is exact; the figures follow within some seconds.
pub(crate) async fn get(context: RequestContext<'_>) -> Result<Response, Error> {
    let campaign_id: CampaignId = context.request.path_id("campaign", "campaign")?;
    let store = &context.environment.store;
    let found = reports::counted(store, context.app, &campaign_id, std::iter::empty()).await?;
    let Counted { campaign, totals, .. } = found.ok_or_else(|| Error::not_found("campaign", &campaign_id))?;
    let nothing_spent =
        Balance { limit: campaign.budget.amount_minor, unleased: campaign.budget.amount_minor, remaining: 0, spent: 0 };
    let account = Account::whole(context.app, &campaign.campaign_id);
    let balance = balances::read(store, &account, campaign.slots).await?.unwrap_or(nothing_spent);
    let announced = announcements::list(store, context.app, &campaign.campaign_id).await?;
    let view = SummaryView {
        as_of: context.invocation.now,
        state: campaign.phase(context.invocation.now),
        budget: BudgetView::new(campaign.budget, balance),
        figures: figures(store, &campaign, &totals).await?,
        announced_at: announced.last().map(|(announcement, _)| announcement.created_at),
        announcement: announced.last().map(AnnouncementView::new),
        campaign_id: campaign.campaign_id,
        name: campaign.name,
        kind: campaign.kind,
        version: campaign.version,
        starts_at: campaign.starts_at,
        ends_at: campaign.ends_at,
        time_zone: campaign.time_zone,
    };
    Ok(http::json(200, &view))
}

/// Returns the figures from the totals, or from the whole report of a campaign whose totals are not complete.
async fn figures(store: &Store, campaign: &Campaign, totals: &Totals) -> Result<FiguresView, Error> {
    if let Some(figures) = FiguresView::of_totals(campaign, Some(totals)) {
        return Ok(figures);
    }
    let entries = reports::read(store, &campaign.app_id, &campaign.campaign_id).await?;
    let of = |figure: Figure| {
        entries.iter().filter(|entry| entry.figure == figure && !entry.cell.held_out).map(|entry| entry.amount).sum()
    };
    Ok(FiguresView::new(campaign, of, None))
}
