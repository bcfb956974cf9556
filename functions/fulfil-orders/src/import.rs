//! `POST /v1/apps/{app}/orders/import`: what a partner's system reports about many orders, as CSV. Every row is a step
//! of its own: the answer names the bad rows, which do not stop the others. Sending the same rows again changes
//! nothing.

use std::collections::HashMap;

use csv_core::{ReadRecordResult, ReaderBuilder};
use domain::Error;
use domain::id::{AppId, PartnerId, RewardId};
use domain::reward::RewardState;
use edge::http::{self, Response};
use edge::{csv, fields, text_file};
use futures_util::{StreamExt as _, stream};
use serde::Serialize;
use serde_json::{Map, Value, json};
use tokio::time::Instant;

use crate::order_action::{self, Step};
use crate::{RequestContext, orders_api};

/// Rows in one body: as many as there is time for, even if each is claimed and shipped.
const MAX_ROWS: usize = 500;

/// The longest row, in bytes, and the most columns.
const MAX_ROW: usize = 16 * 1024;
const MAX_COLUMNS: usize = 64;

/// Rows that are handled at a time.
const AT_ONCE: usize = 8;

#[derive(Serialize)]
struct Imported {
    changed: u64,
    unchanged: u64,
    invalid: Vec<BadRow>,
}

/// A row that was not applied, and why.
#[derive(Debug, Serialize)]
struct BadRow {
    line: u64,
    reason: String,
}

/// A row by its columns.
struct Row {
    line: u64,
    cells: HashMap<String, String>,
    is_utf8: bool,
}

pub(crate) async fn take(context: RequestContext<'_>, app: &AppId) -> Result<Response, Error> {
    if context.request.media_type() != "text/csv" {
        return Err(Error::UnsupportedMediaType("text/csv"));
    }
    let orders = by_order(rows(&context.request.bytes()?)?);
    let mut taken = stream::iter(orders).map(|rows| take_rows(context, app, rows)).buffer_unordered(AT_ONCE);
    let mut imported = Imported { changed: 0, unchanged: 0, invalid: Vec::new() };
    while let Some(of_one) = taken.next().await {
        for row in of_one? {
            match row {
                Ok(true) => imported.changed += 1,
                Ok(false) => imported.unchanged += 1,
                Err(bad) => imported.invalid.push(bad),
            }
        }
    }
    imported.invalid.sort_by_key(|bad| bad.line);
    tracing::info!(
        app.id = %app, key.id = %context.request.caller()?.key_id, orders.changed = imported.changed,
        orders.unchanged = imported.unchanged, orders.invalid = imported.invalid.len(), "orders imported"
    );
    Ok(http::json(200, &imported))
}

/// Groups the rows by their order. The rows of one order are applied one after the other, as they stand in the file.
fn by_order(rows: Vec<Row>) -> Vec<Vec<Row>> {
    let mut places: HashMap<String, usize> = HashMap::new();
    let mut orders: Vec<Vec<Row>> = Vec::new();
    for row in rows {
        let of = row.cells.get("reward_id").cloned().unwrap_or_default();
        let place = *places.entry(of).or_insert(orders.len());
        match orders.get_mut(place) {
            Some(rows) => rows.push(row),
            None => orders.push(vec![row]),
        }
    }
    orders
}

async fn take_rows(
    context: RequestContext<'_>,
    app: &AppId,
    rows: Vec<Row>,
) -> Result<Vec<Result<bool, BadRow>>, Error> {
    let mut taken = Vec::with_capacity(rows.len());
    for row in rows {
        taken.push(take_row(context, app, &row).await?);
    }
    Ok(taken)
}

