//! `moments listen` and `moments trigger`: an app's events at a server on this machine, signed as they will be later.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::sleep;
use std::time::Duration;

use clap::Args;
use clap::builder::PossibleValuesParser;
use domain::event::{DomainEvent, TYPES};
use domain::id::AppId;
use domain::secret::WebhookSecret;
use local::clock::Clock;
use serde_json::{Value, json};
use ureq::Agent;
use ureq::http::Request;

use crate::api::{Api, AppConnection, Call, Failure, in_path};
use crate::output::{self, list, text};

/// The description of the API, which has an example of each event.
const OPENAPI: &str = include_str!("../../docs/openapi.json");

/// The time between two looks at the deliveries.
const EVERY: Duration = Duration::from_secs(1);

/// Send an app's events to a server on this machine, and show its answers, until Ctrl-C.
#[derive(Args)]
#[command(after_help = "Examples:
  moments listen --forward-to http://localhost:4242/webhooks --app shop
  moments listen --forward-to http://localhost:4242/webhooks --app shop \\
      --event reward.awarded --event reward.redeemed

It makes a webhook, prints its secret, and deletes it at the end. `moments
local` calls servers on its own machine. A deployed API calls public https
addresses only: give it that of a tunnel to your server.")]
pub(crate) struct Listen {
    #[command(flatten)]
    connection: AppConnection,
    /// Where your server takes events.
    #[arg(long, value_name = "URL")]
    forward_to: String,
    /// A type of event to send. Repeat it for several types; without it, all are sent.
    #[arg(long = "event", value_name = "TYPE")]
    events: Vec<String>,
    /// The id of the webhook.
    #[arg(long, default_value = "listen", value_name = "ID")]
    webhook: String,
}

pub(crate) fn listen(asked: &Listen) -> Result<(), Failure> {
    let (api, app) = asked.connection.open()?;
    let one = format!("{app}/webhooks/{}", in_path(&asked.webhook));
    let taken = api.call(&Call::get(&one)).is_ok();
    if taken {
        let text = format!(
            "there is a webhook {} already; delete it (moments webhooks delete {0}), or choose another id with --webhook",
            asked.webhook
        );
        return Err(Failure::new(6, text));
    }
    let events = if asked.events.is_empty() { vec!["*".to_owned()] } else { asked.events.clone() };
    let made = api.call(&Call::put(&one, json!({ "url": asked.forward_to, "events": events })).once())?;
    let done = tokio::task::block_in_place(|| {
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = Arc::clone(&stop);
        tokio::spawn(async move {
            let _ = tokio::signal::ctrl_c().await;
            stopped.store(true, Ordering::Relaxed);
        });
        if api.json {
            output::print(&made.to_string())?;
        } else {
            output::print(&format!(
                "Events go to {}, signed with {}\nCtrl-C stops it.\n",
                asked.forward_to,
                text(&made, "secret")
            ))?;
        }
        show_attempts(&api, &one, &stop)
    });
    // Also after a failure: nobody listens any more.
    api.call(&Call::delete(&one))?;
    done
}

/// Shows each attempt at a delivery once, the oldest first.
fn show_attempts(api: &Api, webhook: &str, stop: &AtomicBool) -> Result<(), Failure> {
    let mut shown = BTreeSet::new();
    while !stop.load(Ordering::Relaxed) {
        let page = api.call(&Call::get(format!("{webhook}/deliveries?limit=100")))?;
        for delivery in list(&page, "data").iter().rev() {
            for (number, attempt) in list(delivery, "log").iter().enumerate() {
                if shown.insert((text(delivery, "delivery_id").to_owned(), text(attempt, "at").to_owned(), number)) {
                    output::print(&line(api.json, delivery, attempt))?;
                }
            }
        }
        sleep(EVERY);
    }
    Ok(())
}

