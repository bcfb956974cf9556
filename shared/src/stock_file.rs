//! Stock as it comes in files: CSV or NDJSON, row by row and in flat memory, whatever the size of the file. Used on bodies of
//! requests and, by the command line, on files. A row that is no good says why and never what it holds: URLs are secrets.

use std::collections::VecDeque;
use std::io::{self, BufRead, BufReader, Read};

use csv_core::{ReadRecordResult, ReaderBuilder};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::fields::{FromField, Mistake};
use crate::secret::RewardUrl;

/// The longest row that is read: a URL has 2,048 bytes at most, and there may be other columns.
const MAX_ROW: usize = 16 * 1024;

/// The most columns that a row has.
const MAX_COLUMNS: usize = 1_024;

/// The most lines that a row goes over, where quotes hold line breaks. Whatever a file holds, so many lines are looked at for
/// a row, and no more.
const MAX_LINES: usize = 16;

/// What may separate columns: a comma, or what spreadsheets write where a comma is the decimal point.
const DELIMITERS: [u8; 3] = [b',', b';', b'\t'];

/// What is wrong with the one row of a CSV of which no column is known to hold the URLs: nothing of it can be read.
pub const NO_COLUMN: &str =
    "names no column url: add a header, or leave nothing but URLs, in quotes where they hold commas";

/// What kind of file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Format {
    /// With a header that names a column `url`, in any place; or nothing but URLs.
    Csv,
    /// A JSON string, or an object with a field `url`, on each line.
    Ndjson,
}

/// One row of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// The line that it begins on, from 1.
    pub line: u64,
    /// What it holds, or why it is no good.
    pub url: Result<RewardUrl, String>,
}

/// How far a file has been read: from here, reading can go on later.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Resume {
    /// Bytes read.
    pub offset: u64,
    /// Lines read.
    pub line: u64,
    /// Where the URL stands in a CSV, once that is known.
    pub columns: Option<Columns>,
}

/// The shape of a CSV.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Columns {
    delimiter: u8,
    url: usize,
    /// How many there are.
    count: usize,
}

/// The rows of a file, from its beginning.
pub fn rows<Input: Read>(format: Format, input: Input) -> Rows<Input> {
    rows_from(format, input, Resume::default())
}

/// The rows of a file behind what has been read of it: `input` must stand there.
pub fn rows_from<Input: Read>(format: Format, input: Input, at: Resume) -> Rows<Input> {
    let (input, records) = (BufReader::new(input), Records::default());
    Rows { format, input, read: at.clone(), at, waiting: VecDeque::new(), records, ended: false }
}

/// See [`rows`].
pub struct Rows<Input> {
    format: Format,
    input: BufReader<Input>,
    /// How far the input is read, lines that wait included.
    read: Resume,
    /// How far rows have been given out.
    at: Resume,
    /// Lines that turned out not to belong to the row before them.
    waiting: VecDeque<Line>,
    records: Records,
    ended: bool,
}

/// A line of the file, with the line break.
#[derive(Debug, Clone)]
struct Line {
    number: u64,
    /// Where it ends in the file.
    end: u64,
    /// `None` if it is too long.
    text: Option<Vec<u8>>,
}

impl<Input: Read> Iterator for Rows<Input> {
    type Item = io::Result<Row>;

    fn next(&mut self) -> Option<io::Result<Row>> {
        while !self.ended {
            let line = match self.line() {
                Ok(Some(line)) => line,
                Ok(None) => return None,
                Err(error) => {
                    self.ended = true;
                    return Some(Err(error));
                }
            };
            self.passed(&line);
            let blank = line.text.as_ref().is_some_and(|text| text.iter().all(u8::is_ascii_whitespace));
            if blank {
                continue;
            }
            match self.row(line) {
                Ok(Some(row)) => return Some(Ok(row)),
                Ok(None) => {}
                Err(error) => return Some(Err(error)),
            }
        }
        None
    }
}

impl<Input: Read> Rows<Input> {
    /// Where to go on after the row that was given out last.
    pub fn resume(&self) -> Resume {
        self.at.clone()
    }

