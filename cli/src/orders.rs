//! `moments orders`: rewards that are shipped, for whoever ships them. As CSV out and in, so that a partner's system
//! can take over what lies between.

use std::fs::File;
use std::io::Write as _;

use clap::{Args, Subcommand};
use edge::csv::cell;
use edge::text_file;
use serde_json::{Value, json};

use crate::api::{Api, Call, Connection, Failure, in_path};
use crate::output;

/// Rows that are sent at a time: what the API takes.
const CHUNK: usize = 500;

/// The columns of an export; those behind the first ten say where to.
const COLUMNS: [(&str, &str); 20] = [
    ("reward_id", "/reward_id"),
    ("reward_group_id", "/reward_group_id"),
    ("state", "/state"),
    ("partner", "/partner"),
    ("carrier", "/shipment/carrier"),
    ("tracking", "/shipment/tracking"),
    ("tracking_url", "/shipment/tracking_url"),
    ("ordered_at", "/ordered_at"),
    ("claimed_at", "/claimed_at"),
    ("changed_at", "/changed_at"),
    ("name", "/address/name"),
    ("organization", "/address/organization"),
    ("line1", "/address/line1"),
    ("line2", "/address/line2"),
    ("district", "/address/district"),
    ("city", "/address/city"),
    ("region", "/address/region"),
    ("postal_code", "/address/postal_code"),
    ("country", "/address/country"),
    ("phone", "/address/phone"),
];

/// Of those, without where to.
const WITHOUT_ADDRESS: usize = 10;

/// Orders of rewards that are shipped: list, show, claim, ship, deliver, return, lose, export, import.
#[derive(Args)]
pub(crate) struct Orders {
    #[command(flatten)]
    connection: Connection,
    /// The app whose orders these are.
    #[arg(long, env = "MOMENTS_APP", global = true)]
    app: Option<String>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// List the orders of one state, those first that have been in it longest.
    #[command(after_help = "Examples:
  moments orders list --app shop
  moments orders list --state shipped --app shop")]
    List {
        /// ordered, shipped, delivered, returned, lost or voided.
        #[arg(long, default_value = "ordered")]
        state: String,
    },
    /// Show an order; once it is claimed, with its address.
    #[command(after_help = "Example:\n  moments orders show REWARD --app shop")]
    Show {
        /// The reward that is shipped.
        reward: String,
    },
    /// Claim an order for a partner, who gets its address and ships it.
    #[command(after_help = "Example:\n  moments orders claim REWARD acme --app shop")]
    Claim {
        /// The reward that is shipped.
        reward: String,
        /// Who ships it.
        partner: String,
    },
    /// Say that an order is on its way.
    #[command(
        after_help = "Example:\n  moments orders ship REWARD DHL 00340434 --url https://track.example/00340434 --app shop"
    )]
    Ship {
        /// The reward that is shipped.
        reward: String,
        /// Who carries it.
        carrier: String,
        /// Its number there.
        tracking: String,
        /// Where its user can follow it.
        #[arg(long)]
        url: Option<String>,
    },
    /// Say that an order has arrived.
    #[command(after_help = "Example:\n  moments orders deliver REWARD --app shop")]
    Deliver(End),
    /// Say that an order came back.
    #[command(after_help = "Example:\n  moments orders return REWARD --reason 'unknown there' --app shop")]
    Return(End),
    /// Say that an order went astray.
    #[command(after_help = "Example:\n  moments orders lose REWARD --app shop")]
    Lose(End),
    /// Write orders as CSV to standard output, or with addresses to a file that only you can read.
    #[command(after_help = "Examples:
  moments orders export --state ordered --app shop > orders.csv
  moments orders export --partner acme --addresses labels.csv --app shop   those that acme has claimed, with where to")]
    Export {
        /// ordered, shipped, delivered, returned, lost or voided.
        #[arg(long, default_value = "ordered")]
        state: String,
        /// Only those that this partner has claimed.
        #[arg(long)]
        partner: Option<String>,
        /// Write where to, too, into this file. Only of orders that somebody has claimed.
        #[arg(long, value_name = "FILE")]
        addresses: Option<String>,
    },
    /// Take orders on as a CSV says: reward_id, state, and as needed carrier, tracking, tracking_url, partner, reason.
    #[command(after_help = "Examples:
  moments orders import shipped.csv --app shop
  printf 'reward_id,state,carrier,tracking\\nREWARD,shipped,DHL,00340434\\n' | moments orders import - --app shop")]
    Import {
        /// A file, which may be sent again; - reads standard input.
        file: String,
    },
}

#[derive(Args)]
struct End {
    /// The reward that is shipped.
    reward: String,
    /// Why, for the audit.
    #[arg(long)]
    reason: Option<String>,
}

