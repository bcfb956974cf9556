//! `moments webhooks`, as a person or a script meets it: the real binary against a real `moments local`, and a backend that is
//! called.

#![expect(clippy::unwrap_used, reason = "these are tests")]

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpListener;
use std::process::{Child, Command, Output, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

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

    fn run(&self, arguments: &[&str]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_moments"));
        command.args(arguments).env("MOMENTS_API", self.says["api"].as_str().unwrap());
        command.env("MOMENTS_KEY", self.says["admin_key"].as_str().unwrap()).env("MOMENTS_APP", "shop");
        command.stdin(Stdio::null()).output().unwrap()
    }

    /// Runs a command that must go well, and returns what it prints.
    fn text(&self, arguments: &[&str]) -> String {
        let output = self.run(arguments);
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }

    /// The same, as JSON.
    fn json(&self, arguments: &[&str]) -> Value {
        serde_json::from_str(&self.text(&[arguments, &["--json"]].concat())).unwrap()
    }
}

impl Drop for System {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// A backend that takes every call, and the bodies of these.
fn backend() -> (String, Receiver<Value>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/hook", listener.local_addr().unwrap());
    let (sender, bodies) = channel();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = BufReader::new(stream.unwrap());
            let (mut line, mut length) = (String::new(), 0);
            while stream.read_line(&mut line).unwrap() > 2 {
                if let Some(text) = line.to_ascii_lowercase().strip_prefix("content-length:") {
                    length = text.trim().parse().unwrap();
                }
                line.clear();
            }
            let mut body = vec![0; length];
            stream.read_exact(&mut body).unwrap();
            stream.get_mut().write_all(b"HTTP/1.1 204 No Content\r\nconnection: close\r\n\r\n").unwrap();
            if sender.send(serde_json::from_slice(&body).unwrap()).is_err() {
                return;
            }
        }
    });
    (url, bodies)
}

#[test]
fn a_webhook_is_made_tried_out_called_looked_at_and_deleted() {
    let (system, (url, bodies)) = (System::start(), backend());
    let next = || bodies.recv_timeout(Duration::from_secs(30)).unwrap();
    system.json(&["apps", "put", "shop", "--name", "My shop"]);
    let made = system.json(&["webhooks", "put", "backend", &url, "--event", "campaign.submitted"]);
    assert!(made["secret"].as_str().unwrap().starts_with("whsec_"));
    assert_eq!(system.json(&["webhooks", "list"])["data"][0]["events"], json!(["campaign.submitted"]));

    let tried = system.text(&["webhooks", "test", "backend"]);
    assert!(tried.contains("answered 204") && tried.contains("delivered"), "{tried}");
    assert_eq!(next()["type"], "webhook.test");
    let sent = system.json(&["webhooks", "deliveries", "backend"]);
    let id = sent["data"][0]["delivery_id"].as_str().unwrap();
    system.text(&["webhooks", "replay", "backend", id]);
    assert_eq!(next()["type"], "webhook.test");
    assert_eq!(system.json(&["webhooks", "deliveries", "backend"])["data"][0]["attempts"], 2);

    let rotated = system.json(&["webhooks", "rotate", "backend", "--overlap", "60"]);
    assert_ne!(rotated["secret"], made["secret"]);
    let changed = system.json(&["webhooks", "put", "backend", &url, "--disabled"]);
    assert_eq!((&changed["enabled"], &changed["secret"]), (&json!(false), &Value::Null));
    assert_eq!(system.run(&["webhooks", "test", "backend"]).status.code(), Some(6));
    assert_eq!(system.run(&["webhooks", "put", "other", "https://10.0.0.1/"]).status.code(), Some(3));
    assert!(system.text(&["webhooks", "delete", "backend"]).contains("is deleted"));
    assert_eq!(system.run(&["webhooks", "test", "backend"]).status.code(), Some(5));
}