/// Applies a row. Returns true if it changed anything, or the reason why it was not applied. An error is a failure on
/// our side, and the rest is not begun.
async fn take_row(context: RequestContext<'_>, app: &AppId, row: &Row) -> Result<Result<bool, BadRow>, Error> {
    if Instant::now() >= context.invocation.deadline {
        return Err(Error::Unavailable("orders: out of time; send them again, what is done is skipped".into()));
    }
    let bad = |reason: String| Ok(Err(BadRow { line: row.line, reason }));
    let (reward_id, steps) = match read(row) {
        Ok(read) => read,
        Err(reason) => return bad(reason),
    };
    let mut changed = false;
    for step in steps {
        match order_action::take(context, app, &reward_id, &step).await {
            Ok(taken) => changed |= taken.is_new,
            Err(error @ Error::Unavailable(_)) => return Err(error),
            // A defect of one order must not stop the others.
            Err(Error::Internal(cause)) => {
                tracing::error!(error.cause = %cause, reward.fingerprint = reward_id.fingerprint(), "order cannot be read");
                return bad("something is wrong with this order on our side; report it".to_owned());
            }
            Err(error) => return bad(error.to_string()),
        }
    }
    Ok(Ok(changed))
}

/// Returns the steps up to the row's state. If the row names a partner, the first step claims the order.
fn read(row: &Row) -> Result<(RewardId, Vec<Step>), String> {
    if !row.is_utf8 {
        return Err("is not UTF-8; save the file as CSV UTF-8".into());
    }
    let cell = |name: &str| row.cells.get(name).map(String::as_str).unwrap_or_default();
    // A malformed id is not repeated: it may be a real one with a typing mistake.
    let reward_id = RewardId::try_from(cell("reward_id")).map_err(|_| "reward_id is not the id of a reward")?;
    let mut steps = Vec::new();
    if !cell("partner").is_empty() {
        steps.push(Step::Claim(PartnerId::try_from(cell("partner")).map_err(|error| format!("partner {error}"))?));
    }
    let reason = Some(cell("reason").chars().take(200).collect::<String>()).filter(|reason| !reason.is_empty());
    match cell("state") {
        "ordered" if steps.is_empty() => return Err("partner is empty: who claims the order?".into()),
        "ordered" => {}
        "shipped" => steps.push(Step::Ship(shipment(cell)?)),
        "delivered" => steps.push(Step::End(RewardState::Delivered, reason)),
        "returned" => steps.push(Step::End(RewardState::Returned, reason)),
        "lost" => steps.push(Step::End(RewardState::Lost, reason)),
        _ => return Err("state must be ordered, shipped, delivered, returned or lost".into()),
    }
    // A partner who has shipped an order has claimed it.
    if matches!(steps.last(), Some(Step::End(..))) {
        steps.retain(|step| !matches!(step, Step::Claim(_)));
    }
    Ok((reward_id, steps))
}

fn shipment<'a>(cell: impl Fn(&str) -> &'a str) -> Result<domain::reward::order::Shipment, String> {
    let filled = ["carrier", "tracking", "tracking_url"].into_iter().filter(|name| !cell(name).is_empty());
    // An apostrophe keeps a spreadsheet from calculating, and is no part of the number.
    let text = |name: &str| csv::text(cell(name));
    let body: Map<String, Value> = filled.map(|name| (name.to_owned(), json!(text(name)))).collect();
    fields::from_value(&Value::Object(body), "", orders_api::shipment).map_err(|error| match error {
        Error::Invalid(mistakes) => {
            let told = mistakes.listed().iter().map(|mistake| format!("{} {}", &mistake.pointer[1..], mistake.detail));
            told.collect::<Vec<_>>().join("; ")
        }
        other => other.to_string(),
    })
}

