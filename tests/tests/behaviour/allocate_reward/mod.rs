//! Which reward a user gets.

mod budgets;
mod credits;
mod fallbacks;
mod old_api;
mod rewards;
