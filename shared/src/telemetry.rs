//! Logs: JSON lines on standard output with dotted field names (`app.id`, `reward.fingerprint`). Secrets cannot get in
//! by accident: their types redact themselves (`secret`), and errors from AWS are reduced to code and request id
//! (`store::failure`).

use tracing_subscriber::filter::LevelFilter;

/// Turns logging on, from `level` up. A second call changes nothing.
pub fn init(level: &str) {
    let level = level.parse().unwrap_or(LevelFilter::INFO);
    let logs = tracing_subscriber::fmt().json().flatten_event(true).with_current_span(false).with_max_level(level);
    let _ = logs.try_init();
}
