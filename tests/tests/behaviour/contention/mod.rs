//! Races on the contention model, which conflicts, throttles, lags and loses answers as DynamoDB does.

mod aftermath;
mod announcing;
mod claims;
mod delayed_writers;
mod model;
mod scores;
