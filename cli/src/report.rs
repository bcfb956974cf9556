//! `moments report`: a campaign's results as tables and charts, and its rewards as a file of any size.

use std::io::{BufWriter, IsTerminal as _, Write as _};
use std::time::{Duration, Instant};

use clap::{Args, Subcommand};
use edge::csv::cell;
use indicatif::ProgressBar;
use serde_json::{Value, json};

use crate::api::{Api, AppConnection, Call, Failure, in_path};
use crate::output::{self, Watch, list, number, text};

/// The pause between two lines of progress without a terminal.
const EVERY: Duration = Duration::from_secs(10);

/// Length of the longest bar, in characters.
const WIDTH: u64 = 40;

/// The number of latest days that a chart shows.
const DAYS: usize = 31;

/// The columns of the exported file.
const EXPORTED: &str = "reward_id, user_id, moment_id, occurrence, reward_group_id, arm, kind, state, waiting_reason, \
                        currency cost/currency, cost_minor cost/amount_minor, refunded, marketplace, earned_at, \
                        awarded_at, expires_at, redeemed_at, replaces, replaced_by";

/// Show a campaign's results: rewards, money and experiments. Or export its rewards.
#[derive(Args)]
#[command(
    args_conflicts_with_subcommands = true,
    subcommand_negates_reqs = true,
    after_help = "Rewards and money are exact, with a delay of seconds. Looking often does not
make an experiment less certain.

Examples:
  moments report spring --app shop
  moments report spring --app shop --from 2026-12-01 --to 2026-12-24
  moments report spring --app shop --watch --every 5
  moments report spring --app shop --json | jq .totals.spend
  moments report rewards spring --app shop > rewards.csv"
)]
pub(crate) struct Report {
    #[command(flatten)]
    connection: AppConnection,
    /// The campaign's id.
    #[arg(required = true)]
    campaign: Option<String>,
    /// The first date, in the campaign's time zone.
    #[arg(long, value_name = "DATE")]
    from: Option<String>,
    /// The last date.
    #[arg(long, value_name = "DATE")]
    to: Option<String>,
    #[command(flatten)]
    watch: Watch,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Subcommand)]
enum Command {
    /// Write a campaign's rewards to standard output as CSV, or with --json as JSON lines. Has no reward URLs, but a
    /// reward's id opens its link.
    #[command(after_help = "Examples:
  moments report rewards spring --app shop > rewards.csv
  moments report rewards spring --app shop --json > rewards.ndjson
  # continue after an interruption
  moments report rewards spring --app shop --cursor MTIgYXBw >> rewards.csv")]
    Rewards {
        /// The campaign's id.
        campaign: String,
        /// The cursor that an interrupted export printed.
        #[arg(long)]
        cursor: Option<String>,
    },
}

pub(crate) fn run(Report { connection, campaign, from, to, watch, command }: Report) -> Result<(), Failure> {
    let (api, app) = connection.open()?;
    let path = |campaign: &str| format!("{app}/campaigns/{}", in_path(campaign));
    if let Some(Command::Rewards { campaign, cursor }) = command {
        return export(&api, &path(&campaign), cursor);
    }
    let campaign = campaign.ok_or_else(|| Failure::new(2, "which campaign?"))?;
    let dates = [("from", from), ("to", to)];
    let dates = dates.into_iter().filter_map(|(name, date)| Some(format!("{name}={}", in_path(&date?))));
    let query = dates.collect::<Vec<_>>().join("&");
    let call = Call::get(format!("{}/report?{query}", path(&campaign)));
    watch.show(&api, &call, |report| if api.json { output::fields(true, report) } else { show(report) })
}

