//! Instants as the clocks of a zone show them, as people of a language write them, and back. A local time that does not
//! exist is said so, one that is there twice is asked about.

use domain::time_zone::{self, TimeZone};
use jiff::Timestamp;
use serde_json::Value;

use crate::language::Language;

/// Short names of the months in English, where figures alone would be read in two ways.
const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// Reads a zone by its IANA name.
pub(crate) fn zone(name: &str) -> Option<TimeZone> {
    TimeZone::try_from(name.trim().to_owned()).ok()
}

/// Returns the zone of a campaign: its own, else UTC.
pub(crate) fn zone_of(campaign: &Value) -> TimeZone {
    campaign["time_zone"].as_str().and_then(zone).unwrap_or(TimeZone::UTC)
}

/// Writes a date like `2026-12-31` as the language does.
pub(crate) fn date(language: Language, iso: &str) -> String {
    let mut parts = iso.splitn(3, '-');
    let (Some(year), Some(month), Some(day)) = (parts.next(), parts.next(), parts.next()) else {
        return iso.to_owned();
    };
    match language {
        Language::English => {
            let name = month.parse::<usize>().ok().and_then(|month| MONTHS.get(month.checked_sub(1)?));
            format!("{}\u{a0}{}\u{a0}{year}", day.trim_start_matches('0'), name.unwrap_or(&month))
        }
        Language::German => format!("{day}.{month}.{year}"),
        Language::French | Language::Italian | Language::Spanish | Language::Portuguese => {
            format!("{day}/{month}/{year}")
        }
        Language::Dutch => format!("{day}-{month}-{year}"),
        Language::Japanese => format!("{year}/{month}/{day}"),
    }
}

/// Writes an instant of the API with its zone, like `31.12.2026 18:00 Europe/Berlin`.
pub(crate) fn instant(language: Language, zone: TimeZone, at: &Value) -> String {
    let Some(at) = at.as_str().and_then(|at| at.parse::<Timestamp>().ok()) else { return String::new() };
    format!("{} {}", without_zone(language, zone, at), zone.name())
}

/// Writes an instant where the zone stands elsewhere.
pub(crate) fn without_zone(language: Language, zone: TimeZone, at: Timestamp) -> String {
    format!("{}\u{a0}{}", date(language, &zone.date(at)), clock(zone, at))
}

/// Returns the clocks' time, like `18:00`.
pub(crate) fn clock(zone: TimeZone, at: Timestamp) -> String {
    let minute = zone.minute_of_day(at);
    format!("{:02}:{:02}", minute / 60, minute % 60)
}

/// Writes an instant as a form shows it, and as people of the language type it. A browser's own field for times would
/// follow the browser's language, and show the 3rd of April as the 4th of March beside a page in another one.
pub(crate) fn input(language: Language, zone: TimeZone, at: Timestamp) -> String {
    let iso = zone.date(at);
    // In English, figures with slashes are read in two ways.
    let date = if language == Language::English { iso } else { date(language, &iso) };
    format!("{date} {}", clock(zone, at))
}

/// Which of two instants is meant that clocks show alike.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fold {
    /// The one before the clocks go back.
    First,
    /// The one after.
    Second,
}

/// Why a typed time is not taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum TimeError {
    /// Nothing stands there.
    Missing,
    /// It is no time.
    NotATime,
    /// The clocks skip it: the instant at which they go on.
    Skipped(Timestamp),
    /// The clocks show it twice: the two instants.
    Twice(Timestamp, Timestamp),
}

/// Reads a typed local time. `fold` answers which of two instants is meant.
pub(crate) fn parse(
    language: Language,
    zone: TimeZone,
    typed: &str,
    fold: Option<Fold>,
) -> Result<Timestamp, TimeError> {
    let typed = typed.trim();
    if typed.is_empty() {
        return Err(TimeError::Missing);
    }
    let (date, clock) = typed.split_once(['T', ' ']).ok_or(TimeError::NotATime)?;
    let day = time_zone::day_of(&iso(language, date).ok_or(TimeError::NotATime)?).ok_or(TimeError::NotATime)?;
    let minute = minute(clock.trim()).ok_or(TimeError::NotATime)?;
    let (first, last) = zone.instants(day, minute).ok_or(TimeError::NotATime)?;
    if zone.minute_of_day(first) != minute || zone.day(first) != day {
        return Err(TimeError::Skipped(first));
    }
    match fold {
        _ if first == last => Ok(first),
        Some(Fold::First) => Ok(first),
        Some(Fold::Second) => Ok(last),
        None => Err(TimeError::Twice(first, last)),
    }
}

