//! Thousands of simulated seasons on all cores. A broken promise prints the command that replays its seed.

use std::ops::Add;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::time::Instant;

use clap::Args;
use tests::simulation::{self, Competition, Report, Supplies};
use tracing_subscriber::Layer as _;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

use crate::{Failure, lock, report};

/// The seasons to simulate.
#[derive(Args)]
pub(crate) struct Arguments {
    /// Runs, with seeds from `--first` on.
    #[arg(long, default_value_t = 1_000)]
    seeds: u64,
    /// The first seed.
    #[arg(long, default_value_t = 0)]
    first: u64,
    /// Replay only this seed.
    #[arg(long, conflicts_with_all = ["seeds", "first"])]
    seed: Option<u64>,
    /// Simulate competitions instead: scores around the end, freezing, counting and prizes.
    #[arg(long)]
    competitions: bool,
    /// Simulate rewards that a supplier makes instead: openings, expiry, and a supplier that fails in every way.
    #[arg(long, conflicts_with = "competitions")]
    supplies: bool,
    /// Print the table, and leave docs/benchmarks.md as it is.
    #[arg(long)]
    print: bool,
}

/// Simulates. Fails if any promise was broken.
pub(crate) fn run(arguments: &Arguments) -> Result<(), Failure> {
    // Shows errors of functions, but not those of libraries about simulated connections.
    let ours = Targets::new().with_target("shared", tracing_subscriber::filter::LevelFilter::ERROR);
    tracing_subscriber::registry().with(tracing_subscriber::fmt::layer().with_filter(ours)).init();
    if arguments.competitions {
        let Some(total) = seasons(arguments, simulation::competition)? else { return Ok(()) };
        return report::write("simulated competitions", &text_of_competitions(arguments, total), arguments.print);
    }
    if arguments.supplies {
        let Some(total) = seasons(arguments, simulation::supplies)? else { return Ok(()) };
        return report::write("simulated supplies", &text_of_supplies(arguments, total), arguments.print);
    }
    let Some(total) = seasons(arguments, simulation::run)? else { return Ok(()) };
    report::write("simulate", &text(arguments.seeds, arguments.first, total), arguments.print)
}

/// Plays the seeds on all cores. Returns the sum of their reports; `None` for a single seed, whose report it prints.
fn seasons<R>(arguments: &Arguments, play: fn(u64) -> Result<R, String>) -> Result<Option<R>, Failure>
where
    R: Add<Output = R> + Copy + Default + std::fmt::Debug + Send,
{
    if let Some(seed) = arguments.seed {
        let report = play(seed)?;
        eprintln!("seed {seed}: every promise held\n{report:#?}");
        return Ok(None);
    }
    // A broken promise is printed with its seed, below.
    std::panic::set_hook(Box::new(|_| {}));
    let command = match arguments {
        Arguments { competitions: true, .. } => "simulate --competitions",
        Arguments { supplies: true, .. } => "simulate --supplies",
        _ => "simulate",
    };
    let replay = |seed: u64| format!("cargo run --release -p bench -- {command} --seed {seed}");
    let (first, last) = (arguments.first, arguments.first + arguments.seeds);
    let (next, total, stop) = (AtomicU64::new(first), Mutex::new(R::default()), AtomicBool::new(false));
    let broken: Mutex<Vec<u64>> = Mutex::default();
    let began = Instant::now();
    let work = || {
        while !stop.load(Relaxed) {
            let seed = next.fetch_add(1, Relaxed);
            if seed >= last {
                return;
            }
            match play(seed) {
                Ok(report) => {
                    let mut total = lock(&total);
                    *total = *total + report;
                }
                Err(error) => {
                    eprintln!("\nseed {seed}: {error}\nreplay: {}", replay(seed));
                    let mut broken = lock(&broken);
                    broken.push(seed);
                    // Five are enough to find the cause.
                    stop.store(broken.len() >= 5, Relaxed);
                }
            }
            let done = seed + 1 - first;
            if done.is_multiple_of(10) {
                eprint!(
                    "\r{done} of {} runs, {:.1} a second ",
                    arguments.seeds,
                    done as f64 / began.elapsed().as_secs_f64()
                );
            }
        }
    };
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| (0..cores).for_each(|_| drop(scope.spawn(work))));
    eprintln!();
    if let Some(seed) = lock(&broken).first() {
        return Err(format!("promises were broken; replay: {}", replay(*seed)).into());
    }
    let total = *lock(&total);
    Ok(Some(total))
}

