//! The numbered cells of a report. Numbers keep the names of a day's figures short: with full names, a year of a
//! campaign in ten marketplaces would cost several times as much to read. A number never changes. The list of cells is
//! in pages, and figures in parts, so that no item grows with the number of cells: decision 0041.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use domain::Error;
use domain::id::{AppId, CampaignId};
use domain::reward::report::{Cell, OTHER};
use serde::Deserialize;

use super::super::conditions::CELLS_ARE;
use super::super::schema::{Key, report_cells_pk};
use super::super::{Consistency, Store, item};

/// Cells before further marketplaces share one: apps may report any number of them.
const MOST_CELLS: usize = 500;

/// Cells in one item: a page of the list, or a day's part. A page takes 7 KB at most, and any update of a part stays
/// below the 4 KB that DynamoDB takes as an expression.
pub(super) const TOGETHER: usize = 32;

/// Numbers reserved for each page of the list. Pages of an earlier version are longer than [`TOGETHER`], but none has
/// so many: DynamoDB takes no item of that size. So numbers do not depend on how full an earlier page is.
const PAGE: usize = TOGETHER * 3_125;

/// Concurrent additions by others to the page after which an append gives up.
const ROUNDS: usize = 20;

/// An environment's knowledge of campaigns' cells.
#[derive(Default)]
pub(super) struct Numbers(Mutex<HashMap<(AppId, CampaignId), Arc<Numbered>>>);

/// The cells of one campaign, with their numbers.
#[derive(Debug, Clone, Default)]
pub(super) struct Numbered {
    pages: Vec<Vec<Cell>>,
    numbers: HashMap<Cell, usize>,
}

#[derive(Deserialize)]
struct StoredCells {
    cells: Vec<String>,
}

