//! A competition in the contention model: a thousand scores a second on one board, and the recount, own ranks and the
//! settlement of a large one, with their read and write units.

use std::cell::{Cell, RefCell};
use std::time::{Duration, Instant as RealInstant};

use clap::Args;
use domain::competition::{Score, WindowId};
use domain::id::{AppId, CampaignId, UserId};
use futures_util::future::join_all;
use jiff::{SignedDuration, Timestamp};
use local::background::Delays;
use local::functions::{Environments, dispatch};
use local::gateway;
use local::template::Schedule;
use serde_json::{Value, json};
use store::boards::BoardId;
use store::ladders;
use store::schema::{IndexKey, Key as ItemKey, ScorePlace};
use tests::contention::{Figures, Physics};
use tests::deployment::{Deployment, Key};
use tokio::time::{Instant, sleep};

use crate::Failure;
use crate::report::{self, Spread};
use crate::scene::{self, simulate};

/// Users whose scores change.
const USERS: u64 = 10_000;

/// The measurement's options.
#[derive(Args)]
pub(crate) struct Arguments {
    /// Players of the large board.
    #[arg(long, default_value_t = 1_000_000)]
    players: u64,
    /// Seconds of a thousand scores each.
    #[arg(long, default_value_t = 20)]
    seconds: u64,
    /// The seed.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Print the tables, and leave docs/benchmarks.md as it is.
    #[arg(long)]
    print: bool,
}

pub(crate) fn run(arguments: &Arguments) -> Result<(), Failure> {
    let (seed, seconds, players) = (arguments.seed, arguments.seconds, arguments.players);
    let mut text = String::from(
        "In the contention model; the times are simulated unless a column says otherwise, and a seed gives the same figures on any\n\
         machine. Each score is a request to `submit-moment`, a thousand a second, by an idle environment or a new one. The busiest\n\
         partition is that of the index with the most write units, of the 1,000 a second that DynamoDB takes.\n\n\
         | scores | environments | scores/s | WCU per score | RCU per score | p50 ms | p99 ms | busiest partition, WCU/s | failed |\n\
         |---|---|---|---|---|---|---|---|---|\n",
    );
    for (name, kind) in [("of 10,000 users, random", Kind::Random), ("all equal, each of another user", Kind::Equal)] {
        eprintln!("a thousand scores a second, {name}");
        let row = simulate(seed, || thousand_a_second(kind, Duration::from_secs(seconds), seed));
        text += &format!("| {name} | {row}");
    }
    eprintln!("a board of {players} players");
    text += &simulate(seed, || large_board(players, seed));
    report::write("competition", &text, arguments.print)
}

#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Random,
    Equal,
}

/// A deployment with a competition that ends in an hour.
async fn race(physics: Physics, seed: u64) -> Deployment {
    let deployment = scene::deployment(physics, seed);
    let mut campaign = tests::competition();
    tests::set(&mut campaign, "/ends_at", json!(deployment.now() + SignedDuration::from_hours(1)));
    tests::set(&mut campaign, "/competition/prizes/0/ranks", json!([1, 100]));
    scene::prepare(&deployment, scene::requests("app", "race", campaign, 200), Duration::from_secs(30)).await;
    deployment
}

