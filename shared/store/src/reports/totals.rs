//! The totals of a campaign, and its awards and spending by hour: sums that the report's transactions keep, so that a
//! list of campaigns and a chart read few items. They lack rewards that earlier versions counted, so they are complete
//! only for campaigns that were approved since.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_dynamodb::types::{AttributeValue, TransactWriteItem};
use domain::Error;
use domain::campaign::Campaign;
use domain::id::{AppId, CampaignId};
use domain::reward::WaitingReason;
use domain::reward::report::Figure;
use futures_util::stream::{self, StreamExt as _, TryStreamExt as _};

use super::super::failure::Item;
use super::super::schema::{Key, REPORT_SHARDS, TOTAL_SHARDS};
use super::super::{Store, item, requests};

/// Letters beside those of the figures: awards and spending in an hour, and what a waiting reward waits for.
pub(super) const AWARDS_BY_HOUR: char = 'h';
pub(super) const SPEND_BY_HOUR: char = 'm';
pub(super) const WAITING_FOR: char = 'q';

/// Keys in one request: DynamoDB's limit.
const AT_ONCE: usize = 100;

/// A campaign's reward figures in all.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Totals {
    /// True if they hold every reward of the campaign.
    pub is_complete: bool,
    figures: BTreeMap<Figure, i64>,
    waiting_for: BTreeMap<WaitingReason, i64>,
}

impl Totals {
    /// Returns a figure.
    pub fn of(&self, figure: Figure) -> i64 {
        self.figures.get(&figure).copied().unwrap_or(0)
    }

    /// Returns the waiting rewards by the reason why each joined the line.
    pub fn waiting_for(&self) -> impl Iterator<Item = (WaitingReason, i64)> {
        self.waiting_for.iter().map(|(reason, count)| (*reason, *count)).filter(|(_, count)| *count != 0)
    }

    fn add(&mut self, found: &Item) -> Result<(), Error> {
        self.is_complete |= found.contains_key(COMPLETE);
        for (letter, number, amount) in numbers(found)? {
            let figure = Figure::ALL.into_iter().find(|figure| super::letter(*figure) == letter);
            if let Some(figure) = figure {
                *self.figures.entry(figure).or_default() += amount;
            } else if let Some(reason) = WaitingReason::ALL.get(number).filter(|_| letter == WAITING_FOR) {
                *self.waiting_for.entry(*reason).or_default() += amount;
            }
        }
        Ok(())
    }
}

/// The awards and the spending of an hour.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Hour {
    /// Rewards awarded.
    pub awards: i64,
    /// Spending without refunds, in minor units.
    pub spend: i64,
}

/// Marks totals that were kept from the approval on.
const COMPLETE: &str = "complete";

/// Marks totals that know the report's shards, since nobody has written to one without noting it in [`SHARDS`].
const KNOWS_SHARDS: &str = "knows_shards";

/// The set of the report's shards that have figures, besides the first.
pub(super) const SHARDS: &str = "shards_used";

/// The part of an approval that begins the totals: no reward was counted before it.
pub(crate) fn begin(store: &Store, app: &AppId, campaign: &CampaignId) -> Result<TransactWriteItem, Error> {
    // Unconditional: the approval, which happens once, guards it.
    let update = store
        .update_in_transaction(&Key::Totals(app.clone(), campaign.clone(), 0))
        .update_expression("SET complete = :true, knows_shards = :true")
        .expression_attribute_values(":true", item::flag(true));
    requests::update(update)
}

/// Notes that a shard of the report has figures. Unconditional: a set holds it once, however often it is added.
pub(super) async fn note(store: &Store, app: &AppId, campaign: &CampaignId, shard: u8) -> Result<(), Error> {
    let request = store
        .update(&Key::Totals(app.clone(), campaign.clone(), shard % TOTAL_SHARDS))
        .update_expression("ADD shards_used :shards")
        .expression_attribute_values(":shards", shard_set(shard));
    store.update_item("note shard of a report", request).await.map(drop)
}

/// The set of one shard, for [`SHARDS`].
pub(super) fn shard_set(shard: u8) -> AttributeValue {
    AttributeValue::Ns(vec![shard.to_string()])
}

