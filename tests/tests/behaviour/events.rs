//! Replays every sample under `events/` against its function and compares with what its name promises. A sample without
//! an expectation fails, and so does an expectation without a sample.

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::{Value, json};
use tests::sample_events;

/// What must be found in the answer, by JSON pointer; the body of an HTTP answer is read as JSON.
type Expected = &'static [(&'static str, &'static str)];

const EXPECTED: &[(&str, &str, Expected)] = &[
    ("allocate-reward", "already-rewarded", &[("/statusCode", "200"), ("/body/outcome", "already_rewarded")]),
    ("allocate-reward", "campaign-not-live", &[("/statusCode", "200"), ("/body/outcome", "campaign_not_live")]),
    ("allocate-reward", "completed-progress", &[("/batchItemFailures", "[]")]),
    ("allocate-reward", "held-out", &[("/statusCode", "200"), ("/body/outcome", "held_out")]),
    ("allocate-reward", "legacy-get-reward", &[("/statusCode", "200"), ("/body/status", "rewarded")]),
    ("allocate-reward", "not-eligible", &[("/statusCode", "200"), ("/body/outcome", "not_eligible")]),
    ("allocate-reward", "rewarded", &[("/statusCode", "201"), ("/body/outcome", "rewarded")]),
    ("allocate-reward", "test-mode", &[("/statusCode", "200"), ("/body/reward/test", "true")]),
    ("allocate-reward", "unknown-moment", &[("/statusCode", "404"), ("/body/detail", "there is no moment nothing")]),
    ("allocate-reward", "waiting", &[("/statusCode", "200"), ("/body/outcome", "waiting")]),
    ("authorize", "known-key", &[("/isAuthorized", "true"), ("/context/app", "demo-bank"), ("/context/scope", "app")]),
    ("authorize", "no-key-at-all", &[("/errorMessage", "Unauthorized")]),
    ("authorize", "unknown-key", &[("/errorMessage", "Unauthorized")]),
    ("check-eligibility", "eligible", &[("/statusCode", "200"), ("/body/results/0/eligible", "true")]),
    ("check-eligibility", "every-campaign", &[("/statusCode", "200"), ("/body/results/3/campaign_id", "sold-out")]),
    ("check-eligibility", "legacy-get-reward-info", &[("/statusCode", "200"), ("/body/rewardGroupId", "gift")]),
    ("check-eligibility", "not-eligible", &[("/statusCode", "200"), ("/body/results/0/eligible", "false")]),
    ("check-eligibility", "unknown-campaign", &[("/statusCode", "404"), ("/body/code", "not_found")]),
    ("manage-campaigns", "approve-campaign", &[("/statusCode", "200"), ("/body/state", "live")]),
    ("manage-campaigns", "forbidden", &[("/statusCode", "403"), ("/body/code", "forbidden")]),
    ("manage-campaigns", "get-app", &[("/statusCode", "200"), ("/body/app_id", "demo-bank")]),
    ("manage-campaigns", "get-campaign", &[("/statusCode", "200"), ("/body/state", "live")]),
    ("manage-campaigns", "get-group", &[("/statusCode", "200"), ("/body/cpa/amount_minor", "500")]),
    (
        "manage-campaigns",
        "invalid-campaign",
        &[
            ("/statusCode", "400"),
            ("/body/errors/0/pointer", "/budget"),
            ("/body/errors/1/pointer", "/moments/0/target"),
        ],
    ),
    ("manage-campaigns", "list-campaigns", &[("/statusCode", "200"), ("/body/data/0/campaign_id", "draft")]),
    ("manage-campaigns", "list-groups", &[("/statusCode", "200"), ("/body/cursor", "gift")]),
    (
        "manage-campaigns",
        "load-stock",
        &[("/statusCode", "200"), ("/body/accepted", "1"), ("/body/duplicate", "1"), ("/body/invalid/0/line", "3")],
    ),
    ("manage-campaigns", "mint-key", &[("/statusCode", "201")]),
    ("manage-campaigns", "put-app", &[("/statusCode", "200"), ("/body/app_id", "new-app")]),
    ("manage-campaigns", "put-campaign", &[("/statusCode", "200"), ("/body/state", "draft")]),
    ("manage-campaigns", "put-group", &[("/statusCode", "200"), ("/body/marketplaces/1", "AT")]),
    ("manage-campaigns", "reject-campaign", &[("/statusCode", "200"), ("/body/state", "rejected")]),
    ("manage-campaigns", "resume-campaign", &[("/statusCode", "200"), ("/body/state", "live")]),
    ("manage-campaigns", "revoke-unknown-key", &[("/statusCode", "404"), ("/body/detail", "there is no key key_none")]),
    ("manage-campaigns", "submit-campaign", &[("/statusCode", "200"), ("/body/state", "pending_approval")]),
    ("manage-campaigns", "suspend-campaign", &[("/statusCode", "200"), ("/body/state", "suspended")]),
    ("manage-campaigns", "unknown-app", &[("/statusCode", "404"), ("/body/detail", "there is no app nobody")]),
    ("manage-campaigns", "wrong-state", &[("/statusCode", "409"), ("/body/code", "state_conflict")]),
    ("manage-users", "delete-device", &[("/statusCode", "204")]),
    ("manage-users", "erase-user", &[("/statusCode", "204")]),
    ("manage-users", "get-user", &[("/statusCode", "200"), ("/body/devices/0/channel", "GCM")]),
    ("manage-users", "invalid", &[("/statusCode", "400"), ("/body/errors/1/pointer", "/age")]),
    (
        "manage-users",
        "list-rewards",
        &[("/statusCode", "200"), ("/body/data/0/state", "awarded"), ("/body/cursor", "null")],
    ),
    ("manage-users", "put-device", &[("/statusCode", "200"), ("/body/device_id", "phone")]),
    ("manage-users", "put-user", &[("/statusCode", "200"), ("/body/attributes/tier", "gold")]),
    ("manage-users", "unknown-user", &[("/statusCode", "404"), ("/body/detail", "there is no user nobody")]),
    ("redeem-reward", "no-method", &[("/statusCode", "405"), ("/headers/allow", "POST")]),
    ("redeem-reward", "no-route", &[("/statusCode", "404"), ("/body/code", "not_found")]),
    ("redeem-reward", "redirect", &[("/statusCode", "302"), ("/headers/location", "https://gift.example/gift/eve")]),
    ("redeem-reward", "unknown", &[("/statusCode", "404"), ("/body/code", "not_found")]),
    ("send-notification", "awarded", &[("/batchItemFailures", "[]")]),
    ("send-notification", "waiting", &[("/batchItemFailures", "[]")]),
    ("submit-moment", "already-rewarded", &[("/statusCode", "200"), ("/body/outcomes/0/outcome", "already_rewarded")]),
    (
        "submit-moment",
        "batch",
        &[
            ("/statusCode", "200"),
            ("/body/results/0/status", "200"),
            ("/body/results/1/status", "400"),
            ("/body/results/2/status", "200"),
        ],
    ),
    (
        "submit-moment",
        "campaign-not-live",
        &[("/statusCode", "200"), ("/body/outcomes/0/outcome", "campaign_not_live")],
    ),
    ("submit-moment", "dry-run", &[("/statusCode", "200"), ("/body/outcomes/0/reward/test", "true")]),
    ("submit-moment", "duplicate", &[("/statusCode", "200"), ("/body/duplicate", "true")]),
    ("submit-moment", "forbidden", &[("/statusCode", "403"), ("/body/code", "forbidden")]),
    ("submit-moment", "held-out", &[("/statusCode", "200"), ("/body/outcomes/0/outcome", "held_out")]),
    ("submit-moment", "in-progress", &[("/statusCode", "200"), ("/body/outcomes/0/outcome", "in_progress")]),
    (
        "submit-moment",
        "invalid",
        &[
            ("/statusCode", "400"),
            ("/body/errors/0/pointer", "/user_id"),
            ("/body/errors/1/pointer", "/quantity"),
            ("/body/errors/2/pointer", "/surprise"),
        ],
    ),
    ("submit-moment", "malformed-json", &[("/statusCode", "400"), ("/body/errors/0/code", "malformed_json")]),
    ("submit-moment", "no-campaign", &[("/statusCode", "200"), ("/body/outcomes", "[]")]),
    ("submit-moment", "not-eligible", &[("/statusCode", "200"), ("/body/outcomes/0/outcome", "not_eligible")]),
    (
        "submit-moment",
        "rewarded",
        &[
            ("/statusCode", "200"),
            ("/body/outcomes/0/outcome", "rewarded"),
            ("/body/outcomes/0/reward/message/title", "Gut gemacht"),
        ],
    ),
    ("submit-moment", "test-mode", &[("/statusCode", "200"), ("/body/outcomes/0/progress/count", "1")]),
    ("submit-moment", "waiting", &[("/statusCode", "200"), ("/body/outcomes/0/outcome", "waiting")]),
];

