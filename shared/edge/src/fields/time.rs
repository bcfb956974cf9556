//! Reads times of RFC 3339 (section 5.6, `date-time`), and no other form of ISO 8601.

use jiff::Timestamp;
use jiff::fmt::temporal::Pieces;

/// The most digits of a fraction of a second that count. RFC 3339 has no limit, and the table keeps three.
const FRACTION: usize = 9;

/// An RFC 3339 time outside of the calendar of `jiff`.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct BeyondTheCalendar;

/// Reads a time. Returns `None` if the text is not an RFC 3339 time.
pub(super) fn read(text: &str) -> Option<Result<Timestamp, BeyondTheCalendar>> {
    let (time, rest) = text.split_at_checked("2026-12-01T09:30:00".len())?;
    if !is_like(time, "0000-00-00T00:00:00") {
        return None;
    }
    let digits = rest.strip_prefix('.').map_or(0, |rest| rest.bytes().take_while(u8::is_ascii_digit).count());
    let (fraction, offset) = match (rest.starts_with('.'), digits) {
        (false, _) => ("", rest),
        (true, 0) => return None,
        (true, _) => (&rest[..1 + digits.min(FRACTION)], &rest[1 + digits..]),
    };
    let is_offset =
        offset.eq_ignore_ascii_case("Z") || (is_like(offset, "+00:00") && &offset[1..3] < "24" && &offset[4..] < "60");
    if !is_offset {
        return None;
    }
    let whole = format!("{time}{fraction}{offset}");
    // The date and time exist, but the offset leads out of the calendar.
    let beyond = || Pieces::parse(&whole).is_ok().then_some(Err(BeyondTheCalendar));
    whole.parse().map_or_else(|_| beyond(), |time| Some(Ok(time)))
}

/// True if the text has the form of the pattern: `0` stands for a digit, `T` also for `t`, and `+` also for `-`.
fn is_like(text: &str, pattern: &str) -> bool {
    let fits = |(byte, wanted): (u8, u8)| match wanted {
        b'0' => byte.is_ascii_digit(),
        b'+' => matches!(byte, b'+' | b'-'),
        _ => byte.eq_ignore_ascii_case(&wanted),
    };
    text.len() == pattern.len() && text.bytes().zip(pattern.bytes()).all(fits)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The examples of RFC 3339, section 5.8.
    #[test]
    fn the_examples_of_the_rfc_are_read() {
        for (text, read_as) in [
            ("1985-04-12T23:20:50.52Z", "1985-04-12T23:20:50.52Z"),
            ("1996-12-19T16:39:57-08:00", "1996-12-20T00:39:57Z"),
            ("1990-12-31T23:59:60Z", "1990-12-31T23:59:59Z"),
            ("1937-01-01T12:00:27.87+00:20", "1937-01-01T11:40:27.87Z"),
            // Lower case and any number of digits are in its grammar, too.
            ("1985-04-12t23:20:50.520000000000z", "1985-04-12T23:20:50.52Z"),
            ("1985-04-12T23:20:50-00:00", "1985-04-12T23:20:50Z"),
        ] {
            assert_eq!(read(text).unwrap().unwrap().to_string(), read_as, "{text}");
        }
    }

    /// Each of these is ISO 8601 or RFC 9557, and was taken ("What the field found", G).
    #[test]
    fn other_forms_are_refused() {
        for text in [
            "2026-12-01T09:30Z",
            "2026-12-01T09Z",
            "20261201T093000Z",
            "2026-12-01 09:30:00Z",
            "2026-12-01T09:30:00,5Z",
            "2026-12-01T09:30:00.Z",
            "2026-12-01T09:30:00+01",
            "2026-12-01T09:30:00+0100",
            "2026-12-01T09:30:00+01:00:00",
            "2026-12-01T09:30:00+24:00",
            "2026-12-01T09:30:00+01:60",
            "2026-12-01T09:30:00Z[UTC]",
            "2026-12-01T09:30:00+01:00[Europe/Berlin]",
            "+002026-12-01T09:30:00Z",
            "2026-13-01T09:30:00Z",
            "2026-12-01T09:30:00",
            "2026-12-01T09:30:0é",
            "",
        ] {
            assert_eq!(read(text), None, "{text}");
        }
    }
}
