//! A million reward URLs into stock: the release binary of `manage-campaigns` behind a Runtime API server, body after body as
//! large as the API takes, against the embedded DynamoDB in memory.

use std::path::Path;
use std::time::{Duration, Instant};

use clap::Args;
use jiff::Timestamp;
use local::gateway::{self, HttpRequest};
use local::template::{TEMPLATE, Template};
use local::{Local, Options};
use serde_json::{Value, json};

use crate::report;
use crate::runtime_api::{Process, binary, build};

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
    let local = Local::start(Options::default()).await.map_err(|error| error.to_string())?;
    let template = Template::read(TEMPLATE).map_err(|error| error.to_string())?;
    let mut process = Process::start(&binary(&root, "manage-campaigns"), &local.dynamodb).await?;
    let group = json!({
        "name": "Gift card", "kind": "unique_url", "cpa": {"currency": "EUR", "amount_minor": 500},
        "test_url": "https://gift.example/test",
    });
    call(&mut process, &template, "PUT", "/v1/apps/bench", json!({"name": "Bench"})).await?;
    call(&mut process, &template, "PUT", "/v1/apps/bench/reward-groups/gift", group).await?;
    let (began, processor) = (Instant::now(), process.processor_time()?);
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
            early = process.peak_memory()?;
        }
        eprint!("\r{last} of {} URLs, {:.0} a second ", arguments.urls, last as f64 / began.elapsed().as_secs_f64());
    }
    eprintln!();
    let took = began.elapsed();
    let own = process.processor_time()?.saturating_sub(processor);
    let peak = process.peak_memory()?;
    process.end().await?;
    local.stop().await;
    report::write(&root, "import", &text(arguments.urls, took, own, early, peak), arguments.print)
}

fn text(urls: u64, took: Duration, own: Duration, early: f64, peak: f64) -> String {
    format!(
        "{urls} reward URLs through `POST …/stock`, {IN_BODY} in a body, one body after the other: the release binary of \
         `manage-campaigns`\nagainst the embedded DynamoDB in memory on the same machine, which is what takes the time. On AWS, 32 \
         writes at a time of 7.6 ms\neach would be {:.0} URLs a second.\n\n\
         | | |\n|---|---|\n| URLs | {urls} |\n| time s | {:.0} |\n| URLs a second | {:.0} |\n| own processor time µs per URL | {:.0} |\n\
         | peak memory of the function MiB, after five bodies | {early:.1} |\n| at the end | {peak:.1} |\n",
        32.0 / 0.0076,
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
    process.ready().await?;
    let headers = vec![("content-type".to_owned(), "application/json".to_owned())];
    let body = body.to_string().into_bytes();
    let request = HttpRequest { method: method.into(), target: path.into(), headers, body };
    #[expect(clippy::disallowed_methods, reason = "the function's process lives in real time")]
    let now = Timestamp::now();
    let (_, mut event) = gateway::event(template, &request, now, "bench").ok_or("no such route")?;
    event["requestContext"]["authorizer"] = json!({"lambda": {"scope": "admin", "mode": "live", "key_id": "bench"}});
    let answer = process.invoke(event.to_string().into_bytes()).await?;
    let answer: Value = serde_json::from_slice(&answer.body).map_err(|error| error.to_string())?;
    let response = gateway::response(&answer);
    let text = String::from_utf8_lossy(&response.body);
    if response.status >= 300 {
        return Err(format!("{method} {path}: {} {text}", response.status));
    }
    serde_json::from_str(&text).map_err(|error| error.to_string())
}
