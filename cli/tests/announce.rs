//! `moments announce` and `moments dlq`, as a person or a script meets them: the real binary against a real `moments local`.

#![expect(clippy::unwrap_used, reason = "these are tests")]

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, Command, Output, Stdio};

use serde_json::{Value, json};

/// A running system, ended with the test.
struct System {
    process: Child,
    says: Value,
}

impl System {
    fn start() -> Self {
        let mut process = Command::new(env!("CARGO_BIN_EXE_moments"))
            .args(["local", "--port", "0", "--json", "--ephemeral", "--no-demo"])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut first_line = String::new();
        BufReader::new(process.stdout.take().unwrap()).read_line(&mut first_line).unwrap();
        Self { process, says: serde_json::from_str(&first_line).unwrap() }
    }

    fn api(&self) -> &str {
        self.says["api"].as_str().unwrap()
    }

    fn run(&self, arguments: &[&str], input: &str) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_moments"));
        command.args(arguments).env("MOMENTS_API", self.api()).env("MOMENTS_APP", "shop");
        command.env("MOMENTS_KEY", self.says["admin_key"].as_str().unwrap());
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
        child.wait_with_output().unwrap()
    }

    /// Runs a command that must go well, and returns what it prints.
    fn text(&self, arguments: &[&str], input: &str) -> String {
        let output = self.run(arguments, input);
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }

    /// The API by itself.
    fn call(&self, key: &str, method: &str, path: &str, body: &Value) {
        let url = format!("{}{path}", self.api());
        let request = ureq::http::Request::builder().method(method).uri(url).header("x-api-key", key);
        let request = request.header("content-type", "application/json").body(body.to_string()).unwrap();
        ureq::Agent::new_with_defaults().run(request).unwrap();
    }
}

impl Drop for System {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

#[test]
fn a_challenge_is_announced_and_watched_to_its_end_and_what_was_given_up_is_brought_back() {
    let system = System::start();
    system.text(&["apps", "put", "shop", "--name", "Shop"], "");
    let group = json!({"name": "Gift", "kind": "shared_url", "url": "https://gift.example/x", "test_url": "https://gift.example/t",
                       "cpa": {"currency": "EUR", "amount_minor": 100}});
    system.text(&["groups", "put", "gift", "-"], &group.to_string());
    let text = |title: &str| json!({"en": {"title": title, "body": "b"}});
    let campaign = json!({
        "name": "Race", "kind": "challenge", "starts_at": "2020-01-01T00:00:00Z", "ends_at": "2100-01-01T00:00:00Z",
        "budget": {"currency": "EUR", "amount_minor": 10_000},
        "moments": [{"moment_id": "go", "action": "go", "count": "events", "target": 1,
                     "rewards": [{"reward_group_id": "gift"}],
                     "messages": {"announcement": text("Go"), "achievement": text("Done")}}],
    });
    system.text(&["campaigns", "put", "race", "-"], &campaign.to_string());
    let early = system.run(&["announce", "race"], "");
    assert!(!early.status.success());
    assert!(String::from_utf8_lossy(&early.stderr).contains("only a live one is announced"), "{early:?}");
    system.text(&["campaigns", "submit", "race"], "");
    system.text(&["campaigns", "approve", "race"], "");
    let minted = system.text(&["keys", "mint", "--scope", "app", "--mode", "live", "--json"], "");
    let key = serde_json::from_str::<Value>(&minted).unwrap()["key"].as_str().unwrap().to_owned();
    for (user, address) in [("ada", "ada"), ("bob", "bob"), ("cyd", "badcredentials-1")] {
        let device = json!({"channel": "GCM", "address": address});
        system.call(&key, "PUT", &format!("/v1/users/{user}/devices/phone"), &device);
    }
    let told = system.text(&["announce", "race", "--watch", "--per-second", "2000"], "");
    assert_eq!(
        told,
        "Announcement 1 is finished: 3 of 3 users announced to, 2 pushes accepted in 3 calls, 1 failed.\n"
    );
    let again: Value = serde_json::from_str(&system.text(&["announce", "race", "--watch", "--json"], "")).unwrap();
    assert_eq!((&again["announcement_id"], &again["users"], &again["announced"]), (&json!("2"), &json!(3), &json!(0)));
    let refused = system.run(&["announce", "race", "--per-second", "1"], "");
    assert!(String::from_utf8_lossy(&refused.stderr).contains("/per_second"), "{refused:?}");
    // A reward whose push the channel rejects is given up, and brought back.
    system.call(&key, "POST", "/v1/rewards", &json!({"user_id": "cyd", "campaign_id": "race", "moment_id": "go"}));
    let dead = || {
        let list = system.text(&["dlq", "list", "--queue", "PushDeadLetters", "--local", system.api(), "--json"], "");
        serde_json::from_str::<Value>(&list).unwrap()
    };
    let began = std::time::Instant::now();
    while dead()["messages"] != 1 {
        assert!(began.elapsed().as_secs() < 30, "{}", dead());
        std::thread::sleep(std::time::Duration::from_millis(100));
    }
    let moved = system.text(&["dlq", "redrive", "--queue", "PushDeadLetters", "--local", system.api()], "");
    assert!(moved.contains('1'), "{moved}");
}
