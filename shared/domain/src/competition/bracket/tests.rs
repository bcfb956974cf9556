//! Every size of a bracket under random results, corrections and no-shows, checked against a second reckoning from the
//! results alone.

use std::collections::BTreeSet;

use rand::rngs::StdRng;
use rand::seq::IndexedRandom as _;
use rand::{Rng as _, SeedableRng as _};

use super::super::prizes::{Prize, Tier};
use super::*;

fn bracket(entrants: usize, third_place: bool) -> Bracket {
    Bracket::new(entrants, third_place).unwrap()
}

fn at(round: u8, number: u16) -> MatchId {
    MatchId { round, number }
}

fn record(bracket: Bracket, matches: &mut Matches, id: MatchId, result: MatchResult) -> Result<usize, Refusal> {
    let path = bracket.path(id);
    assert!(path.len() <= 12, "{path:?}");
    let known: Matches = path.into_iter().map(|id| (id, matches[&id])).collect();
    let changed = bracket.record(id, result, &known)?;
    let count = changed.len();
    matches.extend(changed);
    Ok(count)
}

/// The matches as they must be: drawn, with the results put in round by round.
fn reckoned(bracket: Bracket, matches: &Matches) -> Matches {
    let mut fresh = bracket.drawn();
    for id in bracket.ids() {
        fresh.get_mut(&id).unwrap().result = matches[&id].result;
        let played = fresh[&id];
        let last = bracket.rounds();
        let side = usize::from(id.number % 2 == 0);
        if id.round < last {
            fresh.get_mut(&at(id.round + 1, id.number.div_ceil(2))).unwrap().seats[side] = played.winner();
        }
        if let Some(third) = bracket.third_place_match().filter(|_| id.round + 1 == last) {
            fresh.get_mut(&third).unwrap().seats[side] = played.loser();
        }
    }
    fresh
}

fn random_result(random: &mut StdRng, no_shows: u32) -> MatchResult {
    let side = if random.random() { Side::First } else { Side::Second };
    match random.random_range(0..100) {
        n if n < no_shows / 2 => MatchResult::NoShow(side),
        n if n < no_shows => MatchResult::NoShowOfBoth,
        _ => MatchResult::Won(side),
    }
}

/// Nobody is in two matches of one round, and results have two players.
fn check_seats(bracket: Bracket, matches: &Matches) {
    for round in 1..=bracket.rounds() {
        let mut seen = BTreeSet::new();
        for (id, played) in matches.iter().filter(|(id, _)| id.round == round) {
            assert!(played.result.is_none() || played.has_both_players(), "{id}");
            for seed in played.seats.into_iter().filter_map(Seat::seed) {
                assert!(seen.insert(seed), "{seed} twice in round {round}");
            }
        }
    }
}

fn check_end(bracket: Bracket, matches: &Matches) {
    let placings = bracket.placings(matches);
    assert_eq!(placings.len(), usize::from(bracket.entrants()), "everybody has one place");
    let places = bracket.places();
    for place in placings.values() {
        assert!(places.contains(&(place.from, place.to)) || !place.wins, "{place:?}");
    }
    for (from, to) in places {
        let winners = placings.values().filter(|place| place.wins && (place.from, place.to) == (from, to)).count();
        assert!(winners <= usize::from(to - from + 1), "{winners} win {from}–{to}");
    }
    let champions = placings.values().filter(|place| place.from == 1).count();
    assert_eq!(champions, usize::from(matches[&bracket.final_match()].winner() != Seat::Nobody));
    if matches.values().all(|played| played.result != Some(MatchResult::NoShowOfBoth)) {
        assert_eq!(champions, 1);
        let filled = |(from, to): &(u16, u16)| {
            placings.values().filter(|place| place.from == *from).count() == usize::from(to - from + 1)
        };
        assert!(bracket.places().iter().all(filled), "without double no-shows every place is taken");
    }
}

fn play_at_random(entrants: usize, third_place: bool, no_shows: u32, random: &mut StdRng) {
    let bracket = bracket(entrants, third_place);
    let mut matches = bracket.drawn();
    let all: Vec<MatchId> = bracket.ids().collect();
    loop {
        let ready = |id: &&MatchId| matches[id].has_both_players() && matches[id].result.is_none();
        let Some(id) = all.iter().filter(ready).collect::<Vec<_>>().choose(random).copied().copied() else { break };
        let result = random_result(random, no_shows);
        assert!(record(bracket, &mut matches, id, result).unwrap() >= 1);
        assert_eq!(record(bracket, &mut matches, id, result), Ok(0), "a repetition changes nothing");
        // Two attempts to correct something, by chance too late.
        for _ in 0..2 {
            let id = *all.choose(random).unwrap();
            let before = matches.clone();
            match record(bracket, &mut matches, id, random_result(random, no_shows)) {
                Ok(_) => {}
                Err(Refusal::LaterResult(later)) => {
                    assert!(bracket.path(id).contains(&later) && matches[&later].result.is_some());
                    assert_eq!(matches, before);
                }
                Err(Refusal::WithoutBothPlayers(_)) => assert!(!matches[&id].has_both_players()),
                Err(refusal) => panic!("{refusal:?}"),
            }
        }
        check_seats(bracket, &matches);
    }
    assert_eq!(matches, reckoned(bracket, &matches), "{entrants} players");
    assert!(bracket.is_decided(&matches) && matches.values().all(Match::is_decided));
    check_end(bracket, &matches);
}