async fn thousand_a_second(kind: Kind, duration: Duration, seed: u64) -> String {
    let deployment = race(Physics::default(), seed).await;
    let scores = 1_000 * duration.as_secs();
    let (idle, environments) = (RefCell::new(Vec::<Environments>::new()), Cell::new(0_u64));
    let (times, failed) = (RefCell::new(Spread::default()), Cell::new(0_u64));
    let (before, began) = (deployment.model.figures(), Instant::now());
    deployment.model.forget_charges();
    let all = (0..scores).map(async |n| {
        tokio::time::sleep_until(began + Duration::from_micros(n * 1_000)).await;
        let warm = idle.borrow_mut().pop();
        let environment = warm.unwrap_or_else(|| {
            environments.set(environments.get() + 1);
            deployment.environment("submit-moment", seed << 32 | environments.get())
        });
        // A generator of its own for each score, so that the order of events decides nothing.
        let mixed = n.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let (user, score) = if kind == Kind::Random { ((mixed >> 32) % USERS, mixed % 1_000_000) } else { (n, 7) };
        let sent = Instant::now();
        if report_lap(&deployment, &environment, user, n, score).await {
            times.borrow_mut().add(sent.elapsed().as_secs_f64() * 1e3);
        } else {
            failed.set(failed.get() + 1);
        }
        idle.borrow_mut().push(environment);
    });
    join_all(all).await;
    let (spent, took) = (deployment.model.figures() - before, began.elapsed().as_secs_f64());
    let busiest = deployment.model.most_charged() / took;
    let (each, times) = (|units: f64| units / scores as f64, times.take());
    format!(
        "{} | {:.0} | {:.2} | {:.2} | {:.0} | {:.0} | {busiest:.0} ({:.1} %) | {} |\n",
        environments.get(),
        times.len() as f64 / took,
        each(spent.write_units),
        each(spent.read_units),
        times.median(),
        times.at(0.99),
        busiest / 10.0,
        failed.get()
    )
}

async fn report_lap(deployment: &Deployment, environment: &Environments, user: u64, event: u64, score: u64) -> bool {
    let body =
        json!({"user_id": format!("user-{user}"), "action": "lap", "event_id": format!("e{event}"), "quantity": score});
    let (function, event) = deployment.request(Key::App("app"), "POST", "/v1/moments", body);
    let invocation = deployment.invocation(&function, SignedDuration::ZERO);
    let answer = dispatch(&function, environment, &deployment.outside(&function, 0), event, invocation).await;
    answer.is_ok_and(|answer| gateway::response(&answer).status == 200)
}

/// The board of a large competition: its recount, an own rank, and its settlement.
async fn large_board(players: u64, seed: u64) -> String {
    // Without the index's lag, which would need a second database.
    let deployment = race(Physics { index_lag: None, ..Physics::default() }, seed).await;
    fill(&deployment, players);
    let environment = deployment.environment("settle-competition", seed);
    let (Ok(app), Ok(campaign)) = (AppId::try_from("app"), CampaignId::try_from("race")) else { return String::new() };
    let id = BoardId { app: &app, campaign: &campaign, window: WindowId::Campaign };
    let mut rows = Vec::new();
    let measured = Measured::begin(&deployment);
    let ladder = ladders::recount(&environment.store, id, Score::Highest, deployment.now()).await;
    rows.push(measured.row("recount of the ladder", 1));
    let Ok(ladder) = ladder else { return "The recount failed.\n".to_owned() };
    let place = ScorePlace::new(Score::Highest, 500_000, deployment.now()).prefix();
    let measured = Measured::begin(&deployment);
    let before = ladders::better_than(&environment.store, id, &ladder, &place).await.unwrap_or_default();
    rows.push(measured.row(&format!("an own rank, {}", before + 1), 1));
    sleep(Duration::from_secs(2 * 3_600)).await;
    let measured = Measured::begin(&deployment);
    let invocations = settle(&deployment, &environment).await;
    rows.push(measured.row("settlement with 100 prizes", invocations));
    let (_, summary) =
        deployment.call(Key::Operator, "GET", "/v1/apps/app/campaigns/race/settlement?limit=1", Value::Null).await;
    format!(
        "\nA board of {} players, in state `{}` at the end. The settlement includes freezing, reading every entry and score consistently,\n\
         sorting, merging and the prizes. *Processor* is real time on this machine, the embedded database's included.\n\n\
         | work | invocations | RCU | WCU | simulated s | processor s |\n|---|---|---|---|---|---|\n{}",
        summary["players"],
        summary["state"].as_str().unwrap_or_default(),
        rows.concat()
    )
}

