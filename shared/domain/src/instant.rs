//! Sums of an instant and a duration, and the range of callers' instants. No other file adds to an instant: the
//! operators of `jiff` panic at the edges of the calendar, and Clippy refuses them (`arithmetic_side_effects`).

use jiff::{SignedDuration, Timestamp};

/// The earliest instant that a caller may give: 1970-01-01T00:00:00Z. The table's keys hold no earlier one.
pub const EARLIEST: Timestamp = Timestamp::UNIX_EPOCH;

/// The latest instant that a caller may give: 2100-01-01T00:00:00Z. Any sum of Moments with it stays in the calendar.
pub const LATEST: Timestamp = Timestamp::constant(4_102_444_800, 0);

/// Sums that never panic.
pub trait Sum {
    /// Returns the instant after `duration`, or the calendar's last one.
    #[must_use]
    fn plus(self, duration: SignedDuration) -> Self;

    /// Returns the instant before `duration`, or the calendar's first one.
    #[must_use]
    fn minus(self, duration: SignedDuration) -> Self;
}

impl Sum for Timestamp {
    fn plus(self, duration: SignedDuration) -> Self {
        let edge = if duration.is_negative() { Self::MIN } else { Self::MAX };
        self.checked_add(duration).unwrap_or(edge)
    }

    fn minus(self, duration: SignedDuration) -> Self {
        let edge = if duration.is_negative() { Self::MAX } else { Self::MIN };
        self.checked_sub(duration).unwrap_or(edge)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures::time;

    const DAY: SignedDuration = SignedDuration::from_hours(24);

    // A campaign that ended at the edge of the calendar made each sum with its end panic.
    #[test]
    fn sums_end_at_the_edges_of_the_calendar() {
        let last = time("9999-12-30T21:00:00Z");
        assert_eq!((last.plus(DAY), last.minus(-DAY)), (Timestamp::MAX, Timestamp::MAX));
        assert_eq!((Timestamp::MIN.minus(DAY), Timestamp::MIN.plus(-DAY)), (Timestamp::MIN, Timestamp::MIN));
        assert_eq!(time("2026-12-01T12:00:00Z").plus(DAY), time("2026-12-02T12:00:00Z"));
        assert_eq!(time("2026-12-02T12:00:00Z").minus(DAY), time("2026-12-01T12:00:00Z"));
        assert_eq!((EARLIEST, LATEST), (time("1970-01-01T00:00:00Z"), time("2100-01-01T00:00:00Z")));
    }
}
