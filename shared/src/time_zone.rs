//! Time zones by their IANA names, and which day it is there. The database of zones is the one that rules use, too: it
//! comes with the program, because Lambda's base image need not have one.

use std::fmt;

use chrono::{DateTime, Datelike, Timelike};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// A time zone, like `Europe/Berlin`.
#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct TimeZone(chrono_tz::Tz);

impl TimeZone {
    /// Coordinated Universal Time.
    pub const UTC: Self = Self(chrono_tz::UTC);

    /// Its name.
    pub fn name(self) -> &'static str {
        self.0.name()
    }

    /// The day in this zone, counted since 1970-01-01. A day is what the calendar there calls one, however many hours a change
    /// of the clocks leaves it.
    pub fn day(self, at: Timestamp) -> i32 {
        let epoch = DateTime::UNIX_EPOCH.num_days_from_ce();
        self.local(at).num_days_from_ce() - epoch
    }

    /// The date in this zone, like `2026-12-24`.
    pub fn date(self, at: Timestamp) -> String {
        self.local(at).format("%Y-%m-%d").to_string()
    }

    /// Minutes since midnight on the clocks there.
    pub fn minute_of_day(self, at: Timestamp) -> u16 {
        let local = self.local(at);
        u16::try_from(local.hour() * 60 + local.minute()).unwrap_or(0)
    }

    fn local(self, at: Timestamp) -> DateTime<chrono_tz::Tz> {
        // Every instant that jiff has, chrono has.
        DateTime::from_timestamp_millis(at.as_millisecond()).unwrap_or(DateTime::UNIX_EPOCH).with_timezone(&self.0)
    }
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
    fn a_zone_that_does_not_exist_is_refused() {
        for name in ["", "Mars/Olympus", "europe/berlin", "CEST", "+02:00"] {
            assert!(TimeZone::try_from(name.to_owned()).is_err(), "{name}");
        }
        assert_eq!(String::from(zone("Asia/Kolkata")), "Asia/Kolkata");
    }
}
