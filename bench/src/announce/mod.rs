//! An announcement to a million users by the release binary of `announce-campaign`, in several environments, some of
//! which are killed in the middle. Counts the users who get it twice or never, and the resources.

mod audience;
mod queue;
mod stand_ins;

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use clap::Args;
use clap::builder::{RangedU64ValueParser, ValueParser};
use futures_util::future::try_join_all;
use jiff::Timestamp;
use local::gateway;
use local::process::Process;
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use serde_json::{Value, json};
use tests::contention::Physics;
use tests::deployment::{Deployment, Key};

use self::audience::{Audience, CHANNELS, LOCALES};
use self::stand_ins::{ANNOUNCE_QUEUE, PINPOINT, PUSH_QUEUE, StandIns};
use crate::binaries::{self, binary, build};
use crate::{Failure, lock, report, scene};

/// The measurement's options.
#[derive(Args)]
pub(crate) struct Arguments {
    /// Users, each with one device.
    #[arg(long, default_value_t = 1_000_000, value_parser = RangedU64ValueParser::<u64>::new().range(1..100_000_000))]
    users: u64,
    /// Environments of the function. An announcement has 16 shards, so more environments are idle.
    #[arg(long, default_value_t = 4, value_parser = RangedU64ValueParser::<usize>::new().range(1..=64))]
    processes: usize,
    /// Share of invocations whose process is killed in the middle. With 0, the benchmark fails if any user is missed.
    #[arg(long, default_value_t = 0.05, value_parser = ValueParser::new(share))]
    kill: f64,
    /// Print the table, and leave docs/benchmarks.md as it is.
    #[arg(long)]
    print: bool,
}

fn share(text: &str) -> Result<f64, String> {
    let share = text.parse().map_err(|error| format!("{error}"))?;
    if (0.0..=1.0).contains(&share) { Ok(share) } else { Err("a share is between 0 and 1".into()) }
}

const APP: &str = "bench";
const FUNCTION: &str = "announce-campaign";

/// Addresses per second: the API's limit.
const PER_SECOND: u32 = 20_000;

/// Users of a page: a kill misses at most so many.
const PAGE: u64 = 200;

/// A kill comes within so many seconds of an event, unless the invocation has answered.
const KILLED_WITHIN: f64 = 8.0;

/// The pause between two looks at the memory.
const LOOK: Duration = Duration::from_millis(100);

/// The environments of the function.
struct Crew {
    stand_ins: Arc<StandIns>,
    binary: PathBuf,
    endpoint: String,
    kill: f64,
    random: Mutex<StdRng>,
    alive: Mutex<BTreeSet<u32>>,
    used: Mutex<Used>,
}

/// The resources that the environments have used.
#[derive(Default)]
struct Used {
    invocations: u64,
    killed: u64,
    failed: u64,
    own: Duration,
    /// Peak memory in MiB of the largest environment, when one user in a hundred had a push.
    early: f64,
    peak: f64,
}

/// An environment, and its processor time before the first event.
struct Environment {
    process: Process,
    before: Duration,
}

/// Measures and writes the report.
pub(crate) async fn run(arguments: Arguments) -> Result<(), Failure> {
    build(&[FUNCTION]).await?;
    #[expect(clippy::disallowed_methods, reason = "the function's processes live in real time")]
    let now = Timestamp::now();
    let deployment = Deployment::new(Physics { index_lag: None, ..Physics::default() }, now, 1, false);
    prepare(&deployment, now).await;
    let audience = Audience::new(&deployment, arguments.users).await?;
    let stand_ins = Arc::new(StandIns::new(deployment.model.clone(), audience));
    let crew = Crew {
        endpoint: stand_ins::serve(Arc::clone(&stand_ins)).await?,
        stand_ins: Arc::clone(&stand_ins),
        binary: binary(FUNCTION),
        kill: arguments.kill,
        random: Mutex::new(StdRng::seed_from_u64(1)),
        alive: Mutex::default(),
        used: Mutex::default(),
    };
    let mut api = crew.start().await?.process;
    let announce = request(&deployment, "POST", "announce", json!({"per_second": PER_SECOND}));
    let began = Instant::now();
    expect(&mut api, announce, 202).await?;
    let before = stand_ins.requests.load(Ordering::Relaxed);
    crew.work_all(arguments.processes).await?;
    let (took, requests) = (began.elapsed(), stand_ins.requests.load(Ordering::Relaxed) - before);
    let done = expect(&mut api, request(&deployment, "GET", "announcements/1", Value::Null), 200).await?;
    api.end().await;
    let used = std::mem::take(&mut *lock(&crew.used));
    check(&arguments, &stand_ins, &used, &done)?;
    report::write("announce", &text(&arguments, &stand_ins, &used, took, requests), arguments.print)
}

