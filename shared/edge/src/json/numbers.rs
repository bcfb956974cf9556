//! Refuses whole numbers beyond 64 bits: JSON readers round them, so 9007199254740993000001 would come back changed.

use std::borrow::Cow;

/// A number that every field refuses: [`domain::secret::Attributes`] as too large, others because it is not whole.
const REFUSED: &[u8] = b"1e300";

/// Numbers of this many digits always fit.
const FITTING_DIGITS: usize = 18;

/// Puts [`REFUSED`] in place of each whole number beyond 64 bits. So its field is refused, but not the whole batch.
pub(super) fn refuse_large(body: &[u8]) -> Cow<'_, [u8]> {
    let mut changed: Option<Vec<u8>> = None;
    let (mut at, mut copied) = (0, 0);
    while at < body.len() {
        match body[at] {
            b'"' => at = end_of_string(body, at),
            b'-' | b'0'..=b'9' => {
                let end = at + body[at..].iter().take_while(|byte| is_of_number(**byte)).count();
                if is_beyond(&body[at..end]) {
                    let text = changed.get_or_insert_with(|| Vec::with_capacity(body.len()));
                    text.extend_from_slice(&body[copied..at]);
                    text.extend_from_slice(REFUSED);
                    copied = end;
                }
                at = end;
            }
            _ => at += 1,
        }
    }
    match changed {
        None => Cow::Borrowed(body),
        Some(mut text) => {
            text.extend_from_slice(&body[copied..]);
            Cow::Owned(text)
        }
    }
}

/// Returns the index behind the string that begins at `at`.
fn end_of_string(body: &[u8], mut at: usize) -> usize {
    at += 1;
    while at < body.len() {
        match body[at] {
            b'\\' => at += 2,
            b'"' => return at + 1,
            _ => at += 1,
        }
    }
    body.len()
}

fn is_of_number(byte: u8) -> bool {
    byte.is_ascii_digit() || matches!(byte, b'-' | b'+' | b'.' | b'e' | b'E')
}

fn is_beyond(number: &[u8]) -> bool {
    let digits = number.strip_prefix(b"-").unwrap_or(number);
    if digits.len() <= FITTING_DIGITS || !digits.iter().all(u8::is_ascii_digit) {
        return false;
    }
    // A leading zero is not JSON, and the reader refuses it.
    let text = std::str::from_utf8(number).unwrap_or_default();
    text.parse::<u64>().is_err() && text.parse::<i64>().is_err()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_whole_number_beyond_64_bits_is_replaced_and_nothing_else() {
        for same in [
            r#"{"a":18446744073709551615,"b":-9223372036854775808,"c":1e30,"d":99999999999999999999.5}"#,
            r#"{"99999999999999999999":"99999999999999999999 \" 99999999999999999999 \\"}"#,
            r#"["unfinished 99999999999999999999"#,
            "",
        ] {
            assert!(matches!(refuse_large(same.as_bytes()), Cow::Borrowed(_)), "{same}");
        }
        let text = br#"{"a":18446744073709551616,"b":[-9223372036854775809,1],"c":"\\"}"#;
        assert_eq!(refuse_large(text).as_ref(), br#"{"a":1e300,"b":[1e300,1],"c":"\\"}"#);
    }
}
