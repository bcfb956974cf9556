//! The admin's routes: campaigns, groups, stock, apps and keys, and rewards already given.

mod apps_and_keys;
mod audit;
mod campaigns;
mod differences;
mod forecasts;
mod lifecycle;
mod lists;
mod marketplaces;
mod messages;
mod report;
mod reviews;
mod spellings;
mod spreadsheets;
mod stock;
mod summaries;
mod void;
