//! `moments webhooks`: where an app hears of what happens, and what became of each call.

use clap::{Args, Subcommand};
use serde_json::{Value, json};

use crate::api::{Api, Call, Connection, Failure, in_path};
use crate::output;

/// Webhooks: put, list, rotate, deliveries, replay, test, delete.
#[derive(Args)]
pub(crate) struct Webhooks {
    #[command(flatten)]
    connection: Connection,
    /// The app whose webhooks these are.
    #[arg(long, env = "MOMENTS_APP", global = true)]
    app: Option<String>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// List an app's webhooks, never their secrets.
    #[command(after_help = "Example:\n  moments webhooks list --app shop")]
    List,
    /// Make a webhook, whose secret is shown this once; or change it, which enables it again.
    #[command(after_help = "Examples:
  moments webhooks put backend https://hooks.shop.example/moments --app shop
  moments webhooks put backend https://hooks.shop.example/moments --event reward.awarded --event stock.low --app shop
  moments webhooks put backend https://hooks.shop.example/moments --disabled --app shop")]
    Put {
        /// The webhook's id.
        webhook: String,
        /// What is called.
        url: String,
        /// A type of event to be told; may be said several times. Without it, all are.
        #[arg(long = "event", value_name = "TYPE")]
        events: Vec<String>,
        /// Send it nothing.
        #[arg(long)]
        disabled: bool,
    },
    /// Give a webhook a new secret, which is shown this once. For a while calls are signed with the old one, too.
    #[command(after_help = "Examples:
  moments webhooks rotate backend --app shop               the old one signs for another day
  moments webhooks rotate backend --overlap 0 --app shop   … no more: it was leaked")]
    Rotate {
        /// The webhook's id.
        webhook: String,
        /// Seconds that the old secret goes on signing.
        #[arg(long, default_value_t = 86_400, value_name = "SECONDS")]
        overlap: u32,
    },
    /// List what was sent to a webhook, the latest first.
    #[command(after_help = "Example:\n  moments webhooks deliveries backend --app shop")]
    Deliveries {
        /// The webhook's id.
        webhook: String,
        /// How many at the most.
        #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..=100))]
        limit: u32,
    },
    /// Send an event to a webhook again, whatever became of it.
    #[command(
        after_help = "Example:\n  moments webhooks replay backend evt_019ad9f1b400AAECAwQFBgcICQoLDA0O --app shop"
    )]
    Replay {
        /// The webhook's id.
        webhook: String,
        /// The delivery's id, as `deliveries` shows it.
        delivery: String,
    },
    /// Send a webhook an event to try it out.
    #[command(after_help = "Example:\n  moments webhooks test backend --app shop")]
    Test {
        /// The webhook's id.
        webhook: String,
    },
    /// Delete a webhook: what is still to be sent to it is given up.
    #[command(after_help = "Example:\n  moments webhooks delete backend --app shop")]
    Delete {
        /// The webhook's id.
        webhook: String,
    },
}

pub(crate) fn run(Webhooks { connection, app, command }: Webhooks) -> Result<(), Failure> {
    let api = Api::new(&connection)?;
    let path = format!("/v1/apps/{}/webhooks", in_path(&crate::needed_app(app)?));
    let one = |webhook: &str| format!("{path}/{}", in_path(webhook));
    match command {
        Command::List => {
            let columns = [
                ("WEBHOOK", "/webhook_id"),
                ("URL", "/url"),
                ("EVENTS", "/events"),
                ("ENABLED", "/enabled"),
                ("BECAUSE", "/disabled_reason"),
                ("VERSION", "/version"),
            ];
            output::entries(connection.json, &api.list(&path)?, &columns)
        }
        Command::Put { webhook, url, events, disabled } => {
            let events = if events.is_empty() { vec!["*".to_owned()] } else { events };
            let body = json!({ "url": url, "events": events, "enabled": !disabled });
            // A second call would not show the secret that the first one made.
            output::fields(connection.json, &api.call(&Call::new("PUT", one(&webhook)).body(body).once())?)
        }
        Command::Rotate { webhook, overlap } => {
            let rotate = Call::new("POST", format!("{}/rotate", one(&webhook)));
            output::fields(connection.json, &api.call(&rotate.body(json!({ "overlap_seconds": overlap })).once())?)
        }
        Command::Deliveries { webhook, limit } => {
            let page = api.call(&Call::new("GET", format!("{}/deliveries?limit={limit}", one(&webhook))))?;
            let columns = [
                ("DELIVERY", "/delivery_id"),
                ("TYPE", "/type"),
                ("STATE", "/state"),
                ("ATTEMPTS", "/attempts"),
                ("BEGUN", "/created_at"),
                ("NEXT", "/next_attempt_at"),
            ];
            let found = page["data"].as_array().map_or(&[][..], Vec::as_slice);
            output::entries(connection.json, found, &columns)
        }
        Command::Replay { webhook, delivery } => {
            let replay = Call::new("POST", format!("{}/deliveries/{}/replay", one(&webhook), in_path(&delivery)));
            came_of(&connection, &api.call(&replay.once())?)
        }
        Command::Test { webhook } => {
            came_of(&connection, &api.call(&Call::new("POST", format!("{}/test", one(&webhook))).once())?)
        }
        Command::Delete { webhook } => {
            api.call(&Call::new("DELETE", one(&webhook)))?;
            crate::done(connection.json, &format!("{webhook} is deleted."))
        }
    }
}

/// What came of one call: in one line for people.
fn came_of(connection: &Connection, delivery: &Value) -> Result<(), Failure> {
    if connection.json {
        return output::fields(true, delivery);
    }
    let attempt = delivery["log"].as_array().and_then(|log| log.last()).cloned().unwrap_or_default();
    let came_of = match (attempt["status"].as_u64(), attempt["error"].as_str()) {
        (Some(status), _) => format!("answered {status}"),
        (None, Some(error)) => error.to_owned(),
        (None, None) => "not attempted".to_owned(),
    };
    let id = delivery["delivery_id"].as_str().unwrap_or_default();
    let state = delivery["state"].as_str().unwrap_or_default();
    output::print(&format!("{id}: {came_of} after {} ms, {state}", attempt["took_ms"]))
}
