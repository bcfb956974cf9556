//! A million reward URLs into stock by `moments stock import`, over HTTP to release binaries of `manage-campaigns`
//! behind Runtime API servers, as many as the command keeps busy.

mod sink;

use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::Path;
use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{Method, Response, Uri};
use clap::Args;
use jiff::Timestamp;
use local::gateway::{self, HttpRequest};
use local::process::Process;
use local::template::Template;
use serde_json::{Value, json};
use tokio::process::Command;
use tokio::sync::Mutex;

use crate::binaries::{self, binary, build};
use crate::{Failure, http, report};

/// The measurement's options.
#[derive(Args)]
pub(crate) struct Arguments {
    /// URLs.
    #[arg(long, default_value_t = 1_000_000)]
    urls: u64,
    /// Print the table, and leave docs/benchmarks.md as it is.
    #[arg(long)]
    print: bool,
}

/// Environments of the function: one for each concurrent request of the command.
const ENVIRONMENTS: usize = 4;

/// Number of loaded URLs at the first look at the memory.
const EARLY: u64 = 50_000;

/// Stands in for API Gateway and the authorizer.
struct Front {
    template: Template,
    /// Each handles one invocation at a time.
    environments: Vec<Mutex<Process>>,
    /// Number of accepted URLs.
    accepted: AtomicU64,
}

/// The result of the command.
#[derive(Default)]
struct Run {
    /// Its output.
    answer: Value,
    early: f64,
    peak: f64,
}

/// Measures and writes the report.
pub(crate) async fn run(arguments: Arguments) -> Result<(), Failure> {
    // Separate builds, as for a release: otherwise each would get the other's features.
    build(&["manage-campaigns"]).await?;
    build(&["moments"]).await?;
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("codes.csv");
    write_urls(&file, arguments.urls).map_err(|error| format!("{}: {error}", file.display()))?;
    let template = Template::built_in()?;
    let dynamodb = sink::start(&template).await?;
    let mut environments = Vec::new();
    for _ in 0..ENVIRONMENTS {
        environments.push(Mutex::new(binaries::start(&binary("manage-campaigns"), &dynamodb).await?));
    }
    let front = Arc::new(Front { template, environments, accepted: AtomicU64::new(0) });
    for (path, body) in
        [("/v1/apps/bench", json!({"name": "Bench"})), ("/v1/apps/bench/reward-groups/gift", tests::group())]
    {
        let answer = front.call("PUT", path, body.to_string().into_bytes()).await?;
        if answer.status != 200 {
            return Err(format!("PUT {path}: {}", String::from_utf8_lossy(&answer.body)).into());
        }
    }
    let before = front.processor_time().await?;
    let api = http::serve(Router::new().fallback(answer).with_state(Arc::clone(&front))).await?;
    let run = import(&binary("moments"), &file, &api, &front).await?;
    if run.answer["accepted"] != arguments.urls {
        return Err(format!("not everything was accepted: {}", run.answer).into());
    }
    let own = front.processor_time().await?.saturating_sub(before);
    let peak = front.peak_memory().await?;
    report::write("import", &text(arguments.urls, &run, own, peak), arguments.print)
}

fn write_urls(file: &Path, urls: u64) -> std::io::Result<()> {
    let mut csv = BufWriter::new(File::create(file)?);
    writeln!(csv, "url")?;
    for n in 0..urls {
        writeln!(csv, "https://gift.example/redeem?code={n:012}")?;
    }
    csv.flush()
}