fn text_of_competitions(arguments: &Arguments, total: Competition) -> String {
    let Arguments { seeds, first, .. } = *arguments;
    let Competition {
        players,
        scored,
        late,
        frozen_out,
        awarded,
        waiting,
        disqualified,
        erased,
        results,
        killed,
        frozen,
    } = total;
    let last = first + seeds - 1;
    format!(
        "Competitions with every fault, seeds {first} to {last}. After each: every score that was answered `scored` has its place, the\n\
         places are those of a naive sort, each winner has one prize and everybody else one result, the ledger is exact,\n\
         and settling again changes nothing.\n\n\
         | | |\n|---|---|\n\
         | runs | {seeds} |\n| promises broken | 0 |\n| places | {players} |\n| laps answered `scored` | {scored} |\n\
         | of these after the end, within the grace | {late} |\n| laps refused because they came after the grace | {frozen_out} |\n\
         | prizes given | {awarded} |\n| prizes that wait for stock | {waiting} |\n| users disqualified | {disqualified} |\n\
         | users erased | {erased} |\n| users told that they have won nothing | {results} |\n\
         | invocations killed at some await point | {killed} |\n| invocations frozen for 1 s to 15 min and resumed | {frozen} |\n",
    )
}

fn text_of_supplies(arguments: &Arguments, total: Supplies) -> String {
    let Arguments { seeds, first, .. } = *arguments;
    let Supplies { bought, repeated, failed, expired, withdrawn, killed, frozen } = total;
    let last = first + seeds - 1;
    format!(
        "Seasons of rewards that a supplier makes, with every fault, seeds {first} to {last}. After each: every reward that was opened\n\
         was bought once and leads to its own URL, none that was never opened was bought, the money is exact, and the\n\
         table holds nothing of what was made.\n\n\
         | | |\n|---|---|\n\
         | runs | {seeds} |\n| promises broken | 0 |\n| rewards bought | {bought} |\n\
         | of these ordered again, and not bought again | {repeated} |\n| calls that the supplier failed | {failed} |\n\
         | rewards expired unopened, with their money back | {expired} |\n\
         | rewards taken back unopened, with their money back | {withdrawn} |\n\
         | invocations killed at some await point | {killed} |\n| invocations frozen for 1 s to 15 min and resumed | {frozen} |\n",
    )
}

fn text(seeds: u64, first: u64, total: Report) -> String {
    let Report { figures, invocations, killed, frozen, awarded, waiting, redeemed, .. } = total;
    let Report { expired, voided, replaced, restocked, records, checks, .. } = total;
    let last = first + seeds - 1;
    format!(
        "Seasons of an app with every fault, as `docs/contention-model.md` describes; seeds {first} to {last}. At \
         random instants, promises 1 to 3\nare checked from the table alone; after each, 1 to 7: 1 to 3, 5 and 7 from the table alone, 4 and 6 by what clients were \
         answered\nand what was pushed.\n\n\
         | | |\n|---|---|\n\
         | runs | {seeds} |\n| promises broken | 0 |\n| times that promises were checked | {checks} |\n\
         | invocations | {invocations} |\n| of these killed at some await point | {killed} |\n\
         | of these frozen for 1 s to 15 min and resumed | {frozen} |\n| stream records handled, repetitions included | {records} |\n\
         | requests to DynamoDB | {} |\n| transactions cancelled for a conflict | {} |\n| writes refused for a conflict | {} |\n\
         | requests throttled | {} |\n| rewards awarded in the end | {awarded} |\n| users in line in the end | {waiting} |\n\
         | rewards redeemed | {redeemed} |\n| rewards expired | {expired} |\n| rewards voided | {voided} |\n\
         | of these replaced | {replaced} |\n| URLs back in stock, seen by nobody | {restocked} |\n",
        figures.requests, figures.transactions_in_conflict, figures.writes_in_conflict, figures.throttled,
    )
}
