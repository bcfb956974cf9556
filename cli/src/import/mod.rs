//! `moments stock import`: loads a file of reward URLs of any size in flat memory, several requests at once. A journal beside
//! the file says how far everything is loaded, so that an import that was cut off goes on there. It is safe in any case:
//! loading a URL twice changes nothing.

mod journal;
mod progress;

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{ErrorKind, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use clap::{Args, ValueEnum};
use edge::text_file::Decoded;
use serde_json::{Value, json};
use stock_file::{self, Format, Resume};

use crate::api::{Api, Call, Connection, Failure, in_path};
use crate::output;
use journal::{Counts, Journal};
use progress::Progress;

/// The most URLs in one request, and their bytes: together well below the megabyte that a body may have.
pub(crate) const CHUNK_ROWS: u16 = 5_000;
pub(crate) const CHUNK_BYTES: usize = 512 * 1024;

/// Refused rows that are shown; `--report` names them all.
const SHOWN: u64 = 20;

const EXAMPLES: &str = "Examples:
  moments stock import gift codes.csv --app shop
  moments stock import gift codes.csv --app shop        again, after it was cut off: goes on where it was
  moments stock import gift codes.ndjson --app shop --report refused.csv

A CSV has a header with a column url, in any place, or URLs alone. NDJSON has a string or an object with a field url on
each line. UTF-16 is read by its byte-order mark, and a first line like sep=; names the separator. Each URL is loaded once,
however often it comes.";

/// What to load, and where.
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// The reward group.
    group: String,
    /// The file: .csv, .txt, .ndjson or .jsonl.
    file: PathBuf,
    /// What kind of file, if its name does not say it.
    #[arg(long, value_enum)]
    format: Option<FormatName>,
    /// Requests at the same time.
    #[arg(long, default_value_t = 4, value_parser = clap::value_parser!(u8).range(1..=32))]
    at_once: u8,
    /// URLs in one request: fewer note more often how far it has come, on a line that breaks.
    #[arg(long, default_value_t = CHUNK_ROWS, value_parser = clap::value_parser!(u16).range(1..=5_000), value_name = "URLS")]
    per_request: u16,
    /// A file for every row that was refused: its line and the reason, as CSV.
    #[arg(long, value_name = "FILE")]
    report: Option<PathBuf>,
    /// Begin at the beginning, also where an earlier import was cut off later.
    #[arg(long)]
    restart: bool,
}

/// See [`Format`].
#[derive(Clone, Copy, ValueEnum)]
pub(crate) enum FormatName {
    Csv,
    Ndjson,
}

/// What kind of file it is: as was said, or as its name says.
pub(crate) fn format_of(file: impl AsRef<Path>, said: Option<FormatName>) -> Result<Format, Failure> {
    match (said, file.as_ref().extension().and_then(|extension| extension.to_str())) {
        (Some(FormatName::Csv), _) | (None, Some("csv" | "txt")) => Ok(Format::Csv),
        (Some(FormatName::Ndjson), _) | (None, Some("ndjson" | "jsonl")) => Ok(Format::Ndjson),
        (None, Some("xlsx" | "xls" | "ods")) => {
            Err(Failure::new(2, "it is a spreadsheet's workbook; save it as CSV UTF-8 and load that"))
        }
        (None, _) => {
            Err(Failure::new(2, "its name does not say what kind of file it is; add --format csv or --format ndjson"))
        }
    }
}

/// Replaces the number of an entry in a request by its line in the file.
pub(crate) fn name_line(row: &mut Value, lines: &[u64]) {
    let entry = row["line"].as_u64().and_then(|line| usize::try_from(line).ok()).unwrap_or(0);
    row["line"] = json!(lines.get(entry.saturating_sub(1)));
}

/// A part of the file.
struct Chunk {
    /// In the order of the file, from 0.
    number: u64,
    lines: Vec<u64>,
    urls: Vec<Value>,
    /// Rows that are no good, with the reason.
    bad: Vec<Value>,
    /// Where the file goes on behind it.
    behind: Resume,
}