    fn passed(&mut self, line: &Line) {
        (self.at.offset, self.at.line) = (line.end, line.number);
    }

    /// The next line, of which no more than [`MAX_ROW`] is kept. It ends at a line feed, a carriage return, or both.
    fn line(&mut self) -> io::Result<Option<Line>> {
        if let Some(line) = self.waiting.pop_front() {
            return Ok(Some(line));
        }
        let (mut text, mut length) = (Vec::new(), 0);
        loop {
            let part = self.input.fill_buf()?;
            let end = part.iter().position(|byte| matches!(byte, b'\n' | b'\r'));
            let (taken, found) = (end.map_or(part.len(), |end| end + 1), end.map(|end| part[end]));
            text.extend_from_slice(&part[..taken.min((MAX_ROW + 1).saturating_sub(text.len()))]);
            self.input.consume(taken);
            length += taken;
            if found == Some(b'\r') && self.input.fill_buf()?.first() == Some(&b'\n') {
                self.input.consume(1);
                length += 1;
            }
            if found.is_some() || taken == 0 {
                break;
            }
        }
        if length == 0 {
            return Ok(None);
        }
        if self.read.offset == 0 && text.starts_with(b"\xef\xbb\xbf") {
            text.drain(..3);
        }
        if text.last().is_some_and(|last| matches!(last, b'\n' | b'\r')) {
            text.pop();
        }
        text.push(b'\n');
        self.read.offset += length as u64;
        self.read.line += 1;
        let text = (length <= MAX_ROW).then_some(text);
        Ok(Some(Line { number: self.read.line, end: self.read.offset, text }))
    }

    /// The row that begins with a line; `None` for a header.
    fn row(&mut self, line: Line) -> io::Result<Option<Row>> {
        let number = line.number;
        let Some(text) = &line.text else {
            return Ok(Some(bad(number, format!("is longer than {MAX_ROW} bytes"))));
        };
        if self.format == Format::Ndjson {
            return Ok(Some(Row { line: number, url: json_url(text) }));
        }
        let Some(columns) = self.at.columns else {
            return Ok(match self.records.columns(text) {
                Some((columns, is_header)) => {
                    self.at.columns = Some(columns);
                    if is_header { None } else { self.csv_row(line, columns)? }
                }
                None => {
                    self.ended = true;
                    Some(bad(number, NO_COLUMN.into()))
                }
            });
        };
        self.csv_row(line, columns)
    }

    /// A record that begins with a line. It goes on where a quote is open at the end of the line; if that leads to no URL, the
    /// quote was a slip, and the lines behind are rows of their own.
    fn csv_row(&mut self, first: Line, columns: Columns) -> io::Result<Option<Row>> {
        let number = first.number;
        let mut length = first.text.as_ref().map_or(0, Vec::len);
        let mut complete = self.records.begin(first.text.as_deref().unwrap_or_default(), columns.delimiter);
        let mut taken: Vec<Line> = Vec::new();
        while !complete {
            let Some(line) = self.line()? else { break };
            length += line.text.as_ref().map_or(MAX_ROW, Vec::len);
            if length <= MAX_ROW && taken.len() + 1 < MAX_LINES {
                complete = self.records.go_on(line.text.as_deref().unwrap_or_default());
                taken.push(line);
            } else {
                taken.push(line);
                break;
            }
        }
        let url = if complete { self.records.url(columns) } else { Err("has a quote that is not closed".to_owned()) };
        if url.is_err() {
            taken.into_iter().rev().for_each(|line| self.waiting.push_front(line));
        } else if let Some(last) = taken.last() {
            self.passed(last);
        }
        Ok(Some(Row { line: number, url }))
    }
}

/// Reads one record after the other, each from one or more lines, always into the same memory.
struct Records {
    reader: csv_core::Reader,
    delimiter: u8,
    cells: Vec<u8>,
    filled: usize,
    ends: Vec<usize>,
    count: usize,
}

