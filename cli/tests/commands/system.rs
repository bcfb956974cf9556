//! A running `moments local`, and the commands that tests run against it.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

use serde_json::{Value, json};

/// A running system. It ends with the test.
pub(crate) struct System {
    process: Child,
    /// The first line of its output.
    pub(crate) first_line: Value,
    /// The files of its user.
    config: tempfile::TempDir,
}

impl System {
    pub(crate) fn start() -> Self {
        let mut process = Command::new(env!("CARGO_BIN_EXE_moments"))
            .args(["local", "--port", "0", "--json", "--ephemeral", "--no-demo"])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut first_line = String::new();
        BufReader::new(process.stdout.take().unwrap()).read_line(&mut first_line).unwrap();
        let config = tempfile::tempdir().unwrap();
        Self { process, first_line: serde_json::from_str(&first_line).unwrap(), config }
    }

    pub(crate) fn api(&self) -> &str {
        self.first_line["api"].as_str().unwrap()
    }

    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = self.bare_command(arguments);
        command.env("MOMENTS_API", self.api()).env("MOMENTS_KEY", self.admin_key()).env("MOMENTS_APP", "shop");
        command
    }

    /// Returns a command whose environment names no API, key and app.
    pub(crate) fn bare_command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_moments"));
        command.args(arguments).env("XDG_CONFIG_HOME", self.config()).stdin(Stdio::null());
        for name in ["MOMENTS_API", "MOMENTS_KEY", "MOMENTS_APP"] {
            command.env_remove(name);
        }
        command
    }

    /// The folder of the user's files.
    pub(crate) fn config(&self) -> &Path {
        self.config.path()
    }

    pub(crate) fn admin_key(&self) -> &str {
        self.first_line["admin_key"].as_str().unwrap()
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().unwrap()
    }

    /// Runs a command that must succeed. Returns its output.
    pub(crate) fn says(&self, arguments: &[&str]) -> String {
        let output = self.run(arguments);
        assert!(output.status.success(), "{arguments:?}: {}", text(&output.stderr));
        text(&output.stdout)
    }

    /// Runs a command with `--json` that must succeed. Returns the JSON.
    pub(crate) fn json(&self, arguments: &[&str]) -> Value {
        serde_json::from_str(&self.says(&[arguments, &["--json"]].concat())).unwrap()
    }

    /// Runs a command with `input` on its standard input.
    pub(crate) fn run_with(&self, arguments: &[&str], input: &str) -> Output {
        let mut command = self.command(arguments);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
        child.wait_with_output().unwrap()
    }

    /// Runs a command that must succeed, with JSON on its standard input.
    pub(crate) fn put(&self, arguments: &[&str], body: &Value) {
        let output = self.run_with(&[arguments, &["-"]].concat(), &body.to_string());
        assert!(output.status.success(), "{arguments:?}: {}", text(&output.stderr));
    }

    /// Calls the API with the given key.
    pub(crate) fn call(&self, key: &str, method: &str, path: &str, body: &Value) {
        let url = format!("{}{path}", self.api());
        let request = ureq::http::Request::builder().method(method).uri(url).header("x-api-key", key);
        let request = request.header("content-type", "application/json").body(body.to_string()).unwrap();
        ureq::Agent::new_with_defaults().run(request).unwrap();
    }

    /// Adds an app `shop` with a reward group `gift`.
    pub(crate) fn with_group(self) -> Self {
        self.json(&["apps", "put", "shop", "--name", "My shop"]);
        let group = json!({
            "name": "Gift card", "kind": "unique_url", "cpa": {"currency": "EUR", "amount_minor": 500},
            "test_url": "https://gift.example/test",
        });
        self.put(&["groups", "put", "gift"], &group);
        self
    }

    /// Adds [`System::with_group`], three URLs, and a live campaign `spring` with a budget for two.
    pub(crate) fn with_campaign(self) -> Self {
        let (system, folder) = (self.with_group(), tempfile::tempdir().unwrap());
        let stock = write(folder.path(), "codes.csv", &csv(0..3));
        assert_eq!(system.json(&["stock", "import", "gift", &stock])["accepted"], 3);
        system.put(&["campaigns", "put", "spring"], &campaign(1_000));
        system.json(&["campaigns", "submit", "spring"]);
        assert_eq!(system.json(&["campaigns", "approve", "spring"])["state"], "live");
        system
    }

    /// Mints a key with scope `app`.
    pub(crate) fn key(&self, mode: &str) -> String {
        self.json(&["keys", "mint", "--mode", mode])["key"].as_str().unwrap().to_owned()
    }

    /// Runs a command with the given key.
    pub(crate) fn run_as(&self, key: &str, arguments: &[&str]) -> Output {
        self.command(arguments).env("MOMENTS_KEY", key).output().unwrap()
    }
}

impl Drop for System {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

pub(crate) fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

pub(crate) fn write(folder: &Path, name: &str, content: &str) -> String {
    let path = folder.join(name);
    std::fs::write(&path, content).unwrap();
    path.to_str().unwrap().to_owned()
}

pub(crate) fn csv(rows: impl Iterator<Item = u64>) -> String {
    rows.fold("url\n".to_owned(), |text, n| text + &format!("https://gift.example/{n}\n"))
}

pub(crate) fn campaign(budget: u64) -> Value {
    json!({
        "name": "Spring", "kind": "surprise", "starts_at": "2026-01-01T00:00:00Z", "ends_at": "2036-01-01T00:00:00Z",
        "budget": {"currency": "EUR", "amount_minor": budget},
        "moments": [{
            "moment_id": "deposits", "action": "deposit", "count": "events", "target": 1,
            "rewards": [{"reward_group_id": "gift"}],
            "messages": {"achievement": {"en": {"title": "Well done", "body": "Here is your gift card."}}},
        }],
    })
}
