//! `moments stock`: shows a reward group's stock, retires URLs and looks one up. `import` loads files.

use clap::Subcommand;
use serde_json::{Value, json};
use stock_file::{self, Format};

use crate::api::{Api, Call, Failure, OnApp, in_path};
use crate::output::{self, number};
use crate::{files, import};

#[derive(Subcommand)]
pub(crate) enum Command {
    /// Load a file of reward URLs, of any size. It continues after an interruption.
    Import(import::Arguments),
    /// Show what is left, how fast it goes, and how long it will last.
    #[command(after_help = "Example:\n  moments stock show gift --app shop")]
    Show {
        /// The reward group.
        group: String,
    },
    /// Take URLs out of stock for good. A user keeps a URL that was awarded.
    #[command(after_help = "Examples:
  moments stock retire gift withdrawn.csv --app shop
  moments stock retire gift - --format ndjson --app shop < withdrawn.ndjson")]
    Retire {
        /// The reward group.
        group: String,
        /// A file of URLs, as for import; - reads standard input.
        file: String,
        /// The kind of file, if its name does not tell.
        #[arg(long, value_enum)]
        format: Option<import::FormatName>,
    },
    /// Show who got a URL, and when. Reads the URL from standard input, so no list of processes shows it.
    #[command(after_help = "Examples:
  echo https://gift.example/claim/1 | moments stock lookup --app shop
  moments stock lookup --hash 3q2-7wAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA \\
      --app shop")]
    Lookup {
        /// The URL's SHA-256 in base64url, instead of the URL.
        #[arg(long, allow_hyphen_values = true)]
        hash: Option<String>,
    },
}

pub(crate) async fn run(OnApp { connection, command }: OnApp<Command>) -> Result<(), Failure> {
    let (api, app) = connection.open()?;
    let path = |group: &str| format!("{app}/reward-groups/{}/stock", in_path(group));
    match command {
        Command::Import(arguments) => import::run(&api, &connection, arguments).await,
        Command::Show { group } => api.show(&Call::get(path(&group))),
        Command::Retire { group, file, format } => {
            let format = import::format_of(&file, format)?;
            retire(&api, &format!("{}/retire", path(&group)), &file, format)
        }
        Command::Lookup { hash } => {
            let body = match hash {
                Some(hash) => json!({ "url_hash": hash }),
                None => json!({ "url": files::read_text("-")?.trim() }),
            };
            api.show(&Call::post(format!("{app}/stock/lookup"), body))
        }
    }
}

/// The result of retiring URLs.
#[derive(Default)]
struct Retired {
    retired: u64,
    already: u64,
    refused: Vec<Value>,
}

fn retire(api: &Api, path: &str, file: &str, format: Format) -> Result<(), Failure> {
    let mut result = Retired::default();
    let done = retire_all(api, path, file, format, &mut result);
    let Retired { retired, already, mut refused } = result;
    refused.sort_by_key(|row| row["line"].as_u64());
    // Also after a failure: the URLs until then are retired.
    output::fields(api.json, &json!({ "retired": retired, "already_retired": already, "refused": refused }))?;
    done?;
    if refused.is_empty() { Ok(()) } else { Err(Failure::new(8, "some rows were refused; see above")) }
}

fn retire_all(api: &Api, path: &str, file: &str, format: Format, result: &mut Retired) -> Result<(), Failure> {
    let mut rows = stock_file::rows(format, files::open(file)?);
    let mut ended = false;
    while !ended {
        let (chunk, is_last) = import::next_chunk(&mut rows, import::CHUNK_ROWS.into())
            .map_err(|error| files::unreadable(file, &error))?;
        ended = is_last;
        result.refused.extend(chunk.refused);
        if chunk.urls.is_empty() {
            continue;
        }
        let mut answer = api.call(&Call::post(path, json!({ "urls": chunk.urls })))?;
        result.retired += number(&answer, "retired");
        result.already += number(&answer, "already_retired");
        result.refused.extend(import::refused_lines(&mut answer["refused"], &chunk.lines));
    }
    Ok(())
}
