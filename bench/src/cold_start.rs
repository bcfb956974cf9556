//! Cold starts of the release binaries: the time from the start of the process to its first request for an event, the
//! first invocation against the embedded DynamoDB, and the peak memory. Each round starts all binaries in turn, so
//! that other work of the machine affects all alike.

use std::path::Path;
use std::time::Duration;

use clap::Args;
use local::clock::Clock;
use local::gateway::HttpRequest;
use local::{Local, Options, samples};
use serde_json::json;

use crate::Failure;
use crate::binaries::{self, FLOORS, FUNCTIONS, binary, build_functions};
use crate::report::{self, Spread};

/// The measurement's options.
#[derive(Args)]
pub(crate) struct Arguments {
    /// Starts of each binary.
    #[arg(long, default_value_t = 40)]
    runs: usize,
    /// Print the table, and leave docs/benchmarks.md as it is.
    #[arg(long)]
    print: bool,
}

#[derive(Default)]
struct Measured {
    name: String,
    start: Spread,
    first: Spread,
    memory: Spread,
    size: u64,
}

/// Measures and writes the report.
pub(crate) async fn run(arguments: Arguments) -> Result<(), Failure> {
    build_functions().await?;
    let local = Local::start(Options::default()).await?;
    samples::prepare(&local, Clock::system().now()).await?;
    stock(&local).await?;
    let mut all: Vec<Measured> = Vec::new();
    for name in FLOORS.into_iter().chain(FUNCTIONS.map(|(name, ..)| name)) {
        let size = std::fs::metadata(binary(name)).map_err(|error| format!("{name}: {error}"))?.len();
        all.push(Measured { name: name.to_owned(), size, ..Measured::default() });
    }
    // The first round only warms the disk's cache.
    for round in 0..=arguments.runs {
        eprint!("\rround {round} of {}", arguments.runs);
        for measured in &mut all {
            let event = event(&measured.name, round)?;
            let once = once(&binary(&measured.name), event, &local.dynamodb).await;
            let (start, first, memory) = once.map_err(|error| format!("{}: {error}", measured.name))?;
            if round > 0 {
                measured.start.add(start.as_secs_f64() * 1e3);
                measured.first.add(first.as_secs_f64() * 1e3);
                measured.memory.add(memory);
            }
        }
    }
    eprintln!();
    local.stop().await;
    let table = table(&all, arguments.runs);
    report::write("cold start", &table, arguments.print)
}

/// Loads enough URLs for all rewards, since the samples have only a few.
async fn stock(local: &Local) -> Result<(), Failure> {
    let urls: Vec<String> = (0..100).map(|n| format!("https://gift.example/cold/{n}")).collect();
    let headers = vec![
        ("content-type".to_owned(), "application/json".to_owned()),
        ("x-api-key".to_owned(), local.admin_key.expose().to_owned()),
    ];
    let target = "/v1/apps/demo-bank/reward-groups/gift/stock".to_owned();
    let body = json!({ "urls": urls }).to_string().into_bytes();
    let answer = local.call(HttpRequest { method: "POST".into(), target, headers, body }).await;
    if answer.status == 200 { Ok(()) } else { Err(String::from_utf8_lossy(&answer.body).into()) }
}

fn event(name: &str, round: usize) -> Result<Vec<u8>, Failure> {
    let Some((_, case, other)) = FUNCTIONS.iter().find(|(function, ..)| *function == name) else {
        return Ok(b"{}".to_vec());
    };
    let file = report::root().join("events").join(name).join(format!("{case}.json"));
    let text = std::fs::read_to_string(&file).map_err(|error| format!("{}: {error}", file.display()))?;
    let text = if other.is_empty() { text } else { text.replace(other, &format!("round-{round}")) };
    Ok(text.into_bytes())
}

/// Starts a binary once. Returns the time to its first request for an event, the time of its first answer, and its
/// peak memory in MiB.
async fn once(binary: &Path, event: Vec<u8>, dynamodb: &str) -> Result<(Duration, Duration, f64), Failure> {
    let mut process = binaries::start(binary, dynamodb).await?;
    let ready = process.ready().await?;
    let answer = binaries::invoke(&mut process, event).await?;
    let text = String::from_utf8_lossy(&answer.body);
    if text.contains("\"statusCode\":5") || !answer.well {
        return Err(format!("its first answer was an error: {text}").into());
    }
    let memory = binaries::peak_memory(process.id())?;
    process.end().await;
    Ok((ready, answer.took, memory))
}

fn table(all: &[Measured], runs: usize) -> String {
    let [floor, connected] = [0, 1].map(|index| all.get(index).map_or(1.0, |floor| floor.start.median()));
    let mut table = format!(
        "From the start of the process to its first request for an event, and from there to its first answer, against the \
         embedded\nDynamoDB on the same machine over plain HTTP; {runs} starts of each binary, in turn. `floor` is a \
         function that does nothing,\nwith the same runtime and one SDK client; `floor-connected` has also made one request, as every \
         function does while it is\ninitialised, because what that costs is not paid by the first user then. The first event is the sample of that name under `events/`. Not in it: Lambda's own time to fetch and \
         unpack the binary, TLS, the network.\n\n\
         | binary | first event | size MB | start ms: median | least | 90 % | × floor | × connected | first invocation ms: median | peak MiB |\n\
         |---|---|---|---|---|---|---|---|---|---|\n"
    );
    for measured in all {
        let event = FUNCTIONS.iter().find(|(name, ..)| *name == measured.name).map_or("", |(_, case, _)| case);
        let (start, first, memory) = (&measured.start, &measured.first, &measured.memory);
        table += &format!(
            "| {} | {event} | {:.2} | {:.2} | {:.2} | {:.2} | {:.2} | {:.2} | {:.2} | {:.1} |\n",
            measured.name,
            measured.size as f64 / 1e6,
            start.median(),
            start.least(),
            start.at(0.9),
            start.median() / floor,
            start.median() / connected,
            first.median(),
            memory.at(1.0),
        );
    }
    table
}