/// Makes an app with a challenge that began and has not been announced.
async fn prepare(deployment: &Deployment, now: Timestamp) {
    let mut campaign = scene::campaign(now, 50_000, &[scene::moment("deposits", "deposit", 5)]);
    campaign["kind"] = json!("challenge");
    campaign["moments"][0]["messages"]["announcement"] = json!({
        "en": {"title": "A gift card for you", "body": "Make 5 deposits and get a {reward.name}."},
        "de": {"title": "Ein Gutschein für Sie", "body": "5 Einzahlungen, und er gehört Ihnen."},
    });
    scene::prepare(deployment, scene::requests(APP, "season", campaign, 1), Duration::ZERO).await;
}

fn request(deployment: &Deployment, method: &str, path: &str, body: Value) -> Value {
    deployment.request(Key::Operator, method, &format!("/v1/apps/{APP}/campaigns/season/{path}"), body).1
}

async fn expect(process: &mut Process, event: Value, status: u16) -> Result<Value, Failure> {
    let answer = binaries::invoke(process, event.to_string().into_bytes()).await?;
    let answer: Value = serde_json::from_slice(&answer.body)?;
    let answer = gateway::response(&answer);
    let text = String::from_utf8_lossy(&answer.body);
    if answer.status != status {
        return Err(format!("{FUNCTION} answered {}: {text}", answer.status).into());
    }
    Ok(serde_json::from_str(&text)?)
}

impl Crew {
    /// Starts an environment and waits until it asks for its first event.
    async fn start(&self) -> Result<Environment, Failure> {
        let variables = [
            ("PINPOINT_ENDPOINT", self.endpoint.as_str()),
            ("PINPOINT_APPLICATION_ID", "bench"),
            ("SQS_ENDPOINT", &self.endpoint),
            ("ANNOUNCE_QUEUE", ANNOUNCE_QUEUE),
            ("PUSH_QUEUE", PUSH_QUEUE),
            // On a busy machine an attempt takes longer than on Lambda, and a repeated write looks like another
            // environment's.
            ("DYNAMODB_TIMEOUT_SECONDS", "15"),
        ];
        let mut process = binaries::start_with(&self.binary, &self.endpoint, &variables).await?;
        process.ready().await?;
        let before = binaries::processor_time(process.id())?;
        Ok(Environment { process, before })
    }

    /// Handles the queue's messages until none is left.
    async fn work_all(&self, processes: usize) -> Result<(), Failure> {
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
        let (audience, alive) = (&self.stand_ins.audience, lock(&self.alive).clone());
        let told = audience.told_once.load(Ordering::Relaxed);
        eprint!("\r{told} of {} users told ", audience.users);
        // Skips a process that has just ended: `discharge` noted its peak.
        let peaks = alive.into_iter().filter_map(|process| binaries::peak_memory(process).ok());
        let mut used = lock(&self.used);
        used.peak = peaks.fold(used.peak, f64::max);
        if used.early == 0.0 && told * 100 >= audience.users {
            used.early = used.peak;
        }
    }