fn line(as_json: bool, delivery: &Value, attempt: &Value) -> String {
    if as_json {
        return json!({
            "delivery_id": delivery["delivery_id"], "type": delivery["type"], "payload": delivery["payload"],
            "attempt": attempt,
        })
        .to_string();
    }
    let result = match (attempt["status"].as_u64(), attempt["error"].as_str()) {
        (Some(status), _) => status.to_string(),
        (None, error) => error.unwrap_or("no answer").to_owned(),
    };
    let data = &delivery["payload"]["data"];
    let about = data["reward_id"].as_str().or(data["user_id"].as_str()).or(data["campaign_id"].as_str());
    let (kind, id) = (text(delivery, "type"), text(delivery, "delivery_id"));
    format!("{}  {kind:<28} {result:<12} {} ms  {id}  {}", text(attempt, "at"), attempt["took_ms"], about.unwrap_or(""))
}

/// Send an example of an event to a server, signed like a real one. Nothing happens in the system.
#[derive(Args)]
#[command(after_help = "Examples:
  # what an event looks like
  moments trigger reward.awarded
  moments trigger reward.awarded --forward-to http://localhost:4242/webhooks \\
      --secret whsec_…
  # a change of the example
  moments trigger reward.awarded --data '{\"user_id\": \"bob\"}'

For a real one, let `moments submit` earn a reward while `moments listen` runs.")]
pub(crate) struct Trigger {
    /// The type of event.
    #[arg(value_parser = PossibleValuesParser::new(TYPES))]
    event: String,
    /// Fields of the event's data that replace those of the example, as JSON.
    #[arg(long, value_name = "JSON")]
    data: Option<String>,
    /// Where to send it. Without it, it is printed.
    #[arg(long, value_name = "URL", requires = "secret")]
    forward_to: Option<String>,
    /// The webhook's secret, which signs.
    #[arg(long, env = "MOMENTS_WEBHOOK_SECRET", hide_env_values = true)]
    secret: Option<String>,
}

pub(crate) fn trigger(asked: &Trigger) -> Result<(), Failure> {
    let now = Clock::system().now();
    let event = example(asked, now)?;
    let payload = event.payload();
    let (Some(url), Some(secret)) = (&asked.forward_to, &asked.secret) else {
        let shown: Value = serde_json::from_str(&payload).unwrap_or_default();
        return output::print(&format!("{shown:#}"));
    };
    let id = event.id;
    let signature = WebhookSecret::new(secret.clone()).sign(&id, now.as_second(), &payload);
    let signature = signature.map_err(|_| Failure::new(2, "--secret must be a webhook's secret: whsec_ and base64"))?;
    let request = Request::builder()
        .method("POST")
        .uri(url)
        .header("content-type", "application/json")
        .header("webhook-id", id.to_string())
        .header("webhook-timestamp", now.as_second().to_string())
        .header("webhook-signature", signature)
        .body(payload)
        .map_err(|_| Failure::new(2, format!("--forward-to {url} is no address")))?;
    let agent: Agent = Agent::config_builder().http_status_as_error(false).max_redirects(0).build().into();
    let answer = agent.run(request).map_err(|error| Failure::new(7, format!("{url} cannot be reached: {error}")))?;
    let status = answer.status().as_u16();
    output::print(&format!("{id}: answered {status}"))?;
    if (200..300).contains(&status) { Ok(()) } else { Err(Failure::unexpected("a webhook has to answer 2xx")) }
}

/// Returns the example of the API's description as an event of now, with the given fields.
fn example(asked: &Trigger, now: jiff::Timestamp) -> Result<DomainEvent, Failure> {
    let unexpected = |error: &dyn std::fmt::Display| Failure::unexpected(error.to_string());
    let mut document: Value = serde_json::from_str(OPENAPI).map_err(|error| unexpected(&error))?;
    let content = &mut document["webhooks"][&asked.event]["post"]["requestBody"]["content"]["application/json"];
    let mut data = content["example"]["data"].take();
    if let Some(changes) = &asked.data {
        let changes: Value =
            serde_json::from_str(changes).map_err(|error| Failure::new(2, format!("--data is not JSON: {error}")))?;
        let Value::Object(changes) = changes else { return Err(Failure::new(2, "--data must be a JSON object")) };
        for (name, value) in changes {
            data[name] = value;
        }
    }
    let app = AppId::try_from(text(&data, "app_id")).map_err(|error| Failure::new(2, format!("app_id {error}")))?;
    DomainEvent::new(&app, asked.event.as_str(), now, &now.to_string(), data).map_err(|error| unexpected(&error))
}
