//! The report of a campaign with a million rewards: its latency and its reads. The rewards are counted as the stream's
//! reader counts them, many at a time, over the days, arms and marketplaces of a season.

use std::time::{Duration, Instant};

use clap::Args;
use domain::id::RewardId;
use domain::reward::report::{Cell, Contribution, Figure};
use serde_json::{Value, json};
use store::reports::{self, Recount};
use tests::{World, campaign_with, group};

use crate::Failure;
use crate::report::{self, Spread};

/// The measurement's options.
#[derive(Args)]
pub(crate) struct Arguments {
    /// Rewards.
    #[arg(long, default_value_t = 1_000_000)]
    rewards: i64,
    /// Days over which they are awarded.
    #[arg(long, default_value_t = 90)]
    days: i32,
    /// Reports.
    #[arg(long, default_value_t = 50)]
    runs: u64,
    /// Print the table, and leave docs/benchmarks.md as it is.
    #[arg(long)]
    print: bool,
}

/// The users' marketplaces.
const PLACES: [&str; 10] = ["DE", "US", "FR", "IT", "ES", "PL", "NL", "BE", "AT", "CH"];

/// The arms of the moment.
const ARMS: [&str; 2] = ["gift", "cheap"];

/// A day in the middle of the campaign, in days since 1970.
const LAST_DAY: i32 = 20_424;

/// Measures and writes the report.
pub(crate) async fn run(arguments: Arguments) -> Result<(), Failure> {
    let world = World::new().await;
    let app = world.app("app").await;
    for arm in ARMS {
        app.put_group(arm, group()).await;
        app.stock(arm, 1).await;
    }
    let rewards = json!([{"reward_group_id": ARMS[0]}, {"reward_group_id": ARMS[1]}]);
    let budget = json!(arguments.rewards * 500);
    app.launch("spring", campaign_with(&[("/moments/0/rewards", rewards), ("/budget/amount_minor", budget)])).await;
    let awarded = fill(&world, &arguments).await?;
    let (mut times, mut units) = (Spread::default(), 0.0);
    for _ in 0..arguments.runs {
        world.local.functions.take_consumed("manage-campaigns");
        let began = Instant::now();
        let answer = app.admin("GET", "/campaigns/spring/report", Value::Null).await;
        times.add(began.elapsed().as_secs_f64() * 1e3);
        units = world.local.functions.take_consumed("manage-campaigns").read_units;
        if answer.body["totals"]["awards"] != awarded {
            return Err(format!("not all rewards are in the report: {}", answer.body["totals"]).into());
        }
    }
    let text = format!(
        "`GET …/report` of a campaign with {awarded} rewards over {} days, with two arms in ten marketplaces, through the gateway, against the\n\
         embedded DynamoDB on the same machine; {} times. Not in it: the network, and DynamoDB's own times, some milliseconds\n\
         for each of 17 requests, of which 16 are made at once.\n\n\
         | rewards | median ms | slowest ms | read units |\n|---|---|---|---|\n| {awarded} | {:.1} | {:.1} | {units} |\n",
        arguments.days,
        arguments.runs,
        times.median(),
        times.at(1.0),
    );
    report::write("report", &text, arguments.print)
}

/// Counts all rewards and participants, a cell and a day at a time. Returns the number of rewards.
async fn fill(world: &World, arguments: &Arguments) -> Result<i64, Failure> {
    let environment = &world.local.environments;
    let id = |text: &str| text.to_owned().try_into().map_err(|error: domain::id::InvalidId| error.to_string());
    let (app, campaign) = (id("app")?, "spring".try_into().map_err(|_| "no id")?);
    let cells = i64::try_from(PLACES.len() * ARMS.len()).unwrap_or(1);
    let each = arguments.rewards / (cells * i64::from(arguments.days));
    for day in LAST_DAY - arguments.days..LAST_DAY {
        let mut recounts = Vec::new();
        for (place, arm) in PLACES.iter().flat_map(|place| ARMS.map(|arm| (*place, arm))) {
            let arm = Some(arm.try_into().map_err(|_| "no id")?);
            let moment = "deposits".try_into().map_err(|_| "no id")?;
            let cell = Cell { moment, group: arm.clone(), arm, marketplace: Some(place.to_owned()), held_out: false };
            let figures = [Figure::Completions, Figure::Completers, Figure::Awards, Figure::Redemptions];
            let mut entries: Vec<(i32, Figure, i64)> = figures.map(|figure| (day, figure, each)).into();
            entries.push((day, Figure::Spend, each * 500));
            let began = &Cell { group: None, ..cell.clone() };
            let figures = [(Figure::Participants, each * 2)];
            reports::tally(&environment.store, &environment.rewarding.report, &app, &campaign, day, began, &figures)
                .await;
            let reward_id = RewardId::new(&app, &campaign, world.clock.now(), &mut *environment.store.random());
            let now = Contribution { revision: 3, cell, entries, hours: Vec::new(), waiting_for: None };
            recounts.push(Recount { reward_id, before: None, now, is_erased: false });
        }
        let deadline = tokio::time::Instant::now() + Duration::from_secs(60);
        let counted =
            reports::count(&environment.store, &environment.rewarding.report, &app, &campaign, recounts, deadline);
        counted.await.map_err(|error| error.to_string())?;
        eprint!("\rday {day} ");
    }
    Ok(each * cells * i64::from(arguments.days))
}
