//! `moments orders`: physical rewards, for those who ship them. CSV export and import connect a partner's system.

use std::fs::File;
use std::io::Write as _;

use clap::{Args, Subcommand};
use edge::csv::cell;
use edge::text_file;
use serde_json::{Value, json};

use crate::api::{Api, Call, Failure, OnApp, in_path};
use crate::files;
use crate::output::{self, number, text};

/// Rows in one request: the API's limit.
const CHUNK: usize = 500;

/// The columns of an export without addresses.
const COLUMNS: &str = "reward_id, reward_group_id, state, partner, carrier shipment/carrier, tracking shipment/tracking, \
                       tracking_url shipment/tracking_url, ordered_at, claimed_at, changed_at";

/// The further columns of an export with addresses.
const ADDRESS: &str = "name address/name, organization address/organization, line1 address/line1, line2 address/line2, \
                       district address/district, city address/city, region address/region, \
                       postal_code address/postal_code, country address/country, phone address/phone";

#[derive(Subcommand)]
pub(crate) enum Command {
    /// List the orders in one state, those in it longest first.
    #[command(after_help = "Examples:
  moments orders list --app shop
  moments orders list --state shipped --app shop")]
    List {
        /// ordered, shipped, delivered, returned, lost or voided.
        #[arg(long, default_value = "ordered")]
        state: String,
    },
    /// Show an order, with its address once it is claimed.
    #[command(after_help = "Example:\n  moments orders show REWARD --app shop")]
    Show {
        /// The order's reward.
        reward: String,
    },
    /// Claim an order for a partner, who then sees the address and ships the reward.
    #[command(after_help = "Example:\n  moments orders claim REWARD acme --app shop")]
    Claim {
        /// The order's reward.
        reward: String,
        /// The partner who ships it.
        partner: String,
    },
    /// Mark an order as shipped.
    #[command(after_help = "Example:
  moments orders ship REWARD DHL 00340434 \\
      --url https://track.example/00340434 --app shop")]
    Ship {
        /// The order's reward.
        reward: String,
        /// The carrier.
        carrier: String,
        /// The carrier's tracking number.
        tracking: String,
        /// The tracking page for the user.
        #[arg(long)]
        url: Option<String>,
    },
    /// Mark an order as delivered.
    #[command(after_help = "Example:\n  moments orders deliver REWARD --app shop")]
    Deliver(Ended),
    /// Mark an order as returned.
    #[command(after_help = "Example:\n  moments orders return REWARD --reason 'unknown there' --app shop")]
    Return(Ended),
    /// Mark an order as lost.
    #[command(after_help = "Example:\n  moments orders lose REWARD --app shop")]
    Lose(Ended),
    /// Write orders as CSV to standard output, or with addresses to a file that only you can read.
    #[command(after_help = "Examples:
  moments orders export --state ordered --app shop > orders.csv
  # acme's, with addresses
  moments orders export --partner acme --addresses labels.csv --app shop")]
    Export {
        /// ordered, shipped, delivered, returned, lost or voided.
        #[arg(long, default_value = "ordered")]
        state: String,
        /// Only orders that this partner has claimed.
        #[arg(long)]
        partner: Option<String>,
        /// Write claimed orders with their addresses to this file.
        #[arg(long, value_name = "FILE")]
        addresses: Option<String>,
    },
    /// Change the states of orders by a CSV: reward_id, state, and as needed carrier, tracking, tracking_url, partner,
    /// reason.
    #[command(after_help = "Examples:
  moments orders import shipped.csv --app shop
  printf 'reward_id,state,carrier,tracking\\nREWARD,shipped,DHL,00340434\\n' \\
      | moments orders import - --app shop")]
    Import {
        /// The file; - reads standard input. Sending it again is safe.
        file: String,
    },
}

/// The end of an order.
#[derive(Args)]
pub(crate) struct Ended {
    /// The order's reward.
    reward: String,
    /// The reason, for the history.
    #[arg(long)]
    reason: Option<String>,
}

