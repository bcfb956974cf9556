//! Announces a challenge to a million users with the release binary of `announce-campaign` in many environments, and
//! kills some of them. Measures who gets the message twice, who is missed, and the cost.

mod audience;
mod outside;
mod queue;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use clap::Args;
use clap::builder::{RangedU64ValueParser, ValueParser};
use futures_util::future::try_join_all;
use jiff::{SignedDuration, Timestamp};
use local::gateway;
use local::process::Process;
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use serde_json::{Value, json};
use tests::contention::Physics;
use tests::deployment::{Deployment, Key};

use self::audience::{Audience, CHANNELS, LOCALES};
use self::outside::{ANNOUNCE_QUEUE, Outside, PINPOINT, PUSH_QUEUE};
use crate::binaries::{self, binary, build};
use crate::report;

#[derive(Args)]
pub(crate) struct Arguments {
    /// Users, each with one device.
    #[arg(long, default_value_t = 1_000_000, value_parser = RangedU64ValueParser::<u64>::new().range(1..100_000_000))]
    users: u64,
    /// Environments of the function. More than an announcement has parts (16) have nothing to do.
    #[arg(long, default_value_t = 4, value_parser = RangedU64ValueParser::<usize>::new().range(1..=64))]
    processes: usize,
    /// The share of invocations whose process is killed in the middle. With 0, everybody must get the message.
    #[arg(long, default_value_t = 0.05, value_parser = ValueParser::new(share))]
    kill: f64,
    /// Print the table only; leave docs/benchmarks.md as it is.
    #[arg(long)]
    print: bool,
}

fn share(text: &str) -> Result<f64, String> {
    let share = text.parse().map_err(|error| format!("{error}"))?;
    if (0.0..=1.0).contains(&share) { Ok(share) } else { Err("a share is between 0 and 1".into()) }
}

const APP: &str = "bench";
const FUNCTION: &str = "announce-campaign";

/// The highest allowed rate, in addresses per second.
const PER_SECOND: u32 = 20_000;

/// The most users of a page, and so the most that one kill misses.
const PAGE: u64 = 200;

/// A process is killed within this time after it gets work, unless it answers before.
const KILLED_WITHIN: f64 = 8.0;

/// The time between two looks at memory.
const LOOK: Duration = Duration::from_millis(100);

/// All environments of the function.
struct Crew {
    outside: Arc<Outside>,
    binary: PathBuf,
    endpoint: String,
    kill: f64,
    random: Mutex<StdRng>,
    alive: Mutex<BTreeSet<u32>>,
    used: Mutex<Used>,
}

/// The resources that the environments used.
#[derive(Default)]
struct Used {
    invocations: u64,
    killed: u64,
    failed: u64,
    own: Duration,
    /// MiB of the largest environment, once one user in a hundred got the message.
    early: f64,
    peak: f64,
}

/// An environment, and its processor time before its first event.
struct Environment {
    process: Process,
    before: Duration,
}

pub(crate) async fn run(arguments: Arguments) -> Result<(), String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    build(&root, &[FUNCTION]).await?;
    #[expect(clippy::disallowed_methods, reason = "the function's processes live in real time")]
    let now = Timestamp::now();
    let deployment = Deployment::new(Physics { index_lag: None, ..Physics::default() }, now, 1, false);
    prepare(&deployment, now).await;
    let audience = Audience::new(&deployment, arguments.users).await?;
    let outside = Arc::new(Outside::new(deployment.model.clone(), audience));
    let crew = Crew {
        endpoint: outside::serve(Arc::clone(&outside)).await?,
        outside: Arc::clone(&outside),
        binary: binary(&root, FUNCTION),
        kill: arguments.kill,
        random: Mutex::new(StdRng::seed_from_u64(1)),
        alive: Mutex::default(),
        used: Mutex::default(),
    };
    let mut desk = crew.start().await?.process;
    let announce = ask(&deployment, "POST", "announce", json!({"per_second": PER_SECOND}));
    // Started on request, at a known time.
    let began = Instant::now();
    expect(&mut desk, announce, 202).await?;
    let before = outside.requests.load(Ordering::Relaxed);
    crew.work_all(arguments.processes).await?;
    let (took, requests) = (began.elapsed(), outside.requests.load(Ordering::Relaxed) - before);
    let done = expect(&mut desk, ask(&deployment, "GET", "announcements/1", Value::Null), 200).await?;
    desk.end().await;
    let used = std::mem::take(&mut *crew.used());
    check(&arguments, &outside, &used, &done)?;
    report::write(&root, "announce", &text(&arguments, &outside, &used, took, requests), arguments.print)
}

