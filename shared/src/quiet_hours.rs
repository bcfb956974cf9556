//! Quiet hours: when users are told of nothing that can wait. A stretch of the clock where the user is, which may go over
//! midnight.

use std::fmt;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::instant::Sum as _;
use crate::time_zone::TimeZone;

const DAY: u16 = 24 * 60;

/// A time on the clock, to the minute: `22:00`.
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

/// From one time on the clock until another, which may be on the next day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct QuietHours {
    /// When they begin.
    pub from: ClockTime,
    /// When they are over.
    pub until: ClockTime,
}

impl QuietHours {
    /// When the quiet hours are over that it is just now where the user is; `None` if it is none. On a day when the clocks are
    /// changed meanwhile, up to an hour off.
    pub fn over_at(self, now: Timestamp, zone: TimeZone) -> Option<Timestamp> {
        let (from, until, minute) = (self.from.0, self.until.0, zone.minute_of_day(now));
        let quiet = if from <= until { (from..until).contains(&minute) } else { minute >= from || minute < until };
        let left = (until + DAY - minute) % DAY;
        // To the full minute.
        let began = now.as_millisecond().rem_euclid(60_000);
        quiet.then(|| now.plus(SignedDuration::from_mins(left.into())).minus(SignedDuration::from_millis(began)))
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

    #[test]
    fn quiet_hours_are_those_where_the_user_is() {
        let (night, noon) = (hours("22:00", "08:00"), time("2026-12-24T11:00:30Z"));
        assert_eq!(night.over_at(noon, TimeZone::UTC), None);
        let tokyo = TimeZone::try_from("Asia/Tokyo".to_owned()).unwrap();
        assert_eq!(night.over_at(noon, tokyo), None);
        let auckland = TimeZone::try_from("Pacific/Auckland".to_owned()).unwrap();
        assert_eq!(night.over_at(noon, auckland), Some(time("2026-12-24T19:00:00Z")));
        let late = time("2026-12-24T23:30:00Z");
        assert_eq!(night.over_at(late, TimeZone::UTC), Some(time("2026-12-25T08:00:00Z")));
    }

    #[test]
    fn the_first_minute_is_quiet_and_the_last_is_not() {
        let lunch = hours("12:00", "13:00");
        assert_eq!(lunch.over_at(time("2026-12-24T11:59:59Z"), TimeZone::UTC), None);
        assert_eq!(lunch.over_at(time("2026-12-24T12:00:00Z"), TimeZone::UTC), Some(time("2026-12-24T13:00:00Z")));
        assert_eq!(lunch.over_at(time("2026-12-24T13:00:00Z"), TimeZone::UTC), None);
        assert_eq!(hours("08:00", "08:00").over_at(time("2026-12-24T08:00:00Z"), TimeZone::UTC), None);
    }

    #[test]
    fn a_time_that_is_on_no_clock_is_refused() {
        for text in ["24:00", "12:60", "8:00", "08-00", "", "ab:cd", "+1:00"] {
            assert!(ClockTime::try_from(text.to_owned()).is_err(), "{text}");
        }
        assert_eq!(ClockTime::try_from("07:05".to_owned()).unwrap().to_string(), "07:05");
    }
}
