//! Promises that hold on every route.

mod bounds;
mod dry_runs;
mod one_app_harms_no_other;
mod test_keys;
