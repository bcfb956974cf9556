//! Logs: JSON lines on standard output with dotted field names (`app.id`, `reward.fingerprint`). Secrets cannot get in
//! by accident: their types redact themselves (`secret`), errors from AWS are reduced to code and request id
//! (`store::failure`), and what the libraries below us say is heard only from warnings up, because at `debug` an HTTP
//! client tells everything it sends.

use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

/// The crates of this project whose logs have a level. Without `aws`: the names of the SDK's crates begin like that.
const OURS: [&str; 25] = [
    "allocate_reward",
    "announce_campaign",
    "authorize",
    "check_eligibility",
    "deliver_webhook",
    "describe_api",
    "domain",
    "edge",
    "follow_rewards",
    "fulfil_orders",
    "invocation",
    "local",
    "manage_campaigns",
    "manage_users",
    "moments",
    "outbound_webhooks",
    "publish_events",
    "redeem_reward",
    "rewarding",
    "rules",
    "send_notification",
    "stock_file",
    "store",
    "submit_moment",
    "triggers",
];

/// Turns logging on, from `level` up. A second call changes nothing.
pub fn init(level: &str) {
    let level = level.parse().unwrap_or(LevelFilter::INFO);
    let logs = tracing_subscriber::fmt().json().flatten_event(true).with_current_span(false);
    let _ = logs.with_max_level(LevelFilter::TRACE).finish().with(levels(level)).try_init();
}

/// Our own crates from `level` up, all others from warnings up at most.
pub fn levels(level: LevelFilter) -> Targets {
    Targets::new().with_default(level.min(LevelFilter::WARN)).with_targets(OURS.map(|name| (name, level)))
}

/// Prints a line beside the logs, as it is. Whoever does not listen any more misses nothing that matters.
pub(crate) fn print(line: &str) {
    use std::io::Write as _;
    let _ = writeln!(std::io::stdout().lock(), "{line}");
}
