//! Runs functions for what isn't an HTTP request: batches of the table's stream, and schedules that walk through every
//! app. Messages of a queue belong to `outbound_queue`. Nothing here knows the records' meaning.

pub mod every_app;
pub mod schedule;
pub mod streams;
