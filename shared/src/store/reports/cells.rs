//! The cells of a report have numbers, so that a day's figures have short names: with full names a year of a campaign in ten
//! marketplaces would be read at several times the price. A number is given once and never changes.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde::Deserialize;

use super::super::expression::CELLS_ARE;
use super::super::schema::Key;
use super::super::{Store, item};
use crate::error::Error;
use crate::id::{AppId, CampaignId};
use crate::report::{Cell, OTHER};

/// Cells that marketplaces are told apart in: apps may report any number of them.
const MOST_CELLS: usize = 500;

/// How often a number is asked for where others ask at the same time.
const ROUNDS: usize = 20;

/// The cells of campaigns, in the order of their numbers, as far as an environment knows them.
#[derive(Default)]
pub(super) struct Numbers(Mutex<Known>);

type Known = HashMap<(AppId, CampaignId), Arc<Vec<Cell>>>;

#[derive(Deserialize)]
struct StoredCells {
    cells: Vec<String>,
}

impl Numbers {
    /// The cells of a campaign, these among them: what has no number yet is given one.
    pub(super) async fn of(
        &self,
        store: &Store,
        campaign: (&AppId, &CampaignId),
        wanted: &[&Cell],
    ) -> Result<Arc<Vec<Cell>>, Error> {
        let owned = (campaign.0.clone(), campaign.1.clone());
        let mut known = self.lock().get(&owned).cloned().unwrap_or_default();
        let mut was_read = false;
        for _ in 0..ROUNDS {
            let missing = missing(&known, wanted);
            if missing.is_empty() {
                return Ok(known);
            }
            let found = if was_read {
                append(store, campaign, &known, missing).await?
            } else {
                was_read = true;
                read(store, campaign, false).await?
            };
            // A reading may be older than what is known.
            if found.len() > known.len() {
                known = Arc::new(found);
                self.lock().insert(owned.clone(), Arc::clone(&known));
            }
        }
        Err(Error::Unavailable("number cells of a report: others do, too".into()))
    }

    fn lock(&self) -> MutexGuard<'_, Known> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A cell's number among cells that [`Numbers::of`] was asked for it.
pub(super) fn number(known: &[Cell], cell: &Cell) -> usize {
    let find = |cell: &Cell| known.iter().position(|known| known == cell);
    let fold = || cell.marketplace.as_ref().and_then(|_| find(&folded(cell)));
    find(cell).or_else(fold).unwrap_or(known.len())
}

/// What is still to be numbered: beyond so many, marketplaces are not told apart.
fn missing(known: &[Cell], wanted: &[&Cell]) -> Vec<Cell> {
    let mut missing: Vec<Cell> = Vec::new();
    for cell in wanted {
        if number(known, cell) < known.len() {
            continue;
        }
        let full = known.len() + missing.len() >= MOST_CELLS && cell.marketplace.is_some();
        let cell = if full { folded(cell) } else { (*cell).clone() };
        if !missing.contains(&cell) {
            missing.push(cell);
        }
    }
    missing
}

fn folded(cell: &Cell) -> Cell {
    Cell { marketplace: Some(OTHER.to_owned()), ..cell.clone() }
}

/// The cells that have numbers.
pub(super) async fn read(
    store: &Store,
    (app, campaign): (&AppId, &CampaignId),
    consistent: bool,
) -> Result<Vec<Cell>, Error> {
    let at = Key::ReportCells(app.clone(), campaign.clone());
    store.get_item("read cells of a report", &at, consistent).await?.map_or(Ok(Vec::new()), cells)
}

/// Numbers cells on from those that are known, and returns all; or those that there are, if there are others.
async fn append(
    store: &Store,
    (app, campaign): (&AppId, &CampaignId),
    known: &[Cell],
    new: Vec<Cell>,
) -> Result<Vec<Cell>, Error> {
    let names = new.iter().map(|cell| item::text(text(cell))).collect();
    let request = store
        .update(&Key::ReportCells(app.clone(), campaign.clone()))
        .update_expression("SET cells = list_append(if_not_exists(cells, :none), :new)")
        .condition_expression(CELLS_ARE)
        .expression_attribute_values(":none", item::empty_list())
        .expression_attribute_values(":new", aws_sdk_dynamodb::types::AttributeValue::L(names))
        .expression_attribute_values(":count", item::number(known.len()))
        .expression_attribute_values(":zero", item::number(0));
    match store.update_or_found("number cells of a report", request).await? {
        None => Ok(known.iter().cloned().chain(new).collect()),
        Some(found) => cells(found),
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
        let known: Vec<Cell> = (0..MOST_CELLS).map(|n| of(&n.to_string())).collect();
        assert_eq!(number(&known, &of("7")), 7);
        assert_eq!(missing(&known, &[&of("new"), &of("newer")]), [of(OTHER)]);
        let known = [known, vec![of(OTHER)]].concat();
        assert_eq!((missing(&known, &[&of("new")]), number(&known, &of("new"))), (vec![], MOST_CELLS));
        // What has no marketplace is as many as the campaign's moments and rewards.
        let unknown = Cell { marketplace: None, ..of("DE") };
        assert_eq!(missing(&known, &[&unknown]), [unknown]);
    }
}