    /// Runs one environment after the other until the queue is empty.
    async fn work(&self) -> Result<(), Failure> {
        let mut environment = self.enlist().await?;
        while let Some(message) = self.stand_ins.queue.receive().await {
            let death = self.death();
            let answer = {
                let event = message.event().to_string().into_bytes();
                let invoked = binaries::invoke(&mut environment.process, event);
                tokio::select! {
                    answer = invoked => Some(answer?),
                    () = async { tokio::time::sleep(death.unwrap_or_default()).await }, if death.is_some() => None,
                }
            };
            lock(&self.used).invocations += 1;
            let Some(answer) = answer else {
                self.discharge(environment).await?;
                lock(&self.used).killed += 1;
                self.stand_ins.queue.again(message)?;
                environment = self.enlist().await?;
                continue;
            };
            let failures: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
            if answer.well && failures["batchItemFailures"].as_array().is_some_and(Vec::is_empty) {
                self.stand_ins.queue.done(message);
            } else {
                lock(&self.used).failed += 1;
                self.stand_ins.queue.again(message)?;
            }
        }
        self.discharge(environment).await
    }

    /// Returns when to kill the process of the next invocation, if at all.
    fn death(&self) -> Option<Duration> {
        let mut random = lock(&self.random);
        random.random_bool(self.kill).then(|| Duration::from_secs_f64(random.random_range(0.01..KILLED_WITHIN)))
    }

    async fn enlist(&self) -> Result<Environment, Failure> {
        let environment = self.start().await?;
        lock(&self.alive).insert(environment.process.id());
        Ok(environment)
    }

    /// Notes an environment's resources, and kills it.
    async fn discharge(&self, environment: Environment) -> Result<(), Failure> {
        let process = environment.process.id();
        let (own, peak) = (binaries::processor_time(process)?, binaries::peak_memory(process)?);
        lock(&self.alive).remove(&process);
        environment.process.end().await;
        let mut used = lock(&self.used);
        used.own += own.saturating_sub(environment.before);
        used.peak = used.peak.max(peak);
        Ok(())
    }
}

/// Checks the promises of an announcement.
fn check(arguments: &Arguments, stand_ins: &StandIns, used: &Used, done: &Value) -> Result<(), Failure> {
    let audience = &stand_ins.audience;
    let [told, again] = [&audience.told_once, &audience.told_again].map(|count| count.load(Ordering::Relaxed));
    let missed = arguments.users - told;
    eprintln!();
    if again > 0 {
        return Err(format!("{again} addresses were told again").into());
    }
    if done["state"] != "finished" {
        return Err(format!("the announcement has not finished: {done}").into());
    }
    if audience.noted() < arguments.users {
        return Err(format!("only {} of {} users were announced to: {done}", audience.noted(), arguments.users).into());
    }
    if missed > used.killed * PAGE {
        return Err(format!("{missed} addresses were missed, with {} processes killed: {done}", used.killed).into());
    }
    // The count is written after each page, so it may lack the page of a killed process.
    if used.killed == 0 && done["accepted"] != arguments.users {
        return Err(format!("the announcement counted other numbers: {done}").into());
    }
    Ok(())
}

#[expect(clippy::cast_precision_loss, reason = "figures for people")]
fn text(arguments: &Arguments, stand_ins: &StandIns, used: &Used, took: Duration, requests: u64) -> String {
    let (users, processes) = (arguments.users, arguments.processes);
    let told = stand_ins.audience.told_once.load(Ordering::Relaxed);
    let again = stand_ins.audience.told_again.load(Ordering::Relaxed);
    let calls = stand_ins.calls.load(Ordering::Relaxed);
    format!(
        "A challenge announced to {users} users by the release binary of `{FUNCTION}` in {processes} environments, at {PER_SECOND} \
         addresses a second at the\nmost. {:.0} % of the invocations have their process killed in the middle, within {KILLED_WITHIN:.0} s; \
         then the message comes again. DynamoDB and SQS\nanswer after a service time as in the contention model (median {:.1} ms), \
         Pinpoint after one of {:.0} ms (assumed), and keep of a user\nwhether announced to and whether told; all on one machine. \
         {} languages on {} channels. *Missed* users were noted as announced\nto when a kill came before their push: \
         the app still shows them the announcement. Not in it: TLS, the way to a region, and a table that is throttled.\n\n\
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
        stand_ins.pushes.load(Ordering::Relaxed),
        requests as f64 / users as f64,
        used.own.as_secs_f64() * 1e6 / users as f64,
        used.early,
        used.peak,
        took.as_secs_f64(),
        told as f64 / took.as_secs_f64(),
    )
}
