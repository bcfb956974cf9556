//! Logs are JSON lines on standard output with dotted field names (`app.id`, `reward.fingerprint`). Types of secrets
//! redact themselves (`domain::secret`), and an error from AWS is cut to its code and request id (`store::failure`).
//! Libraries log warnings and errors only: at `debug` an HTTP client prints all that it sends.

use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

/// The crates that log from the chosen level up. A name stands for all targets that begin with it, so omit `aws`.
const OURS: [&str; 39] = [
    "allocate_reward",
    "announce_campaign",
    "authorize",
    "check_eligibility",
    "console",
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
    "outbound_api",
    "outbound_events",
    "outbound_identity",
    "outbound_kms",
    "outbound_public",
    "outbound_push",
    "outbound_queue",
    "outbound_suppliers",
    "outbound_webhooks",
    "publish_events",
    "redeem_reward",
    "rewarding",
    "rules",
    "send_notification",
    "settle_competition",
    "show_leaderboard",
    "sign_in",
    "stock_file",
    "store",
    "submit_moment",
    "supply_reward",
    "triggers",
    "user_tokens",
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

/// Prints a line as it is. Ignores a closed standard output.
pub(crate) fn print(line: &str) {
    use std::io::Write as _;
    let _ = writeln!(std::io::stdout().lock(), "{line}");
}

#[cfg(test)]
mod tests {
    use super::OURS;

    #[test]
    fn every_crate_of_the_workspace_logs_from_the_chosen_level_up() {
        let manifest = include_str!("../../../Cargo.toml").lines().filter(|line| line.contains("{ path = "));
        let crates = manifest.filter_map(|line| line.split(' ').next()).map(|name| name.replace('-', "_"));
        let silent: Vec<String> = crates
            .filter(|name| !["aws", "tests"].contains(&name.as_str()) && !OURS.contains(&name.as_str()))
            .collect();
        assert!(silent.is_empty(), "{silent:?}");
    }
}
