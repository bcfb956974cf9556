//! Time zones by IANA name. The database comes with the program: Lambda's base image may lack one. Rules use the same
//! one.

use std::fmt;

use chrono::{DateTime, Datelike, LocalResult, NaiveDate, TimeDelta, TimeZone as _, Timelike};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// A time zone, like `Europe/Berlin`.
#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct TimeZone(chrono_tz::Tz);

impl TimeZone {
    /// Coordinated Universal Time.
    pub const UTC: Self = Self(chrono_tz::UTC);

    /// Returns the name.
    pub fn name(self) -> &'static str {
        self.0.name()
    }

    /// Returns the calendar day there, counted since 1970-01-01. With clock changes, not every day has 24 hours.
    pub fn day(self, at: Timestamp) -> i32 {
        let epoch = DateTime::UNIX_EPOCH.num_days_from_ce();
        self.local(at).num_days_from_ce() - epoch
    }

    /// Returns the date there, like `2026-12-24`.
    pub fn date(self, at: Timestamp) -> String {
        self.local(at).format("%Y-%m-%d").to_string()
    }

    /// Returns the minutes since midnight on the clocks there.
    pub fn minute_of_day(self, at: Timestamp) -> u16 {
        let local = self.local(at);
        u16::try_from(local.hour() * 60 + local.minute()).unwrap_or(0)
    }

    /// Returns the first and the last instant at which the clocks show that minute on that day. They differ when the
    /// clocks go back over it. For a minute that the clocks skip, returns the end of the gap.
    pub fn instants(self, day: i32, minute: u16) -> Option<(Timestamp, Timestamp)> {
        let date = NaiveDate::from_num_days_from_ce_opt(day + DateTime::UNIX_EPOCH.num_days_from_ce())?;
        let wanted = date.and_hms_opt(0, 0, 0)?.checked_add_signed(TimeDelta::minutes(minute.into()))?;
        // No zone has ever skipped more than a day.
        let later = (0..=24 * 60).map_while(|minutes| wanted.checked_add_signed(TimeDelta::minutes(minutes)));
        let shown = later.map(|local| self.0.from_local_datetime(&local));
        let instant = |local: DateTime<chrono_tz::Tz>| Timestamp::from_millisecond(local.timestamp_millis()).ok();
        match shown.into_iter().find(|shown| !matches!(shown, LocalResult::None))? {
            LocalResult::Single(only) => instant(only).map(|only| (only, only)),
            LocalResult::Ambiguous(first, last) => instant(first).zip(instant(last)),
            LocalResult::None => None,
        }
    }

    fn local(self, at: Timestamp) -> DateTime<chrono_tz::Tz> {
        // chrono covers every instant of jiff.
        DateTime::from_timestamp_millis(at.as_millisecond()).unwrap_or(DateTime::UNIX_EPOCH).with_timezone(&self.0)
    }
}

/// Returns the date of a day counted since 1970-01-01, like `2026-12-24`.
pub fn date_of(day: i32) -> String {
    let date = NaiveDate::from_num_days_from_ce_opt(day.saturating_add(DateTime::UNIX_EPOCH.num_days_from_ce()));
    date.unwrap_or_default().format("%Y-%m-%d").to_string()
}

/// Returns the day of a date like `2026-12-24`, counted since 1970-01-01. Returns `None` for any other text.
pub fn day_of(date: &str) -> Option<i32> {
    let date = NaiveDate::parse_from_str(date, "%Y-%m-%d").ok()?;
    Some(date.num_days_from_ce() - DateTime::UNIX_EPOCH.num_days_from_ce())
}

impl TryFrom<String> for TimeZone {
    type Error = String;

    fn try_from(name: String) -> Result<Self, String> {
        name.parse().map(Self).map_err(|_| "must be the name of an IANA time zone, like Europe/Berlin".to_owned())
    }
}

impl From<TimeZone> for String {
    fn from(zone: TimeZone) -> Self {
        zone.0.name().to_owned()
    }
}

impl fmt::Debug for TimeZone {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.0.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures::time;

    fn zone(name: &str) -> TimeZone {
        TimeZone::try_from(name.to_owned()).unwrap()
    }

    #[test]
    fn a_day_begins_at_midnight_there() {
        assert_eq!(TimeZone::UTC.day(time("1970-01-01T23:59:59Z")), 0);
        assert_eq!(zone("Europe/Berlin").day(time("1970-01-01T23:00:00Z")), 1);
        assert_eq!(zone("America/New_York").day(time("1970-01-02T04:59:59Z")), 0);
        assert_eq!(TimeZone::UTC.day(time("1969-12-31T23:59:59Z")), -1);
    }

    #[test]
    fn a_change_of_the_clocks_neither_doubles_nor_drops_a_day() {
        let berlin = zone("Europe/Berlin");
        let before = berlin.day(time("2026-03-28T12:00:00Z"));
        // 2026-03-29 has 23 hours there, and 2026-10-25 has 25.
        assert_eq!(berlin.day(time("2026-03-28T23:00:00Z")), before + 1);
        assert_eq!(berlin.day(time("2026-03-29T21:59:59Z")), before + 1);
        assert_eq!(berlin.day(time("2026-03-29T22:00:00Z")), before + 2);
        let autumn = berlin.day(time("2026-10-24T22:00:00Z"));
        assert_eq!(berlin.day(time("2026-10-25T22:59:59Z")), autumn);
        assert_eq!(berlin.day(time("2026-10-25T23:00:00Z")), autumn + 1);
    }

    #[test]
    fn a_time_that_the_clocks_skip_is_when_they_have_and_one_that_they_show_twice_is_both() {
        let berlin = zone("Europe/Berlin");
        let at = |date: &str, minute| berlin.instants(berlin.day(time(&format!("{date}T12:00:00Z"))), minute);
        let both = |first: &str, last: &str| Some((time(first), time(last)));
        let eight = "2027-03-27T07:00:00Z";
        assert_eq!(at("2027-03-27", 8 * 60), both(eight, eight));
        let eight_in_summer = "2027-03-28T06:00:00Z";
        assert_eq!(at("2027-03-28", 8 * 60), both(eight_in_summer, eight_in_summer));
        // The clocks skip 02:00 to 03:00.
        let three = "2027-03-28T01:00:00Z";
        assert_eq!(at("2027-03-28", 2 * 60 + 30), both(three, three));
        assert_eq!(at("2027-10-31", 2 * 60 + 30), both("2027-10-31T00:30:00Z", "2027-10-31T01:30:00Z"));
    }

    #[test]
    fn a_zone_that_does_not_exist_is_refused() {
        for name in ["", "Mars/Olympus", "europe/berlin", "CEST", "+02:00"] {
            assert!(TimeZone::try_from(name.to_owned()).is_err(), "{name}");
        }
        assert_eq!(String::from(zone("Asia/Kolkata")), "Asia/Kolkata");
    }
}
