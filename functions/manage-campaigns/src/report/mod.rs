//! A campaign's report: its figures by moment, group, arm, marketplace and day, and the results of its experiments.
//! `store::reports` reads the stored figures; this module adds them up and derives the others.

mod experiments;
mod sums;

use std::collections::BTreeMap;

use domain::Error;
use domain::campaign::Campaign;
use domain::id::{CampaignId, MomentId, RewardGroupId};
use domain::money::Money;
use domain::reward::report::Figure;
use domain::time_zone::TimeZone;
use edge::http::{self, Response};
use jiff::civil::{Date, date};
use jiff::{Span, Timestamp};
use serde::Serialize;
use store::reports::{self, Entry};

use crate::{RequestContext, campaigns};
use experiments::ExperimentView;
use sums::{Division, SumsView, sums};

/// The most days that a report shows one by one: five years.
const MOST_DAYS: usize = 1_830;

#[derive(Serialize)]
struct ReportView {
    campaign_id: CampaignId,
    as_of: Timestamp,
    time_zone: TimeZone,
    from: Option<Date>,
    to: Option<Date>,
    budget: Money,
    unspent: Money,
    totals: SumsView,
    by_moment: Vec<Row<MomentKey>>,
    by_group: Vec<Row<GroupKey>>,
    by_arm: Vec<Row<ArmKey>>,
    by_marketplace: Vec<Row<MarketplaceKey>>,
    by_day: Vec<Row<DayKey>>,
    experiments: Vec<ExperimentView>,
}

#[derive(Serialize)]
struct Row<K> {
    #[serde(flatten)]
    key: K,
    #[serde(flatten)]
    sums: SumsView,
}

#[derive(Serialize, PartialEq, Eq, PartialOrd, Ord)]
struct MomentKey {
    moment_id: MomentId,
}

#[derive(Serialize, PartialEq, Eq, PartialOrd, Ord)]
struct GroupKey {
    reward_group_id: RewardGroupId,
}

#[derive(Serialize, PartialEq, Eq, PartialOrd, Ord)]
struct ArmKey {
    moment_id: MomentId,
    arm: RewardGroupId,
}

#[derive(Serialize, PartialEq, Eq, PartialOrd, Ord)]
struct MarketplaceKey {
    marketplace: Option<String>,
}

#[derive(Serialize, PartialEq, Eq, PartialOrd, Ord)]
struct DayKey {
    date: Date,
}

/// `GET …/report?from=&to=`: dates in the campaign's time zone, both included.
pub(crate) async fn get(context: RequestContext<'_>) -> Result<Response, Error> {
    let campaign = campaigns::existing(context).await?;
    let (from, to) = (date_of(context, "from")?, date_of(context, "to")?);
    if from.zip(to).is_some_and(|(from, to)| from > to) {
        return Err(Error::invalid("/to", "invalid_parameter", "must not be before from"));
    }
    let all = reports::read(&context.environment.store, context.app, &campaign.campaign_id).await?;
    let spent: i64 = all.iter().filter(|entry| entry.figure == Figure::Spend).map(|entry| entry.amount).sum();
    let within = |entry: &Entry| {
        let date = calendar(entry.day);
        from.is_none_or(|from| from <= date) && to.is_none_or(|to| date <= to)
    };
    let entries: Vec<Entry> = all.iter().filter(|entry| within(entry)).cloned().collect();
    let budget = campaign.budget;
    let view = ReportView {
        campaign_id: campaign.campaign_id.clone(),
        as_of: context.invocation.now,
        time_zone: campaign.time_zone.unwrap_or(TimeZone::UTC),
        from,
        to,
        budget,
        unspent: Money { amount_minor: budget.amount_minor - spent, ..budget },
        totals: sums(&entries).view(&campaign, Division::WithHoldOut),
        by_moment: rows(&campaign, &entries, Division::WithHoldOut, |entry| {
            Some(MomentKey { moment_id: entry.cell.moment.clone() })
        }),
        by_group: rows(&campaign, &entries, Division::ByGroup, |entry| {
            Some(GroupKey { reward_group_id: entry.cell.group.clone()? })
        }),
        by_arm: rows(&campaign, &entries, Division::ByArm, |entry| {
            Some(ArmKey { moment_id: entry.cell.moment.clone(), arm: entry.cell.arm.clone()? })
        }),
        by_marketplace: rows(&campaign, &entries, Division::WithHoldOut, |entry| {
            Some(MarketplaceKey { marketplace: entry.cell.marketplace.clone() })
        }),
        by_day: latest(rows(&campaign, &entries, Division::WithHoldOut, |entry| {
            Some(DayKey { date: calendar(entry.day) })
        })),
        // Of the whole campaign, whatever the dates: the users who began on some days are not those who completed on
        // them.
        experiments: experiments::all(&campaign, &all),
    };
    Ok(http::json(200, &view))
}

/// Groups the figures by a key, in the order of the keys. An entry without the key is in the totals alone.
fn rows<K: Ord>(
    campaign: &Campaign,
    entries: &[Entry],
    division: Division,
    key: impl Fn(&Entry) -> Option<K>,
) -> Vec<Row<K>> {
    let mut by_key: BTreeMap<K, Vec<&Entry>> = BTreeMap::new();
    for entry in entries {
        if let Some(key) = key(entry) {
            by_key.entry(key).or_default().push(entry);
        }
    }
    by_key.into_iter().map(|(key, entries)| Row { key, sums: sums(entries).view(campaign, division) }).collect()
}

/// Keeps the latest days if there are more than an answer has room for. A client gets earlier ones with `to`.
fn latest<K>(mut days: Vec<Row<K>>) -> Vec<Row<K>> {
    days.drain(..days.len().saturating_sub(MOST_DAYS));
    days
}

fn date_of(context: RequestContext<'_>, name: &'static str) -> Result<Option<Date>, Error> {
    let wrong = |_| Error::invalid(format!("/{name}"), "invalid_parameter", "must be a date, like 2026-12-24");
    context.request.query(name).map(|text| text.parse::<Date>().map_err(wrong)).transpose()
}

/// Returns the date of a day counted since 1970.
fn calendar(day: i32) -> Date {
    date(1970, 1, 1).saturating_add(Span::new().days(day))
}