/// Returns the rows after the header.
fn rows(body: &[u8]) -> Result<Vec<Row>, Error> {
    let body = text_file::read(body).map_err(|error| Error::invalid("", "not_text", error.to_string()))?;
    let (named, behind) = text_file::named_separator(&body).unzip();
    let table = &body[behind.unwrap_or(0)..];
    let first = table.split(|byte| matches!(byte, b'\n' | b'\r')).next().unwrap_or_default();
    let holds = |delimiter: &u8| first.contains(delimiter);
    let delimiter = named.or_else(|| b",;\t".iter().find(|delimiter| holds(delimiter)).copied()).unwrap_or(b',');
    let mut records = records(table, delimiter)?.into_iter();
    let header = records.next().ok_or_else(|| Error::invalid("", "empty", "has no rows"))?.cells;
    let header: Vec<String> = header.into_iter().map(|name| name.trim().to_ascii_lowercase()).collect();
    check_header(&header)?;
    let skipped = u64::from(named.is_some());
    let row = |Record { line, cells, is_utf8 }: Record| Row {
        line: line + skipped,
        cells: header.iter().cloned().zip(cells).collect(),
        is_utf8,
    };
    let rows: Vec<Row> = records.map(row).collect();
    match rows.len() {
        0 => Err(Error::invalid("", "empty", "has no rows")),
        count if count > MAX_ROWS => {
            Err(Error::invalid("", "too_many_rows", format!("has more than {MAX_ROWS} rows; send it in parts")))
        }
        _ => Ok(rows),
    }
}

/// The columns that are read. Others are ignored.
const COLUMNS: [&str; 7] = ["reward_id", "state", "partner", "carrier", "tracking", "tracking_url", "reason"];

fn check_header(header: &[String]) -> Result<(), Error> {
    let times = |name: &str| header.iter().filter(|known| *known == name).count();
    if let Some(missing) = COLUMNS[..2].iter().find(|name| times(name) == 0) {
        let detail = format!("names no column {missing}: its first line must be like reward_id,state,carrier,tracking");
        return Err(Error::invalid("", "no_column", detail));
    }
    match COLUMNS.iter().find(|name| times(name) > 1) {
        Some(twice) => {
            Err(Error::invalid("", "repeated_column", format!("names the column {twice} twice; leave one of them")))
        }
        None => Ok(()),
    }
}

/// A record, with the line on which it begins.
struct Record {
    line: u64,
    cells: Vec<String>,
    is_utf8: bool,
}

/// Returns the records of a CSV with the lines on which they begin. The reader's own count is one too low after `\r\n`:
/// its record ends between the two.
fn records(mut input: &[u8], delimiter: u8) -> Result<Vec<Record>, Error> {
    let mut reader = ReaderBuilder::new().delimiter(delimiter).build();
    let (mut output, mut ends) = (vec![0; MAX_ROW], [0; MAX_COLUMNS]);
    let mut records = Vec::new();
    let (mut written, mut ended, mut line) = (0, 0, 1);
    let (mut counted, mut begins) = (input, true);
    loop {
        if std::mem::take(&mut begins) {
            // A record begins after the blank lines.
            let blank = input.iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).count();
            input = &input[blank..];
            line += line_breaks(&counted[..counted.len() - input.len()]);
            counted = input;
        }
        let (result, read, wrote, found) = reader.read_record(input, &mut output[written..], &mut ends[ended..]);
        input = &input[read..];
        (written, ended) = (written + wrote, ended + found);
        match result {
            ReadRecordResult::InputEmpty => {}
            ReadRecordResult::End => return Ok(records),
            ReadRecordResult::OutputFull | ReadRecordResult::OutputEndsFull => {
                return Err(Error::invalid(
                    "",
                    "row_too_large",
                    format!("has a row that is too large, at line {line}"),
                ));
            }
            ReadRecordResult::Record => {
                let is_utf8 = std::str::from_utf8(&output[..written]).is_ok();
                let mut from = 0;
                let cells = ends[..ended].iter().map(|end| {
                    let cell = String::from_utf8_lossy(&output[from..*end]).trim().to_owned();
                    from = *end;
                    cell
                });
                records.push(Record { line, cells: cells.collect(), is_utf8 });
                (written, ended, begins) = (0, 0, true);
            }
        }
    }
}

