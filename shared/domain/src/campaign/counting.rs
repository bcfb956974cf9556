//! Counting that depends on earlier events: days in a row, windows of hours, and limits per day, week or month. Pure:
//! it turns a tally and an event into the next tally. Plain counting is one write, in `store::progress`.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::campaign::{Count, Moment, Period};
use crate::time_zone::TimeZone;

/// Runs of days that a tally keeps: more than a row has, even with 30 missed days.
const MAX_RUNS: usize = 40;

/// The time before another zone may replace a user's.
const ZONE_HOLDS: SignedDuration = SignedDuration::from_hours(24);

/// The facts of an event that counting needs.
#[derive(Debug, Clone, Copy)]
pub struct CountedEvent {
    /// When it happened.
    pub at: Timestamp,
    /// The user's time zone with this event.
    pub zone: TimeZone,
    /// Its quantity.
    pub quantity: u64,
}

/// A user's progress towards a moment, besides the count.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tally {
    /// Times of the events in the window, in milliseconds, the oldest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    window: Vec<i64>,
    /// Days with an event, as runs from a first to a last day, the oldest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    runs: Vec<(i32, i32)>,
    /// The last day that earned a reward. It and earlier days count no more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    used_until: Option<i32>,
    /// The number of the latest event's period, and the rewards that were earned before it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    period: Option<(i32, u32)>,
    /// The time zone whose days count, and its start in milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    zone: Option<(TimeZone, i64)>,
}

impl Tally {
    /// Counts an event on top of `counted`. Returns the new count, or `None` if every allowed reward is earned, for
    /// good or for this period. A count is `target` for each earned reward plus the progress towards the next. It falls
    /// when days are missed or events leave the window, but never below the earned rewards.
    pub fn advance(&mut self, moment: &Moment, counted: u64, event: CountedEvent) -> Option<u64> {
        let earned = moment.earned(counted);
        let day = if moment.needs_day() { self.day_of(event) } else { 0 };
        let most = self.allowed(moment, earned, day);
        let floor = u64::from(earned) * moment.target;
        if earned >= most {
            return None;
        }
        Some(match (moment.count, moment.within_hours) {
            (Count::Streak, _) => floor + self.add_day(moment, day),
            (_, Some(hours)) => floor + self.add_to_window(moment, hours, event.at),
            (Count::Highest, None) => counted.max(event.quantity),
            (Count::Events | Count::Quantity, None) => {
                let quantity = if moment.count == Count::Events { 1 } else { event.quantity };
                counted.saturating_add(quantity).min(u64::from(most) * moment.target)
            }
        })
    }

    /// Returns the event's day in the time zone that counts. Another zone replaces it at most once a day, and only
    /// while both have the same date. So a change of zone neither begins a day nor brings back a missed one.
    fn day_of(&mut self, event: CountedEvent) -> i32 {
        let (at, new_day) = (event.at.as_millisecond(), event.zone.day(event.at));
        let Some((zone, since)) = self.zone else {
            self.zone = Some((event.zone, at));
            return new_day;
        };
        let day = zone.day(event.at);
        if event.zone != zone && new_day == day && i128::from(at - since) >= ZONE_HOLDS.as_millis() {
            self.zone = Some((event.zone, at));
        }
        day
    }

    /// Returns the rewards that the period allows, with those before it. An event of an earlier period counts in the
    /// latest.
    fn allowed(&mut self, moment: &Moment, earned: u32, day: i32) -> u32 {
        let Some(limit) = moment.repeat_limit else { return moment.max_rewards_per_user };
        let now = period_number(limit.period, day);
        let before = match self.period {
            Some((period, before)) if period >= now => before,
            _ => earned,
        };
        self.period = Some((self.period.map_or(now, |(period, _)| period.max(now)), before));
        before.saturating_add(limit.max_rewards).min(moment.max_rewards_per_user)
    }

