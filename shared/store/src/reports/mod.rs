//! The report: a campaign's reward figures by day, and how much of each reward is in them. A reward counts exactly
//! once, however often and in whatever order its records come: its `Counted` item holds what was counted and changes
//! in the transaction that changes the figures. `tally` counts who began, plainly. `cells` numbers the cells of the
//! figures. `totals` reads the sums that a list of campaigns and a chart need.

mod cells;
mod totals;

use std::collections::{BTreeMap, HashSet};
use std::sync::atomic::{AtomicU8, Ordering::Relaxed};
use std::sync::{Mutex, PoisonError};

use aws_sdk_dynamodb::config::retry::RetryConfig;
use aws_sdk_dynamodb::error::ProvideErrorMetadata as _;
use aws_sdk_dynamodb::types::TransactWriteItem;
use domain::Error;
use domain::id::{AppId, CampaignId, RewardId};
use domain::reward::report::{Cell, Contribution, Figure};
use futures_util::stream::{self, StreamExt as _, TryStreamExt as _};
use rand::Rng as _;
use serde::{Deserialize, Serialize};
use tokio::time::Instant;

use super::conditions::{COUNTED_SO_FAR, NOT_YET_WRITTEN};
use super::failure::{Item, Reason};
use super::schema::{Key, REPORT_SHARDS, TOTAL_SHARDS, report_pk};
use super::{Consistency, Store, item, requests};
use cells::Numbered;
pub(crate) use totals::begin;
pub use totals::{Counted, Hour, Totals, counted, totals};

/// The shard that is always read, and never noted.
const FIRST_SHARD: u8 = 0;

/// Rewards in one transaction.
const TOGETHER: usize = 40;

const MOST_ITEMS: usize = 100;

/// Figures that one part of a transaction changes: DynamoDB takes 300 operators in an expression.
const MOST_CHANGES: usize = 250;

/// One environment's memory of reports: the numbers of cells, which never change, the shard that it writes to, and where
/// it has noted that.
#[derive(Default)]
pub struct Remembered {
    cells: cells::Numbers,
    shard: AtomicU8,
    noted: Mutex<HashSet<(AppId, CampaignId, u8)>>,
}

impl Remembered {
    /// The first shard was busy: use any other.
    fn move_on(&self, store: &Store) {
        self.shard.store(store.random().random_range(0..REPORT_SHARDS), Relaxed);
    }

    /// Notes that a campaign's report has figures in a shard, before the first of them: [`read`] passes over the others.
    async fn note(&self, store: &Store, app: &AppId, campaign: &CampaignId, shard: u8) -> Result<(), Error> {
        let place = (app.clone(), campaign.clone(), shard);
        let noted = || self.noted.lock().unwrap_or_else(PoisonError::into_inner);
        if shard == FIRST_SHARD || noted().contains(&place) {
            return Ok(());
        }
        totals::note(store, app, campaign, shard).await?;
        noted().insert(place);
        Ok(())
    }
}

/// A reward to count as it is now.
#[derive(Debug, Clone)]
pub struct Recount {
    /// Its id.
    pub reward_id: RewardId,
    /// The contribution that the report probably holds. If that is wrong, counting costs another request.
    pub before: Option<Contribution>,
    /// Its contribution now.
    pub now: Contribution,
    /// True if its user is erased. Then nobody knows its cell any more, and it keeps the counted one.
    pub is_erased: bool,
}

/// The contribution of a reward that the report holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct StoredCounted {
    revision: u64,
    cell: usize,
    /// By letter of the figure and day, or hour; see [`sums`].
    figures: BTreeMap<String, i64>,
}

/// One figure of a cell on a day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Days since 1970 in the campaign's time zone.
    pub day: i32,
    /// The figure.
    pub figure: Figure,
    /// Its cell.
    pub cell: Cell,
    /// Its value.
    pub amount: i64,
}

