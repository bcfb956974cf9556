//! `moments stock import`: loads a file of reward URLs of any size in constant memory, with several requests at once. A
//! journal beside the file keeps the position, so an interrupted import continues there. Loading a URL twice is safe.

mod items;
mod journal;
mod progress;

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{ErrorKind, Read, Write as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use clap::{Args, ValueEnum};
use edge::text_file::Decoded;
use serde_json::{Value, json};
use stock_file::{self, Cells, Column, Format, Resume};

use crate::api::{Api, AppConnection, Call, Failure, in_path};
use crate::files;
use crate::output::{self, number, text};
use journal::{Counts, Journal};
use progress::Progress;

/// Limits of one request, in URLs and in their bytes: well below the megabyte that a body may have.
pub(crate) const CHUNK_ROWS: u16 = 5_000;
pub(crate) const CHUNK_BYTES: usize = 512 * 1024;

/// The number of refused rows to show; `--report` has all.
const SHOWN: u64 = 20;

const EXAMPLES: &str = "Examples:
  moments stock import gift codes.csv --app shop
  # again, after an interruption: continues there
  moments stock import gift codes.csv --app shop
  moments stock import gift codes.ndjson --app shop --report refused.csv

  # plain codes
  moments stock import gift codes.csv --app shop --column code \\
      --url-template 'https://shop.example/redeem?code={code}'
  # 500 mugs in all; they need no URLs
  moments stock import mug --count 500 --app shop

A CSV has a header with a column url, or URLs alone. NDJSON has a string or an
object with a field url on each line. A byte-order mark selects UTF-16, and a
first line like sep=; the separator. Each URL is loaded once, even if it
repeats.";

/// The file to load, and its reward group.
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// The reward group.
    group: String,
    /// The file: .csv, .txt, .ndjson or .jsonl.
    #[arg(required_unless_present = "count")]
    file: Option<PathBuf>,
    /// The URL of a code, with {code} in the code's place, for a file of plain codes.
    #[arg(long, value_name = "URL", requires = "column", value_parser = parse_template)]
    url_template: Option<String>,
    /// The column to load: its name in the header, or its number in a file without one. `url` by default.
    #[arg(long, value_name = "COLUMN")]
    column: Option<String>,
    /// Items of a physical group, instead of a file: how many have ever been put in stock.
    #[arg(long, value_name = "ITEMS", conflicts_with_all = ["file", "column", "report"], value_parser = clap::value_parser!(u32).range(1..=10_000_000))]
    count: Option<u32>,
    /// The kind of file, if its name does not tell.
    #[arg(long, value_enum)]
    format: Option<FormatName>,
    /// Requests at once.
    #[arg(long, default_value_t = 4, value_parser = clap::value_parser!(u8).range(1..=32))]
    at_once: u8,
    /// URLs in one request. With fewer, the journal is written more often, which helps on a bad connection.
    #[arg(long, default_value_t = CHUNK_ROWS, value_parser = clap::value_parser!(u16).range(1..=5_000), value_name = "URLS")]
    per_request: u16,
    /// A CSV file for all refused rows: line and reason.
    #[arg(long, value_name = "FILE")]
    report: Option<PathBuf>,
    /// Begin at the first row, even if the journal has a later position.
    #[arg(long)]
    restart: bool,
}

/// Checks a template: a URL with one place for the code.
fn parse_template(text: &str) -> Result<String, String> {
    match text.matches(stock_file::CODE).count() {
        1 if text.starts_with("https://") => Ok(text.to_owned()),
        1 => Err("must begin with https://".to_owned()),
        _ => Err(format!("must have {} once, in the code's place", stock_file::CODE)),
    }
}

impl Arguments {
    /// Returns which cells of the file are loaded, and how.
    fn cells(&self) -> Cells {
        let column = self.column.as_ref().map(|column| match column.parse() {
            Ok(number) => Column::Numbered(number),
            Err(_) => Column::Named(column.clone()),
        });
        Cells { column, template: self.url_template.clone() }
    }
}

/// See [`Format`].
#[derive(Clone, Copy, ValueEnum)]
pub(crate) enum FormatName {
    Csv,
    Ndjson,
}

