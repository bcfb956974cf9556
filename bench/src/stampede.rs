//! A million requests for a sold-out reward, in the contention model: the cost of each, and the share of the search for
//! stock.

use std::cell::{Cell, RefCell};
use std::time::Duration;

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
use crate::{Failure, scene};

/// The measurement's options.
#[derive(Args)]
pub(crate) struct Arguments {
    /// Requests.
    #[arg(long, default_value_t = 1_000_000)]
    requests: u64,
    /// Users, who ask in turn. A user who asks again is already in line.
    #[arg(long, default_value_t = 100_000)]
    users: u64,
    /// Environments at once.
    #[arg(long, default_value_t = 256)]
    environments: u64,
    /// Print the table, and leave docs/benchmarks.md as it is.
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

/// Measures and writes the report.
pub(crate) fn run(arguments: &Arguments) -> Result<(), Failure> {
    let text = scene::simulate(1, || stampede(arguments));
    report::write("stampede", &text, arguments.print)
}

async fn stampede(arguments: &Arguments) -> String {
    let deployment = scene::deployment(Physics::default(), 1);
    let campaign = scene::campaign(deployment.now(), 10 * STOCK * 500, &[scene::moment("win", "win", 1)]);
    let requests = scene::requests("app", "season", campaign, STOCK);
    scene::prepare(&deployment, requests, Duration::from_secs(30)).await;
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
    // Each request reads the user once, and each user is written once, with a reward or in line. The rest is the
    // search.
    let (rewarded, in_line) = (crowd.rewarded.get(), arguments.users.min(arguments.requests) - crowd.rewarded.get());
    let search = figures.requests.saturating_sub(arguments.requests + rewarded + in_line);
    eprintln!();
    format!(
        "{STOCK} URLs, and {} requests for one by {} users, through `allocate-reward` in {} environments as fast as they can, in \
         the\ncontention model. Each request reads the user's state; a new user is awarded a reward or written\ninto the line, because a completed \
         moment must end in either. *Search* is everything else: stock, budget, catalogs, \
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
    /// Makes one environment's share of the requests.
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