/// A part of the file that is loaded.
struct Loaded {
    number: u64,
    counts: Counts,
    refused: Vec<Value>,
    behind: Resume,
}

pub(crate) async fn run(api: &Api, connection: &Connection, app: &str, arguments: Arguments) -> Result<(), Failure> {
    let stop = Arc::new(AtomicBool::new(false));
    let stopped = Arc::clone(&stop);
    // A task of its own: the work blocks this one.
    let watching = tokio::spawn(async move {
        while tokio::signal::ctrl_c().await.is_ok() {
            if stopped.swap(true, Ordering::Relaxed) {
                std::process::exit(130);
            }
            eprintln!("moments: finishing the running requests; press Ctrl-C again to stop at once");
        }
    });
    let done = tokio::task::block_in_place(|| load(api, connection, app, &arguments, &stop));
    watching.abort();
    done
}

fn load(
    api: &Api,
    connection: &Connection,
    app: &str,
    arguments: &Arguments,
    stop: &AtomicBool,
) -> Result<(), Failure> {
    let shown = arguments.file.display().to_string();
    let shown = shown.as_str();
    let cannot = |error| Failure::new(2, format!("{shown} cannot be read: {error}"));
    let unreadable = |error| crate::unreadable(shown, &error);
    let format = format_of(&arguments.file, arguments.format)?;
    let file = File::open(&arguments.file).map_err(cannot)?;
    let size = file.metadata().map_err(cannot)?.len();
    let place = [&connection.api, app, &arguments.group].map(str::to_owned);
    let mut journal = Journal::open(&arguments.file, place, arguments.restart)?;
    if journal.state().at.offset > 0 && !is_known(api, app, stock_file::rows(format, &file))? {
        eprintln!("moments: the API no longer knows what was loaded of {shown}; beginning anew");
        journal.begin_anew();
    }
    let begin = journal.state().at.clone();
    if begin.offset > 0 {
        eprintln!("moments: going on at line {} of {shown}, where an earlier import was cut off", begin.line + 1);
    }
    // Read and not sought: an offset is one in the decoded text.
    let mut file = Decoded::new(file);
    file.rewind().map_err(cannot)?;
    std::io::copy(&mut file.by_ref().take(begin.offset), &mut std::io::sink()).map_err(unreadable)?;
    let mut report = Report::open(arguments.report.as_deref(), begin.offset > 0)?;
    let mut progress = Progress::new(size, begin.offset);
    let began = Instant::now();
    let before = journal.state().counts;
    let target = format!("/v1/apps/{}/reward-groups/{}/stock", in_path(app), in_path(&arguments.group));
    let (at_once, per_request) = (usize::from(arguments.at_once), usize::from(arguments.per_request));
    let (to_load, chunks) = sync_channel::<Chunk>(at_once);
    let (to_note, loaded) = sync_channel::<Result<Loaded, Failure>>(at_once);
    let chunks = Mutex::new(chunks);
    let failure = std::thread::scope(|scope| {
        let failed = to_note.clone();
        scope.spawn(move || {
            let rows = stock_file::rows_from(format, file, begin);
            if let Err(error) = cut(rows, per_request, &to_load, stop) {
                let _ = failed.send(Err(unreadable(error)));
            }
        });
        for _ in 0..at_once {
            let (chunks, to_note, target) = (&chunks, to_note.clone(), &target);
            scope.spawn(move || work(api, target, chunks, &to_note, stop));
        }
        drop(to_note);
        note(&loaded, &mut journal, &mut report, &mut progress, stop)
    });
    progress.finish();
    let counts = journal.state().counts;
    if let Some(failure) = failure {
        let text = format!("{}\n  {} rows are done; the same command goes on there", failure.text, counts.rows());
        return Err(Failure { text, ..failure });
    }
    if stop.load(Ordering::Relaxed) {
        let text = format!("stopped; {} rows are done; the same command goes on there", counts.rows());
        return Err(Failure::new(130, text));
    }
    journal.remove();
    finish(connection.json, counts, counts.rows() - before.rows(), began)
}