/// Counts rewards of a campaign as they are now, each exactly once. Skips those that are counted as they are now or
/// later.
pub async fn count(
    store: &Store,
    remembered: &Remembered,
    app: &AppId,
    campaign: &CampaignId,
    rewards: Vec<Recount>,
    deadline: Instant,
) -> Result<(), Error> {
    let cells = rewards.iter().flat_map(|recount| [&recount.now].into_iter().chain(&recount.before));
    let cells: Vec<&Cell> = cells.map(|contribution| &contribution.cell).collect();
    let numbers = remembered.cells.of(store, (app, campaign), &cells).await?;
    let stored = |contribution: &Contribution| {
        let cell = numbers.number(&contribution.cell).ok_or_else(unnumbered)?;
        Ok(StoredCounted { revision: contribution.revision, cell, figures: figures(contribution) })
    };
    let pending = rewards.into_iter().map(|recount| {
        let before = recount.before.as_ref().map(stored).transpose()?;
        Ok(Pending { before, now: stored(&recount.now)?, recount })
    });
    let pending = pending.collect::<Result<Vec<Pending>, Error>>()?;
    let mut batches: Vec<Vec<Pending>> = pending.chunks(TOGETHER).map(<[Pending]>::to_vec).collect();
    let mut meetings = 0;
    while let Some(mut batch) = batches.pop() {
        let shard = remembered.shard.load(Relaxed);
        let at = |sum| match sum {
            Sum::Day(day, part) => Key::ReportDay(app.clone(), campaign.clone(), shard, day, part),
            Sum::Hours(day) => Key::Hours(app.clone(), campaign.clone(), shard % TOTAL_SHARDS, day),
            Sum::Totals => Key::Totals(app.clone(), campaign.clone(), shard % TOTAL_SHARDS),
        };
        let (items, most_changes) = transaction(store, &batch, shard, at)?;
        if batch.len() > 1 && (items.len() > MOST_ITEMS || most_changes > MOST_CHANGES) {
            let half = batch.split_off(batch.len() / 2);
            batches.extend([half, batch]);
            continue;
        }
        let Err(reasons) = (if items.is_empty() { Ok(()) } else { store.transaction("count rewards", items).await? })
        else {
            continue;
        };
        let refused = reasons.iter().any(|reason| matches!(reason, Reason::Refused(_)));
        if !refused {
            // Another environment writes to this shard of the day: use another one.
            remembered.move_on(store);
            meetings += 1;
            store.back_off(meetings).await;
        }
        if Instant::now() >= deadline {
            return Err(Error::Unavailable("out of time to count rewards".into()));
        }
        if refused {
            batch = corrected(batch, reasons, &numbers)?;
        }
        batches.push(batch);
    }
    Ok(())
}

#[derive(Debug, Clone)]
struct Pending {
    recount: Recount,
    before: Option<StoredCounted>,
    now: StoredCounted,
}

fn unnumbered() -> Error {
    Error::Internal("a report counts by a cell that has no number".into())
}

/// The part of a day that holds a cell's figures, and a figure's name there.
fn place(letter: char, cell: usize) -> Result<(u32, String), Error> {
    let part = u32::try_from(cell / cells::TOGETHER).map_err(|_| unnumbered())?;
    Ok((part, format!("{letter}{}", cell % cells::TOGETHER)))
}

/// An item that figures are added to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Sum {
    /// A part of a day.
    Day(i32, u32),
    /// The hours of a day in UTC.
    Hours(i32),
    /// The totals of the campaign.
    Totals,
}

/// Returns the items that a counted figure of a cell belongs to, with its name there.
fn sums(name: &str, cell: usize) -> Result<Vec<(Sum, String)>, Error> {
    let (letter, number) = split::<i32>(name)?;
    Ok(match letter {
        totals::AWARDS_BY_HOUR | totals::SPEND_BY_HOUR => {
            vec![(Sum::Hours(number.div_euclid(24)), format!("{letter}{}", number.rem_euclid(24)))]
        }
        totals::WAITING_FOR => vec![(Sum::Totals, name.to_owned())],
        _ => {
            let (part, name) = place(letter, cell)?;
            vec![(Sum::Day(number, part), name), (Sum::Totals, format!("{letter}0"))]
        }
    })
}