pub(crate) fn run(Orders { connection, app, command }: Orders) -> Result<(), Failure> {
    let api = Api::new(&connection)?;
    let path = format!("/v1/apps/{}/orders", in_path(&crate::needed_app(app)?));
    let step = |reward: &str, step: &str, body: Value| {
        let call = Call::new("POST", format!("{path}/{}/{step}", in_path(reward))).body(body);
        output::fields(connection.json, &flat(connection.json, api.call(&call)?))
    };
    match command {
        Command::List { state } => {
            let columns = [
                ("REWARD", "/reward_id"),
                ("GROUP", "/reward_group_id"),
                ("STATE", "/state"),
                ("PARTNER", "/partner"),
                ("CARRIER", "/shipment/carrier"),
                ("TRACKING", "/shipment/tracking"),
                ("SINCE", "/changed_at"),
            ];
            output::entries(connection.json, &api.list(&format!("{path}?state={}", in_path(&state)))?, &columns)
        }
        Command::Show { reward } => {
            let order = api.call(&Call::new("GET", format!("{path}/{}", in_path(&reward))))?;
            output::fields(connection.json, &flat(connection.json, order))
        }
        Command::Claim { reward, partner } => step(&reward, "claim", json!({ "partner": partner })),
        Command::Ship { reward, carrier, tracking, url } => {
            step(&reward, "ship", json!({ "carrier": carrier, "tracking": tracking, "tracking_url": url }))
        }
        Command::Deliver(End { reward, reason }) => step(&reward, "deliver", json!({ "reason": reason })),
        Command::Return(End { reward, reason }) => step(&reward, "return", json!({ "reason": reason })),
        Command::Lose(End { reward, reason }) => step(&reward, "lose", json!({ "reason": reason })),
        Command::Export { state, partner, addresses } => export(&api, &path, &state, partner.as_deref(), addresses),
        Command::Import { file } => import(&api, connection.json, &path, &crate::read_text(&file)?),
    }
}

/// An order as people read it: what stands within it on lines of its own.
fn flat(as_json: bool, order: Value) -> Value {
    if as_json {
        return order;
    }
    let mut flat = serde_json::Map::new();
    for (name, value) in order.as_object().into_iter().flatten() {
        match value {
            Value::Object(within) => flat.extend(within.iter().map(|(part, value)| (part.clone(), value.clone()))),
            value => {
                flat.insert(name.clone(), value.clone());
            }
        }
    }
    Value::Object(flat)
}

fn export(api: &Api, path: &str, state: &str, partner: Option<&str>, addresses: Option<String>) -> Result<(), Failure> {
    let mut orders = api.list(&format!("{path}?state={}", in_path(state)))?;
    orders.retain(|order| partner.is_none_or(|partner| order["partner"] == partner));
    let Some(file) = addresses else {
        return output::print(csv(&orders, WITHOUT_ADDRESS).trim_end());
    };
    orders.retain(|order| order["partner"].is_string());
    for order in &mut orders {
        let id = order["reward_id"].as_str().unwrap_or_default().to_owned();
        *order = api.call(&Call::new("GET", format!("{path}/{}", in_path(&id))))?;
    }
    let cannot = |error| Failure::new(2, format!("{file} cannot be written: {error}"));
    let mut options = File::options();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut out = options.open(&file).map_err(cannot)?;
    // One that was there before may have been open to others.
    #[cfg(unix)]
    out.set_permissions(std::os::unix::fs::PermissionsExt::from_mode(0o600)).map_err(cannot)?;
    out.write_all(csv(&orders, COLUMNS.len()).as_bytes()).map_err(cannot)?;
    output::print(&format!("{} orders are in {file}; delete it once they are sent.", orders.len()))
}

fn csv(orders: &[Value], columns: usize) -> String {
    let columns = &COLUMNS[..columns];
    let mut text = columns.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(",") + "\n";
    for order in orders {
        let cell =
            |(_, pointer): &(&str, &str)| cell(order.pointer(pointer).and_then(Value::as_str).unwrap_or_default());
        text += &(columns.iter().map(cell).collect::<Vec<_>>().join(",") + "\n");
    }
    text
}

/// Sends a file in parts. Its lines are its rows: no cell that is read here has a line break.
fn import(api: &Api, as_json: bool, path: &str, text: &str) -> Result<(), Failure> {
    // A line that names the separator belongs to the header of each part.
    let header_at = text_file::named_separator(text.as_bytes()).map_or(0, |(_, next)| next);
    let (separator, text) = text.split_at(header_at);
    let mut lines = text.lines();
    let header = format!("{separator}{}", lines.next().unwrap_or_default());
    let rows: Vec<&str> = lines.collect();
    let (mut changed, mut unchanged, mut invalid) = (0, 0, Vec::new());
    for (part, rows) in rows.chunks(CHUNK).enumerate() {
        let body = format!("{header}\n{}\n", rows.join("\n"));
        let mut answer = api.call(&Call::new("POST", format!("{path}/import")).csv(body))?;
        changed += answer["changed"].as_u64().unwrap_or(0);
        unchanged += answer["unchanged"].as_u64().unwrap_or(0);
        for mut row in answer["invalid"].as_array_mut().map(std::mem::take).unwrap_or_default() {
            let line = row["line"].as_u64().unwrap_or(0) + (part * CHUNK) as u64;
            row["line"] = json!(line);
            invalid.push(row);
        }
    }
    if rows.is_empty() {
        return Err(Failure::new(3, "the file has no rows below a header like reward_id,state,carrier,tracking"));
    }
    let some_refused = !invalid.is_empty();
    output::fields(as_json, &json!({ "changed": changed, "unchanged": unchanged, "invalid": invalid }))?;
    if some_refused { Err(Failure::new(8, "some rows were refused; see above")) } else { Ok(()) }
}
