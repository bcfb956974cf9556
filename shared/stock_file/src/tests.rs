//! Files as suppliers and spreadsheets write them, row by row.

use super::*;

/// Lines with their URL, or with `None` for a mistake.
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
    // With more columns, a comma may separate columns or belong to a URL.
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
    // Other separators cause no doubt.
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
    // Each row reads a bounded number of lines: a megabyte takes a moment, not hours.
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

/// Source: question 98 of the field's list. A spreadsheet saves "Unicode Text" as UTF-16 with tabs. In Germany it
/// separates with semicolons, and may say so in its first line.
#[test]
fn what_spreadsheets_save_is_read() {
    let utf16 = |text: &str| "\u{feff}".encode_utf16().chain(text.encode_utf16()).flat_map(u16::to_le_bytes).collect();
    let text = "note\turl\r\nü\thttps://a.example/1\r\n";
    let bytes: Vec<u8> = utf16(text);
    assert_eq!(read(Format::Csv, &bytes), [good(2, 1)]);
    let bytes: Vec<u8> = utf16("\"https://a.example/1\"\n{\"url\":\"https://a.example/2\"}");
    assert_eq!(read(Format::Ndjson, &bytes), [good(1, 1), good(2, 2)]);
    for text in [
        "sep=;\r\nnote;url\r\na,b;https://a.example/1\r\n",
        "\u{feff}sep=|\nnote|url\nx|https://a.example/1\n",
        "sep=\t\nnote\turl\nx\thttps://a.example/1\n",
        "sep=;\n\nhttps://a.example/1\n",
    ] {
        assert_eq!(csv(text), [good(3, 1)], "{text}");
    }
    // Only the first line names a separator; elsewhere it is a row.
    assert_eq!(csv("url\nsep=;\nhttps://a.example/1\n"), [(2, None), good(3, 1)]);
    // The named separator is the only one.
    assert_eq!(csv("sep=;\nnote,url\nx,https://a.example/1\n"), [(2, None)]);
}

#[test]
fn a_file_that_is_no_text_is_refused_with_its_cause() {
    for bytes in [b"PK\x03\x04".as_slice(), b"\x1f\x8b\x08"] {
        for format in [Format::Csv, Format::Ndjson] {
            let mut rows = rows(format, bytes);
            assert_eq!(rows.next().unwrap().unwrap_err().kind(), io::ErrorKind::InvalidData);
            assert!(rows.next().is_none());
        }
    }
}

#[test]
fn a_name_that_is_there_twice_is_refused() {
    let reason = |format, text: &str| rows(format, text.as_bytes()).next().unwrap().unwrap().url.unwrap_err();
    assert_eq!(reason(Format::Csv, "url,note,URL\nhttps://a.example/1,x,https://a.example/2\n"), TWO_COLUMNS);
    let text = "{\"url\":\"https://secret.example/1\",\"url\":\"https://secret.example/2\"}";
    assert_eq!(reason(Format::Ndjson, text), "gives a name twice; give it once");
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
    // Nor does it swallow rows up to another such slip.
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
        read.extend(rows_from(Format::Csv, rest, at, Cells::default()).map(Result::unwrap));
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

/// Returns the URLs and mistakes of a file of codes.
fn codes(format: Format, column: Option<Column>, text: &str) -> Vec<Result<String, String>> {
    let cells = Cells { column, template: Some("https://a.example/r?c={code}".to_owned()) };
    let rows = rows_from(format, Decoded::new(text.as_bytes()), Resume::default(), cells);
    rows.map(|row| row.unwrap().url.map(|url| url.expose().to_owned())).collect()
}

#[test]
fn a_code_becomes_a_url_by_the_template() {
    let named = || Some(Column::Named("Code".to_owned()));
    let urls =
        |codes: &[&str]| -> Vec<_> { codes.iter().map(|code| Ok(format!("https://a.example/r?c={code}"))).collect() };
    assert_eq!(codes(Format::Csv, named(), "note;code\nx;AB-1\ny; C&D=é \n"), urls(&["AB-1", "C%26D%3D%C3%A9"]));
    assert_eq!(codes(Format::Csv, named(), "sep=,\ncode\nA\n"), urls(&["A"]));
    assert_eq!(codes(Format::Csv, Some(Column::Numbered(1)), "A\nB\n"), urls(&["A", "B"]));
    assert_eq!(codes(Format::Csv, Some(Column::Numbered(2)), "x,A\ny,B\n"), urls(&["A", "B"]));
    assert_eq!(codes(Format::Ndjson, named(), "\"A\"\n{\"Code\": \"B\"}\n"), urls(&["A", "B"]));
    assert_eq!(codes(Format::Csv, named(), "code,note\n,x\n"), [Err("has no code".to_owned())]);
}

/// A header that nobody asked for would be given to a user as a code.
#[test]
fn a_file_of_codes_needs_the_name_or_the_number_of_its_column() {
    let refused = [Err(NO_SUCH_COLUMN.to_owned())];
    assert_eq!(codes(Format::Csv, None, "A\nB\n"), refused);
    assert_eq!(codes(Format::Csv, Some(Column::Named("voucher".to_owned())), "code\nA\n"), refused);
    assert_eq!(codes(Format::Csv, Some(Column::Numbered(3)), "x,A\n"), refused);
    assert!(is_of_whole_file(NO_SUCH_COLUMN));
}
