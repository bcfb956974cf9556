//! Reads reward URLs from CSV and NDJSON, row by row and in constant memory. Bodies of requests and the command line's
//! files pass here. A mistake never quotes its row: URLs are secrets.

use std::collections::VecDeque;
use std::io::{self, BufRead, BufReader, Read};

use csv_core::{ReadRecordResult, ReaderBuilder};
use domain::Error;
use domain::secret::RewardUrl;
use edge::fields::{FromField, Mistake};
use edge::json;
use edge::text_file::{self, Decoded};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The longest row in bytes: a URL has at most 2,048, and other columns may follow.
const MAX_ROW: usize = 16 * 1024;

/// The most columns of a row.
const MAX_COLUMNS: usize = 1_024;

/// The most lines of a row with line breaks in quotes. This bounds the work for a row.
const MAX_LINES: usize = 16;

/// Separators of columns: a comma, or those of spreadsheets where the comma is the decimal point.
const DELIMITERS: [u8; 3] = [b',', b';', b'\t'];

/// The mistake of the only row of a CSV without a known URL column. No row can be read.
pub const NO_COLUMN: &str =
    "names no column url: add a header, or leave nothing but URLs, in quotes where they hold commas";

/// The mistake of a CSV whose header names two columns `url`: either could count.
pub const TWO_COLUMNS: &str = "names two columns url: leave one, or call the other something else";

/// The mistake of a CSV whose first row lacks the column that was asked for.
pub const NO_SUCH_COLUMN: &str = "has no such column: its first row must name it, or have as many columns";

/// True if a mistake concerns the whole file, so that no row can be read.
pub fn is_of_whole_file(reason: &str) -> bool {
    [NO_COLUMN, TWO_COLUMNS, NO_SUCH_COLUMN].contains(&reason)
}

/// Which cells of a file are used, and how they become URLs.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cells {
    /// The column; `None` is the column `url`, or a file of nothing but URLs.
    pub column: Option<Column>,
    /// A URL with `{code}`, for a file of codes.
    pub template: Option<String>,
}

/// A column of a CSV. NDJSON names a field.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Column {
    /// By its name in the first row.
    Named(String),
    /// By its number, from 1, in a file without names.
    Numbered(usize),
}

impl Cells {
    /// Returns the name of the column.
    fn name(&self) -> &str {
        match &self.column {
            Some(Column::Named(name)) => name,
            _ => "url",
        }
    }

    /// Returns the URL of a cell, or the mistake.
    fn url(&self, cell: &str) -> Result<RewardUrl, String> {
        match &self.template {
            None => checked(cell),
            Some(_) if cell.is_empty() => Err("has no code".to_owned()),
            Some(template) => {
                let code = percent_encoding::utf8_percent_encode(cell, IN_URL).to_string();
                checked(&template.replace(CODE, &code))
            }
        }
    }
}

/// The place of the code in a template.
pub const CODE: &str = "{code}";

/// Everything but the unreserved characters of RFC 3986.
const IN_URL: &percent_encoding::AsciiSet =
    &percent_encoding::NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// A file format.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Format {
    /// A header names a column `url`, in any place; or the file holds nothing but URLs.
    Csv,
    /// Each line is a JSON string, or an object with a field `url`.
    Ndjson,
}

/// One row of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// Its first line, from 1.
    pub line: u64,
    /// The URL, or the mistake.
    pub url: Result<RewardUrl, String>,
}

/// The position up to which a file was read. Reading can continue here.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Resume {
    /// Bytes read.
    pub offset: u64,
    /// Lines read.
    pub line: u64,
    /// The columns of a CSV, once known.
    pub columns: Option<Columns>,
}

/// The shape of a CSV.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Columns {
    delimiter: u8,
    url: usize,
    /// The number of columns.
    count: usize,
}

/// Returns the rows of a file. If it is not text, the only row is [`io::ErrorKind::InvalidData`] with the cause.
pub fn rows<Input: Read>(format: Format, input: Input) -> Rows<Decoded<Input>> {
    rows_from(format, Decoded::new(input), Resume::default(), Cells::default())
}

/// Returns the rows from a position on. `input` must be decoded and begin there.
pub fn rows_from<Input: Read>(format: Format, input: Input, at: Resume, cells: Cells) -> Rows<Input> {
    let (input, records, waiting) = (BufReader::new(input), Records::default(), VecDeque::new());
    Rows { format, cells, input, read: at.clone(), at, waiting, records, separator: None, ended: false }
}

/// See [`rows`].
pub struct Rows<Input> {
    format: Format,
    cells: Cells,
    input: BufReader<Input>,
    /// The position in the input, including waiting lines.
    read: Resume,
    /// The position behind the last returned row.
    at: Resume,
    /// Lines that turned out not to belong to the row before them.
    waiting: VecDeque<Line>,
    records: Records,
    /// The separator of columns, if the first line names it.
    separator: Option<u8>,
    ended: bool,
}

/// A line of the file, with the line break.
#[derive(Debug, Clone)]
struct Line {
    number: u64,
    /// Its end in the file.
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
    /// Returns the position behind the last returned row.
    pub fn resume(&self) -> Resume {
        self.at.clone()
    }

    fn passed(&mut self, line: &Line) {
        (self.at.offset, self.at.line) = (line.end, line.number);
    }