/// An app with a challenge that began an hour ago, and was not announced.
async fn prepare(deployment: &Deployment, now: Timestamp) {
    let operator = async |method: &str, path: &str, body| {
        deployment.prepare(Key::Operator, method, &format!("/v1/apps/{APP}{path}"), body).await
    };
    let hours = SignedDuration::from_hours;
    let group = json!({
        "name": "Gift card", "kind": "unique_url", "cpa": {"currency": "EUR", "amount_minor": 500},
        "test_url": "https://gift.example/test",
    });
    let campaign = json!({
        "name": "Season", "kind": "challenge", "starts_at": now - hours(1), "ends_at": now + hours(24 * 30),
        "budget": {"currency": "EUR", "amount_minor": 50_000},
        "moments": [{
            "moment_id": "deposits", "action": "deposit", "count": "events", "target": 5,
            "rewards": [{"reward_group_id": "gift"}],
            "messages": {
                "announcement": {
                    "en": {"title": "A gift card for you", "body": "Make 5 deposits and get a {reward.name}."},
                    "de": {"title": "Ein Gutschein für Sie", "body": "5 Einzahlungen, und er gehört Ihnen."},
                },
                "achievement": {"en": {"title": "You did it!", "body": "Here is your gift card."}},
            },
        }],
    });
    operator("PUT", "", json!({"name": "Bench"})).await;
    operator("PUT", "/reward-groups/gift", group).await;
    operator("POST", "/reward-groups/gift/stock", json!({"urls": ["https://gift.example/1"]})).await;
    operator("PUT", "/campaigns/season", campaign).await;
    operator("POST", "/campaigns/season/submit", Value::Null).await;
    operator("POST", "/campaigns/season/approve", Value::Null).await;
}

fn ask(deployment: &Deployment, method: &str, path: &str, body: Value) -> Value {
    deployment.request(Key::Operator, method, &format!("/v1/apps/{APP}/campaigns/season/{path}"), body).1
}

async fn expect(process: &mut Process, event: Value, status: u16) -> Result<Value, String> {
    let answer = binaries::invoke(process, event.to_string().into_bytes()).await?;
    let answer: Value = serde_json::from_slice(&answer.body).map_err(|error| error.to_string())?;
    let answer = gateway::response(&answer);
    let text = String::from_utf8_lossy(&answer.body);
    if answer.status != status {
        return Err(format!("{FUNCTION} answered {}: {text}", answer.status));
    }
    serde_json::from_str(&text).map_err(|error| error.to_string())
}

impl Crew {
    /// Starts an environment and waits until it asks for its first event.
    async fn start(&self) -> Result<Environment, String> {
        let variables = [
            ("PINPOINT_ENDPOINT", self.endpoint.as_str()),
            ("PINPOINT_APPLICATION_ID", "bench"),
            ("SQS_ENDPOINT", &self.endpoint),
            ("ANNOUNCE_QUEUE", ANNOUNCE_QUEUE),
            ("PUSH_QUEUE", PUSH_QUEUE),
            // On a busy machine an attempt takes longer than on Lambda, and a repeated write would look like another's.
            ("DYNAMODB_TIMEOUT_SECONDS", "15"),
        ];
        let mut process = binaries::start_with(&self.binary, &self.endpoint, &variables).await?;
        process.ready().await.map_err(|error| error.to_string())?;
        let before = binaries::processor_time(process.id())?;
        Ok(Environment { process, before })
    }

    /// Handles the queue until it is empty.
    async fn work_all(&self, processes: usize) -> Result<(), String> {
        let work = try_join_all((0..processes).map(|_| self.work()));
        tokio::pin!(work);
        loop {
            tokio::select! {
                done = &mut work => return done.map(drop),
                () = tokio::time::sleep(LOOK) => self.look(),
            }
        }
    }

    fn look(&self) {
        let (audience, alive) = (&self.outside.audience, self.alive().clone());
        let told = audience.told_once.load(Ordering::Relaxed);
        eprint!("\r{told} of {} users told ", audience.users);
        // The peak of an ended process is already noted.
        let peaks = alive.into_iter().filter_map(|process| binaries::peak_memory(process).ok());
        let mut used = self.used();
        used.peak = peaks.fold(used.peak, f64::max);
        if used.early == 0.0 && told * 100 >= audience.users {
            used.early = used.peak;
        }
    }

    /// Starts one environment after the other while work is left.
    async fn work(&self) -> Result<(), String> {
        let mut environment = self.enlist().await?;
        while let Some(message) = self.outside.queue.receive().await {
            let death = self.death();
            let answer = {
                let event = message.event().to_string().into_bytes();
                let invoked = binaries::invoke(&mut environment.process, event);
                tokio::select! {
                    answer = invoked => Some(answer?),
                    () = async { tokio::time::sleep(death.unwrap_or_default()).await }, if death.is_some() => None,
                }
            };
            self.used().invocations += 1;
            let Some(answer) = answer else {
                self.discharge(environment).await?;
                self.used().killed += 1;
                self.outside.queue.again(message)?;
                environment = self.enlist().await?;
                continue;
            };
            let failures: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
            if answer.well && failures["batchItemFailures"].as_array().is_some_and(Vec::is_empty) {
                self.outside.queue.done(message);
            } else {
                self.used().failed += 1;
                self.outside.queue.again(message)?;
            }
        }
        self.discharge(environment).await
    }