impl Default for Records {
    fn default() -> Self {
        let (cells, ends) = (vec![0; MAX_ROW + 2], vec![0; MAX_COLUMNS]);
        Self { reader: csv_core::Reader::new(), delimiter: b',', cells, filled: 0, ends, count: 0 }
    }
}

impl Records {
    /// Reads a record's first line. `false` if a quote is open at its end.
    fn begin(&mut self, line: &[u8], delimiter: u8) -> bool {
        if self.delimiter != delimiter {
            (self.reader, self.delimiter) = (ReaderBuilder::new().delimiter(delimiter).build(), delimiter);
        }
        self.reader.reset();
        (self.filled, self.count) = (0, 0);
        self.go_on(line)
    }

    /// Reads its next line.
    fn go_on(&mut self, line: &[u8]) -> bool {
        let (cells, ends) = (&mut self.cells[self.filled..], &mut self.ends[self.count..]);
        let (result, _, written, ended) = self.reader.read_record(line, cells, ends);
        self.filled += written;
        self.count += ended;
        match result {
            ReadRecordResult::InputEmpty => false,
            ReadRecordResult::Record => true,
            ReadRecordResult::OutputFull | ReadRecordResult::OutputEndsFull | ReadRecordResult::End => {
                self.count = 0;
                true
            }
        }
    }

    /// The cells of a record that is complete; none at all if there are too many.
    fn cells(&self) -> impl Iterator<Item = &[u8]> {
        let starts = std::iter::once(0).chain(self.ends.iter().copied());
        starts.zip(&self.ends).take(self.count).map(|(start, end)| &self.cells[start..*end])
    }

    /// The URL of a record that is complete, or what is wrong with it.
    fn url(&self, columns: Columns) -> Result<RewardUrl, String> {
        // Never a part of what may be a URL with a comma in it.
        if self.count > columns.count {
            return Err("has more columns than the first row: a URL with a comma must stand in quotes".to_owned());
        }
        let cell = self.cells().nth(columns.url);
        let cell = cell.ok_or_else(|| "has no url: the row is too short, or has too many columns".to_owned())?;
        let url = std::str::from_utf8(cell).map_err(|_| "is not UTF-8".to_owned())?;
        checked(url.trim())
    }

    /// The shape of a CSV by its first row, and whether that row is a header.
    fn columns(&mut self, first: &[u8]) -> Option<(Columns, bool)> {
        for delimiter in DELIMITERS {
            let complete = self.begin(first, delimiter);
            let url = self.cells().position(|name| name.trim_ascii().eq_ignore_ascii_case(b"url"));
            if let Some(url) = url.filter(|_| complete) {
                return Some((Columns { delimiter, url, count: self.count }, true));
            }
        }
        let complete = self.begin(first, b',');
        let is_url = |cell: &[u8]| cell.windows(3).any(|part| part == b"://");
        let alone = !complete || (self.count == 1 && self.cells().all(is_url));
        let holds_url = complete || is_url(first);
        (alone && holds_url).then_some((Columns { delimiter: b',', url: 0, count: 1 }, false))
    }
}

fn bad(line: u64, reason: String) -> Row {
    Row { line, url: Err(reason) }
}

fn checked(text: &str) -> Result<RewardUrl, String> {
    RewardUrl::from_field(&Value::String(text.to_owned())).map_err(|Mistake(_, reason)| reason)
}