/// A transaction that counts these rewards: first the record of each, then the sums that it changes. Empty if
/// nothing changes. Also returns the most figures that one part changes.
fn transaction(
    store: &Store,
    batch: &[Pending],
    shard: u8,
    at: impl Fn(Sum) -> Key,
) -> Result<(Vec<TransactWriteItem>, usize), Error> {
    let mut items = Vec::new();
    let mut changed: BTreeMap<Sum, BTreeMap<String, i64>> = BTreeMap::new();
    for pending in batch {
        let counted = item::whole(&Key::Counted(pending.recount.reward_id.clone()), None, &pending.now)?;
        let put = store.put_in_transaction(counted);
        let put = match &pending.before {
            None => put.condition_expression(NOT_YET_WRITTEN),
            Some(before) => put
                .condition_expression(COUNTED_SO_FAR)
                .expression_attribute_values(":revision", item::number(before.revision))
                .expression_attribute_values(":cell", item::number(before.cell))
                .expression_attribute_values(":figures", item::value(&before.figures)?),
        };
        items.push(requests::put(put)?);
        for (stored, sign) in pending.before.iter().map(|before| (before, -1)).chain([(&pending.now, 1)]) {
            for (name, amount) in &stored.figures {
                for (sum, name) in sums(name, stored.cell)? {
                    *changed.entry(sum).or_default().entry(name).or_default() += sign * amount;
                }
            }
        }
    }
    // The totals note the shard of the day in the same transaction, so `read` never passes over figures.
    let notes = shard != FIRST_SHARD && changed.keys().any(|sum| matches!(sum, Sum::Day(..)));
    if notes {
        changed.entry(Sum::Totals).or_default();
    }
    let mut most_changes = 0;
    for (sum, mut changes) in changed {
        changes.retain(|_, amount| *amount != 0);
        let mut names: Vec<&str> = changes.keys().map(String::as_str).collect();
        names.extend((notes && sum == Sum::Totals).then_some(totals::SHARDS));
        if names.is_empty() {
            continue;
        }
        most_changes = most_changes.max(names.len());
        // Unconditional: adding is right for any figures, and the transaction's other half guards it.
        let mut update = store.update_in_transaction(&at(sum)).update_expression(add(names.iter()));
        for (name, amount) in &changes {
            update = update.expression_attribute_values(format!(":{name}"), item::number(amount));
        }
        if names.last() == Some(&totals::SHARDS) {
            update = update.expression_attribute_values(format!(":{}", totals::SHARDS), totals::shard_set(shard));
        }
        items.push(requests::update(update)?);
    }
    Ok((items, most_changes))
}

/// The batch without rewards that are counted already, and with what is counted of the refused ones.
fn corrected(batch: Vec<Pending>, reasons: Vec<Reason>, numbers: &Numbered) -> Result<Vec<Pending>, Error> {
    let mut left = Vec::new();
    for (mut pending, reason) in batch.into_iter().zip(reasons) {
        if let Reason::Refused(found) = reason {
            pending.before = found.map(|found| item::shape("counted reward", found)).transpose()?;
            if let Some(found) = &pending.before {
                if found.revision >= pending.now.revision {
                    continue;
                }
                // The same group keeps its counted cell; another group, given instead, is not known there.
                let same_group =
                    numbers.cell(found.cell).is_some_and(|cell| cell.group == pending.recount.now.cell.group);
                if pending.recount.is_erased && same_group {
                    pending.now.cell = found.cell;
                }
            }
        }
        left.push(pending);
    }
    Ok(left)
}

