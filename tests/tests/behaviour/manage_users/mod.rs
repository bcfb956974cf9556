//! `/v1/users/{user_id}` and below.

mod devices;
mod exports;
mod notifications;
mod timeline;
mod users;