/// Counts line breaks: `\n`, `\r` or both.
fn line_breaks(text: &[u8]) -> u64 {
    let alone = |(at, byte): (usize, &u8)| *byte == b'\r' && text.get(at + 1) != Some(&b'\n');
    let count = text.iter().enumerate().filter(|(at, byte)| **byte == b'\n' || alone((*at, byte))).count();
    u64::try_from(count).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "shop.spring.0801a2311e1800AAECAwQFBgcICQoLDA0ODw";

    fn steps(text: &str) -> Vec<Result<usize, String>> {
        let rows = rows(text.as_bytes()).unwrap();
        rows.iter().map(|row| read(row).map(|(_, steps)| steps.len())).collect()
    }

    #[test]
    fn rows_are_read_by_the_names_of_their_columns() {
        let text = format!(
            "\u{feff}State,reward_id,Carrier,tracking,partner\r\nshipped,{ID},DHL,\"a,b\",acme\r\n\
             delivered,{ID},,,acme\n"
        );
        assert_eq!(steps(&text), [Ok(2), Ok(1)]);
        assert_eq!(steps(&format!("reward_id;state;partner\n{ID};ordered;acme")), [Ok(1)]);
    }

    /// Source: question 98 of the field's list.
    #[test]
    fn what_spreadsheets_save_is_read_and_what_is_no_text_is_named() {
        let text = format!("reward_id\tstate\tpartner\n{ID}\tordered\tacme\n");
        let utf16: Vec<u8> = "\u{feff}".encode_utf16().chain(text.encode_utf16()).flat_map(u16::to_be_bytes).collect();
        assert_eq!(rows(&utf16).unwrap()[0].cells["partner"], "acme");
        let named = rows(format!("sep=|\r\nreward_id|state|partner\r\n{ID}|ordered|acme\r\n").as_bytes()).unwrap();
        assert_eq!((named[0].line, named[0].cells["partner"].as_str()), (3, "acme"));
        let code = |body: &[u8]| match rows(body) {
            Err(Error::Invalid(errors)) => errors.listed()[0].code,
            _ => panic!("it was read"),
        };
        assert_eq!(code(b"PK\x03\x04"), "not_text");
        assert_eq!(code(b"reward_id,state,State\nx,ordered,shipped\n"), "repeated_column");
        let latin =
            [b"reward_id,state,carrier,tracking\n".as_slice(), ID.as_bytes(), b",shipped,M\xfcller,1\n"].concat();
        assert_eq!(read(&rows(&latin).unwrap()[0]).unwrap_err(), "is not UTF-8; save the file as CSV UTF-8");
    }

    /// With CRLF, as spreadsheets write it, each line number was one too low ("What the field found", G).
    #[test]
    fn lines_are_counted_the_same_whatever_ends_them() {
        let file = "reward_id,state\n1,a\n\n\"2\n2\",b\n3,c";
        for line_break in ["\n", "\r\n", "\r"] {
            let text = file.replace('\n', line_break);
            for text in [text.clone(), format!("{text}{line_break}")] {
                let lines: Vec<u64> = rows(text.as_bytes()).unwrap().iter().map(|row| row.line).collect();
                assert_eq!(lines, [2, 4, 6], "{text:?}");
            }
        }
    }

    #[test]
    fn a_bad_row_says_what_is_wrong_and_not_what_it_holds() {
        let text = format!("reward_id,state,carrier,tracking\nsecret,shipped,a,b\n{ID},eaten,,\n{ID},shipped,,1\n");
        let reasons: Vec<String> = steps(&text).into_iter().map(Result::unwrap_err).collect();
        assert_eq!(
            reasons,
            [
                "reward_id is not the id of a reward",
                "state must be ordered, shipped, delivered, returned or lost",
                "carrier is required",
            ]
        );
    }
}