/// Puts players with random scores into the table, as their events would have.
fn fill(deployment: &Deployment, players: u64) {
    let database = deployment.model.database();
    let (Ok(app), Ok(campaign)) = (AppId::try_from("app"), CampaignId::try_from("race")) else { return };
    let Ok(moment) = domain::id::MomentId::try_from("laps") else { return };
    let at = deployment.now();
    for n in 0..players {
        let Ok(user) = UserId::try_from(format!("user-{n}")) else { continue };
        let score = n.wrapping_mul(0x9e37_79b9_7f4a_7c15) % 1_000_000;
        let reached_at = at + SignedDuration::from_millis(i64::try_from(n % 1_000_000).unwrap_or(0));
        put(database, &score_item(&app, &campaign, &moment, &user, score, reached_at));
        let (pk, sk) = ItemKey::Entry(app.clone(), campaign.clone(), WindowId::Campaign, user).pair();
        put(database, &json!({"pk": {"S": pk}, "sk": {"S": sk}}));
        if n % 100_000 == 99_999 {
            eprintln!("{} players", n + 1);
        }
    }
}

fn score_item(
    app: &AppId,
    campaign: &CampaignId,
    moment: &domain::id::MomentId,
    user: &UserId,
    score: u64,
    reached_at: Timestamp,
) -> Value {
    let key = ItemKey::Score(app.clone(), user.clone(), campaign.clone(), moment.clone(), WindowId::Campaign);
    let place = ScorePlace::new(Score::Highest, score, reached_at);
    let index = IndexKey::Score(app.clone(), campaign.clone(), WindowId::Campaign, user.clone(), place);
    let ((pk, sk), (index_pk, index_sk)) = (key.pair(), index.pair());
    json!({
        "pk": {"S": pk}, "sk": {"S": sk}, "gsi1pk": {"S": index_pk}, "gsi1sk": {"S": index_sk},
        "score": {"N": score.to_string()}, "reached_at": {"N": reached_at.as_millisecond().to_string()},
        "made_by": {"N": "1"}, "content": {"N": "1"},
    })
}

#[expect(clippy::expect_used, reason = "a preparation")]
fn put(database: &dynoxide::Database, item: &Value) {
    let request = serde_json::from_value(json!({"TableName": local::database::TABLE, "Item": item}));
    database.put_item(request.expect("a request")).expect("an item");
}

/// Invokes the schedule, and the queue's messages until none is left. Returns the number of invocations.
async fn settle(deployment: &Deployment, environment: &Environments) -> u64 {
    let mut invocations = 0;
    let outside = deployment.outside("settle-competition", 0);
    let mut invoke = async |event: Value| {
        invocations += 1;
        let invocation = deployment.invocation("settle-competition", SignedDuration::ZERO);
        dispatch("settle-competition", environment, &outside, event, invocation).await
    };
    let _ = invoke(Schedule::event()).await;
    loop {
        let received = deployment.queues.receive("CompetitionQueue", 1, deployment.now(), Delays::Ignored);
        let Some(message) = received.ok().and_then(|received| received.into_iter().next()) else { return invocations };
        let answer = invoke(json!({"Records": [message.record]})).await;
        if answer.is_ok_and(|answer| answer["batchItemFailures"].as_array().is_some_and(Vec::is_empty)) {
            let _ = deployment.queues.delete("CompetitionQueue", &message.receipt_handle);
        } else {
            sleep(Duration::from_secs(60)).await;
        }
    }
}

/// The consumption of a piece of work.
struct Measured<'a> {
    deployment: &'a Deployment,
    before: Figures,
    began: Instant,
    really: RealInstant,
}

impl<'a> Measured<'a> {
    fn begin(deployment: &'a Deployment) -> Self {
        let (before, began) = (deployment.model.figures(), Instant::now());
        Self { deployment, before, began, really: RealInstant::now() }
    }

    fn row(self, name: &str, invocations: u64) -> String {
        let spent = self.deployment.model.figures() - self.before;
        format!(
            "| {name} | {invocations} | {:.0} | {:.0} | {:.1} | {:.1} |\n",
            spent.read_units,
            spent.write_units,
            self.began.elapsed().as_secs_f64(),
            self.really.elapsed().as_secs_f64()
        )
    }
}
