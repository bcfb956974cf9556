//! Pinpoint is down for an hour while users earn rewards. Afterwards the pushes arrive in order and fast.

use std::collections::BTreeMap;
use std::rc::Rc;
use std::time::Duration;

use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use serde_json::{Value, json};
use tokio::task::{JoinHandle, LocalSet};
use tokio::time::sleep;

use super::fleet::Fleet;
use super::queue::Queues;
use super::stream::Stream;
use crate::contention::Physics;
use crate::deployment::{Deployment, Key};

/// The result.
#[derive(Debug)]
pub struct Outage {
    /// For each user, the links of the earned rewards, in order.
    pub earned: BTreeMap<String, Vec<String>>,
    /// For each user, the pushed links, in order.
    pub told: BTreeMap<String, Vec<String>>,
    /// Calls during the outage.
    pub calls_while_down: usize,
    /// The most calls in any ten seconds after the outage.
    pub most_calls_in_ten_seconds: usize,
    /// Seconds from the end of the outage to the last push.
    pub took_seconds: u64,
    /// Messages given up.
    pub given_up: usize,
}

/// Plays an hour without Pinpoint, in which each user earns three rewards, and the time after it.
pub fn outage(users: usize) -> Outage {
    fastrand::seed(1);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
    let tasks = LocalSet::new();
    runtime.block_on(tasks.run_until(play(users)))
}

async fn play(users: usize) -> Outage {
    let mut random = StdRng::seed_from_u64(1);
    let deployment = Rc::new(Deployment::new(Physics::default(), crate::NOW.parse().unwrap(), 1, true));
    prepare(&deployment, users).await;
    let fleet = Rc::new(Fleet::new(Rc::clone(&deployment), random.random()));
    let (stream, queues) = (Stream::new(Rc::clone(&fleet), 1), Queues::new(Rc::clone(&fleet), 2));
    let mut delivering = queues.deliver();
    delivering.push(stream.deliver());
    deployment.inbox.set_down(true);
    let mut earned: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for campaign in ["first", "second", "third"] {
        for number in 0..users {
            let ask = json!({"user_id": user(number), "campaign_id": campaign, "moment_id": "win"});
            let answer = deployment.prepare(Key::App("app"), "POST", "/v1/rewards", ask).await;
            earned.entry(user(number)).or_default().push(link(&answer["reward"]["redeem_url"]));
        }
        sleep(Duration::from_secs(1_200)).await;
    }
    let calls_while_down = deployment.inbox.requests().len();
    deployment.inbox.set_down(false);
    let (mut calls, mut most, mut last, mut seconds) = (calls_while_down, 0, 0, 0);
    while deployment.inbox.list().len() < 3 * users && seconds < 3_600 {
        sleep(Duration::from_secs(10)).await;
        seconds += 10;
        let now = deployment.inbox.requests().len();
        (most, last) = (most.max(now - calls), if now > calls { seconds } else { last });
        calls = now;
    }
    stream.until_quiet().await;
    queues.until_quiet().await;
    delivering.iter().for_each(JoinHandle::abort);
    let mut told: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for push in deployment.inbox.list() {
        let of = push["address"].as_str().unwrap().to_owned();
        told.entry(of).or_default().push(link(&push["message"]["Url"]));
    }
    let given_up = deployment.queues.list("PushDeadLetters").len();
    Outage { earned, told, calls_while_down, most_calls_in_ten_seconds: most, took_seconds: last, given_up }
}

fn user(number: usize) -> String {
    format!("user-{number}")
}

fn link(url: &Value) -> String {
    url.as_str().unwrap().rsplit('/').next().unwrap().to_owned()
}

async fn prepare(deployment: &Deployment, users: usize) {
    let operator = async |method: &str, path: &str, body: Value| {
        deployment.prepare(Key::Operator, method, &format!("/v1/apps/app{path}"), body).await
    };
    operator("PUT", "", json!({"name": "App"})).await;
    let mut gift = crate::group();
    gift["kind"] = json!("shared_url");
    gift["url"] = json!("https://gift.example/for-everyone");
    operator("PUT", "/reward-groups/gift", gift).await;
    for campaign in ["first", "second", "third"] {
        let budget = json!(500 * (users + 1));
        let plan = crate::campaign_with(&[("/budget/amount_minor", budget), ("/moments/0/moment_id", json!("win"))]);
        operator("PUT", &format!("/campaigns/{campaign}"), plan).await;
        for step in ["submit", "approve"] {
            operator("POST", &format!("/campaigns/{campaign}/{step}"), Value::Null).await;
        }
    }
    for number in 0..users {
        let device = json!({"address": user(number), "channel": "GCM"});
        let path = format!("/v1/users/{}/devices/phone", user(number));
        deployment.prepare(Key::App("app"), "PUT", &path, device).await;
    }
}