    /// Returns when to kill the process of the next invocation, if at all.
    fn death(&self) -> Option<Duration> {
        let mut random = self.random.lock().unwrap_or_else(PoisonError::into_inner);
        random.random_bool(self.kill).then(|| Duration::from_secs_f64(random.random_range(0.01..KILLED_WITHIN)))
    }

    async fn enlist(&self) -> Result<Environment, String> {
        let environment = self.start().await?;
        self.alive().insert(environment.process.id());
        Ok(environment)
    }

    /// Notes the resources of an environment, and kills it.
    async fn discharge(&self, environment: Environment) -> Result<(), String> {
        let process = environment.process.id();
        let (own, peak) = (binaries::processor_time(process)?, binaries::peak_memory(process)?);
        self.alive().remove(&process);
        environment.process.end().await;
        let mut used = self.used();
        used.own += own.saturating_sub(environment.before);
        used.peak = used.peak.max(peak);
        Ok(())
    }

    fn alive(&self) -> MutexGuard<'_, BTreeSet<u32>> {
        self.alive.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn used(&self) -> MutexGuard<'_, Used> {
        self.used.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Checks the promises of an announcement.
fn check(arguments: &Arguments, outside: &Outside, used: &Used, done: &Value) -> Result<(), String> {
    let audience = &outside.audience;
    let [told, again] = [&audience.told_once, &audience.told_again].map(|count| count.load(Ordering::Relaxed));
    let missed = arguments.users - told;
    eprintln!();
    if again > 0 {
        return Err(format!("{again} addresses were told again"));
    }
    if done["state"] != "finished" {
        return Err(format!("the announcement has not come to its end: {done}"));
    }
    if audience.noted() < arguments.users {
        return Err(format!("only {} of {} users were announced to: {done}", audience.noted(), arguments.users));
    }
    if missed > used.killed * PAGE {
        return Err(format!("{missed} addresses were missed, with {} processes killed: {done}", used.killed));
    }
    // The function counts after each page, so the page of a killed process may be missing.
    if used.killed == 0 && done["accepted"] != arguments.users {
        return Err(format!("what was counted is not what was told: {done}"));
    }
    Ok(())
}

#[expect(clippy::cast_precision_loss, reason = "figures for people")]
fn text(arguments: &Arguments, outside: &Outside, used: &Used, took: Duration, requests: u64) -> String {
    let (users, processes) = (arguments.users, arguments.processes);
    let told = outside.audience.told_once.load(Ordering::Relaxed);
    let again = outside.audience.told_again.load(Ordering::Relaxed);
    let calls = outside.calls.load(Ordering::Relaxed);
    format!(
        "A challenge announced to {users} users by the release binary of `{FUNCTION}` in {processes} environments, at {PER_SECOND} \
         addresses a second at the\nmost. Of the invocations, {:.0} % were to have their process killed in the middle, within {KILLED_WITHIN:.0} s; \
         the message comes again then. DynamoDB and SQS\nanswer after a service time as in the contention model (median {:.1} ms), \
         Pinpoint after one of {:.0} ms (assumed), and keep of a user\nwhether announced to and whether told; all on one machine. \
         {} languages on {} channels. *Missed* is whoever was noted as announced\nto when the process was killed, and not told yet: \
         the app shows it. Not in it: TLS, the way to a region, and a table that is throttled.\n\n\
         | | |\n|---|---|\n| users | {users} |\n| devices | {users} |\n| invocations | {} |\n| of these killed | {} |\n\
         | of these failed | {} |\n| calls of Pinpoint | {calls} |\n| addresses a call | {:.1} |\n| addresses told | {told} |\n\
         | addresses told twice | {again} |\n| addresses missed by kills | {} |\n| messages to the queue of pushes | {} |\n\
         | requests to DynamoDB per user | {:.3} |\n| own processor time µs per user | {:.0} |\n\
         | peak memory MiB, of the environment that needed most, with 1 % told | {:.1} |\n| at the end | {:.1} |\n\
         | time s | {:.1} |\n| addresses a second | {:.0} |\n",
        arguments.kill * 100.0,
        Physics::default().read.median,
        PINPOINT.median,
        LOCALES.len(),
        CHANNELS.len(),
        used.invocations,
        used.killed,
        used.failed,
        told as f64 / calls as f64,
        users - told,
        outside.pushes.load(Ordering::Relaxed),
        requests as f64 / users as f64,
        used.own.as_secs_f64() * 1e6 / users as f64,
        used.early,
        used.peak,
        took.as_secs_f64(),
        told as f64 / took.as_secs_f64(),
    )
}
