//! What invokes functions besides HTTP: batches of the table's stream, and schedules that walk through every app.

pub mod every_app;
pub mod streams;