fn finish(as_json: bool, counts: Counts, rows: u64, began: Instant) -> Result<(), Failure> {
    let seconds = began.elapsed().as_secs_f64();
    let Counts { accepted, duplicate, invalid } = counts;
    #[expect(clippy::cast_precision_loss, clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a rate")]
    let rate = (rows as f64 / seconds.max(0.001)) as u64;
    let done = json!({
        "rows": counts.rows(), "accepted": accepted, "duplicate": duplicate, "invalid": invalid,
        "seconds": (seconds * 10.0).round() / 10.0, "rows_per_second": rate,
    });
    output::fields(as_json, &done)?;
    if counts.rows() == 0 {
        Err(Failure::new(3, "the file has no rows"))
    } else if invalid > 0 {
        Err(Failure::new(8, format!("{invalid} rows were refused; the others are loaded")))
    } else {
        Ok(())
    }
}

/// Whether the API knows the first URL of a file that is loaded in part: a system on a laptop may have been emptied since.
fn is_known(api: &Api, app: &str, rows: stock_file::Rows<Decoded<&File>>) -> Result<bool, Failure> {
    let first = rows.map_while(Result::ok).find_map(|row| row.url.ok());
    let Some(url) = first else { return Ok(true) };
    let target = format!("/v1/apps/{}/stock/lookup", in_path(app));
    match api.call(&Call::new("POST", target).body(json!({ "url": url.expose() }))) {
        Ok(_) => Ok(true),
        Err(failure) if failure.code == 5 => Ok(false),
        Err(failure) => Err(failure),
    }
}

/// Cuts the rows into chunks, as fast as they are taken.
fn cut(
    mut rows: stock_file::Rows<Decoded<File>>,
    per_request: usize,
    to_load: &SyncSender<Chunk>,
    stop: &AtomicBool,
) -> std::io::Result<()> {
    let mut number = 0;
    loop {
        let mut chunk = Chunk { number, lines: Vec::new(), urls: Vec::new(), bad: Vec::new(), behind: rows.resume() };
        let mut bytes = 0;
        let ended = loop {
            let Some(row) = rows.next() else { break true };
            let row = row?;
            match row.url {
                Ok(url) => {
                    bytes += url.expose().len() + 3;
                    chunk.lines.push(row.line);
                    chunk.urls.push(json!(url.expose()));
                }
                Err(reason) if stock_file::is_of_whole_file(&reason) => {
                    return Err(std::io::Error::new(ErrorKind::InvalidData, reason));
                }
                Err(reason) => chunk.bad.push(json!({ "line": row.line, "reason": reason })),
            }
            if chunk.urls.len() + chunk.bad.len() >= per_request || bytes >= CHUNK_BYTES {
                break false;
            }
        };
        chunk.behind = rows.resume();
        if stop.load(Ordering::Relaxed) || to_load.send(chunk).is_err() || ended {
            return Ok(());
        }
        number += 1;
    }
}

/// Loads chunks until there are no more, or one fails.
fn work(
    api: &Api,
    target: &str,
    chunks: &Mutex<Receiver<Chunk>>,
    to_note: &SyncSender<Result<Loaded, Failure>>,
    stop: &AtomicBool,
) {
    loop {
        let chunk = chunks.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok(chunk) = chunk else { return };
        // What was cut is taken and left, so that whoever cuts does not wait for ever.
        if stop.load(Ordering::Relaxed) {
            continue;
        }
        let loaded = load_chunk(api, target, chunk);
        let failed = loaded.is_err();
        if to_note.send(loaded).is_err() {
            return;
        }
        if failed {
            stop.store(true, Ordering::Relaxed);
        }
    }
}

