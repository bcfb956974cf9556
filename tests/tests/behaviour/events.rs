//! Replays every sample under `events/` against its function and compares with what its name promises. A sample without
//! an expectation fails, and so does an expectation without a sample.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde_json::{Value, json};
use tests::World;

/// By function and sample: what must be found in the answer, by JSON pointer; the body of an HTTP answer is read as JSON, if it is.
type Expected = BTreeMap<String, BTreeMap<String, BTreeMap<String, String>>>;

/// What `tests/sam_local.sh` compares with, too.
fn expected() -> Expected {
    serde_json::from_slice(&std::fs::read(folder().join("expected.json")).unwrap()).unwrap()
}

fn folder() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../events")
}

async fn replay(function: &str) {
    for (case, expected) in &expected()[function] {
        let world = World::with_samples().await;
        let file = folder().join(function).join(format!("{case}.json"));
        let event: Value = serde_json::from_slice(&std::fs::read(&file).unwrap()).unwrap();
        let answer = match world.local.functions.invoke(function, event, "sample").await {
            Ok(mut answer) => {
                if let Some(body) = answer["body"].as_str() {
                    answer["body"] = serde_json::from_str(body).unwrap_or_else(|_| json!(body));
                }
                answer
            }
            Err(error) => json!({ "errorMessage": error.to_string() }),
        };
        for (pointer, value) in expected {
            let found = answer.pointer(pointer).unwrap_or_else(|| panic!("{function}/{case} {pointer}: {answer:#}"));
            let found = found.as_str().map_or_else(|| found.to_string(), str::to_owned);
            assert_eq!(&found, value, "{function}/{case} {pointer}: {answer:#}");
        }
        if function == "send-notification" {
            let queued = world.local.queues().list("PushQueue").len();
            assert_eq!(queued, usize::from(["awarded", "waiting"].contains(&case.as_str())), "{case}");
        }
        world.settle().await;
    }
}

macro_rules! replay {
    ($($test:ident: $function:literal),* $(,)?) => {$(
        #[tokio::test]
        async fn $test() {
            replay($function).await;
        }
    )*};
}

replay! {
    samples_of_allocate_reward: "allocate-reward",
    samples_of_authorize: "authorize",
    samples_of_check_eligibility: "check-eligibility",
    samples_of_deliver_webhook: "deliver-webhook",
    samples_of_fulfil_orders: "fulfil-orders",
    samples_of_manage_campaigns: "manage-campaigns",
    samples_of_manage_users: "manage-users",
    samples_of_redeem_reward: "redeem-reward",
    samples_of_send_notification: "send-notification",
    samples_of_submit_moment: "submit-moment",
}

#[test]
fn every_sample_has_an_expectation_and_every_function_a_sample() {
    let mut found = BTreeSet::new();
    for function in std::fs::read_dir(folder()).unwrap() {
        let function = function.unwrap();
        if !function.path().is_dir() {
            continue;
        }
        for case in std::fs::read_dir(function.path()).unwrap() {
            let case = case.unwrap().path();
            let stem = case.file_stem().unwrap().to_string_lossy().into_owned();
            found.insert((function.file_name().to_string_lossy().into_owned(), stem));
        }
    }
    let expected = expected();
    let cases = expected.iter().flat_map(|(function, cases)| cases.keys().map(|case| (function.clone(), case.clone())));
    assert_eq!(found, cases.collect());
    let template = local::template::Template::built_in().unwrap();
    let sampled: BTreeSet<&String> = found.iter().map(|(function, _)| function).collect();
    assert_eq!(sampled, template.functions.keys().collect());
}
