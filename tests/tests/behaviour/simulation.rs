//! A short simulation: a few seasons with every fault. `cargo run --release -p bench -- simulate` runs more.

use tests::simulation::{self, Outage, outage};

/// As many as run in a few minutes without optimisation. A season lasts a day, until unredeemed rewards have expired.
const SEEDS: std::ops::Range<u64> = 0..6;

#[test]
fn every_promise_holds_whatever_goes_wrong() {
    // In parallel: each season has its own thread and clock.
    let seasons: Vec<_> = SEEDS.map(|seed| (seed, std::thread::spawn(move || simulation::run(seed)))).collect();
    let mut total = simulation::Report::default();
    for (seed, season) in seasons {
        match season.join().unwrap() {
            Ok(report) => total = total + report,
            Err(broken) => {
                panic!("seed {seed}: {broken}\nreplay: cargo run --release -p bench -- simulate --seed {seed}")
            }
        }
    }
    println!("{total:#?}");
    // A season without these events proves nothing.
    assert!(total.killed > 30 && total.frozen > 20, "{total:?}");
    assert!(total.awarded > 50 && total.waiting > 20 && total.redeemed > 20, "{total:?}");
    assert!(total.expired > 10 && total.voided > 10 && total.replaced > 3 && total.restocked > 3, "{total:?}");
    assert!(total.figures.transactions_in_conflict > 100 && total.figures.throttled > 100, "{total:?}");
}

/// Competitions to simulate: each lasts some simulated hours.
const COMPETITIONS: std::ops::Range<u64> = 0..8;

#[test]
fn every_score_has_its_place_and_every_place_its_prize_whatever_goes_wrong() {
    let seasons: Vec<_> =
        COMPETITIONS.map(|seed| (seed, std::thread::spawn(move || simulation::competition(seed)))).collect();
    let mut total = simulation::Competition::default();
    for (seed, season) in seasons {
        match season.join().unwrap() {
            Ok(report) => total = total + report,
            Err(broken) => panic!(
                "seed {seed}: {broken}\nreplay: cargo run --release -p bench -- simulate --competitions --seed {seed}"
            ),
        }
    }
    println!("{total:#?}");
    // A competition without these events proves nothing.
    assert!(total.scored > 100 && total.late > 10 && total.frozen_out > 5, "{total:?}");
    assert!(total.awarded > 20 && total.waiting > 5 && total.killed > 20 && total.frozen > 10, "{total:?}");
    assert!(total.disqualified > 10 && total.erased > 3 && total.results > 30, "{total:?}");
}

/// Seasons of supplied rewards.
const SUPPLIED: std::ops::Range<u64> = 0..8;

#[test]
fn each_reward_is_bought_once_if_opened_whatever_goes_wrong() {
    let seasons: Vec<_> = SUPPLIED.map(|seed| (seed, std::thread::spawn(move || simulation::supplies(seed)))).collect();
    let mut total = simulation::Supplies::default();
    for (seed, season) in seasons {
        match season.join().unwrap() {
            Ok(report) => total = total + report,
            Err(broken) => panic!(
                "seed {seed}: {broken}\nreplay: cargo run --release -p bench -- simulate --supplies --seed {seed}"
            ),
        }
    }
    println!("{total:#?}");
    // A season without these events proves nothing.
    assert!(total.bought > 60 && total.repeated > 20 && total.failed > 20, "{total:?}");
    assert!(total.expired > 10 && total.withdrawn > 3 && total.killed > 20 && total.frozen > 10, "{total:?}");
}

#[test]
fn a_seed_replays() {
    let again = std::thread::spawn(|| simulation::run(4).unwrap());
    assert_eq!(simulation::run(4).unwrap(), again.join().unwrap());
}

#[test]
fn an_hour_without_pinpoint_keeps_all_pushes_in_order_without_a_storm() {
    let users = 40;
    let Outage { earned, told, calls_while_down, most_calls_in_ten_seconds, took_seconds, given_up } = outage(users);
    assert_eq!(told, earned, "each user is told of all that was earned, once, in its order");
    assert_eq!(given_up, 0);
    // The first message of each user is tried some twenty times in an hour; those behind it are not tried.
    assert!(calls_while_down < users * 25, "{calls_while_down} calls while it was down");
    assert!(most_calls_in_ten_seconds <= users, "{most_calls_in_ten_seconds} calls in ten seconds");
    assert!(took_seconds <= 720, "{took_seconds} s until the last was told");
}
