//! A million reward URLs into stock: the release binary of `manage-campaigns` behind a Runtime API server, body after body as
//! large as the API takes, against a DynamoDB that takes its time for every write and keeps none of them: an emulator that
//! keeps a million items would be what is measured.

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{DefaultBodyLimit, State};
use axum::http::{HeaderMap, Response, StatusCode};
use clap::Args;
use jiff::Timestamp;
use local::gateway::{self, HttpRequest};
use local::process::Process;
use local::template::{TEMPLATE, Template};
use rand::SeedableRng;
use rand::rngs::StdRng;
use serde_json::{Value, json};
use tests::contention::{Model, Physics, Reply};
use tokio::net::TcpListener;

use crate::binaries::{self, binary, build};
use crate::report;

/// What to measure.
#[derive(Args)]
pub(crate) struct Arguments {
    /// URLs.
    #[arg(long, default_value_t = 1_000_000)]
    urls: u64,
    /// Print the table only; leave docs/benchmarks.md as it is.
    #[arg(long)]
    print: bool,
}

/// URLs in one body: a little less than the megabyte that the API takes.
const IN_BODY: u64 = 10_000;

/// Measures and reports.
pub(crate) async fn run(arguments: Arguments) -> Result<(), String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    build(&root).await?;
    let template = Template::read(TEMPLATE).map_err(|error| error.to_string())?;
    let mut process = binaries::start(&binary(&root, "manage-campaigns"), &sink(&template).await?).await?;
    let group = json!({
        "name": "Gift card", "kind": "unique_url", "cpa": {"currency": "EUR", "amount_minor": 500},
        "test_url": "https://gift.example/test",
    });
    call(&mut process, &template, "PUT", "/v1/apps/bench", json!({"name": "Bench"})).await?;
    call(&mut process, &template, "PUT", "/v1/apps/bench/reward-groups/gift", group).await?;
    let (began, processor) = (Instant::now(), binaries::processor_time(&process)?);
    let mut early = 0.0;
    for first in (0..arguments.urls).step_by(IN_BODY as usize) {
        let last = arguments.urls.min(first + IN_BODY);
        let urls: Vec<String> = (first..last).map(|n| format!("https://gift.example/redeem?code={n:012}")).collect();
        let path = "/v1/apps/bench/reward-groups/gift/stock";
        let loaded = call(&mut process, &template, "POST", path, json!({"urls": urls})).await?;
        if loaded["accepted"] != last - first {
            return Err(format!("not everything was accepted: {loaded}"));
        }
        if first / IN_BODY == 4 {
            early = binaries::peak_memory(&process)?;
        }
        eprint!("\r{last} of {} URLs, {:.0} a second ", arguments.urls, last as f64 / began.elapsed().as_secs_f64());
    }
    eprintln!();
    let took = began.elapsed();
    let own = binaries::processor_time(&process)?.saturating_sub(processor);
    let peak = binaries::peak_memory(&process)?;
    process.end().await;
    report::write(&root, "import", &text(arguments.urls, took, own, early, peak), arguments.print)
}

/// A DynamoDB for everything but URLs, which it takes as if there were no end of room: its endpoint.
async fn sink(template: &Template) -> Result<String, String> {
    #[expect(clippy::disallowed_methods, reason = "the function's process lives in real time")]
    let now = Timestamp::now();
    let sink = Arc::new(Sink {
        model: Model::new(template, Physics::default(), now, 1),
        random: Mutex::new(StdRng::seed_from_u64(1)),
    });
    let router = Router::new().fallback(answer).layer(DefaultBodyLimit::disable()).with_state(sink);
    let listener = TcpListener::bind("127.0.0.1:0").await.map_err(|error| error.to_string())?;
    let address = listener.local_addr().map_err(|error| error.to_string())?;
    tokio::spawn(async move { axum::serve(listener, router).await });
    Ok(format!("http://{address}"))
}

struct Sink {
    model: Model,
    random: Mutex<StdRng>,
}

async fn answer(State(sink): State<Arc<Sink>>, headers: HeaderMap, body: Bytes) -> Response<Body> {
    let target = headers.get("x-amz-target").and_then(|target| target.to_str().ok()).unwrap_or_default();
    let operation = target.rsplit('.').next().unwrap_or_default();
    let is_url = operation == "PutItem" && body.windows(5).any(|bytes| bytes == b"CODE#");
    let (status, answer) = if is_url {
        let takes = Physics::default().write.sample(&mut *sink.random.lock().unwrap_or_else(PoisonError::into_inner));
        tokio::time::sleep(takes).await;
        // The item, and its entry in the index of what is available.
        (200, json!({"ConsumedCapacity": {"TableName": local::database::TABLE, "CapacityUnits": 2.0}}))
    } else {
        match sink.model.send(operation, serde_json::from_slice(&body).unwrap_or_default()).await {
            Reply::Answer(status, answer) => (status, answer),
            Reply::Broken | Reply::Silence => (500, Value::Null),
        }
    };
    let mut response = Response::new(Body::from(answer.to_string()));
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or_default();
    response
}

fn text(urls: u64, took: Duration, own: Duration, early: f64, peak: f64) -> String {
    format!(
        "{urls} reward URLs through `POST …/stock`, {IN_BODY} in a body, one body after the other: the release binary of \
         `manage-campaigns`\nagainst a DynamoDB on the same machine that answers each write of a URL after a service time as in the \
         contention model (median\n7.6 ms), and keeps none. Not in it: TLS, and a table that is throttled.\n\n\
         | | |\n|---|---|\n| URLs | {urls} |\n| time s | {:.0} |\n| URLs a second | {:.0} |\n| own processor time µs per URL | {:.0} |\n\
         | peak memory of the function MiB, after five bodies | {early:.1} |\n| at the end | {peak:.1} |\n",
        took.as_secs_f64(),
        urls as f64 / took.as_secs_f64(),
        own.as_secs_f64() * 1e6 / urls as f64,
    )
}

async fn call(
    process: &mut Process,
    template: &Template,
    method: &str,
    path: &str,
    body: Value,
) -> Result<Value, String> {
    let headers = vec![("content-type".to_owned(), "application/json".to_owned())];
    let body = body.to_string().into_bytes();
    let request = HttpRequest { method: method.into(), target: path.into(), headers, body };
    #[expect(clippy::disallowed_methods, reason = "the function's process lives in real time")]
    let now = Timestamp::now();
    let (_, mut event) = gateway::event(template, &request, now, "bench").ok_or("no such route")?;
    event["requestContext"]["authorizer"] = json!({"lambda": {"scope": "admin", "mode": "live", "key_id": "bench"}});
    let answer = binaries::invoke(process, event.to_string().into_bytes()).await?;
    let answer: Value = serde_json::from_slice(&answer.body).map_err(|error| error.to_string())?;
    let response = gateway::response(&answer);
    let text = String::from_utf8_lossy(&response.body);
    if response.status >= 300 {
        return Err(format!("{method} {path}: {} {text}", response.status));
    }
    serde_json::from_str(&text).map_err(|error| error.to_string())
}
