//! Behaviours, by function. Each test has its own world and goes through the gateway or a trigger event. One binary, so
//! that everything is linked once.

// A test's future nests those of its world, the laptop and a function: over a hundred layers.
#![recursion_limit = "256"]
#![expect(clippy::unwrap_used, clippy::panic, reason = "these are tests")]

mod allocate_reward;
mod announce_campaign;
mod authorize;
mod capacity;
mod check_eligibility;
mod console;
mod console_screens;
mod contention;
mod deliver_webhook;
mod describe_api;
mod documents;
mod edge;
mod events;
mod follow_rewards;
mod fulfil_orders;
mod journeys;
mod manage_campaigns;
mod manage_users;
mod people;
mod permissions;
mod promises;
mod publish_events;
mod races;
mod redeem_reward;
mod send_notification;
mod settle_competition;
mod show_leaderboard;
mod simulation;
mod submit_moment;
mod supply_reward;
mod user_tokens;