/// Counts one user: adds to each of these figures. Logs a failure and forgets it: the caller's work stands either way.
/// Repeats only what certainly did not happen, so that nobody counts twice.
pub async fn tally(
    store: &Store,
    remembered: &Remembered,
    app: &AppId,
    campaign: &CampaignId,
    day: i32,
    cell: &Cell,
    figures: &[(Figure, i64)],
) {
    let lost = || tracing::warn!(app.id = %app, campaign.id = %campaign, "a user is missing from the tally");
    let Ok(numbers) = remembered.cells.of(store, (app, campaign), &[cell]).await else { return lost() };
    let places = figures.iter().map(|(figure, _)| place(letter(*figure), numbers.number(cell).ok_or_else(unnumbered)?));
    let Ok(places) = places.collect::<Result<Vec<(u32, String)>, Error>>() else { return lost() };
    let part = places.first().map_or(0, |(part, _)| *part);
    let names: Vec<String> = places.into_iter().map(|(_, name)| name).collect();
    let values = names.iter().zip(figures).map(|(name, (_, amount))| (format!(":{name}"), item::number(amount)));
    let values: Item = values.collect();
    for _ in 0..2 {
        let shard = remembered.shard.load(Relaxed);
        let is_noted = remembered.note(store, app, campaign, shard).await.is_ok();
        let shard = if is_noted { shard } else { FIRST_SHARD };
        // Unconditional: adding to a counter is right for any value.
        let request = store
            .update(&Key::Funnel(app.clone(), campaign.clone(), shard, day, part))
            .update_expression(add(names.iter()))
            .set_expression_attribute_values(Some(values.clone()))
            .customize()
            .config_override(aws_sdk_dynamodb::Config::builder().retry_config(RetryConfig::disabled()));
        match request.send().await {
            Ok(answer) => return store.meter().writing(answer.consumed_capacity()),
            // A throttled write did not happen: another shard has room.
            Err(error)
                if matches!(
                    error.code(),
                    Some("ProvisionedThroughputExceededException" | "ThrottlingException" | "RequestLimitExceeded")
                ) =>
            {
                remembered.move_on(store);
            }
            Err(_) => break,
        }
    }
    lost();
}

/// Returns a campaign's whole report, eventually consistent. Reads the shards that are noted, which is one for a calm
/// campaign. If the totals then have other rewards, it reads the other shards, too: while an update of the functions is
/// under way, those of before note nothing.
pub async fn read(store: &Store, app: &AppId, campaign: &CampaignId) -> Result<Vec<Entry>, Error> {
    let (noted, totals) = totals::shards(store, app, campaign).await?;
    let others: Vec<u8> = (0..REPORT_SHARDS).filter(|shard| !noted.contains(shard)).collect();
    let mut days = days(store, app, campaign, noted.into_iter().collect()).await?;
    if !others.is_empty() && !agree(&days, &totals)? {
        days.extend(self::days(store, app, campaign, others).await?);
    }
    // After the days: their cells were numbered before.
    let mut numbers = cells::read(store, (app, campaign), Consistency::Eventual).await?;
    let mut entries = entries(&days, &numbers)?;
    if entries.is_none() {
        // The days are newer than this read.
        numbers = cells::read(store, (app, campaign), Consistency::Strong).await?;
        entries = self::entries(&days, &numbers)?;
    }
    entries.ok_or_else(unnumbered)
}

async fn days(store: &Store, app: &AppId, campaign: &CampaignId, shards: Vec<u8>) -> Result<Vec<Item>, Error> {
    let shards = shards.into_iter().map(|shard| async move {
        let request = store.range(report_pk(app, campaign, shard), "DAY#", "DAY$");
        store.query_all("read report", request).await
    });
    let days: Vec<Vec<Item>> = stream::iter(shards).buffered(usize::from(REPORT_SHARDS)).try_collect().await?;
    Ok(days.into_iter().flatten().collect())
}

