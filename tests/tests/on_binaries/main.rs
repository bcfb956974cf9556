//! Tests with real processes: each function is a release binary behind a Runtime API server. Environments are killed
//! and frozen during work, the table does not answer, and the logs hold no secrets. Run
//! `MOMENTS_BINARIES=target/release cargo test -p tests --test on_binaries`; see CONTRIBUTING.md.

// As in the behaviours: a test's future nests over a hundred layers.
#![recursion_limit = "256"]
#![expect(clippy::panic, reason = "these are tests")]

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::Duration;

use local::process::Process;
use rand::rngs::StdRng;
use rand::seq::IndexedRandom as _;
use rand::{Rng as _, SeedableRng as _};
use serde_json::{Value, json};
use tempfile::NamedTempFile;
use tests::{App, World, campaign_with, promises};
use tokio::sync::Mutex;
use tokio::time::{Instant, sleep};

/// Runs these tests one at a time: dozens of killed and frozen processes would slow down a test with a deadline.
static ALONE: Mutex<()> = Mutex::const_new(());

/// The folder of the binaries.
fn folder() -> PathBuf {
    #[expect(clippy::disallowed_methods, reason = "which binaries are tested is the caller's choice")]
    let folder = std::env::var_os("MOMENTS_BINARIES");
    folder.map(PathBuf::from).unwrap_or_else(|| panic!("set MOMENTS_BINARIES to the folder of the release binaries"))
}

fn signal(process: u32, signal: &str) {
    let _ = Command::new("kill").args([signal, &process.to_string()]).stderr(Stdio::null()).status();
}

/// Kills or freezes working processes in a loop. Returns the number of kills and freezes.
async fn chaos(world: &World, until: Instant) -> (u32, u32) {
    let (mut random, mut killed, mut frozen) = (StdRng::seed_from_u64(1), 0, 0);
    while Instant::now() < until {
        sleep(Duration::from_millis(random.random_range(5..40))).await;
        let busy = world.local.functions.busy_processes();
        let Some(&process) = busy.choose(&mut random) else { continue };
        if random.random_bool(0.5) {
            signal(process, "-KILL");
            killed += 1;
        } else {
            signal(process, "-STOP");
            frozen += 1;
            let long = Duration::from_millis(random.random_range(100..2_000));
            tokio::spawn(async move {
                sleep(long).await;
                signal(process, "-CONT");
            });
        }
    }
    (killed, frozen)
}

