//! Which reward a user gets, and who waits for one.

mod budgets;
mod credits;
mod fallbacks;
mod rewards;
mod waiting_line;
