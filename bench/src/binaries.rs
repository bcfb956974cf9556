//! Runs the measured release binaries as processes behind a Runtime API server, and reads their use from Linux.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use local::process::{Answer, Process};
use tokio::process::Command;

/// The longest time for an answer: Lambda's longest timeout of a function.
const TIMEOUT: Duration = Duration::from_secs(60);

/// Functions that do nothing. One has a client of DynamoDB, the other also makes a request with it at initialization.
pub(crate) const FLOORS: [&str; 2] = ["floor", "floor-connected"];

/// Every function with the sample of its most important path as first event, and the text in it that changes each time,
/// because a repeated event would be less work.
pub(crate) const FUNCTIONS: [(&str, &str, &str); 14] = [
    ("authorize", "known-key", ""),
    ("submit-moment", "in-progress", "event-in-progress"),
    ("check-eligibility", "eligible", ""),
    ("allocate-reward", "rewarded", "cyd"),
    ("follow-rewards", "completed-progress", ""),
    ("publish-events", "awarded", ""),
    ("send-notification", "push", ""),
    ("announce-campaign", "list-announcements", ""),
    ("fulfil-orders", "list-orders", ""),
    ("redeem-reward", "redirect", ""),
    ("describe-api", "describe", ""),
    ("manage-users", "get-user", ""),
    ("manage-campaigns", "get-campaign", ""),
    // Calls nobody, because the endpoint determines the time of a call.
    ("deliver-webhook", "no-webhook-wants-it", ""),
];

/// Builds the release binaries of all functions and of the floor.
pub(crate) async fn build_functions(root: &Path) -> Result<(), String> {
    let functions = FUNCTIONS.map(|(name, ..)| name);
    build(root, &[&["floor"], functions.as_slice()].concat()).await
}

/// Builds the release binaries of these packages as `sam build` does, without features that tests and benchmarks add.
pub(crate) async fn build(root: &Path, packages: &[&str]) -> Result<(), String> {
    eprintln!("building the release binaries; the first time takes minutes");
    let mut cargo = Command::new("cargo");
    cargo.current_dir(root).args(["build", "--release", "--locked"]);
    cargo.args(packages.iter().flat_map(|package| ["-p", package]));
    let status = cargo.status().await.map_err(|error| format!("cargo: {error}"))?;
    if status.success() { Ok(()) } else { Err("the release binaries could not be built".into()) }
}

/// Returns the path of a release binary, beside the benchmark itself.
pub(crate) fn binary(root: &Path, name: &str) -> PathBuf {
    let own = std::env::current_exe().ok().and_then(|own| own.parent().map(Path::to_owned));
    let release = own.map(|own| own.with_file_name("release")).filter(|release| release.is_dir());
    release.unwrap_or_else(|| root.join("target/release")).join(name)
}

/// Starts a binary that sends its requests to `dynamodb` and drops its log.
pub(crate) async fn start(binary: &Path, dynamodb: &str) -> Result<Process, String> {
    // Nobody listens there: pushes are not part of the measurement.
    start_with(binary, dynamodb, &[("PINPOINT_ENDPOINT", "http://127.0.0.1:9")]).await
}

/// As `start`, with these variables besides.
pub(crate) async fn start_with(binary: &Path, dynamodb: &str, besides: &[(&str, &str)]) -> Result<Process, String> {
    let variables = [
        ("AWS_ACCESS_KEY_ID", "bench"),
        ("AWS_SECRET_ACCESS_KEY", "bench"),
        ("TABLE_NAME", local::database::TABLE),
        ("DYNAMODB_ENDPOINT", dynamodb),
        ("LOG_LEVEL", "info"),
    ];
    let variables = variables.iter().chain(besides).map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    let variables = variables.collect();
    Process::start(binary, "bench", &variables, Stdio::null()).await.map_err(|error| error.to_string())
}

/// Hands a process an event and waits for its answer.
pub(crate) async fn invoke(process: &mut Process, event: Vec<u8>) -> Result<Answer, String> {
    process.invoke(event, "8476a536-e9f4-11e8-9739-2dfe598c3fcd", TIMEOUT).await.map_err(|error| error.to_string())
}

/// Returns the processor time of a process so far, over all threads, from Linux's scheduler.
pub(crate) fn processor_time(process: u32) -> Result<Duration, String> {
    let failed = |error: std::io::Error| format!("processor time is not to be had here: {error}");
    let mut total = 0;
    for task in std::fs::read_dir(format!("/proc/{process}/task")).map_err(failed)? {
        let file = task.map_err(failed)?.path().join("schedstat");
        let text = std::fs::read_to_string(file).map_err(failed)?;
        total += text.split_whitespace().next().and_then(|nanoseconds| nanoseconds.parse::<u64>().ok()).unwrap_or(0);
    }
    Ok(Duration::from_nanos(total))
}

/// Returns the peak resident memory of a process in MiB: `VmHWM` of Linux.
pub(crate) fn peak_memory(process: u32) -> Result<f64, String> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status"));
    let status = status.map_err(|error| error.to_string())?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kilobytes = line.and_then(|line| line.split_whitespace().next()?.parse::<f64>().ok());
    kilobytes.map(|kilobytes| kilobytes / 1024.0).ok_or_else(|| "peak memory is not to be had here".to_owned())
}
