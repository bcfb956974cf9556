//! `moments webhooks`, and a backend that is called.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpListener;
use std::process::{Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use serde_json::{Value, json};

use crate::system::{System, text};

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

    let tried = system.says(&["webhooks", "test", "backend"]);
    assert!(tried.contains("answered 204") && tried.contains("delivered"), "{tried}");
    assert_eq!(next()["type"], "webhook.test");
    let sent = system.json(&["webhooks", "deliveries", "backend"]);
    let id = sent["data"][0]["delivery_id"].as_str().unwrap();
    system.says(&["webhooks", "replay", "backend", id]);
    assert_eq!(next()["type"], "webhook.test");
    assert_eq!(system.json(&["webhooks", "deliveries", "backend"])["data"][0]["attempts"], 2);

    let rotated = system.json(&["webhooks", "rotate", "backend", "--overlap", "60"]);
    assert_ne!(rotated["secret"], made["secret"]);
    let changed = system.json(&["webhooks", "put", "backend", &url, "--disabled"]);
    assert_eq!((&changed["enabled"], &changed["secret"]), (&json!(false), &Value::Null));
    assert_eq!(system.run(&["webhooks", "test", "backend"]).status.code(), Some(6));
    assert_eq!(system.run(&["webhooks", "put", "other", "https://10.0.0.1/"]).status.code(), Some(3));
    assert!(system.says(&["webhooks", "delete", "backend"]).contains("is deleted"));
    assert_eq!(system.run(&["webhooks", "test", "backend"]).status.code(), Some(5));
}

#[test]
fn whoever_listens_sees_each_event_and_leaves_no_webhook_behind() {
    let (system, (url, bodies)) = (System::start().with_campaign(), backend());
    let mut listening = system.command(&["listen", "--forward-to", &url, "--event", "reward.awarded", "--json"]);
    let mut listening = listening.stdout(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(listening.stdout.take().unwrap()).lines().map(Result::unwrap);
    let made: Value = serde_json::from_str(&lines.next().unwrap()).unwrap();
    assert!(made["secret"].as_str().unwrap().starts_with("whsec_"));
    let twice = system.run(&["listen", "--forward-to", &url]);
    assert_eq!((twice.status.code(), text(&twice.stderr).contains("--webhook")), (Some(6), true));
    assert!(system.run_as(&system.key("live"), &["submit", "ada", "deposit"]).status.success());
    assert_eq!(bodies.recv_timeout(Duration::from_secs(30)).unwrap()["data"]["user_id"], "ada");
    let seen: Value = serde_json::from_str(&lines.next().unwrap()).unwrap();
    assert_eq!((&seen["type"], &seen["attempt"]["status"]), (&json!("reward.awarded"), &json!(204)));
    assert!(Command::new("kill").args(["-INT", &listening.id().to_string()]).status().unwrap().success());
    assert!(listening.wait().unwrap().success());
    assert_eq!(system.json(&["webhooks", "list"])["data"], json!([]));
}

#[test]
fn an_example_of_each_event_is_sent_as_a_signed_call() {
    let (url, bodies) = backend();
    let run = |arguments: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_moments"));
        command.arg("trigger").args(arguments).env_remove("MOMENTS_WEBHOOK_SECRET").output().unwrap()
    };
    for event in domain::event::TYPES {
        let shown: Value = serde_json::from_slice(&run(&[event]).stdout).unwrap();
        assert_eq!((&shown["type"], shown["data"]["app_id"].is_string()), (&json!(event), true));
    }
    let to = ["reward.awarded", "--forward-to", &url, "--data", r#"{"user_id": "zoë"}"#];
    assert_eq!(run(&to).status.code(), Some(2), "an unsigned call is no example");
    let sent = run(&[&to[..], &["--secret", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"]].concat());
    assert!(sent.status.success() && text(&sent.stdout).contains("answered 204"), "{}", text(&sent.stderr));
    assert_eq!(bodies.recv_timeout(Duration::from_secs(30)).unwrap()["data"]["user_id"], "zoë");
    assert_eq!(run(&["reward.won"]).status.code(), Some(2));
}