fn folder() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../events")
}

async fn replay(function: &str) {
    for (_, case, expected) in EXPECTED.iter().filter(|(of, ..)| *of == function) {
        let world = sample_events::world().await;
        let file = folder().join(function).join(format!("{case}.json"));
        let event: Value = serde_json::from_slice(&std::fs::read(&file).unwrap()).unwrap();
        let answer = match world.local.functions.invoke(function, event, "sample").await {
            Ok(mut answer) => {
                if let Some(body) = answer["body"].as_str() {
                    answer["body"] = serde_json::from_str(body).unwrap();
                }
                answer
            }
            Err(error) => json!({ "errorMessage": error.to_string() }),
        };
        for (pointer, value) in *expected {
            let found = answer.pointer(pointer).unwrap_or_else(|| panic!("{function}/{case} {pointer}: {answer:#}"));
            let found = found.as_str().map_or_else(|| found.to_string(), str::to_owned);
            assert_eq!(&found, value, "{function}/{case} {pointer}: {answer:#}");
        }
        if function == "send-notification" {
            assert_eq!(world.local.pushes().len(), usize::from(*case == "awarded"), "{case}");
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
        for case in std::fs::read_dir(function.path()).unwrap() {
            let case = case.unwrap().path();
            let stem = case.file_stem().unwrap().to_string_lossy().into_owned();
            found.insert((function.file_name().to_string_lossy().into_owned(), stem));
        }
    }
    let expected = EXPECTED.iter().map(|(function, case, _)| ((*function).to_owned(), (*case).to_owned())).collect();
    assert_eq!(found, expected);
    let template = local::template::Template::read(local::template::TEMPLATE).unwrap();
    let sampled: BTreeSet<&String> = found.iter().map(|(function, _)| function).collect();
    assert_eq!(sampled, template.functions.keys().collect());
}
