//! Warm requests to the release binaries behind a Runtime API server, against the embedded DynamoDB: the latency of a
//! request, the function's own processor time, and its allocations.

mod allocations;
mod scenarios;

use std::time::Duration;

use clap::Args;
use local::clock::Clock;
use local::process::Process;
use local::{Local, Options};
use serde_json::{Value, json};

use crate::Failure;
use crate::binaries::{self, binary, build_functions};
use crate::report::{self, Spread};
use scenarios::{SCENARIOS, Scenario};

/// Requests before the measurement.
const WARM_UP: usize = 200;

/// The measurement's options.
#[derive(Args)]
pub(crate) struct Arguments {
    /// Requests of each kind.
    #[arg(long, default_value_t = 2_000)]
    requests: usize,
    /// Only requests whose name contains this; then docs/benchmarks.md is left as it is.
    #[arg(long, default_value = "")]
    only: String,
    /// Print the table, and leave docs/benchmarks.md as it is.
    #[arg(long)]
    print: bool,
}

/// Measures and writes the report.
pub(crate) fn run(arguments: &Arguments) -> Result<(), Failure> {
    let mut text = format!(
        "{} requests of each kind, one after the other, to the function's release binary in a warm environment, with the \
         embedded\nDynamoDB in the benchmark's own process, over plain HTTP. *Own processor time* is what \
         Linux's scheduler has given\nthe function's process, divided by the requests: the Lambda runtime, logging, HTTP, \
         signing and (de)serialisation included, TLS\nnot. `floor` is a function that does nothing, on the same runtime. *Allocations* are counted in the handler alone, from the JSON \
         event to the JSON answer, with DynamoDB's answers replayed.\n\n\
         | request | p50 ms | p99 ms | own processor time ms | allocations | KB allocated |\n|---|---|---|---|---|---|\n",
        arguments.requests
    );
    let runtime = tokio::runtime::Runtime::new()?;
    runtime.block_on(build_functions())?;
    if arguments.only.is_empty() {
        eprintln!("floor");
        let (times, own) = runtime.block_on(measure_floor(arguments.requests))?;
        text += &format!("| nothing (`floor`) | {:.2} | {:.2} | {own:.3} | | |\n", times.median(), times.at(0.99));
    }
    for scenario in SCENARIOS.iter().filter(|scenario| scenario.name.contains(&arguments.only)) {
        eprintln!("{}", scenario.name);
        let (times, own) = runtime.block_on(measure_scenario(scenario, arguments.requests))?;
        let allocated = allocations::count(scenario);
        text += &format!(
            "| {} | {:.2} | {:.2} | {own:.3} | {} | {:.0} |\n",
            scenario.name,
            times.median(),
            times.at(0.99),
            allocated.count,
            allocated.kilobytes,
        );
    }
    // A part must not replace the whole section.
    report::write("warm", &text, arguments.print || !arguments.only.is_empty())
}

/// Measures the empty function: the overhead of Lambda's runtime, on this machine and at this time.
async fn measure_floor(requests: usize) -> Result<(Spread, f64), Failure> {
    // The floor makes no request, so nothing has to listen.
    measure(binaries::start(&binary("floor"), "http://127.0.0.1:9").await?, requests, |_| json!({}), "").await
}

async fn measure_scenario(scenario: &Scenario, requests: usize) -> Result<(Spread, f64), Failure> {
    let local = Local::start(Options::default()).await?;
    scenarios::prepare(&local).await?;
    let process = binaries::start(&binary(scenario.function), &local.dynamodb).await?;
    let event = |number| scenario.event(number, Clock::system().now());
    let measured = measure(process, requests, event, scenario.expected).await;
    local.stop().await;
    measured.map_err(|error| format!("{}: {error}", scenario.name).into())
}

/// Sends events to a warm process. Returns the latencies, and the processor time of a request in milliseconds.
async fn measure(
    mut process: Process,
    requests: usize,
    event: impl Fn(usize) -> Value,
    expected: &str,
) -> Result<(Spread, f64), Failure> {
    let (mut times, mut before) = (Spread::default(), Duration::ZERO);
    for number in 0..WARM_UP + requests {
        process.ready().await?;
        if number == WARM_UP {
            before = binaries::processor_time(process.id())?;
        }
        let answer = binaries::invoke(&mut process, event(number).to_string().into_bytes()).await?;
        let text = String::from_utf8_lossy(&answer.body);
        if !text.contains(expected) {
            return Err(text.into());
        }
        if number >= WARM_UP {
            times.add(answer.took.as_secs_f64() * 1e3);
        }
    }
    process.ready().await?;
    let used = binaries::processor_time(process.id())?.saturating_sub(before);
    process.end().await;
    Ok((times, used.as_secs_f64() * 1e3 / requests as f64))
}
