//! Cold starts of the real release binaries: from the start of the process to its first request for an event, then its
//! first invocation against the embedded DynamoDB, and its peak memory. Rounds go over all binaries in turn, so that
//! whatever else the machine does falls on all of them alike.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};

use clap::Args;
use local::clock::Clock;
use local::{Local, Options, demo};
use tokio::process::Command;

use crate::report::{self, Spread};
use crate::runtime_api::{self, Happened};

/// Every function with the sample event of its first invocation.
const FUNCTIONS: [(&str, &str); 8] = [
    ("authorize", "unknown-key"),
    ("submit-moment", "in-progress"),
    ("check-eligibility", "every-campaign"),
    ("allocate-reward", "campaign-not-live"),
    ("send-notification", "waiting"),
    ("redeem-reward", "no-route"),
    ("manage-users", "unknown-user"),
    ("manage-campaigns", "get-app"),
];

const FLOOR: &str = "floor";

/// How long a process may take for its start or its answer.
const PATIENCE: Duration = Duration::from_secs(20);

/// What to measure.
#[derive(Args)]
pub(crate) struct Arguments {
    /// Starts of each binary.
    #[arg(long, default_value_t = 40)]
    runs: usize,
    /// Print the table only; leave docs/benchmarks.md as it is.
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

/// Measures and reports.
pub(crate) async fn run(arguments: Arguments) -> Result<(), String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    build(&root).await?;
    let local = Local::start(Options::default()).await.map_err(|error| error.to_string())?;
    demo::prepare(&local, Clock::system().now()).await.map_err(|error| error.to_string())?;
    let mut all: Vec<Measured> = Vec::new();
    for (name, _) in std::iter::once((FLOOR, "")).chain(FUNCTIONS) {
        let size = std::fs::metadata(binary(&root, name)).map_err(|error| format!("{name}: {error}"))?.len();
        all.push(Measured { name: name.to_owned(), size, ..Measured::default() });
    }
    // The first round warms the disk's cache and is not counted.
    for round in 0..=arguments.runs {
        eprint!("\rround {round} of {}", arguments.runs);
        for measured in &mut all {
            let event = event(&root, &measured.name)?;
            let once = once(&binary(&root, &measured.name), event, &local.dynamodb).await;
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
    report::write(&root, "cold start", &table, arguments.print)
}

async fn build(root: &Path) -> Result<(), String> {
    eprintln!("building the release binaries; the first time takes minutes");
    let mut cargo = Command::new("cargo");
    cargo.current_dir(root).args(["build", "--release", "--locked", "-p", FLOOR]);
    for (name, _) in FUNCTIONS {
        cargo.args(["-p", name]);
    }
    let status = cargo.status().await.map_err(|error| format!("cargo: {error}"))?;
    if status.success() { Ok(()) } else { Err("the release binaries could not be built".into()) }
}

fn binary(root: &Path, name: &str) -> PathBuf {
    // Beside the benchmark itself, wherever the target folder is.
    let own = std::env::current_exe().ok().and_then(|own| own.parent().map(Path::to_owned));
    own.unwrap_or_else(|| root.join("target/release")).join(name)
}

fn event(root: &Path, name: &str) -> Result<Vec<u8>, String> {
    let Some((_, case)) = FUNCTIONS.iter().find(|(function, _)| *function == name) else { return Ok(b"{}".to_vec()) };
    let file = root.join("events").join(name).join(format!("{case}.json"));
    std::fs::read(&file).map_err(|error| format!("{}: {error}", file.display()))
}

/// One start: time to the first request for an event, time to the first answer, peak memory in MiB.
async fn once(binary: &Path, event: Vec<u8>, dynamodb: &str) -> Result<(Duration, Duration, f64), String> {
    let mut api = runtime_api::start(event).await?;
    let began = Instant::now();
    let mut process = Command::new(binary)
        .env_clear()
        .env("AWS_LAMBDA_RUNTIME_API", &api.address)
        .env("AWS_LAMBDA_FUNCTION_NAME", "bench")
        .env("AWS_LAMBDA_FUNCTION_VERSION", "1")
        .env("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "256")
        .env("AWS_REGION", "us-east-1")
        .env("AWS_ACCESS_KEY_ID", "bench")
        .env("AWS_SECRET_ACCESS_KEY", "bench")
        .env("TABLE_NAME", local::database::TABLE)
        .env("DYNAMODB_ENDPOINT", dynamodb)
        .env("LOG_LEVEL", "info")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .map_err(|error| error.to_string())?;
    let mut next = async || {
        let happened = tokio::time::timeout(PATIENCE, api.happened.recv()).await;
        happened.ok().flatten().ok_or_else(|| "it did not answer".to_owned())
    };
    let Happened::Ready(ready) = next().await? else { return Err("it answered before it asked".into()) };
    let Happened::Answered(answered, well, body) = next().await? else { return Err("it asked twice".into()) };
    let text = String::from_utf8_lossy(&body);
    // An authorizer reports an unknown key as an error, and that one word is the right answer.
    if text.contains("\"statusCode\":5") || !(well || text.contains("Unauthorized")) {
        return Err(format!("its first answer was an error: {text}"));
    }
    let memory = peak_memory(process.id().unwrap_or_default())?;
    process.kill().await.map_err(|error| error.to_string())?;
    Ok((ready - began, answered - ready, memory))
}

/// The most memory that the process had resident, in MiB: `VmHWM` of Linux.
fn peak_memory(process: u32) -> Result<f64, String> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).map_err(|error| error.to_string())?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kilobytes = line.and_then(|line| line.split_whitespace().next()?.parse::<f64>().ok());
    kilobytes.map(|kilobytes| kilobytes / 1024.0).ok_or_else(|| "peak memory is not to be had here".to_owned())
}

fn table(all: &[Measured], runs: usize) -> String {
    let floor = all.first().map_or(1.0, |floor| floor.start.median());
    let mut table = format!(
        "From the start of the process to its first request for an event, and from there to its first answer, against the \
         embedded\nDynamoDB on the same machine over plain HTTP; {runs} starts of each binary, in turn. `floor` is a \
         function that does nothing,\nwith the same runtime and one SDK client. Not in it: Lambda's own time to fetch and \
         unpack the binary, TLS, the network.\n\n\
         | binary | size MB | start ms: median | least | 90 % | × floor | first invocation ms: median | peak MiB |\n\
         |---|---|---|---|---|---|---|---|\n"
    );
    for measured in all {
        let (start, first, memory) = (&measured.start, &measured.first, &measured.memory);
        table += &format!(
            "| {} | {:.2} | {:.2} | {:.2} | {:.2} | {:.2} | {:.2} | {:.1} |\n",
            measured.name,
            measured.size as f64 / 1e6,
            start.median(),
            start.least(),
            start.at(0.9),
            start.median() / floor,
            first.median(),
            memory.at(1.0),
        );
    }
    table
}