    /// Adds the event and returns the number of events in the window that ends with the latest one.
    fn add_to_window(&mut self, moment: &Moment, hours: u32, at: Timestamp) -> u64 {
        let at = at.as_millisecond();
        let place = self.window.partition_point(|earlier| *earlier <= at);
        self.window.insert(place, at);
        let latest = self.window.last().copied().unwrap_or(at);
        let first = latest - i64::from(hours) * 3_600_000;
        self.window.retain(|at| *at > first);
        let count = self.window.len() as u64;
        if count >= moment.target {
            self.window.clear();
        }
        count
    }

    /// Adds the day and returns the length of the latest row. Missed days within the grace neither break the row nor
    /// count.
    fn add_day(&mut self, moment: &Moment, day: i32) -> u64 {
        if self.used_until.is_none_or(|used| day > used) {
            self.add_to_runs(day);
        }
        let grace = i32::from(moment.grace_days);
        let target = i32::try_from(moment.target).unwrap_or(i32::MAX);
        // An event completes at most one row, but not always the last: a late event may close a gap in the middle.
        let complete = (0..self.runs.len()).find_map(|last| self.completed(last, grace, target));
        if let Some(until) = complete {
            self.used_until = Some(until);
            self.runs.retain_mut(|(first, last)| {
                *first = (*first).max(until + 1);
                *first <= *last
            });
            return moment.target;
        }
        let Some(last) = self.runs.len().checked_sub(1) else { return 0 };
        let (length, _) = self.row_ending_with(last, grace);
        u64::from(length.unsigned_abs()).min(moment.target - 1)
    }

    /// Returns the length of the row that ends with the run `last`, and the index of its first run.
    fn row_ending_with(&self, last: usize, mut grace: i32) -> (i32, usize) {
        let days = |(first, last): (i32, i32)| last - first + 1;
        let (mut length, mut first) = (days(self.runs[last]), last);
        while let Some(before) = first.checked_sub(1) {
            let missed = self.runs[first].0 - self.runs[before].1 - 1;
            if missed > grace {
                break;
            }
            grace -= missed;
            length += days(self.runs[before]);
            first = before;
        }
        (length, first)
    }

    /// Returns the day on which the row that ends with the run `last` reached the target.
    fn completed(&self, last: usize, grace: i32, target: i32) -> Option<i32> {
        let (length, first) = self.row_ending_with(last, grace);
        if length < target {
            return None;
        }
        let mut missing = target;
        self.runs[first..=last].iter().find_map(|(first, last)| {
            let days = last - first + 1;
            if days >= missing {
                return Some(first + missing - 1);
            }
            missing -= days;
            None
        })
    }

    fn add_to_runs(&mut self, day: i32) {
        let place = self.runs.partition_point(|(_, last)| *last < day);
        if self.runs.get(place).is_some_and(|(first, _)| *first <= day) {
            return;
        }
        self.runs.insert(place, (day, day));
        if place + 1 < self.runs.len() && self.runs[place + 1].0 == day + 1 {
            self.runs[place].1 = self.runs.remove(place + 1).1;
        }
        if place > 0 && self.runs[place - 1].1 + 1 == day {
            self.runs[place - 1].1 = self.runs.remove(place).1;
        }
        if self.runs.len() > MAX_RUNS {
            self.runs.remove(0);
        }
    }
}

fn period_number(period: Period, day: i32) -> i32 {
    match period {
        Period::Day => day,
        // 1970-01-01 was a Thursday.
        Period::Week => (day + 3).div_euclid(7),
        Period::Month => {
            let epoch = jiff::civil::date(1970, 1, 1);
            let date = epoch.checked_add(jiff::Span::new().days(day)).unwrap_or(epoch);
            (i32::from(date.year()) - 1970) * 12 + i32::from(date.month()) - 1
        }
    }
}

#[cfg(test)]
mod tests {
    use rand::{Rng as _, SeedableRng as _};

    use super::*;
    use crate::campaign::RepeatLimit;
    use crate::fixtures;

    fn moment(count: Count, target: u64, most: u32) -> Moment {
        Moment { count, target, max_rewards_per_user: most, ..fixtures::campaign().moments.remove(0) }
    }

    fn on(day: i32) -> CountedEvent {
        let at = Timestamp::from_second(i64::from(day) * 86_400 + 43_200).unwrap();
        CountedEvent { at, zone: TimeZone::UTC, quantity: 1 }
    }