/// Returns a typed date as `2026-12-31`. `None` if it is none, or could be read in two ways.
fn iso(language: Language, date: &str) -> Option<String> {
    let parts: Vec<&str> = date.split(['-', '.', '/']).collect();
    let [first, second, third] = parts.as_slice() else { return None };
    let digits = |text: &str, most: usize| {
        let is_number = (1..=most).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
        is_number.then_some(())
    };
    let (year, month, day) = if first.len() == 4 {
        (first, second, third)
    } else if language == Language::English && date.contains('/') {
        // Day and month in one country, month and day in the other.
        return None;
    } else {
        (third, second, first)
    };
    digits(year, 4)?;
    digits(month, 2)?;
    digits(day, 2)?;
    Some(format!("{year:0>4}-{month:0>2}-{day:0>2}"))
}

fn minute(clock: &str) -> Option<u16> {
    let (hours, minutes) = clock.split_once(':')?;
    // Browsers add seconds to some values.
    let minutes = minutes.split(':').next()?;
    let number = |text: &str, below: u16| {
        let is_number = (1..=2).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
        text.parse::<u16>().ok().filter(|number| is_number && *number < below)
    };
    number(hours, 24)?.checked_mul(60)?.checked_add(number(minutes, 60)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn berlin(typed: &str, fold: Option<Fold>) -> Result<Timestamp, TimeError> {
        parse(Language::German, zone("Europe/Berlin").unwrap(), typed, fold)
    }

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn a_time_is_written_with_its_zone_as_people_of_the_language_do() {
        let zone = zone("Europe/Berlin").unwrap();
        let new_year = Value::from("2026-12-31T17:00:00Z");
        for (language, written) in [
            (Language::English, "31\u{a0}Dec\u{a0}2026\u{a0}18:00 Europe/Berlin"),
            (Language::German, "31.12.2026\u{a0}18:00 Europe/Berlin"),
            (Language::French, "31/12/2026\u{a0}18:00 Europe/Berlin"),
            (Language::Dutch, "31-12-2026\u{a0}18:00 Europe/Berlin"),
            (Language::Japanese, "2026/12/31\u{a0}18:00 Europe/Berlin"),
        ] {
            assert_eq!(instant(language, zone, &new_year), written);
        }
    }

    #[test]
    fn a_typed_time_is_read_in_its_zone() {
        for typed in ["2026-12-31T18:00", "31.12.2026 18:00", "2026-12-31T18:00:00"] {
            assert_eq!(berlin(typed, None), Ok(at("2026-12-31T17:00:00Z")), "{typed}");
        }
        for typed in ["2026-02-30T10:00", "tomorrow", "2026-12-31", "31.12.26x 18:00", "2026-12-31T24:00"] {
            assert_eq!(berlin(typed, None), Err(TimeError::NotATime), "{typed}");
        }
        // The third of April, or the fourth of March?
        let english = parse(Language::English, TimeZone::UTC, "03/04/2026 10:00", None);
        assert_eq!(english, Err(TimeError::NotATime));
        assert_eq!(berlin(" ", None), Err(TimeError::Missing));
    }

    #[test]
    fn a_time_that_the_clocks_skip_is_no_time() {
        let error = berlin("29.03.2026 02:30", None);
        assert_eq!(error, Err(TimeError::Skipped(at("2026-03-29T01:00:00Z"))));
    }

    #[test]
    fn a_time_that_the_clocks_show_twice_is_asked_about() {
        let (first, second) = (at("2026-10-25T00:30:00Z"), at("2026-10-25T01:30:00Z"));
        assert_eq!(berlin("2026-10-25T02:30", None), Err(TimeError::Twice(first, second)));
        assert_eq!(berlin("2026-10-25T02:30", Some(Fold::First)), Ok(first));
        assert_eq!(berlin("2026-10-25T02:30", Some(Fold::Second)), Ok(second));
    }

    #[test]
    fn every_time_that_a_form_shows_is_read_back() {
        for name in ["UTC", "Asia/Kathmandu", "America/St_Johns", "Pacific/Apia"] {
            for language in Language::ALL {
                let (zone, shown) = (zone(name).unwrap(), at("2026-07-01T12:34:00Z"));
                assert_eq!(parse(language, zone, &input(language, zone, shown), None), Ok(shown));
            }
        }
    }
}
