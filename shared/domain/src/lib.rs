//! The domain of Moments as values and pure functions. Deliberately absent: a runtime, AWS, CEL, the clock, and any
//! read or write. `rules` judges users, `store` keeps the values.

pub mod app;
pub mod audit;
pub mod campaign;
pub mod competition;
pub mod delivery;
pub mod device;
pub mod error;
pub mod event;
pub mod event_content;
#[cfg(test)]
extern crate self as domain;
#[cfg(test)]
pub mod fixtures;
pub mod id;
pub mod identity;
pub mod instant;
pub mod locale;
pub mod marketplace;
pub mod message;
pub mod money;
pub mod origin;
pub mod partner;
pub mod person;
pub mod rate_limit;
pub mod readable;
pub mod request_mode;
pub mod reward;
pub mod sealed;
pub mod secret;
pub mod sign_in;
pub mod statistics;
pub mod supplier;
pub mod time_zone;
pub mod url_identity;
pub mod user;
pub mod user_token;
pub mod web_address;
pub mod webhook;

pub use error::Error;