/// Prints the report for people.
fn show(report: &Value) -> Result<(), Failure> {
    let (totals, currency) = (&report["totals"], &report["budget"]["currency"]);
    output::fields(false, &overview(report))?;
    const FIGURES: &str = "BEGAN participants, COMPLETED completions, AWARDED awards, WAITING waiting, \
                           REDEEMED redemptions, EXPIRED expiries, SPENT spend, PER ACTION per_action";
    for (name, keys) in [
        ("by_moment", "MOMENT moment_id"),
        ("by_group", "GROUP reward_group_id"),
        ("by_arm", "MOMENT moment_id, ARM arm"),
        ("by_marketplace", "MARKETPLACE marketplace"),
    ] {
        let rows: Vec<Value> = list(report, name).iter().map(|row| with_cost(row, currency)).collect();
        if !rows.is_empty() {
            output::print("")?;
            output::entries(false, &rows, &format!("{keys}, {FIGURES}"))?;
        }
    }
    chart(list(report, "by_day"))?;
    for experiment in list(report, "experiments") {
        show_experiment(experiment)?;
    }
    if totals["completions"] == 0 {
        output::print("\nNothing was completed yet.")?;
    }
    Ok(())
}

fn overview(report: &Value) -> Value {
    let (totals, currency) = (&report["totals"], &report["budget"]["currency"]);
    let computed = |name: &str| match totals[name]["value"].as_f64() {
        Some(value) => json!(value),
        None => json!(format!("- ({})", text(&totals[name], "reason"))),
    };
    let cost = |name: &str| match money(&totals[name], currency) {
        Value::Null => computed(name),
        money => money,
    };
    json!({
        "campaign": report["campaign_id"], "as of": report["as_of"], "budget": report["budget"], "spent": totals["spend"],
        "unspent": report["unspent"], "began": totals["participants"], "completed": totals["completions"],
        "awarded": totals["awards"], "waiting": totals["waiting"], "in review": totals["in_review"],
        "redeemed": totals["redemptions"], "expired": totals["expiries"], "voided": totals["voids"],
        "cost per action": cost("cost_per_action"), "incremental actions": computed("incremental_actions"),
        "cost per incremental action": cost("cost_per_incremental_action"),
    })
}

/// Adds the cost of an action as money to a row.
fn with_cost(row: &Value, currency: &Value) -> Value {
    let mut shown = row.clone();
    shown["per_action"] = money(&row["cost_per_action"], currency);
    shown
}

/// Rounds a computed amount to the minor unit; null if there is none.
fn money(computed: &Value, currency: &Value) -> Value {
    #[expect(clippy::cast_possible_truncation, reason = "far below what an integer holds")]
    let minor = computed["value"].as_f64().map(|value| value.round() as i64);
    minor.map_or(Value::Null, |minor| json!({"currency": currency, "amount_minor": minor}))
}

/// Prints a bar for the awards of each day.
fn chart(days: &[Value]) -> Result<(), Failure> {
    let days = &days[days.len().saturating_sub(DAYS)..];
    let most = days.iter().map(|day| number(day, "awards")).max().unwrap_or_default();
    if most == 0 {
        return Ok(());
    }
    output::print("\nAwarded by day:")?;
    for day in days {
        let awards = number(day, "awards");
        let bar = bar(awards, most, std::io::stdout().is_terminal());
        output::print(&format!("{}  {bar} {awards}", text(day, "date")))?;
    }
    Ok(())
}

/// Draws a bar, as a share of the longest. Without a terminal it has whole characters only.
fn bar(amount: u64, most: u64, is_terminal: bool) -> String {
    const EIGHTHS: [&str; 8] = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];
    let eighths = u128::from(amount) * u128::from(WIDTH) * 8 / u128::from(most.max(1));
    let (whole, rest) = (usize::try_from(eighths / 8).unwrap_or(0), usize::try_from(eighths % 8).unwrap_or(0));
    if is_terminal { "█".repeat(whole) + EIGHTHS[rest] } else { "#".repeat(whole) }
}