pub(crate) fn run(OnApp { connection, command }: OnApp<Command>) -> Result<(), Failure> {
    let (api, app) = connection.open()?;
    let path = format!("{app}/orders");
    let show = |call: &Call| output::fields(api.json, &flat(api.json, api.call(call)?));
    let change =
        |reward: &str, verb: &str, body: Value| show(&Call::post(format!("{path}/{}/{verb}", in_path(reward)), body));
    let end = |verb: &str, Ended { reward, reason }: Ended| change(&reward, verb, json!({ "reason": reason }));
    match command {
        Command::List { state } => api.show_list(
            &format!("{path}?state={}", in_path(&state)),
            "REWARD reward_id, GROUP reward_group_id, STATE state, PARTNER partner, CARRIER shipment/carrier, \
             TRACKING shipment/tracking, SINCE changed_at",
        ),
        Command::Show { reward } => show(&Call::get(format!("{path}/{}", in_path(&reward)))),
        Command::Claim { reward, partner } => change(&reward, "claim", json!({ "partner": partner })),
        Command::Ship { reward, carrier, tracking, url } => {
            change(&reward, "ship", json!({ "carrier": carrier, "tracking": tracking, "tracking_url": url }))
        }
        Command::Deliver(ended) => end("deliver", ended),
        Command::Return(ended) => end("return", ended),
        Command::Lose(ended) => end("lose", ended),
        Command::Export { state, partner, addresses } => export(&api, &path, &state, partner.as_deref(), addresses),
        Command::Import { file } => import(&api, &path, &files::read_text(&file)?),
    }
}

/// Moves the fields of nested objects to the top, for people.
fn flat(as_json: bool, order: Value) -> Value {
    let Value::Object(fields) = order else { return order };
    if as_json {
        return Value::Object(fields);
    }
    let mut flat = serde_json::Map::new();
    for (name, value) in fields {
        match value {
            Value::Object(nested) => flat.extend(nested),
            value => {
                flat.insert(name, value);
            }
        }
    }
    Value::Object(flat)
}

fn export(api: &Api, path: &str, state: &str, partner: Option<&str>, addresses: Option<String>) -> Result<(), Failure> {
    let mut orders = api.list(&format!("{path}?state={}", in_path(state)))?;
    orders.retain(|order| partner.is_none_or(|partner| order["partner"] == partner));
    let Some(file) = addresses else {
        return output::print(csv(&orders, &[COLUMNS]).trim_end());
    };
    orders.retain(|order| order["partner"].is_string());
    for order in &mut orders {
        *order = api.call(&Call::get(format!("{path}/{}", in_path(text(order, "reward_id")))))?;
    }
    let cannot = |error| Failure::new(2, format!("{file} cannot be written: {error}"));
    let mut options = File::options();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut out = options.open(&file).map_err(cannot)?;
    // A file that existed before may be open to others.
    #[cfg(unix)]
    out.set_permissions(std::os::unix::fs::PermissionsExt::from_mode(0o600)).map_err(cannot)?;
    out.write_all(csv(&orders, &[COLUMNS, ADDRESS]).as_bytes()).map_err(cannot)?;
    output::print(&format!("{} orders are in {file}; delete it once they are sent.", orders.len()))
}

fn csv(orders: &[Value], lists: &[&str]) -> String {
    let columns = lists.iter().flat_map(|list| output::columns(list));
    let mut text = columns.clone().map(|(name, _)| name).collect::<Vec<_>>().join(",") + "\n";
    for order in orders {
        let cells = columns
            .clone()
            .map(|(_, pointer)| cell(order.pointer(&pointer).and_then(Value::as_str).unwrap_or_default()));
        text += &(cells.collect::<Vec<_>>().join(",") + "\n");
    }
    text
}

/// Sends a file in parts. A line is a row, since none of its cells has a line break.
fn import(api: &Api, path: &str, text: &str) -> Result<(), Failure> {
    // The header of each part repeats a line that names the separator.
    let header_at = text_file::named_separator(text.as_bytes()).map_or(0, |(_, next)| next);
    let (separator, text) = text.split_at(header_at);
    let mut lines = text.lines();
    let header = format!("{separator}{}", lines.next().unwrap_or_default());
    let rows: Vec<&str> = lines.collect();
    let (mut changed, mut unchanged, mut invalid) = (0, 0, Vec::new());
    for (part, rows) in rows.chunks(CHUNK).enumerate() {
        let body = format!("{header}\n{}\n", rows.join("\n"));
        let mut answer = api.call(&Call::post_csv(format!("{path}/import"), body))?;
        changed += number(&answer, "changed");
        unchanged += number(&answer, "unchanged");
        for mut row in answer["invalid"].as_array_mut().map(std::mem::take).unwrap_or_default() {
            row["line"] = json!(number(&row, "line") + (part * CHUNK) as u64);
            invalid.push(row);
        }
    }
    if rows.is_empty() {
        return Err(Failure::new(3, "the file has no rows below a header like reward_id,state,carrier,tracking"));
    }
    let some_refused = !invalid.is_empty();
    output::fields(api.json, &json!({ "changed": changed, "unchanged": unchanged, "invalid": invalid }))?;
    if some_refused { Err(Failure::new(8, "some rows were refused; see above")) } else { Ok(()) }
}
