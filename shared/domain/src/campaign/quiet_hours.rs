//! Quiet hours: the daily period without pushes that can wait, by the user's clock. It may cross midnight.

use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::time_zone::TimeZone;

/// A time of day, to the minute: `22:00`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ClockTime(u16);

impl TryFrom<String> for ClockTime {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let two = |text: &str| {
            (text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_digit()))
                .then(|| text.parse::<u16>().ok())
                .flatten()
        };
        let parts = text.split_once(':').and_then(|(hour, minute)| two(hour).zip(two(minute)));
        let (hour, minute) = parts
            .filter(|(hour, minute)| *hour < 24 && *minute < 60)
            .ok_or_else(|| "must be a time on the clock, like 22:00".to_owned())?;
        Ok(Self(hour * 60 + minute))
    }
}

impl From<ClockTime> for String {
    fn from(time: ClockTime) -> Self {
        time.to_string()
    }
}

impl fmt::Display for ClockTime {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{:02}:{:02}", self.0 / 60, self.0 % 60)
    }
}

/// From one time of day to another, possibly on the next day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct QuietHours {
    /// The begin.
    pub from: ClockTime,
    /// The end.
    pub until: ClockTime,
}

/// One period of quiet hours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct QuietPeriod {
    /// Its begin.
    pub began_at: Timestamp,
    /// The end.
    pub over_at: Timestamp,
}

impl QuietHours {
    /// Returns the period of quiet hours around `now`, if any. It follows the local clock, also in a night with a
    /// change.
    pub fn around(self, now: Timestamp, zone: TimeZone) -> Option<QuietPeriod> {
        let (from, until, minute, today) = (self.from.0, self.until.0, zone.minute_of_day(now), zone.day(now));
        let over_midnight = from > until;
        let (first, last) = match (over_midnight, minute >= from, minute < until) {
            (true, true, _) => (today, today + 1),
            (true, false, true) => (today - 1, today),
            (false, true, true) => (today, today),
            _ => return None,
        };
        // If the clocks show a time twice, the period begins at the last one that has passed, and ends at the next one.
        let (begin, begin_again) = zone.instants(first, from)?;
        let (over, over_again) = zone.instants(last, until)?;
        let began_at = if begin_again <= now { begin_again } else { begin };
        Some(QuietPeriod { began_at, over_at: if over > now { over } else { over_again } })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures::time;

    fn hours(from: &str, until: &str) -> QuietHours {
        let time = |text: &str| ClockTime::try_from(text.to_owned()).unwrap();
        QuietHours { from: time(from), until: time(until) }
    }

    fn over_at(hours: QuietHours, now: Timestamp, zone: TimeZone) -> Option<Timestamp> {
        hours.around(now, zone).map(|quiet| quiet.over_at)
    }

    /// henrygd/beszel#1825: an hour too late in spring, and an hour too early in autumn.
    #[test]
    fn quiet_hours_end_by_the_clock_also_when_the_clocks_are_changed() {
        let (night, berlin) = (hours("22:00", "08:00"), TimeZone::try_from("Europe/Berlin".to_owned()).unwrap());
        let around = |now: &str| night.around(time(now), berlin);
        let quiet = |began: &str, over: &str| Some(QuietPeriod { began_at: time(began), over_at: time(over) });
        // 23:30 in winter, 07:59 in summer: one night of nine hours.
        let spring = quiet("2027-03-27T21:00:00Z", "2027-03-28T06:00:00Z");
        assert_eq!((around("2027-03-27T22:30:00Z"), around("2027-03-28T05:59:59Z")), (spring, spring));
        assert_eq!(around("2027-03-28T06:00:00Z"), None);
        let autumn = quiet("2027-10-30T20:00:00Z", "2027-10-31T07:00:00Z");
        assert_eq!((around("2027-10-30T20:00:00Z"), around("2027-10-31T06:59:59Z")), (autumn, autumn));
        assert_eq!(around("2027-10-31T07:00:00Z"), None);
        // An end that the clocks skip is when they have skipped it. One that they show twice comes twice.
        let short = |now: &str| over_at(hours("23:00", "02:30"), time(now), berlin);
        assert_eq!(short("2027-03-28T00:59:00Z"), Some(time("2027-03-28T01:00:00Z")));
        assert_eq!(short("2027-10-31T00:10:00Z"), Some(time("2027-10-31T00:30:00Z")));
        assert_eq!(short("2027-10-31T01:10:00Z"), Some(time("2027-10-31T01:30:00Z")));
    }

    #[test]
    fn quiet_hours_are_those_where_the_user_is() {
        let (night, noon) = (hours("22:00", "08:00"), time("2026-12-24T11:00:30Z"));
        assert_eq!(over_at(night, noon, TimeZone::UTC), None);
        let tokyo = TimeZone::try_from("Asia/Tokyo".to_owned()).unwrap();
        assert_eq!(over_at(night, noon, tokyo), None);
        let auckland = TimeZone::try_from("Pacific/Auckland".to_owned()).unwrap();
        assert_eq!(over_at(night, noon, auckland), Some(time("2026-12-24T19:00:00Z")));
        let late = time("2026-12-24T23:30:00Z");
        assert_eq!(over_at(night, late, TimeZone::UTC), Some(time("2026-12-25T08:00:00Z")));
    }

    #[test]
    fn the_first_minute_is_quiet_and_the_last_is_not() {
        let lunch = hours("12:00", "13:00");
        assert_eq!(over_at(lunch, time("2026-12-24T11:59:59Z"), TimeZone::UTC), None);
        assert_eq!(over_at(lunch, time("2026-12-24T12:00:00Z"), TimeZone::UTC), Some(time("2026-12-24T13:00:00Z")));
        assert_eq!(over_at(lunch, time("2026-12-24T13:00:00Z"), TimeZone::UTC), None);
        assert_eq!(over_at(hours("08:00", "08:00"), time("2026-12-24T08:00:00Z"), TimeZone::UTC), None);
    }

    #[test]
    fn a_time_that_is_on_no_clock_is_refused() {
        for text in ["24:00", "12:60", "8:00", "08-00", "", "ab:cd", "+1:00"] {
            assert!(ClockTime::try_from(text.to_owned()).is_err(), "{text}");
        }
        assert_eq!(ClockTime::try_from("07:05".to_owned()).unwrap().to_string(), "07:05");
    }
}