    /// The counts after each of the days.
    fn counts(moment: &Moment, days: &[i32]) -> Vec<u64> {
        let (mut tally, mut counted) = (Tally::default(), 0);
        let mut count = |day: &i32| {
            counted = tally.advance(moment, counted, on(*day)).unwrap_or(counted);
            counted
        };
        days.iter().map(&mut count).collect()
    }

    #[test]
    fn days_in_a_row_begin_anew_after_one_that_was_missed() {
        let streak = moment(Count::Streak, 4, 1);
        assert_eq!(counts(&streak, &[10, 10, 11, 12, 12, 13, 14]), [1, 1, 2, 3, 3, 4, 4]);
        assert_eq!(counts(&streak, &[10, 11, 13, 14, 15, 16]), [1, 2, 1, 2, 3, 4]);
    }

    #[test]
    fn a_day_of_grace_is_forgiven_once_and_does_not_count() {
        let streak = Moment { grace_days: 1, ..moment(Count::Streak, 4, 1) };
        assert_eq!(counts(&streak, &[10, 11, 13, 14]), [1, 2, 3, 4]);
        assert_eq!(counts(&streak, &[10, 12, 14]), [1, 2, 2], "a second missed day ends the row behind the first");
        assert_eq!(counts(&streak, &[10, 13]), [1, 1], "two days at once are too many");
    }

    #[test]
    fn a_row_with_as_many_days_of_grace_as_there_can_be_comes_to_its_end() {
        let streak = Moment { grace_days: 30, ..moment(Count::Streak, 31, 1) };
        let every_other: Vec<i32> = (0..31).map(|day| day * 2).collect();
        assert_eq!(counts(&streak, &every_other).last(), Some(&31));
    }

    fn zone(name: &str) -> TimeZone {
        TimeZone::try_from(name.to_owned()).unwrap()
    }

    #[test]
    fn a_zone_that_is_told_anew_gains_no_day() {
        // A 3-day streak within ten seconds, by sending time zones 12 hours behind, UTC and 14 hours ahead.
        let mut tally = Tally::default();
        let streak = moment(Count::Streak, 3, 1);
        let mut counted = 0;
        for (second, name) in ["Etc/GMT+12", "UTC", "Pacific/Kiritimati"].into_iter().enumerate() {
            let at = fixtures::time("2026-12-01T11:00:00Z") + SignedDuration::from_secs(5 * second as i64);
            counted = tally.advance(&streak, counted, CountedEvent { at, zone: zone(name), quantity: 1 }).unwrap();
        }
        assert_eq!(counted, 1);
    }

    #[test]
    fn a_traveller_s_days_are_those_of_the_new_zone_from_the_next_day_on() {
        let mut tally = Tally::default();
        let day = |tally: &mut Tally, at: &str, name: &str| {
            tally.day_of(CountedEvent { at: fixtures::time(at), zone: zone(name), quantity: 1 })
        };
        let monday = zone("Europe/Berlin").day(fixtures::time("2026-11-30T12:00:00Z"));
        assert_eq!(day(&mut tally, "2026-11-30T12:00:00Z", "Europe/Berlin"), monday);
        // Tuesday has begun in Tokyo. In Berlin, where the user's day began, it has not.
        assert_eq!(day(&mut tally, "2026-11-30T16:00:00Z", "Asia/Tokyo"), monday);
        // Noon of Wednesday in Tokyo, as it is Wednesday in Berlin: from here on Tokyo's midnight counts.
        assert_eq!(day(&mut tally, "2026-12-02T03:00:00Z", "Asia/Tokyo"), monday + 2);
        assert_eq!(day(&mut tally, "2026-12-02T16:00:00Z", "Asia/Tokyo"), monday + 3);
        // Back within a day: not yet.
        assert_eq!(day(&mut tally, "2026-12-02T17:00:00Z", "Europe/Berlin"), monday + 3);
    }

