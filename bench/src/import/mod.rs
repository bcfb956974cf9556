//! Imports a million reward URLs with `moments stock import` as a user runs it, over HTTP to release binaries of
//! `manage-campaigns` behind Runtime API servers, as many as the command keeps busy.

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
use axum::extract::{DefaultBodyLimit, State};
use axum::http::{HeaderMap, Method, Response, StatusCode, Uri};
use clap::Args;
use jiff::Timestamp;
use local::gateway::{self, HttpRequest};
use local::process::Process;
use local::template::Template;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::process::Command;
use tokio::sync::Mutex;

use crate::binaries::{self, binary, build};
use crate::report;

#[derive(Args)]
pub(crate) struct Arguments {
    /// URLs.
    #[arg(long, default_value_t = 1_000_000)]
    urls: u64,
    /// Print the table only; leave docs/benchmarks.md as it is.
    #[arg(long)]
    print: bool,
}

/// Environments of the function: as many as the command's concurrent requests.
const ENVIRONMENTS: usize = 4;

/// The number of imported URLs at the first look at memory.
const EARLY: u64 = 50_000;

/// The API in front of the function, like API Gateway with an authorizer.
struct Front {
    template: Template,
    /// Each runs one invocation at a time.
    environments: Vec<Mutex<Process>>,
    /// URLs that were accepted.
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

pub(crate) async fn run(arguments: Arguments) -> Result<(), String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    // Built separately, as for a release: the features of one must not affect the other.
    build(&root, &["manage-campaigns"]).await?;
    build(&root, &["moments"]).await?;
    let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
    let file = folder.path().join("codes.csv");
    write_urls(&file, arguments.urls).map_err(|error| format!("{}: {error}", file.display()))?;
    let template = Template::built_in().map_err(|error| error.to_string())?;
    let dynamodb = sink::start(&template).await?;
    let mut environments = Vec::new();
    for _ in 0..ENVIRONMENTS {
        environments.push(Mutex::new(binaries::start(&binary(&root, "manage-campaigns"), &dynamodb).await?));
    }
    let front = Arc::new(Front { template, environments, accepted: AtomicU64::new(0) });
    let group = json!({
        "name": "Gift card", "kind": "unique_url", "cpa": {"currency": "EUR", "amount_minor": 500},
        "test_url": "https://gift.example/test",
    });
    for (path, body) in [("/v1/apps/bench", json!({"name": "Bench"})), ("/v1/apps/bench/reward-groups/gift", group)] {
        let answer = front.call("PUT", path, body.to_string().into_bytes()).await?;
        if answer.status != 200 {
            return Err(format!("PUT {path}: {}", String::from_utf8_lossy(&answer.body)));
        }
    }
    let before = front.processor_time().await?;
    let api = serve(Arc::clone(&front)).await?;
    let run = import(&binary(&root, "moments"), &file, &api, &front).await?;
    if run.answer["accepted"] != arguments.urls {
        return Err(format!("not everything was accepted: {}", run.answer));
    }
    let own = front.processor_time().await?.saturating_sub(before);
    let peak = front.peak_memory().await?;
    report::write(&root, "import", &text(arguments.urls, &run, own, peak), arguments.print)
}

fn write_urls(file: &Path, urls: u64) -> std::io::Result<()> {
    let mut csv = BufWriter::new(File::create(file)?);
    writeln!(csv, "url")?;
    for n in 0..urls {
        writeln!(csv, "https://gift.example/redeem?code={n:012}")?;
    }
    csv.flush()
}

/// Runs the command, and reads its use ten times a second.
async fn import(moments: &Path, file: &Path, api: &str, front: &Front) -> Result<Run, String> {
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
            output = &mut ended => break output.map_err(|error| error.to_string())?,
            () = tokio::time::sleep(Duration::from_millis(100)) => {}
        }
        // If the command just ended, the last values count.
        if let Ok(peak) = binaries::peak_memory(process) {
            run.peak = peak;
            if run.early == 0.0 && front.accepted.load(Ordering::Relaxed) >= EARLY {
                run.early = peak;
            }
        }
    };
    if !output.status.success() {
        return Err(format!("the import failed: {}", output.status));
    }
    run.answer = serde_json::from_slice(&output.stdout).map_err(|error| error.to_string())?;
    Ok(run)
}

impl Front {
    async fn call(&self, method: &str, target: &str, body: Vec<u8>) -> Result<gateway::HttpResponse, String> {
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
        let answer: Value = serde_json::from_slice(&answer.body).map_err(|error| error.to_string())?;
        Ok(gateway::response(&answer))
    }

    /// Of all environments together.
    async fn processor_time(&self) -> Result<Duration, String> {
        let mut total = Duration::ZERO;
        for environment in &self.environments {
            total += binaries::processor_time(environment.lock().await.id())?;
        }
        Ok(total)
    }

    /// Of the largest environment, in MiB.
    async fn peak_memory(&self) -> Result<f64, String> {
        let mut most = 0.0_f64;
        for environment in &self.environments {
            most = most.max(binaries::peak_memory(environment.lock().await.id())?);
        }
        Ok(most)
    }
}

/// Serves the API. Returns its base URL.
async fn serve(front: Arc<Front>) -> Result<String, String> {
    let router = Router::new().fallback(answer).layer(DefaultBodyLimit::disable()).with_state(front);
    let listener = TcpListener::bind("127.0.0.1:0").await.map_err(|error| error.to_string())?;
    let address = listener.local_addr().map_err(|error| error.to_string())?;
    tokio::spawn(async move { axum::serve(listener, router).await });
    Ok(format!("http://{address}"))
}

async fn answer(
    State(front): State<Arc<Front>>,
    method: Method,
    uri: Uri,
    _: HeaderMap,
    body: Bytes,
) -> Response<Body> {
    let (status, body) = match front.call(method.as_str(), uri.path(), body.to_vec()).await {
        Ok(answer) => (answer.status, answer.body),
        Err(error) => (500, error.into_bytes()),
    };
    let loaded: Value = serde_json::from_slice(&body).unwrap_or_default();
    let accepted = front.accepted.fetch_add(loaded["accepted"].as_u64().unwrap_or(0), Ordering::Relaxed);
    eprint!("\r{accepted} URLs ");
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or_default();
    response
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