#[test]
fn every_size_ends_with_one_champion_and_one_place_for_everybody() {
    let mut random = StdRng::seed_from_u64(1);
    for entrants in FEWEST..=64 {
        for third_place in [false, true] {
            for no_shows in [0, 30, 100] {
                play_at_random(entrants, third_place, no_shows, &mut random);
            }
        }
    }
    for entrants in [65, 127, 128, 129, 257] {
        play_at_random(entrants, true, 25, &mut random);
    }
}

#[test]
fn the_largest_brackets_end_as_the_small_ones_do() {
    for entrants in [513, 1_000, 1_023, 1_024] {
        let bracket = bracket(entrants, true);
        let mut matches = bracket.drawn();
        let mut random = StdRng::seed_from_u64(entrants as u64);
        for id in bracket.ids() {
            if matches[&id].has_both_players() {
                record(bracket, &mut matches, id, random_result(&mut random, 20)).unwrap();
            }
        }
        assert_eq!(matches, reckoned(bracket, &matches));
        check_end(bracket, &matches);
    }
}

#[test]
fn a_bracket_of_1_and_of_1_025_does_not_exist() {
    assert_eq!((Bracket::new(0, false), Bracket::new(1, false), Bracket::new(1_025, false)), (None, None, None));
    let (least, most) = (bracket(2, false), bracket(1_024, true));
    assert_eq!((least.rounds(), least.ids().count()), (1, 1));
    assert_eq!((most.rounds(), most.ids().count()), (10, 1_024));
    assert_eq!(bracket(3, true).third_place_match(), None);
}

#[test]
fn the_best_seeds_meet_last_and_get_the_byes() {
    for entrants in FEWEST..=MOST_ENTRANTS {
        let bracket = bracket(entrants, false);
        let mut matches = bracket.drawn();
        let byes: Vec<u16> =
            matches.values().filter(|drawn| drawn.is_walkover()).filter_map(|drawn| drawn.winner().seed()).collect();
        assert_eq!(byes.len(), usize::from(bracket.size()) - entrants);
        assert!(byes.iter().all(|seed| usize::from(*seed) <= byes.len()), "{entrants}: {byes:?}");
        if entrants > 64 && !entrants.is_power_of_two() {
            continue;
        }
        // The better seed always wins: then nobody ends worse than seeded.
        for id in bracket.ids() {
            if let [Seat::Player(first), Seat::Player(second)] = matches[&id].seats {
                let side = if first < second { Side::First } else { Side::Second };
                record(bracket, &mut matches, id, MatchResult::Won(side)).unwrap();
            }
        }
        for (seed, place) in bracket.placings(&matches) {
            assert!((place.from..=place.to).contains(&seed), "{entrants}: {seed} is at {place:?}");
        }
    }
    let eight = bracket(8, false).drawn();
    let first = |number| eight[&at(1, number)].seats.map(|seat| seat.seed().unwrap());
    assert_eq!([1, 2, 3, 4].map(first), [[1, 8], [4, 5], [2, 7], [3, 6]]);
}

#[test]
fn a_corrected_result_moves_only_the_new_winner_until_the_next_match_has_one() {
    let bracket = bracket(8, false);
    let mut matches = bracket.drawn();
    let (won, lost) = (MatchResult::Won(Side::First), MatchResult::Won(Side::Second));
    record(bracket, &mut matches, at(1, 1), won).unwrap();
    record(bracket, &mut matches, at(1, 2), won).unwrap();
    assert_eq!(matches[&at(2, 1)].seats, [Seat::Player(1), Seat::Player(4)]);
    assert_eq!(record(bracket, &mut matches, at(1, 1), lost), Ok(2));
    assert_eq!(matches[&at(2, 1)].seats, [Seat::Player(8), Seat::Player(4)]);
    record(bracket, &mut matches, at(2, 1), won).unwrap();
    assert_eq!(record(bracket, &mut matches, at(1, 1), won), Err(Refusal::LaterResult(at(2, 1))));
    // A correction that changes no later match is never too late.
    assert_eq!(record(bracket, &mut matches, at(1, 1), MatchResult::NoShow(Side::First)), Ok(1));
    let refused = record(bracket, &mut matches, at(3, 1), won);
    assert_eq!(refused, Err(Refusal::WithoutBothPlayers(matches[&at(3, 1)])));
}

