//! A short simulation: a handful of seasons with everything going wrong. The long one is
//! `cargo run --release -p bench -- simulate`.

use tests::simulation;

/// As many as take a few seconds without optimisation.
const SEEDS: std::ops::Range<u64> = 0..16;

#[test]
fn every_promise_holds_whatever_goes_wrong() {
    let mut total = simulation::Report::default();
    for seed in SEEDS {
        match simulation::run(seed) {
            Ok(report) => total = total + report,
            Err(broken) => {
                panic!("seed {seed}: {broken}\nreplay: cargo run --release -p bench -- simulate --seed {seed}")
            }
        }
    }
    println!("{total:#?}");
    // What never happened proves nothing.
    assert!(total.killed > 30 && total.frozen > 20, "{total:?}");
    assert!(total.awarded > 50 && total.waiting > 20 && total.redeemed > 20, "{total:?}");
    assert!(total.figures.transactions_in_conflict > 100 && total.figures.throttled > 100, "{total:?}");
}

#[test]
fn a_seed_replays() {
    assert_eq!(simulation::run(4).unwrap(), simulation::run(4).unwrap());
}
