//! A million requests for a sold-out reward, in the contention model: the cost of each, and the share of the search.

use std::cell::{Cell, RefCell};
use std::path::Path;

use clap::Args;
use futures_util::future::join_all;
use jiff::SignedDuration;
use local::functions::dispatch;
use local::gateway;
use serde_json::json;
use tests::contention::Physics;
use tests::deployment::{Deployment, Key};
use tokio::time::Instant;

use crate::report::{self, Spread};

#[derive(Args)]
pub(crate) struct Arguments {
    /// Requests.
    #[arg(long, default_value_t = 1_000_000)]
    requests: u64,
    /// Users, who ask in turn; a user who asks again is in line already.
    #[arg(long, default_value_t = 100_000)]
    users: u64,
    /// Environments at once.
    #[arg(long, default_value_t = 256)]
    environments: u64,
    /// Print the table only; leave docs/benchmarks.md as it is.
    #[arg(long)]
    print: bool,
}

/// URLs in stock.
const STOCK: u64 = 1_000;

struct Crowd {
    deployment: Deployment,
    requests: u64,
    users: u64,
    next: Cell<u64>,
    rewarded: Cell<u64>,
    waiting: Cell<u64>,
    already: Cell<u64>,
    times: RefCell<Spread>,
}

pub(crate) fn run(arguments: &Arguments) -> Result<(), String> {
    // The SDK's jitter is the only chance without a seed.
    fastrand::seed(1);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build();
    let text = runtime.map_err(|error| error.to_string())?.block_on(stampede(arguments));
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    report::write(&root, "stampede", &text, arguments.print)
}

async fn stampede(arguments: &Arguments) -> String {
    #[expect(clippy::expect_used, reason = "a constant")]
    let deployment = Deployment::new(Physics::default(), "2026-12-01T12:00:00Z".parse().expect("a time"), 1, false);
    prepare(&deployment).await;
    let crowd = Crowd {
        deployment,
        requests: arguments.requests,
        users: arguments.users,
        next: Cell::default(),
        rewarded: Cell::default(),
        waiting: Cell::default(),
        already: Cell::default(),
        times: RefCell::default(),
    };
    let (before, began) = (crowd.deployment.model.figures(), Instant::now());
    join_all((1..=arguments.environments).map(|number| crowd.ask(number))).await;
    let (figures, elapsed) = (crowd.deployment.model.figures() - before, began.elapsed().as_secs_f64());
    let each = |count: f64| count / arguments.requests as f64;
    // Each request reads the user, and writes the user once, into a reward or into the line. The rest is the search.
    let (rewarded, in_line) = (crowd.rewarded.get(), arguments.users.min(arguments.requests) - crowd.rewarded.get());
    let search = figures.requests.saturating_sub(arguments.requests + rewarded + in_line);
    eprintln!();
    format!(
        "{STOCK} URLs, and {} requests for one by {} users, through `allocate-reward` in {} environments as fast as they can, in \
         the\ncontention model. Each request reads what is known of the user; whoever comes for the first time is awarded a reward or \
         written\ninto the line, because a completed moment must end in either. *Search* is everything else: stock, budget, catalogs, \
         repetitions.\n\n\
         | | |\n|---|---|\n| requests | {} |\n| rewarded | {rewarded} |\n| answered waiting | {} |\n| answered with the reward that the user has | {} |\n\
         | requests a second (simulated) | {:.0} |\n| p50 ms | {:.1} |\n| p99 ms | {:.1} |\n| DynamoDB requests per request | {:.3} |\n\
         | of these, search | {:.4} |\n| read units per request | {:.3} |\n| write units per request | {:.3} |\n| throttled | {} |\n",
        arguments.requests,
        arguments.users,
        arguments.environments,
        arguments.requests,
        crowd.waiting.get(),
        crowd.already.get(),
        arguments.requests as f64 / elapsed,
        crowd.times.borrow().median(),
        crowd.times.borrow().at(0.99),
        each(figures.requests as f64),
        each(search as f64),
        each(figures.read_units),
        each(figures.write_units),
        figures.throttled,
    )
}

impl Crowd {
    /// One environment's share.
    async fn ask(&self, seed: u64) {
        let environment = self.deployment.environment("allocate-reward", seed);
        let outside = self.deployment.outside("allocate-reward", seed);
        while self.next.get() < self.requests {
            let number = self.next.get();
            self.next.set(number + 1);
            if number.is_multiple_of(10_000) {
                eprint!("\r{number} of {} requests ", self.requests);
            }
            let body = json!({"user_id": format!("user-{}", number % self.users), "campaign_id": "season", "moment_id": "win"});
            let (function, event) = self.deployment.request(Key::App("app"), "POST", "/v1/rewards", body);
            let (invocation, began) = (self.deployment.invocation(&function, SignedDuration::ZERO), Instant::now());
            let answer = dispatch(&function, &environment, &outside, event, invocation).await;
            self.times.borrow_mut().add(began.elapsed().as_secs_f64() * 1e3);
            let answer = answer.map(|answer| gateway::response(&answer).body).unwrap_or_default();
            let text = String::from_utf8_lossy(&answer);
            let counter = if text.contains("\"outcome\":\"rewarded\"") {
                &self.rewarded
            } else if text.contains("\"outcome\":\"waiting\"") {
                &self.waiting
            } else {
                assert!(text.contains("\"outcome\":\"already_rewarded\""), "{text}");
                &self.already
            };
            counter.set(counter.get() + 1);
        }
    }
}

async fn prepare(deployment: &Deployment) {
    let operator = async |method: &str, path: &str, body| {
        deployment.prepare(Key::Operator, method, &format!("/v1/apps/app{path}"), body).await
    };
    let cpa = json!({"currency": "EUR", "amount_minor": 500});
    let group = json!({"name": "Gift", "kind": "unique_url", "cpa": cpa, "test_url": "https://gift.example/test"});
    let urls: Vec<String> = (0..STOCK).map(|n| format!("https://gift.example/{n}")).collect();
    let campaign = json!({
        "name": "Season", "kind": "surprise", "starts_at": "2026-11-01T00:00:00Z", "ends_at": "2027-01-01T00:00:00Z",
        "budget": {"currency": "EUR", "amount_minor": 10 * STOCK * 500},
        "moments": [{
            "moment_id": "win", "action": "win", "count": "events", "target": 1,
            "rewards": [{"reward_group_id": "gift"}], "messages": {"achievement": {"en": {"title": "Yes", "body": "Yours."}}},
        }],
    });
    operator("PUT", "", json!({"name": "App"})).await;
    operator("PUT", "/reward-groups/gift", group).await;
    operator("POST", "/reward-groups/gift/stock", json!({"urls": urls})).await;
    // Approval needs stock, and the index shows it later.
    tokio::time::sleep(std::time::Duration::from_secs(30)).await;
    operator("PUT", "/campaigns/season", campaign).await;
    operator("POST", "/campaigns/season/submit", json!(null)).await;
    operator("POST", "/campaigns/season/approve", json!(null)).await;
    tokio::time::sleep(std::time::Duration::from_secs(30)).await;
}
