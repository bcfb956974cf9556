//! `moments stock`: what is left of a reward group, taking URLs out of it, and who got one. Loading files is `import`'s business.

use std::fs::File;

use clap::{Args, Subcommand};
use serde_json::{Value, json};
use stock_file::{self, Format};

use crate::api::{Api, Call, Connection, Failure, in_path};
use crate::{import, output};

/// Stock of a reward group: import, show, retire, lookup.
#[derive(Args)]
pub(crate) struct Stock {
    #[command(flatten)]
    connection: Connection,
    /// The app.
    #[arg(long, env = "MOMENTS_APP", global = true)]
    app: Option<String>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Load a file of reward URLs, of any size; goes on where it was cut off.
    Import(import::Arguments),
    /// What is left, how fast it goes, and until when it lasts.
    #[command(after_help = "Example:\n  moments stock show gift --app shop")]
    Show {
        /// The reward group.
        group: String,
    },
    /// Take URLs out of stock for good; one that a user has stays the user's.
    #[command(after_help = "Examples:
  moments stock retire gift withdrawn.csv --app shop
  moments stock retire gift - --format ndjson --app shop < withdrawn.ndjson")]
    Retire {
        /// The reward group.
        group: String,
        /// A file of URLs, as for import; - reads standard input.
        file: String,
        /// What kind of file, if its name does not say it.
        #[arg(long, value_enum)]
        format: Option<import::FormatName>,
    },
    /// Who got a URL, and when. The URL is read from standard input, so that no list of processes shows it.
    #[command(after_help = "Examples:
  echo https://gift.example/claim/1 | moments stock lookup --app shop
  moments stock lookup --hash 3q2-7wAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA --app shop")]
    Lookup {
        /// The URL's SHA-256 in base64url, instead of the URL.
        #[arg(long, allow_hyphen_values = true)]
        hash: Option<String>,
    },
}

pub(crate) async fn run(Stock { connection, app, command }: Stock) -> Result<(), Failure> {
    let api = Api::new(&connection)?;
    let app = crate::needed_app(app)?;
    let path = |group: &str| format!("/v1/apps/{}/reward-groups/{}/stock", in_path(&app), in_path(group));
    match command {
        Command::Import(arguments) => import::run(&api, &connection, &app, arguments).await,
        Command::Show { group } => output::fields(connection.json, &api.call(&Call::new("GET", path(&group)))?),
        Command::Retire { group, file, format } => {
            let format = import::format_of(&file, format)?;
            retire(&api, connection.json, &format!("{}/retire", path(&group)), &file, format)
        }
        Command::Lookup { hash } => {
            let body = match hash {
                Some(hash) => json!({ "url_hash": hash }),
                None => json!({ "url": crate::read_text("-")?.trim() }),
            };
            let look_up = Call::new("POST", format!("/v1/apps/{}/stock/lookup", in_path(&app))).body(body);
            output::fields(connection.json, &api.call(&look_up)?)
        }
    }
}

/// What became of URLs that were to be retired.
#[derive(Default)]
struct Withdrawn {
    retired: u64,
    already: u64,
    refused: Vec<Value>,
}

fn retire(api: &Api, as_json: bool, path: &str, file: &str, format: Format) -> Result<(), Failure> {
    let mut withdrawn = Withdrawn::default();
    let done = withdraw(api, path, file, format, &mut withdrawn);
    let Withdrawn { retired, already, mut refused } = withdrawn;
    refused.sort_by_key(|row| row["line"].as_u64());
    let some_refused = !refused.is_empty();
    // Also after a failure: what is retired until then stays so.
    output::fields(as_json, &json!({ "retired": retired, "already_retired": already, "refused": refused }))?;
    done?;
    if some_refused { Err(Failure::new(8, "some rows were refused; see above")) } else { Ok(()) }
}

fn withdraw(api: &Api, path: &str, file: &str, format: Format, withdrawn: &mut Withdrawn) -> Result<(), Failure> {
    let cannot = |error| Failure::new(2, format!("{file} cannot be read: {error}"));
    let input: Box<dyn std::io::Read> =
        if file == "-" { Box::new(std::io::stdin()) } else { Box::new(File::open(file).map_err(cannot)?) };
    let (mut chunk, mut bytes): (Vec<(u64, Value)>, usize) = (Vec::new(), 0);
    for row in stock_file::rows(format, input) {
        let row = row.map_err(|error| crate::unreadable(file, &error))?;
        match row.url {
            Ok(url) => {
                bytes += url.expose().len() + 3;
                chunk.push((row.line, json!(url.expose())));
            }
            Err(reason) => withdrawn.refused.push(json!({ "line": row.line, "reason": reason })),
        }
        if chunk.len() >= usize::from(import::CHUNK_ROWS) || bytes >= import::CHUNK_BYTES {
            bytes = 0;
            send(api, path, std::mem::take(&mut chunk), withdrawn)?;
        }
    }
    if chunk.is_empty() { Ok(()) } else { send(api, path, chunk, withdrawn) }
}

fn send(api: &Api, path: &str, chunk: Vec<(u64, Value)>, withdrawn: &mut Withdrawn) -> Result<(), Failure> {
    let (lines, urls): (Vec<u64>, Vec<Value>) = chunk.into_iter().unzip();
    let mut answer = api.call(&Call::new("POST", path).body(json!({ "urls": urls })))?;
    withdrawn.retired += answer["retired"].as_u64().unwrap_or(0);
    withdrawn.already += answer["already_retired"].as_u64().unwrap_or(0);
    let mut rows = answer["refused"].as_array_mut().map(std::mem::take).unwrap_or_default();
    rows.iter_mut().for_each(|row| import::name_line(row, &lines));
    withdrawn.refused.extend(rows);
    Ok(())
}
