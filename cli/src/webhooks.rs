//! `moments webhooks`: the endpoints that receive an app's events, and their deliveries.

use clap::Subcommand;
use serde_json::json;

use crate::api::{Api, Call, Failure, OnApp, in_path};
use crate::output::{self, text};

#[derive(Subcommand)]
pub(crate) enum Command {
    /// List an app's webhooks, without their secrets.
    #[command(after_help = "Example:\n  moments webhooks list --app shop")]
    List,
    /// Create a webhook, or change it and enable it again. The secret of a new webhook is shown only now.
    #[command(after_help = "Examples:
  moments webhooks put backend https://hooks.shop.example/moments --app shop
  moments webhooks put backend https://hooks.shop.example/moments \\
      --event reward.awarded --event stock.low --app shop
  moments webhooks put backend https://hooks.shop.example/moments \\
      --disabled --app shop")]
    Put {
        /// The webhook's id.
        webhook: String,
        /// The URL to call.
        url: String,
        /// A type of event to send. Repeat it for several types; without it, all are sent.
        #[arg(long = "event", value_name = "TYPE")]
        events: Vec<String>,
        /// Send nothing.
        #[arg(long)]
        disabled: bool,
    },
    /// Give a webhook a new secret. It is shown only now. The old secret signs, too, for a while.
    #[command(after_help = "Examples:
  # the old one signs for another day
  moments webhooks rotate backend --app shop
  # … no longer: it was leaked
  moments webhooks rotate backend --overlap 0 --app shop")]
    Rotate {
        /// The webhook's id.
        webhook: String,
        /// Seconds that the old secret still signs.
        #[arg(long, default_value_t = 86_400, value_name = "SECONDS")]
        overlap: u32,
    },
    /// List a webhook's deliveries, newest first.
    #[command(after_help = "Example:\n  moments webhooks deliveries backend --app shop")]
    Deliveries {
        /// The webhook's id.
        webhook: String,
        /// The most to list.
        #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..=100))]
        limit: u32,
    },
    /// Send an event to a webhook again, in whatever state its delivery is.
    #[command(after_help = "Example:
  moments webhooks replay backend evt_019ad9f1b400AAECAwQFBgcICQoLDA0O \\
      --app shop")]
    Replay {
        /// The webhook's id.
        webhook: String,
        /// The delivery's id, as `deliveries` shows it.
        delivery: String,
    },
    /// Send a test event to a webhook.
    #[command(after_help = "Example:\n  moments webhooks test backend --app shop")]
    Test {
        /// The webhook's id.
        webhook: String,
    },
    /// Delete a webhook. Its pending deliveries are given up.
    #[command(after_help = "Example:\n  moments webhooks delete backend --app shop")]
    Delete {
        /// The webhook's id.
        webhook: String,
    },
}

pub(crate) fn run(OnApp { connection, command }: OnApp<Command>) -> Result<(), Failure> {
    let (api, app) = connection.open()?;
    let path = format!("{app}/webhooks");
    let one = |webhook: &str| format!("{path}/{}", in_path(webhook));
    match command {
        Command::List => api.show_list(
            &path,
            "WEBHOOK webhook_id, URL url, EVENTS events, ENABLED enabled, BECAUSE disabled_reason, VERSION version",
        ),
        Command::Put { webhook, url, events, disabled } => {
            let events = if events.is_empty() { vec!["*".to_owned()] } else { events };
            let body = json!({ "url": url, "events": events, "enabled": !disabled });
            // A second call would not show the secret that the first one made.
            api.show(&Call::put(one(&webhook), body).once())
        }
        Command::Rotate { webhook, overlap } => {
            let path = format!("{}/rotate", one(&webhook));
            api.show(&Call::post(path, json!({ "overlap_seconds": overlap })).once())
        }
        Command::Deliveries { webhook, limit } => {
            let page = api.call(&Call::get(format!("{}/deliveries?limit={limit}", one(&webhook))))?;
            let columns = "DELIVERY delivery_id, TYPE type, STATE state, ATTEMPTS attempts, BEGUN created_at, NEXT next_attempt_at";
            output::entries(api.json, output::list(&page, "data"), columns)
        }
        Command::Replay { webhook, delivery } => {
            show_attempt(&api, format!("{}/deliveries/{}/replay", one(&webhook), in_path(&delivery)))
        }
        Command::Test { webhook } => show_attempt(&api, format!("{}/test", one(&webhook))),
        Command::Delete { webhook } => {
            api.call(&Call::delete(one(&webhook)))?;
            api.done(&format!("{webhook} is deleted."))
        }
    }
}

/// Posts to `path`, which makes an attempt at a delivery, and prints the attempt's result in one line.
fn show_attempt(api: &Api, path: String) -> Result<(), Failure> {
    let delivery = api.call(&Call::post(path, json!(null)).once())?;
    if api.json {
        return output::fields(true, &delivery);
    }
    let attempt = output::list(&delivery, "log").last().cloned().unwrap_or_default();
    let result = match (attempt["status"].as_u64(), attempt["error"].as_str()) {
        (Some(status), _) => format!("answered {status}"),
        (None, Some(error)) => error.to_owned(),
        (None, None) => "not attempted".to_owned(),
    };
    let (id, state) = (text(&delivery, "delivery_id"), text(&delivery, "state"));
    output::print(&format!("{id}: {result} after {} ms, {state}", attempt["took_ms"]))
}
