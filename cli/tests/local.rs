//! `moments local`: the real binary, real connections, signals and restarts.

#![expect(clippy::unwrap_used, reason = "these are tests")]

use std::collections::BTreeSet;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;

use serde_json::{Value, json};

/// A running `moments`. It ends with the test.
struct Moments {
    process: Child,
    first_line: String,
    stdout: BufReader<std::process::ChildStdout>,
}

impl Moments {
    fn start(arguments: &[&str]) -> Self {
        Self::start_logging(arguments, Stdio::null())
    }

    fn start_logging(arguments: &[&str], log: Stdio) -> Self {
        let mut process = Command::new(env!("CARGO_BIN_EXE_moments"))
            .args(arguments)
            .stdout(Stdio::piped())
            .stderr(log)
            .spawn()
            .unwrap();
        let mut stdout = BufReader::new(process.stdout.take().unwrap());
        let mut first_line = String::new();
        stdout.read_line(&mut first_line).unwrap();
        Self { process, first_line, stdout }
    }

    /// Starts it with its data in a folder, and JSON output.
    fn in_folder(folder: &Path, more: &[&str]) -> Self {
        Self::start(&[&["--port", "0", "--json", "--data", folder.to_str().unwrap()], more].concat())
    }

    fn says(&self) -> Value {
        serde_json::from_str(&self.first_line).unwrap()
    }

    /// Sends JSON. Returns the status and the JSON of the answer.
    fn call(&self, key: &str, method: &str, path: &str, body: &Value) -> (u16, Value) {
        let (says, body) = (self.says(), if body.is_null() { String::new() } else { body.to_string() });
        let address = says["api"].as_str().unwrap().trim_start_matches("http://").to_owned();
        let mut connection = TcpStream::connect(&address).unwrap();
        write!(
            connection,
            "{method} {path} HTTP/1.1\r\nhost: {address}\r\nx-api-key: {key}\r\ncontent-type: application/json\r\n\
             content-length: {}\r\nconnection: close\r\n\r\n{body}",
            body.len()
        )
        .unwrap();
        let mut answer = String::new();
        connection.read_to_string(&mut answer).unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        (head[9..12].parse().unwrap(), serde_json::from_str(body).unwrap_or(Value::Null))
    }

    fn signal(&self, signal: &str) {
        let id = self.process.id().to_string();
        assert!(Command::new("kill").args([signal, &id]).status().unwrap().success());
    }
}