    #[test]
    fn no_order_of_zones_makes_more_days_than_there_are() {
        let zones =
            ["Etc/GMT+12", "America/New_York", "UTC", "Europe/Berlin", "Asia/Tokyo", "Pacific/Kiritimati"].map(zone);
        for seed in 0..200 {
            let mut random = rand::rngs::StdRng::seed_from_u64(seed);
            let (mut tally, mut days) = (Tally::default(), std::collections::BTreeSet::new());
            for hour in 0..30 * 24 {
                let at = fixtures::time("2026-03-01T00:00:00Z") + SignedDuration::from_hours(hour);
                days.insert(tally.day_of(CountedEvent {
                    at,
                    zone: zones[random.random_range(0..zones.len())],
                    quantity: 1,
                }));
            }
            // 30 days have 31 dates in one zone. Going from the furthest west to the furthest east adds one.
            assert!(days.len() <= 32, "{seed}: {days:?}");
        }
    }

    #[test]
    fn a_day_that_comes_late_closes_the_gap_it_left() {
        let streak = moment(Count::Streak, 4, 2);
        assert_eq!(counts(&streak, &[10, 11, 13, 12]), [1, 2, 1, 4]);
        // Also where the row is not the latest.
        assert_eq!(counts(&streak, &[10, 11, 13, 20, 12]), [1, 2, 1, 1, 4]);
        // The rest of the row counts towards the next reward.
        assert_eq!(counts(&streak, &[10, 11, 12, 14, 15, 13, 16, 17]), [1, 2, 3, 1, 2, 4, 7, 8]);
    }

    #[test]
    fn a_row_that_was_rewarded_is_used_up() {
        let streak = moment(Count::Streak, 2, 3);
        assert_eq!(counts(&streak, &[10, 11, 11, 12, 13, 10, 11, 14]), [1, 2, 2, 3, 4, 4, 4, 5]);
    }

    #[test]
    fn a_long_and_broken_history_is_kept_short() {
        let streak = moment(Count::Streak, 300, 1);
        let mut tally = Tally::default();
        let counted = (0..1_000).fold(0, |counted, day| tally.advance(&streak, counted, on(day * 2)).unwrap());
        assert_eq!((counted, tally.runs.len()), (1, MAX_RUNS));
        let days: Vec<i32> = (0..300).collect();
        assert_eq!(counts(&streak, &days).last(), Some(&300));
    }

    #[test]
    fn only_what_is_within_the_window_counts_in_any_order() {
        let within = Moment { within_hours: Some(7 * 24), ..moment(Count::Events, 3, 2) };
        assert_eq!(counts(&within, &[1, 3, 8, 9]), [1, 2, 2, 3], "the first leaves the window as the eighth day comes");
        assert_eq!(counts(&within, &[9, 3, 8]), [1, 2, 3]);
        assert_eq!(counts(&within, &[9, 1, 8]), [1, 1, 2], "what was too long ago when it came does not count");
        assert_eq!(counts(&within, &[1, 2, 3, 3, 4, 4]), [1, 2, 3, 4, 5, 6], "what was rewarded is used up");
    }

    #[test]
    fn rewards_are_capped_by_day_week_and_month() {
        let capped = |period, count, target| Moment {
            repeat_limit: Some(RepeatLimit { period, max_rewards: 1 }),
            ..moment(count, target, 10)
        };
        let daily = capped(Period::Day, Count::Events, 1);
        assert_eq!(counts(&daily, &[5, 5, 6, 6, 5, 7]), [1, 1, 2, 2, 2, 3]);
        // 1970-01-05 was a Monday: day 4.
        let weekly = capped(Period::Week, Count::Events, 2);
        assert_eq!(counts(&weekly, &[0, 1, 2, 3, 4, 5, 6]), [1, 2, 2, 2, 3, 4, 4]);
        let monthly = capped(Period::Month, Count::Events, 1);
        assert_eq!(counts(&monthly, &[0, 30, 31, 58, 59]), [1, 1, 2, 2, 3]);
        // An event that would earn several at once earns what is allowed; the rest of it is not kept.
        let (coins, mut tally) = (capped(Period::Day, Count::Quantity, 10), Tally::default());
        let count = tally.advance(&coins, 0, CountedEvent { quantity: 35, ..on(1) }).unwrap();
        assert_eq!((count, tally.advance(&coins, count, CountedEvent { quantity: 5, ..on(2) })), (10, Some(15)));
    }
}
