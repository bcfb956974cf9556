//! Competitions: how events make a score, which window ranks it, and what the places win. Pure. `scoring` changes a
//! score, `places` ranks a board, `prizes` says who wins. The table and the answers are others' business.

pub mod bracket;
pub mod places;
pub mod prizes;
pub mod scoring;

use std::fmt;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::campaign::Campaign;
use crate::instant::Sum as _;
use crate::time_zone::TimeZone;
use prizes::Prize;

/// The highest score: exact in JavaScript.
pub const MOST: u64 = 1_000_000_000_000_000;

/// The least minutes between a window's end and its freezing: more than two clocks ever differ.
pub const LEAST_GRACE: u16 = 15;

/// The minutes of a competition that names none.
pub const USUAL_GRACE: u16 = 30;

/// The way in which events make a score.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Score {
    /// The highest quantity.
    Highest,
    /// The lowest quantity: the lower, the better.
    Lowest,
    /// The quantity of the event that happened last.
    Latest,
    /// The sum of the quantities.
    Sum,
    /// The number of events.
    Count,
    /// The sum of the best quantities, as many as [`Competition::best_of`] says.
    BestOf,
}

impl Score {
    /// True if the new score can be decided without reading the old one.
    pub fn is_compared(self) -> bool {
        matches!(self, Self::Highest | Self::Lowest | Self::Latest)
    }
}

/// The stretch of time that a board ranks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Window {
    /// The whole campaign.
    Campaign,
    /// A week of the campaign's zone, from Monday.
    Week,
    /// A day of the campaign's zone.
    Day,
}

/// The rule for equal scores.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ties {
    /// The one who reached the score first leads.
    Earliest,
    /// Equal scores share a rank, and the ranks after it are left out.
    Shared,
}

/// The one who lets a counted board give its prizes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Settle {
    /// Nobody has to.
    Automatic,
    /// An admin.
    ByHand,
}

/// The scores that count. Others are refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScoreRange {
    /// The least.
    pub min: u64,
    /// The highest.
    pub max: u64,
}

/// The part of a campaign that only a competition has.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Competition {
    /// The way in which events make a score.
    pub score: Score,
    /// For `best_of`: how many quantities, 1 to 20.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub best_of: Option<u8>,
    /// The stretch of time of a board.
    pub window: Window,
    /// The rule for equal scores.
    pub ties: Ties,
    /// The quantities that count.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub score_range: Option<ScoreRange>,
    /// Minutes after a window's end in which an earlier event may still arrive: 15 to 1,440.
    pub grace_minutes: u16,
    /// The one who lets a counted board give its prizes.
    pub settle: Settle,
    /// The prizes, the best first. Never empty.
    pub prizes: Vec<Prize>,
}

/// One window of a competition: the whole campaign, or the week or the day that begins on a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum WindowId {
    /// The whole campaign.
    Campaign,
    /// The window whose first day this is, counted since 1970-01-01.
    From(i32),
}

impl fmt::Display for WindowId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Campaign => formatter.write_str("campaign"),
            Self::From(day) => formatter.write_str(&crate::time_zone::date_of(*day)),
        }
    }
}

impl From<WindowId> for String {
    fn from(window: WindowId) -> Self {
        window.to_string()
    }
}

impl TryFrom<String> for WindowId {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text).ok_or("must be `campaign`, or the first day of a window, like 2026-11-30")
    }
}

impl WindowId {
    /// Reads a window back. Returns `None` for any other text.
    pub fn parse(text: &str) -> Option<Self> {
        if text == "campaign" {
            return Some(Self::Campaign);
        }
        let day = crate::time_zone::day_of(text)?;
        // One spelling for each, since it is part of a key.
        (crate::time_zone::date_of(day) == text).then_some(Self::From(day))
    }
}

/// A window with its bounds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bounds {
    /// The window.
    pub window: WindowId,
    /// Which window of the campaign, from 1: also the occurrence of its prizes.
    pub number: u32,
    /// The first instant.
    pub starts_at: Timestamp,
    /// The end, exclusive.
    pub ends_at: Timestamp,
    /// The board is frozen from here on.
    pub freezes_at: Timestamp,
}

/// Days since the Monday before 1970-01-01, a Thursday.
const AFTER_MONDAY: i32 = 3;

impl Competition {
    /// Returns the window of an instant. `campaign` is the one that holds this competition.
    pub fn window_at(&self, campaign: &Campaign, at: Timestamp) -> Bounds {
        let zone = campaign.time_zone.unwrap_or(TimeZone::UTC);
        let (day, first_day) = (zone.day(at), zone.day(campaign.starts_at));
        let days = match self.window {
            Window::Campaign => return self.bounds_of_all(campaign),
            Window::Day => 1,
            Window::Week => 7,
        };
        let first_of = |day: i32| match self.window {
            Window::Week => day - (day + AFTER_MONDAY).rem_euclid(7),
            _ => day,
        };
        let from = first_of(day);
        let number = (from - first_of(first_day)).div_euclid(days) + 1;
        let midnight = |day: i32| zone.instants(day, 0).map(|(first, _)| first);
        let starts_at = midnight(from).unwrap_or(campaign.starts_at).max(campaign.starts_at);
        let ends_at = midnight(from + days).unwrap_or(campaign.ends_at).min(campaign.ends_at);
        self.bounds(WindowId::From(from), u32::try_from(number).unwrap_or(0), starts_at, ends_at)
    }

