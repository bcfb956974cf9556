//! Awards under contention, in the contention model: awards per second, conflicts and the cost of an award, for
//! growing numbers of environments that claim as fast as they can. Compares with two usual designs, and measures a
//! steady thousand per second.

mod baselines;
mod claims;

use std::time::Duration;

use clap::{Args, ValueEnum};
use tests::contention::{Figures, Physics};

use crate::Failure;
use crate::report::{self, Spread};
use crate::scene::simulate;

/// Environments at once.
const ENVIRONMENTS: [usize; 5] = [1, 8, 64, 256, 1_000];

/// Limit of a scenario, in simulated time.
const LONGEST: Duration = Duration::from_secs(10);

/// The measurement's options.
#[derive(Args)]
pub(crate) struct Arguments {
    /// Awards per scenario.
    #[arg(long, default_value_t = 10_000)]
    awards: u64,
    /// The seed.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Only these numbers of environments; then docs/benchmarks.md is left as it is.
    #[arg(long, value_delimiter = ',')]
    environments: Vec<usize>,
    /// Only this design; then docs/benchmarks.md is left as it is.
    #[arg(long)]
    design: Option<Design>,
    /// Print the tables, and leave docs/benchmarks.md as it is.
    #[arg(long)]
    print: bool,
}

/// The result of a scenario.
pub(crate) struct Outcome {
    pub(crate) awards: u64,
    /// Claims without a reward although one was available.
    pub(crate) failed: u64,
    pub(crate) elapsed: Duration,
    /// Latency of each award, in milliseconds.
    pub(crate) times: Spread,
    pub(crate) figures: Figures,
}

/// Measures and writes the report.
pub(crate) fn run(arguments: &Arguments) -> Result<(), Failure> {
    let all = if arguments.environments.is_empty() { ENVIRONMENTS.to_vec() } else { arguments.environments.clone() };
    let (awards, seed) = (arguments.awards, arguments.seed);
    let mut text = String::from(
        "In the contention model (`docs/contention-model.md` says what it models and what not); the times are simulated, \
         and a seed\ngives the same figures on any machine. Every environment claims one reward after the other, each for \
         another user, from a cold\nstart on. *Shared counter*: the same claim, but with the whole budget in one item. \
         *By scan*: the first URL that the index shows\nas available, taken by a conditional update, without any budget.\nWhat is measured is the claim alone (`claim::claim`), as every award goes through it: not the \
         function around it, the moment that is counted before it,\nor the stream's readers behind it.\n\n",
    );
    text += HEAD;
    for (name, design) in DESIGNS.into_iter().filter(|(_, design)| arguments.design.is_none_or(|only| only == *design))
    {
        let mut alone = None;
        for environments in &all {
            eprintln!("{name}, {environments} environments");
            let claim = |slots| claims::as_fast_as_possible(*environments, awards, seed, slots, Physics::default());
            let outcome = match design {
                Design::Slots => simulate(seed, || claim(None)),
                Design::SharedCounter => simulate(seed, || claim(Some(1))),
                Design::Scan => simulate(seed, || baselines::by_scan(*environments, awards, seed)),
            };
            let rate = outcome.rate();
            let alone = *alone.get_or_insert(rate);
            let row = outcome.row(&format!("{environments} | {name}"), Some(rate / alone));
            eprint!("{row}");
            text += &row;
        }
    }
    text += "\nHow long a transaction holds its items is not published; above it is all of its time, the worst case. If it \
             were a tenth of that:\n\n";
    text += HEAD;
    for (name, slots) in [("slots", None), ("shared counter", Some(1))] {
        eprintln!("{name}, items held for a tenth of the time");
        let physics = Physics { held: 0.1, ..Physics::default() };
        let outcome = simulate(seed, || claims::as_fast_as_possible(256, awards, seed, slots, physics));
        text += &outcome.row(&format!("256 | {name}"), None);
    }
    text += "\nOpen loop: a thousand awards a second for twenty seconds, each by an environment that is idle, or a new one if none is.\n\n\
             | environments | awards/s | conflicts per award | WCU per award | p50 ms | p99 ms | failed |\n|---|---|---|---|---|---|---|\n";
    eprintln!("a thousand awards a second");
    let (environments, outcome) = simulate(seed, || claims::steady(1_000, Duration::from_secs(20), seed));
    text += &format!(
        "| {environments} | {:.0} | {:.3} | {:.2} | {:.0} | {:.0} | {} |\n",
        outcome.rate(),
        outcome.conflicts(),
        outcome.figures.write_units / outcome.awards as f64,
        outcome.times.median(),
        outcome.times.at(0.99),
        outcome.failed
    );
    text += "\nTo the last cent: a budget for exactly five thousand awards, claimed by all environments until each is told that \
             nothing is left.\n\n\
             | environments | awarded | seconds | awards/s | conflicts per award | WCU per award | RCU per award |\n|---|---|---|---|---|---|---|\n";
    for environments in all.iter().filter(|environments| (8..1_000).contains(*environments)) {
        eprintln!("to the last cent, {environments} environments");
        let outcome = simulate(seed, || claims::to_the_last_cent(*environments, 5_000, seed));
        text += &format!(
            "| {environments} | {} | {:.1} | {:.0} | {:.3} | {:.2} | {:.2} |\n",
            outcome.awards,
            outcome.elapsed.as_secs_f64(),
            outcome.rate(),
            outcome.conflicts(),
            outcome.figures.write_units / outcome.awards as f64,
            outcome.figures.read_units / outcome.awards as f64,
        );
    }
    // A part must not replace the whole section.
    let part = !arguments.environments.is_empty() || arguments.design.is_some();
    report::write("contention", &text, arguments.print || part)
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Design {
    Slots,
    SharedCounter,
    Scan,
}

const HEAD: &str = "| environments | design | awards/s | × one environment | conflicts per award | WCU per award | RCU per award \
                    | p50 ms | p99 ms | failed |\n|---|---|---|---|---|---|---|---|---|---|\n";

const DESIGNS: [(&str, Design); 3] =
    [("slots", Design::Slots), ("shared counter", Design::SharedCounter), ("by scan", Design::Scan)];

impl Outcome {
    fn rate(&self) -> f64 {
        self.awards as f64 / self.elapsed.as_secs_f64()
    }

    fn conflicts(&self) -> f64 {
        (self.figures.transactions_in_conflict + self.figures.writes_in_conflict) as f64 / self.awards as f64
    }

    fn row(&self, name: &str, times_alone: Option<f64>) -> String {
        let times_alone = times_alone.map_or("".into(), |times| format!("{times:.1}"));
        if self.awards == 0 {
            return format!("| {name} | 0 | {times_alone} | – | – | – | – | – | {} |\n", self.failed);
        }
        let each = |units: f64| units / self.awards as f64;
        format!(
            "| {name} | {:.0} | {times_alone} | {:.3} | {:.2} | {:.2} | {:.0} | {:.0} | {} |\n",
            self.rate(),
            self.conflicts(),
            each(self.figures.write_units),
            each(self.figures.read_units),
            self.times.median(),
            self.times.at(0.99),
            self.failed,
        )
    }
}
