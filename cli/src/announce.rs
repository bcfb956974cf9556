//! `moments announce`: announces a campaign and watches the progress.

use std::time::Duration;

use clap::Args;
use indicatif::ProgressBar;
use serde_json::{Value, json};

use crate::api::{AppConnection, Call, Failure, in_path};
use crate::output::{self, number, text};

/// The pause between two looks at the progress.
const EVERY: Duration = Duration::from_secs(2);

/// Announce a live campaign to the users who have not heard of it.
#[derive(Args)]
#[command(after_help = "A challenge announces itself when it begins. No user gets an announcement twice:
while one runs, this command shows it; later, it announces to new users only.

Examples:
  moments announce spring --app shop --watch
  moments announce spring --app shop --per-second 200
  moments announce spring --app shop --watch --json | jq .accepted")]
pub(crate) struct Announce {
    #[command(flatten)]
    connection: AppConnection,
    /// The campaign's id.
    campaign: String,
    /// Send rate in addresses per second, 16 to 20000. The default is 1000.
    #[arg(long, value_name = "RATE")]
    per_second: Option<u32>,
    /// Wait for the end, with a progress bar. Stopping the command does not stop the announcement.
    #[arg(long)]
    watch: bool,
}

pub(crate) fn run(Announce { connection, campaign, per_second, watch }: Announce) -> Result<(), Failure> {
    let (api, app) = connection.open()?;
    let path = format!("{app}/campaigns/{}", in_path(&campaign));
    let body = per_second.map_or_else(|| json!({}), |rate| json!({ "per_second": rate }));
    // Safe to repeat: a running announcement is the answer.
    let mut announcement = api.call(&Call::post(format!("{path}/announce"), body))?;
    if watch {
        let one = format!("{path}/announcements/{}", in_path(text(&announcement, "announcement_id")));
        let bar = output::progress_bar(number(&announcement, "parts"), "{wide_bar} {pos} of {len} parts  {msg}");
        while announcement["state"] == "running" {
            show(bar.as_ref(), &announcement);
            std::thread::sleep(EVERY);
            announcement = api.call(&Call::get(one.clone()))?;
        }
        bar.iter().for_each(ProgressBar::finish_and_clear);
    }
    if api.json {
        return output::fields(true, &announcement);
    }
    output::print(&summary(&announcement))
}

fn show(bar: Option<&ProgressBar>, announcement: &Value) {
    let number = |name: &str| number(announcement, name);
    let progress = format!("{} users, {} accepted", number("users"), number("accepted"));
    match bar {
        Some(bar) => {
            bar.set_position(number("parts_done"));
            bar.set_message(progress);
        }
        None => eprintln!("moments: {progress}, {} of {} parts", number("parts_done"), number("parts")),
    }
}

fn summary(announcement: &Value) -> String {
    let number = |name: &str| number(announcement, name);
    let mut summary = format!(
        "Announcement {} is {}: {} of {} users announced to, {} pushes accepted in {} calls",
        text(announcement, "announcement_id"),
        text(announcement, "state"),
        number("announced"),
        number("users"),
        number("accepted"),
        number("calls"),
    );
    for (name, words) in [("put_off", "put off until the morning"), ("again", "tried again"), ("failed", "failed")] {
        if number(name) > 0 {
            summary += &format!(", {} {words}", number(name));
        }
    }
    summary + "."
}
