//! Warm requests: each function's own release binary behind a Runtime API server, against the embedded DynamoDB.
//! Measures the time of a request, the processor time of the function itself, and its allocations.

mod allocations;
mod scenarios;

use std::path::Path;
use std::time::Duration;

use clap::Args;
use local::clock::Clock;
use local::{Local, Options};

use crate::binaries::{self, binary, build_functions};
use crate::report::{self, Spread};
use scenarios::{SCENARIOS, Scenario};

/// Requests before the measurement.
const WARM_UP: usize = 200;

#[derive(Args)]
pub(crate) struct Arguments {
    /// Requests of each kind.
    #[arg(long, default_value_t = 2_000)]
    requests: usize,
    /// Only requests whose name contains this; then docs/benchmarks.md is left as it is.
    #[arg(long, default_value = "")]
    only: String,
    /// Print the table only; leave docs/benchmarks.md as it is.
    #[arg(long)]
    print: bool,
}

struct Measured {
    times: Spread,
    processor: Duration,
}

pub(crate) fn run(arguments: &Arguments) -> Result<(), String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut text = format!(
        "{} requests of each kind, one after the other, to the function's release binary in a warm environment, with the \
         embedded\nDynamoDB in the benchmark's own process, over plain HTTP. *Own processor time* is what \
         Linux's scheduler has given\nthe function's process, divided by the requests: the Lambda runtime, logging, HTTP, \
         signing and (de)serialisation included, TLS\nnot. `floor` is a function that does nothing, on the same runtime. *Allocations* are counted in the handler alone, from the JSON \
         event to the JSON answer, with DynamoDB's answers replayed.\n\n\
         | request | p50 ms | p99 ms | own processor time ms | allocations | KB allocated |\n|---|---|---|---|---|---|\n",
        arguments.requests
    );
    let runtime = tokio::runtime::Runtime::new().map_err(|error| error.to_string())?;
    runtime.block_on(build_functions(&root))?;
    if arguments.only.is_empty() {
        eprintln!("floor");
        let (times, processor) = runtime.block_on(floor(&root, arguments.requests))?;
        let own = processor.as_secs_f64() * 1e3 / arguments.requests as f64;
        text += &format!("| nothing (`floor`) | {:.2} | {:.2} | {own:.3} | | |\n", times.median(), times.at(0.99));
    }
    for scenario in SCENARIOS.iter().filter(|scenario| scenario.name.contains(&arguments.only)) {
        eprintln!("{}", scenario.name);
        let measured = runtime.block_on(measure(&root, scenario, arguments.requests))?;
        let allocated = allocations::count(scenario);
        text += &format!(
            "| {} | {:.2} | {:.2} | {:.3} | {} | {:.0} |\n",
            scenario.name,
            measured.times.median(),
            measured.times.at(0.99),
            measured.processor.as_secs_f64() * 1e3 / arguments.requests as f64,
            allocated.count,
            allocated.kilobytes,
        );
    }
    // A part must not replace the whole.
    report::write(&root, "warm", &text, arguments.print || !arguments.only.is_empty())
}

/// Measures the function that does nothing: the cost of Lambda's runtime on this machine now.
async fn floor(root: &Path, requests: usize) -> Result<(Spread, Duration), String> {
    // It makes no request, so nobody has to listen.
    let mut process = binaries::start(&binary(root, "floor"), "http://127.0.0.1:9").await?;
    let (mut times, mut processor) = (Spread::default(), Duration::ZERO);
    for number in 0..WARM_UP + requests {
        process.ready().await.map_err(|error| error.to_string())?;
        if number == WARM_UP {
            processor = binaries::processor_time(process.id())?;
        }
        let answer = binaries::invoke(&mut process, b"{}".to_vec()).await?;
        if number >= WARM_UP {
            times.add(answer.took.as_secs_f64() * 1e3);
        }
    }
    process.ready().await.map_err(|error| error.to_string())?;
    let used = binaries::processor_time(process.id())?.saturating_sub(processor);
    process.end().await;
    Ok((times, used))
}

async fn measure(root: &Path, scenario: &Scenario, requests: usize) -> Result<Measured, String> {
    let local = Local::start(Options::default()).await.map_err(|error| error.to_string())?;
    scenarios::prepare(&local).await?;
    let mut process = binaries::start(&binary(root, scenario.function), &local.dynamodb).await?;
    let mut measured = Measured { times: Spread::default(), processor: Duration::ZERO };
    for number in 0..WARM_UP + requests {
        process.ready().await.map_err(|error| error.to_string())?;
        if number == WARM_UP {
            measured.processor = binaries::processor_time(process.id())?;
        }
        let event = scenario.event(number, Clock::system().now());
        let answer = binaries::invoke(&mut process, event.to_string().into_bytes()).await?;
        let text = String::from_utf8_lossy(&answer.body);
        if !text.contains(scenario.expected) {
            return Err(format!("{}: {text}", scenario.name));
        }
        if number >= WARM_UP {
            measured.times.add(answer.took.as_secs_f64() * 1e3);
        }
    }
    process.ready().await.map_err(|error| error.to_string())?;
    measured.processor = binaries::processor_time(process.id())?.saturating_sub(measured.processor);
    process.end().await;
    local.stop().await;
    Ok(measured)
}