impl Numbers {
    /// Returns the cells of a campaign, including these: numbers those that have none yet.
    pub(super) async fn of(
        &self,
        store: &Store,
        campaign: (&AppId, &CampaignId),
        wanted: &[&Cell],
    ) -> Result<Arc<Numbered>, Error> {
        let owned = (campaign.0.clone(), campaign.1.clone());
        let mut known = self.lock().get(&owned).cloned().unwrap_or_default();
        let (mut was_read, mut meetings) = (false, 0);
        while meetings < ROUNDS {
            let missing = known.missing(wanted);
            if missing.is_empty() {
                return Ok(known);
            }
            let mut next = (*known).clone();
            if was_read {
                let (page, cells, was_added) = append(store, campaign, &known, missing).await?;
                next.learn(page, cells);
                meetings += usize::from(!was_added);
            } else {
                was_read = true;
                for (page, cells) in pages(store, campaign, Consistency::Eventual).await? {
                    next.learn(page, cells);
                }
            }
            known = Arc::new(next);
            self.lock().insert(owned.clone(), Arc::clone(&known));
        }
        Err(Error::Unavailable("number cells of a report: conflict".into()))
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<(AppId, CampaignId), Arc<Numbered>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Numbered {
    /// A cell's number. A marketplace beyond the limit has the shared number.
    pub(super) fn number(&self, cell: &Cell) -> Option<usize> {
        let fold = || cell.marketplace.as_ref().and_then(|_| self.numbers.get(&folded(cell)));
        self.numbers.get(cell).or_else(fold).copied()
    }

    pub(super) fn cell(&self, number: usize) -> Option<&Cell> {
        self.pages.get(number / PAGE)?.get(number % PAGE)
    }

    /// The cells to number. Beyond the limit, marketplaces share one.
    fn missing(&self, wanted: &[&Cell]) -> Vec<Cell> {
        let mut missing: Vec<Cell> = Vec::new();
        for cell in wanted {
            if self.number(cell).is_some() {
                continue;
            }
            let full = self.numbers.len() + missing.len() >= MOST_CELLS && cell.marketplace.is_some();
            let cell = if full { folded(cell) } else { (*cell).clone() };
            if !missing.contains(&cell) {
                missing.push(cell);
            }
        }
        missing
    }

    /// Adds a page as it was read. A read may be older than what is known.
    fn learn(&mut self, page: usize, cells: Vec<Cell>) {
        if self.pages.len() <= page {
            self.pages.resize_with(page + 1, Vec::new);
        }
        let known = self.pages[page].len();
        for (place, cell) in cells.into_iter().enumerate().skip(known) {
            self.numbers.entry(cell.clone()).or_insert(page * PAGE + place);
            self.pages[page].push(cell);
        }
    }
}

fn folded(cell: &Cell) -> Cell {
    Cell { marketplace: Some(OTHER.to_owned()), ..cell.clone() }
}

pub(super) async fn read(
    store: &Store,
    campaign: (&AppId, &CampaignId),
    consistency: Consistency,
) -> Result<Numbered, Error> {
    let mut numbered = Numbered::default();
    for (page, cells) in pages(store, campaign, consistency).await? {
        numbered.learn(page, cells);
    }
    Ok(numbered)
}

async fn pages(
    store: &Store,
    (app, campaign): (&AppId, &CampaignId),
    consistency: Consistency,
) -> Result<Vec<(usize, Vec<Cell>)>, Error> {
    let request = store
        .range(report_cells_pk(app, campaign), "CELLS", "CELLS$")
        .consistent_read(consistency == Consistency::Strong);
    let found = store.query_all("read cells of a report", request).await?;
    let page = |found| match item::key_of(&found)? {
        Key::ReportCells(.., page) => Ok((page as usize, cells(found)?)),
        _ => Err(Error::Internal("an item among the cells of a report is no page of cells".into())),
    };
    found.into_iter().map(page).collect()
}

/// Numbers as many cells as fit in the last page, or a new one; returns that page and `true`. If others have added to
/// it since it was read, returns their page and `false`. Writes only the last page: an environment that does not know
/// it tries an earlier one, which is full or refuses.
async fn append(
    store: &Store,
    (app, campaign): (&AppId, &CampaignId),
    known: &Numbered,
    mut new: Vec<Cell>,
) -> Result<(usize, Vec<Cell>, bool), Error> {
    let last = known.pages.last().filter(|page| page.len() < TOGETHER);
    let page = known.pages.len() - usize::from(last.is_some());
    let before = last.cloned().unwrap_or_default();
    new.truncate(TOGETHER - before.len());
    let names = new.iter().map(|cell| item::text(text(cell))).collect();
    let number = u32::try_from(page).map_err(|_| Error::Internal("a report has too many cells".into()))?;
    let request = store
        .update(&Key::ReportCells(app.clone(), campaign.clone(), number))
        .update_expression("SET cells = list_append(if_not_exists(cells, :none), :new)")
        .condition_expression(CELLS_ARE)
        .expression_attribute_values(":none", item::empty_list())
        .expression_attribute_values(":new", aws_sdk_dynamodb::types::AttributeValue::L(names))
        .expression_attribute_values(":count", item::number(before.len()))
        .expression_attribute_values(":zero", item::number(0));
    match store.update_or_found("number cells of a report", request).await? {
        None => Ok((page, before.into_iter().chain(new).collect(), true)),
        Some(found) => Ok((page, cells(found)?, false)),
    }
}

fn cells(found: super::super::failure::Item) -> Result<Vec<Cell>, Error> {
    let stored: StoredCells = item::shape("report", found)?;
    let broken = || Error::Internal("a report has a cell that cannot be read".into());
    stored.cells.iter().map(|text| cell(text).ok_or_else(broken)).collect()
}

/// Ids and marketplaces hold no `#`.
fn text(cell: &Cell) -> String {
    let part = |id: Option<&str>| id.unwrap_or_default().to_owned();
    let (group, arm) = (cell.group.as_ref().map(|id| id.as_str()), cell.arm.as_ref().map(|id| id.as_str()));
    let held_out = if cell.held_out { "held-out" } else { "" };
    [cell.moment.as_str(), &part(group), &part(arm), &part(cell.marketplace.as_deref()), held_out].join("#")
}

fn cell(text: &str) -> Option<Cell> {
    let [moment, group, arm, marketplace, held_out] = text.split('#').collect::<Vec<_>>()[..] else { return None };
    let id = |text: &str| if text.is_empty() { Some(None) } else { text.try_into().ok().map(Some) };
    Some(Cell {
        moment: moment.try_into().ok()?,
        group: id(group)?,
        arm: id(arm)?,
        marketplace: Some(marketplace.to_owned()).filter(|marketplace| !marketplace.is_empty()),
        held_out: !held_out.is_empty(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(marketplace: &str) -> Cell {
        let arm = Some("gift".try_into().unwrap());
        Cell {
            moment: "m".try_into().unwrap(),
            group: None,
            arm,
            marketplace: Some(marketplace.into()),
            held_out: false,
        }
    }

    #[test]
    fn a_cell_is_read_back_as_it_was_written() {
        let group = Some("gift".try_into().unwrap());
        let held_out = Cell { arm: None, marketplace: None, held_out: true, ..of("DE") };
        for written in [of("es-419"), Cell { group, ..of("DE") }, held_out] {
            assert_eq!(cell(&text(&written)), Some(written));
        }
        assert_eq!(cell("m#gift"), None);
    }

    #[test]
    fn beyond_so_many_marketplaces_the_rest_is_counted_together() {
        let mut known = Numbered::default();
        known.learn(0, (0..MOST_CELLS).map(|n| of(&n.to_string())).collect());
        assert_eq!(known.number(&of("7")), Some(7));
        assert_eq!(known.missing(&[&of("new"), &of("newer")]), [of(OTHER)]);
        known.learn(1, vec![of(OTHER)]);
        assert_eq!((known.missing(&[&of("new")]), known.number(&of("new"))), (vec![], Some(PAGE)));
        assert_eq!(known.cell(PAGE), Some(&of(OTHER)));
        // Cells without a marketplace are limited by the campaign's moments and rewards.
        let unknown = Cell { marketplace: None, ..of("DE") };
        assert_eq!(known.missing(&[&unknown]), [unknown]);
    }

    #[test]
    fn a_reading_that_is_older_than_what_is_known_takes_nothing_away() {
        let mut known = Numbered::default();
        known.learn(0, vec![of("DE"), of("US")]);
        known.learn(0, vec![of("DE")]);
        assert_eq!((known.number(&of("US")), known.cell(1)), (Some(1), Some(&of("US"))));
    }
}