/// True if these days have the rewards that the totals have.
fn agree(days: &[Item], totals: &Totals) -> Result<bool, Error> {
    let mut sums: BTreeMap<char, i64> = BTreeMap::new();
    for found in days {
        // Who began is not in the totals.
        if let Key::ReportDay(..) = item::key_of(found)? {
            for (letter, _, amount) in totals::numbers(found)? {
                *sums.entry(letter).or_default() += amount;
            }
        }
    }
    Ok(Figure::ALL.into_iter().all(|figure| sums.get(&letter(figure)).copied().unwrap_or(0) == totals.of(figure)))
}

/// Returns `None` if a cell's number is unknown.
fn entries(days: &[Item], numbers: &Numbered) -> Result<Option<Vec<Entry>>, Error> {
    let mut entries = Vec::new();
    for found in days {
        let (Key::ReportDay(.., day, part) | Key::Funnel(.., day, part)) = item::key_of(found)? else { continue };
        for (letter, number, amount) in totals::numbers(found)? {
            // An earlier version kept all of a day in its first part.
            let Some(cell) = numbers.cell(part as usize * cells::TOGETHER + number) else { return Ok(None) };
            let Some(figure) = Figure::ALL.into_iter().find(|figure| self::letter(*figure) == letter) else { continue };
            entries.push(Entry { day, figure, cell: cell.clone(), amount });
        }
    }
    Ok(Some(entries))
}

fn figures(contribution: &Contribution) -> BTreeMap<String, i64> {
    let mut figures = BTreeMap::new();
    for (day, figure, amount) in &contribution.entries {
        *figures.entry(format!("{}{day}", letter(*figure))).or_default() += amount;
    }
    for (hour, figure, amount) in &contribution.hours {
        let letter = if *figure == Figure::Spend { totals::SPEND_BY_HOUR } else { totals::AWARDS_BY_HOUR };
        *figures.entry(format!("{letter}{hour}")).or_default() += amount;
    }
    figures.extend(contribution.waiting_for.map(|reason| (totals::waiting_name(reason), 1)));
    figures
}

/// A figure's letter in attribute names. Reads of a report pay for each character.
fn letter(figure: Figure) -> char {
    match figure {
        Figure::Participants => 'p',
        Figure::Completions => 'c',
        Figure::Completers => 'f',
        Figure::Closed => 'k',
        Figure::Waiting => 'w',
        Figure::InReview => 'i',
        Figure::Awards => 'a',
        Figure::Replacements => 'x',
        Figure::Redemptions => 'r',
        Figure::Expiries => 'e',
        Figure::Voids => 'v',
        Figure::Spend => 's',
    }
}

fn split<T: std::str::FromStr>(name: &str) -> Result<(char, T), Error> {
    let mut rest = name.chars();
    let letter = rest.next();
    letter.zip(rest.as_str().parse().ok()).ok_or_else(|| Error::Internal(format!("no figure is called {name}")))
}

fn add<Name: std::fmt::Display>(names: impl Iterator<Item = Name>) -> String {
    let terms: Vec<String> = names.map(|name| format!("{name} :{name}")).collect();
    format!("ADD {}", terms.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_figure_has_a_letter_of_its_own() {
        let others = [totals::AWARDS_BY_HOUR, totals::SPEND_BY_HOUR, totals::WAITING_FOR];
        let letters: std::collections::BTreeSet<char> = Figure::ALL.into_iter().map(letter).chain(others).collect();
        assert_eq!(letters.len(), Figure::ALL.len() + others.len());
    }

    #[test]
    fn names_are_read_back() {
        assert_eq!(split::<i32>("s-1").unwrap(), ('s', -1));
        assert_eq!(split::<usize>("a12").unwrap(), ('a', 12));
        assert!(split::<usize>("a").is_err() && split::<usize>("").is_err());
    }
}
