//! Loads and retires stock: reward URLs as a JSON list, as NDJSON or as CSV. Bad rows do not stop the good ones, and
//! sending the same rows again changes nothing.

use std::collections::HashSet;
use std::io::{self, ErrorKind};

use domain::Error;
use domain::id::RewardGroupId;
use domain::reward::group::{RewardGroup, RewardKind};
use domain::secret::RewardUrl;
use edge::fields::{FromField, Mistake};
use edge::http::{self, Response};
use futures_util::StreamExt as _;
use futures_util::stream;
use jiff::Timestamp;
use serde::Serialize;
use stock_file::{self, Format};
use store::codes::{self, Retired};
use store::reward_groups;
use tokio::time::Instant;

use crate::RequestContext;

/// URLs that are written at the same time.
const AT_ONCE: usize = 64;

/// The most rows of a body: more good ones than fit into it.
const MAX_ROWS: usize = 100_000;

/// The most bad rows that an answer names, beginning with the first: Lambda limits the size of an answer. All of them
/// are counted.
const MAX_REPORTED: usize = 10_000;

/// A row of the body.
struct Row {
    /// The line of the file, or the number of the entry, from 1.
    line: u64,
    /// Its URL, or the reason why it is bad.
    url: Result<RewardUrl, String>,
}

/// A row that was not applied. The answer gives its number, because the text may be a secret.
#[derive(Debug, PartialEq, Serialize)]
struct BadRow {
    line: u64,
    reason: String,
}

/// The rows that were not applied.
#[derive(Default)]
struct Report(Vec<BadRow>);

impl Report {
    /// Returns how many there are, and the first of them in the order of the file.
    fn end(mut self) -> (usize, Vec<BadRow>) {
        let count = self.0.len();
        self.0.sort_unstable_by_key(|row| row.line);
        self.0.truncate(MAX_REPORTED);
        (count, self.0)
    }
}

#[derive(Serialize)]
struct Loaded {
    accepted: u64,
    duplicate: u64,
    invalid: Vec<BadRow>,
    invalid_count: usize,
}

enum Landed {
    Accepted,
    Duplicate,
    Invalid(BadRow),
}

pub(crate) async fn load(context: RequestContext<'_>) -> Result<Response, Error> {
    let rows = rows(context)?;
    let group = stocked(context).await?;
    let id = &group.reward_group_id;
    let (rows, repeated) = apart(rows);
    let mut landed =
        stream::iter(rows).map(|row| async move { import(context, id, row).await }).buffer_unordered(AT_ONCE);
    let (mut accepted, mut duplicate, mut report) = (0, repeated.len() as u64, Report::default());
    let mut failure = None;
    while let Some(row) = landed.next().await {
        match row {
            Ok(Landed::Accepted) => accepted += 1,
            Ok(Landed::Duplicate) => duplicate += 1,
            Ok(Landed::Invalid(row)) => report.0.push(row),
            Err(error) => {
                failure = Some(error);
                break;
            }
        }
    }
    // Also if all rows were there already: an earlier call may have ended before this line. And also after a failure:
    // the rows that are in stock now are for the users who wait.
    if accepted + duplicate > 0 {
        // The time is now, not that of the beginning: loading takes its time, and the index follows from here.
        let now = context.invocation.by_now();
        reward_groups::restocked(&context.environment.store, context.app, id, now).await?;
    }
    if let Some(error) = failure {
        return Err(error);
    }
    let (invalid_count, invalid) = report.end();
    let key = &context.request.caller()?.key_id;
    tracing::info!(
        app.id = %context.app, key.id = %key, group.id = %group.reward_group_id, stock.accepted = accepted, stock.duplicate = duplicate,
        stock.invalid = invalid_count, "stock loaded"
    );
    Ok(http::json(200, &Loaded { accepted, duplicate, invalid, invalid_count }))
}

/// Separates the first row of each URL, with all bad rows, from the lines of rows that repeat one. The same URL many
/// times in a body would be as many writes to one item, more than DynamoDB takes.
fn apart(rows: Vec<Row>) -> (Vec<Row>, Vec<u64>) {
    let mut seen = HashSet::new();
    let mut repeated = Vec::new();
    let first = |row: &Row| {
        let first = row.url.as_ref().map_or(true, |url| seen.insert(codes::hash(url)));
        if !first {
            repeated.push(row.line);
        }
        first
    };
    (rows.into_iter().filter(first).collect(), repeated)
}

async fn import(context: RequestContext<'_>, group: &RewardGroupId, Row { line, url }: Row) -> Result<Landed, Error> {
    let url = match url {
        Ok(url) => url,
        Err(reason) => return Ok(Landed::Invalid(BadRow { line, reason })),
    };
    let now = in_time(context)?;
    let accepted = codes::import(&context.environment.store, context.app, group, &url, now).await?;
    Ok(if accepted { Landed::Accepted } else { Landed::Duplicate })
}