impl Drop for Moments {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn run(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_moments")).args(arguments).output().unwrap()
}

fn deposit(n: u32) -> Value {
    json!({"user_id": "ada", "action": "deposit", "event_id": format!("deposit-{n}")})
}

#[test]
fn the_printed_lines_earn_a_reward_follow_its_link_and_show_the_push() {
    let mut moments = Moments::start(&["--port", "0", "--ephemeral"]);
    let mut lines = Vec::new();
    while !lines.last().is_some_and(|line: &String| line.starts_with("Ctrl-C")) {
        let mut line = String::new();
        assert_ne!(moments.stdout.read_line(&mut line).unwrap(), 0, "{lines:?}");
        lines.push(line);
    }
    let pasted: Vec<&String> = lines.iter().filter(|line| line.contains("curl")).collect();
    assert_eq!(pasted.len(), 8);
    assert!(lines.iter().any(|line| line.trim_start().starts_with("demo page") && line.contains("/_local/demo ")));
    let paste = |line: &str| {
        let output = Command::new("bash").args(["-c", line]).output().unwrap();
        String::from_utf8(output.stdout).unwrap()
    };
    assert!(paste(pasted[0]).contains("\"device_id\":\"phone\""));
    let deposits = paste(pasted[1]);
    let outcomes: Vec<Value> = deposits.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let kinds: Vec<&str> = outcomes.iter().map(|answer| answer["outcomes"][0]["outcome"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["in_progress", "in_progress", "in_progress", "in_progress", "rewarded"]);
    let url = outcomes[4]["outcomes"][0]["reward"]["url"].as_str().unwrap();
    let redeemed = paste(pasted[2]);
    assert!(redeemed.starts_with("HTTP/1.1 302") && redeemed.contains(&format!("location: {url}")), "{redeemed}");
    // The stream delivers the push after the award, so the first look may be too early.
    let inbox = (0..100).map(|_| paste(pasted[2])).find(|shown| shown.contains("CollapseKey"));
    assert!(inbox.is_some_and(|shown| shown.contains("You did it!")));
    let ordered: Value = serde_json::from_str(&paste(pasted[3])).unwrap();
    assert_eq!(ordered["outcomes"][0]["outcome"], "rewarded");
    // The page, and what the supplier has made.
    let opened = paste(pasted[4]);
    let (page, made) = opened.split_once("</html>").unwrap();
    let made: Value = serde_json::from_str(made).unwrap();
    let code = made["data"][0]["made"].as_str().unwrap();
    assert!(page.contains(&format!(">{code}</code>")), "{opened}");
    let scored: Value = serde_json::from_str(&paste(pasted[5])).unwrap();
    assert_eq!(scored["outcomes"][0]["outcome"], "scored");
    let board: Value = serde_json::from_str(&paste(pasted[6])).unwrap();
    assert_eq!((&board["data"][0]["user_id"], &board["of"]), (&json!("ada"), &json!(4)));
}

// `clients/typescript/test/demo.test.mjs` drives the page in a browser.
#[test]
fn the_demo_bank_takes_deposits_and_shows_each_customer_their_own() {
    let moments = Moments::start(&["--port", "0", "--ephemeral", "--json"]);
    let deposit = |user: &str, id: &str| {
        let (status, answer) = moments.call("", "POST", &format!("/_local/demo/deposit?user={user}"), &json!(id));
        assert_eq!(status, 200, "{answer}");
        answer["outcomes"][0]["progress"]["count"].clone()
    };
    assert_eq!([deposit("kim", "a"), deposit("kim", "b"), deposit("lou", "c"), deposit("lou", "c")], [1, 2, 1, 1]);
    let bare = Moments::start(&["--port", "0", "--ephemeral", "--json", "--no-demo"]);
    for (method, path) in [("POST", "/_local/demo/deposit?user=kim"), ("GET", "/_local/demo/token?user=kim")] {
        assert_eq!(bare.call("", method, path, &json!("a")).0, 404, "{path}");
    }
}

#[test]
fn killed_and_started_again_it_has_lost_nothing_that_was_answered() {
    let folder = tempfile::tempdir().unwrap();
    let first = Moments::in_folder(folder.path(), &[]);
    let says = first.says();
    let key = says["app_keys"]["demo-bank"].as_str().unwrap();
    for n in 1..=4 {
        assert_eq!(first.call(key, "POST", "/v1/moments", &deposit(n)).0, 200);
    }
    first.signal("-KILL");
    drop(first);
    let second = Moments::in_folder(folder.path(), &[]);
    assert_eq!((&second.says()["admin_key"], &second.says()["app_keys"]), (&says["admin_key"], &says["app_keys"]));
    let (status, answer) = second.call(key, "POST", "/v1/moments", &deposit(4));
    assert_eq!(
        (status, &answer["duplicate"], &answer["outcomes"][0]["progress"]["count"]),
        (200, &json!(true), &json!(4))
    );
    let (_, answer) = second.call(key, "POST", "/v1/moments", &deposit(5));
    let reward = &answer["outcomes"][0]["reward"];
    assert_eq!(answer["outcomes"][0]["outcome"], "rewarded");
    second.signal("-KILL");
    drop(second);
    let third = Moments::in_folder(folder.path(), &["--no-demo"]);
    let (_, list) = third.call(key, "GET", "/v1/users/ada/rewards", &Value::Null);
    assert_eq!(list["data"][0]["url"], reward["url"]);
}

// The issue "What the field found" (F): after kills under load some rewards had no push in the inbox. They had been
// pushed, but the inbox lost them with its process.
#[test]
fn killed_under_load_it_pushes_every_reward_and_its_inbox_shows_each_push() {
    let folder = tempfile::tempdir().unwrap();
    let call = |moments: &Moments, method: &str, path: &str, body: &Value| {
        let says = moments.says();
        moments.call(says["app_keys"]["demo-game"].as_str().unwrap(), method, path, body)
    };
    for round in 0..3 {
        let moments = Moments::in_folder(folder.path(), &[]);
        for n in 0..10 {
            let user = format!("user-{round}-{n}");
            let device = json!({"channel": "GCM", "address": format!("token-{user}")});
            assert_eq!(call(&moments, "PUT", &format!("/v1/users/{user}/devices/phone"), &device).0, 200);
            let event = json!({"user_id": user, "action": "level_completed", "event_id": "five", "quantity": 5});
            let (status, answer) = call(&moments, "POST", "/v1/moments", &event);
            // The submission awards it, or the stream if that was faster.
            assert_eq!((status, &answer["outcomes"][0]["reward"]["state"]), (200, &json!("awarded")));
        }
        moments.signal("-KILL");
    }
    let moments = Moments::in_folder(folder.path(), &["--no-demo"]);
    let pushed = || {
        let (_, inbox) = moments.call("", "GET", "/_local/push", &Value::Null);
        let pushes = inbox["data"].as_array().cloned().unwrap_or_default();
        pushes.iter().map(|push| push["address"].as_str().unwrap().to_owned()).collect::<BTreeSet<String>>()
    };
    let mut missing = BTreeSet::new();
    for _ in 0..300 {
        let all = (0..30).map(|n| format!("token-user-{}-{}", n / 10, n % 10));
        missing = all.collect::<BTreeSet<String>>().difference(&pushed()).cloned().collect();
        if missing.is_empty() {
            break;
        }
        std::thread::sleep(Duration::from_millis(100));
    }
    assert!(missing.is_empty(), "{missing:?}");
}

#[test]
fn ctrl_c_ends_it_cleanly_and_the_folder_is_free_again() {
    let folder = tempfile::tempdir().unwrap();
    let mut moments = Moments::in_folder(folder.path(), &["--no-demo"]);
    moments.signal("-INT");
    assert!(moments.process.wait().unwrap().success());
    Moments::in_folder(folder.path(), &["--no-demo"]).says();
}

#[test]
fn a_deleted_data_folder_is_said_at_once() {
    let (folder, log) = (tempfile::tempdir().unwrap(), tempfile::NamedTempFile::new().unwrap());
    let data = folder.path().join(".moments");
    let arguments = ["--port", "0", "--json", "--no-demo", "--data", data.to_str().unwrap()];
    let running = Moments::start_logging(&arguments, Stdio::from(log.reopen().unwrap()));
    running.says();
    std::fs::remove_dir_all(&data).unwrap();
    let says = || std::fs::read_to_string(log.path()).unwrap().contains("was deleted or replaced");
    for _ in 0..300 {
        if says() {
            return;
        }
        std::thread::sleep(Duration::from_millis(100));
    }
    panic!("nothing was said");
}

#[test]
fn a_taken_port_and_a_taken_folder_say_so_and_how_to_choose_another() {
    let folder = tempfile::tempdir().unwrap();
    let running = Moments::in_folder(folder.path(), &["--no-demo"]);
    let says = running.says();
    let (_, port) = says["api"].as_str().unwrap().rsplit_once(':').unwrap();
    let output = run(&["local", "--port", port, "--ephemeral"]);
    let text = String::from_utf8(output.stderr).unwrap();
    assert!(
        !output.status.success() && text.contains(&format!("port {port} is in use")) && text.contains("--port"),
        "{text}"
    );
    let output = run(&["--port", "0", "--data", folder.path().to_str().unwrap()]);
    let text = String::from_utf8(output.stderr).unwrap();
    assert!(
        !output.status.success() && text.contains("another moments is running") && text.contains("--data"),
        "{text}"
    );
}

#[test]
fn a_bootstrapped_key_administers_and_a_missing_table_says_which() {
    let moments = Moments::start(&["--port", "0", "--json", "--ephemeral", "--no-demo"]);
    let says = moments.says();
    let endpoint = says["dynamodb"].as_str().unwrap();
    let output = run(&["keys", "bootstrap", "--table", "moments", "--endpoint", endpoint]);
    let key = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{:?}", output.stderr);
    let (status, app) = moments.call(key.trim(), "PUT", "/v1/apps/shop", &json!({"name": "Shop"}));
    assert_eq!((status, &app["app_id"]), (200, &json!("shop")));
    let output = run(&["keys", "bootstrap", "--table", "nothing", "--endpoint", endpoint]);
    let text = String::from_utf8(output.stderr).unwrap();
    assert!(!output.status.success() && text.contains("table nothing"), "{text}");
}

#[test]
fn a_bootstrapped_key_is_revoked_where_it_was_minted_and_no_other_key_is() {
    let moments = Moments::start(&["--port", "0", "--json", "--ephemeral", "--no-demo"]);
    let says = moments.says();
    let bootstrap = ["keys", "bootstrap", "--table", "moments", "--endpoint", says["dynamodb"].as_str().unwrap()];
    let revoke = |key: &str| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_moments"));
        command.args(bootstrap).arg("--revoke").env("MOMENTS_KEY", key).output().unwrap()
    };
    let key = String::from_utf8(run(&bootstrap).stdout).unwrap();
    let key = key.trim();
    assert_eq!(moments.call(key, "PUT", "/v1/apps/shop", &json!({"name": "Shop"})).0, 200);
    let body = json!({"scope": "app", "mode": "live"});
    let (_, minted) = moments.call(key, "POST", "/v1/apps/shop/keys", &body);
    let (app_key, key_id) = (minted["key"].as_str().unwrap(), minted["key_id"].as_str().unwrap());
    let instead = format!("moments keys revoke {key_id} --app shop");
    for (given, code, says) in [("", 4, "no API key"), ("mk_live_x", 2, "is no key"), (app_key, 4, instead.as_str())] {
        let refused = revoke(given);
        let text = String::from_utf8(refused.stderr).unwrap();
        assert_eq!((refused.status.code(), text.contains(says)), (Some(code), true), "{text}");
        assert!(!text.contains(app_key), "{text}");
    }
    assert_eq!(moments.call(app_key, "GET", "/v1/users/ada/rewards", &Value::Null).0, 200);
    assert_eq!(moments.call(key, "GET", "/v1/apps/shop", &Value::Null).0, 200);
    let revoked = revoke(key);
    let text = String::from_utf8(revoked.stdout).unwrap();
    assert!(revoked.status.success() && text.contains("60 seconds"), "{text}");
    assert_eq!(moments.call(key, "GET", "/v1/apps/shop", &Value::Null).0, 401);
    let again = revoke(key);
    let text = String::from_utf8(again.stderr).unwrap();
    assert_eq!((again.status.code(), text.contains("no such key in table moments")), (Some(5), true), "{text}");
    assert_eq!(moments.call(says["admin_key"].as_str().unwrap(), "GET", "/v1/apps/shop", &Value::Null).0, 200);
}

#[test]
fn no_url_key_token_or_attribute_is_in_the_trace_log_of_a_journey() {
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("log");
    let data = folder.path().join("data");
    let arguments = ["--port", "0", "--json", "--log", "trace", "--data", data.to_str().unwrap()];
    let moments = Moments::start_logging(&arguments, std::fs::File::create(&log).unwrap().into());
    let says = moments.says();
    let (admin, key) = (says["admin_key"].as_str().unwrap(), says["app_keys"]["demo-bank"].as_str().unwrap());
    let profile = json!({"locale": "de", "attributes": {"mood": "melancholic-attribute"}});
    moments.call(key, "PUT", "/v1/users/ada", &profile);
    for (device, address) in [("phone", "secret-token-1"), ("old", "permanent-token-2"), ("busy", "temporary-token-3")]
    {
        let body = json!({"channel": "GCM", "address": address});
        assert_eq!(moments.call(key, "PUT", &format!("/v1/users/ada/devices/{device}"), &body).0, 200);
    }
    let mut reward = Value::Null;
    for n in 1..=5 {
        reward = moments.call(key, "POST", "/v1/moments", &deposit(n)).1["outcomes"][0]["reward"].clone();
    }
    let link = reward["reward_id"].as_str().unwrap();
    moments.call(key, "GET", &format!("/r/{link}"), &Value::Null);
    // Also failures: bad input, a conflict, bad lines of stock, an unknown key and an unknown link.
    let bad = json!({"user_id": "", "attributes": {"mood": "melancholic-attribute"}});
    assert_eq!(moments.call(key, "POST", "/v1/moments", &bad).0, 400);
    let stock = json!({"urls": ["http://not-secure.example/x", "https://gift.example/one-more"]});
    moments.call(admin, "POST", "/v1/apps/demo-bank/reward-groups/gift/stock", &stock);
    moments.call(admin, "POST", "/v1/apps/demo-bank/campaigns/five-deposits/reject", &Value::Null);
    moments.call("mk_live_nonsense", "POST", "/v1/moments", &deposit(1));
    moments.call(key, "GET", &format!("/r/{}", link.replace("five", "six")), &Value::Null);
    // The stream has delivered everything after the last attempt: five for the busy device, and one for each other.
    let delivered = (0..200).any(|_| {
        let (_, inbox) = moments.call("", "GET", "/_local/push", &Value::Null);
        inbox["data"].as_array().is_some_and(|pushes| pushes.len() >= 7)
    });
    moments.signal("-INT");
    let mut moments = moments;
    assert!(moments.process.wait().unwrap().success());
    let log = std::fs::read_to_string(&log).unwrap();
    assert!(delivered || log.contains("push attempted"), "{log}");
    assert!(
        log.contains("reward awarded") && log.contains("reward redeemed") && log.contains("request refused"),
        "{log}"
    );
    let secrets = [
        "https://",
        "http://not-secure",
        "gift.example",
        "mk_live_",
        "mk_test_",
        "-token-",
        "melancholic",
        link,
        admin,
        key,
    ];
    for secret in secrets {
        assert!(!log.contains(secret), "{secret} is in the log:\n{log}");
    }
}

#[test]
fn help_shows_examples_and_a_typo_what_was_meant() {
    let help = String::from_utf8(run(&["local", "--help"]).stdout).unwrap();
    assert!(help.contains("Examples:") && help.contains("--ephemeral"), "{help}");
    let typo = run(&["local", "--ephemral"]);
    assert_eq!(typo.status.code(), Some(2));
    assert!(String::from_utf8(typo.stderr).unwrap().contains("--ephemeral"));
}