/// Sends a request until it is answered, as the contract allows.
async fn deposit(app: &App<'_>, user: &str, event: &str) {
    for _ in 0..200 {
        let answer = app.deposit(user, event).await;
        if answer.status == 200 {
            return;
        }
        assert!([500, 503].contains(&answer.status), "{answer:?}");
        sleep(Duration::from_millis(20)).await;
    }
    panic!("{event} of {user} was never answered");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_promise_holds_while_environments_are_killed_and_frozen() {
    let _alone = ALONE.lock().await;
    folder();
    let world = World::new().await;
    let app = world.shop(25).await;
    let users: Vec<String> = (0..40).map(|n| format!("user-{n}")).collect();
    for user in &users {
        let phone = json!({"channel": "GCM", "address": format!("token-{user}")});
        app.call("PUT", &format!("/v1/users/{user}/devices/phone"), phone).await.expect(200);
    }
    let acting = async {
        let act = |user: &str| {
            let (app, user) = (&app, user.to_owned());
            async move {
                for n in 1..=5 {
                    deposit(app, &user, &format!("e{n}")).await;
                }
            }
        };
        futures_util::future::join_all(users.iter().map(|user| act(user))).await;
    };
    let (_, (killed, frozen)) = tokio::join!(acting, chaos(&world, Instant::now() + Duration::from_secs(8)));
    assert!(killed > 10 && frozen > 10, "{killed} killed, {frozen} frozen");
    // Frozen processes resume.
    sleep(Duration::from_secs(3)).await;
    world.settle().await;
    let items = world.items();
    for progress in promises::of(&items, "PROGRESS#spring#deposits") {
        assert_eq!(promises::number(progress, "counted"), 5, "{progress}");
    }
    let in_state = |state: &str| {
        promises::rewards(&items).filter(|reward| promises::text(reward, "reward_state") == Some(state)).count()
    };
    assert_eq!((in_state("awarded"), in_state("waiting")), (25, 15));
    // Promise 6 ("What the field found", F).
    let pushes = world.local.pushes();
    for reward in promises::rewards(&items) {
        let user = promises::text(reward, "pk").unwrap().rsplit('#').next().unwrap();
        let told = pushes.iter().any(|push| push["address"] == format!("token-{user}"));
        assert!(told || promises::text(reward, "reward_state") != Some("awarded"), "no push for {reward}");
    }
}

#[tokio::test]
async fn a_table_that_does_not_answer_is_503_before_the_timeout() {
    let _alone = ALONE.lock().await;
    let silent = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let variables: BTreeMap<String, String> = [
        ("TABLE_NAME", "moments".to_owned()),
        ("DYNAMODB_ENDPOINT", format!("http://{}", silent.local_addr().unwrap())),
        ("AWS_ACCESS_KEY_ID", "test".to_owned()),
        ("AWS_SECRET_ACCESS_KEY", "test".to_owned()),
    ]
    .map(|(name, value)| (name.to_owned(), value))
    .into();
    let places = [folder().join("submit-moment"), folder().join("submit-moment/bootstrap")];
    let binary = places.iter().find(|place| place.is_file()).unwrap();
    let log = NamedTempFile::new().unwrap();
    let into = Stdio::from(log.reopen().unwrap());
    let mut process = Process::start(binary, "submit-moment", &variables, into).await.unwrap();
    process.ready().await.unwrap();
    let mut event: Value =
        serde_json::from_str(include_str!("../../../events/submit-moment/in-progress.json")).unwrap();
    let attributes = json!({"mood": "melancholic-attribute"});
    let moment = json!({
        "user_id": "cyd", "action": "deposit", "event_id": "e", "attributes": attributes, "user": {"attributes": attributes},
    });
    event["body"] = json!(moment.to_string());
    event["headers"]["x-api-key"] = json!("mk_live_secret-key");
    let answer = process.invoke(event.to_string().into_bytes(), "silent", Duration::from_secs(3)).await.unwrap();
    let body: Value = serde_json::from_slice(&answer.body).unwrap();
    assert!(answer.well && body["statusCode"] == 503, "{body}");
    assert!(answer.took > Duration::from_secs(2), "it did try: {:?}", answer.took);
    // The log of a failed request names the failure, not the request's content.
    let log = std::fs::read_to_string(log.path()).unwrap();
    assert!(log.contains("request refused") && log.contains("out of time"), "there is a log: {log}");
    assert!(!log.contains("melancholic-attribute") && !log.contains("secret-key"), "{log}");
}

#[tokio::test(flavor = "multi_thread")]
async fn of_a_batch_only_the_messages_that_failed_come_again() {
    let _alone = ALONE.lock().await;
    folder();
    let world = World::new().await;
    let app = world.shop(2).await;
    for (user, address) in [("ada", "temporary-token"), ("bob", "token-of-bob")] {
        let device = json!({"channel": "GCM", "address": address});
        app.call("PUT", &format!("/v1/users/{user}/devices/phone"), device).await.expect(200);
        assert_eq!(app.deposits(user, 5).await["outcome"], "rewarded");
    }
    let message = |user: &str| {
        let work = json!({"app": "app", "user": user, "notice": "achievement.spring.deposits.1", "given_up": 0});
        let attributes = json!({"MessageGroupId": user, "SequenceNumber": "1", "ApproximateReceiveCount": "1"});
        json!({
            "messageId": user, "receiptHandle": user, "body": work.to_string(), "attributes": attributes,
            "messageAttributes": {}, "md5OfBody": "", "eventSource": "aws:sqs", "awsRegion": "local",
            "eventSourceARN": "arn:aws:sqs:us-east-1:000000000000:PushQueue",
        })
    };
    let batch = json!({ "Records": [message("bob"), message("ada")] });
    let answer = world.local.functions.invoke("send-notification", batch, "batch").await.unwrap();
    // Only Ada's message comes again. Bob, in the same batch, gets his push once.
    assert_eq!(answer, json!({"batchItemFailures": [{"itemIdentifier": "ada"}]}));
    let heard = |address: &str| world.local.pushes().iter().filter(|push| push["address"] == address).count();
    assert_eq!((heard("temporary-token"), heard("token-of-bob")), (1, 1));
    world.settle().await;
    assert_eq!(heard("token-of-bob"), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn no_url_key_token_or_attribute_is_in_the_functions_logs() {
    let _alone = ALONE.lock().await;
    folder();
    let world = World::with_variables(&[("LOG_LEVEL", "debug")]).await;
    let app = world.shop(2).await;
    let profile = json!({"locale": "de", "marketplace": "DE", "attributes": {"mood": "melancholic-attribute"}});
    app.call("PUT", "/v1/users/ada", profile).await.expect(200);
    let addresses = ["secret-token-1", "permanent-token-2", "temporary-token-3", "throttled-token-4"];
    for (n, address) in addresses.iter().enumerate() {
        let device = json!({"channel": "GCM", "address": address});
        app.call("PUT", &format!("/v1/users/ada/devices/d{n}"), device).await.expect(200);
    }
    let reward = app.deposits("ada", 5).await["reward"].clone();
    let link = reward["reward_id"].as_str().unwrap().to_owned();
    for user in ["bob", "cyd"] {
        app.deposits(user, 5).await;
    }
    world.send("GET", &format!("/r/{link}"), &[], b"").await;
    world.settle().await;
    let guards = json!({
        "one_reward_per": ["device", "payment"], "velocity": {"per_device": {"events": 1, "within_minutes": 10080}},
    });
    let guarded = [("/guards", guards), ("/moments/0/target", json!(1)), ("/moments/0/action", json!("guarded"))];
    app.launch("guarded", campaign_with(&guarded)).await;
    for (user, device) in [("ada", "open-device-print"), ("bob", "open-device-print"), ("cyd", &"x".repeat(257))] {
        let told = json!({"device": device, "payment": "open-payment-print"});
        let event = json!({"user_id": user, "action": "guarded", "event_id": user, "fingerprints": told});
        app.call("POST", "/v1/moments", event).await;
    }
    world.settle().await;
    // Failures: bad fields, no JSON, a conflict, bad stock, unknown keys and links.
    let bad = json!({"user_id": "", "attributes": {"mood": "melancholic-attribute"}, "surprise": addresses[0]});
    app.call("POST", "/v1/moments", bad).await.expect(400);
    world
        .send("POST", "/v1/moments", &[("x-api-key", &app.key), ("content-type", "application/json")], b"{\"user")
        .await;
    let stock = json!({"urls": ["http://not-secure.example/secret", "https://gift.example/new-one", 7]});
    app.admin("POST", "/reward-groups/gift/stock", stock).await.expect(200);
    app.admin("POST", "/campaigns/spring/reject", Value::Null).await.expect(400);
    let reason = json!({"reason": "an admin's free-reason"});
    app.admin("POST", "/campaigns/spring/reject", reason).await.expect(409);
    let unknown = "mk_live_UNKNOWNAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    world.call(unknown, "GET", "/v1/users/ada", Value::Null).await;
    world.send("GET", &format!("/r/{}x", &link[..link.len() - 1]), &[], b"").await;
    app.call("DELETE", "/v1/users/ada", Value::Null).await.expect(204);
    world.settle().await;
    let log = world.log();
    assert!(log.contains("reward awarded") && log.contains("request refused"), "there is a log: {log}");
    assert!(log.contains("\"Namespace\":\"Moments\"") && log.contains("\"Currency\":\"EUR\""), "and figures: {log}");
    let tail = link.rsplit('.').next().unwrap();
    let keys = [&app.key, &app.test_key, world.local.admin_key.expose(), unknown];
    let secrets = [
        "gift.example",
        "not-secure.example",
        "melancholic-attribute",
        "free-reason",
        "token-",
        "device-print",
        "payment-print",
        tail,
    ]
    .into_iter()
    .chain(keys.into_iter().map(|key| &key[8..]));
    for secret in secrets {
        let line = log.lines().find(|line| line.contains(secret));
        assert!(line.is_none(), "{secret} is in the log: {}", line.unwrap_or_default());
    }
}