fn json_url(line: &[u8]) -> Result<RewardUrl, String> {
    let value: Value = serde_json::from_slice(line).map_err(|_| "is not valid JSON".to_owned())?;
    match (&value, value.get("url")) {
        (Value::String(url), _) | (_, Some(Value::String(url))) => checked(url),
        _ => Err("must be a JSON string, or an object with a string in url".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Lines with their URL, or with nothing if they are no good.
    fn read(format: Format, text: &[u8]) -> Vec<(u64, Option<String>)> {
        let row = |row: io::Result<Row>| {
            let Row { line, url } = row.unwrap();
            (line, url.ok().map(|url| url.expose().to_owned()))
        };
        rows(format, text).map(row).collect()
    }

    fn csv(text: &str) -> Vec<(u64, Option<String>)> {
        read(Format::Csv, text.as_bytes())
    }

    fn good(line: u64, n: u64) -> (u64, Option<String>) {
        (line, Some(format!("https://a.example/{n}")))
    }

    #[test]
    fn a_header_names_the_column_in_any_place_and_case() {
        for text in [
            "url\nhttps://a.example/1\n",
            "note,URL,more\nx,https://a.example/1,y\n",
            "note; Url ;more\nx;https://a.example/1;y\n",
            "more\turl\ny\thttps://a.example/1\n",
            "\"url\"\n\"https://a.example/1\"\n",
        ] {
            assert_eq!(csv(text), [good(2, 1)], "{text}");
        }
    }

    #[test]
    fn without_a_header_the_first_row_counts() {
        assert_eq!(csv("https://a.example/1\nhttps://a.example/2"), [good(1, 1), good(2, 2)]);
        // With more columns it cannot be told what is a column and what a part of a URL.
        assert_eq!(csv("gold,https://a.example/1\nsilver,https://a.example/2\n"), [(1, None)]);
        assert_eq!(csv("https://a.example/?a=1,2\nhttps://a.example/?a=1,3\n"), [(1, None)]);
    }

    #[test]
    fn a_url_with_a_comma_is_taken_whole_or_not_at_all() {
        let whole = |line, n: u64| (line, Some(format!("https://a.example/?a=1,{n}")));
        let text = "url\nhttps://a.example/?a=1,2\n\"https://a.example/?a=1,3\"\n";
        assert_eq!(csv(text), [(2, None), whole(3, 3)]);
        let text = "\"https://a.example/?a=1,2\"\nhttps://a.example/?a=1,3\nhttps://a.example/4\n";
        assert_eq!(csv(text), [whole(1, 2), (2, None), good(3, 4)]);
        let text = "url,note\nhttps://a.example/?a=1,2,x\nhttps://a.example/3\n";
        assert_eq!(csv(text), [(2, None), good(3, 3)]);
        // What is no comma is no matter.
        let text = "https://a.example/1;a=2\nhttps://a.example/2\n";
        assert_eq!(csv(text)[1], good(2, 2));
    }

    #[test]
    fn every_kind_of_line_break_ends_a_row() {
        let text = "url\rhttps://a.example/1\rhttps://a.example/2\r\rhttps://a.example/3";
        assert_eq!(csv(text), [good(2, 1), good(3, 2), good(5, 3)]);
        assert_eq!(csv("url\nhttps://a.example/1\rhttps://a.example/2\r\n"), [good(2, 1), good(3, 2)]);
        // Also where the reader's buffer ends between the two.
        let padding = "x".repeat(8 * 1024 - "url,note\nhttps://a.example/1,\r".len());
        let text = format!("url,note\nhttps://a.example/1,{padding}\r\nhttps://a.example/2,x\r\n");
        assert_eq!(csv(&text), [good(2, 1), good(3, 2)]);
    }

    #[test]
    fn an_open_quote_on_every_line_costs_little() {
        // Each row looks at no more than so many lines: a megabyte of them takes a moment, not hours.
        let text = format!("url,n\n{}https://a.example/1,x\n", "a\"b,\"c\n".repeat(150_000));
        assert_eq!(csv(&text).last().unwrap(), &good(150_002, 1));
    }

    #[test]
    fn a_header_without_a_url_is_one_mistake() {
        assert_eq!(csv("code,note\nhttps://a.example/1,x\n"), [(1, None)]);
        let row = rows(Format::Csv, b"code\n".as_slice()).next().unwrap().unwrap();
        assert_eq!(row.url.unwrap_err(), NO_COLUMN);
    }

    #[test]
    fn byte_order_mark_line_breaks_and_blank_lines_do_not_matter() {
        let text = "\u{feff}url\r\n\r\nhttps://a.example/1\r\n   \r\n\"https://a.example/2\"\r\n";
        assert_eq!(csv(text), [good(3, 1), good(5, 2)]);
        let text = "\u{feff}\"https://a.example/1\"\r\n\r\n{\"url\":\"https://a.example/2\"}";
        assert_eq!(read(Format::Ndjson, text.as_bytes()), [good(1, 1), good(3, 2)]);
    }

    #[test]
    fn a_bad_row_does_not_sink_those_behind_it() {
        let text = "url,note\nhttp://a.example/1,x\nshort\n,empty\nhttps://a.example/5,x\n";
        let expected = [(2, None), (3, None), (4, None), good(5, 5)];
        assert_eq!(csv(text), expected);
        let text = b"url\n\xff\xfe\nhttps://a.example/3\n";
        assert_eq!(read(Format::Csv, text), [(2, None), good(3, 3)]);
        let text = "no json\n3\n[]\n{\"link\":\"x\"}\n\"https://a.example/5\"\n";
        let expected = [(1, None), (2, None), (3, None), (4, None), good(5, 5)];
        assert_eq!(read(Format::Ndjson, text.as_bytes()), expected);
    }

    #[test]
    fn quotes_hold_delimiters_quotes_and_line_breaks() {
        let text = "note,url\n\"a, \"\"b\"\"\nc\",https://a.example/1\nx,https://a.example/2\n";
        assert_eq!(csv(text), [good(2, 1), good(4, 2)]);
    }

    #[test]
    fn a_quote_that_is_never_closed_costs_one_row() {
        let text = "url\n\"https://a.example/1\nhttps://a.example/2\nhttps://a.example/3\n";
        assert_eq!(csv(text), [(2, None), good(3, 2), good(4, 3)]);
        // Nor does it take away rows up to another such slip.
        let text = "url\n\"https://a.example/1\nhttps://a.example/2\n\"https://a.example/3\nhttps://a.example/4\n";
        assert_eq!(csv(text), [(2, None), good(3, 2), (4, None), good(5, 4)]);
    }

    #[test]
    fn a_line_without_end_is_one_bad_row_and_is_not_kept() {
        let long = "x".repeat(1_000_000);
        let text = format!("url\n{long}\nhttps://a.example/3\n");
        assert_eq!(csv(&text), [(2, None), good(3, 3)]);
        assert_eq!(read(Format::Ndjson, long.as_bytes()), [(1, None)]);
        let columns = format!("https://a.example/1{}\nhttps://a.example/2\n", ",".repeat(2_000));
        assert_eq!(csv(&format!("url\n{columns}")), [(2, None), good(3, 2)]);
    }

    #[test]
    fn reading_goes_on_behind_any_row() {
        let text = "note,url\nx,https://a.example/1\n\n\"y\nz\",https://a.example/2\n\"x,https://a.example/3\n\
                    x,https://a.example/4\r\nx,https://a.example/5";
        let all: Vec<Row> = rows(Format::Csv, text.as_bytes()).map(Result::unwrap).collect();
        assert_eq!(all.len(), 5);
        for taken in 0..=all.len() {
            let mut first = rows(Format::Csv, text.as_bytes());
            let mut read: Vec<Row> = first.by_ref().take(taken).map(Result::unwrap).collect();
            let at = first.resume();
            let rest = &text.as_bytes()[usize::try_from(at.offset).unwrap()..];
            read.extend(rows_from(Format::Csv, rest, at).map(Result::unwrap));
            assert_eq!(read, all, "{taken}");
        }
    }

    #[test]
    fn a_mistake_never_tells_what_the_row_holds() {
        for text in ["url\nhttp://secret.example/x\n", "url\n\"https://secret.example\n", "secret\n"] {
            for row in rows(Format::Csv, text.as_bytes()) {
                assert!(!row.unwrap().url.unwrap_err().contains("secret"));
            }
        }
        for row in rows(Format::Ndjson, b"secret\n{\"url\": \"http://secret\"}\n".as_slice()) {
            assert!(!row.unwrap().url.unwrap_err().contains("secret"));
        }
    }
}
