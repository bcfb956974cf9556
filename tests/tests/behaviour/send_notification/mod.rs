//! Pushes and reminders.

mod pushes;
mod quiet_hours;
mod reminders;