#[derive(Serialize)]
struct Withdrawn {
    retired: u64,
    already_retired: u64,
    refused: Vec<BadRow>,
    refused_count: usize,
}

/// Takes URLs out of stock for good. A URL that a user has stays the user's.
pub(crate) async fn retire(context: RequestContext<'_>) -> Result<Response, Error> {
    let rows = rows(context)?;
    let group = stocked(context).await?;
    let id = &group.reward_group_id;
    let (rows, repeated) = apart(rows);
    let mut done =
        stream::iter(rows).map(|row| async move { withdraw(context, id, row).await }).buffer_unordered(AT_ONCE);
    let (mut retired, mut already_retired, mut report) = (0, 0, Report::default());
    while let Some(row) = done.next().await {
        match row? {
            Ok(Retired::Done) => retired += 1,
            Ok(_) => already_retired += 1,
            Err(row) => report.0.push(row),
        }
    }
    report.0.extend(repeated.into_iter().map(|line| BadRow { line, reason: "repeats an earlier row".into() }));
    let (refused_count, refused) = report.end();
    let key = &context.request.caller()?.key_id;
    tracing::info!(
        app.id = %context.app, key.id = %key, group.id = %group.reward_group_id, stock.retired = retired, stock.refused = refused_count,
        "stock retired"
    );
    Ok(http::json(200, &Withdrawn { retired, already_retired, refused, refused_count }))
}

async fn withdraw(
    context: RequestContext<'_>,
    group: &RewardGroupId,
    Row { line, url }: Row,
) -> Result<Result<Retired, BadRow>, Error> {
    let refused = |reason: String| Ok(Err(BadRow { line, reason }));
    let url = match url {
        Ok(url) => url,
        Err(reason) => return refused(reason),
    };
    let now = in_time(context)?;
    match codes::retire(&context.environment.store, context.app, group, &url, now).await? {
        done @ (Retired::Done | Retired::Already) => Ok(Ok(done)),
        Retired::Claimed => refused("a user has it already".into()),
        Retired::ElsewhereIn(other) => refused(format!("belongs to reward group {other}")),
        Retired::Unknown => refused("was never loaded".into()),
    }
}

/// Returns the time of the call. Fails once no time is left.
fn in_time(context: RequestContext<'_>) -> Result<Timestamp, Error> {
    if Instant::now() >= context.invocation.deadline {
        return Err(Error::Unavailable("stock: out of time; send it again, what is done is skipped".into()));
    }
    Ok(context.invocation.now)
}

/// Returns the group in the path, if it has stock.
async fn stocked(context: RequestContext<'_>) -> Result<RewardGroup, Error> {
    let group = crate::reward_groups::existing(context).await?;
    if group.supplier.is_some() {
        let detail = "the group's supplier makes each URL when it is needed, so the group has no stock";
        return Err(Error::Conflict { code: "no_stock", detail: detail.into() });
    }
    if group.kind == RewardKind::SharedUrl {
        let detail = "a shared_url group has one URL for everyone and no stock; PUT the group to change its url";
        return Err(Error::Conflict { code: "no_stock", detail: detail.into() });
    }
    Ok(group)
}

/// Reads the body, in any of the three formats.
fn rows(context: RequestContext<'_>) -> Result<Vec<Row>, Error> {
    let format = match context.request.media_type().as_str() {
        "text/csv" => Format::Csv,
        "application/x-ndjson" => Format::Ndjson,
        "application/json" => return listed(context),
        _ => return Err(Error::UnsupportedMediaType("application/json, application/x-ndjson or text/csv")),
    };
    let bytes = context.request.bytes()?;
    let broken = |error: io::Error| match error.kind() {
        ErrorKind::InvalidData => Error::invalid("", "not_text", error.to_string()),
        _ => Error::Internal(format!("a body in memory cannot be read: {error}")),
    };
    let rows = stock_file::rows(format, bytes.as_slice());
    let rows = rows.map(|row| row.map(|row| Row { line: row.line, url: row.url }).map_err(broken));
    let rows = rows.take(MAX_ROWS + 1).collect::<Result<Vec<Row>, Error>>()?;
    match &rows[..] {
        rows if rows.len() > MAX_ROWS => {
            Err(Error::invalid("", "too_many_rows", format!("has more than {MAX_ROWS} rows; send it in parts")))
        }
        [] => Err(Error::invalid("", "empty", "has no rows")),
        [Row { url: Err(reason), .. }] if stock_file::is_of_whole_file(reason) => {
            Err(Error::invalid("", "no_url_column", reason.clone()))
        }
        _ => Ok(rows),
    }
}

fn listed(context: RequestContext<'_>) -> Result<Vec<Row>, Error> {
    let values = context.request.json(|fields| fields.array("urls", 1..=MAX_ROWS))?;
    let row = |(line, value)| Row { line, url: RewardUrl::from_field(&value).map_err(|Mistake(_, reason)| reason) };
    Ok((1..).zip(values).map(row).collect())
}