#[test]
fn after_double_no_shows_the_opponent_goes_on_by_walkover_match_after_match() {
    let bracket = bracket(8, false);
    let mut matches = bracket.drawn();
    let won = MatchResult::Won(Side::First);
    record(bracket, &mut matches, at(1, 1), MatchResult::NoShowOfBoth).unwrap();
    record(bracket, &mut matches, at(1, 2), MatchResult::NoShowOfBoth).unwrap();
    // Nobody comes from the upper half, so the lower semi-final decides the bracket.
    assert_eq!(matches[&at(3, 1)].seats, [Seat::Nobody, Seat::Open]);
    record(bracket, &mut matches, at(1, 3), won).unwrap();
    // One more double no-show decides a semi-final and the final at once.
    assert_eq!(record(bracket, &mut matches, at(1, 4), MatchResult::NoShowOfBoth), Ok(3));
    assert!(bracket.is_decided(&matches));
    assert_eq!(bracket.placings(&matches)[&2], Placing { from: 1, to: 1, wins: true });
    // Taking it back takes all of that back, because no later match was played.
    assert_eq!(record(bracket, &mut matches, at(1, 4), won), Ok(3));
    assert!(!bracket.is_decided(&matches));
    record(bracket, &mut matches, at(2, 2), won).unwrap();
    assert_eq!(record(bracket, &mut matches, at(1, 1), won), Ok(3), "no match of that path has a result");
    assert_eq!(record(bracket, &mut matches, at(1, 3), MatchResult::NoShowOfBoth), Err(Refusal::LaterResult(at(2, 2))));
}

#[test]
fn losers_of_semi_finals_play_for_the_third_place() {
    let bracket = bracket(4, true);
    let mut matches = bracket.drawn();
    let won = MatchResult::Won(Side::First);
    assert_eq!(record(bracket, &mut matches, at(1, 1), won), Ok(3));
    record(bracket, &mut matches, at(1, 2), won).unwrap();
    let third = bracket.third_place_match().unwrap();
    assert_eq!(matches[&third].seats, [Seat::Player(4), Seat::Player(3)]);
    record(bracket, &mut matches, third, won).unwrap();
    assert_eq!(
        record(bracket, &mut matches, at(1, 1), MatchResult::Won(Side::Second)),
        Err(Refusal::LaterResult(third))
    );
    record(bracket, &mut matches, at(2, 1), won).unwrap();
    let ranks: Vec<(u16, u16)> = bracket.placings(&matches).iter().map(|(seed, place)| (*seed, place.from)).collect();
    assert_eq!(ranks, [(1, 1), (2, 2), (3, 4), (4, 3)]);
}

#[test]
fn a_finished_bracket_takes_no_result_that_would_change_a_place() {
    let bracket = bracket(2, false);
    let mut matches = bracket.drawn();
    let id = bracket.final_match();
    record(bracket, &mut matches, id, MatchResult::Won(Side::First)).unwrap();
    matches.get_mut(&id).unwrap().closed = true;
    assert_eq!(record(bracket, &mut matches, id, MatchResult::Won(Side::First)), Ok(0));
    assert_eq!(record(bracket, &mut matches, id, MatchResult::Won(Side::Second)), Err(Refusal::Finished));
}

#[test]
fn a_prize_that_splits_a_shared_place_is_a_flaw() {
    let ranks =
        |from, to| Prize { tier: Tier::Ranks(from, to), at_most: None, reward_group_id: "gift".try_into().unwrap() };
    let at = |bracket: Bracket, prizes: &[Prize]| -> Vec<usize> {
        bracket.flaws_of(prizes).into_iter().map(|(position, _)| position).collect()
    };
    let podium = [ranks(1, 1), ranks(2, 2), ranks(3, 3)];
    assert_eq!(at(bracket(8, false), &podium), [2]);
    assert!(at(bracket(8, true), &podium).is_empty());
    assert!(at(bracket(8, false), &[ranks(1, 1), ranks(2, 4), ranks(5, 8)]).is_empty());
    assert_eq!(at(bracket(8, false), &[ranks(1, 3), ranks(4, 6)]), [0, 1]);
    // Five players: only one is behind the fourth place, and ranks that nobody has split nothing.
    assert_eq!(bracket(5, false).places(), [(1, 1), (2, 2), (3, 4), (5, 5)]);
    assert!(at(bracket(5, false), &[ranks(1, 2), ranks(3, 6)]).is_empty());
    let percent = Prize { tier: Tier::Percent(5), at_most: Some(9), ..ranks(1, 1) };
    assert_eq!(at(bracket(8, false), &[percent]), [0]);
}
