//! The measured release binaries, as processes behind a Runtime API server, and Linux's figures about them.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use local::process::{Answer, Process};
use tokio::process::Command;

use crate::Failure;
use crate::report::root;

/// Timeout of an invocation: the longest of the template.
const TIMEOUT: Duration = Duration::from_secs(60);

/// The empty functions to compare with. The first has a client of DynamoDB. The second also makes a request while it
/// is initialised, as every function does.
pub(crate) const FLOORS: [&str; 2] = ["floor", "floor-connected"];

/// Every function with its first sample event, which takes the most important path; and a text in the event to vary,
/// where a repeated event would be less work.
pub(crate) const FUNCTIONS: [(&str, &str, &str); 17] = [
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
    ("console", "sign-in", ""),
    ("sign-in", "sign-in-options", ""),
    ("manage-users", "get-user", ""),
    ("show-leaderboard", "top", ""),
    ("manage-campaigns", "get-campaign", ""),
    // No webhook wants this event: the time of a call depends on the endpoint.
    ("deliver-webhook", "no-webhook-wants-it", ""),
];

/// Builds the release binaries of all functions and of the floor.
pub(crate) async fn build_functions() -> Result<(), Failure> {
    let functions = FUNCTIONS.map(|(name, ..)| name);
    build(&[&["floor"], functions.as_slice()].concat()).await
}

/// Builds the release binaries of packages as `sam build` does: without the features that tests and benchmarks add.
pub(crate) async fn build(packages: &[&str]) -> Result<(), Failure> {
    eprintln!("building the release binaries; the first time takes minutes");
    let mut cargo = Command::new("cargo");
    cargo.current_dir(root()).args(["build", "--release", "--locked"]);
    cargo.args(packages.iter().flat_map(|package| ["-p", package]));
    let status = cargo.status().await.map_err(|error| format!("cargo: {error}"))?;
    if status.success() { Ok(()) } else { Err("the release binaries could not be built".into()) }
}

/// Returns the path of a release binary, beside the benchmark itself.
pub(crate) fn binary(name: &str) -> PathBuf {
    let own = std::env::current_exe().ok().and_then(|own| own.parent().map(Path::to_owned));
    let release = own.map(|own| own.with_file_name("release")).filter(|release| release.is_dir());
    release.unwrap_or_else(|| root().join("target/release")).join(name)
}

/// Starts a binary with an endpoint of DynamoDB, and without a log.
pub(crate) async fn start(binary: &Path, dynamodb: &str) -> Result<Process, Failure> {
    // Nothing listens at this port: pushes are not measured.
    start_with(binary, dynamodb, &[("PINPOINT_ENDPOINT", "http://127.0.0.1:9")]).await
}

/// Starts a binary with further variables.
pub(crate) async fn start_with(binary: &Path, dynamodb: &str, more: &[(&str, &str)]) -> Result<Process, Failure> {
    let variables = [
        ("AWS_ACCESS_KEY_ID", "bench"),
        ("AWS_SECRET_ACCESS_KEY", "bench"),
        ("TABLE_NAME", local::database::TABLE),
        ("DYNAMODB_ENDPOINT", dynamodb),
        ("LOG_LEVEL", "info"),
    ];
    let variables = variables.iter().chain(more).map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    let variables = variables.collect();
    Ok(Process::start(binary, "bench", &variables, Stdio::null()).await?)
}

/// Hands a process an event and waits for its answer.
pub(crate) async fn invoke(process: &mut Process, event: Vec<u8>) -> Result<Answer, Failure> {
    Ok(process.invoke(event, "8476a536-e9f4-11e8-9739-2dfe598c3fcd", TIMEOUT).await?)
}

/// Returns the processor time of all threads of a process, from Linux's scheduler.
pub(crate) fn processor_time(process: u32) -> Result<Duration, Failure> {
    let failed = |error: std::io::Error| format!("this system does not tell processor time: {error}");
    let mut total = 0;
    for task in std::fs::read_dir(format!("/proc/{process}/task")).map_err(failed)? {
        let file = task.map_err(failed)?.path().join("schedstat");
        let text = std::fs::read_to_string(file).map_err(failed)?;
        total += text.split_whitespace().next().and_then(|nanoseconds| nanoseconds.parse::<u64>().ok()).unwrap_or(0);
    }
    Ok(Duration::from_nanos(total))
}

/// Returns the peak resident memory of a process in MiB: Linux's `VmHWM`.
pub(crate) fn peak_memory(process: u32) -> Result<f64, Failure> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status"))?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kilobytes = line.and_then(|line| line.split_whitespace().next()?.parse::<f64>().ok());
    Ok(kilobytes.ok_or("this system does not tell peak memory")? / 1024.0)
}