    /// Returns the next line, or at most [`MAX_ROW`] bytes of it. It ends at a line feed, a carriage return, or both.
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
        if self.read.offset == 0 && text.starts_with(text_file::UTF8_MARK) {
            text.drain(..text_file::UTF8_MARK.len());
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

    /// Returns the row that begins with a line, or `None` for a header.
    fn row(&mut self, line: Line) -> io::Result<Option<Row>> {
        let number = line.number;
        let Some(text) = &line.text else {
            return Ok(Some(bad(number, format!("is longer than {MAX_ROW} bytes"))));
        };
        if self.format == Format::Ndjson {
            return Ok(Some(Row { line: number, url: json_url(text, &self.cells) }));
        }
        let Some(columns) = self.at.columns else {
            if number == 1
                && let Some((separator, _)) = text_file::named_separator(text)
            {
                self.separator = Some(separator);
                return Ok(None);
            }
            return Ok(match self.records.columns(text, self.separator, &self.cells) {
                Ok((columns, is_header)) => {
                    self.at.columns = Some(columns);
                    if is_header { None } else { self.csv_row(line, columns)? }
                }
                Err(reason) => {
                    self.ended = true;
                    Some(bad(number, reason.into()))
                }
            });
        };
        self.csv_row(line, columns)
    }

    /// Returns the record that begins with a line. It continues while a quote is open. If that leads to no URL, the
    /// quote was a slip, and the later lines are rows of their own.
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
        let url = if complete {
            self.records.url(columns, &self.cells)
        } else {
            Err("has a quote that is not closed".to_owned())
        };
        if url.is_err() {
            taken.into_iter().rev().for_each(|line| self.waiting.push_front(line));
        } else if let Some(last) = taken.last() {
            self.passed(last);
        }
        Ok(Some(Row { line: number, url }))
    }
}

/// Reads one record after the other, each from one or more lines, into the same memory.
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
    /// Reads a record's first line. Returns `false` if a quote is open at its end.
    fn begin(&mut self, line: &[u8], delimiter: u8) -> bool {
        if self.delimiter != delimiter {
            (self.reader, self.delimiter) = (ReaderBuilder::new().delimiter(delimiter).build(), delimiter);
        }
        self.reader.reset();
        (self.filled, self.count) = (0, 0);
        self.go_on(line)
    }

    /// Reads the next line of the record.
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

    /// Returns the cells of a complete record, or none if it has too many.
    fn cells(&self) -> impl Iterator<Item = &[u8]> {
        let starts = std::iter::once(0).chain(self.ends.iter().copied());
        starts.zip(&self.ends).take(self.count).map(|(start, end)| &self.cells[start..*end])
    }

    /// Returns the URL of a complete record. Fails with the mistake.
    fn url(&self, columns: Columns, of: &Cells) -> Result<RewardUrl, String> {
        // Never returns a part of a possible URL with a comma.
        if self.count > columns.count {
            return Err("has more columns than the first row: a URL with a comma must stand in quotes".to_owned());
        }
        let cell = self.cells().nth(columns.url);
        let cell = cell.ok_or_else(|| "has no url: the row is too short, or has too many columns".to_owned())?;
        let url = std::str::from_utf8(cell).map_err(|_| "is not UTF-8".to_owned())?;
        of.url(url.trim())
    }

    /// Returns the columns by the first row, and true if it is a header. `named` is the separator that the file names.
    fn columns(&mut self, first: &[u8], named: Option<u8>, of: &Cells) -> Result<(Columns, bool), &'static str> {
        for delimiter in DELIMITERS.into_iter().filter(|_| named.is_none()).chain(named) {
            let complete = self.begin(first, delimiter);
            if let Some(Column::Numbered(number)) = of.column {
                // In a file of one column, no delimiter splits the first row.
                if complete && self.count >= number && (self.count > 1 || delimiter == DELIMITERS[2] || named.is_some())
                {
                    return Ok((Columns { delimiter, url: number.saturating_sub(1), count: self.count }, false));
                }
                continue;
            }
            let is_url = |name: &[u8]| name.trim_ascii().eq_ignore_ascii_case(of.name().as_bytes());
            if let Some(url) = self.cells().position(is_url).filter(|_| complete) {
                let is_alone = self.cells().filter(|name| is_url(name)).count() == 1;
                let columns = Columns { delimiter, url, count: self.count };
                return if is_alone { Ok((columns, true)) } else { Err(TWO_COLUMNS) };
            }
        }
        if of.column.is_some() || of.template.is_some() {
            return Err(NO_SUCH_COLUMN);
        }
        let delimiter = named.unwrap_or(b',');
        let complete = self.begin(first, delimiter);
        let is_url = |cell: &[u8]| cell.windows(3).any(|part| part == b"://");
        let alone = !complete || (self.count == 1 && self.cells().all(is_url));
        let holds_url = complete || is_url(first);
        if alone && holds_url { Ok((Columns { delimiter, url: 0, count: 1 }, false)) } else { Err(NO_COLUMN) }
    }
}

fn bad(line: u64, reason: String) -> Row {
    Row { line, url: Err(reason) }
}

fn checked(text: &str) -> Result<RewardUrl, String> {
    RewardUrl::from_field(&Value::String(text.to_owned())).map_err(|Mistake(_, reason)| reason)
}

fn json_url(line: &[u8], of: &Cells) -> Result<RewardUrl, String> {
    let value = json::read(line).map_err(|error| match error {
        Error::Invalid(errors) if errors.listed().iter().all(|error| error.code == "repeated_field") => {
            "gives a name twice; give it once".to_owned()
        }
        _ => "is not valid JSON".to_owned(),
    })?;
    match (&value, value.get(of.name())) {
        (Value::String(url), _) | (_, Some(Value::String(url))) => of.url(url),
        _ => Err(format!("must be a JSON string, or an object with a string in {}", of.name())),
    }
}

#[cfg(test)]
mod tests;
