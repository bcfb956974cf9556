//! The change of a user's score by an event. Pure, so a dry run and a write cannot differ.

use std::cmp::Ordering;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Competition, MOST, Score};

/// The quantity of an event, with the time at which it happened and the hash of its id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Scored {
    /// 0 to [`MOST`].
    pub quantity: u64,
    /// When it happened.
    pub at: Timestamp,
    /// The first 64 bits of its id's SHA-256.
    pub event: u64,
}

/// One of the best quantities of a user.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Best {
    /// The quantity.
    pub quantity: u64,
    /// The hash of the event's id.
    pub event: u64,
}

/// A user's score in one window, without the events that made it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Standing {
    /// 0 to [`MOST`].
    pub score: u64,
    /// When the event happened that made it; for sums the latest of them.
    pub reached_at: Timestamp,
    /// For `best_of`: the best quantities, the best first.
    pub bests: Vec<Best>,
}

impl Competition {
    /// Returns the standing after an event that was not counted before; `None` if it changes nothing.
    pub fn after(&self, before: Option<&Standing>, event: Scored) -> Option<Standing> {
        let Scored { quantity, at, .. } = event;
        let single = Standing { score: quantity.min(MOST), reached_at: at, bests: Vec::new() };
        let Some(before) = before else {
            return Some(match self.score {
                Score::Count => Standing { score: 1, ..single },
                Score::BestOf => Standing { bests: vec![Best { quantity, event: event.event }], ..single },
                _ => single,
            });
        };
        match self.score {
            Score::Highest => (quantity > before.score).then_some(single),
            Score::Lowest => (quantity < before.score).then_some(single),
            Score::Latest => (at > before.reached_at).then_some(single),
            Score::Sum => raised(before, before.score.saturating_add(quantity), at),
            Score::Count => raised(before, before.score.saturating_add(1), at),
            Score::BestOf => self.after_best_of(before, event),
        }
    }

    fn after_best_of(&self, before: &Standing, event: Scored) -> Option<Standing> {
        let Scored { quantity, at, event } = event;
        let most = usize::from(self.best_of.unwrap_or(1));
        let is_full = before.bests.len() >= most;
        // A repetition of an event that fell out is not better than the least that is left.
        if is_full && before.bests.last().is_some_and(|least| quantity <= least.quantity) {
            return None;
        }
        let mut bests = before.bests.clone();
        bests.truncate(if is_full { most.saturating_sub(1) } else { most });
        let place = bests.partition_point(|best| best.quantity >= quantity);
        bests.insert(place, Best { quantity, event });
        let score = bests.iter().fold(0_u64, |sum, best| sum.saturating_add(best.quantity)).min(MOST);
        // While fewer than all are there, a quantity of 0 is one more of them and changes no score.
        let reached_at = if score == before.score { before.reached_at } else { at.max(before.reached_at) };
        Some(Standing { score, reached_at, bests })
    }

    /// Orders two scores, the better one first.
    pub fn compare(&self, one: u64, other: u64) -> Ordering {
        if self.score == Score::Lowest { one.cmp(&other) } else { other.cmp(&one) }
    }
}

fn raised(before: &Standing, score: u64, at: Timestamp) -> Option<Standing> {
    let score = score.min(MOST);
    // An event of quantity 0 is counted, and leaves the score and its time.
    let reached_at = if score == before.score { before.reached_at } else { at.max(before.reached_at) };
    Some(Standing { score, reached_at, bests: Vec::new() })
}

#[cfg(test)]
mod tests {
    use super::super::tests::competition_of;
    use super::*;
    use crate::fixtures::time;

    fn event(n: u64, quantity: u64, at: &str) -> Scored {
        Scored { quantity, at: time(&format!("2026-12-01T{at}:00Z")), event: n }
    }

    fn play(score: Score, events: &[Scored]) -> (Vec<bool>, Standing) {
        let competition = Competition { best_of: Some(2), ..competition_of(score) };
        let mut standing = None;
        let changed = events.iter().map(|event| match competition.after(standing.as_ref(), *event) {
            Some(after) => {
                standing = Some(after);
                true
            }
            None => false,
        });
        (changed.collect(), standing.unwrap())
    }

    #[test]
    fn the_highest_the_lowest_and_the_latest_keep_one_event() {
        let events = [event(1, 50, "12:00"), event(2, 40, "12:02"), event(3, 60, "12:01"), event(4, 60, "12:01")];
        let (changed, standing) = play(Score::Highest, &events);
        assert_eq!((changed, standing.score), (vec![true, false, true, false], 60));
        assert_eq!(standing.reached_at, events[2].at);
        let (changed, standing) = play(Score::Lowest, &events);
        assert_eq!((changed, standing.score), (vec![true, true, false, false], 40));
        let (changed, standing) = play(Score::Latest, &events);
        assert_eq!((changed, standing.score), (vec![true, true, false, false], 40));
    }

    #[test]
    fn a_sum_and_a_number_grow_to_the_highest_score_and_no_further() {
        let events = [event(1, MOST - 1, "12:00"), event(2, 0, "12:01"), event(3, 5, "12:02"), event(4, 5, "12:03")];
        let (changed, standing) = play(Score::Sum, &events);
        assert_eq!((changed, standing.score, standing.reached_at), (vec![true; 4], MOST, events[2].at));
        // An earlier event that arrives later does not bring the time back.
        let (_, standing) = play(Score::Count, &[event(1, 9, "12:05"), event(2, 9, "12:01")]);
        assert_eq!((standing.score, standing.reached_at), (2, event(1, 9, "12:05").at));
    }

    #[test]
    fn the_best_of_keeps_as_many_as_it_names() {
        let events = [
            event(1, 10, "12:00"),
            event(2, 30, "12:01"),
            event(3, 20, "12:02"),
            event(4, 20, "12:03"),
            event(5, 5, "12:04"),
        ];
        let (changed, standing) = play(Score::BestOf, &events);
        assert_eq!(changed, [true, true, true, false, false]);
        assert_eq!((standing.score, standing.reached_at), (50, events[2].at));
        assert_eq!(standing.bests.iter().map(|best| best.event).collect::<Vec<_>>(), [2, 3]);
    }

    #[test]
    fn a_lower_score_is_better_only_where_the_lowest_wins() {
        assert_eq!(competition_of(Score::Lowest).compare(1, 2), Ordering::Less);
        assert_eq!(competition_of(Score::Highest).compare(1, 2), Ordering::Greater);
        assert_eq!(competition_of(Score::Sum).compare(2, 2), Ordering::Equal);
    }
}