fn load_chunk(api: &Api, target: &str, chunk: Chunk) -> Result<Loaded, Failure> {
    let Chunk { number, lines, urls, bad, behind } = chunk;
    let mut refused = bad;
    let mut counts = Counts::default();
    if !urls.is_empty() {
        let mut answer = api.call(&Call::new("POST", target).body(json!({ "urls": urls })))?;
        counts.accepted = answer["accepted"].as_u64().unwrap_or(0);
        counts.duplicate = answer["duplicate"].as_u64().unwrap_or(0);
        let judged = counts.accepted + counts.duplicate + answer["invalid_count"].as_u64().unwrap_or(0);
        if judged != lines.len() as u64 {
            let text = format!("of {} rows the API has judged {judged}: is it this version's?", lines.len());
            return Err(Failure::unexpected(text));
        }
        for mut row in answer["invalid"].as_array_mut().map(std::mem::take).unwrap_or_default() {
            name_line(&mut row, &lines);
            refused.push(row);
        }
        refused.sort_by_key(|row| row["line"].as_u64());
    }
    counts.invalid = refused.len() as u64;
    Ok(Loaded { number, counts, refused, behind })
}

/// Notes what is loaded in the order of the file: the journal never says more than is true. Returns the first failure.
fn note(
    loaded: &Receiver<Result<Loaded, Failure>>,
    journal: &mut Journal,
    report: &mut Report,
    progress: &mut Progress,
    stop: &AtomicBool,
) -> Option<Failure> {
    let (mut next, mut early, mut failure, mut unreported) = (0, BTreeMap::new(), None, false);
    for chunk in loaded {
        match chunk {
            Ok(chunk) => {
                early.insert(chunk.number, chunk);
            }
            Err(error) => {
                stop.store(true, Ordering::Relaxed);
                failure.get_or_insert(error);
            }
        }
        // What follows a row that could not be reported is left for the next time; it is taken all the same, because whoever
        // waits to hand it over must not wait for ever.
        while !unreported && let Some(chunk) = early.remove(&next) {
            next += 1;
            // First, so that a row that a crash makes come again is reported twice, and not never.
            if let Err(error) = report.add(&chunk.refused) {
                stop.store(true, Ordering::Relaxed);
                failure.get_or_insert(error);
                unreported = true;
                break;
            }
            journal.advance(chunk.behind, chunk.counts);
            let state = journal.state();
            progress.show(state.at.offset, state.counts);
        }
    }
    failure
}

/// The rows that were refused: the first on stderr, all of them in a file.
struct Report {
    file: Option<(PathBuf, File)>,
    shown: u64,
}

impl Report {
    fn open(path: Option<&Path>, goes_on: bool) -> Result<Self, Failure> {
        let Some(path) = path else { return Ok(Self { file: None, shown: 0 }) };
        let opened = File::options().create(true).write(true).append(goes_on).truncate(!goes_on).open(path);
        let opened = opened.and_then(|mut file| {
            let is_new = file.metadata()?.len() == 0;
            if is_new { writeln!(file, "line,reason").map(|()| file) } else { Ok(file) }
        });
        let cannot = |error| Failure::unexpected(format!("{} cannot be written: {error}", path.display()));
        Ok(Self { file: Some((path.to_owned(), opened.map_err(cannot)?)), shown: 0 })
    }

    fn add(&mut self, rows: &[Value]) -> Result<(), Failure> {
        for row in rows {
            let (line, reason) = (row["line"].as_u64().unwrap_or(0), row["reason"].as_str().unwrap_or_default());
            if self.shown < SHOWN {
                eprintln!("moments: line {line}: {reason}");
            } else if self.shown == SHOWN && self.file.is_none() {
                eprintln!("moments: more rows are refused; --report FILE names them all");
            }
            self.shown += 1;
            if let Some((path, file)) = &mut self.file {
                writeln!(file, "{line},\"{}\"", reason.replace('"', "\"\""))
                    .map_err(|error| Failure::unexpected(format!("{} cannot be written: {error}", path.display())))?;
            }
        }
        Ok(())
    }
}
