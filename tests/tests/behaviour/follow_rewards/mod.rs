//! The waiting line, and rewards that expire.

mod expiry;
mod waiting_line;
