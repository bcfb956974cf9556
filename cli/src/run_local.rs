//! `moments local`: starts everything, prints where it is and how to earn a reward, and stops at Ctrl-C.

use std::path::PathBuf;

use clap::Args;
use local::clock::Clock;
use local::console_key;
use local::demo::{self, DemoApp};
use local::functions::Binaries;
use local::{Local, LocalError, Options, samples};
use serde_json::json;
use tracing_subscriber::Layer as _;
use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

use crate::data_folder;

const EXAMPLES: &str = "Examples:
  # everything on port 3000, kept in .moments/
  moments local
  # an empty system, kept in memory
  moments local --ephemeral --no-demo
  # for scripts: the first line on stdout has the URLs and keys
  moments local --port 0 --json
  # each function as a process of its release binary, as on Lambda
  moments local --binaries target/release
  # DynamoDB alone, with the samples of events/: for `sam local invoke`
  moments local --ephemeral --database-only --samples";

/// How to run the system on this machine.
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// Port of the API, or of DynamoDB with --database-only; 0 lets the system choose one.
    #[arg(long, default_value_t = 3000)]
    port: u16,
    /// Address to listen at. Only this machine reaches the default.
    #[arg(long, default_value = "127.0.0.1", value_name = "ADDRESS")]
    host: std::net::IpAddr,
    /// Folder for the database and the operator's key.
    #[arg(long, default_value = ".moments", value_name = "FOLDER")]
    data: PathBuf,
    /// Keep everything in memory.
    #[arg(long, conflicts_with = "data")]
    ephemeral: bool,
    /// Don't make the demo apps.
    #[arg(long)]
    no_demo: bool,
    /// Make the world of the sample events under events/ instead of the demo apps. Needs an empty system.
    #[arg(long, requires = "ephemeral")]
    samples: bool,
    /// Run DynamoDB alone, for functions that run elsewhere: no API, no streams, no pushes.
    #[arg(long)]
    database_only: bool,
    /// Run each function as processes of its own binary, from this folder.
    #[arg(long, value_name = "FOLDER", conflicts_with = "database_only")]
    binaries: Option<PathBuf>,
    /// Print only one line of JSON on stdout, with all URLs and keys.
    #[arg(long)]
    json: bool,
    /// Level of the functions' log on stderr: error, warn, info or debug.
    #[arg(long, default_value = "warn", value_name = "LEVEL")]
    log: LevelFilter,
}

/// Runs until Ctrl-C.
pub(crate) async fn run(arguments: Arguments) -> Result<(), LocalError> {
    // The embedded database warns of each failed condition, but conditions fail in normal operation.
    let levels = edge::telemetry::levels(arguments.log).with_target("dynoxide", LevelFilter::ERROR);
    let logs = tracing_subscriber::fmt::layer().json().flatten_event(true).with_writer(std::io::stderr);
    tracing_subscriber::registry().with(logs.with_filter(levels)).init();
    // Before the start, so that a Ctrl-C during the start counts.
    let stop = stop_signal()?;
    let clock = Clock::system();
    let now = clock.now();
    let data = (!arguments.ephemeral).then_some(arguments.data);
    let options = Options {
        host: Some(arguments.host),
        port: arguments.port,
        database_only: arguments.database_only,
        pump: !arguments.database_only,
        binaries: arguments.binaries.map(|folder| Binaries { folder, log: None }),
        data: data.clone(),
        clock,
        // A laptop does everything at once, so it may be slower than Lambda and DynamoDB ever are.
        variables: [("DYNAMODB_TIMEOUT_SECONDS".to_owned(), "10".to_owned())].into(),
        patience: 3,
        ..Options::default()
    };
    let local = Local::start(options).await?;
    let mut apps = Vec::new();
    if arguments.samples {
        samples::prepare(&local, now).await?;
    } else if !arguments.no_demo {
        apps = demo::prepare(&local, now).await?;
    }
    let console_key = if arguments.database_only || arguments.samples {
        String::new()
    } else {
        console_key::prepare(&local, data.as_deref()).await?
    };
    let watched = data.map(|folder| tokio::spawn(data_folder::watch(folder)));
    let text = if arguments.json {
        machine_text(&local, &apps, &console_key)
    } else {
        human_text(&local, &apps, &console_key, now)
    };
    // Runs even if nobody reads the output.
    let _ = crate::output::print(&text);
    stop.await;
    if let Some(watched) = watched {
        watched.abort();
    }
    eprintln!("moments: finishing running requests; press Ctrl-C again to stop at once");
    tokio::select! {
        () = local.stop() => {}
        () = stop_signal()? => {}
    }
    Ok(())
}

/// Resolves at Ctrl-C or SIGTERM.
fn stop_signal() -> Result<impl Future<Output = ()>, LocalError> {
    use tokio::signal::unix::{SignalKind, signal};
    let failed = |error| LocalError::System("cannot wait for signals".into(), error);
    let mut interrupt = signal(SignalKind::interrupt()).map_err(failed)?;
    let mut terminate = signal(SignalKind::terminate()).map_err(failed)?;
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    })
}

