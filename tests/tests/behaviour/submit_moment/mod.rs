//! `POST /v1/moments` and `/v1/moments/batch`: what counts, for whom, and how often.

mod competitions;
mod described_users;
pub(crate) mod guards;
mod kinds_of_moments;
mod late_and_repeated_events;
mod many_campaigns;
mod moments;
mod targeting;
