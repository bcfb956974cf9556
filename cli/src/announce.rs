//! `moments announce`: announcing a campaign, and watching how far that is.

use std::io::IsTerminal as _;
use std::time::Duration;

use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::{Value, json};

use crate::api::{Api, Call, Connection, Failure, in_path};
use crate::output;

/// How often the API is asked how far it is.
const EVERY: Duration = Duration::from_secs(2);

/// Announce a live campaign to those of the audience who have not been announced to.
#[derive(Args)]
#[command(
    after_help = "A challenge announces itself when it begins. Nobody is announced to twice, whatever is repeated: asking again
while an announcement runs shows that one, and after that tells those who have come since.

Examples:
  moments announce spring --app shop --watch
  moments announce spring --app shop --per-second 200
  moments announce spring --app shop --watch --json | jq .accepted"
)]
pub(crate) struct Announce {
    #[command(flatten)]
    connection: Connection,
    /// The app whose campaign this is.
    #[arg(long, env = "MOMENTS_APP")]
    app: Option<String>,
    /// The campaign's id.
    campaign: String,
    /// Addresses a second at the most, 16 to 20000; 1000 unless told.
    #[arg(long, value_name = "RATE")]
    per_second: Option<u32>,
    /// Wait until everybody has been told, with a progress bar. Stopping this does not stop the announcement.
    #[arg(long)]
    watch: bool,
}

pub(crate) fn run(Announce { connection, app, campaign, per_second, watch }: Announce) -> Result<(), Failure> {
    let api = Api::new(&connection)?;
    let path = format!("/v1/apps/{}/campaigns/{}", in_path(&crate::needed_app(app)?), in_path(&campaign));
    let body = per_second.map_or_else(|| json!({}), |rate| json!({ "per_second": rate }));
    // Repeating it is safe: while it runs, it is the answer.
    let mut announcement = api.call(&Call::new("POST", format!("{path}/announce")).body(body))?;
    if watch {
        let id = announcement["announcement_id"].as_str().unwrap_or_default().to_owned();
        let one = format!("{path}/announcements/{}", in_path(&id));
        let bar = bar(announcement["parts"].as_u64().unwrap_or_default());
        while announcement["state"] == "running" {
            show(bar.as_ref(), &announcement);
            std::thread::sleep(EVERY);
            announcement = api.call(&Call::new("GET", one.clone()))?;
        }
        bar.iter().for_each(ProgressBar::finish_and_clear);
    }
    if connection.json {
        return output::fields(true, &announcement);
    }
    output::print(&summary(&announcement))
}

fn bar(parts: u64) -> Option<ProgressBar> {
    std::io::stderr().is_terminal().then(|| {
        let bar = ProgressBar::new(parts);
        if let Ok(style) = ProgressStyle::with_template("{wide_bar} {pos} of {len} parts  {msg}") {
            bar.set_style(style);
        }
        bar
    })
}

fn show(bar: Option<&ProgressBar>, announcement: &Value) {
    let number = |name: &str| announcement[name].as_u64().unwrap_or_default();
    let told = format!("{} users, {} accepted", number("users"), number("accepted"));
    match bar {
        Some(bar) => {
            bar.set_position(number("parts_done"));
            bar.set_message(told);
        }
        None => eprintln!("moments: {told}, {} of {} parts", number("parts_done"), number("parts")),
    }
}

fn summary(announcement: &Value) -> String {
    let number = |name: &str| announcement[name].as_u64().unwrap_or_default();
    let (id, state) = (&announcement["announcement_id"], &announcement["state"]);
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let mut told = format!(
        "Announcement {} is {}: {} of {} users announced to, {} pushes accepted in {} calls",
        text(id),
        text(state),
        number("announced"),
        number("users"),
        number("accepted"),
        number("calls"),
    );
    for (name, words) in [("put_off", "put off until the morning"), ("again", "tried again"), ("failed", "failed")] {
        if number(name) > 0 {
            told.push_str(&format!(", {} {words}", number(name)));
        }
    }
    told.push('.');
    told
}