/// Runs the command, and looks at its memory ten times a second.
async fn import(moments: &Path, file: &Path, api: &str, front: &Front) -> Result<Run, Failure> {
    let mut command = Command::new(moments);
    command.args(["stock", "import", "gift", "--app", "bench", "--json"]).arg(file);
    command.env("MOMENTS_API", api).env("MOMENTS_KEY", "bench").stdin(Stdio::null()).stdout(Stdio::piped());
    let child = command.kill_on_drop(true).spawn().map_err(|error| format!("{}: {error}", moments.display()))?;
    let process = child.id().unwrap_or_default();
    let ended = child.wait_with_output();
    tokio::pin!(ended);
    let mut run = Run::default();
    let output = loop {
        tokio::select! {
            output = &mut ended => break output?,
            () = tokio::time::sleep(Duration::from_millis(100)) => {}
        }
        // Fails if the command has just ended; then the last value counts.
        if let Ok(peak) = binaries::peak_memory(process) {
            run.peak = peak;
            if run.early == 0.0 && front.accepted.load(Ordering::Relaxed) >= EARLY {
                run.early = peak;
            }
        }
    };
    if !output.status.success() {
        return Err(format!("the import failed: {}", output.status).into());
    }
    run.answer = serde_json::from_slice(&output.stdout)?;
    Ok(run)
}

impl Front {
    async fn call(&self, method: &str, target: &str, body: Vec<u8>) -> Result<gateway::HttpResponse, Failure> {
        let headers = vec![("content-type".to_owned(), "application/json".to_owned())];
        let request = HttpRequest { method: method.into(), target: target.into(), headers, body };
        #[expect(clippy::disallowed_methods, reason = "the function's processes live in real time")]
        let now = Timestamp::now();
        let (_, mut event) = gateway::event(&self.template, &request, now, "bench").ok_or("no such route")?;
        event["requestContext"]["authorizer"] =
            json!({"lambda": {"scope": "admin", "mode": "live", "key_id": "bench"}});
        let waiting = self.environments.iter().map(|environment| Box::pin(environment.lock()));
        let (mut process, _, _) = futures_util::future::select_all(waiting).await;
        let answer = binaries::invoke(&mut process, event.to_string().into_bytes()).await?;
        let answer: Value = serde_json::from_slice(&answer.body)?;
        Ok(gateway::response(&answer))
    }

    /// Returns the processor time of all environments together.
    async fn processor_time(&self) -> Result<Duration, Failure> {
        let mut total = Duration::ZERO;
        for environment in &self.environments {
            total += binaries::processor_time(environment.lock().await.id())?;
        }
        Ok(total)
    }

    /// Returns the peak memory of the largest environment, in MiB.
    async fn peak_memory(&self) -> Result<f64, Failure> {
        let mut most = 0.0_f64;
        for environment in &self.environments {
            most = most.max(binaries::peak_memory(environment.lock().await.id())?);
        }
        Ok(most)
    }
}

async fn answer(State(front): State<Arc<Front>>, method: Method, uri: Uri, body: Bytes) -> Response<Body> {
    let (status, body) = match front.call(method.as_str(), uri.path(), body.to_vec()).await {
        Ok(answer) => (answer.status, answer.body),
        Err(error) => (500, error.to_string().into_bytes()),
    };
    let loaded: Value = serde_json::from_slice(&body).unwrap_or_default();
    let accepted = front.accepted.fetch_add(loaded["accepted"].as_u64().unwrap_or(0), Ordering::Relaxed);
    eprint!("\r{accepted} URLs ");
    http::respond(status, body)
}

#[expect(clippy::cast_precision_loss, reason = "figures for people")]
fn text(urls: u64, run: &Run, own: Duration, peak: f64) -> String {
    format!(
        "{urls} reward URLs in a CSV, loaded by `moments stock import`: the release binaries of the command and, {ENVIRONMENTS} times, \
         of `manage-campaigns`,\nagainst a DynamoDB that answers each write of a URL after a service time as in the contention model \
         (median 7.6 ms) and keeps\nnone; all on one machine. Not in it: TLS, the way to a region, and a table that is throttled.\n\n\
         | | |\n|---|---|\n| URLs | {urls} |\n| time s | {} |\n| URLs a second | {} |\n\
         | processor time µs per URL of the function | {:.0} |\n\
         | peak memory MiB of the command, with {EARLY} loaded | {:.1} |\n| at the end | {:.1} |\n\
         | peak memory MiB of the function, of the environment that needed most | {peak:.1} |\n",
        run.answer["seconds"],
        run.answer["rows_per_second"],
        own.as_secs_f64() * 1e6 / urls as f64,
        run.early,
        run.peak,
    )
}
