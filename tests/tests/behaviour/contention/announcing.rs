//! Announcements on the contention model and its paused clock: admins who announce at once, and the send rate of an
//! audience shard.

use std::collections::BTreeMap;
use std::time::Duration;

use futures_util::future::join_all;
use jiff::SignedDuration;
use local::functions::dispatch;
use local::gateway;
use serde_json::{Value, json};
use tests::contention::Physics;
use tests::deployment::{Deployment, Key};
use tests::promises;
use tokio::time::{Instant, sleep};

use crate::announce_campaign::challenge;

/// Makes a live challenge `race` with an audience of `users` users, each with a device, on the contention model.
async fn race(users: usize) -> Deployment {
    let deployment = Deployment::season(1, 1, Physics::default()).await;
    for n in 0..users {
        let (path, body) =
            (format!("/v1/users/user-{n}/devices/phone"), json!({"channel": "GCM", "address": format!("token-{n}")}));
        deployment.prepare(Key::App("app"), "PUT", &path, body).await;
    }
    let plan = challenge(&[("/starts_at", json!("2026-11-01T00:00:00Z"))]);
    for (method, path, body) in [("PUT", "", plan), ("POST", "/submit", Value::Null), ("POST", "/approve", Value::Null)]
    {
        deployment.prepare(Key::Operator, method, &format!("/v1/apps/app/campaigns/race{path}"), body).await;
    }
    // Longer than any lag of the index.
    sleep(Duration::from_secs(600)).await;
    deployment
}

#[tokio::test(start_paused = true)]
async fn of_many_admins_who_announce_at_once_one_begins() {
    let deployment = race(1).await;
    let answers = (0..8).map(|n| {
        let target = "/v1/apps/app/campaigns/race/announce";
        let (function, event) = deployment.request(Key::Operator, "POST", target, Value::Null);
        let (environment, outside) = (deployment.environment(&function, n), deployment.outside(&function, n));
        let invocation = deployment.invocation(&function, SignedDuration::ZERO);
        async move { gateway::response(&dispatch(&function, &environment, &outside, event, invocation).await.unwrap()) }
    });
    let mut statuses: Vec<u16> = join_all(answers).await.iter().map(|answer| answer.status).collect();
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 200, 200, 200, 200, 200, 200, 202]);
    let items = local::database::scan(deployment.model.database()).unwrap();
    let announcements = items.iter().filter(|item| promises::text(item, "sk").unwrap().starts_with("ANNOUNCEMENT#"));
    assert_eq!(announcements.count(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_part_keeps_to_its_share_of_the_rate() {
    let deployment = race(240).await;
    let body = json!({"per_second": 16});
    deployment.prepare(Key::Operator, "POST", "/v1/apps/app/campaigns/race/announce", body).await;
    // One address a second, ten on a page: the largest shard has two.
    let items = local::database::scan(deployment.model.database()).unwrap();
    let parts = items.iter().filter_map(|item| item["gsi1pk"]["S"].as_str()?.strip_prefix("AUDIENCE#app#"));
    let sizes = parts.fold(BTreeMap::<u8, usize>::new(), |mut sizes, part| {
        *sizes.entry(part.parse().unwrap()).or_default() += 1;
        sizes
    });
    let (part, size) = sizes.into_iter().filter(|(_, size)| *size <= 20).max_by_key(|(_, size)| *size).unwrap();
    assert!(size > 10, "{size}");
    let body = json!({"app": "app", "campaign": "race", "number": 1, "part": part}).to_string();
    let event = json!({"Records": [{"messageId": "1", "receiptHandle": "x", "body": body, "attributes": {},
                        "messageAttributes": {}, "md5OfBody": "", "eventSource": "aws:sqs",
                        "eventSourceARN": "arn:aws:sqs:us-east-1:000000000000:AnnounceQueue", "awsRegion": "local"}]});
    let (environment, outside) =
        (deployment.environment("announce-campaign", 1), deployment.outside("announce-campaign", 1));
    let invocation = deployment.invocation("announce-campaign", SignedDuration::ZERO);
    let told = async |count: usize| {
        while deployment.inbox.list().len() < count {
            sleep(Duration::from_millis(10)).await;
        }
        (deployment.inbox.list().len(), Instant::now())
    };
    let pages = async { (told(1).await, told(11).await) };
    let (answer, (first, second)) =
        tokio::join!(dispatch("announce-campaign", &environment, &outside, event, invocation), pages);
    assert_eq!(answer.unwrap(), json!({"batchItemFailures": []}));
    assert_eq!((first.0, second.0), (10, size));
    let between = second.1 - first.1;
    assert!(between > Duration::from_millis(9_500) && between < Duration::from_millis(10_500), "{between:?}");
}