fn machine_text(local: &Local, apps: &[DemoApp], console_key: &str) -> String {
    let app_keys: serde_json::Map<_, _> = apps.iter().map(|app| (app.app.to_owned(), json!(app.key))).collect();
    json!({
        "api": local.api,
        "dynamodb": local.dynamodb,
        "push": if local.api.is_empty() { String::new() } else { format!("{}/_local/push", local.api) },
        "admin_key": local.admin_key.expose(),
        "console_key": console_key,
        "app_keys": app_keys,
    })
    .to_string()
}

fn human_text(local: &Local, apps: &[DemoApp], console_key: &str, now: jiff::Timestamp) -> String {
    let (api, dynamodb, admin) = (&local.api, &local.dynamodb, local.admin_key.expose());
    if api.is_empty() {
        return format!(
            "DynamoDB is running.\n\n  endpoint   {dynamodb}   (table moments)\n  admin key  {admin}\n\nCtrl-C stops it."
        );
    }
    let mut text = format!(
        "Moments is running.\n\n  API           {api}\n  DynamoDB      {dynamodb}   (table moments)\n  \
         push inbox    {api}/_local/inbox   (JSON: {api}/_local/push)\n  \
         events        {api}/_local/events\n  \
         suppliers     {api}/_local/suppliers   (what they have made)\n  \
         dead letters  {api}/_local/dead-letters\n  admin key     {admin}\n"
    );
    if !console_key.is_empty() {
        text += &format!(
            "  console       {api}/console   (campaigns in a browser)\n  personal key  {console_key}   (to sign in there)\n"
        );
    }
    if !apps.is_empty() {
        text += &format!("  demo page     {api}/_local/demo   (five deposits, and the gift, in a browser)\n");
    }
    for app in apps {
        text += &format!("  {:<12}  {}   (test: {})\n", app.app, app.key, app.test_key);
    }
    text += &format!("\nFor other commands:\n\n  export MOMENTS_API={api} MOMENTS_KEY={admin}\n");
    if let Some(bank) = apps.first() {
        // A new user at each start, so that the lines always earn a reward.
        let (key, user) = (&bank.key, format!("ada-{}", now.as_second()));
        text += &format!(
            "\nEarn a reward: give the user a phone, make five deposits, follow the link of the reward.\n\n\
             curl -sX PUT {api}/v1/users/{user}/devices/phone -H 'x-api-key: {key}' -H 'content-type: application/json' \
             -d '{{\"channel\":\"GCM\",\"address\":\"token-of-{user}\"}}'; echo\n\n\
             for n in 1 2 3 4 5; do curl -s {api}/v1/moments -H 'x-api-key: {key}' -H 'content-type: application/json' \
             -d \"{{\\\"user_id\\\":\\\"{user}\\\",\\\"action\\\":\\\"deposit\\\",\\\"event_id\\\":\\\"deposit-$n\\\"}}\"; echo; done\n\n\
             curl -si $(curl -s {api}/v1/users/{user}/rewards -H 'x-api-key: {key}' | grep -o 'http[^\"]*/r/[^\"]*'); \
             curl -s {api}/_local/push\n"
        );
    }
    if let Some(shop) = apps.iter().find(|app| app.app == "demo-shop") {
        let (key, user) = (&shop.key, format!("bob-{}", now.as_second()));
        text += &format!(
            "\nGet a gift card that nobody has stocked: a supplier makes it when its user opens the link.\n\n\
             curl -s {api}/v1/moments -H 'x-api-key: {key}' -H 'content-type: application/json' \
             -d '{{\"user_id\":\"{user}\",\"action\":\"order\",\"event_id\":\"order-{user}\"}}'; echo\n\n\
             curl -sL $(curl -s {api}/v1/users/{user}/rewards -H 'x-api-key: {key}' | grep -o 'http[^\"]*/r/[^\"]*' | head -1); \
             curl -s {api}/_local/suppliers\n"
        );
    }
    if let Some(race) = apps.iter().find(|app| app.app == "demo-race") {
        let (key, campaign) = (&race.key, demo::race_campaign(now));
        text += &format!(
            "\nWin a prize: the race ends a minute after this start, and is settled within the next two.\n\n\
             curl -s {api}/v1/moments -H 'x-api-key: {key}' -H 'content-type: application/json' \
             -d '{{\"user_id\":\"ada\",\"action\":\"lap\",\"event_id\":\"{campaign}-ada\",\"quantity\":90}}'; echo\n\n\
             curl -s {api}/v1/campaigns/{campaign}/leaderboard -H 'x-api-key: {key}'; echo\n\n\
             sleep 180; curl -s {api}/v1/campaigns/{campaign}/leaderboard -H 'x-api-key: {key}'; \
             curl -s {api}/v1/users/ada/rewards -H 'x-api-key: {key}'\n"
        );
    }
    text + "\nCtrl-C stops it."
}
