//! Behaviours, by the function that answers for them, each in a world of its own and through the gateway or a trigger
//! event. One binary, so that everything is linked once.

#![expect(clippy::unwrap_used, clippy::panic, clippy::print_stdout, reason = "these are tests")]

mod aftermath_on_model;
mod allocate_reward;
mod announce_campaign;
mod announce_on_model;
mod answers;
mod apps_and_keys;
mod authorize;
mod bounds;
mod budgets;
mod capacity;
mod check_eligibility;
mod contention;
mod contention_model;
mod credits;
mod data_model;
mod devices;
mod domain_events;
mod events;
mod fallbacks;
mod guards;
mod held_up;
mod journeys;
mod kinds_of_moments;
mod lifecycle;
mod manage_campaigns;
mod manage_users;
mod messages;
mod notifications;
mod openapi;
mod order_desk;
mod orders;
mod paths;
mod permissions;
mod queries;
mod races;
mod redeem_reward;
mod redemption;
mod refusals;
mod reminders;
mod report;
mod reviews;
mod rim;
mod sealed_addresses;
mod send_notification;
mod simulation;
mod stock;
mod submit_moment;
mod targeting;
mod test_keys;
mod timeline;
mod void;
mod waiting_line;
mod webhooks;