/// Returns the given format, or the format of the file's extension.
pub(crate) fn format_of(file: impl AsRef<Path>, given: Option<FormatName>) -> Result<Format, Failure> {
    match (given, file.as_ref().extension().and_then(|extension| extension.to_str())) {
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

/// Takes the refused rows of an answer, and replaces each entry's number in the request by its line in the file.
pub(crate) fn refused_lines(rows: &mut Value, lines: &[u64]) -> Vec<Value> {
    let mut rows = rows.as_array_mut().map(std::mem::take).unwrap_or_default();
    for row in &mut rows {
        let entry = usize::try_from(number(row, "line")).unwrap_or(0);
        row["line"] = json!(lines.get(entry.saturating_sub(1)));
    }
    rows
}

/// Rows of the file for one request.
#[derive(Default)]
pub(crate) struct Chunk {
    /// Its number in the file, from 0.
    number: u64,
    pub(crate) lines: Vec<u64>,
    pub(crate) urls: Vec<Value>,
    /// Invalid rows, each with its line and the reason.
    pub(crate) refused: Vec<Value>,
    /// The position after it.
    end: Resume,
}

/// Reads rows up to the limits of a request. Returns true with the last chunk.
pub(crate) fn next_chunk<Input: Read>(
    rows: &mut stock_file::Rows<Input>,
    max_rows: usize,
) -> std::io::Result<(Chunk, bool)> {
    let (mut chunk, mut bytes) = (Chunk::default(), 0);
    while chunk.urls.len() + chunk.refused.len() < max_rows && bytes < CHUNK_BYTES {
        let Some(row) = rows.next().transpose()? else {
            chunk.end = rows.resume();
            return Ok((chunk, true));
        };
        match row.url {
            Ok(url) => {
                bytes += url.expose().len() + 3;
                chunk.lines.push(row.line);
                chunk.urls.push(json!(url.expose()));
            }
            Err(reason) => chunk.refused.push(json!({ "line": row.line, "reason": reason })),
        }
    }
    chunk.end = rows.resume();
    Ok((chunk, false))
}

/// The result of a chunk.
struct Loaded {
    number: u64,
    counts: Counts,
    refused: Vec<Value>,
    end: Resume,
}

pub(crate) async fn run(api: &Api, connection: &AppConnection, arguments: Arguments) -> Result<(), Failure> {
    let stop = Arc::new(AtomicBool::new(false));
    let stopped = Arc::clone(&stop);
    // A task of its own, since the work blocks this one.
    let watching = tokio::spawn(async move {
        while tokio::signal::ctrl_c().await.is_ok() {
            if stopped.swap(true, Ordering::Relaxed) {
                std::process::exit(130);
            }
            eprintln!("moments: finishing the running requests; press Ctrl-C again to stop at once");
        }
    });
    let done = tokio::task::block_in_place(|| match (arguments.count, &arguments.file) {
        (Some(count), _) => items::load(api, connection, &arguments.group, count, arguments.per_request, &stop),
        (None, Some(file)) => load(api, connection, file, &arguments, &stop),
        (None, None) => Err(Failure::new(2, "which file?")),
    });
    watching.abort();
    done
}

fn load(
    api: &Api,
    connection: &AppConnection,
    path: &Path,
    arguments: &Arguments,
    stop: &AtomicBool,
) -> Result<(), Failure> {
    let (shown, cells) = (path.display().to_string(), arguments.cells());
    let shown = shown.as_str();
    let app = connection.app()?;
    let app = app.as_str();
    let cannot = |error| Failure::new(2, format!("{shown} cannot be read: {error}"));
    let unreadable = |error| files::unreadable(shown, &error);
    let format = format_of(path, arguments.format)?;
    let file = File::open(path).map_err(cannot)?;
    let size = file.metadata().map_err(cannot)?.len();
    let target = [&api.base, app, &arguments.group].map(str::to_owned);
    let mut journal = Journal::open(path, target, cells.clone(), arguments.restart)?;
    let from_the_first = stock_file::rows_from(format, Decoded::new(&file), Resume::default(), cells.clone());
    if journal.state().at.offset > 0 && !is_known(api, app, from_the_first)? {
        eprintln!("moments: the API no longer knows what was loaded of {shown}; starting over");
        journal.start_over();
    }
    let begin = journal.state().at.clone();
    if begin.offset > 0 {
        eprintln!("moments: going on at line {} of {shown}, where an earlier import was cut off", begin.line + 1);
    }
    // Reads up to the offset instead of seeking, since the offset counts decoded text.
    let mut file = Decoded::new(file);
    file.rewind().map_err(cannot)?;
    std::io::copy(&mut file.by_ref().take(begin.offset), &mut std::io::sink()).map_err(unreadable)?;
    let mut report = Report::open(arguments.report.as_deref(), begin.offset > 0)?;
    let mut progress = Progress::new(size, begin.offset);
    let began = Instant::now();
    let before = journal.state().counts;
    let path = format!("/v1/apps/{}/reward-groups/{}/stock", in_path(app), in_path(&arguments.group));
    let (at_once, per_request) = (usize::from(arguments.at_once), usize::from(arguments.per_request));
    let (to_load, chunks) = sync_channel::<Chunk>(at_once);
    let (to_note, loaded) = sync_channel::<Result<Loaded, Failure>>(at_once);
    let chunks = Mutex::new(chunks);
    let failure = std::thread::scope(|scope| {
        let failed = to_note.clone();
        scope.spawn(move || {
            let rows = stock_file::rows_from(format, file, begin, cells);
            if let Err(error) = cut(rows, per_request, &to_load, stop) {
                let _ = failed.send(Err(unreadable(error)));
            }
        });
        for _ in 0..at_once {
            let (chunks, to_note, path) = (&chunks, to_note.clone(), &path);
            scope.spawn(move || work(api, path, chunks, &to_note, stop));
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
    finish(api.json, counts, counts.rows() - before.rows(), began)
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

/// True if the API still knows the first URL of a partly loaded file. A system on a laptop may be empty since.
fn is_known(api: &Api, app: &str, rows: stock_file::Rows<Decoded<&File>>) -> Result<bool, Failure> {
    let first = rows.map_while(Result::ok).find_map(|row| row.url.ok());
    let Some(url) = first else { return Ok(true) };
    let path = format!("/v1/apps/{}/stock/lookup", in_path(app));
    match api.call(&Call::post(path, json!({ "url": url.expose() }))) {
        Ok(_) => Ok(true),
        Err(failure) if failure.code == 5 => Ok(false),
        Err(failure) => Err(failure),
    }
}

/// Cuts the rows into chunks, as fast as the workers take them.
fn cut(
    mut rows: stock_file::Rows<Decoded<File>>,
    per_request: usize,
    to_load: &SyncSender<Chunk>,
    stop: &AtomicBool,
) -> std::io::Result<()> {
    for number in 0.. {
        let (chunk, ended) = next_chunk(&mut rows, per_request)?;
        let mut reasons = chunk.refused.iter().map(|row| text(row, "reason"));
        if let Some(reason) = reasons.find(|reason| stock_file::is_of_whole_file(reason)) {
            return Err(std::io::Error::new(ErrorKind::InvalidData, reason));
        }
        if stop.load(Ordering::Relaxed) || to_load.send(Chunk { number, ..chunk }).is_err() || ended {
            break;
        }
    }
    Ok(())
}

/// Loads chunks until none is left, or one fails.
fn work(
    api: &Api,
    path: &str,
    chunks: &Mutex<Receiver<Chunk>>,
    to_note: &SyncSender<Result<Loaded, Failure>>,
    stop: &AtomicBool,
) {
    loop {
        let chunk = chunks.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok(chunk) = chunk else { return };
        // Takes and drops the remaining chunks, so that `cut` does not wait forever.
        if stop.load(Ordering::Relaxed) {
            continue;
        }
        let loaded = load_chunk(api, path, chunk);
        let failed = loaded.is_err();
        if to_note.send(loaded).is_err() {
            return;
        }
        if failed {
            stop.store(true, Ordering::Relaxed);
        }
    }
}

fn load_chunk(api: &Api, path: &str, chunk: Chunk) -> Result<Loaded, Failure> {
    let Chunk { number: chunk_number, lines, urls, mut refused, end } = chunk;
    let mut counts = Counts::default();
    if !urls.is_empty() {
        let mut answer = api.call(&Call::post(path, json!({ "urls": urls })))?;
        counts.accepted = number(&answer, "accepted");
        counts.duplicate = number(&answer, "duplicate");
        let judged = counts.accepted + counts.duplicate + number(&answer, "invalid_count");
        if judged != lines.len() as u64 {
            let text = format!("of {} rows the API has judged {judged}: is it this version's?", lines.len());
            return Err(Failure::unexpected(text));
        }
        refused.extend(refused_lines(&mut answer["invalid"], &lines));
        refused.sort_by_key(|row| row["line"].as_u64());
    }
    counts.invalid = refused.len() as u64;
    Ok(Loaded { number: chunk_number, counts, refused, end })
}

/// Writes the journal in the order of the file, so it never claims a row that is not loaded. Returns the first failure.
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
        // After a row that the report could not take, further chunks wait for the next import. The loop still receives
        // them, so that the workers do not wait forever.
        while !unreported && let Some(chunk) = early.remove(&next) {
            next += 1;
            // Before the journal: after a crash a row is reported twice rather than never.
            if let Err(error) = report.add(&chunk.refused) {
                stop.store(true, Ordering::Relaxed);
                failure.get_or_insert(error);
                unreported = true;
                break;
            }
            journal.advance(chunk.end, chunk.counts);
            let state = journal.state();
            progress.show(state.at.offset, state.counts);
        }
    }
    failure
}

/// Reports refused rows: the first on standard error, all in a file.
struct Report {
    file: Option<(PathBuf, File)>,
    shown: u64,
}

impl Report {
    fn open(path: Option<&Path>, append: bool) -> Result<Self, Failure> {
        let Some(path) = path else { return Ok(Self { file: None, shown: 0 }) };
        let opened = File::options().create(true).write(true).append(append).truncate(!append).open(path);
        let opened = opened.and_then(|mut file| {
            let is_new = file.metadata()?.len() == 0;
            if is_new { writeln!(file, "line,reason").map(|()| file) } else { Ok(file) }
        });
        let cannot = |error| Failure::unexpected(format!("{} cannot be written: {error}", path.display()));
        Ok(Self { file: Some((path.to_owned(), opened.map_err(cannot)?)), shown: 0 })
    }

    fn add(&mut self, rows: &[Value]) -> Result<(), Failure> {
        for row in rows {
            let (line, reason) = (number(row, "line"), text(row, "reason"));
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