fn show_experiment(experiment: &Value) -> Result<(), Failure> {
    let of = match (experiment["experiment"].as_str(), experiment["moment_id"].as_str()) {
        (Some("hold_out"), _) => "the hold-out".to_owned(),
        (Some("moments"), _) => "the moments".to_owned(),
        (_, moment) => format!("the rewards of {}", moment.unwrap_or_default()),
    };
    output::print(&format!("\nExperiment with {of}:"))?;
    let percent = |share: &Value| share.as_f64().map_or("-".to_owned(), |share| format!("{:.1} %", share * 100.0));
    let arms = list(experiment, "arms").iter().map(|arm| {
        let mut shown = arm.clone();
        shown["rate"] = json!(percent(&arm["rate"]));
        let (low, high) = (percent(&arm["interval"]["low"]), percent(&arm["interval"]["high"]));
        shown["interval"] = json!(format!("{low} to {high}"));
        shown
    });
    let columns = "ARM arm, BEGAN participants, COMPLETED completers, RATE rate, 95 % INTERVAL interval";
    output::entries(false, &arms.collect::<Vec<_>>(), columns)?;
    for comparison in list(experiment, "comparisons") {
        output::print(text(comparison, "verdict"))?;
    }
    Ok(())
}

/// Writes page after page and holds one in memory. An interrupted export has whole pages.
fn export(api: &Api, path: &str, mut cursor: Option<String>) -> Result<(), Failure> {
    let mut out = BufWriter::new(std::io::stdout().lock());
    let lost = output::unwritten;
    if !api.json && cursor.is_none() {
        let names: Vec<&str> = output::columns(EXPORTED).map(|(name, _)| name).collect();
        write!(out, "{}\r\n", names.join(",")).map_err(lost)?;
    }
    let spinner = std::io::stderr().is_terminal().then(ProgressBar::new_spinner);
    let (mut written, mut shown) = (0_u64, Instant::now());
    loop {
        let after = cursor.as_ref().map_or_else(String::new, |cursor| format!("&cursor={}", in_path(cursor)));
        let page = api.call(&Call::get(format!("{path}/rewards?limit=100{after}")));
        let page = page.map_err(|failure| match &cursor {
            Some(cursor) => Failure {
                text: format!("{}\n  {written} are written; go on with --cursor {cursor}", failure.text),
                ..failure
            },
            None => failure,
        })?;
        for reward in list(&page, "data") {
            let line = if api.json { format!("{reward}\n") } else { row(reward) };
            out.write_all(line.as_bytes()).map_err(lost)?;
            written += 1;
        }
        out.flush().map_err(lost)?;
        cursor = page["cursor"].as_str().map(str::to_owned);
        let Some(next) = &cursor else { break };
        if let Some(spinner) = &spinner {
            spinner.set_message(format!("{written} rewards"));
            spinner.tick();
        } else if shown.elapsed() >= EVERY {
            shown = Instant::now();
            eprintln!("moments: {written} rewards; cut off, go on with --cursor {next}");
        }
    }
    spinner.iter().for_each(ProgressBar::finish_and_clear);
    eprintln!("moments: {written} rewards");
    Ok(())
}

fn row(reward: &Value) -> String {
    let column = |(_, pointer): (&str, String)| match reward.pointer(&pointer) {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(text)) => cell(text),
        Some(value) => value.to_string(),
    };
    output::columns(EXPORTED).map(column).collect::<Vec<_>>().join(",") + "\r\n"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_are_as_long_as_their_share_and_plain_where_nobody_watches() {
        assert_eq!(bar(10, 10, false), "#".repeat(40));
        assert_eq!(bar(1, 80, true), "▌");
        assert_eq!((bar(1, 80, false).as_str(), bar(0, 0, true).as_str()), ("", ""));
    }

    #[test]
    fn a_row_is_quoted_where_an_id_needs_it_and_has_a_cell_for_each_column() {
        let reward =
            json!({"reward_id": "a.b.c", "user_id": "Doe, \"J\"", "cost": {"currency": "EUR", "amount_minor": 5}});
        let row = row(&reward);
        assert!(row.starts_with("a.b.c,\"Doe, \"\"J\"\"\",,") && row.contains(",EUR,5,"), "{row}");
        assert_eq!(row.matches(',').count(), output::columns(EXPORTED).count());
    }

    #[test]
    fn what_an_action_cost_is_money_to_the_minor_unit() {
        let computed = json!({"value": 499.5, "reason": null});
        assert_eq!(money(&computed, &json!("EUR")), json!({"currency": "EUR", "amount_minor": 500}));
        assert_eq!(money(&json!({"value": null}), &json!("EUR")), Value::Null);
    }
}
