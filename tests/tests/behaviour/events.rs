//! Replays every sample under `events/` against its function and compares with its expectation. Fails for a sample
//! without an expectation, and for an expectation without a sample.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use local::template::Template;
use serde_json::{Value, json};
use tests::{World, openapi};

/// By function and sample: the expected values of the answer, by JSON pointer. The body of an HTTP answer is parsed if
/// it is JSON.
type Expected = BTreeMap<String, BTreeMap<String, BTreeMap<String, String>>>;

/// The expectations, which `tests/sam_local.sh` uses, too.
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
        let answer = match world.local.functions.invoke(function, event.clone(), "sample").await {
            Ok(mut answer) => {
                if event["routeKey"].is_string() && answer["statusCode"].is_number() {
                    is_described(&event, &answer);
                }
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
        if function == "publish-events" {
            let queued = world.local.queues().list("PushQueue").len();
            assert_eq!(queued, usize::from(["awarded", "waiting"].contains(&case.as_str())), "{case}");
        }
        world.settle().await;
    }
}

/// Checks the answer to a request against the API's description. Samples have no rate limit, which the authorizer adds.
fn is_described(event: &Value, answer: &Value) {
    let headers = answer["headers"].as_object().into_iter().flatten();
    let limits = [("ratelimit-limit", "50"), ("ratelimit-remaining", "9"), ("ratelimit-reset", "1")];
    let headers = headers.map(|(name, value)| (name.as_str(), value.as_str().unwrap())).chain(limits);
    let headers: Vec<(String, String)> = headers.map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let body = if event["isBase64Encoded"] == true { String::new() } else { text(&event["body"]) };
    openapi::check(
        &text(&event["requestContext"]["http"]["method"]),
        &text(&event["rawPath"]),
        body.as_bytes(),
        event["headers"]["content-type"].as_str(),
        u16::try_from(answer["statusCode"].as_u64().unwrap()).unwrap(),
        &headers,
        text(&answer["body"]).as_bytes(),
    );
}

macro_rules! replay {
    ($($test:ident: $function:literal),* $(,)?) => {
        /// The functions with samples.
        const REPLAYED: &[&str] = &[$($function),*];
        $(
        #[tokio::test]
        async fn $test() {
            replay($function).await;
        }
    )*};
}

replay! {
    samples_of_allocate_reward: "allocate-reward",
    samples_of_announce_campaign: "announce-campaign",
    samples_of_authorize: "authorize",
    samples_of_check_eligibility: "check-eligibility",
    samples_of_console: "console",
    samples_of_deliver_webhook: "deliver-webhook",
    samples_of_describe_api: "describe-api",
    samples_of_follow_rewards: "follow-rewards",
    samples_of_fulfil_orders: "fulfil-orders",
    samples_of_manage_campaigns: "manage-campaigns",
    samples_of_manage_users: "manage-users",
    samples_of_publish_events: "publish-events",
    samples_of_redeem_reward: "redeem-reward",
    samples_of_send_notification: "send-notification",
    samples_of_settle_competition: "settle-competition",
    samples_of_show_leaderboard: "show-leaderboard",
    samples_of_sign_in: "sign-in",
    samples_of_submit_moment: "submit-moment",
    samples_of_supply_reward: "supply-reward",
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
    let template = Template::built_in().unwrap();
    let sampled: BTreeSet<&String> = found.iter().map(|(function, _)| function).collect();
    assert_eq!(sampled, template.functions.keys().collect());
    assert_eq!(
        REPLAYED.iter().map(|function| (*function).to_owned()).collect::<BTreeSet<_>>(),
        sampled.into_iter().cloned().collect()
    );
    every_route_has_a_sample(&template, &found);
}

/// Samples run with the role of their function (`local/src/role`), so a sample for each route shows that its
/// permissions work. Without one, the issue's `POST /v1/rewards/{id}/redeem` failed on AWS only.
fn every_route_has_a_sample(template: &Template, samples: &BTreeSet<(String, String)>) {
    let of_sample = |(function, case): &(String, String)| {
        let file = folder().join(function).join(format!("{case}.json"));
        let event: Value = serde_json::from_slice(&std::fs::read(file).unwrap()).unwrap();
        event["routeKey"].as_str().map(|route| (function.clone(), route.to_owned()))
    };
    let sampled: BTreeSet<(String, String)> = samples.iter().filter_map(of_sample).collect();
    let routes = template.routes.iter().map(|route| (route.function.clone(), route.key.clone()));
    let missing: Vec<(String, String)> = routes.filter(|route| !sampled.contains(route)).collect();
    assert!(missing.is_empty(), "these routes have no sample under events/: {missing:#?}");
}