/// Returns the shards of a report that have figures, as far as they are noted, and the totals to check that by. All
/// shards for a campaign that an earlier version approved.
pub(super) async fn shards(store: &Store, app: &AppId, campaign: &CampaignId) -> Result<(BTreeSet<u8>, Totals), Error> {
    let (mut used, mut is_known, mut totals) = (BTreeSet::from([super::FIRST_SHARD]), false, Totals::default());
    for found in read(store, "get shards of a report", of_totals(app, campaign).collect()).await? {
        is_known |= found.contains_key(KNOWS_SHARDS);
        if let Some(AttributeValue::Ns(shards)) = found.get(SHARDS) {
            used.extend(shards.iter().filter_map(|shard| shard.parse::<u8>().ok()));
        }
        totals.add(&found)?;
    }
    Ok((if is_known { used } else { (0..REPORT_SHARDS).collect() }, totals))
}

/// A campaign with the sums of its rewards.
pub struct Counted {
    /// The campaign.
    pub campaign: Campaign,
    /// Its totals.
    pub totals: Totals,
    /// The hours with an award or spending, by number since 1970.
    pub hours: BTreeMap<i32, Hour>,
}

/// Returns a campaign with its totals, and its hours on these days in UTC, all read together. `None` if there is no such
/// campaign.
pub async fn counted(
    store: &Store,
    app: &AppId,
    campaign: &CampaignId,
    days: impl Iterator<Item = i32>,
) -> Result<Option<Counted>, Error> {
    let mut keys = vec![Key::Campaign(app.clone(), campaign.clone())];
    keys.extend(of_totals(app, campaign));
    keys.extend(
        days.flat_map(|day| (0..TOTAL_SHARDS).map(move |shard| Key::Hours(app.clone(), campaign.clone(), shard, day))),
    );
    let (mut known, mut totals, mut hours) = (None, Totals::default(), BTreeMap::new());
    for found in read(store, "get a campaign with its totals", keys).await? {
        match item::key_of(&found)? {
            Key::Campaign(..) => known = Some(item::shape("campaign", found)?),
            Key::Hours(.., day) => add_hours(&mut hours, day, &found)?,
            _ => totals.add(&found)?,
        }
    }
    Ok(known.map(|campaign| Counted { campaign, totals, hours }))
}

/// Returns the totals of campaigns: four items for each, a hundred in a request. Campaigns without any are missing.
pub async fn totals(
    store: &Store,
    app: &AppId,
    campaigns: &[CampaignId],
) -> Result<BTreeMap<CampaignId, Totals>, Error> {
    let keys = campaigns.iter().flat_map(|campaign| of_totals(app, campaign)).collect();
    let mut totals: BTreeMap<CampaignId, Totals> = BTreeMap::new();
    for found in read(store, "get totals", keys).await? {
        if let Key::Totals(_, campaign, _) = item::key_of(&found)? {
            totals.entry(campaign).or_default().add(&found)?;
        }
    }
    Ok(totals)
}

fn of_totals(app: &AppId, campaign: &CampaignId) -> impl Iterator<Item = Key> {
    (0..TOTAL_SHARDS).map(move |shard| Key::Totals(app.clone(), campaign.clone(), shard))
}

/// Reads items side by side, a hundred in a request.
async fn read(store: &Store, operation: &'static str, keys: Vec<Key>) -> Result<Vec<Item>, Error> {
    let chunks: Vec<Vec<Key>> = keys.chunks(AT_ONCE).map(<[Key]>::to_vec).collect();
    let requests = chunks.into_iter().map(|keys| async move { store.get_items(operation, &keys).await });
    let found: Vec<Vec<Item>> = stream::iter(requests).buffered(AT_ONCE).try_collect().await?;
    Ok(found.into_iter().flatten().collect())
}

fn add_hours(hours: &mut BTreeMap<i32, Hour>, day: i32, found: &Item) -> Result<(), Error> {
    for (letter, number, amount) in numbers(found)? {
        let hour = hours.entry(day * 24 + i32::try_from(number).unwrap_or(0)).or_default();
        match letter {
            AWARDS_BY_HOUR => hour.awards += amount,
            SPEND_BY_HOUR => hour.spend += amount,
            _ => {}
        }
    }
    Ok(())
}

/// The name of a waiting reward's reason.
pub(super) fn waiting_name(reason: WaitingReason) -> String {
    let number = WaitingReason::ALL.iter().position(|known| *known == reason).unwrap_or(0);
    format!("{WAITING_FOR}{number}")
}

/// Returns the numbers of an item, by letter and number of their name. Keys hold text.
pub(super) fn numbers(found: &Item) -> Result<Vec<(char, usize, i64)>, Error> {
    let mut numbers = Vec::new();
    for (name, value) in found {
        let AttributeValue::N(amount) = value else { continue };
        let (letter, number) = super::split(name)?;
        let amount = amount.parse().map_err(|_| Error::Internal("a figure is no number".into()))?;
        numbers.push((letter, number, amount));
    }
    Ok(numbers)
}