    /// Returns a window of the campaign by its id; `None` if the campaign has no such window.
    pub fn window(&self, campaign: &Campaign, window: WindowId) -> Option<Bounds> {
        self.windows(campaign).find(|bounds| bounds.window == window)
    }

    /// Returns every window of the campaign, the first one first.
    pub fn windows<'a>(&'a self, campaign: &'a Campaign) -> impl Iterator<Item = Bounds> + 'a {
        let first = Some(self.window_at(campaign, campaign.starts_at));
        std::iter::successors(first, |before| {
            (before.ends_at < campaign.ends_at).then(|| self.window_at(campaign, before.ends_at))
        })
    }

    fn bounds_of_all(&self, campaign: &Campaign) -> Bounds {
        self.bounds(WindowId::Campaign, 1, campaign.starts_at, campaign.ends_at)
    }

    fn bounds(&self, window: WindowId, number: u32, starts_at: Timestamp, ends_at: Timestamp) -> Bounds {
        let freezes_at = ends_at.plus(SignedDuration::from_mins(i64::from(self.grace_minutes)));
        Bounds { window, number, starts_at, ends_at, freezes_at }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures::{self, time};

    /// A competition of the whole campaign, in which the earlier of two equals leads, without prizes.
    pub(super) fn competition_of(score: Score) -> Competition {
        Competition {
            score,
            best_of: None,
            window: Window::Campaign,
            ties: Ties::Earliest,
            score_range: None,
            grace_minutes: 30,
            settle: Settle::Automatic,
            prizes: Vec::new(),
        }
    }

    fn competition(window: Window) -> Competition {
        Competition { window, ..competition_of(Score::Highest) }
    }

    fn campaign(from: &str, to: &str, zone: &str) -> Campaign {
        let zone = Some(TimeZone::try_from(zone.to_owned()).unwrap());
        Campaign { starts_at: time(from), ends_at: time(to), time_zone: zone, ..fixtures::campaign() }
    }

    /// ajLeaderboards#51: boundaries at local midnight, also over a change of the clocks.
    #[test]
    fn weeks_begin_on_monday_at_local_midnight_whatever_the_clocks_do() {
        let campaign = campaign("2026-10-20T10:00:00Z", "2026-11-04T10:00:00Z", "Europe/Berlin");
        let weeks: Vec<(String, u32, Timestamp, Timestamp)> = competition(Window::Week)
            .windows(&campaign)
            .map(|of| (of.window.to_string(), of.number, of.starts_at, of.ends_at))
            .collect();
        let week = |name: &str, number, from, to| (name.to_owned(), number, time(from), time(to));
        assert_eq!(
            weeks,
            [
                week("2026-10-19", 1, "2026-10-20T10:00:00Z", "2026-10-25T23:00:00Z"),
                week("2026-10-26", 2, "2026-10-25T23:00:00Z", "2026-11-01T23:00:00Z"),
                week("2026-11-02", 3, "2026-11-01T23:00:00Z", "2026-11-04T10:00:00Z"),
            ]
        );
    }

    #[test]
    fn days_follow_on_each_other_without_a_gap_or_an_overlap() {
        let campaign = campaign("2026-10-24T12:00:00Z", "2026-10-27T00:00:00Z", "Europe/Berlin");
        let days: Vec<Bounds> = competition(Window::Day).windows(&campaign).collect();
        assert_eq!(days.len(), 4);
        assert!(days.windows(2).all(|pair| pair[0].ends_at == pair[1].starts_at));
        assert_eq!(days.iter().map(|day| day.number).collect::<Vec<_>>(), [1, 2, 3, 4]);
        assert_eq!((days[0].starts_at, days[3].ends_at), (campaign.starts_at, campaign.ends_at));
        // The day on which the clocks go back has 25 hours.
        assert_eq!(days[1].ends_at.duration_since(days[1].starts_at), SignedDuration::from_hours(25));
        for day in &days {
            let found = competition(Window::Day).window(&campaign, day.window);
            assert_eq!(found, Some(*day));
        }
    }

    #[test]
    fn a_competition_without_windows_has_one_for_all_and_freezes_after_the_grace() {
        let campaign = campaign("2026-10-24T12:00:00Z", "2026-10-27T00:00:00Z", "UTC");
        let all: Vec<Bounds> = competition(Window::Campaign).windows(&campaign).collect();
        assert_eq!(all.len(), 1);
        assert_eq!((all[0].starts_at, all[0].ends_at), (campaign.starts_at, campaign.ends_at));
        assert_eq!(all[0].freezes_at, time("2026-10-27T00:30:00Z"));
    }

    #[test]
    fn a_window_has_one_spelling() {
        for text in ["campaign", "2026-11-30", "1969-12-31"] {
            assert_eq!(WindowId::parse(text).map(|window| window.to_string()).as_deref(), Some(text));
        }
        for text in ["", "Campaign", "2026-11-31", "2026-1-1", "20261130", " 2026-11-30", "2026-11-30#"] {
            assert_eq!(WindowId::parse(text), None, "{text}");
        }
    }
}
